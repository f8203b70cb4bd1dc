/* A drill: what this server would do if it lost a main now. A copy of its engine decides, under the
 * same tables and by what really happens meanwhile, except that the main is taken to be silent;
 * nothing that the copy decides is done, save that cameras may be read into memory. The engine
 * itself is not touched: a real loss is met by it as ever, at once, and ends the drill. A drill
 * lives in memory alone, so nothing of it is left after a crash either.
 *
 * What only a word of another server, or a write, could tell is assumed, and the drill says so.
 */
#ifndef RUNTIME_NODE_DRILL_H
#define RUNTIME_NODE_DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/engine/engine.h"

#define DRILL_STEPS_MAX 64
/* How long a camera that is opened may bring no keyframe before it counts as failed. */
#define DRILL_KEYFRAME_MS INT64_C(15000)

/* X(SYMBOL, "name", how it ended, as a sentence about {main}) */
#define DRILL_ENDS(X)                                                                              \
    X(DRILL_RUNS, "runs", "it runs")                                                               \
    X(DRILL_PLAYED_OUT, "played_out", "it was played to its end")                                  \
    X(DRILL_TIME_OVER, "time_over", "its time was over before the take-over was decided")          \
    X(DRILL_REAL_LOSS, "real_loss",                                                                \
      "the connection was really lost; that is met as ever, and the drill ended at once")          \
    X(DRILL_LOG_OFF, "log_off", "a server logged off meanwhile")                                   \
    X(DRILL_ORDER, "order", "an operator's order on the failover ended it")                        \
    X(DRILL_STOPPED, "stopped", "it was ended by an operator")                                     \
    X(DRILL_DEPLOYMENT, "deployment", "another deployment ended it")

#define X(symbol, name, sentence) symbol,
enum drill_end { DRILL_ENDS(X) DRILL_END_COUNT };
#undef X

struct drill_setup {
    uint32_t failover; /* under this server, watching a main that is connected */
    int64_t for_ms;
    bool opens; /* cameras are read into memory as a take-over would; else nothing is opened */
    bool dead;  /* second views and the claim of the main lapse as well, as if it were dead */
};

/* What a drill has done and seen by the shell. claims: whether a living claim of the main stands
 * with its arbiter; read, never written. */
enum drill_claim { DRILL_CLAIM_UNKNOWN, DRILL_CLAIM_FREE, DRILL_CLAIM_ALIVE };
struct drill_shell {
    void *owner;
    void (*arm)(void *owner, uint32_t camera);
    enum drill_claim (*claim)(void *owner, uint32_t main);
};

struct drill;

/* How long a drill of this failover needs, from the loss to the first camera, at the least. */
int64_t drill_needs_ms(const struct image *image, uint32_t failover);

/* Begins now, with a copy of the engine between two steps. Deployment and shell must stay. NULL:
 * out of memory. */
struct drill *drill_begin(const struct drill_setup *setup, const struct deployment *deployment,
                          uint32_t server, const struct engine *engine,
                          const struct drill_shell *shell, int64_t now_ms);

/* An event that the engine has taken. */
void drill_take(struct drill *drill, const struct engine_event *event);

/* What has become due until now, and when to ask again at the latest. */
void drill_advance(struct drill *drill, int64_t now_ms);
int64_t drill_deadline(const struct drill *drill);

/* A camera that was opened: its first keyframe came at this moment, or why none comes. */
void drill_keyframe(struct drill *drill, uint32_t camera, int64_t at_ms);
void drill_silent(struct drill *drill, uint32_t camera, const char *cause);

void drill_stop(struct drill *drill, enum drill_end end);
void drill_free(struct drill *drill);

/* ---- what it shows ---- */

struct drill_step {
    int64_t after_ms; /* since it began */
    struct engine_transition transition;
};

/* X(SYMBOL, "name") */
#define DRILL_CAMERAS(X)                                                                           \
    X(DRILL_CAMERA_WAITS, "waits")     /* nothing would be recorded of it so far */                \
    X(DRILL_CAMERA_SEEN, "seen")       /* a keyframe was in memory: it would be recorded */        \
    X(DRILL_CAMERA_ASSUMED, "assumed") /* not opened: recorded by the time model */                \
    X(DRILL_CAMERA_FAILED, "failed")   /* it was opened, and no keyframe came */

#define X(symbol, name) symbol,
enum drill_camera_state { DRILL_CAMERAS(X) DRILL_CAMERA_STATE_COUNT };
#undef X

struct drill_camera {
    uint32_t camera;
    enum drill_camera_state state;
    int64_t gap_ms;    /* unrecorded from the loss on; -1: not known */
    bool opened;       /* by the drill, or hot */
    const char *cause; /* why no keyframe comes, or "" */
};

struct drill_view {
    struct drill_setup setup;
    enum drill_end end;
    int64_t began_ms, ended_ms; /* monotonic; ended_ms: its bound, as long as it runs */
    uint8_t state;              /* of the failover, as the copy has it */
    const struct drill_step *steps;
    uint32_t step_count;
    uint32_t camera_count;
    bool carries;       /* the main would be carried */
    bool slot_assumed;  /* of a manager on another server */
    bool claim_assumed; /* of an arbiter that cannot be read */
};
struct drill_view drill_view(const struct drill *drill);
struct drill_camera drill_camera(const struct drill *drill, uint32_t n);

const char *drill_end_name(enum drill_end end);
const char *drill_end_sentence(enum drill_end end);
const char *drill_camera_state_name(enum drill_camera_state state);

#endif
