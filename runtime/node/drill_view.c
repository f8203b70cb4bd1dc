/* A drill: what it has found out, and what is shown of it. */
#include "runtime/node/drill_copy.h"

#include <assert.h>

#include "runtime/limits.h"

/* ---- cameras ---- */

int64_t drill_on_disk_ms(const struct drill *drill, const struct drill_subject *subject)
{
    if (subject->order_ms < 0)
        return ENGINE_NEVER;
    if (!subject->opened)
        return subject->order_ms + drill->image->site.start_ms;
    if (subject->seen_ms < 0)
        return ENGINE_NEVER;
    return subject->seen_ms > subject->order_ms ? subject->seen_ms : subject->order_ms;
}

bool drill_has_failed(const struct drill *drill, const struct drill_subject *subject)
{
    return subject->opened && subject->seen_ms < 0 && subject->order_ms >= 0 &&
           drill->now_ms >= subject->order_ms + DRILL_KEYFRAME_MS;
}

/* ---- showing ---- */

struct drill_view drill_view(const struct drill *drill)
{
    const uint8_t state = drill_state(drill);
    return (struct drill_view){.setup = drill->setup,
                               .end = drill->end,
                               .began_ms = drill->began_ms,
                               .ended_ms = drill->ended_ms,
                               .state = state,
                               .steps = drill->steps,
                               .step_count = drill->step_count,
                               .camera_count = drill->subject_count,
                               .carries =
                                   engine_state_carries(state) && state != FAILOVER_TAKING_OVER,
                               .slot_assumed = drill->slot_assumed,
                               .claim_assumed = drill->claim_assumed};
}

/* Memory reaches back so far at most. */
static int64_t memory_from_ms(const struct drill_subject *subject)
{
    const int64_t oldest_ms = subject->order_ms - PREROLL_MS_MAX;
    return subject->seen_ms > oldest_ms ? subject->seen_ms : oldest_ms;
}

/* What memory holds from before the order is written out: a camera that is armed loses what passed
 * until its first keyframe, a hot one nothing. */
static int64_t gap_ms(const struct drill *drill, const struct drill_subject *subject)
{
    const bool warm = image_cameras(drill->image)[subject->camera].arm != ARM_COLD;
    int64_t from_ms = drill_on_disk_ms(drill, subject);
    if (from_ms == ENGINE_NEVER)
        return -1;
    if (!subject->opened && warm)
        from_ms = subject->wanted_ms + drill->image->site.start_ms;
    else if (warm)
        from_ms = memory_from_ms(subject);
    return from_ms > drill->began_ms ? from_ms - drill->began_ms : 0;
}

struct drill_camera drill_camera(const struct drill *drill, uint32_t n)
{
    assert(n < drill->subject_count);
    const struct drill_subject *subject = &drill->subjects[n];
    const bool known = drill_on_disk_ms(drill, subject) <= drill->now_ms;
    const enum drill_camera_state state =
        known ? subject->opened ? DRILL_CAMERA_SEEN : DRILL_CAMERA_ASSUMED
        : drill_has_failed(drill, subject) ? DRILL_CAMERA_FAILED
                                           : DRILL_CAMERA_WAITS;
    return (struct drill_camera){.camera = subject->camera,
                                 .state = state,
                                 .gap_ms = known ? gap_ms(drill, subject) : -1,
                                 .opened = subject->opened,
                                 .cause = subject->cause};
}

const char *drill_end_name(enum drill_end end)
{
    static const char *const names[] = {
#define X(symbol, name, sentence) name,
        DRILL_ENDS(X)
#undef X
    };
    return names[end];
}

const char *drill_end_sentence(enum drill_end end)
{
    static const char *const sentences[] = {
#define X(symbol, name, sentence) sentence,
        DRILL_ENDS(X)
#undef X
    };
    return sentences[end];
}

const char *drill_camera_state_name(enum drill_camera_state state)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        DRILL_CAMERAS(X)
#undef X
    };
    return names[state];
}
