#include "runtime/node/claimant.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define TROUBLED(claimant, ...)                                                                    \
    snprintf((claimant)->trouble, sizeof(claimant)->trouble, __VA_ARGS__)

static bool is_self(const struct claimant *claimant)
{
    return claimant->known && claimant->record.turn > 0 &&
           strcmp(claimant->record.holder, claimant->self) == 0;
}

bool claimant_is_ours(const struct claimant *claimant)
{
    return is_self(claimant) && !claimant->released;
}

enum lifesign_view claimant_sight(const struct claimant *claimant)
{
    if (!claimant->known)
        return LIFESIGN_NONE;
    if (claimant->record.turn == 0 || claimant->released || is_self(claimant))
        return LIFESIGN_SILENT;
    return lifesign_judge(&claimant->watch, claimant->now_ms(), claimant->lease_ms);
}

bool claimant_is_alive(const struct claimant *claimant)
{
    return claimant_is_ours(claimant) ||
           (claimant->known && claimant_sight(claimant) != LIFESIGN_SILENT);
}

/* ---- our own sign ---- */

/* What a main was granted while it still asks its standbys is left to lapse: it will want it. A
 * process that has just begun knows of nothing. */
static bool is_to_be_given_back(const struct claimant *claimant)
{
    if (!claimant->told || claimant->asking || claimant->hold.epoch > 0 ||
        claimant->hold.number < claimant->granted)
        return false;
    return claimant->held || claimant->ask.carries || claimant->granted == 0 ||
           claimant->granted != claimant->ask.number;
}

bool claimant_sign(struct claimant *claimant, struct lifesign_claim *claim)
{
    if (!is_self(claimant))
        return false;
    const bool holds = claimant->told && claimant->hold.epoch == claimant->record.epoch;
    if (holds && claimant->hold.grows) {
        claimant->renewed++;
        claimant->released = false;
    }
    if (holds)
        claimant->held = true;
    else if (is_to_be_given_back(claimant))
        claimant->released = true;
    memset(claim, 0, sizeof *claim);
    snprintf(claim->main, sizeof claim->main, "%s", claimant->main);
    claim->turn = claimant->record.turn;
    claim->renewed = claimant->renewed;
    claim->released = claimant->released;
    return true;
}

/* ---- what the others show ---- */

/* A claim that is new to us: nothing of its renewals is known. */
static void forget_renewals(struct claimant *claimant)
{
    claimant->watch = (struct lifesign_watch){0};
    claimant->released = false;
    claimant->held = false;
}

void claimant_miss(struct claimant *claimant)
{
    claimant->fresh = false;
    claimant->watch.interrupted = true;
}

const char *claimant_read(struct claimant *claimant, int volume)
{
    const uint64_t turn = claimant->record.turn, mark = claimant->record.mark;
    const enum claim_reading reading = claim_read(volume, claimant->main, &claimant->record);
    claimant->fresh = reading == CLAIM_READ;
    claimant->known = claimant->fresh || (claimant->known && reading == CLAIM_FAILED);
    claimant->trouble[0] = '\0';
    if (reading == CLAIM_FAILED)
        TROUBLED(claimant, "its claim cannot be read: %s", strerror(errno));
    else if (reading == CLAIM_DAMAGED)
        TROUBLED(claimant,
                 "what stands in " LIFESIGN_FOLDER "/claims/%s/claim.%016llx is none of "
                 "Understudy's: delete it there",
                 claimant->main, (unsigned long long)claimant->record.turn);
    if (!claimant->fresh) {
        claimant_miss(claimant);
        return NULL;
    }
    if (claimant->record.turn != turn || claimant->record.mark != mark)
        forget_renewals(claimant);
    return claimant->record.turn == 0 || is_self(claimant) ? NULL : claimant->record.holder;
}

/* A sign that does not speak of the claim does not renew it, and neither does one of a process that
 * has renewed nothing since it began. */
void claimant_see(struct claimant *claimant, enum lifesign_reading reading,
                  const struct lifesign *sign, const struct lifesign_claims *claims,
                  int64_t begun_ms)
{
    struct lifesign renewals = claimant->watch.last;
    if (reading == LIFESIGN_FAILED) {
        claimant_miss(claimant);
        TROUBLED(claimant, "the sign of life of %s, which has its claim, cannot be read",
                 claimant->record.holder);
        return;
    }
    claimant->released = false;
    for (uint32_t i = 0; reading == LIFESIGN_READ && i < claims->count; i++) {
        const struct lifesign_claim *claim = &claims->items[i];
        if (claim->turn != claimant->record.turn || strcmp(claim->main, claimant->main) != 0)
            continue;
        if (claim->renewed > 0)
            renewals = (struct lifesign){.boot = sign->boot, .counter = claim->renewed};
        claimant->released = claim->released != 0;
    }
    lifesign_see(&claimant->watch, &renewals, begun_ms);
}

/* ---- what is due ---- */

static bool may_take(const struct claimant *claimant, uint64_t epoch)
{
    const struct claim_record *record = &claimant->record;
    if (is_self(claimant))
        return epoch >= record->epoch;
    return epoch > record->epoch && claimant_sight(claimant) == LIFESIGN_SILENT;
}

/* Whoever stood still after its reading has the turn, but not the answer: it may have been decided
 * on what is no longer so. It gives it back. */
static bool take(struct claimant *claimant, int volume, uint64_t epoch, int64_t begun_ms)
{
    struct claim_record next = {.turn = claimant->record.turn + 1, .epoch = epoch};
    snprintf(next.holder, sizeof next.holder, "%s", claimant->self);
    if (getrandom(&next.mark, sizeof next.mark, 0) != (ssize_t)sizeof next.mark)
        return false;
    const enum turns_taking taking = claim_take(volume, claimant->main, &next);
    if (taking == TURNS_UNKNOWN)
        TROUBLED(claimant, "its claim cannot be written: %s",
                 errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK
                     ? "the volume makes no links of files, which claims need"
                     : strerror(errno));
    if (taking != TURNS_TAKEN) {
        claimant->fresh = false;
        return false;
    }
    claimant->record = next;
    forget_renewals(claimant);
    claimant->renewed = 1;
    claimant->released = claimant->now_ms() - begun_ms > claimant->decide_ms;
    return !claimant->released;
}

static enum claimant_verdict end(struct claimant *claimant, enum claimant_verdict verdict)
{
    claimant->asking = false;
    return verdict;
}

static enum claimant_verdict answer(struct claimant *claimant, int volume, int64_t begun_ms,
                                    struct tally *tally)
{
    const uint64_t epoch = claimant->ask.epoch;
    bool granted = claimant_is_ours(claimant) && claimant->record.epoch == epoch;
    if (!granted && !may_take(claimant, epoch))
        return end(claimant, CLAIMANT_DENIED);
    const enum tally_verdict slot = tally == NULL || !claimant->ask.carries
                                        ? TALLY_TAKEN
                                        : tally_take(tally, volume, claimant->main, false);
    if (slot == TALLY_OPEN)
        return CLAIMANT_OPEN;
    if (slot == TALLY_FULL)
        return end(claimant, CLAIMANT_FULL);
    granted = granted || take(claimant, volume, epoch, begun_ms);
    if (!claimant->fresh) /* it is read again first */
        return CLAIMANT_OPEN;
    if (!granted)
        return end(claimant, CLAIMANT_DENIED);
    claimant->granted = claimant->ask.number;
    claimant->held = false;
    return end(claimant, CLAIMANT_GRANTED);
}

/* What is carried has its slot, whoever allowed it; what is not carried has none. */
static void keep_slot(const struct claimant *claimant, int volume, struct tally *tally)
{
    const struct claimant_wish *hold = &claimant->hold;
    if (tally == NULL || !claimant->told)
        return;
    if (hold->epoch > 0 && hold->carries && hold->grows)
        tally_take(tally, volume, claimant->main, true);
    else if ((hold->epoch > 0 && !hold->carries) || is_to_be_given_back(claimant))
        tally_leave(tally, volume, claimant->main);
}

enum claimant_verdict claimant_act(struct claimant *claimant, int volume, int64_t begun_ms,
                                   struct tally *tally)
{
    const struct claimant_wish *hold = &claimant->hold;
    if (!claimant->fresh)
        return CLAIMANT_OPEN;
    if (claimant->asking)
        return answer(claimant, volume, begun_ms, tally);
    const bool there = is_self(claimant) && claimant->record.epoch == hold->epoch;
    if (claimant->told && hold->epoch > 0 && hold->grows && !there &&
        may_take(claimant, hold->epoch))
        take(claimant, volume, hold->epoch, begun_ms);
    keep_slot(claimant, volume, tally);
    return CLAIMANT_OPEN;
}
