#include "tests/spin/rivals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One standby. */
struct rival {
    uint8_t state; /* enum failover_state */
    uint8_t linked;
    uint8_t wait;  /* runs */
    uint8_t hold;  /* runs */
    uint8_t disk;  /* what it carries is on disk */
    uint8_t claim; /* enum claim: of the other, by its last word */
    uint8_t heard; /* under which epoch, where that is on disk */
    uint8_t epoch; /* last claimed; 0: never */
    uint8_t known; /* the highest that is taken */
    uint8_t words; /* on their way to it */
    uint8_t kinds[RIVALS_WORDS_MAX];
    uint8_t epochs[RIVALS_WORDS_MAX];
};

/* Bytes throughout, so that two may be compared as they lie. */
struct site {
    struct rival rivals[RIVALS_STANDBYS];
    uint8_t joined; /* they see each other */
    uint8_t holder; /* standby + 1 that has the main's claim with its arbiter */
};

struct search {
    const struct machine *machine;
    struct model_counts *counts;
    struct site site;
    struct site *found; /* in the order in which they were reached */
    uint64_t found_max;
    uint32_t *slots; /* index in found + 1 */
    uint64_t slot_count;
};

/* ---- the table ---- */

bool rivals_moves(const struct machine *machine, uint8_t state, uint8_t event)
{
    return machine->cells[state * machine->event_count + event].verdict == VERDICT_MOVE;
}

bool rivals_has_event(const struct machine *machine, uint8_t event)
{
    for (uint8_t state = 0; state < machine->state_count; state++)
        if (rivals_moves(machine, state, event))
            return true;
    return false;
}

/* What carries the main is what another one's carrying can end. */
static bool carries(const struct search *search, uint32_t standby)
{
    return rivals_moves(search->machine, search->site.rivals[standby].state, FAILOVER_OUTBID);
}

bool rivals_starts_timer(uint8_t effect)
{
    return effect == EFFECT_WAIT_START || effect == EFFECT_WAIT_LAST ||
           effect == EFFECT_RETRY_START || effect == EFFECT_VIEW_WAIT ||
           effect == EFFECT_CLAIM_WAIT;
}

bool rivals_leaves_next_epoch(uint8_t effect)
{
    return effect == EFFECT_LEND || effect == EFFECT_OFFER || effect == EFFECT_KEEP ||
           effect == EFFECT_ANSWER_FREE || effect == EFFECT_REPLACE;
}

/* ---- what follows from an event ---- */

static uint8_t next_epoch(uint8_t after, uint32_t writer)
{
    uint8_t epoch = (uint8_t)(after + 1);
    while (epoch % RIVALS_WRITERS != writer)
        epoch++;
    return epoch;
}

static void say(struct site *site, uint32_t standby, enum word word)
{
    struct rival *other = &site->rivals[1 - standby];
    if (!site->joined)
        return;
    assert(other->words < RIVALS_WORDS_MAX);
    other->kinds[other->words] = (uint8_t)word;
    other->epochs[other->words++] = site->rivals[standby].epoch;
}

static void perform(struct site *site, uint32_t standby, uint8_t effect)
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

static void step(struct search *search, uint32_t standby, uint8_t event)
{
    const struct machine *machine = search->machine;
    struct rival *self = &search->site.rivals[standby];
    const struct machine_cell *cell = &machine->cells[self->state * machine->event_count + event];
    if (cell->verdict != VERDICT_MOVE) {
        search->counts->illegal += cell->verdict != VERDICT_IGNORE;
        return;
    }
    if (self->state != cell->to)
        self->wait = self->hold = 0; /* a timer belongs to its state */
    self->state = cell->to;
    for (uint8_t i = 0; i < cell->effect_count; i++)
        perform(&search->site, standby, cell->effects[i]);
}

/* Machines eat edges; what is so is raised again where it matters. */
static void raise_levels(struct search *search, uint32_t standby)
{
    const struct rival *self = &search->site.rivals[standby];
    for (;;) {
        if (self->state == FAILOVER_WATCHING && !self->linked)
            step(search, standby, FAILOVER_LINK_LOST);
        else if (rivals_moves(search->machine, self->state, FAILOVER_COVER) &&
                 self->claim != RIVALS_NONE)
            step(search, standby, FAILOVER_COVER);
        else if (rivals_moves(search->machine, self->state, FAILOVER_UNCOVER) &&
                 self->claim == RIVALS_NONE)
            step(search, standby, FAILOVER_UNCOVER);
        else if (carries(search, standby) && self->claim == RIVALS_ON_DISK &&
                 self->heard > self->epoch)
            step(search, standby, FAILOVER_OUTBID);
        else
            return;
    }
}

/* A claim is given back by whom it no longer concerns, and entered by who carries without one. */
static void settle_claim(struct search *search)
{
    struct site *site = &search->site;
    if (!rivals_has_event(search->machine, FAILOVER_CLAIM_GRANTED))
        return;
    if (site->holder != 0 && !carries(search, site->holder - 1u))
        site->holder = 0;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        if (site->holder == 0 && carries(search, s))
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

static void move_epochs_down(struct site *site)
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

static void happen(struct search *search, uint32_t standby, uint8_t event)
{
    step(search, standby, event);
    raise_levels(search, standby);
}

/* ---- what may happen ---- */

static void part(struct search *search)
{
    search->site.joined = 0;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++) {
        struct rival *rival = &search->site.rivals[s];
        rival->words = rival->claim = rival->heard = 0;
        memset(rival->kinds, 0, sizeof rival->kinds);
        memset(rival->epochs, 0, sizeof rival->epochs);
    }
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        raise_levels(search, s);
}

static void join(struct search *search)
{
    search->site.joined = 1;
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        if (carries(search, s))
            say(&search->site, s, search->site.rivals[s].disk ? WORD_CARRY : WORD_CLAIM);
}

static void hear(struct search *search, uint32_t standby)
{
    struct rival *self = &search->site.rivals[standby];
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
        step(search, standby, FAILOVER_FORBID);
    raise_levels(search, standby);
}

static void restart(struct search *search, uint32_t standby)
{
    struct rival *self = &search->site.rivals[standby];
    part(search);
    self->wait = self->hold = self->disk = 0;
    step(search, standby, FAILOVER_BOOT);
    if (self->linked)
        step(search, standby, FAILOVER_LINK_UP);
    raise_levels(search, standby);
}

static void reach_disk(struct search *search, uint32_t standby)
{
    struct rival *self = &search->site.rivals[standby];
    self->disk = 1;
    step(search, standby, FAILOVER_FIRST_ON_DISK);
    if (carries(search, standby) && self->state != FAILOVER_RETURNING)
        say(&search->site, standby, WORD_CARRY);
    raise_levels(search, standby);
}

enum act {
    ACT_HEAR,
    ACT_LINK_LOST,
    ACT_LINK_UP,
    ACT_LEAVE,
    ACT_WAIT,
    ACT_SEEN_ELSEWHERE,
    ACT_HOLD,
    ACT_ON_DISK,
    ACT_ALL_BACK,
    ACT_ANSWER,
    ACT_START,
    ACT_STOP,
    ACT_RESTART,
    ACTS
};

/* What a timer means is told by the state that it belongs to. */
uint8_t rivals_elapsed(uint8_t state)
{
    return state == FAILOVER_WITHHELD      ? FAILOVER_GONE_ELSEWHERE
           : state == FAILOVER_TAKING_OVER ? FAILOVER_GIVE_UP
                                           : FAILOVER_WAIT_ELAPSED;
}

static bool may_happen(const struct search *search, uint32_t standby, enum act act)
{
    const struct site *site = &search->site;
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
        return self->wait && rivals_moves(search->machine, self->state, FAILOVER_SEEN_ELSEWHERE);
    case ACT_HOLD:
        return self->hold;
    case ACT_ON_DISK:
        return carries(search, standby) && !self->disk && self->state != FAILOVER_RETURNING;
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

static void answer(struct search *search, uint32_t standby)
{
    if (search->site.holder == 0) {
        search->site.holder = (uint8_t)(standby + 1);
        happen(search, standby, FAILOVER_CLAIM_GRANTED);
    } else {
        happen(search, standby, FAILOVER_CLAIM_DENIED);
    }
}

static void act_on(struct search *search, uint32_t standby, enum act act)
{
    struct rival *self = &search->site.rivals[standby];
    const uint8_t state = self->state;
    static const uint8_t events[ACTS] = {
        [ACT_SEEN_ELSEWHERE] = FAILOVER_SEEN_ELSEWHERE,
        [ACT_HOLD] = FAILOVER_HOLD_ELAPSED,
        [ACT_ALL_BACK] = FAILOVER_ALL_BACK,
        [ACT_START] = FAILOVER_FORCE_START,
        [ACT_STOP] = FAILOVER_FORCE_STOP,
    };
    if (act == ACT_HEAR) {
        hear(search, standby);
    } else if (act == ACT_RESTART) {
        restart(search, standby);
    } else if (act == ACT_ON_DISK) {
        reach_disk(search, standby);
    } else if (act == ACT_ANSWER) {
        answer(search, standby);
    } else if (act == ACT_LINK_UP) {
        self->linked = 1;
        happen(search, standby, FAILOVER_LINK_UP);
    } else if (act == ACT_LINK_LOST || act == ACT_LEAVE) {
        if (act == ACT_LEAVE)
            step(search, standby, FAILOVER_MAIN_LEFT);
        self->linked = 0;
        happen(search, standby, FAILOVER_LINK_LOST);
    } else {
        if (act == ACT_WAIT || act == ACT_SEEN_ELSEWHERE)
            self->wait = 0;
        if (act == ACT_HOLD)
            self->hold = 0;
        happen(search, standby, act == ACT_WAIT ? rivals_elapsed(state) : events[act]);
    }
}

/* ---- all of it ---- */

static uint64_t find(const struct search *search, const struct site *site)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < sizeof *site; i++)
        hash = (hash ^ ((const uint8_t *)site)[i]) * 0x100000001b3u;
    uint64_t slot = (hash ^ hash >> 32) & (search->slot_count - 1);
    while (search->slots[slot] != 0 &&
           memcmp(&search->found[search->slots[slot] - 1], site, sizeof *site) != 0)
        slot = (slot + 1) & (search->slot_count - 1);
    return slot;
}

static void make_room(struct search *search)
{
    if (search->counts->states < search->found_max)
        return;
    search->found_max = search->found_max > 0 ? 2 * search->found_max : 4096;
    search->slot_count = 4 * search->found_max;
    search->found = realloc(search->found, search->found_max * sizeof *search->found);
    free(search->slots);
    search->slots = calloc(search->slot_count, sizeof *search->slots);
    assert(search->found != NULL && search->slots != NULL);
    for (uint64_t i = 0; i < search->counts->states; i++)
        search->slots[find(search, &search->found[i])] = (uint32_t)i + 1;
}

static void reach(struct search *search)
{
    make_room(search);
    const uint64_t slot = find(search, &search->site);
    if (search->slots[slot] != 0)
        return;
    search->found[search->counts->states] = search->site;
    search->slots[slot] = (uint32_t)++search->counts->states;
}

static void arrive(struct search *search)
{
    settle_claim(search);
    move_epochs_down(&search->site);
    search->counts->transitions++;
    reach(search);
}

static void look_at(struct search *search, const struct site *here)
{
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        for (enum act act = 0; act < ACTS; act++) {
            search->site = *here;
            if (!may_happen(search, s, act))
                continue;
            act_on(search, s, act);
            arrive(search);
        }
    search->site = *here;
    if (here->joined)
        part(search);
    else
        join(search);
    arrive(search);
}

void rivals_explore(const struct machine *machine, uint64_t state_max, struct model_counts *counts)
{
    struct search search = {.machine = machine, .counts = counts};
    assert(machine->kind == MACHINE_FAILOVER && rivals_has_event(machine, FAILOVER_COVER));
    *counts = (struct model_counts){.states = 0};
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        search.site.rivals[s].known = RIVALS_WRITERS; /* the main records */
    reach(&search);
    uint64_t next = 0;
    while (next < counts->states && counts->states <= state_max) {
        const struct site here = search.found[next++];
        look_at(&search, &here);
    }
    counts->complete = next == counts->states;
    free(search.found);
    free(search.slots);
}
