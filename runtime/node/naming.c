#include "runtime/node/naming.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/hash.h"

struct named {
    uint64_t number;
    uint32_t index;
    uint32_t reserved;
};

struct naming {
    const struct image *image;
    struct named *failovers; /* ascending by number; cameras too */
    struct named *cameras;
    uint32_t failover_count;
    uint32_t camera_count;
};

/* ---- the numbers ---- */

/* The final NUL of each text keeps it apart from the next. Never 0, which stands for none. */
static uint64_t number_of(const char *kind, const char *name, const char *main, const char *other)
{
    const struct hash_part parts[] = {{kind, strlen(kind) + 1},
                                      {name, strlen(name) + 1},
                                      {main, strlen(main) + 1},
                                      {other, strlen(other) + 1}};
    uint8_t digest[HASH_BYTES];
    uint64_t number = 0;
    hash_sha256(parts, sizeof parts / sizeof parts[0], digest);
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)digest[i] << (8 * i);
    return number != 0 ? number : 1;
}

static const char *server_name(const struct image *image, uint32_t server)
{
    return image_text(image, image_servers(image)[server].name);
}

static uint64_t failover_number(const struct image *image, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    return number_of("failover", image_text(image, entry->name), server_name(image, entry->monitor),
                     server_name(image, entry->standby));
}

static uint64_t camera_number(const struct image *image, uint32_t camera)
{
    const struct image_camera *entry = &image_cameras(image)[camera];
    return number_of("camera", image_text(image, entry->name), server_name(image, entry->server),
                     "");
}

/* ---- making ---- */

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* The same one may have been added more than once. False: two have one number. */
static bool arrange(struct named *list, uint32_t *count)
{
    uint32_t kept = 0;
    qsort(list, *count, sizeof *list, compare_named);
    for (uint32_t i = 0; i < *count; i++) {
        if (kept > 0 && list[kept - 1].number == list[i].number) {
            if (list[kept - 1].index != list[i].index)
                return false;
            continue;
        }
        list[kept++] = list[i];
    }
    *count = kept;
    return true;
}

static void add_camera(struct naming *naming, uint32_t camera)
{
    naming->cameras[naming->camera_count++] =
        (struct named){.number = camera_number(naming->image, camera), .index = camera};
}

static void add_all(struct naming *naming, const struct image_server *self)
{
    const struct image *image = naming->image;
    for (uint32_t f = 0; f < image->failovers.count; f++)
        naming->failovers[naming->failover_count++] =
            (struct named){.number = failover_number(image, f), .index = f};
    for (uint32_t i = 0; i < self->own_cameras.count; i++)
        add_camera(naming, self->own_cameras.first + i);
    for (uint32_t f = 0; f < self->failovers.count; f++) {
        const struct image_list list = image_failovers(image)[self->failovers.first + f].objects;
        for (uint32_t i = 0; i < list.count; i++)
            add_camera(naming, image_numbers(image)[list.first + i]);
    }
}

static uint32_t count_cameras(const struct image *image, const struct image_server *self)
{
    uint32_t count = self->own_cameras.count;
    for (uint32_t f = 0; f < self->failovers.count; f++)
        count += image_failovers(image)[self->failovers.first + f].objects.count;
    return count;
}

struct naming *naming_make(const struct image *image, uint32_t server,
                           char error[static TEXT_BYTES_MAX])
{
    const struct image_server *self = &image_servers(image)[server];
    struct naming *naming = calloc(1, sizeof *naming);
    if (naming != NULL) {
        naming->image = image;
        naming->failovers = calloc(image->failovers.count + 1, sizeof *naming->failovers);
        naming->cameras = calloc(count_cameras(image, self) + 1, sizeof *naming->cameras);
    }
    if (naming == NULL || naming->failovers == NULL || naming->cameras == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        naming_free(naming);
        return NULL;
    }
    add_all(naming, self);
    if (arrange(naming->failovers, &naming->failover_count) &&
        arrange(naming->cameras, &naming->camera_count))
        return naming;
    snprintf(
        error, TEXT_BYTES_MAX,
        "the names of two failovers, or of two cameras, happen to give one number: give one of "
        "the last that were added another name");
    naming_free(naming);
    return NULL;
}

void naming_free(struct naming *naming)
{
    if (naming == NULL)
        return;
    free(naming->failovers);
    free(naming->cameras);
    free(naming);
}

/* ---- translating ---- */

static uint32_t find(const struct named *list, uint32_t count, uint64_t number)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (list[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low].number == number ? list[low].index : IMAGE_NONE;
}

struct wire_message naming_to_wire(const struct naming *naming,
                                   const struct engine_message *message)
{
    const struct image *image = naming->image;
    return (struct wire_message){.kind = message->kind,
                                 .failover = message->failover < image->failovers.count
                                                 ? failover_number(image, message->failover)
                                                 : 0,
                                 .camera = message->camera < image->cameras.count
                                               ? camera_number(image, message->camera)
                                               : 0,
                                 .epoch = message->epoch,
                                 .elapsed_ms = message->elapsed_ms};
}

bool naming_from_wire(const struct naming *naming, const struct wire_message *wire,
                      struct engine_message *message)
{
    *message = (struct engine_message){
        .kind = wire->kind,
        .failover = find(naming->failovers, naming->failover_count, wire->failover),
        .camera = wire->camera != 0 ? find(naming->cameras, naming->camera_count, wire->camera)
                                    : IMAGE_NONE,
        .epoch = wire->epoch,
        .elapsed_ms = wire->elapsed_ms};
    return wire->kind < ENGINE_MESSAGE_COUNT && message->failover != IMAGE_NONE &&
           (wire->camera == 0 || message->camera != IMAGE_NONE);
}
