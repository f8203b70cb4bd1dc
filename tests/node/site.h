/* The least of an image and a deployment that parts of a node need, made by hand: server omega with
 * two cameras and one volume. */
#ifndef TESTS_NODE_SITE_H
#define TESTS_NODE_SITE_H

#include <stdio.h>

#include "runtime/image.h"

struct site {
    struct image image;
    struct image_volume volume;
    struct image_server server;
    struct image_camera cameras[2];
    uint32_t numbers[4];
    char strings[512];
};

#define SITE_SECTION(field, member, n)                                                             \
    site->image.field = (struct image_section)                                                     \
    {                                                                                              \
        .offset = (uint32_t)offsetof(struct site, member), .count = (n)                            \
    }

static inline uint32_t site_text(struct site *site, uint32_t at, const char *text)
{
    snprintf(site->strings + at, sizeof site->strings - at, "%s", text);
    return at;
}

static inline const struct image *site_make(struct site *site)
{
    *site = (struct site){0};
    SITE_SECTION(volumes, volume, 1);
    SITE_SECTION(servers, server, 1);
    SITE_SECTION(cameras, cameras, 2);
    SITE_SECTION(failovers, numbers, 0);
    SITE_SECTION(numbers, numbers, 2);
    SITE_SECTION(strings, strings, sizeof site->strings);
    site->volume.name = site_text(site, 1, "disk");
    site->volume.path = site_text(site, 16, "/nowhere/disk");
    site->server.name = site_text(site, 32, "omega");
    site->server.volumes = (struct image_list){0, 1};
    site->cameras[0].name = site_text(site, 48, "lobby");
    site->cameras[1].name = site_text(site, 64, "gate");
    site->cameras[0].url = site->cameras[1].url = site_text(site, 80, "rtsp://127.0.0.1/clip");
    return &site->image;
}

#endif
