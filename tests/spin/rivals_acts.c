/* What two standbys of one main may do, and what follows from it. */
#include "tests/spin/rivals.h"

#include <assert.h>
#include <string.h>

/* What carries the main is what another one's carrying can end. */
static bool carries(const struct rivals *rivals, uint32_t standby)
{
    return rivals_moves(rivals->machine, rivals->site.rivals[standby].state, FAILOVER_OUTBID);
}

/* ---- what follows from an event ---- */

static uint8_t next_epoch(uint8_t after, uint32_t writer)
{
    uint8_t epoch = (uint8_t)(after + 1);
    while (epoch % RIVALS_WRITERS != writer)
        epoch++;
    return epoch;
}

static void say(struct rivals_site *site, uint32_t standby, enum word word)
{
    struct rival *other = &site->rivals[1 - standby];
    if (!site->joined)
        return;
    assert(other->words < RIVALS_WORDS_MAX);
    other->kinds[other->words] = (uint8_t)word;
    other->epochs[other->words++] = site->rivals[standby].epoch;
}

static void perform(struct rivals_site *site, uint32_t standby, uint8_t effect)
{
    struct rival *self = &site->rivals[standby];
    if (rivals_starts_timer(effect)) {
        self->wait = 1;
    } else if (effect == EFFECT_HOLD_START) {
        self->hold = 1;
    } else if (effect == EFFECT_CLAIM) {
        if (self->epoch < self->known)
            self->epoch = next_epoch(self->known, standby + 1);
        self->known = self->epoch;
    } else if (effect == EFFECT_CARRY || effect == EFFECT_DROP) {
        self->disk = 0;
    } else if (rivals_leaves_next_epoch(effect)) {
        const uint8_t next = self->epoch > 0 ? next_epoch(self->epoch, 0) : 0;
        self->known = next > self->known ? next : self->known;
    } else if (effect == EFFECT_SAY_CLAIM) {
        say(site, standby, WORD_CLAIM);
    } else if (effect == EFFECT_SAY_LET_GO) {
        say(site, standby, WORD_LET_GO);
    } else if (effect == EFFECT_SAY_FORBID) {
        say(site, standby, WORD_FORBID);
    }
}

static void step(struct rivals *rivals, uint32_t standby, uint8_t event)
{
    const struct machine *machine = rivals->machine;
    struct rival *self = &rivals->site.rivals[standby];
    const struct machine_cell *cell = &machine->cells[self->state * machine->event_count + event];
    if (cell->verdict != VERDICT_MOVE) {
        rivals->illegal += cell->verdict != VERDICT_IGNORE;
        return;
    }
    if (self->state != cell->to)
        self->wait = self->hold = 0; /* a timer belongs to its state */
    self->state = cell->to;
    for (uint8_t i = 0; i < cell->effect_count; i++)
        perform(&rivals->site, standby, cell->effects[i]);
}

/* Machines eat edges; what is so is raised again where it matters. */
static void raise_levels(struct rivals *rivals, uint32_t standby)
{
    const struct rival *self = &rivals->site.rivals[standby];
    for (;;) {
        if (self->state == FAILOVER_WATCHING && !self->linked)
            step(rivals, standby, FAILOVER_LINK_LOST);
        else if (rivals_moves(rivals->machine, self->state, FAILOVER_COVER) &&
                 self->claim != RIVALS_NONE)
            step(rivals, standby, FAILOVER_COVER);
        else if (rivals_moves(rivals->machine, self->state, FAILOVER_UNCOVER) &&
                 self->claim == RIVALS_NONE)
            step(rivals, standby, FAILOVER_UNCOVER);
        else if (carries(rivals, standby) && self->claim == RIVALS_ON_DISK &&
                 self->heard > self->epoch)
            step(rivals, standby, FAILOVER_OUTBID);
        else
            return;
    }
}

/* A claim is given back by whom it no longer concerns, and entered by who carries without one. */
void rivals_settle_claim(struct rivals *rivals)
{
    struct rivals_site *site = &rivals->site;
    if (!rivals_has_event(rivals->machine, FAILOVER_CLAIM_GRANTED))
        return;
    if (site->holder != 0 && !carries(rivals, site->holder - 1u))
        site->holder = 0;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        if (site->holder == 0 && carries(rivals, s))
            site->holder = (uint8_t)(s + 1);
}

static void find_lowest(uint8_t epoch, uint8_t *lowest)
{
    if (epoch > 0 && epoch < *lowest)
        *lowest = epoch;
}

static void move_down(uint8_t *epoch, uint8_t by)
{
    if (*epoch > 0)
        *epoch = (uint8_t)(*epoch - by);
}

void rivals_move_epochs_down(struct rivals_site *site)
{
    uint8_t lowest = UINT8_MAX;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++) {
        const struct rival *rival = &site->rivals[s];
        find_lowest(rival->heard, &lowest);
        find_lowest(rival->epoch, &lowest);
        find_lowest(rival->known, &lowest);
        for (uint8_t w = 0; w < rival->words; w++)
            find_lowest(rival->epochs[w], &lowest);
    }
    const uint8_t by = (uint8_t)((lowest - 1) / RIVALS_WRITERS * RIVALS_WRITERS);
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++) {
        struct rival *rival = &site->rivals[s];
        move_down(&rival->heard, by);
        move_down(&rival->epoch, by);
        move_down(&rival->known, by);
        for (uint8_t w = 0; w < rival->words; w++)
            move_down(&rival->epochs[w], by);
    }
}

static void happen(struct rivals *rivals, uint32_t standby, uint8_t event)
{
    step(rivals, standby, event);
    raise_levels(rivals, standby);
}

/* ---- what may happen ---- */

void rivals_part(struct rivals *rivals)
{
    rivals->site.joined = 0;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++) {
        struct rival *rival = &rivals->site.rivals[s];
        rival->words = rival->claim = rival->heard = 0;
        memset(rival->kinds, 0, sizeof rival->kinds);
        memset(rival->epochs, 0, sizeof rival->epochs);
    }
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        raise_levels(rivals, s);
}

void rivals_join(struct rivals *rivals)
{
    rivals->site.joined = 1;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        if (carries(rivals, s))
            say(&rivals->site, s, rivals->site.rivals[s].disk ? WORD_CARRY : WORD_CLAIM);
}

static void hear(struct rivals *rivals, uint32_t standby)
{
    struct rival *self = &rivals->site.rivals[standby];
    const uint8_t word = self->kinds[0];
    const uint8_t epoch = self->epochs[0];
    self->words--;
    for (uint8_t w = 0; w + 1 < RIVALS_WORDS_MAX; w++) {
        self->kinds[w] = self->kinds[w + 1];
        self->epochs[w] = self->epochs[w + 1];
    }
    self->kinds[RIVALS_WORDS_MAX - 1] = self->epochs[RIVALS_WORDS_MAX - 1] = 0;
    self->known = epoch > self->known ? epoch : self->known;
    self->claim = word == WORD_CLAIM   ? RIVALS_MADE
                  : word == WORD_CARRY ? RIVALS_ON_DISK
                                       : RIVALS_NONE;
    self->heard = word == WORD_CARRY ? epoch : 0;
    if (word == WORD_FORBID)
        step(rivals, standby, FAILOVER_FORBID);
    raise_levels(rivals, standby);
}

static void restart(struct rivals *rivals, uint32_t standby)
{
    struct rival *self = &rivals->site.rivals[standby];
    rivals_part(rivals);
    self->wait = self->hold = self->disk = 0;
    step(rivals, standby, FAILOVER_BOOT);
    if (self->linked)
        step(rivals, standby, FAILOVER_LINK_UP);
    raise_levels(rivals, standby);
}

static void reach_disk(struct rivals *rivals, uint32_t standby)
{
    struct rival *self = &rivals->site.rivals[standby];
    self->disk = 1;
    step(rivals, standby, FAILOVER_FIRST_ON_DISK);
    if (carries(rivals, standby) && self->state != FAILOVER_RETURNING)
        say(&rivals->site, standby, WORD_CARRY);
    raise_levels(rivals, standby);
}

bool rivals_may_happen(const struct rivals *rivals, uint32_t standby, enum rivals_act act)
{
    const struct rivals_site *site = &rivals->site;
    const struct rival *self = &site->rivals[standby];
    if (act == ACT_HEAR)
        return self->words > 0;
    if (site->rivals[1 - standby].words + 2 > RIVALS_WORDS_MAX || self->known > RIVALS_EPOCH_MAX)
        return false;
    switch (act) {
    case ACT_LINK_LOST:
    case ACT_LEAVE:
        return self->linked;
    case ACT_LINK_UP:
        return !self->linked;
    case ACT_WAIT: /* alone, a standby goes on trying */
        return self->wait && (self->state != FAILOVER_TAKING_OVER || site->joined);
    case ACT_SEEN_ELSEWHERE:
        return self->wait && rivals_moves(rivals->machine, self->state, FAILOVER_SEEN_ELSEWHERE);
    case ACT_HOLD:
        return self->hold;
    case ACT_ON_DISK:
        return carries(rivals, standby) && !self->disk && self->state != FAILOVER_RETURNING;
    case ACT_ALL_BACK:
        return self->state == FAILOVER_RETURNING;
    case ACT_ANSWER:
        return self->state == FAILOVER_CLAIMING;
    case ACT_START:
    case ACT_STOP:
    case ACT_RESTART:
        return true;
    case ACT_HEAR:
    case ACTS:
        break;
    }
    assert(!"an act of no kind");
    return false;
}

static void answer(struct rivals *rivals, uint32_t standby)
{
    if (rivals->site.holder == 0) {
        rivals->site.holder = (uint8_t)(standby + 1);
        happen(rivals, standby, FAILOVER_CLAIM_GRANTED);
    } else {
        happen(rivals, standby, FAILOVER_CLAIM_DENIED);
    }
}

void rivals_act_on(struct rivals *rivals, uint32_t standby, enum rivals_act act)
{
    struct rival *self = &rivals->site.rivals[standby];
    const uint8_t state = self->state;
    static const uint8_t events[ACTS] = {
        [ACT_SEEN_ELSEWHERE] = FAILOVER_SEEN_ELSEWHERE,
        [ACT_HOLD] = FAILOVER_HOLD_ELAPSED,
        [ACT_ALL_BACK] = FAILOVER_ALL_BACK,
        [ACT_START] = FAILOVER_FORCE_START,
        [ACT_STOP] = FAILOVER_FORCE_STOP,
    };
    if (act == ACT_HEAR) {
        hear(rivals, standby);
    } else if (act == ACT_RESTART) {
        restart(rivals, standby);
    } else if (act == ACT_ON_DISK) {
        reach_disk(rivals, standby);
    } else if (act == ACT_ANSWER) {
        answer(rivals, standby);
    } else if (act == ACT_LINK_UP) {
        self->linked = 1;
        happen(rivals, standby, FAILOVER_LINK_UP);
    } else if (act == ACT_LINK_LOST || act == ACT_LEAVE) {
        if (act == ACT_LEAVE)
            step(rivals, standby, FAILOVER_MAIN_LEFT);
        self->linked = 0;
        happen(rivals, standby, FAILOVER_LINK_LOST);
    } else {
        if (act == ACT_WAIT || act == ACT_SEEN_ELSEWHERE)
            self->wait = 0;
        if (act == ACT_HOLD)
            self->hold = 0;
        happen(rivals, standby, act == ACT_WAIT ? rivals_elapsed(state) : events[act]);
    }
}
