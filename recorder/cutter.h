/* Cuts a transport stream into pieces of one picture each, so that a file may end after any and
 * begin at any keyframe.
 *
 * libvlc repeats the stream's tables before every picture. Only those before a keyframe are kept:
 * each keyframe's piece begins with them, the others are picture only, and the counters of the
 * tables are written anew to stay in step. */
#ifndef RECORDER_CUTTER_H
#define RECORDER_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/ts.h"

#define CUTTER_TABLES_MAX 8 /* packets of tables between two pictures */

struct cutter_piece {
    int64_t pts; /* 33 bits of 1/90000 s */
    bool key;
    const uint8_t *bytes; /* whole packets; valid during the call */
    size_t size;
};

typedef void cutter_sink(void *owner, const struct cutter_piece *piece);

struct cutter {
    cutter_sink *sink;
    void *owner;
    uint8_t packet[TS_PACKET];
    size_t packet_size;
    uint8_t tables[CUTTER_TABLES_MAX][TS_PACKET];
    size_t table_count;
    bool tables_used; /* the next table begins a new set */
    uint8_t counters[CUTTER_TABLES_MAX];
    uint8_t *piece; /* grows as needed */
    size_t piece_size, piece_room;
    struct ts_picture picture;
    bool in_picture;
    uint64_t damaged; /* packets that are none, or found no room */
};

void cutter_init(struct cutter *cutter, cutter_sink *sink, void *owner);
/* Takes bytes as they come. The sink is called for every picture that is complete. */
void cutter_feed(struct cutter *cutter, const uint8_t *bytes, size_t size);
/* The stream is over: the last picture is given out. */
void cutter_end(struct cutter *cutter);
void cutter_free(struct cutter *cutter);

#endif
