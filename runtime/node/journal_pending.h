/* What a journal has yet to make durable: entries and snapshots in their order, in memory. */
#ifndef RUNTIME_NODE_JOURNAL_PENDING_H
#define RUNTIME_NODE_JOURNAL_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_pending {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    uint64_t entry_count;
};

/* One of it; its bytes stay those of the list. */
struct journal_item {
    const uint8_t *bytes;
    uint32_t size;
    bool is_snapshot;
};

/* Room for one more, to be filled in at once. NULL: there is no memory for it, or the list would
 * become larger than max. */
uint8_t *journal_pending_add(struct journal_pending *pending, size_t size, bool is_snapshot,
                             size_t max);

/* The item at this place in bytes, from 0 on; moves the place on. False: that was the last. */
bool journal_pending_next(const struct journal_pending *pending, size_t *at,
                          struct journal_item *item);

void journal_pending_clear(struct journal_pending *pending);
void journal_pending_free(struct journal_pending *pending);

#endif
