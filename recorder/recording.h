/* One unbroken run of frames on its way to the disk: frame -> libvlc's TS muxer -> cutter
 * -> backlog; or frame -> Matroska blocks -> backlog (media.h says which, and why). */
#ifndef RECORDER_RECORDING_H
#define RECORDER_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/backlog.h"
#include "recorder/frame.h"
#include "recorder/vlc.h"

/* How much later a picture may be shown than it is decoded, where a camera sends pictures out of
 * order. */
#define RECORDING_REORDER_US 500000

struct recording;

/* Begins a run of what `media` describes. The backlog must live longer. `reordered`: the camera
 * sends pictures in another order than they are shown in. NULL with the reason in `cause`
 * (RECORDER_CAUSE_MAX bytes). */
struct recording *recording_open(struct vlc_library *library, struct backlog *backlog,
                                 const struct media *media, bool reordered, char *cause);

/* Adds a frame; all of a run are of one stream. A keyframe takes the epoch given with it, and so do
 * those after it. What comes before the first keyframe only warms libvlc up: it holds back the
 * first 300 ms of what it gets. False: the run is broken (the reason in `cause`), and must be
 * finished. */
bool recording_feed(struct recording *recording, struct frame *frame, uint64_t epoch, char *cause);

/* To be called when there is no other frame to be fed for the moment. */
void recording_wake(struct recording *recording);

/* Everything that was fed is handed to the backlog, then the run's segment ends. Frees it. Returns
 * how many frames the muxer lost; 0 unless something is wrong. */
uint64_t recording_finish(struct recording *recording);

#endif
