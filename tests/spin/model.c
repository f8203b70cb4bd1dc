#include "tests/spin/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A main as its standby sees it. */
struct watched {
    uint8_t state; /* enum failover_state */
    uint8_t linked;
    uint8_t wait; /* runs */
    uint8_t hold; /* runs */
    uint8_t slot; /* held */
};

struct site {
    struct watched mains[MODEL_MAINS_MAX];
    uint8_t queue[MODEL_MAINS_MAX]; /* main + 1, the first to be served first; then 0 */
};

/* All of a site in 128 bits. */
struct key {
    uint64_t low;
    uint64_t high;
};

/* Open addressing, for no packed site is {0, 0}: bit 63 of high is always set. */
struct search {
    const struct model *model;
    struct model_counts *counts;
    struct site site;
    struct key *found; /* in the order in which they were reached */
    uint64_t found_max;
    uint32_t *slots; /* index in found + 1 */
    uint64_t slot_count;
};

/* ---- what follows from an event ---- */

static bool has_event(const struct model *model, uint8_t event)
{
    for (uint8_t state = 0; state < model->machine->state_count; state++)
        if (model->machine->cells[state * model->machine->event_count + event].verdict ==
            VERDICT_MOVE)
            return true;
    return false;
}

static void leave_queue(struct site *site, uint32_t main)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < MODEL_MAINS_MAX; i++)
        if (site->queue[i] != main + 1)
            site->queue[kept++] = site->queue[i];
    while (kept < MODEL_MAINS_MAX)
        site->queue[kept++] = 0;
}

static void join_queue(struct site *site, uint32_t main)
{
    uint32_t end = 0;
    while (site->queue[end] != 0)
        end++;
    site->queue[end] = (uint8_t)(main + 1);
}

static void perform(struct site *site, uint32_t main, uint8_t effect)
{
    struct watched *self = &site->mains[main];
    if (effect == EFFECT_WAIT_START)
        self->wait = 1;
    else if (effect == EFFECT_HOLD_START)
        self->hold = 1;
    else if (effect == EFFECT_SLOT_ASK)
        join_queue(site, main);
    else if (effect == EFFECT_SLOT_TAKE || effect == EFFECT_SLOT_FREE) {
        leave_queue(site, main);
        self->slot = effect == EFFECT_SLOT_TAKE;
    }
}

static void step(struct search *search, uint32_t main, uint8_t event)
{
    const struct machine *machine = search->model->machine;
    struct watched *self = &search->site.mains[main];
    const struct machine_cell *cell = &machine->cells[self->state * machine->event_count + event];
    if (cell->verdict != VERDICT_MOVE) {
        search->counts->illegal += cell->verdict != VERDICT_IGNORE;
        return;
    }
    if (self->state != cell->to)
        self->wait = self->hold = 0; /* a timer belongs to its state */
    self->state = cell->to;
    for (uint8_t i = 0; i < cell->effect_count; i++)
        perform(&search->site, main, cell->effects[i]);
}

/* Slots that are free go to those who wait. */
static void grant(struct search *search)
{
    const struct model *model = search->model;
    struct site *site = &search->site;
    for (;;) {
        uint32_t held = 0;
        for (uint32_t m = 0; m < model->mains; m++)
            held += site->mains[m].slot;
        if (site->queue[0] == 0 || (model->limit != 0 && held >= model->limit))
            return;
        const uint32_t main = site->queue[0] - 1u;
        leave_queue(site, main);
        site->mains[main].slot = 1;
        step(search, main, FAILOVER_SLOT_GRANTED);
    }
}

/* A machine eats edges, and a link is a level. */
static void watch(struct search *search, uint32_t main)
{
    const struct watched *self = &search->site.mains[main];
    if (self->state == FAILOVER_WATCHING && !self->linked)
        step(search, main, FAILOVER_LINK_LOST);
}

static void happen(struct search *search, uint32_t main, uint8_t event)
{
    step(search, main, event);
    watch(search, main);
    grant(search);
}

/* ---- what may happen ---- */

static void restart(struct search *search, uint32_t standby)
{
    struct site *site = &search->site;
    for (uint32_t m = standby; m < search->model->mains; m += search->model->standbys) {
        struct watched *self = &site->mains[m];
        self->wait = self->hold = self->slot = 0;
        leave_queue(site, m);
        step(search, m, FAILOVER_BOOT);
        if (self->linked)
            step(search, m, FAILOVER_LINK_UP);
    }
    grant(search);
}

/* The acts on one main. Each returns whether it could happen. */
enum act {
    ACT_LINK_LOST,
    ACT_LINK_UP,
    ACT_LEAVE,
    ACT_WAIT,
    ACT_HOLD,
    ACT_ON_DISK,
    ACT_ALL_BACK,
    ACT_START,
    ACT_STOP,
    ACTS
};

static bool act_on(struct search *search, uint32_t main, enum act act)
{
    struct watched *self = &search->site.mains[main];
    switch (act) {
    case ACT_LINK_LOST:
    case ACT_LINK_UP:
        if (self->linked != (act == ACT_LINK_LOST))
            return false;
        self->linked = act == ACT_LINK_UP;
        happen(search, main, act == ACT_LINK_UP ? FAILOVER_LINK_UP : FAILOVER_LINK_LOST);
        return true;
    case ACT_LEAVE:
        if (!self->linked)
            return false;
        step(search, main, FAILOVER_MAIN_LEFT);
        self->linked = 0;
        happen(search, main, FAILOVER_LINK_LOST);
        return true;
    case ACT_WAIT:
        if (!self->wait)
            return false;
        self->wait = 0;
        happen(search, main, FAILOVER_WAIT_ELAPSED);
        return true;
    case ACT_HOLD:
        if (!self->hold)
            return false;
        self->hold = 0;
        happen(search, main, FAILOVER_HOLD_ELAPSED);
        return true;
    case ACT_ON_DISK:
        if (self->state != FAILOVER_TAKING_OVER)
            return false;
        happen(search, main, FAILOVER_FIRST_ON_DISK);
        return true;
    case ACT_ALL_BACK:
        if (self->state != FAILOVER_RETURNING)
            return false;
        happen(search, main, FAILOVER_ALL_BACK);
        return true;
    case ACT_START:
    case ACT_STOP:
        happen(search, main, act == ACT_START ? FAILOVER_FORCE_START : FAILOVER_FORCE_STOP);
        return true;
    case ACTS:
        break;
    }
    assert(!"an act of no kind");
    return false;
}

/* ---- all of it ---- */

static struct key pack(const struct model *model, const struct site *site)
{
    unsigned __int128 all = 1;
    for (uint32_t m = 0; m < model->mains; m++) {
        const struct watched *self = &site->mains[m];
        all = all << 9 | (unsigned)(self->state << 4 | self->linked << 3 | self->wait << 2 |
                                    self->hold << 1 | self->slot);
    }
    for (uint32_t i = 0; i < model->mains; i++)
        all = all << 4 | site->queue[i];
    return (struct key){.low = (uint64_t)all, .high = (uint64_t)(all >> 64)};
}

static void unpack(const struct model *model, struct key key, struct site *site)
{
    unsigned __int128 all = (unsigned __int128)key.high << 64 | key.low;
    memset(site, 0, sizeof *site);
    for (uint32_t i = model->mains; i-- > 0; all >>= 4)
        site->queue[i] = all & 15;
    for (uint32_t m = model->mains; m-- > 0; all >>= 9)
        site->mains[m] = (struct watched){.state = all >> 4 & 31,
                                          .linked = all >> 3 & 1,
                                          .wait = all >> 2 & 1,
                                          .hold = all >> 1 & 1,
                                          .slot = all & 1};
}

static uint64_t find(const struct search *search, struct key key)
{
    uint64_t hash = (key.low ^ key.low >> 32) * 0xbf58476d1ce4e5b9u + key.high;
    hash = (hash ^ hash >> 29) * 0x94d049bb133111ebu;
    uint64_t slot = (hash ^ hash >> 32) & (search->slot_count - 1);
    while (search->slots[slot] != 0) {
        const struct key there = search->found[search->slots[slot] - 1];
        if (there.low == key.low && there.high == key.high)
            break;
        slot = (slot + 1) & (search->slot_count - 1);
    }
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
        search->slots[find(search, search->found[i])] = (uint32_t)i + 1;
}

static void reach(struct search *search)
{
    const struct key key = pack(search->model, &search->site);
    make_room(search);
    const uint64_t slot = find(search, key);
    if (search->slots[slot] != 0)
        return;
    search->found[search->counts->states] = key;
    search->slots[slot] = (uint32_t)++search->counts->states;
}

static void look_at(struct search *search, struct key key)
{
    const struct model *model = search->model;
    struct site here;
    unpack(model, key, &here);
    for (uint32_t m = 0; m < model->mains; m++)
        for (enum act act = 0; act < ACTS; act++) {
            search->site = here;
            if (!act_on(search, m, act))
                continue;
            search->counts->transitions++;
            reach(search);
        }
    for (uint32_t s = 0; s < model->standbys; s++) {
        search->site = here;
        restart(search, s);
        search->counts->transitions++;
        reach(search);
    }
}

void model_explore(const struct model *model, uint64_t state_max, struct model_counts *counts)
{
    struct search search = {.model = model, .counts = counts};
    assert(model->mains >= 1 && model->mains <= MODEL_MAINS_MAX && model->standbys >= 1);
    assert(model->machine->kind == MACHINE_FAILOVER && model->machine->state_count <= 32);
    *counts = (struct model_counts){.states = 0};
    reach(&search);
    uint64_t next = 0;
    while (next < counts->states && counts->states <= state_max)
        look_at(&search, search.found[next++]);
    counts->complete = next == counts->states;
    free(search.found);
    free(search.slots);
}

/* ---- in Promela ---- */

static void write_effect(FILE *out, uint8_t effect)
{
    if (effect == EFFECT_WAIT_START)
        fprintf(out, " wait[m] = 1;");
    else if (effect == EFFECT_HOLD_START)
        fprintf(out, " hold[m] = 1;");
    else if (effect == EFFECT_SLOT_ASK)
        fprintf(out, " join(m);");
    else if (effect == EFFECT_SLOT_TAKE || effect == EFFECT_SLOT_FREE)
        fprintf(out, " leave(m); slot[m] = %d;", effect == EFFECT_SLOT_TAKE);
}

/* All answers to one event; what is not answered fails. */
static void write_event(const struct model *model, FILE *out, uint8_t event)
{
    const struct machine *machine = model->machine;
    fprintf(out, "inline event_%u(m) {\n  if\n", event);
    for (uint8_t state = 0; state < machine->state_count; state++) {
        const struct machine_cell *cell = &machine->cells[state * machine->event_count + event];
        if (cell->verdict == VERDICT_IGNORE)
            fprintf(out, "  :: state[m] == %u -> skip\n", state);
        if (cell->verdict != VERDICT_MOVE)
            continue;
        fprintf(out, "  :: state[m] == %u -> state[m] = %u;", state, cell->to);
        if (cell->to != state)
            fprintf(out, " wait[m] = 0; hold[m] = 0;");
        for (uint8_t i = 0; i < cell->effect_count; i++)
            write_effect(out, cell->effects[i]);
        fputc('\n', out);
    }
    fputs("  :: else -> assert(false)\n  fi\n}\n", out);
}

static const char lists[] =
    "inline leave(x) {\n"
    "  i = 0; k = 0;\n"
    "  do\n"
    "  :: i < N -> if :: queue[i] != x + 1 -> queue[k] = queue[i]; k++ :: else fi; i++\n"
    "  :: else -> break\n"
    "  od;\n"
    "  do :: k < N -> queue[k] = 0; k++ :: else -> break od;\n"
    "}\n"
    "inline join(x) {\n"
    "  i = 0;\n"
    "  do :: queue[i] != 0 -> i++ :: else -> break od;\n"
    "  queue[i] = x + 1;\n"
    "}\n";

static const char follows[] =
    "inline grant() {\n"
    "  do\n"
    "  :: true ->\n"
    "     held = 0; i = 0;\n"
    "     do :: i < N -> held = held + slot[i]; i++ :: else -> break od;\n"
    "     if :: queue[0] == 0 || (LIMIT != 0 && held >= LIMIT) -> break :: else fi;\n"
    "     g = queue[0] - 1; leave(g); slot[g] = 1;\n"
    "     GRANTED(g)\n"
    "  od;\n"
    "}\n"
    "inline watch(m) {\n"
    "  if :: state[m] == WATCHING && !linked[m] -> LOST(m) :: else fi;\n"
    "}\n"
    "inline happen(m) { watch(m); grant(); i = 0; k = 0; g = 0; held = 0 }\n";

static void write_acts(const struct model *model, FILE *out, uint32_t main)
{
    const uint32_t m = main;
    fprintf(out,
            "  :: d_step { linked[%u] -> linked[%u] = 0; event_%u(%u); happen(%u) }\n"
            "  :: d_step { !linked[%u] -> linked[%u] = 1; event_%u(%u); happen(%u) }\n"
            "  :: d_step { linked[%u] -> event_%u(%u); linked[%u] = 0; event_%u(%u); happen(%u) }\n"
            "  :: d_step { wait[%u] -> wait[%u] = 0; event_%u(%u); happen(%u) }\n",
            m, m, FAILOVER_LINK_LOST, m, m, m, m, FAILOVER_LINK_UP, m, m, m, FAILOVER_MAIN_LEFT, m,
            m, FAILOVER_LINK_LOST, m, m, m, m, FAILOVER_WAIT_ELAPSED, m, m);
    if (has_event(model, FAILOVER_HOLD_ELAPSED))
        fprintf(out, "  :: d_step { hold[%u] -> hold[%u] = 0; event_%u(%u); happen(%u) }\n", m, m,
                FAILOVER_HOLD_ELAPSED, m, m);
    fprintf(out,
            "  :: d_step { state[%u] == %u -> event_%u(%u); happen(%u) }\n"
            "  :: d_step { state[%u] == %u -> event_%u(%u); happen(%u) }\n"
            "  :: d_step { true -> event_%u(%u); happen(%u) }\n"
            "  :: d_step { true -> event_%u(%u); happen(%u) }\n",
            m, FAILOVER_TAKING_OVER, FAILOVER_FIRST_ON_DISK, m, m, m, FAILOVER_RETURNING,
            FAILOVER_ALL_BACK, m, m, FAILOVER_FORCE_START, m, m, FAILOVER_FORCE_STOP, m, m);
}

static void write_restart(const struct model *model, FILE *out, uint32_t standby)
{
    fputs("  :: d_step { true ->", out);
    for (uint32_t m = standby; m < model->mains; m += model->standbys)
        fprintf(out,
                "\n     wait[%u] = 0; hold[%u] = 0; slot[%u] = 0; leave(%u); event_%u(%u);"
                "\n     if :: linked[%u] -> event_%u(%u) :: else fi;",
                m, m, m, m, FAILOVER_BOOT, m, m, FAILOVER_LINK_UP, m);
    fputs("\n     grant(); i = 0; k = 0; g = 0; held = 0 }\n", out);
}

void model_write_promela(const struct model *model, FILE *out)
{
    fprintf(out, "/* Made by tests/spin/model.c from the machine %s. */\n", model->machine->name);
    fprintf(out, "#define N %u\n#define LIMIT %u\n#define WATCHING %u\n", model->mains,
            model->limit, FAILOVER_WATCHING);
    fprintf(out, "#define LOST(m) event_%u(m)\n", FAILOVER_LINK_LOST);
    if (has_event(model, FAILOVER_SLOT_GRANTED))
        fprintf(out, "#define GRANTED(m) event_%u(m)\n", FAILOVER_SLOT_GRANTED);
    else
        fputs("#define GRANTED(m) skip\n", out);
    fputs("byte state[N];\nbit linked[N];\nbit wait[N];\nbit hold[N];\nbit slot[N];\n"
          "byte queue[N];\nhidden byte i, k, g, held;\n",
          out);
    fputs(lists, out);
    for (uint8_t event = 0; event < model->machine->event_count; event++)
        if (has_event(model, event))
            write_event(model, out, event);
    fputs(follows, out);
    fputs("active proctype site() {\n  do\n", out);
    for (uint32_t m = 0; m < model->mains; m++)
        write_acts(model, out, m);
    for (uint32_t s = 0; s < model->standbys; s++)
        write_restart(model, out, s);
    fputs("  od\n}\n", out);
}
