/* Views: what a shared volume shows a standby of its main (R45). Each server writes a sign of life
 * there; a reader that has found the same one for a lease takes its writer for dead, whatever
 * clocks say.
 */
#include "runtime/sim/world.h"

static bool list_holds(const struct image *image, struct image_list list, uint32_t number)
{
    for (uint32_t i = 0; i < list.count; i++)
        if (image_numbers(image)[list.first + i] == number)
            return true;
    return false;
}

static bool reaches(const struct world *world, uint32_t server, uint32_t volume)
{
    return world_is_on(world, server) && volume_is_reached(world, server, volume);
}

enum sight { SIGHT_NONE, SIGHT_ALIVE, SIGHT_SILENT };

/* What the volumes on the network that both name show now. */
static enum sight look(const struct world *world, const struct image_failover *failover)
{
    const struct image *image = world->image;
    const struct image_list own = image_servers(image)[failover->standby].volumes;
    const struct image_list others = image_servers(image)[failover->monitor].volumes;
    enum sight sight = SIGHT_NONE;
    for (uint32_t i = 0; i < own.count; i++) {
        const uint32_t volume = image_numbers(image)[own.first + i];
        if (!image_volumes(image)[volume].shared || !list_holds(image, others, volume) ||
            !reaches(world, failover->standby, volume))
            continue;
        if (reaches(world, failover->monitor, volume))
            return SIGHT_ALIVE;
        sight = SIGHT_SILENT;
    }
    return sight;
}

static void expect(struct world *world, uint32_t failover, enum engine_event_kind kind,
                   int64_t at_ms)
{
    world->view_changes[failover]++;
    agenda_push(&world->agenda,
                (struct agenda_item){.at_ms = at_ms,
                                     .kind = AGENDA_VIEW,
                                     .server = image_failovers(world->image)[failover].standby,
                                     .index = kind,
                                     .sender = failover,
                                     .token = world->view_changes[failover]});
}

void view_forget(struct world *world, uint32_t server)
{
    const struct image_list own = image_servers(world->image)[server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        world->view_sights[f] = SIGHT_NONE;
}

static void update(struct world *world, uint32_t f)
{
    const struct image_failover *failover = &image_failovers(world->image)[f];
    const enum sight sight = look(world, failover);
    if (!world_is_on(world, failover->standby) || sight == world->view_sights[f])
        return;
    world->view_sights[f] = (uint8_t)sight;
    if (sight == SIGHT_ALIVE)
        expect(world, f, EVENT_VIEW_ALIVE, world->now_ms);
    else if (sight == SIGHT_SILENT)
        expect(world, f, EVENT_VIEW_SILENT, world->now_ms + world->image->site.lease_ms);
    else
        expect(world, f, EVENT_VIEW_NONE, world->now_ms);
}

void view_update(struct world *world)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++)
        update(world, f);
}

void view_update_server(struct world *world, uint32_t server)
{
    const struct image_server *entry = &image_servers(world->image)[server];
    for (uint32_t f = 0; f < entry->failovers.count; f++)
        update(world, entry->failovers.first + f);
    for (uint32_t w = 0; w < entry->watchers.count; w++)
        update(world, image_numbers(world->image)[entry->watchers.first + w]);
}

void view_noticed(struct world *world, const struct agenda_item *item)
{
    if (item->token != world->view_changes[item->sender] || !world_is_on(world, item->server))
        return;
    world_step(world, item->server,
               (struct engine_event){.kind = item->index,
                                     .server = IMAGE_NONE,
                                     .camera = IMAGE_NONE,
                                     .failover = item->sender});
}
