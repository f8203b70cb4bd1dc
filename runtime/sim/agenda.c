#include "runtime/sim/agenda.h"

#include <stdlib.h>

#include "runtime/sim/array.h"

static bool comes_before(const struct agenda_item *a, const struct agenda_item *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (a->server != b->server)
        return a->server < b->server;
    return a->sequence < b->sequence;
}

void agenda_push(struct agenda *agenda, struct agenda_item item)
{
    agenda->items = array_grow(agenda->items, agenda->count, &agenda->max, sizeof *agenda->items);
    item.sequence = agenda->sequence++;
    size_t at = agenda->count++;
    while (at > 0 && comes_before(&item, &agenda->items[(at - 1) / 2])) {
        agenda->items[at] = agenda->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->items[at] = item;
}

bool agenda_pop(struct agenda *agenda, int64_t until_ms, struct agenda_item *item)
{
    struct agenda_item *items = agenda->items;
    if (agenda->count == 0 || items[0].at_ms > until_ms)
        return false;
    *item = items[0];
    const struct agenda_item last = items[--agenda->count];
    size_t at = 0;
    for (size_t child = 1; child < agenda->count; child = 2 * at + 1) {
        if (child + 1 < agenda->count && comes_before(&items[child + 1], &items[child]))
            child++;
        if (!comes_before(&items[child], &last))
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = last;
    return true;
}

void agenda_free(struct agenda *agenda)
{
    free(agenda->items);
    *agenda = (struct agenda){0};
}
