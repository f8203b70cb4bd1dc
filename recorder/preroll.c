#include "recorder/preroll.h"

#include <stdlib.h>

void preroll_init(struct preroll *preroll, int64_t time_max_ms, size_t bytes_max)
{
    *preroll = (struct preroll){.bytes_max = bytes_max, .time_max_us = time_max_ms * 1000};
}

struct frame *preroll_pop(struct preroll *preroll)
{
    struct preroll_entry *entry = preroll->first;
    struct frame *frame;

    if (entry == NULL)
        return NULL;
    frame = entry->frame;
    preroll->first = entry->next;
    if (preroll->first == NULL)
        preroll->last = NULL;
    preroll->bytes -= frame->size;
    free(entry);
    return frame;
}

void preroll_clear(struct preroll *preroll)
{
    while (preroll->first != NULL)
        frame_release(preroll_pop(preroll));
}

/* A group goes as a whole: without its keyframe the rest of it cannot be shown. */
static void drop_oldest_group(struct preroll *preroll)
{
    frame_release(preroll_pop(preroll));
    while (preroll->first != NULL && !preroll->first->frame->key)
        frame_release(preroll_pop(preroll));
}

static int64_t span_us(const struct preroll *preroll)
{
    return preroll->last->frame->wall_us - preroll->first->frame->wall_us;
}

bool preroll_append(struct preroll *preroll, struct frame *frame)
{
    struct preroll_entry *entry;

    if (preroll->bytes + frame->size > preroll->bytes_max)
        return false;
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return false;
    entry->frame = frame_keep(frame);
    if (preroll->last == NULL)
        preroll->first = entry;
    else
        preroll->last->next = entry;
    preroll->last = entry;
    preroll->bytes += frame->size;
    return true;
}

void preroll_push(struct preroll *preroll, struct frame *frame)
{
    if (preroll->first == NULL && !frame->key)
        return;
    while (preroll->first != NULL && preroll->bytes + frame->size > preroll->bytes_max)
        drop_oldest_group(preroll);
    /* Only a keyframe may begin anew; a hole in a group would show as garbage. */
    if ((preroll->first == NULL && !frame->key) || !preroll_append(preroll, frame)) {
        preroll_clear(preroll);
        return;
    }
    while (preroll->first != preroll->last && span_us(preroll) > preroll->time_max_us)
        drop_oldest_group(preroll);
}
