/* Cameras: the orders to recorders, and the hand-over of one camera between two servers (R27).
 *
 * A hand-over goes from a giver to a taker. The taker records first and says so when it is on disk;
 * then the giver stops. A camera with sessions = 1 has room for one reader: there the giver stops
 * first and says so; then the taker opens it.
 */
#include "runtime/engine/state.h"

#include <assert.h>

bool camera_active(uint8_t state)
{
    return state == CAMERA_STARTING || state == CAMERA_RECORDING;
}

bool camera_wanted(uint8_t state)
{
    return camera_active(state) || state == CAMERA_SILENT;
}

bool camera_single(const struct engine *engine, uint32_t at)
{
    assert(at < engine->camera_count);
    return engine_camera_entry(engine, engine_cameras_of(engine)[at].index)->sessions == 1;
}

/* A hot camera is always read into memory, unless its failover is disabled (R20). */
bool camera_stays_armed(const struct engine *engine, uint32_t at)
{
    assert(at < engine->camera_count);
    const struct camera *camera = &engine_cameras_of(engine)[at];
    return camera->failover != IMAGE_NONE &&
           engine_camera_entry(engine, camera->index)->arm == ARM_HOT &&
           engine_failovers_of(engine)[camera->failover].state != FAILOVER_DISABLED;
}

/* The epoch under which this server would record the camera now. */
static uint64_t epoch_in_force(struct engine *engine, const struct camera *camera)
{
    if (camera->failover == IMAGE_NONE)
        return engine->owner.epoch;
    return engine_failovers(engine)[camera->failover].epoch;
}

void camera_want(struct engine *engine, uint32_t at)
{
    assert(at < engine->camera_count);
    const struct camera *camera = &engine_cameras(engine)[at];
    if (!camera_wanted(camera->state) || camera->epoch != epoch_in_force(engine, camera))
        engine_push(engine, MACHINE_CAMERA, at, CAMERA_RECORD);
}

void camera_drop(struct engine *engine, uint32_t at)
{
    assert(at < engine->camera_count);
    const uint8_t state = engine_cameras(engine)[at].state;
    if (camera_wanted(state))
        engine_push(engine, MACHINE_CAMERA, at, CAMERA_STOP);
    else if (state == CAMERA_ARMED)
        engine_push(engine, MACHINE_CAMERA, at, CAMERA_DISARM);
}

static void tell(struct engine *engine, const struct camera *camera, bool giving, uint32_t failover,
                 uint32_t other, uint64_t epoch, struct engine_output *output)
{
    engine_send(engine, output, other,
                (struct engine_message){.kind = giving ? MESSAGE_RELEASED : MESSAGE_ON_DISK,
                                        .failover = failover,
                                        .camera = camera->index,
                                        .epoch = epoch});
}

/* The standby's side: to the main. */
static void tell_main(struct engine *engine, const struct camera *camera, bool giving,
                      struct engine_output *output)
{
    const uint8_t state = engine_failovers(engine)[camera->failover].state;
    const bool taking = state == FAILOVER_FORCED || state == FAILOVER_KEEPING ||
                        state == FAILOVER_HOLDING || state == FAILOVER_REPLACING;
    if (giving ? state == FAILOVER_RETURNING : taking)
        tell(engine, camera, giving, engine_self(engine)->failovers.first + camera->failover,
             engine_failover_entry(engine, camera->failover)->monitor, camera->epoch, output);
}

static void tell_watcher(struct engine *engine, const struct camera *camera, bool giving,
                         uint32_t at, struct engine_output *output)
{
    const struct watcher *watcher = &engine_watchers(engine)[at];
    tell(engine, camera, giving, watcher->failover,
         image_failovers(engine->image)[watcher->failover].standby, watcher->epoch, output);
}

void camera_spare(struct engine *engine, uint32_t at, uint32_t watcher,
                  struct engine_output *output)
{
    assert(at < engine->own_count);
    tell_watcher(engine, &engine_cameras(engine)[at], false, watcher, output);
}

/* The main's side: to every standby that carries it; after a partition there may be two (R30). That
 * it is on disk concerns those that hand back, perhaps while another one takes over (R17): to one
 * that goes on, and hands back later, it would be a word of the past. So would an answer to an
 * offer that it has withdrawn: the word says which one it answers. */
static void tell_carriers(struct engine *engine, const struct camera *camera, bool giving,
                          struct engine_output *output)
{
    const uint8_t state = engine->owner.state;
    if (giving ? state != MAIN_LENT && state != MAIN_REPLACED
               : state != MAIN_RECLAIMING && state != MAIN_LENT)
        return;
    for (uint32_t w = 0; w < engine->watcher_count; w++) {
        const struct watcher *watcher = &engine_watchers(engine)[w];
        if ((giving ? owner_carried_by(engine, w) : watcher->answer == ANSWER_OFFERS) &&
            engine_lists(engine, watcher->failover, camera->index))
            tell_watcher(engine, camera, giving, w, output);
    }
}

void camera_tell(struct engine *engine, uint32_t at, bool giving, struct engine_output *output)
{
    assert(at < engine->camera_count);
    const struct camera *camera = &engine_cameras(engine)[at];
    if (camera->failover != IMAGE_NONE)
        tell_main(engine, camera, giving, output);
    else
        tell_carriers(engine, camera, giving, output);
}

void camera_release(struct engine *engine, uint32_t at, struct engine_output *output)
{
    assert(camera_single(engine, at));
    if (camera_wanted(engine_cameras(engine)[at].state))
        camera_drop(engine, at); /* released when it has stopped */
    else
        camera_tell(engine, at, true, output);
}

static void order(struct engine *engine, const struct camera *camera, enum engine_action_kind kind,
                  struct engine_output *output)
{
    struct engine_action *action = engine_act(engine, output, kind);
    action->camera = camera->index;
    action->epoch = camera->epoch;
}

void camera_effect(struct engine *engine, uint32_t at, enum machine_effect effect,
                   struct engine_output *output)
{
    assert(at < engine->camera_count);
    struct camera *camera = &engine_cameras(engine)[at];
    if (effect == EFFECT_ORDER_ARM) {
        order(engine, camera, ACTION_ARM, output);
    } else if (effect == EFFECT_ORDER_DISARM) {
        order(engine, camera, ACTION_DISARM, output);
    } else if (effect == EFFECT_ORDER_RECORD) {
        camera->epoch = epoch_in_force(engine, camera);
        order(engine, camera, ACTION_RECORD, output);
    } else if (effect == EFFECT_ORDER_STOP) {
        order(engine, camera, ACTION_STOP, output);
        if (camera_single(engine, at))
            camera_tell(engine, at, true, output);
    } else if (effect == EFFECT_TELL_ON_DISK) {
        camera_tell(engine, at, false, output);
        if (camera->failover != IMAGE_NONE &&
            engine_failovers(engine)[camera->failover].state == FAILOVER_TAKING_OVER)
            engine_push(engine, MACHINE_FAILOVER, camera->failover, FAILOVER_FIRST_ON_DISK);
    } else {
        assert(!"an effect that is not a camera's");
    }
}

void camera_settle(struct engine *engine, uint32_t at, uint8_t from, struct engine_output *output)
{
    assert(at < engine->camera_count);
    const uint8_t state = engine_cameras(engine)[at].state;
    if (state == CAMERA_IDLE && from != CAMERA_IDLE && camera_stays_armed(engine, at))
        engine_push(engine, MACHINE_CAMERA, at, CAMERA_ARM);
    const uint32_t failover = engine_cameras(engine)[at].failover;
    if (from == CAMERA_STARTING && camera_wanted(state) && failover != IMAGE_NONE) {
        fellow_on_disk(engine, failover, output);
        fellow_tell_main(engine, failover, output);
    }
    if ((state == CAMERA_SILENT) != (from == CAMERA_SILENT))
        trouble_camera(engine, at, output);
}
