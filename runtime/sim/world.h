/* The virtual world: a site of servers, links and recorders in which an outage happens. Start here
 * to read the dry run.
 *
 * Time is virtual, in milliseconds; 0 is the start of the outage. Each server's decisions are made
 * by the same engine as in the node; this is its other shell. What the world itself contributes:
 *
 *   start       All servers start together some time before 0 with all links up, so that at 0 the
 *               site is at rest: every camera on disk at its main. Nothing of that is reported.
 *   links       (link.c) A path is there if both servers run and it is not cut. A loss is noticed
 *               heartbeat x misses later by each end that runs, a return at once. A path that is
 *               back before its loss was noticed was never away; a server that has restarted
 *               meanwhile is lost and found in the same moment.
 *   messages    take no time, and arrive in order. What meets a cut waits for its end or for the
 *               loss to be noticed; what meets a dead server is gone.
 *   recorders   (recorder.c) An order reaches the disk the site's `start` later; a camera that was
 *               armed before, what memory holds of it.
 *   order       What happens first at one time is the rule of agenda.h.
 */
#ifndef RUNTIME_SIM_WORLD_H
#define RUNTIME_SIM_WORLD_H

#include "runtime/engine/engine.h"
#include "runtime/sim/agenda.h"
#include "runtime/sim/history.h"
#include "runtime/sim/script.h"

struct server {
    struct engine *engine;
    uint8_t power;       /* enum power */
    uint32_t first_link; /* in world.link_numbers, one for each peer */
    uint32_t
        first_camera; /* in world.recorders: its own cameras, then the objects of each failover */
    uint32_t camera_count;
    int64_t wake_ms; /* the agenda has its deadline, ENGINE_NEVER if it has none */
    struct history powers;
    struct history mains; /* enum main_state */
};

/* The connection of two servers. */
struct link {
    uint32_t a;
    uint32_t b;
    bool cut;
    bool up;          /* both servers run and it is not cut */
    uint32_t changes; /* of up; what was noticed of an earlier one is void */
    uint32_t session; /* a message belongs to one */
};

/* What a recorder is to do with its camera: nothing, read it into memory, record it as soon as
 * another reader lets go of it, record it. */
enum order { ORDER_NONE, ORDER_ARMED, ORDER_WAITING, ORDER_GIVEN };

/* One camera at one server that records it or may record it. */
struct recorder {
    uint32_t server;
    uint32_t camera;
    uint64_t epoch;
    bool open;      /* it reads the camera */
    bool waiting;   /* it would, but the camera accepts no further reader (R27) */
    bool recording; /* it is told to record */
    uint32_t orders;
    int64_t waits_since_ms;
    int64_t opened_ms;
    int64_t covers_from_ms; /* while open and recording: on disk from then on */
    struct history order;   /* enum order */
};

/* What one server has on disk of one camera. */
struct span {
    uint32_t camera;
    uint32_t server;
    uint64_t epoch;
    int64_t from_ms;
    int64_t to_ms;
};

struct moment {
    int64_t at_ms;
    struct engine_transition transition;
};

/* Who has recorded a main's objects under an epoch. */
struct holder {
    uint64_t epoch;
    uint32_t server;
};
struct holders {
    struct holder *items;
    size_t count;
    size_t max;
};

struct world {
    const struct deployment *deployment;
    const struct image *image;
    const struct script *script;
    const struct outage *outage;
    int64_t now_ms;
    int64_t detect_ms; /* until a loss is noticed */
    struct agenda agenda;
    struct engine_output output; /* of the running step */

    struct server *servers;
    struct link *links;
    uint32_t link_count;
    uint32_t *link_numbers;
    struct agenda_item *held; /* messages that wait for the end of a cut */
    size_t held_count;
    size_t held_max;
    struct recorder *recorders;
    uint32_t recorder_count;
    uint32_t *reader_counts; /* of each camera: how many read it */

    /* What has happened. */
    struct moment *moments; /* all moves, the start included */
    size_t moment_count;
    size_t moment_max;
    struct span *spans; /* in the order in which they ended */
    size_t span_count;
    size_t span_max;
    struct history *failovers; /* enum failover_state */
    uint32_t *starts;          /* of each failover: START events (R16) */

    /* Properties. */
    struct holders *holders; /* of each main */
    bool *over_limit_fine;   /* of each manager: an operator or R38 has allowed it */
    char **faults;           /* sentences: what Understudy has done wrong */
    size_t fault_count;
    size_t fault_max;
};

/* Runs one outage of the script from a clean start to its end. Its acts must have been judged. */
struct world *world_run(const struct deployment *deployment, const struct script *script,
                        const struct outage *outage);

/* The same in pieces, for a run that is too long to be kept as a whole: a site at rest at 0 ... */
struct world *world_start(const struct deployment *deployment, const struct script *script,
                          const struct outage *outage);
/* ... bears some acts of the script, all of them due from now until until_ms. */
void world_play(struct world *world, uint32_t first_act, uint32_t act_count, int64_t until_ms);

/* Forgets what was before a moment, so that what is kept stays small however long a run is: moves,
 * and states that were over by then. Spans are whoever's who took them. */
void world_forget(struct world *world, int64_t before_ms);
void world_free(struct world *world);

/* ---- for the parts of the world ---- */

/* Gives a server that runs an event and performs what follows from it. */
void world_step(struct world *world, uint32_t server, struct engine_event event);

bool world_is_on(const struct world *world, uint32_t server);

/* Makes the links; all are down. */
void link_init(struct world *world);
/* What follows from a server that has started or ended, or a path that was cut or healed. */
void link_update(struct world *world, uint32_t link);
void link_update_server(struct world *world, uint32_t server);
/* The link of two servers; IMAGE_NONE if they have none. */
uint32_t link_find(const struct world *world, uint32_t a, uint32_t b);
void link_send(struct world *world, uint32_t sender, const struct engine_action *action);
void link_arrive(struct world *world, const struct agenda_item *item);
void link_noticed(struct world *world, const struct agenda_item *item);

/* Makes the recorders; all are closed. */
void recorder_init(struct world *world);
/* Performs ACTION_ARM, _DISARM, _RECORD or _STOP. */
void recorder_order(struct world *world, uint32_t server, const struct engine_action *action);
/* Whether it has the camera on disk from covers_from_ms on, or will have. */
bool recorder_covers(const struct recorder *recorder);
/* The recorder of a camera at a server; NULL if the server has nothing to do with the camera. */
struct recorder *recorder_find(const struct world *world, uint32_t server, uint32_t camera);
void recorder_report(struct world *world, const struct agenda_item *item);
/* The server has ended: what its recorders have on disk stays, they themselves are gone. */
void recorder_end(struct world *world, uint32_t server);
/* The outage is over: what is on disk until now counts. */
void recorder_finish(struct world *world);

/* Of each main's holders the latest are kept. */
void property_forget(struct world *world);
/* Holds what a step has done against the properties; a fault is noted. */
void property_step(struct world *world, uint32_t server, const struct engine_event *event);
/* At the start of the outage: every camera is on disk at its main, and nobody else records. */
void property_rest(struct world *world);
__attribute__((format(printf, 2, 3))) void property_fault(struct world *world, const char *format,
                                                          ...);

#endif
