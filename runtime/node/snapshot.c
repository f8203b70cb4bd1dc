#include "runtime/node/snapshot.h"

#include <assert.h>
#include <string.h>

#include "runtime/node/entry.h"

struct head {
    uint32_t checksum;
    uint16_t version;
    uint16_t reserved;
    struct snapshot snapshot;
};

_Static_assert(sizeof(struct head) == 24, "no padding");

size_t snapshot_size(const struct deployment *deployment, uint32_t server)
{
    return sizeof(struct head) + engine_size(deployment, server);
}

void snapshot_encode(const struct snapshot *snapshot, const struct engine *engine,
                     size_t engine_bytes, uint8_t *bytes)
{
    struct head head = {.version = SNAPSHOT_VERSION, .snapshot = *snapshot};
    assert(engine_bytes > 0);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, engine, engine_bytes);
    head.checksum = entry_checksum(bytes + sizeof head.checksum,
                                   sizeof head - sizeof head.checksum + engine_bytes);
    memcpy(bytes, &head.checksum, sizeof head.checksum);
}

struct engine *snapshot_decode(const uint8_t *bytes, size_t size,
                               const struct deployment *deployment, uint32_t server, void *memory,
                               struct snapshot *snapshot)
{
    struct head head;
    if (size != snapshot_size(deployment, server))
        return NULL;
    memcpy(&head, bytes, sizeof head);
    if (head.version != SNAPSHOT_VERSION ||
        head.checksum != entry_checksum(bytes + sizeof head.checksum, size - sizeof head.checksum))
        return NULL;
    *snapshot = head.snapshot;
    memcpy(memory, bytes + sizeof head, size - sizeof head);
    return engine_restore(memory, deployment, server);
}
