/* Knows again, at the muxer's end, every frame that went in: libvlc counts time from its own
 * beginning, and what comes out carries neither our times nor the epoch. Order and distances stay,
 * so each picture that comes out must be the next that went in, at exactly its distance from the
 * first; anything else shows a fault of the muxer instead of hiding it. */
#ifndef RECORDER_TIMELINE_H
#define RECORDER_TIMELINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

struct timeline_entry {
    int64_t pts_us; /* as given to the muxer */
    int64_t wall_us;
    int64_t arrival_us; /* monotonic clock */
    uint64_t epoch;
    bool key;
    bool filler; /* pushes the last frames out and is thrown away itself */
    enum media_container container;
    size_t head_size; /* of its bytes, what is written only where a file begins */
};

struct timeline {
    pthread_mutex_t mutex;
    struct timeline_entry *entries; /* a ring */
    size_t room, first, count;
    bool anchored;
    int64_t anchor_pts;    /* of the first picture, by the muxer's clock, 1/90000 s */
    int64_t anchor_pts_us; /* of the same, by ours */
};

void timeline_init(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* A frame goes in. False: memory is out. */
bool timeline_push(struct timeline *timeline, const struct timeline_entry *entry);

/* A picture came out: finds the frame that it is, and takes it and all before it off. `lost` grows
 * by the frames that never came out. (What goes in before the first keyframe is not expected to
 * come out.) False: it is none of them. */
bool timeline_match(struct timeline *timeline, int64_t pts, struct timeline_entry *entry,
                    uint64_t *lost);

/* How many frames, fillers aside, have not come out. */
size_t timeline_left(struct timeline *timeline);

#endif
