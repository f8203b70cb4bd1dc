/* The daemon of one server: the shell around its engine.
 *
 * Once in a turn of the loop, what has come in is stepped through the engine, journaled in one
 * commit, and then acted upon (R44). The parts of a node are seen by its status and its control
 * socket; nobody else includes this header.
 */
#ifndef RUNTIME_NODE_NODE_H
#define RUNTIME_NODE_NODE_H

#include "runtime/node/alarm.h"
#include "runtime/node/alarm_watch.h"
#include "runtime/node/control.h"
#include "runtime/node/coordinator.h"
#include "runtime/node/drill_order.h"
#include "runtime/node/inbox.h"
#include "runtime/node/journal.h"
#include "runtime/node/link.h"
#include "runtime/node/log.h"
#include "runtime/node/lookout.h"
#include "runtime/node/maintenance.h"
#include "runtime/node/page.h"
#include "runtime/node/publication.h"
#include "runtime/node/rollout.h"
#include "runtime/node/state.h"
#include "runtime/node/supervisor.h"
#include "runtime/node/timeline.h"

/* What the command line says. */
struct node_setup {
    const char *deployment;
    const char *server;
    const char *state;
    const char *keys;
    struct worker_program recorder;
    struct page_setup page;
    const char *syslog;     /* the socket of the system's log, or NULL */
    bool keeps_deployment;  /* it takes none that another server hands on */
    uint64_t journal_bytes; /* what its entries and snapshots may take */
};

struct node {
    const struct node_setup *setup;
    const struct deployment *deployment;
    char deployment_path[STATE_PATH_BYTES]; /* where the state folder keeps it */
    const struct image *image;
    uint32_t server;
    struct engine *engine;
    struct engine_output output;
    struct inbox inbox;
    struct journal *journal;
    struct links *links;
    struct supervisor *supervisor;
    struct control *control;
    struct lookout *lookout;
    struct rollout *rollout;
    struct publications *publications;
    struct timeline *timeline;
    struct page *page;               /* NULL: none */
    struct coordinator *coordinator; /* NULL: the site has none */
    struct coordinator *coordinators_ended;
    struct alarms *alarms;
    struct maintenance *maintenance;
    struct drill_room drill;
    struct alarm_memory alarm_memory;

    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t deadline;
    uv_timer_t tick;
    uv_timer_t look;  /* for alarms */
    uv_timer_t alive; /* for systemd */
    uv_signal_t terminate, interrupt, hang_up;

    struct engine_action *actions; /* of this turn */
    uint32_t action_count;
    uint32_t action_capacity;

    int64_t started_wall_ms;
    int64_t started_ms;
    int64_t event_ms; /* of the last event: the engine's time never goes back */
    int64_t tick_ms;
    int64_t tend_ms;
    int64_t offset_ms; /* of the wall clock: see clock_offset_ms */
    bool stalled;      /* this server stood still: the next tick gives everybody time afresh */
    bool journal_fails;
    bool ready; /* systemd knows that it is up */
    char journal_error[TEXT_BYTES_MAX];

    bool leaving; /* the log-off is decided */
    int64_t leave_ms;
    bool leave_now; /* asked for twice */
};

/* Runs a node until it has logged off. Returns the exit code. */
int node_run(const struct node_setup *setup);

/* One turn: steps what has come in, journals it, acts upon it (R44). */
void node_turn(struct node *node);

/* The heartbeat beats at the pace of the present deployment. */
void node_keep_time(struct node *node);

/* An operator's order, carried out within the call. Returns true and the failover's transition, or
 * false if the failover is not under this server. */
bool node_order(struct node *node, uint32_t failover, enum engine_event_kind kind,
                const char *reason, struct engine_transition *transition);

#endif
