/* What the parts of the engine share among themselves: the state of one server, and how its
 * machines are driven. Nobody outside this folder includes it.
 *
 * Whatever follows from an event is put into a queue and taken from it in order; no part ever steps
 * a machine from within a step. Only machine_dispatch() in engine.c writes a state.
 */
#ifndef RUNTIME_ENGINE_STATE_H
#define RUNTIME_ENGINE_STATE_H

#include "runtime/engine/engine.h"

enum answer { ANSWER_UNKNOWN, ANSWER_FREE, ANSWER_OFFERS, ANSWER_KEEPS };
enum slot { SLOT_NONE, SLOT_WAITING, SLOT_HELD };
enum claim { CLAIM_NONE, CLAIM_MADE, CLAIM_ON_DISK };
enum verdict_of_arbiter { ARBITER_SILENT, ARBITER_DENIED, ARBITER_GRANTED };
enum view_state { VIEW_NONE, VIEW_ALIVE, VIEW_SILENT };

/* A failover under this server. */
struct failover {
    int64_t deadline_ms; /* of the timer of its state; ENGINE_NEVER */
    int64_t
        licence_end_ms;   /* when the grace runs out, by our clock; ENGINE_NEVER: it does not run */
    uint64_t epoch;       /* last claimed here; 0: never */
    uint64_t known_epoch; /* highest that is taken for this main, as far as we know */
    uint32_t first_camera; /* of its objects among the cameras here */
    uint32_t first_fellow; /* of the other failovers that watch its main */
    uint32_t fellow_count;
    uint32_t first_view; /* of the second views of its main */
    uint32_t view_count;
    uint32_t active; /* of its cameras are starting or recording */
    uint32_t flaps;
    uint32_t troubled;    /* of its cameras are silent at the main and deliver here (R36) */
    uint8_t state;        /* enum failover_state */
    uint8_t disabled;     /* by order of an operator or of the topology (R20) */
    uint8_t storage_lost; /* the main says so (R36) */
    uint8_t unsettled;    /* its levels are to be looked at */
    uint8_t arbiter_lost; /* the main's arbiter is out of reach (R38) */
    uint8_t reserved[3];
};

/* Another failover that watches the main of one of ours, and what its standby says (R23, R24). */
struct fellow {
    uint64_t epoch;
    int64_t elapsed_ms; /* of the licence's grace, when it was said */
    int64_t said_ms;
    uint32_t failover; /* index in the image */
    uint8_t claim;     /* enum claim */
    uint8_t includes;  /* it lists all that ours lists: only then may ours leave it to that one */
    uint8_t reserved[2];
};

/* A second view of the main of one of our failovers (R45): a server that sees both, or what the
 * shell sees on a volume that both name. */
struct view {
    int64_t silent_from_ms; /* VIEW_SILENT: a lease after the last sign of life */
    uint32_t server;        /* or IMAGE_NONE: shared volumes; IMAGE_COORDINATOR */
    uint8_t state;          /* enum view_state */
    uint8_t reserved[3];
};

/* A failover between two others, of whose main this server tells its standby what it sees (R45). */
struct onlooker {
    uint32_t failover; /* index in the image */
    uint8_t seen;      /* since this server started */
    uint8_t reserved[3];
};

/* A camera that this server records or may record: its own first, then the objects of each
 * failover. */
struct camera {
    uint64_t epoch;    /* under which it was last ordered */
    uint32_t index;    /* in the image */
    uint32_t failover; /* local number of the failover that carries it, IMAGE_NONE for an own one */
    uint8_t state;     /* enum camera_state */
    uint8_t silent;    /* a carried one: the main says that nothing of it reaches its disk (R36) */
    uint8_t reached;   /* ... and it delivers here */
    uint8_t reserved[5];
};

/* A failover that watches this server, as seen from here. */
struct watcher {
    uint64_t epoch;    /* under which it carries us, by its last word; 0: it does not */
    uint32_t failover; /* index in the image */
    uint8_t answer;    /* enum answer */
    uint8_t whole;     /* it hands back, and has all of it on disk */
    uint8_t reserved[2];
};

/* A failover whose slots this server counts: as the host of its manager, or as its standby, whose
 * own manager limits it besides the site's (R14). Ascending by failover. */
struct managed {
    int64_t since_ms;  /* it waits since */
    uint32_t failover; /* index in the image */
    uint8_t slot;      /* enum slot */
    uint8_t yielded;   /* it waits behind those that have not had their turn (R40) */
    uint8_t reserved[2];
};

struct peer {
    int64_t lost_ms; /* ENGINE_NEVER: it was not lost since this server started */
    uint32_t server;
    uint8_t up;
    uint8_t reserved[3];
};

/* An event for one machine, not yet dispatched. */
struct pending {
    uint32_t index; /* local number: of the failover or of the camera; 0 for the main machine */
    uint8_t kind;   /* enum machine_kind */
    uint8_t event;
    uint8_t reserved[2];
};

/* The main machine of this server. */
struct owner {
    int64_t deadline_ms;   /* of ask_wait, or ENGINE_NEVER */
    uint64_t epoch;        /* of its own recordings */
    uint64_t holder_epoch; /* of the standby that carried it last */
    uint64_t denied_epoch; /* those up to it are granted, by our arbiter's last denial (R30) */
    uint32_t holder; /* the watcher that carries it, the latest, as a local number, or IMAGE_NONE */
    uint8_t state;   /* enum main_state */
    uint8_t storage_lost; /* none of our volumes takes recordings (R36) */
    uint8_t arbiter_lost; /* our arbiter is out of reach (R38) */
    uint8_t claim;        /* enum verdict_of_arbiter, of our own claim (R30) */
};

/* What this server knows of its own network (R29). */
struct network {
    int64_t probe_end_ms; /* an answer is awaited until then, ENGINE_NEVER if none is */
    uint8_t isolated;     /* nothing at all was in reach, and no peer is back since */
    uint8_t reserved[7];
};

struct engine {
    const struct deployment *deployment;
    const struct image *image;
    int64_t now_ms;
    uint32_t server;
    uint32_t own_count; /* own cameras, the first of the cameras here */
    uint32_t camera_count;
    uint32_t failover_count;
    uint32_t watcher_count;
    uint32_t managed_count;
    uint32_t peer_count;
    uint32_t fellow_count;
    uint32_t view_count;
    uint32_t onlooker_count;
    uint32_t queue_first;
    uint32_t queue_count;
    uint32_t queue_max;
    uint32_t reserved;
    int64_t boot_wall_ms; /* the wall clock minus ours, jumps included (R43) */
    struct network network;
    struct owner owner;
    /* Followed in the same block by the arrays that layout.c places; offsets from its start.
     */
    uint32_t at_failovers, at_cameras, at_watchers, at_managed, at_peers, at_queue, at_fellows,
        at_views, at_onlookers;
};

/* Sets counts and offsets of an engine's head; returns the size of the whole block. */
uint32_t engine_layout(struct engine *head, const struct deployment *deployment, uint32_t server);

/* The arrays of a block, to write and to read. */
struct failover *engine_failovers(struct engine *engine);
struct camera *engine_cameras(struct engine *engine);
struct watcher *engine_watchers(struct engine *engine);
struct managed *engine_managed(struct engine *engine);
struct peer *engine_peers(struct engine *engine);
struct fellow *engine_fellows(struct engine *engine);
struct view *engine_views(struct engine *engine);
struct onlooker *engine_onlookers(struct engine *engine);
const struct failover *engine_failovers_of(const struct engine *engine);
const struct camera *engine_cameras_of(const struct engine *engine);
const struct watcher *engine_watchers_of(const struct engine *engine);
const struct managed *engine_managed_of(const struct engine *engine);
const struct peer *engine_peers_of(const struct engine *engine);
const struct fellow *engine_fellows_of(const struct engine *engine);
const struct view *engine_views_of(const struct engine *engine);
const struct onlooker *engine_onlookers_of(const struct engine *engine);

/* The image's entry of this server, and of a failover under it by local number. */
const struct image_server *engine_self(const struct engine *engine);
const struct image_failover *engine_failover_entry(const struct engine *engine, uint32_t local);
const struct image_camera *engine_camera_entry(const struct engine *engine, uint32_t camera);

/* The local number of a failover under this server, of a watcher of it, of a peer; IMAGE_NONE if it
 * is none. */
uint32_t engine_local_failover(const struct engine *engine, uint32_t failover);
uint32_t engine_local_watcher(const struct engine *engine, uint32_t failover);
uint32_t engine_local_peer(const struct engine *engine, uint32_t server);
/* The place of a failover among those whose slots are counted here, or IMAGE_NONE. */
uint32_t engine_local_managed(const struct engine *engine, uint32_t failover);
/* Whether a server counts the slots of a failover. */
bool engine_counts_slots(const struct image *image, uint32_t failover, uint32_t server);

/* The local number of a camera here, or IMAGE_NONE. */
uint32_t engine_local_camera(const struct engine *engine, uint32_t camera);

/* Whether a failover lists a camera. */
bool engine_lists(const struct engine *engine, uint32_t failover, uint32_t camera);

/* Each calls visit, unless it is NULL, and returns how often: with every server that has a link
 * with both (R45); every other failover that competes with this one for its main's objects (R24);
 * every failover between two peers of this server that wants second views (R45). */
uint32_t neighbour_common_peers(const struct image *image, uint32_t a, uint32_t b,
                                void (*visit)(void *context, uint32_t server), void *context);
uint32_t neighbour_fellows(const struct image *image, uint32_t failover,
                           void (*visit)(void *context, uint32_t fellow), void *context);
uint32_t neighbour_looked_on(const struct deployment *deployment, uint32_t server,
                             void (*visit)(void *context, uint32_t failover), void *context);
bool neighbour_wants_views(const struct deployment *deployment, const struct image_failover *entry);
/* The sources of second views that its shell looks at: shared volumes, and perhaps a coordinator.
 */
uint32_t neighbour_shell_views(const struct image *image, const struct image_failover *entry,
                               void (*visit)(void *context, uint32_t source), void *context);
/* Of all failovers under a server together. */
uint32_t neighbour_count_fellows(const struct image *image, const struct image_server *self);
uint32_t neighbour_count_views(const struct deployment *deployment,
                               const struct image_server *self);

/* Puts an event for a machine into the queue. */
void engine_push(struct engine *engine, enum machine_kind kind, uint32_t index, uint8_t event);

/* Appends an action; the caller fills in what it needs. */
struct engine_action *engine_act(struct engine *engine, struct engine_output *output,
                                 enum engine_action_kind kind);

/* Appends a message to a peer, if it is connected; a message to nobody is none. */
void engine_send(struct engine *engine, struct engine_output *output, uint32_t server,
                 struct engine_message message);

/* The parts: what each does on an effect of its machine, and on events from outside. */
void failover_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                     struct engine_output *output);
void failover_peer(struct engine *engine, uint32_t server, bool up);
void failover_time(struct engine *engine);
/* What a failover's new state calls for by itself. */
void failover_enter(struct engine *engine, uint32_t local, uint8_t from);
/* Arms the hot cameras of a failover, or disarms them if it is disabled. */
void failover_arm_hot(struct engine *engine, uint32_t local);
void failover_late(struct engine *engine);
/* The epoch of its next claim. */
uint64_t failover_next_epoch(const struct engine *engine, uint32_t local);
void failover_order(struct engine *engine, uint32_t failover, enum failover_event event);
void failover_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                      struct engine_output *output);
bool failover_all_back(struct engine *engine); /* pushes what has become true; true if any */

/* What is so and may have been overlooked is raised again as an event: a machine eats edges, these
 * are levels. failover_settle is to be called whenever the failover has changed its state or one of
 * its levels has changed; when all events are dispatched, failover_levels looks: true if it pushed
 * any. */
bool failover_levels(struct engine *engine);
void failover_settle(struct engine *engine, uint32_t local);
/* The next epoch after one, for the writer of a main's objects: 0 is the main itself, then its
 * watchers in their order. Each writer has its own residue, so no two ever claim the same (R24). */
uint64_t engine_next_epoch(const struct engine *engine, uint32_t main, uint64_t after,
                           uint32_t writer);

/* Other standbys of the same main (R23, R24). */
void fellow_boot(struct engine *engine);
void fellow_say(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                struct engine_output *output);
/* A camera of the failover has reached the disk, or cannot. */
void fellow_on_disk(struct engine *engine, uint32_t local, struct engine_output *output);
void fellow_tell_main(struct engine *engine, uint32_t local, struct engine_output *output);
void fellow_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void fellow_message(struct engine *engine, uint32_t sender, const struct engine_message *message);
bool fellow_covers(const struct engine *engine, uint32_t local);  /* one of them carries the main */
bool fellow_outbids(const struct engine *engine, uint32_t local); /* under a higher epoch */
/* How long the slowest of them that are there waits, and one claim time more; 0 if none is there
 * that could take ours over. */
int64_t fellow_wait_ms(const struct engine *engine, uint32_t local);
/* How much of the grace the others have used up at this moment (R9). */
int64_t fellow_elapsed(const struct engine *engine, uint32_t local);

/* Second views of a main (R45). */
void view_boot(struct engine *engine);
void view_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void view_message(struct engine *engine, uint32_t sender, const struct engine_message *message);
void view_event(struct engine *engine, uint32_t failover, uint32_t source, enum view_state state);
bool view_alive(const struct engine *engine, uint32_t local); /* one sees it now */
/* When the last of them lapses: our time, 0 if none ever saw it, ENGINE_NEVER if one sees it. */
int64_t view_end(const struct engine *engine, uint32_t local);

/* The arbiter: a third party that decides who holds the claim of a main (R30). */
void arbiter_boot(struct engine *engine);
void arbiter_ask(struct engine *engine, uint32_t local, struct engine_output *output);
void arbiter_ask_own(struct engine *engine, struct engine_output *output);
void arbiter_event(struct engine *engine, const struct engine_event *event,
                   struct engine_output *output);
/* It is out of reach, and what is asked of it is allowed without it (R38). */
bool arbiter_allows(const struct engine *engine, uint32_t local);
/* It counts the slots of the failover's manager as well. */
bool arbiter_counts(const struct engine *engine, uint32_t local);

/* The licence's grace (R9-R12). */
void licence_boot(struct engine *engine, int64_t wall_ms);
void licence_start(struct engine *engine, uint32_t local);
bool licence_ends(struct engine *engine, uint32_t local); /* pushes that it has run out */

/* Our own network (R29). */
void network_boot(struct engine *engine);
void network_peer(struct engine *engine, bool up, struct engine_output *output);
void network_event(struct engine *engine, bool down);
bool network_asked(const struct engine *engine); /* an answer is awaited: nobody is judged */
void network_time(struct engine *engine);

/* A main that is alive and does not record (R36): its own side, and the standby's. */
void trouble_camera(struct engine *engine, uint32_t at, struct engine_output *output);
void trouble_storage(struct engine *engine, bool lost, struct engine_output *output);
void trouble_tell(struct engine *engine, uint32_t watcher, struct engine_output *output);
void trouble_forget(struct engine *engine, uint32_t local);
void trouble_message(struct engine *engine, uint32_t local, const struct engine_message *message,
                     struct engine_output *output);
void trouble_reached(struct engine *engine, uint32_t camera, bool reached);
bool trouble_counts(const struct engine *engine, uint32_t local);

bool owner_carried_by(const struct engine *engine, uint32_t watcher); /* it carries our objects */
void owner_effect(struct engine *engine, enum machine_effect effect, struct engine_output *output);
void owner_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void owner_time(struct engine *engine, struct engine_output *output);
/* What our arbiter has granted to others before us is behind us. */
void owner_hear_denied(struct engine *engine);
/* The epoch that we ask our arbiter for. */
uint64_t owner_next_epoch(const struct engine *engine);
void owner_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                   struct engine_output *output);

void camera_effect(struct engine *engine, uint32_t at, enum machine_effect effect,
                   struct engine_output *output);
bool camera_active(uint8_t state); /* starting or recording */
bool camera_wanted(uint8_t state); /* active or silent */
/* Asks for a recording under the epoch in force, unless it runs already. */
void camera_want(struct engine *engine, uint32_t at);
/* Ends whatever is wanted of it. */
void camera_drop(struct engine *engine, uint32_t at);
/* What a camera's new state calls for by itself. */
void camera_settle(struct engine *engine, uint32_t at, uint8_t from, struct engine_output *output);
bool camera_stays_armed(const struct engine *engine, uint32_t at); /* arm = "hot" */
bool camera_single(const struct engine *engine, uint32_t at);      /* sessions = 1 (R27) */
/* To the other side of a running hand-over: it is on disk here; or, giving = true: it is yours to
 * open. */
void camera_tell(struct engine *engine, uint32_t at, bool giving, struct engine_output *output);
void camera_spare(struct engine *engine, uint32_t at, uint32_t watcher,
                  struct engine_output *output); /* this one need not record it any longer */
/* Gives one with sessions = 1 to the other side: when it has stopped, or at once if it is not
 * recorded. */
void camera_release(struct engine *engine, uint32_t at, struct engine_output *output);

void manager_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                    struct engine_output *output);
void manager_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void manager_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                     struct engine_output *output);
void manager_boot(struct engine *engine);

/* A new deployment (R41): here; at a peer that is up; and what it means for the parts. */
void deploy_begin(struct engine *engine, struct engine_output *output);
void deploy_peer(struct engine *engine, uint32_t server, struct engine_output *output);
void owner_deploy(struct engine *engine, struct engine_output *output);
void manager_deploy(struct engine *engine, struct engine_output *output);

#endif
