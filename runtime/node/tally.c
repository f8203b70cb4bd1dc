#include "runtime/node/tally.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TROUBLED(tally, ...) snprintf((tally)->trouble, sizeof(tally)->trouble, __VA_ARGS__)

void tally_free(struct tally *tally)
{
    free(tally->slots.items);
    free(tally->seen);
}

bool tally_is_others(const struct tally *tally, uint32_t slot)
{
    assert(slot < tally->slots.count);
    return strcmp(tally->slots.items[slot].holder, tally->self) != 0;
}

/* The slot for a main, or slots.count. */
static uint32_t find(const struct slots *slots, const char *main)
{
    uint32_t i = 0;
    while (i < slots->count && strcmp(slots->items[i].main, main) != 0)
        i++;
    return i;
}

static bool is_ours(const struct tally *tally, const char *main)
{
    const uint32_t slot = find(&tally->slots, main);
    return slot < tally->slots.count && !tally_is_others(tally, slot);
}

static bool has_lapsed(const struct tally *tally, uint32_t slot)
{
    return tally_is_others(tally, slot) &&
           lifesign_judge(&tally->seen[slot], tally->now_ms(), tally->lease_ms) == LIFESIGN_SILENT;
}

/* ---- reading ---- */

/* A holder that is not seen may be unable to show itself, too. */
void tally_miss(struct tally *tally)
{
    tally->fresh = false;
    for (uint32_t i = 0; i < tally->slots.count; i++)
        tally->seen[i].interrupted = true;
}

/* Another record counts, whose items are ours from now on. What was seen of a holder is still known
 * where it has its slot in both. False: no memory. */
static bool adopt(struct tally *tally, const struct slots *slots)
{
    struct lifesign_watch *seen = calloc(slots->count + 1, sizeof *seen);
    if (seen == NULL) {
        free(slots->items);
        TROUBLED(tally, "out of memory");
        tally_miss(tally);
        return false;
    }
    for (uint32_t i = 0; i < slots->count; i++) {
        const uint32_t old = find(&tally->slots, slots->items[i].main);
        if (old < tally->slots.count &&
            strcmp(tally->slots.items[old].holder, slots->items[i].holder) == 0)
            seen[i] = tally->seen[old];
    }
    tally_free(tally);
    tally->slots = *slots;
    tally->seen = seen;
    return true;
}

bool tally_read(struct tally *tally, int volume)
{
    struct slots found = {0};
    tally->trouble[0] = '\0';
    const uint64_t known = tally->seen == NULL ? UINT64_MAX : tally->slots.turn;
    const enum slots_reading reading = slots_read(volume, tally->manager, known, &found);
    tally->fresh = reading == SLOTS_SAME || (reading == SLOTS_READ && adopt(tally, &found));
    if (reading == SLOTS_FAILED)
        TROUBLED(tally, "its slots cannot be read: %s", strerror(errno));
    else if (reading == SLOTS_DAMAGED)
        TROUBLED(tally,
                 "what stands in " LIFESIGN_FOLDER "/slots/%s/slots.%016llx is none of "
                 "Understudy's: delete it there",
                 tally->manager, (unsigned long long)found.turn);
    if (!tally->fresh)
        tally_miss(tally);
    return tally->fresh;
}

/* Its renewals of that main alone count: a sign that does not speak of it renews nothing. That a
 * claim was given back says nothing of the slot: it may be of another time. */
void tally_see(struct tally *tally, uint32_t slot, enum lifesign_reading reading,
               const struct lifesign *sign, const struct lifesign_claims *claims, int64_t begun_ms)
{
    assert(slot < tally->slots.count);
    struct lifesign_watch *watch = &tally->seen[slot];
    struct lifesign renewals = watch->last;
    for (uint32_t i = 0; reading == LIFESIGN_READ && i < claims->count; i++)
        if (strcmp(claims->items[i].main, tally->slots.items[slot].main) == 0 &&
            claims->items[i].renewed > 0)
            renewals = (struct lifesign){.boot = sign->boot, .counter = claims->items[i].renewed};
    if (reading == LIFESIGN_FAILED)
        TROUBLED(tally, "the sign of life of %s, which has a slot of %s, cannot be read",
                 tally->slots.items[slot].holder, tally->manager);
    lifesign_see(watch, reading == LIFESIGN_FAILED ? NULL : &renewals, begun_ms);
}

/* ---- changing it ---- */

/* Makes the next turn: what is there and has not lapsed, without this main, and with it if we are
 * to have it. False: it is to be read again. */
static bool change(struct tally *tally, int volume, const char *main, bool ours)
{
    struct slots next = {.turn = tally->slots.turn + 1,
                         .items = calloc(tally->slots.count + 1, sizeof *next.items)};
    if (next.items == NULL || getrandom(&next.mark, sizeof next.mark, 0) != sizeof next.mark) {
        free(next.items);
        tally_miss(tally);
        return false;
    }
    for (uint32_t i = 0; i < tally->slots.count; i++)
        if (!has_lapsed(tally, i) && strcmp(tally->slots.items[i].main, main) != 0)
            next.items[next.count++] = tally->slots.items[i];
    if (ours) {
        struct slot *slot = &next.items[next.count++];
        snprintf(slot->main, sizeof slot->main, "%s", main);
        snprintf(slot->holder, sizeof slot->holder, "%s", tally->self);
    }
    const enum turns_taking taking = slots_take(volume, tally->manager, tally->self, &next);
    if (taking == TURNS_TAKEN)
        return adopt(tally, &next);
    if (taking == TURNS_UNKNOWN)
        TROUBLED(tally, "its slots cannot be written: %s", strerror(errno));
    free(next.items);
    tally->fresh = false;
    return false;
}

enum tally_verdict tally_take(struct tally *tally, int volume, const char *main, bool beyond)
{
    uint32_t taken = 0;
    if (!tally->fresh)
        return TALLY_OPEN;
    const uint32_t slot = find(&tally->slots, main);
    const bool counted = slot < tally->slots.count && !has_lapsed(tally, slot);
    if (is_ours(tally, main) || (counted && beyond))
        return TALLY_TAKEN;
    for (uint32_t i = 0; i < tally->slots.count; i++)
        taken += !has_lapsed(tally, i) && strcmp(tally->slots.items[i].main, main) != 0;
    if ((taken >= tally->max && !beyond) || taken >= SLOTS_MAX)
        return tally->trouble[0] == '\0' ? TALLY_FULL : TALLY_OPEN; /* its holder may be dead */
    return change(tally, volume, main, true) ? TALLY_TAKEN : TALLY_OPEN;
}

void tally_leave(struct tally *tally, int volume, const char *main)
{
    if (tally->fresh && is_ours(tally, main))
        change(tally, volume, main, false);
}
