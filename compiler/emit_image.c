/* The resolved topology as a flat image (runtime/image.h). */
#include <assert.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/emit.h"
#include "runtime/hash.h"

/* The rows are made twice: first only counted, so that the image can be one block from the start,
 * then written into it. */
struct builder {
    const struct resolved *resolved;
    const struct plan *plan;
    struct image *image; /* NULL: only count */
    uint32_t *numbers;   /* its sections */
    char *strings;
    size_t number_count;
    size_t string_bytes;
};

static uint32_t u32(int64_t value)
{
    assert(value >= 0 && value <= UINT32_MAX); /* check has bounded it */
    return (uint32_t)value;
}

static uint64_t u64(int64_t value)
{
    assert(value >= 0);
    return (uint64_t)value;
}

/* Texts of NULL and "" are offset 0. */
static uint32_t put_text(struct builder *builder, const char *text)
{
    if (text == NULL || *text == '\0')
        return 0;
    size_t at = builder->string_bytes;
    size_t bytes = strlen(text) + 1;
    if (builder->image != NULL)
        memcpy(builder->strings + at, text, bytes);
    builder->string_bytes += bytes;
    return u32((int64_t)at);
}

static struct image_list put_list(struct builder *builder, const struct resolved_list *list)
{
    struct image_list at = {u32((int64_t)builder->number_count), list->count};
    if (list->count == 0)
        return (struct image_list){0, 0};
    if (builder->image != NULL)
        memcpy(builder->numbers + at.first, list->items, list->count * sizeof *builder->numbers);
    builder->number_count += list->count;
    return at;
}

static struct image_list put_texts(struct builder *builder, const struct model_names *texts)
{
    struct image_list at = {u32((int64_t)builder->number_count), u32((int64_t)texts->count)};
    if (texts->count == 0)
        return (struct image_list){0, 0};
    builder->number_count += texts->count;
    for (size_t i = 0; i < texts->count; i++) {
        uint32_t text = put_text(builder, texts->names[i]);
        if (builder->image != NULL)
            builder->numbers[at.first + i] = text;
    }
    return at;
}

/* Below, every text is put in a statement of its own: in a list of initialisers their order, and so
 * the bytes of the image, would be the compiler's choice. */

static void make_volume(struct builder *builder, uint32_t index, void *at)
{
    const struct model_volume *volume = &builder->resolved->volumes[index];
    struct image_volume *row = at;
    row->name = put_text(builder, volume->name);
    row->path = put_text(builder, volume->nas != NULL ? volume->nas : volume->path);
    row->shared = volume->nas != NULL;
    row->size_bytes = u64(volume->size_bytes);
    row->reserve_bytes = u64(volume->reserve_bytes);
}

static void make_server(struct builder *builder, uint32_t index, void *at)
{
    const struct resolved_server *server = &builder->resolved->servers[index];
    const struct model_server *model = server->model;
    struct image_server *row = at;
    row->name = put_text(builder, model->name);
    row->address = put_text(builder, model->address);
    row->ask_wait_ms = u32(model->ask_wait_ms);
    row->machine = builder->plan->server_machines[index];
    row->priority = (int32_t)model->priority;
    row->own_cameras = server->own_cameras;
    row->failovers = server->failovers;
    row->watchers = put_list(builder, &server->watchers);
    row->peers = put_list(builder, &server->peers);
    row->volumes = put_list(builder, &server->volumes);
    row->witnesses = put_texts(builder, &model->witness);
    row->fallback = server->fallback;
    row->capacity_cameras = u32(model->capacity_cameras);
    row->arbiter = server->arbiter;
    row->capacity_network_bps = u64(model->capacity_network_bps);
    row->capacity_write_bps = u64(model->capacity_write_bps);
}

static void make_camera(struct builder *builder, uint32_t index, void *at)
{
    const struct resolved_camera *camera = &builder->resolved->cameras[index];
    const struct model_camera *model = camera->model;
    struct image_camera *row = at;
    row->name = put_text(builder, model->name);
    row->url = put_text(builder, model->url);
    row->server = camera->server;
    row->machine = builder->plan->camera_machine;
    row->sessions = (uint16_t)model->sessions;
    row->arm = (uint16_t)camera->arm;
    row->credentials = put_text(builder, model->credentials);
    row->rate_bps = u64(model->rate_bps);
    row->keep_ms = model->keep_ms;
}

static void make_failover(struct builder *builder, uint32_t index, void *at)
{
    const struct resolved_failover *failover = &builder->resolved->failovers[index];
    const struct model_failover *model = failover->model;
    struct image_failover *row = at;
    row->name = put_text(builder, model->name);
    row->standby = failover->standby;
    row->monitor = failover->monitor;
    row->machine = builder->plan->failover_machines[index];
    row->wait_ms = u32(model->expect_reconnection_ms);
    row->hold_down_ms = u32(model->hold_down_ms);
    row->manager = failover->manager;
    row->own_manager = failover->own_manager;
    row->priority = (int32_t)model->priority;
    row->objects = put_list(builder, &failover->objects);
    row->retry_for_ms = u32(model->retry_for_ms);
    row->also_on = failover->also_on;
    row->no_ping = model->transfer_if_no_ping;
    row->manual = strcmp(model->failback, "manual") == 0;
    row->disabled = model->disabled;
    row->on_start = put_texts(builder, &model->on_start);
    row->on_stop = put_texts(builder, &model->on_stop);
}

static void make_manager(struct builder *builder, uint32_t index, void *at)
{
    const struct resolved_manager *manager = &builder->resolved->managers[index];
    const struct model_manager *model = manager->model;
    struct image_manager *row = at;
    row->name = put_text(builder, model->name);
    row->max_running = u32(model->max_running);
    row->host = manager->host;
    row->allow = manager->allow;
    row->standby = manager->standby;
}

static void make_coordinator(struct builder *builder, uint32_t index, void *at)
{
    const struct model_coordinator *model = &builder->resolved->model->coordinators[index];
    struct image_coordinator *row = at;
    row->endpoints = put_texts(builder, &model->etcd);
    row->ca = put_text(builder, model->ca);
    row->cert = put_text(builder, model->cert);
    row->key = put_text(builder, model->key);
    row->credentials = put_text(builder, model->credentials);
    row->allow = strcmp(model->when_unreachable, "allow") == 0;
}

static void make_site(struct builder *builder, struct image_site *row)
{
    const struct model_site *site = builder->resolved->site;
    row->name = put_text(builder, site->name);
    row->heartbeat_ms = u32(site->heartbeat_ms);
    row->misses = u32(site->misses);
    row->start_ms = u32(site->start_ms);
    row->claim_ms = u32(site->claim_ms);
    row->lease_ms = u32(site->lease_ms);
    row->licence_bound = site->licence_bound;
    row->time_zone = put_text(builder, site->time_zone);
    row->grace_ms = site->grace_ms;
    row->repair_ms = site->repair_ms;
    row->on_alarm = put_texts(builder, &site->on_alarm);
}

/* A section on its way into the image. */
struct section {
    size_t place; /* of its struct image_section in struct image */
    size_t count;
    size_t row_size;
    void (*make)(struct builder *builder, uint32_t index, void *at); /* NULL: it has no rows */
};

static struct image_section *place_of(struct image *image, const struct section *section)
{
    return (void *)((char *)image + section->place);
}

/* All of the image but its head, in the order of place; counted or written. */
static void make_rows(struct builder *builder, struct image_site *site,
                      const struct section *sections)
{
    union { /* a row that is only counted goes nowhere */
        struct image_server server;
        struct image_failover failover;
    } nowhere;
    builder->string_bytes = 1; /* offset 0 is the empty text */
    builder->number_count = 0;
    make_site(builder, site);
    for (const struct section *section = sections; section->make != NULL; section++) {
        assert(section->row_size <= sizeof nowhere);
        struct image *image = builder->image;
        char *rows = image == NULL ? NULL : (char *)image + place_of(image, section)->offset;
        for (uint32_t i = 0; i < section->count; i++)
            section->make(builder, i,
                          rows == NULL ? (void *)&nowhere : rows + i * section->row_size);
    }
}

/* Gives each section its place, one behind the other; returns the size of the whole. */
static size_t place_sections(struct image *head, const struct section *sections, size_t count)
{
    size_t at = sizeof *head;
    for (size_t i = 0; i < count; i++) {
        struct image_section *place = place_of(head, &sections[i]);
        place->offset = u32((int64_t)at);
        place->count = u32((int64_t)sections[i].count);
        at = (at + sections[i].count * sections[i].row_size + 7) & ~(size_t)7;
    }
    return at;
}

const struct image *emit_image(const struct resolved *resolved, const struct plan *plan)
{
    struct builder builder = {.resolved = resolved, .plan = plan};
    struct image head = {.abi = IMAGE_ABI};
    memcpy(head.magic, IMAGE_MAGIC, sizeof head.magic);
#define ROWS(field, kind, rows)                                                                    \
    {                                                                                              \
        offsetof(struct image, field), rows, sizeof(struct image_##kind), make_##kind              \
    }
    struct section sections[] = {
        ROWS(volumes, volume, resolved->volume_count),
        ROWS(servers, server, resolved->server_count),
        ROWS(cameras, camera, resolved->camera_count),
        ROWS(failovers, failover, resolved->failover_count),
        ROWS(managers, manager, resolved->manager_count),
        ROWS(coordinators, coordinator, resolved->model->coordinators_count),
        {offsetof(struct image, numbers), 0, sizeof *builder.numbers, NULL},
        {offsetof(struct image, strings), 0, 1, NULL},
    };
#undef ROWS
    enum { ALL = sizeof sections / sizeof sections[0] };
    make_rows(&builder, &head.site, sections);
    sections[ALL - 2].count = builder.number_count;
    sections[ALL - 1].count = builder.string_bytes;
    head.size = u32((int64_t)place_sections(&head, sections, ALL));

    struct image *image = arena_alloc(resolved->model->arena, head.size);
    *image = head;
    builder.image = image;
    builder.numbers = (void *)((char *)image + image->numbers.offset);
    builder.strings = (char *)image + image->strings.offset;
    make_rows(&builder, &image->site, sections);
    const struct hash_part whole = {image, image->size};
    hash_sha256(&whole, 1, image->hash);
    return image;
}
