/* What becomes of a camera's frames: while it is only armed memory keeps the latest of them; while
 * it is recorded they go to the disk, those in memory first. One thread's at a time. */
#ifndef RECORDER_CAMERA_FRAMES_H
#define RECORDER_CAMERA_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/disk.h"
#include "recorder/preroll.h"
#include "recorder/recording.h"

struct camera_frames {
    struct vlc_library *library;
    struct disk *disk;
    const char *camera_name;
    /* Why frames are not recorded; `at_once`: it will not pass by itself. */
    void (*trouble)(void *owner, const char *cause, bool at_once);
    void *owner;

    bool writing;
    struct recording *recording; /* NULL: none is under way */
    uint64_t stream;             /* of the recording */
    uint64_t epoch;
    struct preroll memory;
};

/* The first five fields are set. */
void camera_frames_init(struct camera_frames *frames);

/* Takes out all of `from`, of which `reordered` says whether the camera sends pictures out of
 * order, and records them, or keeps them in memory if the camera is `armed`. */
void camera_frames_take(struct camera_frames *frames, struct preroll *from, bool armed,
                        bool reordered);

/* Whether these only go where those before them went: nothing has to begin or end for them. */
bool camera_frames_go_on(const struct camera_frames *frames, const struct preroll *from);

/* Records on the order's volumes under its epoch from now on, what memory holds first. */
void camera_frames_record(struct camera_frames *frames, const struct recorder_order *order,
                          bool reordered);
/* Ends that; `asked`: the disk's events say when all that came before is durable. */
void camera_frames_stop(struct camera_frames *frames, bool asked);
/* Ends the run: what comes next does not follow on. */
void camera_frames_break(struct camera_frames *frames);
/* There is no other frame for the moment. */
void camera_frames_wake(struct camera_frames *frames);
/* Forgets what memory holds. */
void camera_frames_forget(struct camera_frames *frames);

#endif
