#include "runtime/node/parcel.h"

#include <assert.h>
#include <string.h>

#include "runtime/node/wire.h"

#define MAGIC 0x43504455u /* "UDPC" */

size_t parcel_encode(const struct parcel *parcel,
                     uint8_t bytes[static PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX])
{
    assert(parcel->kind < PARCEL_KIND_COUNT && parcel->size <= PARCEL_BYTES_MAX);
    wire_put(bytes, MAGIC, 4);
    wire_put(bytes + 4, PARCEL_VERSION, 2);
    wire_put(bytes + 6, parcel->kind, 2);
    wire_put(bytes + 8, parcel->serial, 8);
    wire_put(bytes + 16, parcel->offset, 8);
    if (parcel->size > 0)
        memcpy(bytes + PARCEL_HEAD_BYTES, parcel->bytes, parcel->size);
    return PARCEL_HEAD_BYTES + parcel->size;
}

bool parcel_decode(const uint8_t *bytes, size_t size, struct parcel *parcel)
{
    if (size < PARCEL_HEAD_BYTES || size > PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX ||
        wire_get(bytes, 4) != MAGIC || wire_get(bytes + 4, 2) != PARCEL_VERSION ||
        wire_get(bytes + 6, 2) >= PARCEL_KIND_COUNT)
        return false;
    *parcel = (struct parcel){.kind = (uint32_t)wire_get(bytes + 6, 2),
                              .serial = wire_get(bytes + 8, 8),
                              .offset = wire_get(bytes + 16, 8),
                              .bytes = bytes + PARCEL_HEAD_BYTES,
                              .size = size - PARCEL_HEAD_BYTES};
    return true;
}
