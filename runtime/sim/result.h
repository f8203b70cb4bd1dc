/* The result of a dry run: its figures, worked out from what happened in the world. */
#ifndef RUNTIME_SIM_RESULT_H
#define RUNTIME_SIM_RESULT_H

#include "runtime/sim/world.h"

/* One reason that holds for a while. */
struct gap_part {
    int64_t from_ms;
    int64_t to_ms;
    uint8_t rule; /* 1 for R1 */
    char *text;   /* goes on after a duration: "until omega noticed it" */
};

/* A stretch in which nobody recorded the camera. */
struct gap {
    int64_t from_ms;
    int64_t to_ms;
    char *lead; /* what began it: "alpha failed" */
    struct gap_part *parts;
    size_t part_count;
    size_t part_max;
    char *cause; /* lead and parts as one sentence */
};

struct camera_result {
    const struct span *spans; /* within the outage, by time */
    size_t span_count;
    int64_t recorded_ms;
    int64_t gap_ms;
    int64_t double_ms; /* recorded by two or more servers */
    struct gap *gaps;
    size_t gap_count;
    size_t gap_max;
};

/* What a standby bears from at_ms on, until the next step. */
struct load_step {
    int64_t at_ms;
    uint32_t mains;
    uint32_t cameras; /* that it records */
    uint64_t network_bps;
    uint64_t write_bps;
};

/* What a server with failovers under it had to bear, its own cameras included (R8). */
struct standby_result {
    uint32_t server;
    uint32_t peak_mains;
    uint32_t peak_cameras;
    uint64_t peak_network_bps; /* of all that it receives, what it only holds in memory included */
    uint64_t peak_write_bps;
    int64_t overloaded_ms;   /* above a declared capacity */
    struct load_step *steps; /* by time; before the first one it bears nothing */
    size_t step_count;
    size_t step_max;
};

/* What a server wrote to another volume than its first (R35). */
struct storage_result {
    uint32_t server;
    uint32_t volume;
    bool fallback; /* it is moved back later */
    uint32_t camera_count;
    uint32_t last_camera; /* counted so far */
    int64_t recorded_ms;  /* in sum */
};

/* A time in which a server had no volume left to write to (R35). */
struct alarm_result {
    uint32_t server;
    int64_t from_ms;
    int64_t to_ms;
};

/* Carried: from the take-over to the end of the return, while the standby runs. */
struct failover_result {
    uint32_t starts;
    uint32_t stops;
    uint32_t fills; /* how often what was recorded was to be copied to the main (R34) */
    uint32_t flaps;
    int64_t queued_ms;
    int64_t carried_ms;
    bool licence_expired;    /* its grace has run out (R11) */
    int64_t licence_left_ms; /* the least that was left of it; ENGINE_NEVER: it never ran */
};

struct expect_result {
    const struct outage_expect *expect;
    bool held;
    char found[TEXT_BYTES_MAX];
};

struct result {
    struct world *world; /* not owned; faults in the figures are noted there */
    struct span *spans;  /* within the outage, by camera, then time */
    size_t span_count;
    struct camera_result *cameras;
    struct standby_result *standbys;
    uint32_t standby_count;
    struct failover_result *failovers;
    struct storage_result *storage; /* in order of first use by camera */
    size_t storage_count;
    size_t storage_max;
    struct licence *licences; /* within the outage, by time of their end */
    size_t licence_count;
    struct alarm_result *alarms; /* by server, then time */
    size_t alarm_count;
    size_t alarm_max;
    struct expect_result *expects;
    uint32_t broken_count; /* expectations that were not held */
};

struct result *result_of(struct world *world);
void result_free(struct result *result);

/* Where unrecorded time goes, as one who plans a site would sort it. X(SYMBOL, "name", "text") */
#define LOSSES(X)                                                                                  \
    X(LOSS_UNPROTECTED, "unprotected", "the server was down, and no failover lists the camera")    \
    X(LOSS_NO_STANDBY, "no_standby", "the standby was down as well")                               \
    X(LOSS_UNSEEN, "unseen",                                                                       \
      "the standby, started again, had not seen the main alive (transfer_if_no_ping)")             \
    X(LOSS_QUEUE, "queue", "in the queue of a failover manager")                                   \
    X(LOSS_LICENCE, "licence", "after the licence's grace had run out")                            \
    X(LOSS_ISOLATED, "isolated", "while the standby's own network was down")                       \
    X(LOSS_DETECTION, "detection", "before a failure was noticed")                                 \
    X(LOSS_WAIT, "wait", "while the main still had time to come back (expect_reconnection)")       \
    X(LOSS_START, "start", "while a standby started to record")                                    \
    X(LOSS_BOOT, "own_start", "while the server, back again, started to record its own")           \
    X(LOSS_HAND_BACK, "hand_back", "while a camera went back to its main")                         \
    X(LOSS_OPERATOR, "operator", "by an operator's order or a log-off")                            \
    X(LOSS_STORAGE, "storage",                                                                     \
      "without a volume to write to (a main that runs so is carried only with also_on)")           \
    X(LOSS_NETWORK, "network", "while a server had no network")                                    \
    X(LOSS_STANDSTILL, "standstill", "while a server stood still")                                 \
    X(LOSS_CAMERA, "camera", "while the camera itself delivered nothing")                          \
    X(LOSS_UNEXPLAINED, "unexplained", "for no reason that could be found")

#define X(symbol, name, text) symbol,
enum loss { LOSSES(X) LOSS_COUNT };
#undef X

/* Takes one stretch of a gap and what it is lost to. */
typedef void cause_taker(void *context, enum loss loss, int64_t from_ms, int64_t to_ms);

/* Gives what a gap is lost to, stretch by stretch, and makes no texts: for runs with millions of
 * gaps. Otherwise as cause_explain. */
void cause_sort(struct world *world, uint32_t camera, const struct span *before, int64_t from_ms,
                int64_t to_ms, cause_taker *take, void *context);

/* Explains a gap whose times are set: fills in the rest. before is the span that ended where it
 * begins. A stretch without a reason is noted as a fault of Understudy. */
void cause_explain(struct world *world, uint32_t camera, const struct span *before,
                   struct gap *gap);

/* What servers bear and failovers do (load.c). */
void load_standbys(struct result *result);
void load_failovers(struct result *result);

/* How far each grace ran down: after load_failovers (grace.c). */
void grace_measure(struct result *result);

/* Which volumes took what (storage.c). */
void storage_measure(struct result *result);

#endif
