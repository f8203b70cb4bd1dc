/* A drill: what the copy of the engine wants done, and what it is told instead. */
#include "runtime/node/drill_copy.h"

#include <assert.h>

struct engine_event drill_event(const struct drill *drill, enum engine_event_kind kind)
{
    return (struct engine_event){.at_ms = drill->now_ms,
                                 .kind = kind,
                                 .server = IMAGE_NONE,
                                 .camera = IMAGE_NONE,
                                 .failover = IMAGE_NONE};
}

/* ---- what the copy wants done, and is told instead ---- */

struct drill_subject *drill_subject(struct drill *drill, uint32_t camera)
{
    for (uint32_t i = 0; i < drill->subject_count; i++)
        if (drill->subjects[i].camera == camera)
            return &drill->subjects[i];
    return NULL;
}

/* A camera that accepts one reader is the main's as long as that lives. */
static bool may_open(const struct drill *drill, uint32_t camera)
{
    return drill->setup.opens && image_cameras(drill->image)[camera].sessions != 1;
}

static void want(struct drill *drill, uint32_t camera, bool record, uint64_t epoch)
{
    struct drill_subject *subject = drill_subject(drill, camera);
    if (subject == NULL)
        return;
    if (subject->wanted_ms < 0)
        subject->wanted_ms = drill->now_ms;
    if (record && subject->order_ms < 0)
        subject->order_ms = drill->now_ms;
    if (record && subject->epoch != epoch) {
        subject->epoch = epoch;
        subject->told = false;
    }
    if (!subject->opened && may_open(drill, camera)) {
        subject->opened = true;
        subject->opened_ms = drill->now_ms;
        drill->shell.arm(drill->shell.owner, camera);
    }
}

/* There are fewer kinds of actions that are answered than there is room. */
static void answer(struct drill *drill, struct engine_event event)
{
    assert(drill->answer_count < DRILL_ANSWERS_MAX);
    drill->answers[drill->answer_count++] = event;
}

/* What another server would grant is taken to be granted, and said to be. */
static void answer_message(struct drill *drill, const struct engine_action *action)
{
    if (action->message.kind != MESSAGE_SLOT_ASK ||
        action->message.failover != drill->setup.failover || drill->slot_assumed)
        return;
    struct engine_event event = drill_event(drill, EVENT_MESSAGE);
    event.server = action->server;
    event.message = (struct engine_message){
        .kind = MESSAGE_SLOT_GRANTED, .failover = drill->setup.failover, .camera = IMAGE_NONE};
    drill->slot_assumed = true;
    answer(drill, event);
}

/* An arbiter that counts grants a slot of the whole site with the claim. */
static bool with_slot(const struct drill *drill)
{
    return image_failover_counter(drill->image, drill->setup.failover) != IMAGE_NONE;
}

/* The main's own claim lapses with it, where it is taken for dead. */
static void answer_claim(struct drill *drill, const struct engine_action *action)
{
    if (action->server != drill->main || action->failover != drill->setup.failover)
        return;
    const enum drill_claim claim = drill->shell.claim(drill->shell.owner, drill->main);
    const bool denied = claim == DRILL_CLAIM_ALIVE && !drill->setup.dead;
    struct engine_event event =
        drill_event(drill, denied ? EVENT_CLAIM_DENIED : EVENT_CLAIM_GRANTED);
    event.server = drill->main;
    event.epoch = denied ? action->epoch - 1 : action->epoch;
    drill->claim_assumed |= claim == DRILL_CLAIM_UNKNOWN;
    drill->slot_assumed |= !denied && with_slot(drill);
    answer(drill, event);
}

void drill_withhold(struct drill *drill, const struct engine_action *action)
{
    switch ((enum engine_action_kind)action->kind) {
    case ACTION_ARM:
    case ACTION_RECORD:
        want(drill, action->camera, action->kind == ACTION_RECORD, action->epoch);
        break;
    case ACTION_SEND:
        answer_message(drill, action);
        break;
    case ACTION_CLAIM:
        answer_claim(drill, action);
        break;
    case ACTION_PROBE: /* the main, at least, is in reach */
        answer(drill, drill_event(drill, EVENT_NETWORK_FINE));
        break;
    case ACTION_DISARM:
    case ACTION_STOP:
    case ACTION_PUBLISH_START:
    case ACTION_PUBLISH_STOP:
    case ACTION_LEAVE:
    case ACTION_REACH:
    case ACTION_FILL:
        break;
    case ENGINE_ACTION_COUNT:
        assert(!"an action of no kind");
    }
}
