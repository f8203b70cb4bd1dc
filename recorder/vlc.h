/* The one place that speaks to libvlc: encoded frames from memory in, an MPEG transport stream out
 * into a descriptor.
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

struct vlc_library;
struct vlc_mux;

/* Loads libvlc once for the process. NULL after a message in `cause` (RECORDER_CAUSE_MAX bytes). */
struct vlc_library *vlc_library_load(char *cause);
void vlc_library_unload(struct vlc_library *library);

/* Begins a transport stream into `fd`, which stays the caller's; libvlc duplicates it. NULL after a
 * message in `cause`. */
struct vlc_mux *vlc_mux_open(struct vlc_library *library, int fd, char *cause);

/* Gives a frame to the muxer. The stream adds itself as a user. `dts_us` grows from call to call
 * and is not above `pts_us`; both are positive. False: libvlc has not taken anything for so long
 * that the frame was refused. */
bool vlc_mux_feed(struct vlc_mux *mux, struct frame *frame, int64_t dts_us, int64_t pts_us);

/* No more frames: what was fed comes out of the descriptor, then libvlc closes its duplicate.
 * Whoever reads the other end must go on reading meanwhile, or this never returns. Frees the
 * stream. */
void vlc_mux_finish(struct vlc_mux *mux);

#endif
