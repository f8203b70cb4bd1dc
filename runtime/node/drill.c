#include "runtime/node/drill_copy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"

static int64_t detect_ms(const struct image *image)
{
    return (int64_t)image->site.heartbeat_ms * image->site.misses;
}

int64_t drill_needs_ms(const struct image *image, uint32_t failover)
{
    return detect_ms(image) + image_failover_wait_ms(image, failover) + image->site.start_ms;
}

uint8_t drill_state(const struct drill *drill)
{
    return engine_failover_state(drill->engine, drill->setup.failover);
}

static void note(struct drill *drill, const struct engine_transition *transition)
{
    const uint32_t kind = drill->deployment->machines[transition->machine].kind;
    if (kind != MACHINE_FAILOVER || transition->subject != drill->setup.failover ||
        transition->verdict != VERDICT_MOVE || drill->step_count == DRILL_STEPS_MAX)
        return;
    if (transition->from != transition->to)
        drill->state_ms = drill->now_ms;
    drill->steps[drill->step_count++] =
        (struct drill_step){.after_ms = drill->now_ms - drill->began_ms, .transition = *transition};
}

static void step_once(struct drill *drill, struct engine_event event)
{
    event.at_ms = drill->now_ms;
    engine_step(drill->engine, &event, &drill->output);
    for (uint32_t i = 0; i < drill->output.transition_count; i++)
        note(drill, &drill->output.transitions[i]);
    for (uint32_t i = 0; i < drill->output.action_count; i++)
        drill_withhold(drill, &drill->output.actions[i]);
}

/* One step of the copy, and those that follow from what it is answered. */
static void step(struct drill *drill, struct engine_event event)
{
    step_once(drill, event);
    while (drill->answer_count > 0) {
        const struct engine_event next = drill->answers[0];
        drill->answer_count--;
        memmove(drill->answers, drill->answers + 1, drill->answer_count * sizeof next);
        step_once(drill, next);
    }
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the copy has settled into a state that only something new could change. */
static int64_t settled_ms(const struct drill *drill)
{
    const uint8_t state = drill_state(drill);
    const bool moves =
        state == FAILOVER_WATCHING || state == FAILOVER_SUSPECT || state == FAILOVER_TAKING_OVER;
    const int64_t deadline_ms = engine_failover_deadline(drill->engine, drill->setup.failover);
    const bool lapses =
        drill->lapse_ms != ENGINE_NEVER ||
        (drill->setup.dead && state == FAILOVER_WITHHELD && deadline_ms != ENGINE_NEVER);
    if (moves || lapses || engine_state_carries(state))
        return ENGINE_NEVER;
    return drill->state_ms + drill->image->site.claim_ms;
}

static bool is_played_out(const struct drill *drill)
{
    const bool carries = engine_state_carries(drill_state(drill));
    for (uint32_t i = 0; carries && i < drill->subject_count; i++) {
        const struct drill_subject *subject = &drill->subjects[i];
        if (!subject->told && !drill_has_failed(drill, subject))
            return false;
    }
    return carries || settled_ms(drill) <= drill->now_ms;
}

int64_t drill_deadline(const struct drill *drill)
{
    int64_t deadline_ms = earlier(drill->end_ms, engine_deadline(drill->engine));
    if (drill->end != DRILL_RUNS)
        return ENGINE_NEVER;
    deadline_ms = earlier(deadline_ms, earlier(drill->lost_ms, drill->lapse_ms));
    deadline_ms = earlier(deadline_ms, settled_ms(drill));
    for (uint32_t i = 0; i < drill->subject_count; i++) {
        const struct drill_subject *subject = &drill->subjects[i];
        if (!subject->told)
            deadline_ms = earlier(deadline_ms, drill_on_disk_ms(drill, subject));
        if (subject->opened && subject->seen_ms < 0 && subject->order_ms >= 0 &&
            !drill_has_failed(drill, subject))
            deadline_ms = earlier(deadline_ms, subject->order_ms + DRILL_KEYFRAME_MS);
    }
    return deadline_ms;
}

/* The main is silent from the beginning of the drill on. */
static void lose_main(struct drill *drill)
{
    struct engine_event event = drill_event(drill, EVENT_PEER_LOST);
    const struct image_list peers = image_servers(drill->image)[drill->server].peers;
    drill->lost_ms = ENGINE_NEVER;
    event.server = drill->main;
    step(drill, event);
    for (uint32_t i = 0; drill->setup.dead && i < peers.count; i++) {
        event = drill_event(drill, EVENT_MESSAGE);
        event.server = image_numbers(drill->image)[peers.first + i];
        event.message = (struct engine_message){
            .kind = MESSAGE_MISSES, .failover = drill->setup.failover, .camera = IMAGE_NONE};
        if (event.server != drill->main)
            step(drill, event);
    }
}

static void lapse_views(struct drill *drill)
{
    struct engine_event event = drill_event(drill, EVENT_VIEW_SILENT);
    drill->lapse_ms = ENGINE_NEVER;
    event.failover = drill->setup.failover;
    step(drill, event);
    event.server = IMAGE_COORDINATOR;
    step(drill, event);
}

static void tell_on_disk(struct drill *drill)
{
    for (uint32_t i = 0; i < drill->subject_count; i++) {
        struct drill_subject *subject = &drill->subjects[i];
        if (subject->told || drill_on_disk_ms(drill, subject) > drill->now_ms)
            continue;
        struct engine_event event = drill_event(drill, EVENT_ON_DISK);
        event.camera = subject->camera;
        event.epoch = subject->epoch;
        subject->told = true;
        step(drill, event);
    }
}

void drill_stop(struct drill *drill, enum drill_end end)
{
    assert(end != DRILL_RUNS);
    if (drill->end != DRILL_RUNS)
        return;
    drill->end = end;
    drill->ended_ms = drill->now_ms;
}

void drill_advance(struct drill *drill, int64_t now_ms)
{
    while (drill->end == DRILL_RUNS && drill_deadline(drill) <= now_ms) {
        const int64_t due_ms = drill_deadline(drill);
        if (due_ms > drill->now_ms)
            drill->now_ms = due_ms;
        if (drill->lost_ms <= drill->now_ms)
            lose_main(drill);
        if (drill->lapse_ms <= drill->now_ms)
            lapse_views(drill);
        tell_on_disk(drill);
        if (engine_deadline(drill->engine) <= drill->now_ms)
            step(drill, drill_event(drill, EVENT_TIME));
        if (is_played_out(drill))
            drill_stop(drill, DRILL_PLAYED_OUT);
        else if (drill->now_ms >= drill->end_ms)
            drill_stop(drill, DRILL_TIME_OVER);
    }
    if (drill->end == DRILL_RUNS && now_ms > drill->now_ms)
        drill->now_ms = now_ms;
}

/* ---- what really happens ---- */

static bool is_view(uint32_t kind)
{
    return kind == EVENT_VIEW_ALIVE || kind == EVENT_VIEW_SILENT || kind == EVENT_VIEW_NONE;
}

/* What the main says, and what others see of it where it is taken for dead, is not heard. */
static bool is_heard(const struct drill *drill, const struct engine_event *event)
{
    const uint32_t kind = event->kind;
    if (kind == EVENT_BOOT || kind == EVENT_TIME || kind == EVENT_PEER_CHANGED ||
        kind == EVENT_DRILL_BEGIN || kind == EVENT_DRILL_END)
        return false;
    if (kind == EVENT_MESSAGE && event->server == drill->main)
        return false;
    const bool of_view = is_view(kind)
                             ? event->failover == drill->setup.failover
                             : kind == EVENT_MESSAGE && event->message.kind == MESSAGE_SEES &&
                                   event->message.failover == drill->setup.failover;
    return !(drill->setup.dead && of_view);
}

static bool is_order(uint32_t kind)
{
    return kind == EVENT_FORCE_START || kind == EVENT_FORCE_STOP || kind == EVENT_DISABLE ||
           kind == EVENT_ENABLE;
}

static enum drill_end end_by(const struct drill *drill, const struct engine_event *event)
{
    const bool of_main = event->server == drill->main;
    if (event->kind == EVENT_PEER_LOST && of_main)
        return DRILL_REAL_LOSS;
    if (event->kind == EVENT_LOG_OFF ||
        (event->kind == EVENT_MESSAGE && of_main && event->message.kind == MESSAGE_LEFT))
        return DRILL_LOG_OFF;
    if (event->kind == EVENT_DEPLOY)
        return DRILL_DEPLOYMENT;
    return is_order(event->kind) && event->failover == drill->setup.failover ? DRILL_ORDER
                                                                             : DRILL_RUNS;
}

void drill_take(struct drill *drill, const struct engine_event *event)
{
    drill_advance(drill, event->at_ms);
    if (drill->end != DRILL_RUNS)
        return;
    const enum drill_end end = end_by(drill, event);
    if (end != DRILL_RUNS)
        drill_stop(drill, end);
    else if (is_heard(drill, event))
        step(drill, *event);
}

void drill_keyframe(struct drill *drill, uint32_t camera, int64_t at_ms)
{
    struct drill_subject *subject = drill_subject(drill, camera);
    if (subject == NULL || !subject->opened || subject->seen_ms >= 0 || at_ms < subject->opened_ms)
        return;
    subject->seen_ms = at_ms;
    subject->cause[0] = '\0';
}

void drill_silent(struct drill *drill, uint32_t camera, const char *cause)
{
    struct drill_subject *subject = drill_subject(drill, camera);
    if (subject != NULL && subject->opened && subject->seen_ms < 0)
        snprintf(subject->cause, sizeof subject->cause, "%s", cause);
}

/* ---- beginning and ending ---- */

/* What memory holds of a hot camera, it has held since before the loss. */
static void add_subject(struct drill *drill, uint32_t camera)
{
    const bool hot = engine_camera_state(drill->engine, camera) == CAMERA_ARMED;
    drill->subjects[drill->subject_count++] =
        (struct drill_subject){.camera = camera,
                               .opened = hot,
                               .opened_ms = 0,
                               .wanted_ms = hot ? drill->began_ms : -1,
                               .order_ms = -1,
                               .seen_ms = -1};
}

static bool make_copy(struct drill *drill, const struct engine *engine)
{
    const size_t bytes = engine_size(drill->deployment, drill->server);
    const uint32_t max = engine_output_max(drill->deployment, drill->server);
    drill->engine = malloc(bytes);
    drill->output =
        (struct engine_output){.transitions = calloc(max, sizeof *drill->output.transitions),
                               .actions = calloc(max, sizeof *drill->output.actions),
                               .max = max};
    if (drill->engine == NULL || drill->output.transitions == NULL || drill->output.actions == NULL)
        return false;
    memcpy(drill->engine, engine, bytes);
    return true;
}

struct drill *drill_begin(const struct drill_setup *setup, const struct deployment *deployment,
                          uint32_t server, const struct engine *engine,
                          const struct drill_shell *shell, int64_t now_ms)
{
    const struct image *image = deployment_image(deployment);
    const struct image_failover *entry = &image_failovers(image)[setup->failover];
    struct drill *drill = calloc(1, sizeof *drill + entry->objects.count * sizeof *drill->subjects);
    if (drill == NULL)
        return NULL;
    drill->setup = *setup;
    drill->shell = *shell;
    drill->deployment = deployment;
    drill->image = image;
    drill->server = server;
    drill->main = entry->monitor;
    drill->began_ms = drill->now_ms = drill->state_ms = now_ms;
    drill->end_ms = drill->ended_ms = now_ms + setup->for_ms;
    drill->lost_ms = now_ms + detect_ms(image);
    drill->lapse_ms = setup->dead ? now_ms + image->site.lease_ms : ENGINE_NEVER;
    if (!make_copy(drill, engine)) {
        drill_free(drill);
        return NULL;
    }
    for (uint32_t i = 0; i < entry->objects.count; i++)
        add_subject(drill, image_numbers(image)[entry->objects.first + i]);
    return drill;
}

void drill_free(struct drill *drill)
{
    if (drill == NULL)
        return;
    free(drill->engine);
    free(drill->output.transitions);
    free(drill->output.actions);
    free(drill);
}
