#include "compiler/fact.h"

#include <assert.h>
#include <inttypes.h>

#include "compiler/quantity.h"

/* ---- texts ---- */

static void add_text(struct facts *facts, const char *field, const char *text)
{
    assert(facts->count < FACTS_MAX);
    facts->items[facts->count++] = (struct fact){field, text, NULL};
}

static void add_number(struct facts *facts, struct arena *arena, const char *field, int64_t value)
{
    add_text(facts, field, arena_format(arena, "%" PRId64, value));
}

static void add_quantity(struct facts *facts, struct arena *arena, const char *field,
                         enum quantity_kind kind, int64_t value)
{
    char text[QUANTITY_TEXT_BYTES];
    add_text(facts, field, arena_text(arena, quantity_text(kind, value, text)));
}

/* A number of which 0 means that nothing was declared. */
static void add_declared(struct facts *facts, struct arena *arena, const char *field,
                         enum quantity_kind kind, int64_t value)
{
    if (value == 0)
        add_text(facts, field, NULL);
    else
        add_quantity(facts, arena, field, kind, value);
}

static void add_truth(struct facts *facts, const char *field, bool value)
{
    add_text(facts, field, value ? "true" : "false");
}

/* A list of texts; an empty one does not apply. */
static void add_texts(struct facts *facts, struct arena *arena, const char *field,
                      const struct model_names *texts)
{
    const char *all = NULL;
    for (size_t i = 0; i < texts->count; i++)
        all = all == NULL ? texts->names[i] : arena_format(arena, "%s, %s", all, texts->names[i]);
    add_text(facts, field, all);
}

static const char *machine_name(const struct fact_side *side, uint32_t machine, struct arena *arena)
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(&side->plan.shapes[machine], name);
    return arena_text(arena, name);
}

static void describe_site(const struct fact_side *side, uint32_t index, struct arena *arena,
                          struct facts *facts)
{
    const struct model_site *site = side->resolved->site;
    (void)index;
    add_quantity(facts, arena, "heartbeat", QUANTITY_DURATION, site->heartbeat_ms);
    add_number(facts, arena, "misses", site->misses);
    add_quantity(facts, arena, "noticed_after", QUANTITY_DURATION,
                 site->heartbeat_ms * site->misses);
    add_quantity(facts, arena, "start", QUANTITY_DURATION, site->start_ms);
    add_quantity(facts, arena, "claim", QUANTITY_DURATION, site->claim_ms);
    add_quantity(facts, arena, "lease", QUANTITY_DURATION, site->lease_ms);
    add_truth(facts, "licence_bound", site->licence_bound);
    add_quantity(facts, arena, "grace", QUANTITY_DURATION, site->grace_ms);
    add_declared(facts, arena, "repair", QUANTITY_DURATION, site->repair_ms);
    add_text(facts, "time_zone", site->time_zone);
    add_texts(facts, arena, "on_alarm", &site->on_alarm);
}

static void describe_volume(const struct fact_side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct model_volume *volume = &side->resolved->volumes[index];
    add_text(facts, "path", volume->path);
    add_text(facts, "nas", volume->nas);
    add_quantity(facts, arena, "size", QUANTITY_SIZE, volume->size_bytes);
    add_quantity(facts, arena, "reserve", QUANTITY_SIZE, volume->reserve_bytes);
}

static const char *volume_names(const struct fact_side *side, const struct resolved_list *volumes,
                                struct arena *arena)
{
    const char *text = NULL;
    for (uint32_t i = 0; i < volumes->count; i++)
        text = arena_format(arena, "%s%s%s", text == NULL ? "" : text, text == NULL ? "" : ", ",
                            side->resolved->volumes[volumes->items[i]].name);
    return text;
}

static void describe_server(const struct fact_side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct resolved_server *server = &side->resolved->servers[index];
    const struct model_server *model = server->model;
    add_text(facts, "address", model->address);
    add_text(facts, "volumes", volume_names(side, &server->volumes, arena));
    add_text(facts, "fallback",
             server->fallback == IMAGE_NONE ? NULL
                                            : side->resolved->volumes[server->fallback].name);
    if (model->capacity_cameras == 0)
        add_text(facts, "capacity.cameras", NULL);
    else
        add_number(facts, arena, "capacity.cameras", model->capacity_cameras);
    add_declared(facts, arena, "capacity.network", QUANTITY_RATE, model->capacity_network_bps);
    add_declared(facts, arena, "capacity.write", QUANTITY_RATE, model->capacity_write_bps);
    add_quantity(facts, arena, "ask_wait", QUANTITY_DURATION, model->ask_wait_ms);
    add_number(facts, arena, "priority", model->priority);
    add_texts(facts, arena, "witness", &model->witness);
    add_text(facts, "machine", machine_name(side, side->plan.server_machines[index], arena));
}

static void describe_camera(const struct fact_side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct model_camera *camera = side->resolved->cameras[index].model;
    add_text(facts, "server", camera->server);
    add_text(facts, "url", camera->url);
    add_declared(facts, arena, "rate", QUANTITY_RATE, camera->rate_bps);
    add_number(facts, arena, "sessions", camera->sessions);
    add_text(facts, "arm", camera->arm);
    add_declared(facts, arena, "keep", QUANTITY_DURATION, camera->keep_ms);
    add_text(facts, "credentials", camera->credentials);
}

static const char *count_text(struct arena *arena, uint64_t count, const char *noun)
{
    return arena_format(arena, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

static const char *limit_names(const struct resolved *resolved,
                               const struct resolved_failover *failover, struct arena *arena)
{
    if (failover->manager == IMAGE_NONE)
        return NULL;
    const char *name = resolved->managers[failover->manager].model->name;
    return failover->own_manager == IMAGE_NONE
               ? name
               : arena_format(arena, "%s, %s", name,
                              resolved->managers[failover->own_manager].model->name);
}

static void describe_failover(const struct fact_side *side, uint32_t index, struct arena *arena,
                              struct facts *facts)
{
    const struct resolved *resolved = side->resolved;
    const struct resolved_failover *failover = &resolved->failovers[index];
    const struct model_failover *model = failover->model;
    static const char *const also_on_texts[] = {NULL, "storage", "recording", "storage, recording"};
    add_text(facts, "standby", model->standby);
    add_text(facts, "monitor", model->monitor);
    add_quantity(facts, arena, "expect_reconnection", QUANTITY_DURATION,
                 model->expect_reconnection_ms);
    add_text(facts, "carries", count_text(arena, failover->objects.count, "camera"));
    facts->items[facts->count - 1].cameras = &failover->objects;
    add_number(facts, arena, "priority", model->priority);
    add_quantity(facts, arena, "hold_down", QUANTITY_DURATION, model->hold_down_ms);
    add_text(facts, "failback", model->failback);
    add_truth(facts, "transfer_if_no_ping", model->transfer_if_no_ping);
    add_text(facts, "also_on", also_on_texts[failover->also_on]);
    add_quantity(facts, arena, "retry_for", QUANTITY_DURATION, model->retry_for_ms);
    add_truth(facts, "disabled", model->disabled);
    add_texts(facts, arena, "on_start", &model->on_start);
    add_texts(facts, arena, "on_stop", &model->on_stop);
    add_text(facts, "limited_by", limit_names(resolved, failover, arena));
    add_text(facts, "machine", machine_name(side, side->plan.failover_machines[index], arena));
}

static void describe_manager(const struct fact_side *side, uint32_t index, struct arena *arena,
                             struct facts *facts)
{
    const struct resolved_manager *manager = &side->resolved->managers[index];
    add_number(facts, arena, "max_running", manager->model->max_running);
    add_text(facts, "counted_by", side->resolved->servers[manager->host].model->name);
    add_text(facts, "when_unreachable", manager->allow ? "allow" : "hold");
}

static void describe_coordinator(const struct fact_side *side, uint32_t index, struct arena *arena,
                                 struct facts *facts)
{
    const struct model_coordinator *coordinator = &side->resolved->model->coordinators[index];
    add_texts(facts, arena, "etcd", &coordinator->etcd);
    add_text(facts, "ca", coordinator->ca);
    add_text(facts, "cert", coordinator->cert);
    add_text(facts, "key", coordinator->key);
    add_text(facts, "credentials", coordinator->credentials);
    add_text(facts, "when_unreachable", coordinator->when_unreachable);
}

static void describe_machine(const struct fact_side *side, uint32_t index, struct arena *arena,
                             struct facts *facts)
{
    (void)side, (void)index, (void)arena, (void)facts; /* it is there or not */
}

static void describe_load(const struct fact_side *side, uint32_t index, struct arena *arena,
                          struct facts *facts)
{
    const struct check_load *load = &side->loads[index];
    add_text(facts, "mains", count_text(arena, load->worst_mains, "main"));
    add_text(facts, "cameras", count_text(arena, load->worst_cameras, "camera"));
    add_declared(facts, arena, "network", QUANTITY_RATE,
                 load->worst_network_bps > INT64_MAX ? INT64_MAX
                                                     : (int64_t)load->worst_network_bps);
}

/* ---- names ---- */

/* There is one at most. */
static const char *no_name(const struct fact_side *side, uint32_t index, struct arena *arena)
{
    (void)side, (void)index, (void)arena;
    return "";
}

static const char *name_of_volume(const struct fact_side *side, uint32_t index, struct arena *arena)
{
    (void)arena;
    return side->resolved->volumes[index].name;
}

#define NAME_OF(kind, array)                                                                       \
    static const char *name_of_##kind(const struct fact_side *side, uint32_t index,                \
                                      struct arena *arena)                                         \
    {                                                                                              \
        (void)arena;                                                                               \
        return side->resolved->array[index].model->name;                                           \
    }
NAME_OF(server, servers)
NAME_OF(camera, cameras)
NAME_OF(failover, failovers)
NAME_OF(manager, managers)
#undef NAME_OF

static const char *name_of_machine(const struct fact_side *side, uint32_t index,
                                   struct arena *arena)
{
    return machine_name(side, index, arena);
}

static const char *name_of_load(const struct fact_side *side, uint32_t index, struct arena *arena)
{
    (void)arena;
    return side->resolved->servers[side->loads[index].server].model->name;
}

static uint32_t one(const struct fact_side *side)
{
    (void)side;
    return 1;
}

#define COUNT_OF(kind, count)                                                                      \
    static uint32_t count_of_##kind(const struct fact_side *side)                                  \
    {                                                                                              \
        return (uint32_t)side->count;                                                              \
    }
COUNT_OF(volume, resolved->volume_count)
COUNT_OF(server, resolved->server_count)
COUNT_OF(camera, resolved->camera_count)
COUNT_OF(failover, resolved->failover_count)
COUNT_OF(manager, resolved->manager_count)
COUNT_OF(coordinator, resolved->model->coordinators_count)
COUNT_OF(machine, plan.shape_count)
COUNT_OF(load, load_count)
#undef COUNT_OF

const struct fact_kind fact_kinds[FACT_KIND_COUNT] = {
    {"site", one, no_name, describe_site},
    {"volume", count_of_volume, name_of_volume, describe_volume},
    {"server", count_of_server, name_of_server, describe_server},
    {"camera", count_of_camera, name_of_camera, describe_camera},
    {"failover", count_of_failover, name_of_failover, describe_failover},
    {"failover_manager", count_of_manager, name_of_manager, describe_manager},
    {"coordinator", count_of_coordinator, no_name, describe_coordinator},
    {"machine", count_of_machine, name_of_machine, describe_machine},
    {"worst_case", count_of_load, name_of_load, describe_load},
};
