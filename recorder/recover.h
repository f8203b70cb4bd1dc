/* Finishes what an earlier life of this server left unfinished when it was killed: nothing that is
 * on disk is lost. */
#ifndef RECORDER_RECOVER_H
#define RECORDER_RECOVER_H

#include "recorder/segment.h"

/* Called for every segment that was made complete; may be NULL. */
typedef void recover_sink(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                          const struct index_row *row);

/* Looks through the directories of this camera that this server wrote, under any epoch: of the last
 * days of each, for a recorder that is killed writes in no other. A part is cut after the last that
 * is whole, measured, made durable, renamed and put in the index; an empty one is removed; a
 * complete segment without its index row gets one. Parts that another process is writing (they are
 * locked) and the directories of other servers are left alone. Returns how many parts and segments
 * could not be finished. */
unsigned recover_camera(int volume, const struct segment_place *place, recover_sink *sink,
                        void *owner);

enum recover_verdict {
    RECOVER_DONE,
    RECOVER_GROWING, /* somebody writes there: nothing was touched */
    RECOVER_FAILED   /* something could not be finished */
};

/* Likewise in one directory of this server, if parts were left over there and nobody writes in it.
 */
enum recover_verdict recover_directory(int directory, uint64_t epoch, recover_sink *sink,
                                       void *owner);

#endif
