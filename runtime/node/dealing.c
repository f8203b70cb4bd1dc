#include "runtime/node/dealing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dealing *dealings_find(struct dealings *dealings, uint32_t main)
{
    for (uint32_t i = 0; i < dealings->count; i++)
        if (dealings->items[i].main == main)
            return &dealings->items[i];
    return NULL;
}

static void add(struct dealings *dealings, uint32_t main, bool (*wanted)(uint32_t arbiter))
{
    if (wanted(image_servers(dealings->image)[main].arbiter) &&
        dealings_find(dealings, main) == NULL)
        dealings->items[dealings->count++] = (struct dealing){.main = main};
}

bool dealings_init(struct dealings *dealings, const struct image *image, uint32_t server,
                   struct inbox *inbox, bool (*wanted)(uint32_t arbiter))
{
    const struct image_list own = image_servers(image)[server].failovers;
    *dealings = (struct dealings){.image = image,
                                  .server = server,
                                  .inbox = inbox,
                                  .sights = calloc(own.count + 1, 1),
                                  .items = calloc(own.count + 1, sizeof *dealings->items)};
    if (dealings->sights == NULL || dealings->items == NULL)
        return false;
    add(dealings, server, wanted);
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        add(dealings, image_failovers(image)[f].monitor, wanted);
    return true;
}

void dealings_free(struct dealings *dealings)
{
    free(dealings->sights);
    free(dealings->items);
}

/* ---- what the engine is told ---- */

void dealings_reach(struct dealings *dealings, struct dealing *dealing, bool lost)
{
    if (dealing->announced == (lost ? REACH_LOST : REACH_FINE))
        return;
    dealing->announced = lost ? REACH_LOST : REACH_FINE;
    struct engine_event event = inbox_event(lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK);
    event.server = dealing->main;
    inbox_put(dealings->inbox, &event, NULL);
}

void dealings_sight(struct dealings *dealings, uint32_t failover, enum dealing_sight sight)
{
    static const enum engine_event_kind kinds[DEALING_SIGHT_COUNT] = {
        [DEALING_NONE] = EVENT_VIEW_NONE,
        [DEALING_SILENT] = EVENT_VIEW_SILENT,
        [DEALING_ALIVE] = EVENT_VIEW_ALIVE};
    const struct image_list own = image_servers(dealings->image)[dealings->server].failovers;
    const uint32_t n = failover - own.first;
    if (n >= own.count || sight >= DEALING_SIGHT_COUNT || dealings->sights[n] == sight)
        return;
    dealings->sights[n] = (uint8_t)sight;
    struct engine_event event = inbox_event(kinds[sight]);
    event.server = IMAGE_COORDINATOR;
    event.failover = failover;
    inbox_put(dealings->inbox, &event, NULL);
}

void dealings_answer(struct dealings *dealings, uint32_t main, enum dealing_answer answer,
                     uint64_t epoch, uint64_t number)
{
    static const uint32_t kinds[DEALING_ANSWER_COUNT] = {[DEALING_DENIED] = EVENT_CLAIM_DENIED,
                                                         [DEALING_GRANTED] = EVENT_CLAIM_GRANTED,
                                                         [DEALING_FULL] = EVENT_CLAIM_FULL};
    struct dealing *dealing = dealings_find(dealings, main);
    if (dealing == NULL || number <= dealing->answered || answer >= DEALING_ANSWER_COUNT)
        return;
    dealing->answered = number;
    struct engine_event event = inbox_event(kinds[answer]);
    event.server = main;
    event.epoch = epoch;
    inbox_put(dealings->inbox, &event, NULL);
}

void dealings_claim(struct dealings *dealings, uint32_t main, uint64_t epoch, bool alive,
                    const char *holder)
{
    struct dealing *dealing = dealings_find(dealings, main);
    if (dealing == NULL)
        return;
    dealing->epoch = epoch;
    dealing->alive = alive;
    snprintf(dealing->holder, sizeof dealing->holder, "%.63s", holder);
}

/* ---- what the process is told ---- */

void dealings_look(struct dealings *dealings, const struct engine *engine, bool fresh,
                   bool (*tell)(void *owner, const struct dealing *dealing,
                                const struct engine_claim *claim),
                   void *owner)
{
    for (uint32_t i = 0; i < dealings->count; i++) {
        struct dealing *dealing = &dealings->items[i];
        const struct engine_claim claim = engine_claim(engine, dealing->main);
        const struct engine_claim *told = &dealing->told_claim;
        if (dealing->told && !fresh && told->epoch == claim.epoch &&
            told->failover == claim.failover && told->grows == claim.grows &&
            dealing->told_number == dealing->answered)
            continue;
        dealing->told = tell(owner, dealing, &claim);
        dealing->told_claim = claim;
        dealing->told_number = dealing->answered;
    }
}

void dealings_renew(struct dealings *dealings)
{
    const uint32_t count = image_servers(dealings->image)[dealings->server].failovers.count;
    memset(dealings->sights, UINT8_MAX, count);
    for (uint32_t i = 0; i < dealings->count; i++)
        dealings->items[i].announced = REACH_UNKNOWN;
}
