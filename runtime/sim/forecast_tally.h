/* The tally of a long run: of each camera how long it was recorded and what the rest was lost to,
 * worked out piece by piece, so that nothing of what is over has to be kept.
 *
 * A gap is settled when no recorder can fill it any more: memory of an armed camera reaches back
 * PREROLL_MS_MAX. Until then, and while it lasts, the states that explain it are kept. */
#ifndef RUNTIME_SIM_FORECAST_TALLY_H
#define RUNTIME_SIM_FORECAST_TALLY_H

#include "runtime/sim/result.h"

struct camera_tally {
    int64_t done_ms; /* all before is recorded or lost */
    int64_t recorded_ms;
    int64_t lost_ms;
    int64_t lost_to_ms[LOSS_COUNT];
    int64_t lost_before_ms; /* lost_ms when the batch began */
    double squares;         /* of what was lost in each batch, in ms */
    int64_t last_ms;        /* the end of the recording that reaches furthest */
    uint32_t last_server;   /* of that, or IMAGE_NONE */
    uint32_t first_span;    /* of what has come in: a range of world.spans */
    uint32_t span_count;
    bool waits; /* what comes next of it is not settled */
    bool seen;  /* by the running tally_take */
};

struct tally {
    struct world *world; /* not owned; faults in the figures are noted there */
    struct camera_tally *cameras;
    uint32_t *touched; /* cameras of the running tally_take */
    uint32_t touched_count;
    struct span *pieces; /* of one camera */
    size_t piece_max;
    int64_t from_ms;
    int64_t to_ms;
    uint32_t running;     /* the camera whose gap is sorted */
    int64_t open_from_ms; /* of the recordings of a camera that go on, or INT64_MAX */
};

/* Begins now: what was before counts for nothing. The world stays the caller's. */
void tally_init(struct tally *tally, struct world *world);
void tally_free(struct tally *tally);

/* Takes in what has happened until now, and has the world forget what is not needed any more. */
void tally_take(struct tally *tally);

/* Ends a batch; returns what all its cameras together have lost, in ms. What was lost across the
 * end of a batch counts in the one in which it is settled. */
double tally_batch(struct tally *tally);

/* The run is over: what is not settled is lost. Then each camera's recorded and lost time must be
 * the whole, otherwise that is noted as a fault of Understudy. Before the last tally_batch. */
void tally_finish(struct tally *tally);

#endif
