#include "runtime/node/coordinator_key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct coordinator_key key_of(const char *kind, const char *name)
{
    struct coordinator_key key;
    snprintf(key.text, sizeof key.text, COORDINATOR_PREFIX "%s/%.64s", kind, name);
    return key;
}

static const char *server_name(const struct image *image, uint32_t server)
{
    return image_text(image, image_servers(image)[server].name);
}

struct coordinator_key coordinator_key_claim(const struct image *image, uint32_t main)
{
    return key_of("claim", server_name(image, main));
}

struct coordinator_key coordinator_key_live(const struct image *image, uint32_t main)
{
    return key_of("live", server_name(image, main));
}

struct coordinator_key coordinator_key_slots(const struct image *image, uint32_t manager)
{
    struct coordinator_key key =
        key_of("slot", image_text(image, image_managers(image)[manager].name));
    strcat(key.text, "/");
    return key;
}

struct coordinator_key coordinator_key_slot(const struct image *image, uint32_t manager,
                                            uint32_t slot)
{
    struct coordinator_key key = coordinator_key_slots(image, manager);
    const size_t used = strlen(key.text);
    snprintf(key.text + used, sizeof key.text - used, "%" PRIu32, slot);
    return key;
}

void coordinator_record_write(uint64_t epoch, const char *holder,
                              char text[static COORDINATOR_VALUE_BYTES])
{
    snprintf(text, COORDINATOR_VALUE_BYTES, "%" PRIu64 " %s", epoch, holder);
}

bool coordinator_record_read(const struct etcd_reply *reply, const struct coordinator_key *key,
                             struct coordinator_record *record)
{
    const struct etcd_pair *pair = etcd_reply_find(reply, key->text);
    *record = (struct coordinator_record){0};
    if (pair == NULL)
        return true;
    char *end;
    errno = 0;
    record->epoch = strtoull(pair->value, &end, 10);
    record->revision = pair->mod_revision;
    record->lease = pair->lease;
    if (pair->value[0] < '0' || pair->value[0] > '9' || errno != 0 || *end != ' ' ||
        strlen(end + 1) >= sizeof record->holder)
        return false;
    strcpy(record->holder, end + 1);
    return pair->mod_revision > 0 && record->holder[0] != '\0';
}

/* The number in the key of a slot, or IMAGE_NONE. */
static uint32_t slot_of(const char *key, const struct coordinator_key *prefix)
{
    const size_t length = strlen(prefix->text);
    char *end;
    if (strncmp(key, prefix->text, length) != 0 || key[length] < '0' || key[length] > '9')
        return IMAGE_NONE;
    errno = 0;
    const unsigned long slot = strtoul(key + length, &end, 10);
    return *end != '\0' || errno != 0 || slot >= IMAGE_NONE ? IMAGE_NONE : (uint32_t)slot;
}

struct coordinator_slots coordinator_slots_read(const struct etcd_reply *reply,
                                                const struct image *image, uint32_t manager,
                                                uint32_t main)
{
    const struct coordinator_key prefix = coordinator_key_slots(image, manager);
    struct coordinator_slots slots = {.own = IMAGE_NONE};
    for (size_t i = 0; i < reply->pair_count; i++) {
        const uint32_t slot = slot_of(reply->pairs[i].key, &prefix);
        if (slot == IMAGE_NONE)
            continue;
        slots.taken++;
        if (strcmp(reply->pairs[i].value, server_name(image, main)) != 0)
            continue;
        slots.own = slot;
        slots.own_revision = reply->pairs[i].mod_revision;
    }
    bool taken = true;
    for (slots.free = 0; taken; slots.free += taken) {
        const struct coordinator_key key = coordinator_key_slot(image, manager, slots.free);
        taken = etcd_reply_find(reply, key.text) != NULL;
    }
    return slots;
}
