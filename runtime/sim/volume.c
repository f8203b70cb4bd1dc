/* Volumes: where the recordings of a server go (R4, R32, R35).
 *
 * A server tries its volumes in their order; the fallback is the last of them. What is lost, full
 * without anything that may be dropped, or on a NAS while the server has no network, takes nothing.
 * A full volume of every day drops its oldest footage and is none of this: it goes on taking.
 */
#include "runtime/sim/world.h"

bool volume_is_reached(const struct world *world, uint32_t server, uint32_t volume)
{
    const struct server *entry = &world->servers[server];
    const uint32_t place = image_server_volume(world->image, server, volume);
    const bool cut = place == IMAGE_NONE || (entry->cut_volumes & 1u << place) != 0;
    const bool away = cut || entry->isolated;
    return !(away && image_volumes(world->image)[volume].shared == 1) &&
           !world->lost_volumes[volume];
}

static bool takes_recordings(const struct world *world, uint32_t server, uint32_t volume)
{
    return volume_is_reached(world, server, volume) && !world->full_volumes[volume];
}

static uint32_t choose(const struct world *world, uint32_t server)
{
    const struct image_list volumes = image_servers(world->image)[server].volumes;
    const uint32_t *numbers = image_numbers(world->image) + volumes.first;
    for (uint32_t i = 0; i < volumes.count; i++)
        if (takes_recordings(world, server, numbers[i]))
            return numbers[i];
    return volumes.count == 0 ? VOLUME_UNNAMED : IMAGE_NONE;
}

void volume_update_server(struct world *world, uint32_t server)
{
    struct server *entry = &world->servers[server];
    const uint32_t before = entry->volume;
    entry->volume = choose(world, server);
    if (world_is_on(world, server) && (before == IMAGE_NONE) != (entry->volume == IMAGE_NONE))
        agenda_push(&world->agenda,
                    (struct agenda_item){.at_ms = world->now_ms,
                                         .kind = AGENDA_WORD,
                                         .server = server,
                                         .index = entry->volume == IMAGE_NONE ? EVENT_STORAGE_LOST
                                                                              : EVENT_STORAGE_BACK,
                                         .sender = IMAGE_NONE});
    history_set(&entry->volumes, world->now_ms,
                entry->volume == IMAGE_NONE ? STORAGE_NONE : STORAGE_THERE);
}

void volume_change(struct world *world, const struct outage_act *act)
{
    if (act->kind == ACT_LOSE || act->kind == ACT_REGAIN)
        world->lost_volumes[act->a] = act->kind == ACT_LOSE;
    else
        world->full_volumes[act->a] = act->kind == ACT_FILL;
    for (uint32_t s = 0; s < world->image->servers.count; s++)
        if (image_server_volume(world->image, s, act->a) != IMAGE_NONE) {
            volume_update_server(world, s);
            recorder_update_server(world, s);
        }
}

void volume_cut(struct world *world, const struct outage_act *act)
{
    const uint32_t place = image_server_volume(world->image, act->a, act->b);
    struct server *entry = &world->servers[act->a];
    const uint8_t bit = (uint8_t)(1u << place);
    if (act->kind == ACT_CUT)
        entry->cut_volumes |= bit;
    else
        entry->cut_volumes &= (uint8_t)~bit;
    volume_update_server(world, act->a);
    recorder_update_server(world, act->a);
}
