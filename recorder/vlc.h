/* The one place that speaks to libvlc: encoded frames from memory in, an MPEG transport stream out
 * into a function.
 *
 * libvlc gets no address, no path and no text of a user. It runs on a private set of plugins
 * (plugins.mk); a process in which another libvlc was loaded is refused.
 *
 * A function of ours must not have the name of one that libvlccore exports (vlc_open is one): the
 * program's would take its place inside the library.
 */
#ifndef RECORDER_VLC_H
#define RECORDER_VLC_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/frame.h"
#include "recorder/outlet.h"

struct vlc_library;
struct vlc_mux;

/* Loads libvlc once for the process. NULL after a message in `cause` (RECORDER_CAUSE_MAX bytes). */
struct vlc_library *vlc_library_load(char *cause);
void vlc_library_unload(struct vlc_library *library);

/* Begins a transport stream into `outlet`, which must stay where it is until vlc_mux_finish
 * returns; the function is called on a thread of libvlc's, each call after the other. NULL after a
 * message in `cause`. */
struct vlc_mux *vlc_mux_open(struct vlc_library *library, const struct outlet *outlet, char *cause);

/* Lays a frame before the muxer, which looks at it after vlc_mux_wake at the latest: waking it is
 * dear, so that is done for several frames at once. The stream adds itself as a user. `dts_us`
 * grows from call to call and is not above `pts_us`; both are positive. False: libvlc has not taken
 * anything for so long that the frame was refused. */
bool vlc_mux_feed(struct vlc_mux *mux, struct frame *frame, int64_t dts_us, int64_t pts_us);

void vlc_mux_wake(struct vlc_mux *mux);

/* No more frames: what was fed comes out, then nothing more. Frees the stream. */
void vlc_mux_finish(struct vlc_mux *mux);

#endif
