/* A snapshot in a journal: the engine's block as it was after an entry, so that a start replays
 * only what came later. To bytes and back; whatever is read back is checked first.
 *
 *   u32 checksum of the rest, u16 version, u16 reserved, i64 wall clock, i64 time of the last
 * event, the block; little-endian
 */
#ifndef RUNTIME_NODE_SNAPSHOT_H
#define RUNTIME_NODE_SNAPSHOT_H

#include <stdbool.h>

#include "runtime/engine/engine.h"

#define SNAPSHOT_VERSION 1u

struct snapshot {
    int64_t wall_ms;
    int64_t event_ms; /* the engine's time */
};

/* Bytes of a snapshot of this server's engine. */
size_t snapshot_size(const struct deployment *deployment, uint32_t server);

/* Writes snapshot_size() bytes. */
void snapshot_encode(const struct snapshot *snapshot, const struct engine *engine,
                     size_t engine_bytes, uint8_t *bytes);

/* Reads one and makes the engine go on from it, in memory of engine_size() bytes. NULL: the bytes
 * are no snapshot that this server under this deployment can have written; the memory is spoilt. */
struct engine *snapshot_decode(const uint8_t *bytes, size_t size,
                               const struct deployment *deployment, uint32_t server, void *memory,
                               struct snapshot *snapshot);

#endif
