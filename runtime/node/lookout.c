#include "runtime/node/lookout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/lifesign.h"
#include "runtime/node/log.h"

#define INHERITED_MS 5000 /* in which a new process has seen what there is */

/* What decides about one main. */
struct arbiter {
    bool lost;
    int64_t since_ms;
    char trouble[LOOKOUT_TEXT_BYTES];
    struct log_limit lost_limit, back_limit;
};

struct lookout {
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    struct companion *companion;
    uint32_t age;             /* of the process that was told */
    struct dealings dealings; /* claims on volumes */
    struct arbiter *arbiters; /* of each of them */
    struct lookout *former;   /* of the deployment before, which ends; or NULL */
    bool storage_lost;        /* what the engine was told */
    int64_t inherited_ms;     /* when that was another lookout's word; -1: it is all its own */
    struct view_told {
        uint8_t view;      /* what the engine was told, for each failover under this server */
        uint8_t inherited; /* by another lookout, and this one has said nothing yet */
    } views[];
};

/* ---- what it tells ---- */

static void announce_view(struct lookout *lookout, uint32_t n, enum lifesign_view view)
{
    static const enum engine_event_kind kinds[LIFESIGN_VIEW_COUNT] = {
        [LIFESIGN_NONE] = EVENT_VIEW_NONE,
        [LIFESIGN_SILENT] = EVENT_VIEW_SILENT,
        [LIFESIGN_ALIVE] = EVENT_VIEW_ALIVE};
    lookout->views[n].inherited = 0;
    if (lookout->views[n].view == view)
        return;
    lookout->views[n].view = (uint8_t)view;
    struct engine_event event = inbox_event(kinds[view]);
    event.failover = image_servers(lookout->image)[lookout->server].failovers.first + n;
    inbox_put(lookout->inbox, &event, NULL);
}

static void announce_storage(struct lookout *lookout, bool lost)
{
    if (lookout->storage_lost == lost)
        return;
    lookout->storage_lost = lost;
    const struct engine_event event = inbox_event(lost ? EVENT_STORAGE_LOST : EVENT_STORAGE_BACK);
    inbox_put(lookout->inbox, &event, NULL);
}

static const char *main_name(const struct lookout *lookout, uint32_t main)
{
    return image_text(lookout->image, image_servers(lookout->image)[main].name);
}

static const char *arbiter_name(const struct lookout *lookout, uint32_t main)
{
    const uint32_t volume = image_servers(lookout->image)[main].arbiter;
    return image_text(lookout->image, image_volumes(lookout->image)[volume].name);
}

static void set_arbiter(struct lookout *lookout, uint32_t index, bool lost, const char *trouble)
{
    struct arbiter *arbiter = &lookout->arbiters[index];
    const uint32_t main = lookout->dealings.items[index].main;
    snprintf(arbiter->trouble, sizeof arbiter->trouble, "%s",
             trouble[0] != '\0' || !lost ? trouble : "it cannot be read and written in time");
    dealings_reach(&lookout->dealings, &lookout->dealings.items[index], lost);
    if (arbiter->lost == lost)
        return;
    arbiter->lost = lost;
    arbiter->since_ms = clock_now_ms();
    if (lost)
        log_limited(&arbiter->lost_limit,
                    "volume %s cannot decide about the claim of %s: %s; who holds it goes on, and "
                    "nothing changes hands through it (R30)",
                    arbiter_name(lookout, main), main_name(lookout, main), arbiter->trouble);
    else
        log_limited(&arbiter->back_limit, "volume %s decides about the claim of %s again (R30)",
                    arbiter_name(lookout, main), main_name(lookout, main));
}

/* The claim of a main is a second view of it for every failover of it under this server. */
static void announce_sight(struct lookout *lookout, uint32_t main, enum dealing_sight sight)
{
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(lookout->image)[f].monitor == main)
            dealings_sight(&lookout->dealings, f, sight);
}

/* False: it is no word about a claim. */
static bool take_claim_word(struct lookout *lookout, const struct lookout_word *word)
{
    struct dealing *dealing = dealings_find(&lookout->dealings, word->subject);
    if (word->kind == LOOKOUT_ANSWER)
        dealings_answer(&lookout->dealings, word->subject, (enum dealing_answer)word->value,
                        word->epoch, word->number);
    else if (word->kind == LOOKOUT_SIGHT)
        announce_sight(lookout, word->subject, (enum dealing_sight)word->value);
    else if (word->kind == LOOKOUT_CLAIM)
        dealings_claim(&lookout->dealings, word->subject, word->epoch, word->value != 0,
                       word->text);
    else if (word->kind == LOOKOUT_ARBITER && dealing != NULL)
        set_arbiter(lookout, (uint32_t)(dealing - lookout->dealings.items), word->value == 0,
                    word->text);
    else
        return false;
    return true;
}

static void on_word(void *owner, const void *heard)
{
    struct lookout *lookout = owner;
    struct lookout_word copy;
    memcpy(&copy, heard, sizeof copy);
    copy.text[sizeof copy.text - 1] = '\0';
    const struct lookout_word *word = &copy;
    if (take_claim_word(lookout, word))
        return;
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    struct engine_event event = inbox_event(word->value != 0 ? EVENT_REACHED : EVENT_UNREACHED);
    switch ((enum lookout_kind)word->kind) {
    case LOOKOUT_BEAT:
        break;
    case LOOKOUT_PROBE:
        event = inbox_event(word->value != 0 ? EVENT_NETWORK_FINE : EVENT_NETWORK_DOWN);
        inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_REACH:
        event.camera = word->subject;
        if (word->subject < lookout->image->cameras.count)
            inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_VIEW:
        if (word->subject - own.first < own.count && word->value < LIFESIGN_VIEW_COUNT)
            announce_view(lookout, word->subject - own.first, (enum lifesign_view)word->value);
        break;
    case LOOKOUT_STORAGE:
        announce_storage(lookout, word->value == 0);
        break;
    case LOOKOUT_ASK:
    case LOOKOUT_HOLD:
    case LOOKOUT_ANSWER:
    case LOOKOUT_SIGHT:
    case LOOKOUT_CLAIM:
    case LOOKOUT_ARBITER:
    case LOOKOUT_KIND_COUNT:
        break;
    }
}

/* Without the process nothing can be said. */
static void on_gone(void *owner)
{
    struct lookout *lookout = owner;
    const uint32_t count = image_servers(lookout->image)[lookout->server].failovers.count;
    for (uint32_t n = 0; n < count; n++)
        announce_view(lookout, n, LIFESIGN_NONE);
    for (uint32_t i = 0; i < lookout->dealings.count; i++) {
        set_arbiter(lookout, i, true, "the process that looks at it has ended");
        announce_sight(lookout, lookout->dealings.items[i].main, DEALING_NONE);
    }
}

/* ---- what it is told ---- */

static void tell(struct lookout *lookout, enum lookout_kind kind, uint32_t subject)
{
    const struct lookout_word word = {.kind = kind, .subject = subject};
    companion_tell(lookout->companion, &word);
}

static uint32_t find_name(const struct lookout *lookout, const char *name)
{
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    for (uint32_t n = 0; n < own.count; n++)
        if (strcmp(image_text(lookout->image, image_failovers(lookout->image)[own.first + n].name),
                   name) == 0)
            return n;
    return IMAGE_NONE;
}

void lookout_inherit(struct lookout *lookout, const struct lookout *former)
{
    const struct image *image = lookout->image;
    const struct image_list own = image_servers(image)[lookout->server].failovers;
    lookout->inherited_ms = clock_now_ms();
    dealings_renew(&lookout->dealings);
    lookout->storage_lost = former->storage_lost;
    for (uint32_t n = 0; n < own.count; n++) {
        const char *name = image_text(image, image_failovers(image)[own.first + n].name);
        const uint32_t old = find_name(former, name);
        if (old != IMAGE_NONE)
            lookout->views[n] = (struct view_told){.view = former->views[old].view, .inherited = 1};
    }
}

/* What nobody has said again is no longer seen. */
static void end_inheritance(struct lookout *lookout)
{
    const uint32_t count = image_servers(lookout->image)[lookout->server].failovers.count;
    if (lookout->inherited_ms < 0 || clock_now_ms() - lookout->inherited_ms < INHERITED_MS)
        return;
    lookout->inherited_ms = -1;
    for (uint32_t n = 0; n < count; n++)
        if (lookout->views[n].inherited)
            announce_view(lookout, n, LIFESIGN_NONE);
}

void lookout_tick(struct lookout *lookout)
{
    end_inheritance(lookout);
    companion_tick(lookout->companion);
    tell(lookout, LOOKOUT_BEAT, 0);
}

static bool tell_hold(void *owner, const struct dealing *dealing, const struct engine_claim *claim)
{
    const struct lookout *lookout = owner;
    const struct lookout_word word = {.kind = LOOKOUT_HOLD,
                                      .subject = dealing->main,
                                      .flags =
                                          (claim->grows ? LOOKOUT_GROWS : 0) |
                                          (claim->failover != IMAGE_NONE ? LOOKOUT_CARRIES : 0),
                                      .epoch = claim->epoch,
                                      .number = dealing->answered};
    return companion_tell(lookout->companion, &word);
}

void lookout_look(struct lookout *lookout, const struct engine *engine)
{
    const bool fresh = lookout->age != companion_age(lookout->companion);
    lookout->age = companion_age(lookout->companion);
    dealings_look(&lookout->dealings, engine, fresh, tell_hold, lookout);
}

/* A question that cannot be put is answered by the level: the process is gone, and back later. */
void lookout_ask(struct lookout *lookout, uint32_t main, uint32_t failover, uint64_t epoch)
{
    const struct dealing *dealing = dealings_find(&lookout->dealings, main);
    assert(dealing != NULL);
    const struct lookout_word word = {.kind = LOOKOUT_ASK,
                                      .subject = main,
                                      .flags = failover != IMAGE_NONE ? LOOKOUT_CARRIES : 0,
                                      .epoch = epoch,
                                      .number = ++lookout->dealings.asked};
    if (!companion_tell(lookout->companion, &word))
        set_arbiter(lookout, (uint32_t)(dealing - lookout->dealings.items), true,
                    "the process that looks at it does not run");
}

bool lookout_quiet(const struct lookout *lookout)
{
    for (uint32_t i = 0; i < lookout->dealings.count; i++) {
        const struct dealing *dealing = &lookout->dealings.items[i];
        if (!lookout->arbiters[i].lost && dealing->alive &&
            strcmp(dealing->holder, main_name(lookout, lookout->server)) == 0)
            return false;
    }
    return true;
}

uint32_t lookout_claim_count(const struct lookout *lookout)
{
    return lookout->dealings.count;
}

struct lookout_claim_view lookout_claim_view(const struct lookout *lookout, uint32_t index)
{
    assert(index < lookout->dealings.count);
    const struct arbiter *arbiter = &lookout->arbiters[index];
    return (struct lookout_claim_view){
        .dealing = &lookout->dealings.items[index],
        .volume = arbiter_name(lookout, lookout->dealings.items[index].main),
        .in_reach = !arbiter->lost,
        .since_ms = clock_now_ms() - arbiter->since_ms,
        .trouble = arbiter->trouble};
}

enum lifesign_view lookout_view(const struct lookout *lookout, uint32_t n)
{
    return (enum lifesign_view)lookout->views[n].view;
}

void lookout_probe(struct lookout *lookout)
{
    tell(lookout, LOOKOUT_PROBE, 0);
}

void lookout_reach(struct lookout *lookout, uint32_t camera)
{
    tell(lookout, LOOKOUT_REACH, camera);
}

/* ---- opening and closing ---- */

static bool is_volume(uint32_t arbiter)
{
    return arbiter != IMAGE_NONE && arbiter != IMAGE_COORDINATOR;
}

static bool open_claims(struct lookout *lookout)
{
    if (!dealings_init(&lookout->dealings, lookout->image, lookout->server, lookout->inbox,
                       is_volume))
        return false;
    lookout->arbiters = calloc(lookout->dealings.count + 1, sizeof *lookout->arbiters);
    if (lookout->arbiters == NULL)
        return false;
    for (uint32_t i = 0; i < lookout->dealings.count; i++)
        lookout->arbiters[i].since_ms = clock_now_ms();
    return true;
}

struct lookout *lookout_open(uv_loop_t *loop, const char *deployment, const struct image *image,
                             uint32_t server, struct inbox *inbox)
{
    const uint32_t count = image_servers(image)[server].failovers.count;
    struct lookout *lookout = calloc(1, sizeof *lookout + count * sizeof lookout->views[0]);
    if (lookout == NULL)
        return NULL;
    lookout->image = image;
    lookout->server = server;
    lookout->inbox = inbox;
    lookout->inherited_ms = -1;
    const struct companion_plan plan = {.name = "lookout",
                                        .deployment = deployment,
                                        .image = image,
                                        .server = server,
                                        .word_size = sizeof(struct lookout_word),
                                        .owner = lookout,
                                        .heard = on_word,
                                        .gone = on_gone};
    lookout->companion = open_claims(lookout) ? companion_open(loop, &plan) : NULL;
    if (lookout->companion != NULL)
        return lookout;
    lookout_free(lookout);
    return NULL;
}

void lookout_retire(struct lookout *lookout, struct lookout *former)
{
    lookout->former = former;
    companion_close(former->companion);
}

void lookout_close(struct lookout *lookout)
{
    companion_close(lookout->companion);
}

void lookout_abandon(struct lookout *lookout)
{
    for (; lookout != NULL; lookout = lookout->former)
        companion_abandon(lookout->companion);
}

void lookout_free(struct lookout *lookout)
{
    if (lookout == NULL)
        return;
    lookout_free(lookout->former);
    companion_free(lookout->companion);
    dealings_free(&lookout->dealings);
    free(lookout->arbiters);
    free(lookout);
}
