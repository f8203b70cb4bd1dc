/* The site that is explored: a deployment with only a few cameras of each kind. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"

/* The deployment and the image that it points to, in one block. */
struct reduced {
    struct deployment deployment;
    struct image image; /* and what follows it */
};

static bool lists(const struct image *image, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(image)[failover].objects;
    for (uint32_t i = 0; i < objects.count; i++)
        if (image_numbers(image)[objects.first + i] == camera)
            return true;
    return false;
}

static bool are_alike(const struct image *image, uint32_t a, uint32_t b)
{
    const struct image_camera *left = &image_cameras(image)[a];
    const struct image_camera *right = &image_cameras(image)[b];
    if (left->server != right->server || left->machine != right->machine ||
        left->sessions != right->sessions || left->arm != right->arm)
        return false;
    const struct image_list watchers = image_servers(image)[left->server].watchers;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(image)[watchers.first + w];
        if (lists(image, failover, a) != lists(image, failover, b))
            return false;
    }
    return true;
}

/* For each camera its new number, or IMAGE_NONE; those of one main lie together and stay so. */
static uint32_t *choose(const struct image *image, uint32_t alike_max)
{
    uint32_t *chosen = array_new(image->cameras.count, sizeof *chosen);
    uint32_t next = 0;
    for (uint32_t c = 0; c < image->cameras.count; c++) {
        uint32_t alike = 0;
        for (uint32_t before = c;
             before-- > 0 &&
             image_cameras(image)[before].server == image_cameras(image)[c].server &&
             alike < alike_max;)
            alike += are_alike(image, before, c);
        chosen[c] = alike < alike_max ? next++ : IMAGE_NONE;
    }
    return chosen;
}

static void reduce_cameras(struct image *image, const uint32_t *chosen)
{
    struct image_camera *cameras = (void *)((char *)image + image->cameras.offset);
    struct image_server *servers = (void *)((char *)image + image->servers.offset);
    for (uint32_t s = 0; s < image->servers.count; s++) {
        const struct image_list all = servers[s].own_cameras;
        struct image_list kept = {0, 0};
        for (uint32_t c = all.first; c < all.first + all.count; c++)
            if (chosen[c] != IMAGE_NONE && kept.count++ == 0)
                kept.first = chosen[c];
        servers[s].own_cameras = kept;
    }
    uint32_t count = 0;
    for (uint32_t c = 0; c < image->cameras.count; c++)
        if (chosen[c] != IMAGE_NONE)
            cameras[count++] = cameras[c];
    image->cameras.count = count;
}

/* Read from the image as it was: two failovers may share a list. */
static void reduce_objects(struct image *image, const struct image *from, const uint32_t *chosen)
{
    struct image_failover *failovers = (void *)((char *)image + image->failovers.offset);
    uint32_t *numbers = (void *)((char *)image + image->numbers.offset);
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct image_list objects = failovers[f].objects;
        uint32_t count = 0;
        for (uint32_t i = 0; i < objects.count; i++) {
            const uint32_t to = chosen[image_numbers(from)[objects.first + i]];
            if (to != IMAGE_NONE)
                numbers[objects.first + count++] = to;
        }
        failovers[f].objects.count = count;
    }
}

struct deployment *explore_reduce(const struct deployment *deployment, uint32_t alike_max)
{
    const struct image *image = deployment->image;
    struct reduced *reduced =
        array_new(1, offsetof(struct reduced, image) + deployment->image_size);
    reduced->deployment = *deployment;
    memcpy(&reduced->image, image, deployment->image_size);
    reduced->deployment.image = &reduced->image;
    uint32_t *chosen = choose(image, alike_max);
    reduce_objects(&reduced->image, image, chosen);
    reduce_cameras(&reduced->image, chosen);
    free(chosen);
    return &reduced->deployment;
}
