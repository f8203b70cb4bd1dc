#include "runtime/node/claimants.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"

#define DECIDE_MS_MIN 600 /* of a question; a slow volume needs some time */

/* What both threads know of one main, under the lock. */
struct desk {
    struct claimant_wish hold, ask;
    bool told;
    bool asking;
    int64_t ask_until_ms;
    bool answered; /* not told yet */
    enum claimant_verdict verdict;
    uint64_t answered_epoch;
    int64_t good_ms;      /* when the latest reading that succeeded began */
    struct claimant seen; /* as the last turn left it */
    char trouble[CLAIMANT_TROUBLE_BYTES];
};

/* What was told last. */
struct told {
    bool reach_told; /* since the process began: the node knows what a former one told it */
    bool in_reach;
    enum lifesign_view sight;
    uint64_t epoch;
    char holder[NAME_BYTES_MAX];
    bool alive;
};

/* A sign that was read in this turn: several mains may hang on one server. */
struct seen_sign {
    char server[NAME_BYTES_MAX];
    enum lifesign_reading reading;
    struct lifesign sign;
    struct lifesign_claims claims;
    int64_t begun_ms;
};

struct claimants {
    int64_t decide_ms;
    int64_t reach_ms; /* so long without a good reading, it is out of reach */
    pthread_mutex_t lock;
    struct lifesign_claims signs;
    struct seen_sign *seen; /* of this turn, the first seen_count; the others' memory is kept */
    uint32_t seen_count;
    uint32_t seen_max;
    bool limited;       /* some of the mains are carried with slots of the tally only */
    struct tally tally; /* the volume's thread alone */
    uint32_t count;
    struct entry {
        uint32_t main;
        bool limited;
        struct claimant claimant; /* the volume's thread alone */
        struct desk desk;
        struct told told;
    } entries[];
};

/* ---- opening ---- */

static bool is_here(const struct image *image, uint32_t main, uint32_t volume)
{
    return image_servers(image)[main].arbiter == volume;
}

static struct entry *find(struct claimants *claimants, uint32_t main)
{
    for (uint32_t i = 0; i < claimants->count; i++)
        if (claimants->entries[i].main == main)
            return &claimants->entries[i];
    return NULL;
}

static void add(struct claimants *claimants, const struct image *image, uint32_t server,
                uint32_t main)
{
    if (find(claimants, main) != NULL)
        return;
    struct entry *entry = &claimants->entries[claimants->count++];
    *entry =
        (struct entry){.main = main,
                       .claimant = {.main = image_text(image, image_servers(image)[main].name),
                                    .self = image_text(image, image_servers(image)[server].name),
                                    .lease_ms = image->site.lease_ms,
                                    .decide_ms = claimants->decide_ms,
                                    .now_ms = clock_now_ms},
                       .desk = {.good_ms = clock_now_ms()},
                       .told = {.in_reach = true}};
    entry->desk.seen = entry->claimant;
}

/* A failover under this server whose slots are counted on the volume: its main takes one. */
static void limit(struct claimants *claimants, const struct image *image, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    if (image_failover_counter(image, failover) == IMAGE_NONE)
        return;
    const struct image_manager *manager = &image_managers(image)[entry->manager];
    find(claimants, entry->monitor)->limited = true;
    claimants->limited = true;
    claimants->tally.manager = image_text(image, manager->name);
    claimants->tally.max = manager->max_running;
}

static void add_all(struct claimants *claimants, const struct image *image, uint32_t server,
                    uint32_t volume)
{
    const struct image_list own = image_servers(image)[server].failovers;
    if (is_here(image, server, volume))
        add(claimants, image, server, server);
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        if (!is_here(image, image_failovers(image)[f].monitor, volume))
            continue;
        add(claimants, image, server, image_failovers(image)[f].monitor);
        limit(claimants, image, f);
    }
}

struct claimants *claimants_open(const struct image *image, uint32_t server, uint32_t volume,
                                 bool *wanted)
{
    const struct image_list own = image_servers(image)[server].failovers;
    const struct image_site *site = &image->site;
    uint32_t count = is_here(image, server, volume);
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        count += is_here(image, image_failovers(image)[f].monitor, volume);
    *wanted = count > 0;
    struct claimants *claimants =
        count == 0 ? NULL : calloc(1, sizeof *claimants + count * sizeof claimants->entries[0]);
    if (claimants == NULL)
        return NULL;
    const int64_t silent_ms = (int64_t)site->heartbeat_ms * site->misses;
    claimants->decide_ms = site->claim_ms > DECIDE_MS_MIN ? site->claim_ms : DECIDE_MS_MIN;
    claimants->reach_ms = silent_ms > claimants->decide_ms ? silent_ms : claimants->decide_ms;
    claimants->signs.items = calloc(count, sizeof claimants->signs.items[0]);
    if (claimants->signs.items == NULL || pthread_mutex_init(&claimants->lock, NULL) != 0) {
        free(claimants->signs.items);
        free(claimants);
        return NULL;
    }
    claimants->signs.max = count;
    claimants->tally = (struct tally){.self = image_text(image, image_servers(image)[server].name),
                                      .lease_ms = site->lease_ms,
                                      .now_ms = clock_now_ms};
    add_all(claimants, image, server, volume);
    return claimants;
}

/* ---- the thread of the volume ---- */

/* A question that was given up meanwhile is none any more. */
static void take_wishes(struct claimant *claimant, const struct desk *desk)
{
    claimant->hold = desk->hold;
    claimant->told = desk->told;
    claimant->ask = desk->ask;
    claimant->asking = desk->asking;
}

const struct lifesign_claims *claimants_sign(struct claimants *claimants)
{
    pthread_mutex_lock(&claimants->lock);
    for (uint32_t i = 0; i < claimants->count; i++)
        take_wishes(&claimants->entries[i].claimant, &claimants->entries[i].desk);
    pthread_mutex_unlock(&claimants->lock);
    claimants->signs.count = 0;
    for (uint32_t i = 0; i < claimants->count; i++)
        claimants->signs.count += claimant_sign(&claimants->entries[i].claimant,
                                                &claimants->signs.items[claimants->signs.count]);
    return &claimants->signs;
}

static const struct seen_sign *find_sign(const struct claimants *claimants, const char *server)
{
    for (uint32_t i = 0; i < claimants->seen_count; i++)
        if (strcmp(claimants->seen[i].server, server) == 0)
            return &claimants->seen[i];
    return NULL;
}

static bool has_room(struct claimants *claimants)
{
    if (claimants->seen_count < claimants->seen_max)
        return true;
    const uint32_t max = claimants->seen_max * 2 + 8;
    struct seen_sign *seen = realloc(claimants->seen, max * sizeof *seen);
    if (seen == NULL)
        return false;
    memset(seen + claimants->seen_max, 0, (max - claimants->seen_max) * sizeof *seen);
    claimants->seen = seen;
    claimants->seen_max = max;
    return true;
}

/* Valid until the next one is read. */
static const struct seen_sign *read_sign(struct claimants *claimants, int volume,
                                         const char *server)
{
    static const struct seen_sign none = {.reading = LIFESIGN_FAILED};
    const struct seen_sign *known = find_sign(claimants, server);
    if (known != NULL)
        return known;
    if (!has_room(claimants))
        return &none;
    struct seen_sign *seen = &claimants->seen[claimants->seen_count++];
    snprintf(seen->server, sizeof seen->server, "%s", server);
    seen->begun_ms = clock_now_ms();
    seen->reading = lifesign_read_all(volume, server, &seen->sign, &seen->claims);
    return seen;
}

/* An answer that nobody waits for any more gives nothing. */
static void publish(struct claimants *claimants, struct entry *entry, enum claimant_verdict verdict,
                    int64_t good_ms)
{
    struct claimant *claimant = &entry->claimant;
    struct desk *desk = &entry->desk;
    pthread_mutex_lock(&claimants->lock);
    if (claimant->fresh)
        desk->good_ms = good_ms;
    snprintf(desk->trouble, sizeof desk->trouble, "%s", claimant->trouble);
    if (verdict != CLAIMANT_OPEN && desk->asking && desk->ask.number == claimant->ask.number) {
        desk->asking = false;
        desk->answered = true;
        desk->verdict = verdict;
        desk->answered_epoch = claimant->record.epoch;
    } else if (verdict == CLAIMANT_GRANTED) {
        claimant->granted = 0;
    }
    desk->seen = *claimant;
    pthread_mutex_unlock(&claimants->lock);
}

/* Reads the slots, and whether their holders live. */
static void count_slots(struct claimants *claimants, int volume)
{
    struct tally *tally = &claimants->tally;
    if (!tally_read(tally, volume))
        return;
    for (uint32_t i = 0; i < tally->slots.count; i++) {
        if (!tally_is_others(tally, i))
            continue;
        const struct seen_sign *seen = read_sign(claimants, volume, tally->slots.items[i].holder);
        tally_see(tally, i, seen->reading, &seen->sign, &seen->claims, seen->begun_ms);
    }
}

static void turn(struct claimants *claimants, struct entry *entry, int volume)
{
    struct claimant *claimant = &entry->claimant;
    struct tally *tally = entry->limited ? &claimants->tally : NULL;
    const int64_t begun_ms = clock_now_ms();
    const char *holder = claimant_read(claimant, volume);
    if (holder != NULL) {
        const struct seen_sign *seen = read_sign(claimants, volume, holder);
        claimant_see(claimant, seen->reading, &seen->sign, &seen->claims, seen->begun_ms);
    }
    const enum claimant_verdict verdict = claimant_act(claimant, volume, begun_ms, tally);
    if (tally != NULL && tally->trouble[0] != '\0') {
        snprintf(claimant->trouble, sizeof claimant->trouble, "%s", tally->trouble);
        if (!tally->fresh) /* then nothing is decided of the claim either */
            claimant_miss(claimant);
    }
    publish(claimants, entry, verdict, begun_ms);
}

/* Without the volume. */
static void miss(struct claimants *claimants, struct entry *entry)
{
    claimant_miss(&entry->claimant);
    entry->claimant.trouble[0] = '\0';
    publish(claimants, entry, CLAIMANT_OPEN, 0);
}

void claimants_turn(struct claimants *claimants, int volume)
{
    claimants->seen_count = 0;
    if (claimants->limited && volume >= 0)
        count_slots(claimants, volume);
    else
        tally_miss(&claimants->tally);
    for (uint32_t i = 0; i < claimants->count; i++) {
        if (volume >= 0)
            turn(claimants, &claimants->entries[i], volume);
        else
            miss(claimants, &claimants->entries[i]);
    }
}

/* ---- the thread of the process ---- */

bool claimants_hold(struct claimants *claimants, uint32_t main, const struct claimant_wish *hold)
{
    struct entry *entry = find(claimants, main);
    if (entry == NULL)
        return false;
    pthread_mutex_lock(&claimants->lock);
    entry->desk.hold = *hold;
    entry->desk.told = true;
    pthread_mutex_unlock(&claimants->lock);
    return true;
}

bool claimants_ask(struct claimants *claimants, uint32_t main, const struct claimant_wish *ask)
{
    struct entry *entry = find(claimants, main);
    if (entry == NULL)
        return false;
    pthread_mutex_lock(&claimants->lock);
    entry->desk.ask = *ask;
    entry->desk.asking = true;
    entry->desk.answered = false;
    entry->desk.ask_until_ms = clock_now_ms() + claimants->decide_ms;
    pthread_mutex_unlock(&claimants->lock);
    return true;
}

/* What of it differs from what was told; the lock is held. */
static struct claimants_news compare(const struct claimants *claimants, struct entry *entry)
{
    const int64_t now_ms = clock_now_ms();
    struct desk *desk = &entry->desk;
    struct told *told = &entry->told;
    if (desk->asking && now_ms >= desk->ask_until_ms) {
        desk->asking = false;
        desk->good_ms = now_ms - claimants->reach_ms;
    }
    const struct claim_record *record = &desk->seen.record;
    struct claimants_news news = {.main = entry->main,
                                  .in_reach = now_ms - desk->good_ms < claimants->reach_ms,
                                  .sight = told->sight,
                                  .epoch = told->epoch,
                                  .holder = told->holder,
                                  .alive = told->alive,
                                  .answered = desk->answered,
                                  .verdict = desk->verdict,
                                  .number = desk->ask.number,
                                  .answered_epoch = desk->answered_epoch};
    news.sight = news.in_reach ? claimant_sight(&desk->seen) : LIFESIGN_NONE;
    const bool sure = !news.in_reach || desk->seen.known;
    news.reach_changed = sure && (!told->reach_told || news.in_reach != told->in_reach);
    news.sight_changed = news.sight != told->sight;
    if (desk->seen.known) {
        news.epoch = record->epoch;
        news.alive = record->turn > 0 && claimant_is_alive(&desk->seen);
        news.claim_changed = news.epoch != told->epoch || news.alive != told->alive ||
                             strcmp(record->holder, told->holder) != 0;
        snprintf(told->holder, sizeof told->holder, "%s", record->holder);
    }
    told->reach_told = told->reach_told || news.reach_changed;
    told->in_reach = news.in_reach;
    told->sight = news.sight;
    told->epoch = news.epoch;
    told->alive = news.alive;
    desk->answered = false;
    return news;
}

void claimants_tell(struct claimants *claimants,
                    void (*tell)(void *owner, const struct claimants_news *news), void *owner)
{
    char trouble[CLAIMANT_TROUBLE_BYTES];
    for (uint32_t i = 0; i < claimants->count; i++) {
        struct entry *entry = &claimants->entries[i];
        pthread_mutex_lock(&claimants->lock);
        struct claimants_news news = compare(claimants, entry);
        snprintf(trouble, sizeof trouble, "%s", entry->desk.trouble);
        pthread_mutex_unlock(&claimants->lock);
        news.trouble = trouble;
        if (news.reach_changed || news.sight_changed || news.claim_changed || news.answered)
            tell(owner, &news);
    }
}
