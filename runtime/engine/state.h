/* What the parts of the engine share among themselves: the state of one server, and how its
 * machines are driven. Nobody outside this folder includes it.
 *
 * Whatever follows from an event is put into a queue and taken from it in order; no part ever steps
 * a machine from within a step. Only machine_dispatch() in engine.c writes a state.
 */
#ifndef RUNTIME_ENGINE_STATE_H
#define RUNTIME_ENGINE_STATE_H

#include "runtime/engine/engine.h"

enum answer { ANSWER_UNKNOWN, ANSWER_FREE, ANSWER_CARRIES };
enum slot { SLOT_NONE, SLOT_WAITING, SLOT_HELD };

/* A failover under this server. */
struct failover {
    int64_t deadline_ms;   /* of the wait or of the hold-down, by its state; ENGINE_NEVER */
    uint64_t epoch;        /* last claimed here; 0: never */
    uint64_t known_epoch;  /* highest that is taken or promised for this main, as far as we know */
    uint32_t first_camera; /* of its objects among the cameras here */
    uint32_t active;       /* of its cameras are starting or recording */
    uint32_t flaps;
    uint8_t state; /* enum failover_state */
    uint8_t reserved[3];
};

/* A camera that this server records or may record: its own first, then the objects of each
 * failover. */
struct camera {
    uint64_t epoch;    /* under which it was last ordered */
    uint32_t index;    /* in the image */
    uint32_t failover; /* local number of the failover that carries it, IMAGE_NONE for an own one */
    uint8_t state;     /* enum camera_state */
    uint8_t reserved[7];
};

/* A failover that watches this server, as seen from here. */
struct watcher {
    uint32_t failover; /* index in the image */
    uint8_t answer;    /* enum answer */
    uint8_t reserved[3];
};

/* A failover whose slots this server counts, as the host of its manager. */
struct managed {
    int64_t since_ms;  /* it waits since */
    uint32_t failover; /* index in the image */
    uint8_t slot;      /* enum slot */
    uint8_t reserved[3];
};

struct peer {
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
    uint32_t holder;       /* the watcher that carries it, as a local number, or IMAGE_NONE */
    uint8_t state;         /* enum main_state */
    uint8_t reserved[3];
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
    uint32_t queue_first;
    uint32_t queue_count;
    uint32_t queue_max;
    struct owner owner;
    /* Followed in the same block by the arrays that layout.c places; offsets from its start.
     */
    uint32_t at_failovers, at_cameras, at_watchers, at_managed, at_peers, at_queue;
};

/* Sets counts and offsets of an engine's head; returns the size of the whole block. */
uint32_t engine_layout(struct engine *head, const struct deployment *deployment, uint32_t server);

/* The arrays of a block, to write and to read. */
struct failover *engine_failovers(struct engine *engine);
struct camera *engine_cameras(struct engine *engine);
struct watcher *engine_watchers(struct engine *engine);
struct managed *engine_managed(struct engine *engine);
struct peer *engine_peers(struct engine *engine);
const struct failover *engine_failovers_of(const struct engine *engine);
const struct camera *engine_cameras_of(const struct engine *engine);
const struct watcher *engine_watchers_of(const struct engine *engine);
const struct managed *engine_managed_of(const struct engine *engine);
const struct peer *engine_peers_of(const struct engine *engine);

/* The image's entry of this server, and of a failover under it by local number. */
const struct image_server *engine_self(const struct engine *engine);
const struct image_failover *engine_failover_entry(const struct engine *engine, uint32_t local);
const struct image_camera *engine_camera_entry(const struct engine *engine, uint32_t camera);

/* The local number of a failover under this server, of a watcher of it, of a peer; IMAGE_NONE if it
 * is none. */
uint32_t engine_local_failover(const struct engine *engine, uint32_t failover);
uint32_t engine_local_watcher(const struct engine *engine, uint32_t failover);
uint32_t engine_local_peer(const struct engine *engine, uint32_t server);

/* The local number of a camera here, or IMAGE_NONE. */
uint32_t engine_local_camera(const struct engine *engine, uint32_t camera);

/* Whether a failover lists a camera. */
bool engine_lists(const struct engine *engine, uint32_t failover, uint32_t camera);

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
void failover_message(struct engine *engine, uint32_t sender, const struct engine_message *message);
bool failover_all_back(struct engine *engine); /* pushes what has become true; true if any */
bool failover_holds_slot(uint8_t state);

void owner_effect(struct engine *engine, enum machine_effect effect, struct engine_output *output);
void owner_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void owner_time(struct engine *engine);
void owner_message(struct engine *engine, uint32_t sender, const struct engine_message *message);

void camera_effect(struct engine *engine, uint32_t at, enum machine_effect effect,
                   struct engine_output *output);
bool camera_active(uint8_t state); /* starting or recording */
bool camera_wanted(uint8_t state); /* active or silent */
/* Asks for a recording under the epoch in force, unless it runs already. */
void camera_want(struct engine *engine, uint32_t at);
/* Ends whatever is wanted of it. */
void camera_drop(struct engine *engine, uint32_t at);
bool camera_single(const struct engine *engine, uint32_t at); /* sessions = 1 (R27) */
/* To the other side of a running hand-over: it is on disk here; or, giving = true: it is yours to
 * open. */
void camera_tell(struct engine *engine, uint32_t at, bool giving, struct engine_output *output);
/* Gives one with sessions = 1 to the other side: when it has stopped, or at once if it is not
 * recorded. */
void camera_release(struct engine *engine, uint32_t at, struct engine_output *output);

void manager_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                    struct engine_output *output);
void manager_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output);
void manager_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                     struct engine_output *output);
void manager_boot(struct engine *engine);

#endif
