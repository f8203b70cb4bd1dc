#include "recorder/frame.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct counted {
    struct frame frame; /* first: a frame's address is its counted's */
    atomic_uint users;
    uint8_t bytes[];
};

struct frame *frame_create(size_t size)
{
    struct counted *counted = malloc(sizeof(*counted) + size);

    if (counted == NULL)
        return NULL;
    counted->frame = (struct frame){.size = size, .data = counted->bytes};
    atomic_init(&counted->users, 1);
    return &counted->frame;
}

struct frame *frame_keep(struct frame *frame)
{
    assert(frame != NULL);
    atomic_fetch_add(&((struct counted *)frame)->users, 1);
    return frame;
}

void frame_release(struct frame *frame)
{
    unsigned before;

    if (frame == NULL)
        return;
    before = atomic_fetch_sub(&((struct counted *)frame)->users, 1);
    assert(before > 0);
    if (before != 1)
        return;
    media_release(frame->media);
    free(frame);
}
