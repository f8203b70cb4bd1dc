/* Links: who sees whom, and the messages between them. */
#include "runtime/sim/world.h"

#include <assert.h>

#include "runtime/sim/array.h"

static struct image_list peers_of(const struct world *world, uint32_t server)
{
    return image_servers(world->image)[server].peers;
}

/* The position of b among the peers of a. */
static uint32_t find_peer(const struct world *world, uint32_t a, uint32_t b)
{
    return image_list_find(world->image, peers_of(world, a), b);
}

uint32_t link_find(const struct world *world, uint32_t a, uint32_t b)
{
    const uint32_t peer = find_peer(world, a, b);
    return peer == IMAGE_NONE ? IMAGE_NONE
                              : world->link_numbers[world->servers[a].first_link + peer];
}

/* A link is made from its lower server; the upper one names it too. */
static void connect_pair(struct world *world, uint32_t a, uint32_t peer)
{
    const uint32_t b = image_numbers(world->image)[peers_of(world, a).first + peer];
    if (b < a)
        return;
    const uint32_t back = find_peer(world, b, a);
    assert(back != IMAGE_NONE);
    world->link_numbers[world->servers[a].first_link + peer] = world->link_count;
    world->link_numbers[world->servers[b].first_link + back] = world->link_count;
    world->links[world->link_count++] = (struct link){.a = a, .b = b};
}

void link_init(struct world *world)
{
    uint32_t ends = 0;
    for (uint32_t s = 0; s < world->image->servers.count; s++) {
        world->servers[s].first_link = ends;
        ends += peers_of(world, s).count;
    }
    world->link_numbers = array_new(ends, sizeof *world->link_numbers);
    world->links = array_new(ends / 2, sizeof *world->links);
    for (uint32_t s = 0; s < world->image->servers.count; s++)
        for (uint32_t p = 0; p < peers_of(world, s).count; p++)
            connect_pair(world, s, p);
}

/* ---- messages ---- */

static void release_held(struct world *world, uint32_t link)
{
    size_t kept = 0;
    for (size_t i = 0; i < world->held_count; i++) {
        struct agenda_item item = world->held[i];
        if (item.index != link) {
            world->held[kept++] = item;
        } else if (item.token == world->links[link].session) {
            item.at_ms = world->now_ms;
            agenda_push(&world->agenda, item);
        }
    }
    world->held_count = kept;
}

static void new_session(struct world *world, uint32_t link)
{
    world->links[link].session++;
    release_held(world, link); /* none of them belongs to it: they are gone */
}

void link_send(struct world *world, uint32_t sender, const struct engine_action *action)
{
    const uint32_t link = link_find(world, sender, action->server);
    assert(link != IMAGE_NONE);
    agenda_push(&world->agenda, (struct agenda_item){.at_ms = world->now_ms,
                                                     .kind = AGENDA_MESSAGE,
                                                     .server = action->server,
                                                     .index = link,
                                                     .token = world->links[link].session,
                                                     .sender = sender,
                                                     .message = action->message});
}

static bool is_whole(const struct world *world, const struct link *link)
{
    return !link->cut && !world->servers[link->a].isolated && !world->servers[link->b].isolated;
}

void link_arrive(struct world *world, const struct agenda_item *item)
{
    const struct link *link = &world->links[item->index];
    const bool pauses = world->servers[item->server].power == POWER_PAUSED;
    if (link->session != item->token || (!world_is_on(world, item->server) && !pauses))
        return;
    if (pauses || !is_whole(world, link)) {
        world->held =
            array_grow(world->held, world->held_count, &world->held_max, sizeof *world->held);
        world->held[world->held_count++] = *item;
        return;
    }
    world_step(world, item->server,
               (struct engine_event){.kind = EVENT_MESSAGE,
                                     .server = item->sender,
                                     .camera = IMAGE_NONE,
                                     .failover = IMAGE_NONE,
                                     .message = item->message});
}

/* ---- losses and returns ---- */

static void notice(struct world *world, uint32_t link, uint32_t end, enum agenda_kind kind,
                   int64_t at_ms)
{
    if (world_is_on(world, end))
        agenda_push(&world->agenda, (struct agenda_item){.at_ms = at_ms,
                                                         .kind = kind,
                                                         .server = end,
                                                         .index = link,
                                                         .token = world->links[link].changes});
}

static void link_down(struct world *world, uint32_t number)
{
    const struct link *link = &world->links[number];
    notice(world, number, link->a, AGENDA_PEER_LOST, world->now_ms + world->detect_ms);
    notice(world, number, link->b, AGENDA_PEER_LOST, world->now_ms + world->detect_ms);
}

static void link_back(struct world *world, uint32_t number)
{
    const struct link *link = &world->links[number];
    const bool a_sees = engine_peer_up(world->servers[link->a].engine, link->b);
    const bool b_sees = engine_peer_up(world->servers[link->b].engine, link->a);
    if (a_sees && b_sees) {
        release_held(world, number);
        return;
    }
    new_session(world, number);
    if (a_sees)
        notice(world, number, link->a, AGENDA_PEER_LOST, world->now_ms);
    if (b_sees)
        notice(world, number, link->b, AGENDA_PEER_LOST, world->now_ms);
    notice(world, number, link->a, AGENDA_PEER_UP, world->now_ms);
    notice(world, number, link->b, AGENDA_PEER_UP, world->now_ms);
}

void link_update(struct world *world, uint32_t number)
{
    struct link *link = &world->links[number];
    const bool up =
        is_whole(world, link) && world_is_on(world, link->a) && world_is_on(world, link->b);
    if (up == link->up)
        return;
    link->up = up;
    link->changes++;
    if (up)
        link_back(world, number);
    else
        link_down(world, number);
}

void link_update_server(struct world *world, uint32_t server)
{
    for (uint32_t p = 0; p < peers_of(world, server).count; p++)
        link_update(world, world->link_numbers[world->servers[server].first_link + p]);
}

/* What a server that wakes saw of a peer is old: it looks afresh. */
void link_wake(struct world *world, uint32_t server)
{
    for (uint32_t p = 0; p < peers_of(world, server).count; p++) {
        const uint32_t number = world->link_numbers[world->servers[server].first_link + p];
        const struct link *link = &world->links[number];
        if (!link->up &&
            engine_peer_up(world->servers[server].engine, link->a == server ? link->b : link->a))
            notice(world, number, server, AGENDA_PEER_LOST, world->now_ms + world->detect_ms);
    }
}

void link_noticed(struct world *world, const struct agenda_item *item)
{
    const struct link *link = &world->links[item->index];
    if (link->changes != item->token || !world_is_on(world, item->server))
        return;
    const bool lost = item->kind == AGENDA_PEER_LOST;
    if (lost)
        new_session(world, item->index);
    world_step(world, item->server,
               (struct engine_event){.kind = lost ? EVENT_PEER_LOST : EVENT_PEER_UP,
                                     .server = item->server == link->a ? link->b : link->a,
                                     .camera = IMAGE_NONE,
                                     .failover = IMAGE_NONE});
}
