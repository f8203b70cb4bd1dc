/* What a drill knows: shared by its parts, and by nobody else. */
#ifndef RUNTIME_NODE_DRILL_COPY_H
#define RUNTIME_NODE_DRILL_COPY_H

#include "recorder/recorder.h"
#include "runtime/node/drill.h"

#define DRILL_ANSWERS_MAX 8

struct drill_subject {
    uint32_t camera;
    bool opened;
    int64_t opened_ms;
    int64_t wanted_ms; /* first armed, or to be recorded; -1: not yet */
    int64_t order_ms;  /* to be recorded; -1: not yet */
    uint64_t epoch;    /* under which */
    bool told;         /* the copy knows that it is on disk under that epoch */
    int64_t seen_ms;   /* -1: no keyframe yet */
    char cause[RECORDER_CAUSE_MAX];
};

struct drill {
    struct drill_setup setup;
    struct drill_shell shell;
    const struct deployment *deployment;
    const struct image *image;
    uint32_t server;
    uint32_t main;
    struct engine *engine; /* the copy */
    struct engine_output output;
    int64_t began_ms, now_ms, end_ms, ended_ms;
    int64_t lost_ms;  /* when the loss is noticed; ENGINE_NEVER: it was */
    int64_t lapse_ms; /* when shared volume and coordinator lapse; ENGINE_NEVER: done, or never */
    int64_t state_ms; /* since when the copy is in its state */
    enum drill_end end;
    bool slot_assumed, claim_assumed;
    struct engine_event answers[DRILL_ANSWERS_MAX]; /* to actions, for the next steps */
    uint32_t answer_count;
    struct drill_step steps[DRILL_STEPS_MAX];
    uint32_t step_count;
    uint32_t subject_count;
    struct drill_subject subjects[];
};

struct engine_event drill_event(const struct drill *drill, enum engine_event_kind kind);
uint8_t drill_state(const struct drill *drill);
struct drill_subject *drill_subject(struct drill *drill,
                                    uint32_t camera); /* NULL: of another main */

/* What the copy wants done: it is not, and the copy is told something instead (answers). */
void drill_withhold(struct drill *drill, const struct engine_action *action);

/* When an order to record would have been carried out: at the keyframe in memory; by the time model
 * where the drill opens nothing; ENGINE_NEVER: not known yet. */
int64_t drill_on_disk_ms(const struct drill *drill, const struct drill_subject *subject);

/* Whether it has been opened for long enough, in vain. */
bool drill_has_failed(const struct drill *drill, const struct drill_subject *subject);

#endif
