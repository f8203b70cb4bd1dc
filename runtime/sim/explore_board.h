/* The board of an exploration: a whole site as one flat block, and the moves that can be made on
 * it.
 *
 * Untimed, other than the dry run: a message may be slow, a loss may be noticed late, a wait may
 * run out before or after whatever happens elsewhere. What is kept:
 *
 *   messages    of one server to another arrive in order, or are lost with the connection
 *   losses      are noticed by each end in its time; what was under way is gone as soon as one of
 *               them has, and neither sees the other again before both have. A server that starts
 *               again is lost first
 *   log-off     what a server says as it leaves arrives, unless the path is cut
 *   deadlines   of one server come in their order, counted as if nothing else took time; those of
 *               two servers in any order, for their clocks share nothing
 *   recorders   what is to be recorded reaches the disk sooner or later, where a volume of the
 *               server takes recordings; where none does, it is silent sooner or later
 *
 * Two positions that behave alike from now on are equal byte for byte: times are what is left of
 * them, and the epochs of each main are moved down together until the lowest one in use is 1.
 */
#ifndef RUNTIME_SIM_EXPLORE_BOARD_H
#define RUNTIME_SIM_EXPLORE_BOARD_H

#include "runtime/engine/engine.h"
#include "runtime/outage.h"

#define BOARD_SERVERS_MAX  32    /* a larger site has more positions than any machine can hold */
#define BOARD_INDICES_MAX  4096  /* of cameras and failovers: they are part of a move's 12 bits */
#define BOARD_EPOCHS       24    /* of one main that can be told apart in one position */
#define BOARD_COORDINATOR  0xfff /* what a move loses or regains, if it is no volume */
#define BOARD_MESSAGES_MAX 32    /* on their way from one server to another */

/* A word that differs from the start, as it is packed: its number, and what it is. */
#define BOARD_PACKED_WORD (sizeof(uint16_t) + sizeof(uint32_t))

/* X(SYMBOL, "name", what holds) */
#define BOARD_PROPERTIES(X)                                                                        \
    X(BOARD_ANSWER, "no_illegal_event", "every event has an answer in every state")                \
    X(BOARD_HOLDER, "one_holder_per_epoch", "two servers never record under one epoch (R24, R31)") \
    X(BOARD_LIMIT, "limit_never_exceeded", "a limit is exceeded only with leave (R14, R17, R38)")  \
    X(BOARD_QUEUE, "nobody_queued_beside_a_free_slot", "who waits gets a free slot (R15)")         \
    X(BOARD_HAND_BACK, "hand_back_without_gap", "a camera stops when its main has it (R27)")       \
    X(BOARD_WATCHED, "no_dead_main_unwatched", "a dead main is carried, or a rule says why not")   \
    X(BOARD_RECORDED, "every_camera_recorded", "what is in charge records all its cameras")        \
    X(BOARD_STUCK, "nothing_stuck", "no state that should pass lasts")                             \
    X(BOARD_REST, "healthy_site_at_rest", "a healthy site rests, each main with its cameras")

#define X(symbol, name, text) symbol,
enum board_property { BOARD_PROPERTIES(X) BOARD_PROPERTY_COUNT };
#undef X

/* A move: an act of an outage, or a step that the site makes by itself. */
enum board_step {
    STEP_LOST = ACT_COUNT, /* a loses b */
    STEP_FOUND,            /* a sees b */
    STEP_MESSAGE,          /* a hears the next word of b */
    STEP_ON_DISK,          /* at server a camera b reaches the disk */
    STEP_MUTE,             /* server a finds that nothing of camera b reaches the disk */
    STEP_TIME,             /* the next deadline of server a */
    STEP_LAPSE,            /* the claim of main a lapses */
    BOARD_MOVE_KIND_COUNT
};

struct board_move {
    uint32_t kind : 8; /* enum outage_act_kind, then enum board_step */
    uint32_t a : 12;
    uint32_t b : 12;
};

struct board_moves {
    struct board_move *items;
    size_t count;
    size_t max;
    size_t step_count; /* the first ones are the site's own; none: it is at rest */
};

struct board_link {
    uint32_t a; /* a < b */
    uint32_t b;
};

struct board_box {
    uint32_t count;
    uint32_t outlived; /* 1 << message: another standby of its main has started anew since it was
                          said, and may have been the one it is about */
    struct engine_message messages[BOARD_MESSAGES_MAX];
};

enum board_once { ONCE_NEVER, ONCE_ON_DISK, ONCE_MUTE }; /* on disk, and silent since */

/* A part of the block: what the head says, one box, one engine. A move changes few of them. */
struct board_part {
    uint32_t first; /* word */
    uint32_t end;
    bool touched; /* since the position was unpacked */
};

struct board {
    const struct deployment *deployment;
    const struct image *image;
    struct engine_output output;
    bool prompt; /* words arrive before anything that takes a second: no step of the site comes
                    before them, but acts may */
    uint32_t faults_tried; /* 1 << enum outage_act_kind */
    struct board_link *links;
    uint32_t link_count;

    struct board_part *parts; /* the head, [1 + link * 2]: boxes, then engines */
    uint32_t part_count;
    uint32_t *start; /* the position in which the exploration begins */
    uint32_t *here;  /* the one that was unpacked: moves lead from it */
    uint32_t *block; /* the position: everything below lies in it */
    size_t words;
    uint8_t *powers;  /* enum power of each server */
    uint8_t *cuts;    /* of each link */
    uint8_t *stale;   /* [link * 2]: a, b still sees a connection that the other has lost */
    uint8_t *leaves;  /* of each manager: an operator or R38 has allowed more than its limit */
    uint8_t *faults;  /* one: how many have happened */
    uint8_t *once;    /* [server * cameras + camera]: enum board_once, since its recording began */
    uint8_t *holders; /* [main * BOARD_EPOCHS + epoch]: server + 1 */
    uint8_t *claim_holders; /* [main]: server + 1 that holds its living claim (R30), 0: nobody */
    uint8_t *claim_epochs;  /* [main]: the highest that its arbiter has granted */
    uint8_t *claim_sights;  /* of each failover: its standby knows that somebody else has it */
    uint8_t *lost; /* of each volume, and behind them of the coordinator: nobody reaches it */
    struct board_box *boxes; /* [link * 2]: to a, to b */
    struct engine **engines;

    /* What the last move has broken. */
    uint32_t broken; /* 1 << enum board_property */
    char texts[BOARD_PROPERTY_COUNT][TEXT_BYTES_MAX];
    bool moved;    /* it has changed the state of a machine */
    bool outlived; /* the word that it hears is such a one (struct board_box) */
    bool overflow; /* more epochs or messages than a position holds: the move does not count */
};

/* Sets the board up with the site at rest. The deployment must stay. On failure (the site is too
 * large) returns false and writes a sentence to error. */
bool board_init(struct board *board, const struct deployment *deployment,
                char error[static TEXT_BYTES_MAX]);
void board_free(struct board *board);

/* Lists the moves from the present position, acts only if faults are left of fault_max. */
void board_list(const struct board *board, uint32_t fault_max, struct board_moves *moves);

/* Makes one of them, and holds it against the properties. False: nothing has changed. */
bool board_make(struct board *board, struct board_move move);

/* Holds a position in which the site makes no step by itself against the properties
 * (explore_rest.c). */
void board_judge_rest(struct board *board);

/* What differs from the start, at most board_packed_max() bytes; returns how many. */
size_t board_pack(const struct board *board, uint8_t *bytes);
void board_unpack(struct board *board, const uint8_t *bytes, size_t size);
/* Goes back to the position that was unpacked last. */
void board_take_back(struct board *board);
size_t board_packed_max(const struct board *board);

/* The next message that to hears of from, which has one under way. */
const struct engine_message *board_message(const struct board *board, uint32_t to, uint32_t from);

/* Whether there is one. */
bool board_is_under_way(const struct board *board, uint32_t to, uint32_t from);

/* ---- for the parts of the board ---- */

bool board_is_on(const struct board *board, uint32_t server);
const char *board_name(const struct board *board, uint32_t server);
bool board_watches(const struct board *board, uint32_t server, uint32_t main);
uint8_t *board_once(const struct board *board, uint32_t server, uint32_t camera);

/* What properties are about: names for their sentences, the state of a failover by its standby; how
 * many failovers use a slot on servers that run, from = IMAGE_NONE: on all of them, else on those
 * that this server sees. */
const char *board_failover_name(const struct board *board, uint32_t failover);
const char *board_camera_name(const struct board *board, uint32_t camera);
uint8_t board_failover_state(const struct board *board, uint32_t failover);
uint32_t board_count_running(const struct board *board, uint32_t manager, uint32_t from);

/* Its links (explore_link.c): the one of two servers; what is on its way to one of them; whether
 * one sees the other, still sees a connection that the other has lost; whether there is a way from
 * one to the other, and a word that arrives. */
uint32_t board_find_link(const struct board *board, uint32_t a, uint32_t b);
struct board_box *board_box_to(const struct board *board, uint32_t link, uint32_t to);
void board_empty_box(struct board *board, struct board_box *box);
bool board_sees(const struct board *board, uint32_t a, uint32_t b);
uint8_t *board_stale_at(const struct board *board, uint32_t link, uint32_t server);
bool board_is_path(const struct board *board, uint32_t link);
bool board_speaks_still(const struct board *board, uint32_t link);
bool board_can_hear(const struct board *board, uint32_t link, uint32_t to, uint32_t from);

/* Whether a move counts as a fault: what an operator undoes does not. */
bool board_is_fault(const struct board *board, struct board_move move);

/* Holds what a step of a server has done against the properties (explore_rules.c). */
void board_judge_step(struct board *board, uint32_t server, const struct engine_event *event);
void board_judge_stop(struct board *board, uint32_t server, const struct engine_event *event,
                      uint32_t camera);
__attribute__((format(printf, 3, 4))) void
board_break(struct board *board, enum board_property property, const char *format, ...);

/* The arbiters of mains (explore_arbiter.c): the answer to ACTION_CLAIM; what a server is to be
 * told next, for what they keep has changed with what servers hold (false: nothing); a server that
 * starts knows nothing. */
struct engine_event arbiter_answer(struct board *board, uint32_t server,
                                   const struct engine_action *action);
bool arbiter_next(struct board *board, uint32_t *server, struct engine_event *event);
void arbiter_forget(struct board *board, uint32_t server);
/* Whether the arbiter of a main is out of reach; whether the living claim of a main may lapse now;
 * it does. */
bool arbiter_is_lost(const struct board *board, uint32_t main);
bool arbiter_lapses(const struct board *board, uint32_t main);
void arbiter_lapse(struct board *board, uint32_t main);
/* Whether somebody but its standby holds the living claim of a failover's main. */
bool arbiter_is_claimed_elsewhere(const struct board *board, uint32_t failover);
void arbiter_visit_epochs(struct board *board,
                          void (*visit)(void *context, uint32_t main, uint64_t *epoch),
                          void *context);

/* Its volumes (explore_volume.c): whether there is one that takes the recordings of a server;
 * whether some server writes to one. The flag of a volume, or of the coordinator. */
bool board_has_volume(const struct board *board, uint32_t server);
bool board_is_volume_used(const struct board *board, uint32_t volume);
uint8_t *board_lost(const struct board *board, uint32_t store);

/* Starts all servers, and lets the site make its steps until there is none. */
void board_come_to_rest(struct board *board);

/* What is about to change: the box of a link's end, the engine of a server. */
void board_touch_box(struct board *board, const struct board_box *box);
void board_touch_engine(struct board *board, uint32_t server);

/* Makes the position comparable: its times and epochs (explore_position.c). */
void board_abstract(struct board *board);
/* Notes who records under an epoch; returns who does so already, or the server itself. */
uint32_t board_hold(struct board *board, uint32_t main, uint64_t epoch, uint32_t server);

#endif
