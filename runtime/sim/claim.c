/* Claims: what the arbiter of each main keeps, a coordinator or a volume on the network (R30).
 *
 * A claim is renewed for as long as its holder runs, reaches the arbiter and has recordings that
 * grow; then it is alive for one lease more. A coordinator knows that itself; on a volume whoever
 * reads it judges, and must have looked for a lease. Answers take no time, and an arbiter that is
 * lost is known to be so at once.
 */
#include "runtime/sim/world.h"

#include "runtime/sim/array.h"

/* What the arbiter shows a standby of the main's claim. */
enum sight { SIGHT_NONE, SIGHT_ALIVE, SIGHT_SILENT };

static uint32_t arbiter_of(const struct world *world, uint32_t main)
{
    return image_servers(world->image)[main].arbiter;
}

static bool reaches(const struct world *world, uint32_t server, uint32_t main)
{
    const uint32_t arbiter = arbiter_of(world, main);
    const struct server *entry = &world->servers[server];
    if (!world_is_on(world, server))
        return false;
    if (arbiter == IMAGE_COORDINATOR)
        return !entry->isolated && !entry->cut_off && !world->coordinator_lost;
    return volume_is_reached(world, server, arbiter);
}

static bool is_alive(const struct world *world, const struct claim *claim)
{
    return claim->holder != IMAGE_NONE && (claim->renewed || claim->until_ms > world->now_ms);
}

/* Since when a server has looked at what the arbiter of a main keeps, itself or one that it watches
 * over. */
static int64_t reads_since(const struct world *world, uint32_t server, uint32_t main)
{
    const struct image_list under = image_servers(world->image)[server].failovers;
    if (server == main)
        return world->reads_own_ms[server];
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (image_failovers(world->image)[f].monitor == main)
            return world->reads_ms[f];
    return world->now_ms;
}

/* What a server sees of a claim on a volume: a lapse only where it has looked for a lease. */
static enum sight look_for(const struct world *world, uint32_t server, uint32_t main)
{
    const struct claim *claim = &world->claims[main];
    const int64_t lease_ms = world->image->site.lease_ms;
    if (!reaches(world, server, main))
        return SIGHT_NONE;
    if (claim->holder == IMAGE_NONE || claim->holder == server)
        return SIGHT_SILENT;
    if (arbiter_of(world, main) == IMAGE_COORDINATOR)
        return is_alive(world, claim) ? SIGHT_ALIVE : SIGHT_SILENT;
    const int64_t since_ms = reads_since(world, server, main);
    if (claim->renewed)
        return SIGHT_ALIVE;
    if (is_alive(world, claim))
        return since_ms <= claim->until_ms - lease_ms ? SIGHT_ALIVE : SIGHT_NONE;
    return since_ms + lease_ms <= world->now_ms ? SIGHT_SILENT : SIGHT_NONE;
}

/* Nobody else holds it, as far as the server can know. */
static bool is_free(const struct world *world, uint32_t server, uint32_t main)
{
    return look_for(world, server, main) == SIGHT_SILENT;
}

static void happens(struct world *world, uint32_t server, uint32_t kind, uint32_t about,
                    uint64_t epoch)
{
    agenda_push(&world->agenda, (struct agenda_item){.at_ms = world->now_ms,
                                                     .kind = AGENDA_CLAIM,
                                                     .server = server,
                                                     .index = kind,
                                                     .sender = about,
                                                     .message.epoch = epoch});
}

/* ---- renewals ---- */

static void set_renewed(struct world *world, uint32_t main, bool renewed)
{
    struct claim *claim = &world->claims[main];
    if (claim->renewed == renewed)
        return;
    claim->renewed = renewed;
    claim->changes++;
    if (renewed)
        return;
    claim->until_ms = world->now_ms + world->image->site.lease_ms;
    agenda_push(&world->agenda, (struct agenda_item){.at_ms = claim->until_ms,
                                                     .kind = AGENDA_LAPSE,
                                                     .server = main,
                                                     .token = claim->changes});
}

/* A new lease, under which nothing needs to have grown yet. */
static void enter(struct world *world, uint32_t main, uint32_t holder, uint32_t failover,
                  uint64_t epoch)
{
    struct claim *claim = &world->claims[main];
    claim->holder = holder;
    claim->failover = failover;
    claim->epoch = epoch;
    claim->renewed = true;
    set_renewed(world, main, false);
}

static struct engine_claim held_by(const struct world *world, uint32_t server, uint32_t main)
{
    return engine_claim(world->servers[server].engine, main);
}

/* What its holder makes of it now. */
static void look_at_holder(struct world *world, uint32_t main)
{
    struct claim *claim = &world->claims[main];
    if (claim->holder == IMAGE_NONE)
        return;
    if (!reaches(world, claim->holder, main)) {
        set_renewed(world, main, false);
        return;
    }
    const struct engine_claim held = held_by(world, claim->holder, main);
    if (held.epoch == 0) {
        if (!claim->untold) { /* it is given back */
            set_renewed(world, main, false);
            claim->holder = IMAGE_NONE;
        }
        return;
    }
    if (held.epoch > claim->epoch)
        enter(world, main, claim->holder, held.failover, held.epoch);
    set_renewed(world, main, held.grows);
}

/* Whoever holds it by the engine's word, records, and finds no living claim, enters its own. An
 * epoch has one writer, so the same one is the same claim. */
static void enter_anew(struct world *world, uint32_t main, uint32_t server)
{
    const struct claim *claim = &world->claims[main];
    if (is_alive(world, claim) || !is_free(world, server, main))
        return;
    const struct engine_claim held = held_by(world, server, main);
    if (!held.grows || held.epoch < claim->epoch)
        return;
    enter(world, main, server, held.failover, held.epoch);
    set_renewed(world, main, true);
}

/* ---- what servers are told ---- */

static void tell_view(struct world *world, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(world->image)[failover];
    static const uint32_t kinds[] = {
        [SIGHT_NONE] = EVENT_VIEW_NONE,
        [SIGHT_ALIVE] = EVENT_VIEW_ALIVE,
        [SIGHT_SILENT] = EVENT_VIEW_SILENT,
    };
    const enum sight sight = look_for(world, entry->standby, entry->monitor);
    if (!world_is_on(world, entry->standby) || sight == world->claim_sights[failover])
        return;
    world->claim_sights[failover] = (uint8_t)sight;
    happens(world, entry->standby, kinds[sight], failover, 0);
}

/* A server begins to look at what the arbiter of a main keeps. */
static void begin_reading(struct world *world, uint32_t main, int64_t *since_ms)
{
    if (arbiter_of(world, main) == IMAGE_NONE)
        return;
    *since_ms = world->now_ms;
    agenda_push(&world->agenda,
                (struct agenda_item){.at_ms = world->now_ms + world->image->site.lease_ms,
                                     .kind = AGENDA_LAPSE,
                                     .server = main,
                                     .token = world->claims[main].changes});
}

static void tell_reach(struct world *world, uint32_t server, uint32_t main, bool *told_lost,
                       int64_t *since_ms)
{
    const bool lost = !reaches(world, server, main);
    if (!world_is_on(world, server) || lost == *told_lost)
        return;
    *told_lost = lost;
    if (!lost)
        begin_reading(world, main, since_ms);
    happens(world, server, lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK, main, 0);
}

/* ---- what has changed ---- */

static void update(struct world *world, uint32_t main)
{
    const struct image_list watchers = image_servers(world->image)[main].watchers;
    const uint32_t *failovers = image_numbers(world->image) + watchers.first;
    if (arbiter_of(world, main) == IMAGE_NONE)
        return;
    look_at_holder(world, main);
    enter_anew(world, main, main);
    for (uint32_t w = 0; w < watchers.count; w++)
        enter_anew(world, main, image_failovers(world->image)[failovers[w]].standby);
    for (uint32_t w = 0; w < watchers.count; w++)
        tell_view(world, failovers[w]);
}

void claim_step(struct world *world, uint32_t server)
{
    const struct image_list under = image_servers(world->image)[server].failovers;
    if (!world->any_arbiter)
        return;
    update(world, server);
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        update(world, image_failovers(world->image)[f].monitor);
}

void claim_update_server(struct world *world, uint32_t server)
{
    const struct image_list under = image_servers(world->image)[server].failovers;
    if (!world->any_arbiter)
        return;
    if (arbiter_of(world, server) != IMAGE_NONE)
        tell_reach(world, server, server, &world->lost_own[server], &world->reads_own_ms[server]);
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (arbiter_of(world, image_failovers(world->image)[f].monitor) != IMAGE_NONE)
            tell_reach(world, server, image_failovers(world->image)[f].monitor,
                       &world->lost_views[f], &world->reads_ms[f]);
    claim_step(world, server);
}

void claim_update(struct world *world)
{
    for (uint32_t s = 0; s < world->image->servers.count; s++)
        claim_update_server(world, s);
}

/* What an engine takes for granted when its server starts. */
void claim_forget(struct world *world, uint32_t server)
{
    const struct image_list under = image_servers(world->image)[server].failovers;
    world->lost_own[server] = false;
    begin_reading(world, server, &world->reads_own_ms[server]);
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        world->lost_views[f] = false;
        world->claim_sights[f] = SIGHT_NONE;
        begin_reading(world, image_failovers(world->image)[f].monitor, &world->reads_ms[f]);
    }
}

void claim_lapsed(struct world *world, const struct agenda_item *item)
{
    if (world->claims[item->server].changes == item->token)
        update(world, item->server);
}

/* ---- asking ---- */

/* Whether a claim counts for who asks under a failover: on a volume, until it has seen for a lease
 * that nothing renews it. */
static bool counts(const struct world *world, uint32_t failover, const struct claim *claim)
{
    const struct image_failover *entry = &image_failovers(world->image)[failover];
    const int64_t looked_ms = world->now_ms - reads_since(world, entry->standby, entry->monitor);
    return is_alive(world, claim) || (arbiter_of(world, entry->monitor) != IMAGE_COORDINATOR &&
                                      looked_ms < world->image->site.lease_ms);
}

/* The arbiter counts the mains that standbys hold under a manager of the whole site (R14). */
static bool has_slot(const struct world *world, uint32_t failover)
{
    const struct image *image = world->image;
    if (failover == IMAGE_NONE || image_failover_counter(image, failover) == IMAGE_NONE)
        return true;
    const uint32_t manager = image_failovers(image)[failover].manager;
    uint32_t held = 0;
    for (uint32_t m = 0; m < image->servers.count; m++) {
        const struct claim *claim = &world->claims[m];
        held += m != image_failovers(image)[failover].monitor && claim->holder != IMAGE_NONE &&
                claim->failover != IMAGE_NONE &&
                image_failovers(image)[claim->failover].manager == manager &&
                image_failover_counter(image, claim->failover) != IMAGE_NONE &&
                counts(world, failover, claim);
    }
    return held < image_managers(image)[manager].max_running;
}

void claim_ask(struct world *world, uint32_t server, const struct engine_action *action)
{
    const uint32_t main = action->server;
    struct claim *claim = &world->claims[main];
    if (!reaches(world, server, main)) {
        happens(world, server, EVENT_ARBITER_LOST, main, 0);
        return;
    }
    update(world, main);
    const bool denied = !is_free(world, server, main) || action->epoch < claim->epoch;
    if (denied || !has_slot(world, action->failover)) {
        happens(world, server, denied ? EVENT_CLAIM_DENIED : EVENT_CLAIM_FULL, main, claim->epoch);
        return;
    }
    enter(world, main, server, action->failover, action->epoch);
    claim->untold = true;
    happens(world, server, EVENT_CLAIM_GRANTED, main, action->epoch);
}

void claim_answer(struct world *world, const struct agenda_item *item)
{
    const bool view = item->index == EVENT_VIEW_ALIVE || item->index == EVENT_VIEW_SILENT ||
                      item->index == EVENT_VIEW_NONE;
    struct engine_event event = {.kind = item->index,
                                 .server = view ? IMAGE_COORDINATOR : item->sender,
                                 .camera = IMAGE_NONE,
                                 .failover = view ? item->sender : IMAGE_NONE,
                                 .epoch = item->message.epoch};
    if (item->index == EVENT_CLAIM_GRANTED)
        world->claims[item->sender].untold = false;
    if (world_is_on(world, item->server))
        world_step(world, item->server, event);
}

void claim_init(struct world *world)
{
    const struct image *image = world->image;
    world->claims = array_new(image->servers.count, sizeof *world->claims);
    world->lost_own = array_new(image->servers.count, sizeof *world->lost_own);
    world->lost_views = array_new(image->failovers.count, sizeof *world->lost_views);
    world->reads_own_ms = array_new(image->servers.count, sizeof *world->reads_own_ms);
    world->reads_ms = array_new(image->failovers.count, sizeof *world->reads_ms);
    world->claim_sights = array_new(image->failovers.count, sizeof *world->claim_sights);
    for (uint32_t s = 0; s < image->servers.count; s++) {
        world->claims[s] = (struct claim){.holder = IMAGE_NONE, .failover = IMAGE_NONE};
        world->any_arbiter |= arbiter_of(world, s) != IMAGE_NONE;
    }
}
