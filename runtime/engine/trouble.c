/* Trouble: a main that is alive and does not record (R36). It says so itself: that none of its
 * volumes takes recordings, or that nothing of a camera reaches its disk. The latter counts where
 * the camera delivers to the standby.
 */
#include "runtime/engine/state.h"

#include <assert.h>

static uint32_t also_on(const struct engine *engine, uint32_t failover)
{
    return image_failovers(engine->image)[failover].also_on;
}

/* ---- the main's side ---- */

static void say(struct engine *engine, uint32_t watcher, enum engine_message_kind kind,
                uint32_t camera, struct engine_output *output)
{
    const uint32_t failover = engine_watchers(engine)[watcher].failover;
    engine_send(engine, output, image_failovers(engine->image)[failover].standby,
                (struct engine_message){.kind = kind, .failover = failover, .camera = camera});
}

static void say_camera(struct engine *engine, uint32_t watcher, uint32_t at,
                       struct engine_output *output)
{
    const struct camera *camera = &engine_cameras(engine)[at];
    const uint32_t failover = engine_watchers(engine)[watcher].failover;
    if ((also_on(engine, failover) & ALSO_ON_RECORDING) != 0 &&
        engine_lists(engine, failover, camera->index))
        say(engine, watcher, camera->state == CAMERA_SILENT ? MESSAGE_SILENT : MESSAGE_HEARD,
            camera->index, output);
}

static void say_storage(struct engine *engine, uint32_t watcher, struct engine_output *output)
{
    if ((also_on(engine, engine_watchers(engine)[watcher].failover) & ALSO_ON_STORAGE) != 0)
        say(engine, watcher,
            engine->owner.storage_lost ? MESSAGE_STORAGE_LOST : MESSAGE_STORAGE_BACK, IMAGE_NONE,
            output);
}

void trouble_camera(struct engine *engine, uint32_t at, struct engine_output *output)
{
    for (uint32_t w = 0; at < engine->own_count && w < engine->watcher_count; w++)
        say_camera(engine, w, at, output);
}

void trouble_storage(struct engine *engine, bool lost, struct engine_output *output)
{
    if (engine->owner.storage_lost == lost)
        return;
    engine->owner.storage_lost = lost;
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        say_storage(engine, w, output);
}

void trouble_tell(struct engine *engine, uint32_t watcher, struct engine_output *output)
{
    if (engine->owner.storage_lost)
        say_storage(engine, watcher, output);
    for (uint32_t c = 0; c < engine->own_count; c++)
        if (engine_cameras(engine)[c].state == CAMERA_SILENT)
            say_camera(engine, watcher, c, output);
}

/* ---- the standby's side ---- */

bool trouble_counts(const struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers_of(engine)[local];
    return failover->storage_lost || failover->troubled > 0;
}

static void set_camera(struct engine *engine, uint32_t at, bool silent, bool reached)
{
    struct camera *camera = &engine_cameras(engine)[at];
    struct failover *failover = &engine_failovers(engine)[camera->failover];
    failover->troubled -= camera->silent && camera->reached;
    camera->silent = silent;
    camera->reached = reached;
    failover->troubled += camera->silent && camera->reached;
    failover_settle(engine, camera->failover);
}

void trouble_forget(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t count = engine_failover_entry(engine, local)->objects.count;
    for (uint32_t i = 0; i < count; i++) {
        engine_cameras(engine)[failover->first_camera + i].silent = 0;
        engine_cameras(engine)[failover->first_camera + i].reached = 0;
    }
    failover->troubled = 0;
    failover->storage_lost = 0;
}

void trouble_message(struct engine *engine, uint32_t local, const struct engine_message *message,
                     struct engine_output *output)
{
    const uint32_t wanted = engine_failover_entry(engine, local)->also_on;
    if (message->kind == MESSAGE_STORAGE_LOST || message->kind == MESSAGE_STORAGE_BACK) {
        if ((wanted & ALSO_ON_STORAGE) == 0)
            return;
        engine_failovers(engine)[local].storage_lost = message->kind == MESSAGE_STORAGE_LOST;
        failover_settle(engine, local);
        return;
    }
    const uint32_t at = engine_local_camera(engine, message->camera);
    if ((message->kind != MESSAGE_SILENT && message->kind != MESSAGE_HEARD) ||
        (wanted & ALSO_ON_RECORDING) == 0 || at == IMAGE_NONE ||
        engine_cameras(engine)[at].failover != local)
        return;
    set_camera(engine, at, message->kind == MESSAGE_SILENT, false);
    if (message->kind == MESSAGE_SILENT)
        engine_act(engine, output, ACTION_REACH)->camera = message->camera;
}

void trouble_reached(struct engine *engine, uint32_t camera, bool reached)
{
    const uint32_t at = engine_local_camera(engine, camera);
    if (at != IMAGE_NONE && engine_cameras(engine)[at].failover != IMAGE_NONE &&
        engine_cameras(engine)[at].silent)
        set_camera(engine, at, true, reached);
}
