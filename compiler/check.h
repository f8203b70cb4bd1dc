/* Check: what is wrong or unwise in a topology although every name in it is known. A list of small
 * predicates, each with its reason beside it (check.c).
 */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "compiler/diag.h"
#include "compiler/resolve.h"

/* Reports errors and warnings; also on a topology in which some names are unknown. */
void check_topology(const struct resolved *resolved, struct diag *diag);

/* Parts of check_topology: what concerns failovers, failover managers (check_failover.c), capacity
 * (check_load.c), times (check_timing.c), and where footage lies (check_archive.c). */
void check_failovers(const struct resolved *resolved, struct diag *diag);
void check_managers(const struct resolved *resolved, struct diag *diag);
void check_capacity(const struct resolved *resolved, struct diag *diag);
void check_timing(const struct resolved *resolved, struct diag *diag);
void check_archives(const struct resolved *resolved, struct diag *diag);
void check_coordinator(const struct resolved *resolved, struct diag *diag);

/* Texts in fields that mean something (check_fields.c). */
void check_fields(const struct resolved *resolved, struct diag *diag);

/* The worst load that can fall on one standby (R8): its own cameras and, of the mains that it
 * watches, the heaviest ones that its failover manager lets it carry at once. An operator's forced
 * start is not bound by the limit (R17). Hot cameras are received of all mains, always; else what
 * is received is written. */
struct check_load {
    uint32_t server;
    uint32_t worst_mains;
    const uint32_t *most_cameras; /* worst_mains servers: those with the most cameras */
    const uint32_t *most_network; /* those with the highest rates */
    const uint32_t *most_write;   /* the same, hot cameras included */
    uint64_t worst_cameras;
    uint64_t worst_network_bps; /* only cameras that declare a rate are counted */
    uint64_t worst_write_bps;
    uint64_t capacity_cameras; /* 0: not declared */
    uint64_t capacity_network_bps;
    uint64_t capacity_write_bps;
};

/* One load for each server that has failovers under it, in order of servers; returns their count.
 * *loads comes from the model's arena. */
size_t check_loads(const struct resolved *resolved, struct check_load **loads);

/* How long a take-over takes at worst, from the loss of the main on, by the time model of the dry
 * run: detection + wait + claim + lease + start; check_timing.c. Where a failover manager limits,
 * the time in its queue comes on top. */
struct check_takeover {
    int64_t detection_ms; /* heartbeat x misses */
    int64_t wait_ms;
    int64_t claim_ms; /* of a lower standby, for the claim of a higher one (R24); else 0 */
    int64_t lease_ms; /* what is left of the lease then, where a second view of the main is (R45) */
    int64_t start_ms;
    int64_t worst_ms;     /* the sum */
    int64_t cold_gap_ms;  /* what is unrecorded of a cold camera; -1: it carries none */
    int64_t warm_gap_ms;  /* of a warm one */
    int64_t hot_gap_ms;   /* of a hot one */
    uint32_t manager;     /* that it may have to queue for, or IMAGE_NONE */
    uint32_t own_manager; /* and for this one too (R14), or IMAGE_NONE */
    bool disabled;        /* there is none before an operator enables the failover (R20) */
};

struct check_takeover check_takeover(const struct resolved *resolved, uint32_t failover);

/* What is neither wrong nor unwise and good to know all the same: single points of failure, and
 * where the footage of an outage lies (check_notes.c). Each has a code that can be explained. What
 * is not in a topology, switches and power, is not seen. */
struct check_note {
    enum diag_code code;
    const char *text;
};

/* Returns their count, in order of codes; *notes comes from the model's arena. Of a topology
 * without errors. */
size_t check_notes(const struct resolved *resolved, struct check_note **notes);

/* Whether the volume is one of the server's, its fallback included. */
bool check_lists_volume(const struct resolved_server *server, uint32_t volume);

/* A NAS on which both record, or IMAGE_NONE. A local path of one name is another disk on another
 * server. */
uint32_t check_common_nas(const struct resolved *resolved, const struct resolved_server *one,
                          const struct resolved_server *other);

/* Whether a standby records on something that is not a NAS of its mains (R7). */
bool check_has_own_volume(const struct resolved *resolved, const struct resolved_server *standby);

/* The names of some servers: "alpha, beta and 3 more", in the model's arena. IMAGE_NONE is a server
 * that was not declared, which was reported. */
const char *check_names(const struct resolved *resolved, const uint32_t *servers, size_t count);

#endif
