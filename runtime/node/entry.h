/* One entry of a journal: an event as the engine took it, what followed from it, and the reason
 * that an operator gave. To bytes and back; whatever is read back is checked first.
 *
 *   u32 checksum of the rest, u16 version, u16 bytes of reason, i64 wall clock, u32 transitions,
 *   u32 reserved, struct engine_event, struct engine_transition each, the reason; little-endian
 */
#ifndef RUNTIME_NODE_ENTRY_H
#define RUNTIME_NODE_ENTRY_H

#include <stdbool.h>

#include "runtime/engine/engine.h"

#define ENTRY_VERSION      2u
#define ENTRY_REASON_BYTES 256 /* with the final NUL */

struct entry {
    int64_t wall_ms;
    struct engine_event event;
    char reason[ENTRY_REASON_BYTES];
    uint32_t transition_count;
    struct engine_transition *transitions; /* the caller's */
};

/* CRC-32 (IEEE 802.3), by which damage on the disk is noticed. */
uint32_t entry_checksum(const uint8_t *bytes, size_t size);

/* Bytes of the entry as written. */
size_t entry_size(const struct entry *entry);

/* Writes entry_size() bytes. */
void entry_encode(const struct entry *entry, uint8_t *bytes);

/* Reads an entry; its transitions go to an array of max. False if the bytes are not an entry that
 * this deployment can have written: then nothing of it is to be used. */
bool entry_decode(const uint8_t *bytes, size_t size, const struct deployment *deployment,
                  struct engine_transition *transitions, uint32_t max, struct entry *entry);

#endif
