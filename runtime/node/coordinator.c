#include "runtime/node/coordinator.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/log.h"

/* One main that this server has to do with: itself, or one that it watches over. */
struct dealing {
    uint32_t main;
    bool told;           /* the process that runs now knows the following */
    uint64_t told_epoch; /* 0: not held */
    uint32_t told_failover;
    bool told_grows;
    uint64_t told_number;
    uint64_t
        answered;   /* number of the last answer; the engine steps on it before it is looked at */
    uint64_t epoch; /* as the coordinator has it */
    bool alive;
    char holder[NAME_BYTES_MAX];
};

struct coordinator {
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    struct companion *companion;
    uint32_t age; /* of the process that was told */
    uint64_t asked;
    bool heard; /* of the state since the process began */
    bool in_reach;
    enum { REACH_FINE, REACH_LOST, REACH_UNKNOWN } announced; /* what the engine was told */
    int64_t since_ms;
    uint64_t living; /* claims that live by us */
    char text[COORDINATOR_TEXT_BYTES];
    struct log_limit lost_limit, back_limit;
    struct coordinator *former; /* of those that have ended, or NULL */
    uint8_t *sights;            /* what the engine was told, for each failover under this server */
    uint32_t dealing_count;
    struct dealing dealings[];
};

static struct dealing *dealing_of(struct coordinator *coordinator, uint32_t main)
{
    for (uint32_t i = 0; i < coordinator->dealing_count; i++)
        if (coordinator->dealings[i].main == main)
            return &coordinator->dealings[i];
    return NULL;
}

/* ---- what the engine is told ---- */

static void announce_reach(struct coordinator *coordinator, bool lost)
{
    if (coordinator->announced == (lost ? REACH_LOST : REACH_FINE))
        return;
    coordinator->announced = lost ? REACH_LOST : REACH_FINE;
    for (uint32_t i = 0; i < coordinator->dealing_count; i++) {
        struct engine_event event = inbox_event(lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK);
        event.server = coordinator->dealings[i].main;
        inbox_put(coordinator->inbox, &event, NULL);
    }
}

static void announce_sight(struct coordinator *coordinator, uint32_t n,
                           enum coordinator_sight sight)
{
    static const enum engine_event_kind kinds[COORDINATOR_SIGHT_COUNT] = {
        [COORDINATOR_NONE] = EVENT_VIEW_NONE,
        [COORDINATOR_SILENT] = EVENT_VIEW_SILENT,
        [COORDINATOR_ALIVE] = EVENT_VIEW_ALIVE};
    if (coordinator->sights[n] == sight)
        return;
    coordinator->sights[n] = (uint8_t)sight;
    struct engine_event event = inbox_event(kinds[sight]);
    event.server = IMAGE_COORDINATOR;
    event.failover = image_servers(coordinator->image)[coordinator->server].failovers.first + n;
    inbox_put(coordinator->inbox, &event, NULL);
}

/* ---- what the process tells ---- */

static void set_state(struct coordinator *coordinator, bool in_reach, const char *text)
{
    const bool changed = coordinator->in_reach != in_reach || !coordinator->heard;
    snprintf(coordinator->text, sizeof coordinator->text, "%s", text);
    coordinator->heard = true;
    coordinator->in_reach = in_reach;
    if (!changed)
        return;
    coordinator->since_ms = clock_now_ms();
    if (in_reach)
        log_limited(&coordinator->back_limit, "the coordinator is in reach at %s (R30)", text);
    else
        log_limited(&coordinator->lost_limit,
                    "the coordinator is out of reach: %s; who holds a claim goes on, and "
                    "nothing changes hands through it (R30)",
                    text);
    announce_reach(coordinator, !in_reach);
}

static void take_answer(struct coordinator *coordinator, const struct coordinator_word *word)
{
    struct dealing *dealing = dealing_of(coordinator, word->main);
    if (dealing == NULL || word->number <= dealing->answered)
        return;
    dealing->answered = word->number;
    struct engine_event event =
        inbox_event(word->value != 0 ? EVENT_CLAIM_GRANTED : EVENT_CLAIM_DENIED);
    event.server = word->main;
    event.epoch = word->epoch;
    inbox_put(coordinator->inbox, &event, NULL);
}

static void take_claim(struct coordinator *coordinator, const struct coordinator_word *word)
{
    struct dealing *dealing = dealing_of(coordinator, word->main);
    if (dealing == NULL)
        return;
    dealing->epoch = word->epoch;
    dealing->alive = word->value != 0;
    snprintf(dealing->holder, sizeof dealing->holder, "%.63s", word->text);
}

static void on_word(void *owner, const void *heard)
{
    struct coordinator *coordinator = owner;
    struct coordinator_word word;
    const struct image_list own = image_servers(coordinator->image)[coordinator->server].failovers;
    memcpy(&word, heard, sizeof word);
    word.text[sizeof word.text - 1] = '\0';
    switch ((enum coordinator_kind)word.kind) {
    case COORDINATOR_ANSWER:
        take_answer(coordinator, &word);
        break;
    case COORDINATOR_VIEW:
        if (word.failover - own.first < own.count && word.value < COORDINATOR_SIGHT_COUNT)
            announce_sight(coordinator, word.failover - own.first,
                           (enum coordinator_sight)word.value);
        break;
    case COORDINATOR_CLAIM:
        take_claim(coordinator, &word);
        break;
    case COORDINATOR_STATE:
        coordinator->living = word.number;
        set_state(coordinator, word.value != 0, word.text);
        break;
    case COORDINATOR_BEAT:
    case COORDINATOR_ASK:
    case COORDINATOR_HOLD:
    case COORDINATOR_KIND_COUNT:
        break;
    }
}

static void on_gone(void *owner)
{
    struct coordinator *coordinator = owner;
    const uint32_t count = image_servers(coordinator->image)[coordinator->server].failovers.count;
    coordinator->living = 0;
    set_state(coordinator, false, "the process that asks it has ended");
    for (uint32_t n = 0; n < count; n++)
        announce_sight(coordinator, n, COORDINATOR_NONE);
}

/* ---- what the process is told ---- */

void coordinator_tick(struct coordinator *coordinator)
{
    const struct coordinator_word beat = {.kind = COORDINATOR_BEAT};
    if (coordinator == NULL)
        return;
    companion_tick(coordinator->companion);
    companion_tell(coordinator->companion, &beat);
}

static void tell_hold(struct coordinator *coordinator, struct dealing *dealing,
                      const struct engine_claim *claim)
{
    if (dealing->told && dealing->told_epoch == claim->epoch &&
        dealing->told_failover == claim->failover && dealing->told_grows == claim->grows &&
        dealing->told_number == dealing->answered)
        return;
    const struct coordinator_word word = {.kind = COORDINATOR_HOLD,
                                          .main = dealing->main,
                                          .failover = claim->failover,
                                          .flags = claim->grows ? COORDINATOR_GROWS : 0,
                                          .epoch = claim->epoch,
                                          .number = dealing->answered};
    dealing->told = companion_tell(coordinator->companion, &word);
    dealing->told_epoch = claim->epoch;
    dealing->told_failover = claim->failover;
    dealing->told_grows = claim->grows;
    dealing->told_number = dealing->answered;
}

/* A new process knows nothing. */
void coordinator_look(struct coordinator *coordinator, const struct engine *engine)
{
    if (coordinator == NULL)
        return;
    const bool fresh = coordinator->age != companion_age(coordinator->companion);
    coordinator->age = companion_age(coordinator->companion);
    for (uint32_t i = 0; i < coordinator->dealing_count; i++) {
        struct dealing *dealing = &coordinator->dealings[i];
        const struct engine_claim claim = engine_claim(engine, dealing->main);
        dealing->told = dealing->told && !fresh;
        tell_hold(coordinator, dealing, &claim);
    }
}

/* A question that cannot be put is answered by the level: the process is gone, and back later. */
void coordinator_ask(struct coordinator *coordinator, uint32_t main, uint32_t failover,
                     uint64_t epoch)
{
    assert(coordinator != NULL);
    const struct coordinator_word word = {.kind = COORDINATOR_ASK,
                                          .main = main,
                                          .failover = failover,
                                          .epoch = epoch,
                                          .number = ++coordinator->asked};
    if (companion_tell(coordinator->companion, &word))
        return;
    set_state(coordinator, false, "the process that asks it does not run");
    announce_reach(coordinator, true);
}

/* ---- what is seen of it ---- */

bool coordinator_quiet(const struct coordinator *coordinator)
{
    return coordinator == NULL || coordinator->living == 0 || !coordinator->in_reach;
}

struct coordinator_view coordinator_view(const struct coordinator *coordinator)
{
    return (struct coordinator_view){.in_reach = coordinator->in_reach,
                                     .since_ms = clock_now_ms() - coordinator->since_ms,
                                     .text = coordinator->text,
                                     .main_count = coordinator->dealing_count};
}

struct coordinator_claim_view coordinator_claim_view(const struct coordinator *coordinator,
                                                     uint32_t index)
{
    assert(index < coordinator->dealing_count);
    const struct dealing *dealing = &coordinator->dealings[index];
    return (struct coordinator_claim_view){.main = dealing->main,
                                           .epoch = dealing->epoch,
                                           .alive = dealing->alive,
                                           .holder = dealing->holder};
}

/* ---- opening and closing ---- */

static void add_dealing(struct coordinator *coordinator, uint32_t main)
{
    if (image_servers(coordinator->image)[main].arbiter == IMAGE_COORDINATOR &&
        dealing_of(coordinator, main) == NULL)
        coordinator->dealings[coordinator->dealing_count++].main = main;
}

struct coordinator *coordinator_open(uv_loop_t *loop, const char *deployment, const char *secrets,
                                     const struct image *image, uint32_t server,
                                     struct inbox *inbox)
{
    const struct image_list own = image_servers(image)[server].failovers;
    struct coordinator *coordinator =
        calloc(1, sizeof *coordinator + (own.count + 1) * sizeof coordinator->dealings[0]);
    assert(image->coordinators.count == 1);
    if (coordinator == NULL)
        return NULL;
    coordinator->image = image;
    coordinator->server = server;
    coordinator->inbox = inbox;
    coordinator->since_ms = clock_now_ms();
    coordinator->in_reach = true; /* until it is known, as the engine takes it to be */
    snprintf(coordinator->text, sizeof coordinator->text, "not asked yet");
    coordinator->sights = calloc(own.count + 1, 1);
    add_dealing(coordinator, server);
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        add_dealing(coordinator, image_failovers(image)[f].monitor);
    const struct companion_plan plan = {.name = "coordinator",
                                        .deployment = deployment,
                                        .more = secrets,
                                        .image = image,
                                        .server = server,
                                        .word_size = sizeof(struct coordinator_word),
                                        .owner = coordinator,
                                        .heard = on_word,
                                        .gone = on_gone};
    coordinator->companion = coordinator->sights == NULL ? NULL : companion_open(loop, &plan);
    if (coordinator->companion != NULL)
        return coordinator;
    coordinator_free(coordinator);
    return NULL;
}

void coordinator_inherit(struct coordinator *coordinator)
{
    const uint32_t count = image_servers(coordinator->image)[coordinator->server].failovers.count;
    memset(coordinator->sights, UINT8_MAX, count);
    coordinator->announced = REACH_UNKNOWN;
}

void coordinator_retire(struct coordinator **ended, struct coordinator *coordinator)
{
    companion_close(coordinator->companion);
    coordinator->former = *ended;
    *ended = coordinator;
}

void coordinator_close(struct coordinator *coordinator)
{
    if (coordinator != NULL)
        companion_close(coordinator->companion);
}

void coordinator_abandon(struct coordinator *coordinator)
{
    for (; coordinator != NULL; coordinator = coordinator->former)
        companion_abandon(coordinator->companion);
}

void coordinator_free(struct coordinator *coordinator)
{
    if (coordinator == NULL)
        return;
    coordinator_free(coordinator->former);
    companion_free(coordinator->companion);
    free(coordinator->sights);
    free(coordinator);
}
