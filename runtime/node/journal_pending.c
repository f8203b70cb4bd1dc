#include "runtime/node/journal_pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct head {
    uint32_t size;
    uint32_t is_snapshot;
};

uint8_t *journal_pending_add(struct journal_pending *pending, size_t size, bool is_snapshot,
                             size_t max)
{
    const struct head head = {.size = (uint32_t)size, .is_snapshot = is_snapshot};
    const size_t wanted = pending->size + sizeof head + size;
    assert(size > 0 && size <= UINT32_MAX);
    if (wanted > max)
        return NULL;
    if (wanted > pending->capacity) {
        uint8_t *bytes = realloc(pending->bytes, wanted * 2);
        if (bytes == NULL)
            return NULL;
        pending->bytes = bytes;
        pending->capacity = wanted * 2;
    }
    memcpy(pending->bytes + pending->size, &head, sizeof head);
    pending->size = wanted;
    pending->entry_count += !is_snapshot;
    return pending->bytes + wanted - size;
}

bool journal_pending_next(const struct journal_pending *pending, size_t *at,
                          struct journal_item *item)
{
    struct head head;
    if (*at == pending->size)
        return false;
    memcpy(&head, pending->bytes + *at, sizeof head);
    *item = (struct journal_item){.bytes = pending->bytes + *at + sizeof head,
                                  .size = head.size,
                                  .is_snapshot = head.is_snapshot != 0};
    *at += sizeof head + head.size;
    return true;
}

void journal_pending_clear(struct journal_pending *pending)
{
    pending->size = 0;
    pending->entry_count = 0;
}

void journal_pending_free(struct journal_pending *pending)
{
    free(pending->bytes);
    *pending = (struct journal_pending){.bytes = NULL};
}
