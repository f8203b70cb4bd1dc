#include "runtime/node/inbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/node/log.h"

struct engine_event inbox_event(enum engine_event_kind kind)
{
    return (struct engine_event){
        .kind = kind, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = IMAGE_NONE};
}

static void grow(struct inbox *inbox)
{
    const uint32_t capacity = inbox->capacity == 0 ? 64 : inbox->capacity * 2;
    struct inbox_item *items = malloc(capacity * sizeof *items);
    if (items == NULL) {
        log_line("this server has no memory left; the node ends and is to be started again");
        exit(3);
    }
    for (uint32_t i = 0; i < inbox->count; i++)
        items[i] = inbox->items[(inbox->first + i) % inbox->capacity];
    free(inbox->items);
    inbox->items = items;
    inbox->capacity = capacity;
    inbox->first = 0;
}

void inbox_put(struct inbox *inbox, const struct engine_event *event, const char *reason)
{
    if (inbox->count == inbox->capacity)
        grow(inbox);
    struct inbox_item *item = &inbox->items[(inbox->first + inbox->count) % inbox->capacity];
    item->event = *event;
    snprintf(item->reason, sizeof item->reason, "%s", reason != NULL ? reason : "");
    inbox->count++;
}

void inbox_put_first(struct inbox *inbox, const struct engine_event *event)
{
    if (inbox->count == inbox->capacity)
        grow(inbox);
    inbox->first = (inbox->first + inbox->capacity - 1) % inbox->capacity;
    inbox->items[inbox->first] = (struct inbox_item){.event = *event};
    inbox->count++;
}

bool inbox_take(struct inbox *inbox, struct inbox_item *item)
{
    if (inbox->count == 0)
        return false;
    *item = inbox->items[inbox->first];
    inbox->first = (inbox->first + 1) % inbox->capacity;
    inbox->count--;
    return true;
}

void inbox_free(struct inbox *inbox)
{
    free(inbox->items);
    *inbox = (struct inbox){0};
}
