#include "runtime/image.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *image_text(const struct image *image, uint32_t offset)
{
    assert(offset < image->strings.count);
    return (const char *)image + image->strings.offset + offset;
}

#define FIND(function, field)                                                                      \
    uint32_t function(const struct image *image, const char *name)                                 \
    {                                                                                              \
        for (uint32_t i = 0; i < image->field.count; i++)                                          \
            if (strcmp(image_text(image, image_##field(image)[i].name), name) == 0)                \
                return i;                                                                          \
        return IMAGE_NONE;                                                                         \
    }
FIND(image_find_server, servers)
FIND(image_find_camera, cameras)
FIND(image_find_failover, failovers)
#undef FIND

uint32_t image_list_find(const struct image *image, struct image_list list, uint32_t number)
{
    const uint32_t *numbers = image_numbers(image) + list.first;
    uint32_t low = 0;
    uint32_t high = list.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list.count && numbers[low] == number ? low : IMAGE_NONE;
}

uint32_t image_failover_rank(const struct image *image, uint32_t failover)
{
    const struct image_list watchers =
        image_servers(image)[image_failovers(image)[failover].monitor].watchers;
    uint32_t rank = 0;
    while (rank < watchers.count && image_numbers(image)[watchers.first + rank] != failover)
        rank++;
    assert(rank < watchers.count); /* image_check has seen to it */
    return rank;
}

bool image_failovers_overlap(const struct image *image, uint32_t a, uint32_t b)
{
    const struct image_list of_a = image_failovers(image)[a].objects;
    const struct image_list of_b = image_failovers(image)[b].objects;
    const uint32_t *items_a = image_numbers(image) + of_a.first;
    const uint32_t *items_b = image_numbers(image) + of_b.first;
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < of_a.count && k < of_b.count) {
        if (items_a[i] == items_b[k])
            return true;
        if (items_a[i] < items_b[k])
            i++;
        else
            k++;
    }
    return false;
}

bool image_failover_includes(const struct image *image, uint32_t a, uint32_t b)
{
    const struct image_list of_a = image_failovers(image)[a].objects;
    const struct image_list of_b = image_failovers(image)[b].objects;
    const uint32_t *items_a = image_numbers(image) + of_a.first;
    const uint32_t *items_b = image_numbers(image) + of_b.first;
    uint32_t found = 0;
    for (uint32_t i = 0; i < of_a.count && found < of_b.count; i++)
        found += items_a[i] == items_b[found];
    return found == of_b.count;
}

uint32_t image_server_volume(const struct image *image, uint32_t server, uint32_t volume)
{
    const struct image_list list = image_servers(image)[server].volumes;
    for (uint32_t i = 0; i < list.count; i++)
        if (image_numbers(image)[list.first + i] == volume)
            return i;
    return IMAGE_NONE;
}

uint32_t image_manager_arbiter(const struct image *image, uint32_t manager)
{
    const struct image_manager *entry = &image_managers(image)[manager];
    const struct image_failover *failovers = image_failovers(image);
    uint32_t common = IMAGE_NONE;
    if (entry->standby != IMAGE_NONE || entry->max_running == 0)
        return IMAGE_NONE;
    if (image->coordinators.count > 0)
        return IMAGE_COORDINATOR;
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const uint32_t arbiter = image_servers(image)[failovers[f].monitor].arbiter;
        if (failovers[f].manager != manager)
            continue;
        if (arbiter == IMAGE_NONE || (common != IMAGE_NONE && arbiter != common))
            return IMAGE_NONE;
        common = arbiter;
    }
    return common;
}

uint32_t image_failover_counter(const struct image *image, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    if (entry->manager == IMAGE_NONE)
        return IMAGE_NONE;
    const uint32_t counter = image_manager_arbiter(image, entry->manager);
    return counter == image_servers(image)[entry->monitor].arbiter ? counter : IMAGE_NONE;
}

int64_t image_failover_wait_ms(const struct image *image, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    const struct image_list watchers = image_servers(image)[entry->monitor].watchers;
    int64_t wait_ms = entry->wait_ms;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t other = image_numbers(image)[watchers.first + w];
        if (other == failover)
            break;
        if (image_failovers_overlap(image, failover, other))
            wait_ms += image->site.claim_ms;
    }
    return wait_ms;
}

void image_short_hash(const struct image *image, char text[static 13])
{
    for (int i = 0; i < 6; i++)
        snprintf(text + 2 * i, 3, "%02x", image->hash[i]);
}
