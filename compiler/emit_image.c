/* The resolved topology as a flat image (runtime/image.h). */
#include <assert.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/emit.h"
#include "runtime/hash.h"

struct builder {
    struct arena *arena;
    const struct resolved *resolved;
    const struct plan *plan;
    uint32_t *numbers;
    size_t number_count;
    size_t number_room;
    char *strings;
    size_t string_bytes;
    size_t string_room;
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

/* Makes room for `more` elements; the array doubles, so the arena holds at most twice of it. */
static void *reserve(struct arena *arena, void *array, size_t count, size_t more, size_t *room,
                     size_t element_size)
{
    if (count + more <= *room)
        return array;
    size_t wanted = *room * 2 > count + more ? *room * 2 : count + more + 1024;
    void *larger = arena_alloc(arena, wanted * element_size);
    if (count > 0)
        memcpy(larger, array, count * element_size);
    *room = wanted;
    return larger;
}

/* Texts of NULL and "" are offset 0. */
static uint32_t put_text(struct builder *builder, const char *text)
{
    if (builder->string_bytes > 0 && (text == NULL || *text == '\0'))
        return 0;
    size_t bytes = strlen(text) + 1;
    builder->strings = reserve(builder->arena, builder->strings, builder->string_bytes, bytes,
                               &builder->string_room, 1);
    memcpy(builder->strings + builder->string_bytes, text, bytes);
    builder->string_bytes += bytes;
    return u32((int64_t)(builder->string_bytes - bytes));
}

/* A list of numbers that will be written one by one. */
static struct image_list reserve_list(struct builder *builder, size_t count)
{
    struct image_list at = {u32((int64_t)builder->number_count), u32((int64_t)count)};
    if (count == 0)
        return (struct image_list){0, 0};
    builder->numbers = reserve(builder->arena, builder->numbers, builder->number_count, count,
                               &builder->number_room, sizeof *builder->numbers);
    builder->number_count += count;
    return at;
}

static struct image_list put_list(struct builder *builder, const struct resolved_list *list)
{
    struct image_list at = reserve_list(builder, list->count);
    if (list->count > 0)
        memcpy(builder->numbers + at.first, list->items, list->count * sizeof *builder->numbers);
    return at;
}

static struct image_list put_texts(struct builder *builder, const struct model_names *texts)
{
    struct image_list at = reserve_list(builder, texts->count);
    for (size_t i = 0; i < texts->count; i++)
        builder->numbers[at.first + i] = put_text(builder, texts->names[i]);
    return at;
}

static void make_volume(struct builder *builder, uint32_t index, void *row)
{
    const struct model_volume *volume = &builder->resolved->volumes[index];
    *(struct image_volume *)row = (struct image_volume){
        .name = put_text(builder, volume->name),
        .path = put_text(builder, volume->nas != NULL ? volume->nas : volume->path),
        .shared = volume->nas != NULL,
        .size_bytes = u64(volume->size_bytes),
        .reserve_bytes = u64(volume->reserve_bytes),
    };
}

static void make_server(struct builder *builder, uint32_t index, void *row)
{
    const struct resolved_server *server = &builder->resolved->servers[index];
    const struct model_server *model = server->model;
    *(struct image_server *)row = (struct image_server){
        .name = put_text(builder, model->name),
        .address = put_text(builder, model->address),
        .ask_wait_ms = u32(model->ask_wait_ms),
        .machine = builder->plan->server_machines[index],
        .priority = (int32_t)model->priority,
        .own_cameras = server->own_cameras,
        .failovers = server->failovers,
        .watchers = put_list(builder, &server->watchers),
        .peers = put_list(builder, &server->peers),
        .volumes = put_list(builder, &server->volumes),
        .witnesses = put_texts(builder, &model->witness),
        .fallback = server->fallback,
        .capacity_cameras = u32(model->capacity_cameras),
        .capacity_network_bps = u64(model->capacity_network_bps),
        .capacity_write_bps = u64(model->capacity_write_bps),
    };
}

static void make_camera(struct builder *builder, uint32_t index, void *row)
{
    const struct resolved_camera *camera = &builder->resolved->cameras[index];
    const struct model_camera *model = camera->model;
    *(struct image_camera *)row = (struct image_camera){
        .name = put_text(builder, model->name),
        .url = put_text(builder, model->url),
        .server = camera->server,
        .machine = builder->plan->camera_machine,
        .sessions = (uint16_t)model->sessions,
        .arm = (uint16_t)camera->arm,
        .credentials = put_text(builder, model->credentials),
        .rate_bps = u64(model->rate_bps),
        .keep_ms = model->keep_ms,
    };
}

static void make_failover(struct builder *builder, uint32_t index, void *row)
{
    const struct resolved_failover *failover = &builder->resolved->failovers[index];
    const struct model_failover *model = failover->model;
    *(struct image_failover *)row = (struct image_failover){
        .name = put_text(builder, model->name),
        .standby = failover->standby,
        .monitor = failover->monitor,
        .machine = builder->plan->failover_machines[index],
        .wait_ms = u32(model->expect_reconnection_ms),
        .hold_down_ms = u32(model->hold_down_ms),
        .manager = failover->manager,
        .priority = (int32_t)model->priority,
        .objects = put_list(builder, &failover->objects),
        .retry_for_ms = u32(model->retry_for_ms),
        .also_on = failover->also_on,
        .no_ping = model->transfer_if_no_ping,
        .manual = strcmp(model->failback, "manual") == 0,
        .disabled = model->disabled,
        .on_start = put_text(builder, model->on_start),
        .on_stop = put_text(builder, model->on_stop),
    };
}

static void make_manager(struct builder *builder, uint32_t index, void *row)
{
    const struct resolved_manager *manager = &builder->resolved->managers[index];
    const struct model_manager *model = manager->model;
    *(struct image_manager *)row = (struct image_manager){
        .name = put_text(builder, model->name),
        .max_running = u32(model->max_running),
        .host = manager->host,
        .allow = manager->allow,
        .standby = manager->standby,
    };
}

static void make_coordinator(struct builder *builder, uint32_t index, void *row)
{
    const struct model_coordinator *model = &builder->resolved->model->coordinators[index];
    *(struct image_coordinator *)row = (struct image_coordinator){
        .endpoints = put_texts(builder, &model->etcd),
        .ca = put_text(builder, model->ca),
        .cert = put_text(builder, model->cert),
        .key = put_text(builder, model->key),
    };
}

static struct image_site site_of(struct builder *builder)
{
    const struct model_site *site = builder->resolved->site;
    return (struct image_site){
        .name = put_text(builder, site->name),
        .heartbeat_ms = u32(site->heartbeat_ms),
        .misses = u32(site->misses),
        .start_ms = u32(site->start_ms),
        .claim_ms = u32(site->claim_ms),
        .lease_ms = u32(site->lease_ms),
        .licence_bound = site->licence_bound,
        .time_zone = put_text(builder, site->time_zone),
        .grace_ms = site->grace_ms,
        .repair_ms = site->repair_ms,
    };
}

/* A section on its way into the image. */
struct section {
    struct image_section *place; /* in the head of the image */
    size_t count;
    size_t row_size;
    void (*make)(struct builder *builder, uint32_t index, void *row);
    char *rows;
};

static void make_rows(struct builder *builder, struct section *section)
{
    section->rows = arena_alloc(builder->arena, section->count * section->row_size);
    for (uint32_t i = 0; i < section->count; i++)
        section->make(builder, i, section->rows + i * section->row_size);
}

/* Gives each section its place, one behind the other; returns the size of the whole. */
static size_t place_sections(const struct section *sections, size_t count)
{
    size_t at = sizeof(struct image);
    for (size_t i = 0; i < count; i++) {
        sections[i].place->offset = u32((int64_t)at);
        sections[i].place->count = u32((int64_t)sections[i].count);
        at = (at + sections[i].count * sections[i].row_size + 7) & ~(size_t)7;
    }
    return at;
}

static struct image *join(struct arena *arena, const struct image *head,
                          const struct section *sections, size_t count)
{
    char *block = arena_alloc(arena, head->size);
    memcpy(block, head, sizeof *head);
    for (size_t i = 0; i < count; i++)
        if (sections[i].count > 0)
            memcpy(block + sections[i].place->offset, sections[i].rows,
                   sections[i].count * sections[i].row_size);
    return (struct image *)(void *)block;
}

/* Room for the texts of cameras at once: there are so many of them that an array which grows would
 * be copied over and over. */
static void reserve_strings(struct builder *builder)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < builder->resolved->camera_count; i++) {
        const struct model_camera *model = builder->resolved->cameras[i].model;
        bytes += strlen(model->name) + strlen(model->url) + 2;
    }
    builder->strings = reserve(builder->arena, NULL, 0, bytes, &builder->string_room, 1);
}

const struct image *emit_image(const struct resolved *resolved, const struct plan *plan)
{
    struct builder builder = {.arena = resolved->model->arena, .resolved = resolved, .plan = plan};
    struct image head = {.abi = IMAGE_ABI};
    memcpy(head.magic, IMAGE_MAGIC, sizeof head.magic);
    reserve_strings(&builder);
    put_text(&builder, "");
    head.site = site_of(&builder);

    enum { ROWS = 6, ALL = 8 }; /* numbers and strings are known only when the rows are made */
    struct section sections[ALL] = {
        {&head.volumes, resolved->volume_count, sizeof(struct image_volume), make_volume, NULL},
        {&head.servers, resolved->server_count, sizeof(struct image_server), make_server, NULL},
        {&head.cameras, resolved->camera_count, sizeof(struct image_camera), make_camera, NULL},
        {&head.failovers, resolved->failover_count, sizeof(struct image_failover), make_failover,
         NULL},
        {&head.managers, resolved->manager_count, sizeof(struct image_manager), make_manager, NULL},
        {&head.coordinators, resolved->model->coordinators_count, sizeof(struct image_coordinator),
         make_coordinator, NULL},
    };
    for (size_t i = 0; i < ROWS; i++)
        make_rows(&builder, &sections[i]);
    sections[ROWS] = (struct section){&head.numbers, builder.number_count, sizeof *builder.numbers,
                                      NULL, (char *)builder.numbers};
    sections[ROWS + 1] =
        (struct section){&head.strings, builder.string_bytes, 1, NULL, builder.strings};
    head.size = u32((int64_t)place_sections(sections, ALL));

    struct image *image = join(builder.arena, &head, sections, ALL);
    const struct hash_part whole = {image, image->size};
    hash_sha256(&whole, 1, image->hash);
    return image;
}
