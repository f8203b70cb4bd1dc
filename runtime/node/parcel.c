#include "runtime/node/parcel.h"

#include <assert.h>
#include <string.h>

#define MAGIC 0x43504455u /* "UDPC" */

static void put(uint8_t *bytes, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

size_t parcel_encode(const struct parcel *parcel,
                     uint8_t bytes[static PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX])
{
    assert(parcel->kind < PARCEL_KIND_COUNT && parcel->size <= PARCEL_BYTES_MAX);
    put(bytes, MAGIC, 4);
    put(bytes + 4, PARCEL_VERSION, 2);
    put(bytes + 6, parcel->kind, 2);
    put(bytes + 8, parcel->serial, 8);
    put(bytes + 16, parcel->offset, 8);
    if (parcel->size > 0)
        memcpy(bytes + PARCEL_HEAD_BYTES, parcel->bytes, parcel->size);
    return PARCEL_HEAD_BYTES + parcel->size;
}

bool parcel_decode(const uint8_t *bytes, size_t size, struct parcel *parcel)
{
    if (size < PARCEL_HEAD_BYTES || size > PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX ||
        get(bytes, 4) != MAGIC || get(bytes + 4, 2) != PARCEL_VERSION ||
        get(bytes + 6, 2) >= PARCEL_KIND_COUNT)
        return false;
    *parcel = (struct parcel){.kind = (uint32_t)get(bytes + 6, 2),
                              .serial = get(bytes + 8, 8),
                              .offset = get(bytes + 16, 8),
                              .bytes = bytes + PARCEL_HEAD_BYTES,
                              .size = size - PARCEL_HEAD_BYTES};
    return true;
}
