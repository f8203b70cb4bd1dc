#include "runtime/node/slots.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/entry.h"

#define MAGIC "USSLOTS1" /* 8 bytes, no NUL */

/* Then the slots, then a checksum of all before it. */
struct head {
    char magic[8];
    uint64_t turn;
    uint64_t mark;
    char manager[NAME_BYTES_MAX];
    uint32_t count;
    uint32_t reserved;
};

_Static_assert(sizeof(struct head) == 32 + NAME_BYTES_MAX, "no padding");
_Static_assert(sizeof(struct slot) == 2 * NAME_BYTES_MAX, "no padding");

#define BYTES_MAX (sizeof(struct head) + SLOTS_MAX * sizeof(struct slot) + sizeof(uint32_t))

static struct turns_place place_of(const char *manager)
{
    return (struct turns_place){.area = "slots", .name = manager, .stem = "slots"};
}

static size_t size_of(uint32_t count)
{
    return sizeof(struct head) + count * sizeof(struct slot) + sizeof(uint32_t);
}

static bool ends(const char name[static NAME_BYTES_MAX])
{
    return memchr(name, '\0', NAME_BYTES_MAX) != NULL && name[0] != '\0';
}

static bool is_name(const char name[static NAME_BYTES_MAX])
{
    return ends(name) && name[0] != '.' && strchr(name, '/') == NULL;
}

/* Whether the bytes of one turn are ours, and whole. */
static bool is_sound(const uint8_t *bytes, size_t size, const char *manager, uint64_t turn)
{
    struct head head;
    uint32_t checksum;
    if (size < size_of(0))
        return false;
    memcpy(&head, bytes, sizeof head);
    memcpy(&checksum, bytes + size - sizeof checksum, sizeof checksum);
    if (memcmp(head.magic, MAGIC, sizeof head.magic) != 0 || head.count > SLOTS_MAX ||
        size != size_of(head.count) || head.turn != turn || turn == UINT64_MAX ||
        !ends(head.manager) || strcmp(head.manager, manager) != 0 ||
        checksum != entry_checksum(bytes, size - sizeof checksum))
        return false;
    for (uint32_t i = 0; i < head.count; i++) {
        struct slot slot;
        memcpy(&slot, bytes + sizeof head + i * sizeof slot, sizeof slot);
        if (!is_name(slot.main) || !is_name(slot.holder))
            return false;
    }
    return true;
}

/* False: no memory. */
static bool adopt(const uint8_t *bytes, struct slots *slots)
{
    struct head head;
    memcpy(&head, bytes, sizeof head);
    struct slot *items = calloc(head.count + 1, sizeof *items);
    if (items == NULL)
        return false;
    memcpy(items, bytes + sizeof head, head.count * sizeof *items);
    *slots =
        (struct slots){.turn = head.turn, .mark = head.mark, .count = head.count, .items = items};
    return true;
}

static enum slots_reading read_turn(int folder, const char *manager, uint64_t turn,
                                    struct slots *slots)
{
    size_t size = 0;
    const struct turns_place place = place_of(manager);
    uint8_t *bytes = malloc(BYTES_MAX);
    if (bytes == NULL)
        return SLOTS_FAILED;
    enum slots_reading reading = SLOTS_READ;
    const enum turns_reading found = turns_read(folder, &place, turn, bytes, BYTES_MAX, &size);
    if (found == TURNS_ODD || (found == TURNS_READ && !is_sound(bytes, size, manager, turn)))
        reading = SLOTS_DAMAGED;
    else if (found != TURNS_READ || !adopt(bytes, slots))
        reading = SLOTS_FAILED;
    const int cause = errno;
    free(bytes);
    errno = cause;
    return reading;
}

enum slots_reading slots_read(int volume, const char *manager, uint64_t known, struct slots *slots)
{
    int folder;
    const struct turns_place place = place_of(manager);
    if (!turns_find(volume, &place, &slots->turn, &folder))
        return SLOTS_FAILED;
    enum slots_reading reading = slots->turn == known ? SLOTS_SAME : SLOTS_READ;
    if (slots->turn > 0 && reading == SLOTS_READ)
        reading = read_turn(folder, manager, slots->turn, slots);
    const int cause = errno;
    if (folder >= 0)
        close(folder);
    errno = cause;
    return reading;
}

enum turns_taking slots_take(int volume, const char *manager, const char *server,
                             const struct slots *slots)
{
    const struct turns_place place = place_of(manager);
    const size_t size = size_of(slots->count);
    struct head head = {
        .magic = MAGIC, .turn = slots->turn, .mark = slots->mark, .count = slots->count};
    assert(slots->count <= SLOTS_MAX);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return TURNS_UNKNOWN;
    strncpy(head.manager, manager, sizeof head.manager - 1);
    memcpy(bytes, &head, sizeof head);
    if (slots->count > 0)
        memcpy(bytes + sizeof head, slots->items, slots->count * sizeof slots->items[0]);
    const uint32_t checksum = entry_checksum(bytes, size - sizeof checksum);
    memcpy(bytes + size - sizeof checksum, &checksum, sizeof checksum);
    const enum turns_taking taking = turns_take(volume, &place, slots->turn, server, bytes, size);
    const int cause = errno;
    free(bytes);
    errno = cause;
    return taking;
}
