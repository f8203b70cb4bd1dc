/* The model: what the author of a topology or an outage file declared, as plain C. The dsl fills
 * it, the compiler reads it. Everything in it belongs to its arena and is freed with it. Names are
 * kept as written and linked by resolve.c, after everything is read. An absent text is NULL; what a
 * `set` bit does not mark holds its default.
 */
#ifndef COMPILER_MODEL_H
#define COMPILER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/outage.h"

struct arena; /* compiler/arena.h */

/* Where something was declared. `file` is as the user named it; `line` is that of the declaration's
 * first token. */
struct place {
    const char *file;
    int line;
    int called_from; /* the line of the call that led here, of a declaration made in a function;
                        else 0 */
    const char *called_file; /* the file of that call */
};

struct model_names {
    const char **names;
    size_t count;
};

/* One declaration. `name` is "" for a site and for a coordinator. */
#define MODEL_HEAD                                                                                 \
    const char *name;                                                                              \
    struct place place;                                                                            \
    uint64_t set /* bit n: field n of the word's vocabulary was given */

struct model_site {
    MODEL_HEAD;
    int64_t heartbeat_ms;
    int64_t misses;
    int64_t start_ms;
    int64_t claim_ms;
    int64_t lease_ms;
    bool licence_bound;
    int64_t grace_ms;
    int64_t repair_ms; /* 0: not declared */
    const char *time_zone;
    struct model_names on_alarm; /* a program and its arguments; none: empty */
};

struct model_volume {
    MODEL_HEAD;
    const char *path;
    const char *nas;
    int64_t size_bytes;
    int64_t reserve_bytes;
    int64_t measured_renewal_ms; /* what volume probe has found; 0: it was not measured */
    int64_t measured_seen_ms;
    int64_t measured_claim_ms;
};

struct model_server {
    MODEL_HEAD;
    const char *address;
    struct model_names archive;
    const char *fallback;
    int64_t capacity_cameras;
    int64_t capacity_network_bps;
    int64_t capacity_write_bps;
    int64_t ask_wait_ms;
    int64_t priority;
    struct model_names witness; /* host:port each */
};

struct model_camera {
    MODEL_HEAD;
    const char *server;
    const char *url;
    int64_t rate_bps;
    int64_t sessions;
    const char *arm; /* one of the allowed words */
    int64_t keep_ms; /* 0: as long as there is space */
    const char *credentials;
};

struct model_failover {
    MODEL_HEAD;
    const char *standby;
    const char *monitor;
    int64_t expect_reconnection_ms;
    bool all_objects;           /* objects absent or "all" */
    struct model_names objects; /* a list or range(), otherwise */
    int64_t priority;
    bool transfer_if_no_ping;
    const char *failback; /* "auto" or "manual" */
    int64_t hold_down_ms;
    struct model_names also_on;
    int64_t retry_for_ms;
    bool disabled;
    struct model_names on_start; /* a program and its arguments; none: empty */
    struct model_names on_stop;
};

struct model_manager {
    MODEL_HEAD;
    int64_t max_running;
    const char *standby;
    const char *on;
    const char *when_unreachable;
};

struct model_coordinator {
    MODEL_HEAD;
    struct model_names etcd; /* URLs of its endpoints */
    const char *ca;
    const char *cert;
    const char *key;
    const char *credentials;
    const char *when_unreachable;
};

/* X(field, struct, "word") */
#define MODEL_WORDS(X)                                                                             \
    X(sites, model_site, "site")                                                                   \
    X(volumes, model_volume, "volume")                                                             \
    X(servers, model_server, "server")                                                             \
    X(cameras, model_camera, "camera")                                                             \
    X(failovers, model_failover, "failover")                                                       \
    X(managers, model_manager, "failover_manager")                                                 \
    X(coordinators, model_coordinator, "coordinator")

struct model {
    struct arena *arena;
    const char *source; /* the topology's path as the user gave it */
    bool partial;       /* reading ended early, which was reported: what is missing is unknown */
#define X(field, type, word)                                                                       \
    struct type *field;                                                                            \
    size_t field##_count;
    MODEL_WORDS(X)
#undef X
};

/* ---- an outage file ---- */

struct model_act {
    struct place place;
    int64_t at_ms;
    int kind;      /* enum outage_act_kind of runtime/outage.h */
    const char *a; /* names, by the act's target */
    const char *b;
    int64_t jump_ms; /* of TARGET_CLOCK */
};

struct model_expect {
    struct place place;
    int kind;            /* enum outage_expect_kind */
    const char *subject; /* a camera, a server or a failover */
    const char *by;      /* or NULL */
    int64_t limit_ms;
    const char *limit_text; /* as written: "25 s" */
    bool expired;
    bool never;
};

struct model_outage {
    const char *name;
    struct place place;
    int64_t lasts_ms;
    struct model_act *acts; /* in order of writing */
    size_t act_count;
    struct model_expect *expects;
    size_t expect_count;
};

struct model_outages {
    struct model_outage *outages;
    size_t count;
};

#endif
