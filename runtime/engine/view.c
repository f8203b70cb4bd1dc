/* Second views: who else sees a main that we have lost (R45). A server that has a link with a
 * standby and with its main tells the standby what it sees; the shell tells what a shared volume or
 * a coordinator shows. All are levels: told when they change, and when a link comes up.
 */
#include "runtime/engine/state.h"

#include <assert.h>

static const struct view *views_shown(const struct engine *engine, uint32_t local)
{
    return engine_views_of(engine) + engine_failovers_of(engine)[local].first_view;
}

bool view_alive(const struct engine *engine, uint32_t local)
{
    return view_end(engine, local) == ENGINE_NEVER;
}

int64_t view_end(const struct engine *engine, uint32_t local)
{
    int64_t end_ms = INT64_MIN;
    for (uint32_t v = 0; v < engine_failovers_of(engine)[local].view_count; v++) {
        const struct view *view = &views_shown(engine, local)[v];
        if (view->state == VIEW_ALIVE)
            return ENGINE_NEVER;
        if (view->state == VIEW_SILENT && view->silent_from_ms > end_ms)
            end_ms = view->silent_from_ms;
    }
    return end_ms;
}

void view_boot(struct engine *engine)
{
    for (uint32_t v = 0; v < engine->view_count; v++)
        engine_views(engine)[v].state = VIEW_NONE;
    for (uint32_t o = 0; o < engine->onlooker_count; o++)
        engine_onlookers(engine)[o].seen = 0;
}

/* A withheld take-over waits for the end of the views; none left means that R1 holds. */
static void changed(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const int64_t end_ms = view_end(engine, local);
    if (failover->state == FAILOVER_WITHHELD)
        failover->deadline_ms = end_ms > engine->now_ms ? end_ms : engine->now_ms;
    else
        failover_settle(engine, local);
}

static void set_view(struct engine *engine, uint32_t local, uint32_t server, enum view_state state,
                     int64_t silent_from_ms)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    for (uint32_t v = 0; v < failover->view_count; v++) {
        struct view *view = &engine_views(engine)[failover->first_view + v];
        if (view->server != server)
            continue;
        view->state = (uint8_t)state;
        view->silent_from_ms = silent_from_ms;
        changed(engine, local);
    }
}

void view_event(struct engine *engine, uint32_t failover, uint32_t source, enum view_state state)
{
    const uint32_t local = engine_local_failover(engine, failover);
    if (local != IMAGE_NONE && (source == IMAGE_NONE || source == IMAGE_COORDINATOR))
        set_view(engine, local, source, state, engine->now_ms);
}

/* What was noticed as lost was silent for as long as that takes; the lease runs from the last sign.
 */
void view_message(struct engine *engine, uint32_t sender, const struct engine_message *message)
{
    const struct image_site *site = &engine->image->site;
    const int64_t noticed_ms = (int64_t)site->heartbeat_ms * site->misses;
    const int64_t left_ms = site->lease_ms > noticed_ms ? site->lease_ms - noticed_ms : 0;
    const uint32_t local = engine_local_failover(engine, message->failover);
    if (local == IMAGE_NONE)
        return;
    if (message->kind == MESSAGE_SEES)
        set_view(engine, local, sender, VIEW_ALIVE, 0);
    else if (message->kind == MESSAGE_MISSES)
        set_view(engine, local, sender, VIEW_SILENT, engine->now_ms + left_ms);
}

static void tell(struct engine *engine, const struct onlooker *onlooker,
                 enum engine_message_kind kind, struct engine_output *output)
{
    engine_send(engine, output, image_failovers(engine->image)[onlooker->failover].standby,
                (struct engine_message){
                    .kind = kind, .failover = onlooker->failover, .camera = IMAGE_NONE});
}

/* The onlooker's side: what it sees of a main it tells the standby at once, and all of it to a
 * standby that comes. */
static void look_on(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    for (uint32_t o = 0; o < engine->onlooker_count; o++) {
        struct onlooker *onlooker = &engine_onlookers(engine)[o];
        const struct image_failover *entry = &image_failovers(engine->image)[onlooker->failover];
        if (entry->monitor == server) {
            onlooker->seen = 1;
            tell(engine, onlooker, up ? MESSAGE_SEES : MESSAGE_MISSES, output);
        } else if (entry->standby == server && up && onlooker->seen) {
            const bool sees = engine_peer_up(engine, entry->monitor);
            tell(engine, onlooker, sees ? MESSAGE_SEES : MESSAGE_MISSES, output);
        }
    }
}

void view_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    look_on(engine, server, up, output);
    if (up)
        return;
    for (uint32_t f = 0; f < engine->failover_count; f++)
        set_view(engine, f, server, VIEW_NONE, 0);
}
