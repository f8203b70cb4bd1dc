/* What a server sends beside its frames: a parcel that is read is the bytes that were sent, and
 * written again gives the same; the order that one may carry is text within its bounds, and written
 * again reads the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/parcel.h"
#include "runtime/node/rollout_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_order(const struct parcel *parcel)
{
    struct rollout_order order, again;
    if (!rollout_order_read(&order, (const char *)parcel->bytes, parcel->size))
        return;
    assert(memchr(order.by, '\0', sizeof order.by) != NULL);
    char *text = rollout_order_text(&order);
    assert(text != NULL);
    assert(rollout_order_read(&again, text, strlen(text)));
    assert(again.serial == order.serial && again.size == order.size &&
           memcmp(again.hash, order.hash, HASH_BYTES) == 0 &&
           memcmp(again.digest, order.digest, HASH_BYTES) == 0 && strcmp(again.by, order.by) == 0 &&
           json_equal(again.servers, order.servers) == (order.servers != NULL));
    free(text);
    rollout_order_free(&order);
    rollout_order_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX];
    struct parcel parcel;
    if (!parcel_decode(data, size, &parcel))
        return 0;
    assert(parcel.kind < PARCEL_KIND_COUNT && parcel.bytes >= data &&
           parcel.bytes + parcel.size == data + size);
    assert(parcel_encode(&parcel, bytes) == size && memcmp(bytes, data, size) == 0);
    read_order(&parcel);
    return 0;
}
