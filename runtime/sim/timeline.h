/* The timeline of a site: what the picture shows. It is read from JSON of the shape that the dry
 * run writes, so that a measured timeline is drawn by the same code as a predicted one. */
#ifndef RUNTIME_SIM_TIMELINE_H
#define RUNTIME_SIM_TIMELINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"

/* A stretch in which a server recorded a camera, or, without a server, nobody did. */
struct timeline_span {
    int64_t from_ms;
    int64_t to_ms;
    size_t server; /* in timeline.servers; not used by gaps */
};

struct timeline_row {
    char *camera;
    char *main;
    char *heading; /* above it; NULL: its main */
    struct timeline_span *spans;
    size_t span_count;
    struct timeline_span *gaps;
    size_t gap_count;
};

/* Something that happened: an act of the outage, or a transition of a failover. */
struct timeline_mark {
    int64_t at_ms;
    bool act;
    char *what;
    char *why; /* "" for an act */
};

/* A time in which the grace of a failover ran down. */
struct timeline_licence {
    int64_t from_ms;
    int64_t to_ms;
    char *failover;
    char *left; /* "1 minute left, then 36 seconds" */
};

struct timeline {
    char *title;
    int64_t lasts_ms;
    char **servers; /* in order of their names, so that a server has its colour in every picture */
    size_t server_count;
    size_t server_max;
    struct timeline_row *rows; /* those of one main beside each other */
    size_t row_count;
    struct timeline_licence *licences;
    size_t licence_count;
    struct timeline_mark *marks; /* by time */
    size_t mark_count;
    size_t mark_max;
};

/* Reads one object or an array of them. Nothing in it is trusted: what has another type than it
 * should, or a time outside of the outage, is an error, which is written as a sentence; then NULL
 * is returned. */
struct timeline *timeline_read(const json_t *json, size_t *count,
                               char error[static TEXT_BYTES_MAX]);
void timeline_free(struct timeline *timelines, size_t count);

#endif
