/* One of the two sides that probe a volume together: how it meets the other, tells it how far it
 * has come, and waits for it. They speak by files alone, in a folder on the volume; a side's sign
 * holds a counter that grows, so that what an earlier run has left is not taken for somebody. */
#ifndef RECORDER_VOLUME_SIDE_H
#define RECORDER_VOLUME_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOLUME_SIDE_ID      17 /* 16 hexadecimal digits */
#define VOLUME_SIDE_NAME    48
#define VOLUME_SIDE_CONTENT 512

/* A sign is renewed so often, and looked at, in microseconds. */
#define VOLUME_SIDE_SIGN_US 100000
#define VOLUME_SIDE_LOOK_US 20000
/* How long the other one is waited for, to come and then at each step, in seconds. */
#define VOLUME_SIDE_WAIT_S 120

/* How far a side has come; it is told by its sign. */
enum volume_side_stage {
    VOLUME_SIDE_HERE,
    VOLUME_SIDE_MET,
    VOLUME_SIDE_RACED,
    VOLUME_SIDE_SEEN,
    VOLUME_SIDE_FOUND,
    VOLUME_SIDE_DONE
};

struct volume_side {
    int volume;
    int meeting; /* the folder where they meet */
    int folder;  /* of this pair; -1: they have not met */
    char self[VOLUME_SIDE_ID], other[VOLUME_SIDE_ID];
    uint64_t count; /* of its signs */
    enum volume_side_stage stage;
    char *cause; /* the caller's, of cause_size bytes */
    size_t cause_size;
};

/* Comes to a folder of the volume and meets who comes there too. False, as below: with the reason
 * in `cause`. Ends with volume_side_leave either way. */
bool volume_side_meet(struct volume_side *side, const char *meeting);
/* Goes; `done`: this side has found what it came for, and stays until the other has read it. */
void volume_side_leave(struct volume_side *side, const char *meeting, bool done);

/* Renews this side's sign. */
bool volume_side_sign(struct volume_side *side);
/* Tells how far this side is, and waits until the other is as far. */
bool volume_side_wait_for(struct volume_side *side, enum volume_side_stage stage);

/* Writes a file of the pair as a node writes its sign of life; reads one ("": it is not there).
 * False with errno. */
bool volume_side_write(int folder, const char *name, const char *text);
bool volume_side_read(int folder, const char *name, char text[VOLUME_SIDE_CONTENT]);

/* Both give false; the second adds what errno means. */
bool volume_side_fail(struct volume_side *side, const char *format, ...);
bool volume_side_fail_at(struct volume_side *side, const char *what);

#endif
