#include "tests/spin/rivals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct rivals rivals;
    struct model_counts *counts;
    struct rivals_site *found; /* in the order in which they were reached */
    uint64_t found_max;
    uint32_t *slots; /* index in found + 1 */
    uint64_t slot_count;
};

static uint64_t find(const struct search *search, const struct rivals_site *site)
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
    const uint64_t slot = find(search, &search->rivals.site);
    if (search->slots[slot] != 0)
        return;
    search->found[search->counts->states] = search->rivals.site;
    search->slots[slot] = (uint32_t)++search->counts->states;
}

static void arrive(struct search *search)
{
    rivals_settle_claim(&search->rivals);
    rivals_move_epochs_down(&search->rivals.site);
    search->counts->transitions++;
    reach(search);
}

static void look_at(struct search *search, const struct rivals_site *here)
{
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        for (enum rivals_act act = 0; act < ACTS; act++) {
            search->rivals.site = *here;
            if (!rivals_may_happen(&search->rivals, s, act))
                continue;
            rivals_act_on(&search->rivals, s, act);
            arrive(search);
        }
    search->rivals.site = *here;
    if (here->joined)
        rivals_part(&search->rivals);
    else
        rivals_join(&search->rivals);
    arrive(search);
}

void rivals_explore(const struct machine *machine, uint64_t state_max, struct model_counts *counts)
{
    struct search search = {.rivals = {.machine = machine}, .counts = counts};
    assert(machine->kind == MACHINE_FAILOVER && rivals_has_event(machine, FAILOVER_COVER));
    *counts = (struct model_counts){.states = 0};
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        search.rivals.site.rivals[s].known = RIVALS_WRITERS; /* the main records */
    reach(&search);
    uint64_t next = 0;
    while (next < counts->states && counts->states <= state_max) {
        const struct rivals_site here = search.found[next++];
        look_at(&search, &here);
    }
    counts->illegal = search.rivals.illegal;
    counts->complete = next == counts->states;
    free(search.found);
    free(search.slots);
}
