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
 *               armed before, what memory holds of it. A recorder that brings nothing to the disk
 *               says so SILENCE_MS later.
 *   volumes     (volume.c) A server writes to the first volume of its list that takes recordings,
 *               its fallback last, and changes without a gap (R35).
 *   claims      (claim.c) What an arbiter keeps of each main is renewed for as long as its holder
 *               can, and lapses the site's `lease` later (R30).
 *   pauses      A server that stands still does nothing and hears nothing; its cameras and its
 *               peers drop it. When it wakes it reads its cameras again, and what it sees of its
 *               peers begins afresh: it judges nobody for what it missed (R29).
 *   order       What happens first at one time is the rule of agenda.h.
 */
#ifndef RUNTIME_SIM_WORLD_H
#define RUNTIME_SIM_WORLD_H

#include "runtime/engine/engine.h"
#include "runtime/sim/agenda.h"
#include "runtime/sim/history.h"
#include "runtime/sim/script.h"

#define SILENCE_MS     3000 /* without growth on disk until a recorder says so, as in the node */
#define VOLUME_UNNAMED (IMAGE_NONE - 1) /* of a server without a list of volumes; always there */

struct server {
    struct engine *engine;
    int64_t clock_ms;    /* its wall clock is ahead by that (R43) */
    uint8_t power;       /* enum power */
    bool isolated;       /* it reaches no peer, camera or NAS */
    bool cut_off;        /* from the coordinator */
    uint8_t cut_volumes; /* from which volumes of its list: a bit for each */
    uint32_t volume;     /* where its recordings go now; IMAGE_NONE: nowhere */
    uint32_t first_link; /* in world.link_numbers, one for each peer */
    uint32_t
        first_camera; /* in world.recorders: its own cameras, then the objects of each failover */
    uint32_t camera_count;
    uint32_t first_manager; /* that it hosts; world.next_managers goes on; IMAGE_NONE: none */
    int64_t wake_ms;        /* the agenda has its deadline, ENGINE_NEVER if it has none */
    struct history powers;
    struct history mains;   /* enum main_state */
    struct history volumes; /* enum storage */
};

/* What the recordings of a server go to. */
enum storage { STORAGE_NONE, STORAGE_THERE };

/* The connection of two servers. */
struct link {
    uint32_t a;
    uint32_t b;
    bool cut;
    bool up;          /* both servers run and it is not cut */
    uint32_t changes; /* of up; what was noticed of an earlier one is void */
    uint32_t session; /* a message belongs to one */
};

/* What a recorder is to do with its camera: nothing, read it into memory, record it as soon as its
 * server has a network or a volume again, or another reader lets go of it, record it. */
enum order { ORDER_NONE, ORDER_ARMED, ORDER_CUT_OFF, ORDER_HOMELESS, ORDER_WAITING, ORDER_GIVEN };

/* One camera at one server that records it or may record it. */
struct recorder {
    uint32_t server;
    uint32_t camera;
    uint64_t epoch;
    bool wanted;    /* it is told to read the camera */
    bool open;      /* it reads the camera */
    bool waiting;   /* it would, but the camera accepts no further reader (R27) */
    bool recording; /* it is told to record */
    uint32_t orders;
    int64_t waits_since_ms;
    int64_t opened_ms;
    uint32_t volume;        /* what it writes to; IMAGE_NONE: nothing */
    int64_t covers_from_ms; /* while open and writing: on disk from then on */
    int64_t writes_from_ms; /* since when it is written: later where memory held the beginning */
    struct history order;   /* enum order */
};

/* What one server has on disk of one camera. */
struct span {
    uint32_t camera;
    uint32_t server;
    uint32_t volume; /* or VOLUME_UNNAMED */
    uint64_t epoch;
    int64_t from_ms;
    int64_t to_ms;
    int64_t written_ms; /* since when it was written; before that memory held it */
};

/* A time in which a standby received a camera, to record it or to hold it in memory. */
struct reading {
    uint32_t camera;
    uint32_t server;
    int64_t from_ms;
    int64_t to_ms;
};

struct moment {
    int64_t at_ms;
    struct engine_transition transition;
};

/* A time in which a failover's licence ran out, second by second (R9). */
struct licence {
    uint32_t failover;
    bool expired; /* nothing was left at its end (R11) */
    int64_t from_ms;
    int64_t to_ms;
    int64_t left_ms; /* of the grace, at from_ms */
};

/* What the arbiter of a main keeps (R30). */
struct claim {
    uint64_t epoch;    /* the highest that was granted; 0: none */
    uint32_t holder;   /* IMAGE_NONE: it was given back */
    uint32_t failover; /* under which it is held; IMAGE_NONE: by the main itself */
    bool untold;       /* the holder does not know yet */
    bool renewed;      /* now, and on and on */
    uint32_t changes;  /* of that; a lapse of an earlier one is void */
    int64_t until_ms;  /* where it is not renewed: alive until then */
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
    struct history *stalls; /* of each camera: 1 while it delivers nothing; empty: it always does */
    bool *lost_volumes;     /* of each volume */
    bool *full_volumes;     /* of each volume: and nothing on it may be dropped */
    uint32_t *view_changes; /* of each failover: what was to come of an earlier view is void */
    uint8_t *view_sights;   /* of each failover: what its standby has last seen */
    struct claim *claims;   /* of each main; in use where it has an arbiter */
    bool any_arbiter;
    bool coordinator_lost;
    uint8_t *claim_sights; /* of each failover: what the arbiter has last shown its standby */
    int64_t *reads_own_ms; /* of each server: since when it looks at what its own arbiter keeps */
    int64_t *reads_ms;     /* of each failover: since when its standby looks at the main's */
    bool *lost_own;        /* of each server: it knows that its own arbiter is out of reach */
    bool *lost_views;      /* of each failover: its standby knows it of the main's arbiter */

    /* What has happened. */
    struct moment *moments; /* all moves, the start included */
    size_t moment_count;
    size_t moment_max;
    struct span *spans; /* in the order in which they ended */
    size_t span_count;
    size_t span_max;
    struct reading *readings;
    size_t reading_count;
    size_t reading_max;
    struct licence *licences; /* in the order in which they ended */
    size_t licence_count;
    size_t licence_max;
    struct licence *open_licences; /* of each failover; left_ms is ENGINE_NEVER where none runs */
    struct history *failovers;     /* enum failover_state */
    uint32_t *starts;              /* of each failover: START events (R16) */
    uint32_t *stops;               /* and STOP events */
    uint32_t *fills;               /* and orders to copy footage to the main (R34) */

    /* Properties. */
    struct holders *holders; /* of each main */
    uint32_t *next_managers; /* of each manager: the next one on its host, or IMAGE_NONE */
    uint64_t *spent_epochs;  /* of each failover: under which it last handed back */
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

/* An event of nothing but its kind, about a failover or IMAGE_NONE. */
struct engine_event world_event(enum engine_event_kind kind, uint32_t failover);
/* Sees to it that a server is woken at its engine's deadline. */
void world_plan_wake(struct world *world, uint32_t server);

/* What an act of the script does at this moment (act.c). */
void act_perform(struct world *world, const struct outage_act *act);
/* A server gets its power and boots. */
void act_start(struct world *world, uint32_t server);

/* Whether a server runs: its power is there, it is not logged off and does not stand still. */
bool world_is_on(const struct world *world, uint32_t server);

/* The shared volumes of a standby and its main show it whether the main lives (R45, view.c): to be
 * called when a server, its network or a volume has changed. A server that starts knows nothing. */
void view_update(struct world *world);
/* The same if nothing but this server or its network has changed: at 10,000 servers it is felt. */
void view_update_server(struct world *world, uint32_t server);
void view_forget(struct world *world, uint32_t server);
void view_noticed(struct world *world, const struct agenda_item *item);

/* Claims (claim.c): to be called after each step of a server, and when it, its network, or what it
 * reaches has changed. */
void claim_init(struct world *world);
void claim_step(struct world *world, uint32_t server);
void claim_update_server(struct world *world, uint32_t server);
void claim_update(struct world *world);
void claim_forget(struct world *world, uint32_t server);
/* ACTION_CLAIM, and what comes of it. */
void claim_ask(struct world *world, uint32_t server, const struct engine_action *action);
void claim_answer(struct world *world, const struct agenda_item *item);
void claim_lapsed(struct world *world, const struct agenda_item *item);

/* Makes the links; all are down. */
void link_init(struct world *world);
/* What follows from a server that has started, ended, stood still or lost its network, or from a
 * path that was cut or healed. */
void link_update(struct world *world, uint32_t link);
void link_update_server(struct world *world, uint32_t server);
/* A server that stood still goes on: after link_update_server. */
void link_wake(struct world *world, uint32_t server);
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
/* Growth on disk, or that there is none, reaches the engine. */
void recorder_report(struct world *world, const struct agenda_item *item);
/* Whether the camera delivers nothing at this moment. */
bool recorder_is_stalled(const struct world *world, uint32_t camera, int64_t at_ms);
/* What follows when a server's network, its volume or its standing still has changed. */
void recorder_update_server(struct world *world, uint32_t server);
/* What follows when a camera stops to deliver or delivers again. */
void recorder_update_camera(struct world *world, uint32_t camera);
/* The server has ended: what its recorders have on disk stays, they themselves are gone. */
void recorder_end(struct world *world, uint32_t server);
/* The outage is over: what is on disk until now counts. */
void recorder_finish(struct world *world);

/* What the engines' licence clocks show: after each step of a server, and at the end. */
void licence_init(struct world *world);
void licence_step(struct world *world, uint32_t server);
void licence_finish(struct world *world);

/* Chooses again where the recordings of a server go. */
void volume_update_server(struct world *world, uint32_t server);
/* ACT_LOSE, _REGAIN, _FILL or _EMPTY of a volume. */
void volume_change(struct world *world, const struct outage_act *act);
/* ACT_CUT or _HEAL of the path from a server to a volume. */
void volume_cut(struct world *world, const struct outage_act *act);
/* Whether a server, if it runs, gets at a volume of its list. */
bool volume_is_reached(const struct world *world, uint32_t server, uint32_t volume);

/* Of each main's holders the latest are kept. */
void property_forget(struct world *world);
/* Holds what a step has done against the properties; a fault is noted. */
void property_step(struct world *world, uint32_t server, const struct engine_event *event);
/* At the start of the outage: every camera is on disk at its main, and nobody else records. */
void property_rest(struct world *world);
__attribute__((format(printf, 2, 3))) void property_fault(struct world *world, const char *format,
                                                          ...);

#endif
