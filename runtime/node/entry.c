#include "runtime/node/entry.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

struct head {
    uint32_t checksum;
    uint16_t version;
    uint16_t reason_bytes;
    int64_t wall_ms;
    uint32_t transition_count;
    uint32_t reserved;
};

/* The structs are written as they are. */
_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "the journal is little-endian");
_Static_assert(sizeof(struct head) == 24, "no padding");
_Static_assert(sizeof(struct engine_event) == 72, "no padding");
_Static_assert(sizeof(struct engine_transition) == 32, "no padding");

/* A nibble at a time: entries are short and few. */
uint32_t entry_checksum(const uint8_t *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t sum = ~0u;
    for (size_t i = 0; i < size; i++) {
        sum = table[(sum ^ bytes[i]) & 15] ^ (sum >> 4);
        sum = table[(sum ^ (uint32_t)(bytes[i] >> 4)) & 15] ^ (sum >> 4);
    }
    return ~sum;
}

size_t entry_size(const struct entry *entry)
{
    return sizeof(struct head) + sizeof entry->event +
           entry->transition_count * sizeof *entry->transitions +
           strnlen(entry->reason, ENTRY_REASON_BYTES - 1);
}

void entry_encode(const struct entry *entry, uint8_t *bytes)
{
    const size_t reason_bytes = strnlen(entry->reason, ENTRY_REASON_BYTES - 1);
    const size_t transition_bytes = entry->transition_count * sizeof *entry->transitions;
    struct head head = {.version = ENTRY_VERSION,
                        .reason_bytes = (uint16_t)reason_bytes,
                        .wall_ms = entry->wall_ms,
                        .transition_count = entry->transition_count};
    uint8_t *to = bytes + sizeof head;
    memcpy(to, &entry->event, sizeof entry->event);
    to += sizeof entry->event;
    if (transition_bytes > 0)
        memcpy(to, entry->transitions, transition_bytes);
    memcpy(to + transition_bytes, entry->reason, reason_bytes);
    memcpy(bytes, &head, sizeof head);
    head.checksum =
        entry_checksum(bytes + sizeof head.checksum, entry_size(entry) - sizeof head.checksum);
    memcpy(bytes, &head.checksum, sizeof head.checksum);
}

static bool index_fits(uint32_t index, uint32_t count)
{
    return index == IMAGE_NONE || index < count;
}

/* What an arbiter shows names it in the place of a server. */
static bool is_by_arbiter(const struct engine_event *event, const struct image *image)
{
    if (event->server != IMAGE_COORDINATOR || event->failover >= image->failovers.count)
        return event->server == IMAGE_COORDINATOR && image->coordinators.count > 0;
    const uint32_t main = image_failovers(image)[event->failover].monitor;
    return image_servers(image)[main].arbiter != IMAGE_NONE;
}

static bool event_fits(const struct engine_event *event, const struct image *image)
{
    const bool by_arbiter = is_by_arbiter(event, image);
    return event->kind < ENGINE_EVENT_COUNT &&
           (by_arbiter || index_fits(event->server, image->servers.count)) &&
           index_fits(event->camera, image->cameras.count) &&
           index_fits(event->failover, image->failovers.count) &&
           (event->kind != EVENT_MESSAGE || event->message.kind < ENGINE_MESSAGE_COUNT);
}

/* Whether the names and reasons of a transition can be looked up. */
static bool transition_fits(const struct engine_transition *transition,
                            const struct deployment *deployment)
{
    const struct image *image = deployment->image;
    if (transition->machine >= deployment->machine_count)
        return false;
    const struct machine *machine = &deployment->machines[transition->machine];
    const uint32_t subjects = machine->kind == MACHINE_FAILOVER ? image->failovers.count
                              : machine->kind == MACHINE_MAIN   ? image->servers.count
                                                                : image->cameras.count;
    return transition->subject < subjects && transition->from < machine->state_count &&
           transition->to < machine->state_count && transition->event < machine->event_count &&
           transition->verdict < VERDICT_COUNT && transition->server < image->servers.count &&
           index_fits(transition->other, image->servers.count);
}

bool entry_decode(const uint8_t *bytes, size_t size, const struct deployment *deployment,
                  struct engine_transition *transitions, uint32_t max, struct entry *entry)
{
    struct head head;
    const size_t fixed = sizeof head + sizeof entry->event;
    if (size < fixed)
        return false;
    memcpy(&head, bytes, sizeof head);
    if (head.version != ENTRY_VERSION || head.transition_count > max ||
        head.reason_bytes >= ENTRY_REASON_BYTES ||
        size != fixed + head.transition_count * sizeof *transitions + head.reason_bytes ||
        head.checksum != entry_checksum(bytes + sizeof head.checksum, size - sizeof head.checksum))
        return false;
    *entry = (struct entry){.wall_ms = head.wall_ms,
                            .transition_count = head.transition_count,
                            .transitions = transitions};
    const uint8_t *from = bytes + sizeof head;
    memcpy(&entry->event, from, sizeof entry->event);
    from += sizeof entry->event;
    if (head.transition_count > 0)
        memcpy(transitions, from, head.transition_count * sizeof *transitions);
    memcpy(entry->reason, from + head.transition_count * sizeof *transitions, head.reason_bytes);
    if (!event_fits(&entry->event, deployment->image))
        return false;
    for (uint32_t i = 0; i < head.transition_count; i++)
        if (!transition_fits(&transitions[i], deployment))
            return false;
    return true;
}
