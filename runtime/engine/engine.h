/* The engine: what one server decides. Start here to read the code.
 *
 *     event in ->  engine_step()  -> transitions to journal, then actions to perform
 *
 * No clock, socket, allocation or log inside; the event carries the time. The same archive is
 * linked into the dry run, where time is virtual, and into the node. One engine per server holds
 * its *main* machine, a *failover* machine for each failover under it, a *camera* machine for each
 * camera it records or may record, and the slots of each manager that it hosts. Servers talk by
 * messages; a message received is an event.
 *
 * Order of duties of a shell, after every step (R44):
 *   1. journal the event and its transitions, durably;
 *   2. perform the actions in their order;
 *   3. ask engine_deadline() when to wake.
 * Performing an action twice must do no harm.
 *
 * Restart: replay the journaled events through engine_step and drop the output, from the start or
 * from a block that was kept (engine_restore), then give EVENT_BOOT and perform its output.
 *
 * What a shell promises: EVENT_PEER_UP comes before the first message of a peer, EVENT_PEER_LOST
 * after the last; between the two messages arrive once and in order. A peer that has restarted is
 * lost first and then up. Time never goes back except at EVENT_BOOT. ACTION_PROBE is answered
 * within a detection time. EVENT_VIEW_* come as levels, whenever they change; EVENT_LATE before the
 * events that were missed.
 *
 * The arbiter of a main (image_server.arbiter: a coordinator or a shared volume, R30) keeps one
 * claim for it: who holds it, under which epoch, and whether it is alive, which is: renewed within
 * a lease, by the arbiter's view and nobody's clock. What the shell does with it:
 *   - ACTION_CLAIM asks for it. Granted, in one indivisible act, if the epoch is higher than any
 *     that was granted there (the same one again to the same server), and either the claim is not
 *     alive or the asking server holds it; for a standby also a slot of a manager of the whole
 *     site, where the arbiter is the coordinator. Within `claim` of the action comes
 *     EVENT_CLAIM_GRANTED, EVENT_CLAIM_DENIED or, if only a slot is missing, EVENT_CLAIM_FULL with
 *     the highest epoch granted there, or EVENT_ARBITER_LOST.
 *   - EVENT_ARBITER_LOST and EVENT_ARBITER_BACK come as levels, for each main that this server has
 *     to do with; an engine takes it to be there at EVENT_BOOT and EVENT_DEPLOY.
 *   - engine_claim() is a level too: look after every step and before every renewal. What it says
 *     is held is renewed while its recordings grow; while they do, it is also entered anew, under
 *     that epoch, if it is not there and no other server's living claim is (a forced start, a
 *     return and a main that has not asked hold without an answer). What it says is held no longer
 * is given back. What was granted is held until the engine has been told so and has taken its step.
 *   - A living claim of somebody else is a second view of the main: EVENT_VIEW_ALIVE with server =
 *     IMAGE_COORDINATOR, whichever arbiter it is, EVENT_VIEW_SILENT when it has lapsed,
 *     EVENT_VIEW_NONE while it cannot be asked.
 */
#ifndef RUNTIME_ENGINE_ENGINE_H
#define RUNTIME_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/image.h"

#define ENGINE_ABI   4u
#define ENGINE_NEVER INT64_MAX /* no deadline */

/* X(SYMBOL, "name") */
#define ENGINE_EVENTS(X)                                                                           \
    X(EVENT_BOOT, "boot")           /* this server starts, or starts again after a replay */       \
    X(EVENT_TIME, "time")           /* a deadline has come */                                      \
    X(EVENT_PEER_UP, "peer_up")     /* server */                                                   \
    X(EVENT_PEER_LOST, "peer_lost") /* server; after heartbeat x misses */                         \
    X(EVENT_MESSAGE, "message")     /* server = sender, message */                                 \
    X(EVENT_ON_DISK, "on_disk")     /* camera, epoch: the recorder reports growth on disk */       \
    X(EVENT_MUTE, "mute")           /* camera, epoch: the recorder reports that nothing grows */   \
    X(EVENT_FORCE_START, "force_start") /* failover */                                             \
    X(EVENT_FORCE_STOP, "force_stop")   /* failover */                                             \
    X(EVENT_LOG_OFF, "log_off")         /* this server is to stop in good order */                 \
    X(EVENT_DISABLE, "disable")         /* failover (R20) */                                       \
    X(EVENT_ENABLE, "enable")           /* failover */                                             \
    X(EVENT_CLOCK_JUMP, "clock_jump")   /* wall_ms: by how much the wall clock has jumped (R43) */ \
    X(EVENT_LATE, "late") /* this server stood still for longer than a heartbeat (R29) */          \
    X(EVENT_NETWORK_DOWN, "network_down") /* answer to ACTION_PROBE: nothing can be reached */     \
    X(EVENT_NETWORK_FINE, "network_fine") /* answer to ACTION_PROBE: something can */              \
    X(EVENT_VIEW_ALIVE, "view_alive")   /* failover: its main lives by a shared volume... (R45) */ \
    X(EVENT_VIEW_SILENT, "view_silent") /* failover: without a sign there for a whole lease */     \
    X(EVENT_VIEW_NONE, "view_none")     /* failover: nothing can be seen there; each of the three, \
                                           with server = IMAGE_COORDINATOR, of the arbiter */      \
    X(EVENT_STORAGE_LOST, "storage_lost")   /* none of our volumes takes recordings (R36) */       \
    X(EVENT_STORAGE_BACK, "storage_back")   /* one does again */                                   \
    X(EVENT_REACHED, "reached")             /* camera: answer to ACTION_REACH: it delivers here */ \
    X(EVENT_UNREACHED, "unreached")         /* camera: it delivers nothing here either */          \
    X(EVENT_DEPLOY, "deploy")               /* this server goes on under a new deployment (R41) */ \
    X(EVENT_PEER_CHANGED, "peer_changed")   /* server; so does a peer that is up */                \
    X(EVENT_CLAIM_GRANTED, "claim_granted") /* server = main, epoch: answer to ACTION_CLAIM */     \
    X(EVENT_CLAIM_DENIED, "claim_denied")   /* likewise; epoch: the highest granted there */       \
    X(EVENT_CLAIM_FULL, "claim_full")       /* likewise: it would be, but no slot is left (R14) */ \
    X(EVENT_ARBITER_LOST, "arbiter_lost")   /* server = main: its arbiter is out of reach (R38) */ \
    X(EVENT_ARBITER_BACK, "arbiter_back")   /* server = main: it is in reach again */              \
    X(EVENT_DRILL_BEGIN, "drill_begin")     /* failover: a drill of it begins; decides nothing */  \
    X(EVENT_DRILL_END, "drill_end")         /* failover: it is over; decides nothing either */

/* What servers say to each other. The standby side is named by its failover, so one link serves
 * several. */
#define ENGINE_MESSAGES(X)                                                                         \
    X(MESSAGE_ALIVE, "alive") /* main to standby: I am there; first word on a link. epoch: mine */ \
    X(MESSAGE_LEFT, "left")   /* main to standby: I log off */                                     \
    X(MESSAGE_FREE, "free")   /* standby to main: I do not carry you. epoch: my last */            \
    X(MESSAGE_KEPT, "kept")   /* standby to main: I carry you and go on. epoch: mine */            \
    X(MESSAGE_OFFER, "offer") /* standby to main: take back. epoch: mine */                        \
    X(MESSAGE_LEND, "lend")   /* standby to main: an operator moves you to me. epoch: mine */      \
    X(MESSAGE_ON_DISK, "on_disk")     /* taker to giver: camera is on disk here; stop it. epoch:   \
                                         that of the standby's carrying that it is about */        \
    X(MESSAGE_RELEASED, "released")   /* giver to taker: camera (sessions = 1) is yours to open */ \
    X(MESSAGE_SLOT_ASK, "slot_ask")   /* standby to manager's host */                              \
    X(MESSAGE_SLOT_TAKE, "slot_take") /* likewise: I hold one, count it */                         \
    X(MESSAGE_SLOT_FREE, "slot_free") /* likewise: I give it back, or leave the queue */           \
    X(MESSAGE_SLOT_GRANTED, "slot_granted") /* manager's host to standby */                        \
    X(MESSAGE_SLOT_YIELD, "slot_yield")     /* standby to host: I wait again, behind all others */ \
    X(MESSAGE_CLAIM, "claim") /* standby to standby: the main is mine. epoch, elapsed_ms */        \
    X(MESSAGE_CARRY, "carry") /* likewise: all of it is on disk here; and to a main in a return */ \
    X(MESSAGE_LET_GO, "let_go") /* likewise: it is mine no longer */                               \
    X(MESSAGE_FORBID, "forbid") /* likewise: and nobody may carry it until it was seen alive */    \
    X(MESSAGE_SEES, "sees") /* third server to standby: I see the main of your failover (R45) */   \
    X(MESSAGE_MISSES, "misses")   /* likewise: I saw it and have lost it */                        \
    X(MESSAGE_REPLACE, "replace") /* standby to main: I record what you do not. epoch: mine */     \
    X(MESSAGE_SILENT, "silent") /* main to standby: nothing of the camera reaches my disk (R36) */ \
    X(MESSAGE_HEARD, "heard")   /* main to standby: it does again, or is not wanted */             \
    X(MESSAGE_STORAGE_LOST, "storage_lost") /* main to standby */                                  \
    X(MESSAGE_STORAGE_BACK, "storage_back") /* main to standby */

#define ENGINE_ACTIONS(X)                                                                          \
    X(ACTION_SEND, "send")                   /* message to server */                               \
    X(ACTION_ARM, "arm")                     /* camera */                                          \
    X(ACTION_DISARM, "disarm")               /* camera */                                          \
    X(ACTION_RECORD, "record")               /* camera, epoch */                                   \
    X(ACTION_STOP, "stop")                   /* camera */                                          \
    X(ACTION_PUBLISH_START, "publish_start") /* failover, epoch (R16) */                           \
    X(ACTION_PUBLISH_STOP, "publish_stop")   /* failover (R16) */                                  \
    X(ACTION_LEAVE, "leave") /* the log-off is decided: end when the rest is done */               \
    X(ACTION_PROBE, "probe") /* is anything but our peers in reach? (R29) */                       \
    X(ACTION_REACH, "reach") /* does the camera deliver here? (R36) */                             \
    X(ACTION_FILL, "fill")   /* failover: copy what is missing at its main (R34) */                \
    X(ACTION_CLAIM, "claim") /* server = main, epoch; failover: for it, or IMAGE_NONE: our own */

#define X(symbol, name) symbol,
enum engine_event_kind { ENGINE_EVENTS(X) ENGINE_EVENT_COUNT };
enum engine_message_kind { ENGINE_MESSAGES(X) ENGINE_MESSAGE_COUNT };
enum engine_action_kind { ENGINE_ACTIONS(X) ENGINE_ACTION_COUNT };
#undef X

/* What does not apply is IMAGE_NONE or 0. All three travel or are journaled as they are,
 * little-endian. */
struct engine_message {
    uint32_t kind; /* enum engine_message_kind */
    uint32_t failover;
    uint32_t camera;
    uint32_t reserved;
    uint64_t epoch;
    int64_t elapsed_ms; /* of the licence's grace (R9), with a claim */
};

struct engine_event {
    int64_t at_ms; /* monotonic; any origin */
    uint32_t kind; /* enum engine_event_kind */
    uint32_t server;
    uint32_t camera;
    uint32_t failover;
    uint64_t epoch;
    int64_t wall_ms; /* EVENT_BOOT: the wall clock, since 1970; EVENT_CLOCK_JUMP: the jump */
    struct engine_message message;
};

struct engine_transition {
    uint32_t machine; /* index in deployment.machines */
    uint32_t subject; /* failover, server or camera, by the machine's kind */
    uint8_t from;
    uint8_t to;
    uint8_t event;
    uint8_t verdict; /* VERDICT_MOVE, VERDICT_IGNORE or VERDICT_ILLEGAL */
    uint8_t rule;
    uint8_t reserved[3];
    uint64_t epoch;  /* in force after the transition */
    uint32_t server; /* the server that decided */
    uint32_t other;  /* the other side: the standby that a main speaks of, or IMAGE_NONE */
};

struct engine_action {
    uint32_t kind; /* enum engine_action_kind */
    uint32_t server;
    uint32_t camera;
    uint32_t failover;
    uint64_t epoch;
    struct engine_message message;
};

/* The output of one step, in the caller's memory: arrays of engine_output_max() entries each. */
struct engine_output {
    struct engine_transition *transitions;
    struct engine_action *actions;
    uint32_t transition_count;
    uint32_t action_count;
    uint32_t max;
};

struct engine; /* one flat block without pointers into itself: it may be copied as bytes */

/* Bytes that an engine of this server needs. */
size_t engine_size(const struct deployment *deployment, uint32_t server);

/* Entries that the arrays of an output need so that no step can overflow them. */
uint32_t engine_output_max(const struct deployment *deployment, uint32_t server);

/* Makes a new engine in memory of engine_size() bytes, aligned for any type: a server that has
 * never run. The deployment must stay. Give it EVENT_BOOT next. */
struct engine *engine_init(void *memory, const struct deployment *deployment, uint32_t server);

/* Goes on from the bytes of an engine's block, copied between two steps, perhaps by another
 * process: memory holds engine_size() of them, aligned for any type. NULL if an engine of this
 * server under this deployment and this ENGINE_ABI cannot have had them. */
struct engine *engine_restore(void *memory, const struct deployment *deployment, uint32_t server);

/* Makes an engine of this server under another deployment, in memory of engine_size() bytes, that
 * knows what an old one knew between two steps, as far as both deployments have it by name (R41).
 * The old one stays as it is. What the new deployment does not have is forgotten: its recordings
 * are the shell's to stop. Next comes EVENT_BOOT where the server starts, EVENT_DEPLOY where it and
 * its recorders go on. */
struct engine *engine_adopt(void *memory, const struct deployment *deployment, uint32_t server,
                            const struct engine *old);

/* Takes one event and writes what follows from it to output, whose counts it sets. Total: an event
 * that names a server, camera or failover that this server has nothing to do with changes nothing.
 */
void engine_step(struct engine *engine, const struct engine_event *event,
                 struct engine_output *output);

/* When the engine wants EVENT_TIME at the latest: monotonic ms, or ENGINE_NEVER. */
int64_t engine_deadline(const struct engine *engine);

/* Whether a failover in this state carries its main: from the take-over to the end of the return.
 */
bool engine_state_carries(uint8_t failover_state);

/* What a status or a dry run shows of it. */
uint8_t engine_failover_state(const struct engine *engine,
                              uint32_t failover); /* one under this server */
/* Whether somebody has disabled it (R20); it may have objects to return before. */
bool engine_failover_disabled(const struct engine *engine, uint32_t failover);
uint64_t engine_failover_epoch(const struct engine *engine,
                               uint32_t failover); /* last claimed; 0: never */
uint32_t engine_failover_flaps(const struct engine *engine, uint32_t failover);
int64_t engine_failover_deadline(const struct engine *engine,
                                 uint32_t failover); /* its wait, or ENGINE_NEVER */
/* What is left of the licence's grace (R10), or ENGINE_NEVER where it does not run. */
int64_t engine_licence_left(const struct engine *engine, uint32_t failover);
/* Whether our own network was found to be down (R29). */
bool engine_isolated(const struct engine *engine);
uint8_t engine_main_state(const struct engine *engine);
uint64_t engine_main_epoch(const struct engine *engine);
bool engine_knows_camera(const struct engine *engine, uint32_t camera);
uint8_t engine_camera_state(const struct engine *engine, uint32_t camera); /* one that it knows */
uint64_t engine_camera_epoch(const struct engine *engine, uint32_t camera);
bool engine_peer_up(const struct engine *engine, uint32_t server);

/* Under which epoch this server holds the claim of a main that has an arbiter, itself or one that
 * it carries; 0: it does not. grows: its recordings do, so it may be renewed (R30). forced: it is
 * held by order of an operator, beyond a limit if need be (R17). */
struct engine_claim {
    uint64_t epoch;
    uint32_t failover; /* under which it is carried, IMAGE_NONE for our own */
    bool grows;
    bool forced;
};
struct engine_claim engine_claim(const struct engine *engine, uint32_t main);
/* Whether the arbiter of a main is out of reach, as far as this server was told. */
bool engine_arbiter_lost(const struct engine *engine, uint32_t main);
/* Of a manager hosted here. */
uint32_t engine_slots_held(const struct engine *engine, uint32_t manager);
uint32_t engine_slots_waiting(const struct engine *engine, uint32_t manager);
/* Whether a main waits for this manager although it, and where its standby has a manager of its own
 * that one too, has a free slot: never so after a step (R15). */
bool engine_slot_is_wasted(const struct engine *engine, uint32_t manager);

#endif
