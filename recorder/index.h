/* The index of one writer's directory: a line for each segment that is complete and durable.
 *
 *     <name> <bytes> <frames> <keyframes> <SHA-256> <CRC-32 of all before it>
 *
 * Lines are only ever added. A line that a crash tore fails its check sum and is passed over; the
 * next begins after it. */
#ifndef RECORDER_INDEX_H
#define RECORDER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/hash.h"

#define INDEX_FILE     "index"
#define INDEX_NAME_MAX 64
#define INDEX_LINE_MAX 256

struct index_row {
    char name[INDEX_NAME_MAX];
    uint64_t bytes;
    uint64_t frames;
    uint64_t keyframes;
    char sha256[HASH_TEXT_MAX];
};

struct index_rows {
    struct index_row *rows;
    size_t count, room;
    size_t torn;   /* lines that are none */
    bool in_order; /* as they stand in the file, by time */
};

/* Writes a line with its end into INDEX_LINE_MAX bytes; its length. */
size_t index_format(const struct index_row *row, char *line);
/* Reads a line without its end. False: torn or foreign. */
bool index_parse(const char *line, struct index_row *row);

/* Adds a row durably to the index in a directory. 0, or an errno. */
int index_append(int directory, const struct index_row *row);
/* Opens the index and keeps others from adding to it until the descriptor is closed: for whoever
 * reads it and writes it anew. -1 and errno (ENOENT: there is none). */
int index_hold(int directory);

/* Reads the index of a directory; a missing one is empty. 0, or an errno. Free it with index_free
 * either way. */
int index_load(int directory, struct index_rows *rows);
/* Adds a row in memory. False: memory is out. Then index_sort, by name and so by time. */
bool index_add(struct index_rows *rows, const struct index_row *row);
void index_sort(struct index_rows *rows);

/* Reads of an index only the rows of segments that overlap a stretch of time, by bisection: rows
 * are added in the order of their times, and a name begins with its time. What a clock that was set
 * back left out of order may be missed; `archive verify --repair` puts an index in order. `*after`
 * tells whether the index knows of anything that ends later than `to_ms`. 0, or an errno. Free it
 * either way. */
int index_search(int directory, int64_t from_ms, int64_t to_ms, struct index_rows *rows,
                 bool *after);
/* Writes the index of a directory anew, durably, with these rows. 0, or an errno; then the old one
 * stands. */
int index_rewrite(int directory, const struct index_rows *rows);
void index_free(struct index_rows *rows);
/* The row of a segment, or NULL. */
const struct index_row *index_find(const struct index_rows *rows, const char *name);

#endif
