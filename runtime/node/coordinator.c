#include "runtime/node/coordinator.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/log.h"

struct coordinator {
    const struct image *image;
    uint32_t server;
    struct companion *companion;
    uint32_t age; /* of the process that was told */
    bool heard;   /* of the state since the process began */
    bool in_reach;
    int64_t since_ms;
    uint64_t living; /* claims that live by us */
    char text[COORDINATOR_TEXT_BYTES];
    struct log_limit lost_limit, back_limit;
    struct coordinator *former; /* of those that have ended, or NULL */
    struct dealings dealings;
};

static void announce_reach(struct coordinator *coordinator, bool lost)
{
    for (uint32_t i = 0; i < coordinator->dealings.count; i++)
        dealings_reach(&coordinator->dealings, &coordinator->dealings.items[i], lost);
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

static void on_word(void *owner, const void *heard)
{
    struct coordinator *coordinator = owner;
    struct coordinator_word word;
    memcpy(&word, heard, sizeof word);
    word.text[sizeof word.text - 1] = '\0';
    switch ((enum coordinator_kind)word.kind) {
    case COORDINATOR_ANSWER:
        dealings_answer(&coordinator->dealings, word.main, (enum dealing_answer)word.value,
                        word.epoch, word.number);
        break;
    case COORDINATOR_VIEW:
        dealings_sight(&coordinator->dealings, word.failover, (enum dealing_sight)word.value);
        break;
    case COORDINATOR_CLAIM:
        dealings_claim(&coordinator->dealings, word.main, word.epoch, word.value != 0, word.text);
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
    const struct image_list own = image_servers(coordinator->image)[coordinator->server].failovers;
    coordinator->living = 0;
    set_state(coordinator, false, "the process that asks it has ended");
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        dealings_sight(&coordinator->dealings, f, DEALING_NONE);
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

static bool tell_hold(void *owner, const struct dealing *dealing, const struct engine_claim *claim)
{
    const struct coordinator *coordinator = owner;
    const struct coordinator_word word = {.kind = COORDINATOR_HOLD,
                                          .main = dealing->main,
                                          .failover = claim->failover,
                                          .flags = claim->grows ? COORDINATOR_GROWS : 0,
                                          .epoch = claim->epoch,
                                          .number = dealing->answered};
    return companion_tell(coordinator->companion, &word);
}

void coordinator_look(struct coordinator *coordinator, const struct engine *engine)
{
    if (coordinator == NULL)
        return;
    const bool fresh = coordinator->age != companion_age(coordinator->companion);
    coordinator->age = companion_age(coordinator->companion);
    dealings_look(&coordinator->dealings, engine, fresh, tell_hold, coordinator);
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
                                          .number = ++coordinator->dealings.asked};
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
                                     .main_count = coordinator->dealings.count};
}

const struct dealing *coordinator_dealing(const struct coordinator *coordinator, uint32_t index)
{
    assert(index < coordinator->dealings.count);
    return &coordinator->dealings.items[index];
}

/* ---- opening and closing ---- */

static bool is_coordinator(uint32_t arbiter)
{
    return arbiter == IMAGE_COORDINATOR;
}

struct coordinator *coordinator_open(uv_loop_t *loop, const char *deployment, const char *secrets,
                                     const struct image *image, uint32_t server,
                                     struct inbox *inbox)
{
    struct coordinator *coordinator = calloc(1, sizeof *coordinator);
    assert(image->coordinators.count == 1);
    if (coordinator == NULL)
        return NULL;
    coordinator->image = image;
    coordinator->server = server;
    coordinator->since_ms = clock_now_ms();
    coordinator->in_reach = true; /* until it is known, as the engine takes it to be */
    snprintf(coordinator->text, sizeof coordinator->text, "not asked yet");
    const bool made = dealings_init(&coordinator->dealings, image, server, inbox, is_coordinator);
    const struct companion_plan plan = {.name = "coordinator",
                                        .deployment = deployment,
                                        .more = secrets,
                                        .image = image,
                                        .server = server,
                                        .word_size = sizeof(struct coordinator_word),
                                        .owner = coordinator,
                                        .heard = on_word,
                                        .gone = on_gone};
    coordinator->companion = made ? companion_open(loop, &plan) : NULL;
    if (coordinator->companion != NULL)
        return coordinator;
    coordinator_free(coordinator);
    return NULL;
}

void coordinator_inherit(struct coordinator *coordinator)
{
    dealings_renew(&coordinator->dealings);
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
    dealings_free(&coordinator->dealings);
    free(coordinator);
}
