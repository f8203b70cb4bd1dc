/* What libavformat makes of a camera's stream, brought into the recorder's form: whole pictures
 * with start codes, keyframes that carry their parameter sets, bare sound, times that do not wrap.
 */
#ifndef RECORDER_DEMUX_H
#define RECORDER_DEMUX_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/patience.h"
#include "recorder/source.h"

struct demux;

/* Once for the process. libavformat says nothing on stderr, as addresses hold passwords, and gets
 * no larger piece of memory than SOURCE_PIECE_MAX, whatever a camera claims. */
void demux_setup(void);

/* Connects by RTSP, over "tcp" or "udp" or, with a scheme rtsps, TLS. NULL with the reason in
 * `cause`; `*other_transport`: the camera wants another transport. */
struct demux *demux_open_rtsp(const char *url, const char *transport, struct patience *patience,
                              char *cause, bool *hopeless, bool *other_transport);

/* Gives up to `size` bytes of a stream: how many, 0 at its end, negative: no more will come. */
typedef int demux_feed(void *owner, uint8_t *to, int size);
/* As lseek. */
typedef int64_t demux_seek(void *owner, int64_t offset, int whence);

/* Reads a stream of bytes: an MPEG-TS where `seek` is NULL, otherwise a file of any container. */
struct demux *demux_open_feed(demux_feed *feed, demux_seek *seek, void *owner,
                              struct patience *patience, char *cause, bool *hopeless);

/* As source_read. `*ended`, unless NULL: that was the stream's proper end. */
bool demux_read(struct demux *demux, struct source_packet *packet, char *cause, bool *ended);

/* NULL is allowed. */
void demux_close(struct demux *demux);

#endif
