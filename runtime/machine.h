/* The alphabet of the generated machines: kinds, features, states, events, effects and verdicts,
 * and the shape of the tables that a deployment carries for them. The compiler emits against this
 * header (a copy of it lies in gen/), the engine steps through it. Nothing here has behaviour.
 *
 * A code of a state or an event, once published, keeps its number: journals hold them. New ones go
 * to the end of their list.
 */
#ifndef RUNTIME_MACHINE_H
#define RUNTIME_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#define MACHINE_ABI         4u
#define MACHINE_EFFECTS_MAX 8
#define MACHINE_STATES_MAX  32
#define MACHINE_EVENTS_MAX  48

/* X(SYMBOL, "name") */
#define MACHINE_KINDS(X)                                                                           \
    X(MACHINE_FAILOVER, "failover") /* one for each failover under a standby */                    \
    X(MACHINE_MAIN, "main")         /* one for each server: its own cameras */                     \
    X(MACHINE_CAMERA, "camera")     /* one for each camera that a server records or may record */

/* What a policy may have. A feature that is off leaves no state and no event in the machine. */
#define MACHINE_FEATURES(X)                                                                        \
    X(FEATURE_QUEUE, "queue")         /* a failover manager limits it (R14, R15) */                \
    X(FEATURE_PREROLL, "preroll")     /* it has warm cameras to arm while it waits */              \
    X(FEATURE_HOLD_DOWN, "hold_down") /* a main must stay reachable before the return (R26) */     \
    X(FEATURE_MANUAL, "manual")       /* the return waits for a forced stop (R28) */               \
    X(FEATURE_NO_PING, "no_ping")     /* transfer_if_no_ping (R19) */                              \
    X(FEATURE_WATCHED, "watched")     /* a main that some failover watches (R22) */                \
    X(FEATURE_LICENCE, "licence")     /* carried cameras run on a grace period (R9) */             \
    X(FEATURE_RANKED, "ranked")       /* other standbys watch the same main (R23, R24) */          \
    X(FEATURE_VIEW, "view")           /* there is a second view of the main (R45) */               \
    X(FEATURE_NETWORK, "network") /* the standby can tell that its own network is down (R29) */    \
    X(FEATURE_ALSO_ON, "also_on") /* a living main that does not record is a reason too (R36) */   \
    X(FEATURE_FILL, "fill")       /* what is recorded here is copied to the main (R34) */          \
    X(FEATURE_ARBITER, "arbiter") /* a third party decides who holds the main's claim (R30) */

#define FAILOVER_STATES(X)                                                                         \
    X(FAILOVER_UNSEEN, "unseen")           /* the main was never seen since this server started */ \
    X(FAILOVER_WATCHING, "watching")       /* the main is alive */                                 \
    X(FAILOVER_SUSPECT, "suspect")         /* the connection is lost, the wait runs */             \
    X(FAILOVER_QUEUED, "queued")           /* the wait is over, all slots are taken */             \
    X(FAILOVER_TAKING_OVER, "taking_over") /* recorders are told, nothing is on disk yet */        \
    X(FAILOVER_CARRYING, "carrying")       /* the main's objects are recorded here */              \
    X(FAILOVER_HOLDING, "holding")         /* the main is back, the hold-down runs */              \
    X(FAILOVER_RETURNING, "returning")     /* the hand-back runs, camera by camera */              \
    X(FAILOVER_FORCED, "forced")           /* carried by order of an operator, the main alive */   \
    X(FAILOVER_KEEPING, "keeping")       /* the main is back, the return waits for an operator */  \
    X(FAILOVER_STOPPED, "stopped")       /* stopped by an operator, the main not seen since */     \
    X(FAILOVER_LOGGED_OFF, "logged_off") /* the main was stopped in good order */                  \
    X(FAILOVER_DISABLED, "disabled")     /* watches nothing (R20) */                               \
    X(FAILOVER_UNLOADED, "unloaded")     /* the licence's grace has run out (R11) */               \
    X(FAILOVER_COVERED, "covered")       /* another standby carries the main (R23, R24) */         \
    X(FAILOVER_WITHHELD, "withheld")     /* lost here, but alive by a second view (R45) */         \
    X(FAILOVER_ISOLATED, "isolated")     /* our own network is down: nobody is judged (R29) */     \
    X(FAILOVER_TROUBLED, "troubled")     /* the main is alive and does not record (R36) */         \
    X(FAILOVER_REPLACING, "replacing")   /* recorded here for such a main */                       \
    X(FAILOVER_CLAIMING, "claiming")     /* the arbiter is asked for the claim (R30) */

#define FAILOVER_EVENTS(X)                                                                         \
    X(FAILOVER_BOOT, "boot")                 /* this server starts, or starts again */             \
    X(FAILOVER_LINK_UP, "link_up")           /* the connection to the main is there */             \
    X(FAILOVER_LINK_LOST, "link_lost")       /* heartbeat x misses without a sign of the main */   \
    X(FAILOVER_MAIN_LEFT, "main_left")       /* the main says that it logs off */                  \
    X(FAILOVER_WAIT_ELAPSED, "wait_elapsed") /* expect_reconnection has run out */                 \
    X(FAILOVER_SLOT_GRANTED, "slot_granted") /* the manager gives a slot */                        \
    X(FAILOVER_SLOT_ALLOWED, "slot_allowed") /* the manager is out of reach, and that allows */    \
    X(FAILOVER_FIRST_ON_DISK,                                                                      \
      "first_on_disk")                       /* the first of the main's cameras is on disk here */ \
    X(FAILOVER_HOLD_ELAPSED, "hold_elapsed") /* hold_down has run out, the main still there */     \
    X(FAILOVER_ALL_BACK, "all_back")         /* nothing is left that this server still records */  \
    X(FAILOVER_FORCE_START, "force_start")   /* an operator's order */                             \
    X(FAILOVER_FORCE_STOP, "force_stop")     /* an operator's order */                             \
    X(FAILOVER_DISABLE, "disable")           /* an operator's order */                             \
    X(FAILOVER_ENABLE, "enable")             /* an operator's order */                             \
    X(FAILOVER_LICENCE_EXPIRED, "licence_expired") /* the grace has run out */                     \
    X(FAILOVER_RETRY_ELAPSED, "retry_elapsed")     /* retry_for has run out, nothing is on disk */ \
    X(FAILOVER_COVER, "cover")                     /* another standby carries the main */          \
    X(FAILOVER_UNCOVER, "uncover")                 /* no other standby carries it any more */      \
    X(FAILOVER_OUTBID, "outbid") /* another one records it under a higher epoch */                 \
    X(FAILOVER_FORBID, "forbid") /* the one that carried it may not, so nobody may (R18, R11) */   \
    X(FAILOVER_SEEN_ELSEWHERE, "seen_elsewhere") /* it is time, but a second view sees the main */ \
    X(FAILOVER_GONE_ELSEWHERE, "gone_elsewhere") /* no second view sees it any longer */           \
    X(FAILOVER_NETWORK_DOWN, "network_down")     /* nothing at all can be reached */               \
    X(FAILOVER_NETWORK_UP, "network_up")         /* the first peer is back after that */           \
    X(FAILOVER_LATE, "late")       /* this server stood still and missed what happened */          \
    X(FAILOVER_TROUBLE, "trouble") /* the main, alive, says that it does not record */             \
    X(FAILOVER_WELL, "well")       /* it does again */                                             \
    X(FAILOVER_GIVE_UP, "give_up") /* retry_for has run out, and another standby could do it */    \
    X(FAILOVER_CLAIM_GRANTED, "claim_granted") /* the arbiter gives us the main's claim (R30) */   \
    X(FAILOVER_CLAIM_DENIED, "claim_denied")   /* it is held there */                              \
    X(FAILOVER_CLAIM_ALLOWED,                                                                      \
      "claim_allowed")                   /* the arbiter is out of reach, and that allows (R38) */  \
    X(FAILOVER_CLAIM_HELD, "claim_held") /* it is out of reach, and that holds take-overs */       \
    X(FAILOVER_CLAIM_FULL, "claim_full") /* it counts as many mains as the limit allows (R14) */

#define MAIN_STATES(X)                                                                             \
    X(MAIN_OFF, "off")               /* not started, or logged off */                              \
    X(MAIN_ASKING, "asking")         /* started; hears its standbys before it records (R22) */     \
    X(MAIN_RECORDING, "recording")   /* records its own cameras */                                 \
    X(MAIN_RECLAIMING, "reclaiming") /* records, and reports camera by camera to the carrier */    \
    X(MAIN_LENT, "lent")             /* a standby keeps what its failover lists */                 \
    X(MAIN_REPLACED, "replaced")     /* a standby records too, for we cannot (R36) */              \
    X(MAIN_YIELDING, "yielding")     /* a standby that we do not hear holds our claim (R30) */

#define MAIN_EVENTS(X)                                                                             \
    X(MAIN_BOOT, "boot")                   /* this server starts, or starts again */               \
    X(MAIN_ALL_FREE, "all_free")           /* no standby carries us */                             \
    X(MAIN_ASK_ELAPSED, "ask_elapsed")     /* ask_wait has run out without all answers */          \
    X(MAIN_OFFERED, "offered")             /* the carrier hands back */                            \
    X(MAIN_KEPT, "kept")                   /* the carrier goes on for now */                       \
    X(MAIN_LEND, "lend")                   /* an operator moves our objects to a standby */        \
    X(MAIN_HOLDER_LOST, "holder_lost")     /* the connection to the carrier is lost */             \
    X(MAIN_LOG_OFF, "log_off")             /* this server is stopped in good order */              \
    X(MAIN_REPLACE, "replace")             /* a standby records what we do not (R36) */            \
    X(MAIN_CLAIM_DENIED, "claim_denied")   /* no answer, but the arbiter says who has us (R30) */  \
    X(MAIN_CLAIM_GRANTED, "claim_granted") /* nobody has us any longer, says the arbiter */        \
    X(MAIN_ARBITER_LOST, "arbiter_lost")   /* it is out of reach */

#define CAMERA_STATES(X)                                                                           \
    X(CAMERA_IDLE, "idle")           /* nothing is wanted of it here */                            \
    X(CAMERA_ARMED, "armed")         /* read into memory */                                        \
    X(CAMERA_STARTING, "starting")   /* to be recorded, not on disk yet */                         \
    X(CAMERA_RECORDING, "recording") /* on disk, and growing */                                    \
    X(CAMERA_SILENT, "silent")       /* to be recorded, but nothing reaches the disk */

#define CAMERA_EVENTS(X)                                                                           \
    X(CAMERA_BOOT, "boot")                                                                         \
    X(CAMERA_ARM, "arm")                                                                           \
    X(CAMERA_DISARM, "disarm")                                                                     \
    X(CAMERA_RECORD, "record")                                                                     \
    X(CAMERA_STOP, "stop")                                                                         \
    X(CAMERA_ON_DISK, "on_disk") /* the recorder reports growth on disk */                         \
    X(CAMERA_MUTE, "mute")       /* the recorder reports that nothing grows */

/* What the engine does when a machine moves, in the order that the transition lists. */
#define MACHINE_EFFECTS(X)                                                                         \
    X(EFFECT_WAIT_START, "wait_start") /* run expect_reconnection */                               \
    X(EFFECT_WAIT_LAST, "wait_last")   /* run a wait that ends after those of the others (R40) */  \
    X(EFFECT_WAIT_CANCEL, "wait_cancel")                                                           \
    X(EFFECT_HOLD_START, "hold_start")   /* run hold_down */                                       \
    X(EFFECT_RETRY_START, "retry_start") /* run retry_for (R40) */                                 \
    X(EFFECT_VIEW_WAIT, "view_wait")     /* run what is left of the lease in a second view */      \
    X(EFFECT_COUNT_FLAP, "count_flap")                                                             \
    X(EFFECT_ARM, "arm") /* arm the warm cameras of the failover */                                \
    X(EFFECT_DISARM, "disarm")                                                                     \
    X(EFFECT_SLOT_ASK, "slot_ask")           /* ask the manager for a slot */                      \
    X(EFFECT_SLOT_TAKE, "slot_take")         /* take one without asking: counted, never refused */ \
    X(EFFECT_SLOT_FREE, "slot_free")         /* give it back, or leave the queue */                \
    X(EFFECT_SLOT_YIELD, "slot_yield")       /* give it back and wait behind all others */         \
    X(EFFECT_LICENCE_START, "licence_start") /* the grace runs from now on */                      \
    X(EFFECT_LICENCE_STOP, "licence_stop")   /* it is full again for the next time */              \
    X(EFFECT_CLAIM, "claim")                 /* the next epoch is ours */                          \
    X(EFFECT_CLAIM_ASK, "claim_ask")         /* ask the arbiter for it (R30) */                    \
    X(EFFECT_CLAIM_WAIT, "claim_wait")       /* run a while before it is asked again */            \
    X(EFFECT_CARRY, "carry")                 /* record all objects of the failover */              \
    X(EFFECT_DROP, "drop")                   /* stop all objects of the failover */                \
    X(EFFECT_OFFER, "offer")             /* tell the main to take back; sessions=1 stop first */   \
    X(EFFECT_KEEP, "keep")               /* tell the main that we go on */                         \
    X(EFFECT_LEND, "lend")               /* tell the main that we take its objects */              \
    X(EFFECT_ANSWER_FREE, "answer_free") /* tell the main that we do not carry it */               \
    X(EFFECT_PUBLISH_START, "publish_start") /* event START (R16) */                               \
    X(EFFECT_PUBLISH_STOP, "publish_stop")   /* event STOP (R16) */                                \
    X(EFFECT_REPLACE, "replace")             /* tell the main that we record what it does not */   \
    X(EFFECT_FILL, "fill")                   /* copy what was recorded here to the main (R34) */   \
    X(EFFECT_SAY_CLAIM, "say_claim")         /* tell the other standbys that the main is ours */   \
    X(EFFECT_SAY_LET_GO, "say_let_go")       /* tell them that it is ours no longer */             \
    X(EFFECT_SAY_FORBID, "say_forbid")       /* tell them that nobody may carry it */              \
    X(EFFECT_ASK, "ask") /* wait for the answer of every standby, for ask_wait at most */          \
    X(EFFECT_ASK_CANCEL, "ask_cancel")                                                             \
    X(EFFECT_RECLAIM, "reclaim")               /* the epoch after the carrier's is ours */         \
    X(EFFECT_RECORD_OWN, "record_own")         /* record all own cameras */                        \
    X(EFFECT_RECORD_UNLENT, "record_unlent")   /* record those that no failover lists */           \
    X(EFFECT_RECORD_REST, "record_rest")       /* record those that no carrier lists */            \
    X(EFFECT_RELEASE_SINGLE, "release_single") /* stop own sessions=1 cameras for the carrier */   \
    X(EFFECT_STOP_OWN, "stop_own")             /* stop all own cameras */                          \
    X(EFFECT_SAY_LEFT, "say_left")             /* tell the standbys that we log off */             \
    X(EFFECT_ORDER_ARM, "order_arm")           /* to the recorder, for one camera */               \
    X(EFFECT_ORDER_DISARM, "order_disarm")                                                         \
    X(EFFECT_ORDER_RECORD, "order_record")                                                         \
    X(EFFECT_ORDER_STOP, "order_stop")                                                             \
    X(EFFECT_TELL_ON_DISK, "tell_on_disk") /* tell the other side of a running hand-over */

/* Each state x event cell of a machine has one answer. */
#define MACHINE_VERDICTS(X)                                                                        \
    X(VERDICT_ABSENT, "absent") /* the state or the event is not in this shape */                  \
    X(VERDICT_MOVE, "move")                                                                        \
    X(VERDICT_IGNORE, "ignore")   /* declared to change nothing */                                 \
    X(VERDICT_ILLEGAL, "illegal") /* must not happen: reported, journaled, without effect */

#define X(symbol, name) symbol,
enum machine_kind { MACHINE_KINDS(X) MACHINE_KIND_COUNT };
enum machine_feature { MACHINE_FEATURES(X) FEATURE_COUNT };
enum failover_state { FAILOVER_STATES(X) FAILOVER_STATE_COUNT };
enum failover_event { FAILOVER_EVENTS(X) FAILOVER_EVENT_COUNT };
enum main_state { MAIN_STATES(X) MAIN_STATE_COUNT };
enum main_event { MAIN_EVENTS(X) MAIN_EVENT_COUNT };
enum camera_state { CAMERA_STATES(X) CAMERA_STATE_COUNT };
enum camera_event { CAMERA_EVENTS(X) CAMERA_EVENT_COUNT };
enum machine_effect { MACHINE_EFFECTS(X) EFFECT_COUNT };
enum machine_verdict { MACHINE_VERDICTS(X) VERDICT_COUNT };
#undef X

_Static_assert(FAILOVER_STATE_COUNT <= MACHINE_STATES_MAX, "states fit");
_Static_assert(FAILOVER_EVENT_COUNT <= MACHINE_EVENTS_MAX, "events fit");

/* One cell of the specification, as compiled: what the machine must answer, and why. */
struct machine_cell {
    uint8_t verdict; /* enum machine_verdict */
    uint8_t to;      /* stable state code */
    uint8_t rule;    /* 22 for R22; 0 where the verdict is illegal or absent */
    uint8_t effect_count;
    uint8_t effects[MACHINE_EFFECTS_MAX]; /* enum machine_effect, in order */
    const char *why; /* a sentence; {main} {standby} {camera} {server} {arbiter} {wait} {hold}
                        {ask_wait} {epoch} are filled in */
};

/* What the generated machine answered. */
struct machine_step {
    uint8_t verdict;
    uint8_t to;
    uint8_t effect_count;
    uint8_t effects[MACHINE_EFFECTS_MAX];
};

/* One shape: a machine as generated, with the table it was proved against. */
struct machine {
    const char *name; /* "failover_queue_preroll" */
    uint8_t kind;     /* enum machine_kind */
    uint8_t state_count;
    uint8_t event_count;
    uint8_t reserved;
    uint32_t features; /* 1 << enum machine_feature */
    void (*step)(uint8_t state, uint8_t event, struct machine_step *step);
    const struct machine_cell *cells; /* [state * event_count + event] */
};

/* What a deployment.so exports, under the name DEPLOYMENT_SYMBOL. */
#define DEPLOYMENT_SYMBOL "understudy_deployment"
#define DEPLOYMENT_MAGIC  0x55445359u /* "UDSY" */
struct deployment {
    uint32_t magic;
    uint32_t abi; /* MACHINE_ABI */
    uint32_t machine_count;
    uint32_t reserved;
    const struct machine *machines;
    const void *image; /* runtime/image.h */
    size_t image_size;
};

#endif
