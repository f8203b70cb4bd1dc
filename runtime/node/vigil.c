#include "runtime/node/vigil.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "runtime/node/claimants.h"
#include "runtime/node/clock.h"
#include "runtime/node/lifesign.h"

/* A volume and what is seen there; watches are by failover, under the lock. */
struct volume {
    const struct image_volume *entry;
    uint32_t index;
    int64_t renewed_ms;    /* when the latest renewal that succeeded began; -1: none */
    uint64_t renewed_beat; /* which beat that was for */
    struct lifesign_watch *watches;
    struct claimants *claimants; /* NULL: it is no arbiter; needs no lock of ours */
};

static struct {
    const struct image *image;
    const struct image_server *self;
    void (*say)(const struct lookout_word *word);
    pthread_mutex_t lock; /* guards all below; never held while anything may block */
    pthread_cond_t beat;
    uint64_t beats;
    uint64_t boot;
    struct volume volumes[SERVER_VOLUMES_MAX];
    uint32_t volume_count;
    enum lifesign_view *told; /* by failover */
    bool tells_storage;       /* a failover counts the loss of our volumes as a reason (R36) */
    enum { STORAGE_UNKNOWN, STORAGE_LOST, STORAGE_FINE } storage; /* as told */
} vigil = {.lock = PTHREAD_MUTEX_INITIALIZER, .beat = PTHREAD_COND_INITIALIZER};

static void say(enum lookout_kind kind, uint32_t subject, uint32_t value)
{
    const struct lookout_word word = {.kind = kind, .subject = subject, .value = value};
    vigil.say(&word);
}

static int64_t lease_ms(void)
{
    return vigil.image->site.lease_ms;
}

/* ---- volumes ---- */

static bool has_volume(const struct image_server *server, uint32_t volume)
{
    for (uint32_t i = 0; i < server->volumes.count; i++)
        if (image_numbers(vigil.image)[server->volumes.first + i] == volume)
            return true;
    return false;
}

/* False: the volume has not taken it. */
static bool renew(struct volume *volume, int opened, uint64_t counter, uint64_t beat)
{
    const int64_t begun_ms = clock_now_ms();
    const struct lifesign sign = {.boot = vigil.boot, .counter = counter};
    const struct lifesign_claims *claims =
        volume->claimants == NULL ? NULL : claimants_sign(volume->claimants);
    if (opened < 0 ||
        !lifesign_write(opened, image_text(vigil.image, vigil.self->name), &sign, claims))
        return false;
    pthread_mutex_lock(&vigil.lock);
    volume->renewed_ms = begun_ms;
    volume->renewed_beat = beat;
    pthread_mutex_unlock(&vigil.lock);
    return true;
}

static void look(struct volume *volume, int opened)
{
    const struct image *image = vigil.image;
    for (uint32_t n = 0; n < vigil.self->failovers.count; n++) {
        const struct image_failover *failover =
            &image_failovers(image)[vigil.self->failovers.first + n];
        const struct image_server *main = &image_servers(image)[failover->monitor];
        struct lifesign sign;
        if (volume->entry->shared == 0 || !has_volume(main, volume->index))
            continue;
        const int64_t begun_ms = clock_now_ms();
        const bool seen =
            opened >= 0 && lifesign_read(opened, image_text(image, main->name), &sign);
        pthread_mutex_lock(&vigil.lock);
        lifesign_see(&volume->watches[n], seen ? &sign : NULL, begun_ms);
        pthread_mutex_unlock(&vigil.lock);
    }
}

static void *tend_volume(void *argument)
{
    struct volume *volume = argument;
    uint64_t seen = 0;
    for (uint64_t counter = 1;; counter++) {
        pthread_mutex_lock(&vigil.lock);
        while (vigil.beats == seen)
            pthread_cond_wait(&vigil.beat, &vigil.lock);
        seen = vigil.beats;
        pthread_mutex_unlock(&vigil.lock);
        const int opened = lifesign_open(image_text(vigil.image, volume->entry->path),
                                         image_text(vigil.image, volume->entry->name));
        const bool renewed = renew(volume, opened, counter, seen);
        look(volume, opened);
        if (volume->claimants != NULL)
            claimants_turn(volume->claimants, renewed ? opened : -1);
        if (opened >= 0)
            close(opened);
    }
    return NULL;
}

/* One volume that shows a sign is enough. */
static enum lifesign_view view_of(uint32_t n, int64_t now_ms)
{
    enum lifesign_view best = LIFESIGN_NONE;
    for (uint32_t v = 0; v < vigil.volume_count; v++) {
        const enum lifesign_view view =
            lifesign_judge(&vigil.volumes[v].watches[n], now_ms, lease_ms());
        if (view > best)
            best = view;
    }
    return best;
}

static void tell_views(void)
{
    for (uint32_t n = 0; n < vigil.self->failovers.count; n++) {
        pthread_mutex_lock(&vigil.lock);
        const enum lifesign_view view = view_of(n, clock_now_ms());
        pthread_mutex_unlock(&vigil.lock);
        if (view == vigil.told[n])
            continue;
        vigil.told[n] = view;
        say(LOOKOUT_VIEW, vigil.self->failovers.first + n, view);
    }
}

/* Whether any volume took a sign within a lease; counted in beats, so that a node which stood still
 * has lost nothing by that. */
static void tell_storage(void)
{
    const uint32_t lease_beats = vigil.image->site.lease_ms / vigil.image->site.heartbeat_ms;
    uint64_t renewed_beat = 0;
    pthread_mutex_lock(&vigil.lock);
    for (uint32_t v = 0; v < vigil.volume_count; v++)
        if (vigil.volumes[v].renewed_beat > renewed_beat)
            renewed_beat = vigil.volumes[v].renewed_beat;
    const bool lost = vigil.beats - renewed_beat > lease_beats;
    pthread_mutex_unlock(&vigil.lock);
    if (lost && vigil.storage != STORAGE_LOST) {
        vigil.storage = STORAGE_LOST;
        say(LOOKOUT_STORAGE, 0, 0);
    } else if (!lost && renewed_beat > 0 && vigil.storage != STORAGE_FINE) {
        vigil.storage = STORAGE_FINE;
        say(LOOKOUT_STORAGE, 0, 1);
    }
}

/* ---- claims ---- */

static void tell_claim(void *owner, const struct claimants_news *news)
{
    static const enum dealing_sight sights[LIFESIGN_VIEW_COUNT] = {
        [LIFESIGN_NONE] = DEALING_NONE,
        [LIFESIGN_SILENT] = DEALING_SILENT,
        [LIFESIGN_ALIVE] = DEALING_ALIVE};
    struct lookout_word word = {.subject = news->main};
    (void)owner;
    if (news->reach_changed) { /* first: what is seen says nothing about an arbiter that is lost */
        word.kind = LOOKOUT_ARBITER;
        word.value = news->in_reach;
        snprintf(word.text, sizeof word.text, "%s", news->trouble);
        vigil.say(&word);
    }
    if (news->claim_changed) {
        word.kind = LOOKOUT_CLAIM;
        word.value = news->alive;
        word.epoch = news->epoch;
        snprintf(word.text, sizeof word.text, "%s", news->holder);
        vigil.say(&word);
    }
    if (news->sight_changed) {
        word.kind = LOOKOUT_SIGHT;
        word.value = sights[news->sight];
        vigil.say(&word);
    }
    if (news->answered) {
        word.kind = LOOKOUT_ANSWER;
        word.value = news->verdict == CLAIMANT_GRANTED ? DEALING_GRANTED
                     : news->verdict == CLAIMANT_FULL  ? DEALING_FULL
                                                       : DEALING_DENIED;
        word.epoch = news->answered_epoch;
        word.number = news->number;
        vigil.say(&word);
    }
}

static void tell_claims(void)
{
    for (uint32_t v = 0; v < vigil.volume_count; v++)
        if (vigil.volumes[v].claimants != NULL)
            claimants_tell(vigil.volumes[v].claimants, tell_claim, NULL);
}

void vigil_beat(void)
{
    pthread_mutex_lock(&vigil.lock);
    vigil.beats++;
    pthread_cond_broadcast(&vigil.beat);
    pthread_mutex_unlock(&vigil.lock);
}

void vigil_wish(const struct lookout_word *word)
{
    const struct claimant_wish wish = {.epoch = word->epoch,
                                       .carries = (word->flags & LOOKOUT_CARRIES) != 0,
                                       .grows = (word->flags & LOOKOUT_GROWS) != 0,
                                       .number = word->number};
    for (uint32_t v = 0; v < vigil.volume_count; v++) {
        struct claimants *claimants = vigil.volumes[v].claimants;
        if (claimants == NULL)
            continue;
        if (word->kind == LOOKOUT_HOLD)
            claimants_hold(claimants, word->subject, &wish);
        else if (claimants_ask(claimants, word->subject, &wish))
            vigil_beat(); /* it is asked at once */
    }
}

void vigil_tell(void)
{
    tell_views();
    tell_claims();
    if (vigil.tells_storage)
        tell_storage();
}

uint32_t vigil_count(void)
{
    return vigil.volume_count;
}

bool vigil_renewed_since(int64_t begun_ms)
{
    bool renewed = false;
    pthread_mutex_lock(&vigil.lock);
    for (uint32_t v = 0; v < vigil.volume_count; v++)
        renewed = renewed ||
                  (vigil.volumes[v].entry->shared != 0 && vigil.volumes[v].renewed_ms >= begun_ms);
    pthread_mutex_unlock(&vigil.lock);
    return renewed;
}

/* ---- beginning ---- */

/* Our own disks are written to only where somebody wants to know whether they take it. */
static bool is_storage_wanted(void)
{
    const struct image_list watchers = vigil.self->watchers;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(vigil.image)[watchers.first + w];
        if ((image_failovers(vigil.image)[failover].also_on & ALSO_ON_STORAGE) != 0)
            return true;
    }
    return false;
}

static bool add_volume(uint32_t server, uint32_t index)
{
    const struct image_volume *entry = &image_volumes(vigil.image)[index];
    struct volume *volume = &vigil.volumes[vigil.volume_count];
    bool wanted;
    pthread_t thread;
    if ((entry->shared == 0 && !vigil.tells_storage) || vigil.volume_count == SERVER_VOLUMES_MAX)
        return true;
    *volume =
        (struct volume){.entry = entry,
                        .index = index,
                        .renewed_ms = -1,
                        .watches = calloc(vigil.self->failovers.count + 1, sizeof *volume->watches),
                        .claimants = claimants_open(vigil.image, server, index, &wanted)};
    vigil.volume_count++;
    return volume->watches != NULL && wanted == (volume->claimants != NULL) &&
           pthread_create(&thread, NULL, tend_volume, volume) == 0 && pthread_detach(thread) == 0;
}

bool vigil_begin(const struct image *image, uint32_t server,
                 void (*tell)(const struct lookout_word *word))
{
    const struct image_list list = image_servers(image)[server].volumes;
    vigil.image = image;
    vigil.self = &image_servers(image)[server];
    vigil.say = tell;
    vigil.tells_storage = is_storage_wanted();
    vigil.told = calloc(vigil.self->failovers.count + 1, sizeof *vigil.told);
    bool done =
        vigil.told != NULL && getrandom(&vigil.boot, sizeof vigil.boot, 0) == sizeof vigil.boot;
    for (uint32_t i = 0; i < list.count && done; i++)
        done = add_volume(server, image_numbers(image)[list.first + i]);
    return done;
}
