/* What the two halves of the writer share: writer.c has the thread, writer_segment.c the segments
 * that it makes. For nobody else. */
#ifndef RECORDER_WRITER_SEGMENT_H
#define RECORDER_WRITER_SEGMENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "recorder/loss.h"
#include "recorder/pace.h"
#include "recorder/segment.h"
#include "recorder/writer.h"

struct writer {
    struct backlog *backlog;
    struct volume_choice *choice;
    pthread_t thread;
    atomic_uint users;
    unsigned reader; /* of the backlog */
    atomic_bool announce;
    atomic_llong waits_us; /* monotonic: since when the volume is waited for; 0: it is not */

    pthread_mutex_t mutex; /* of the next three */
    struct writer_events events;
    bool abandoned;
    struct volume_chosen chosen;

    /* From here on the thread's alone. */
    struct segment segment;
    int directory; /* of the segment; -1: none */
    uint64_t epoch;
    struct pace pace;
    int64_t first_wall_us, last_wall_us, key_wall_us;
    int64_t written_wall_us; /* of the last picture that does not wait in the segment */
    int64_t prompt_us;       /* monotonic: until then pictures are written as they come */
    int64_t hole_us;      /* wall clock: where the pictures cease for a while; INT64_MAX: nowhere */
    int64_t sync_due_us;  /* monotonic; INT64_MAX: all that was written is durable */
    int64_t sync_rest_us; /* monotonic: not before */
    uint64_t announced_epoch;
    char told[RECORDER_CAUSE_MAX]; /* why there is no volume, and when to tell it again */
    int64_t tell_again_us;
    struct loss loss; /* frames 0: there is none to be noted down */
};

/* Tells the owner, unless it has given this writer up. */
#define TELL(writer, event, ...)                                                                   \
    do {                                                                                           \
        pthread_mutex_lock(&(writer)->mutex);                                                      \
        if (!(writer)->abandoned)                                                                  \
            (writer)->events.event((writer)->events.owner, __VA_ARGS__);                           \
        pthread_mutex_unlock(&(writer)->mutex);                                                    \
    } while (0)

static inline int64_t to_ms(int64_t us)
{
    return (us + 500) / 1000;
}

/* The moment at which the last picture ends. */
int64_t writer_last_end_us(const struct writer *writer);
/* Ends the segment in hand, if there is one, at this wall-clock moment, or at its hole. */
void writer_end_segment(struct writer *writer, int64_t end_us);
/* Begins one on the first volume that takes it. False: none does. */
bool writer_begin_segment(struct writer *writer, const struct timeline_entry *entry);
/* The volume failed: it is left, and what it may not have kept is written again on another. The
 * segment ends where that begins. */
void writer_volume_failed(struct writer *writer, const char *what, int error);
/* Writes what waits in the segment. False: the volume failed. */
bool writer_flush(struct writer *writer);
/* Makes durable what is written of the segment in hand, too. A volume that cannot is left: what it
 * said to have taken may be gone. */
bool writer_sync(struct writer *writer);
/* Whether anything waits there. */
bool writer_holds_back(const struct writer *writer);
/* The volume did not take what waited. */
void writer_not_written(struct writer *writer, int error);
/* Whether the file being written, if there is one, still has its name: a directory that was removed
 * takes what is written without a word. If not, the volume has failed. */
bool writer_segment_is_there(struct writer *writer);

/* Before a picture: is there a hole between it and the one before? And before a keyframe: does the
 * segment end here? It does so only when all of it is durable. False: the volume failed. */
void writer_look_for_hole(struct writer *writer, const struct timeline_entry *entry);
bool writer_cut_before(struct writer *writer, const struct timeline_entry *entry);

/* After a picture: it is to be made durable in time; a first keyframe at once, and is told of. */
void writer_note_unsynced(struct writer *writer);
void writer_announce_keyframe(struct writer *writer);
void writer_sync_if_due(struct writer *writer);

/* Notes down what was lost, if anything was. */
void writer_note_loss(struct writer *writer);

#endif
