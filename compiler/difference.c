/* Each thing is described as a list of facts, the same ones in both topologies; two lists are
 * compared line by line. */
#include "compiler/difference.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/plan.h"
#include "compiler/quantity.h"

#define FACTS_MAX 12

struct fact {
    const char *field;
    const char *text; /* NULL: it does not apply */
    const struct resolved_list *cameras;
};

struct facts {
    struct fact items[FACTS_MAX];
    size_t count;
};

/* One of the two topologies, with what is computed from it. */
struct side {
    const struct resolved *resolved;
    struct plan plan;
    struct check_load *loads;
    size_t load_count;
    struct names names; /* of the kind that is being compared */
};

struct comparison {
    struct side sides[2];  /* old, new */
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of one thing's facts */
    struct differences *out;
};

/* ---- facts ---- */

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

static const char *machine_name(const struct side *side, uint32_t machine, struct arena *arena)
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(&side->plan.shapes[machine], name);
    return arena_text(arena, name);
}

static void describe_site(const struct side *side, uint32_t index, struct arena *arena,
                          struct facts *facts)
{
    const struct model_site *site = side->resolved->site;
    (void)index;
    add_quantity(facts, arena, "heartbeat", QUANTITY_DURATION, site->heartbeat_ms);
    add_number(facts, arena, "misses", site->misses);
    add_quantity(facts, arena, "noticed_after", QUANTITY_DURATION,
                 site->heartbeat_ms * site->misses);
    add_quantity(facts, arena, "start", QUANTITY_DURATION, site->start_ms);
}

static void describe_volume(const struct side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct model_volume *volume = &side->resolved->volumes[index];
    add_text(facts, "path", volume->path);
    add_text(facts, "nas", volume->nas);
    add_quantity(facts, arena, "size", QUANTITY_SIZE, volume->size_bytes);
    add_quantity(facts, arena, "reserve", QUANTITY_SIZE, volume->reserve_bytes);
}

static const char *volume_names(const struct side *side, const struct resolved_list *volumes,
                                struct arena *arena)
{
    const char *text = NULL;
    for (uint32_t i = 0; i < volumes->count; i++)
        text = arena_format(arena, "%s%s%s", text == NULL ? "" : text, text == NULL ? "" : ", ",
                            side->resolved->volumes[volumes->items[i]].name);
    return text;
}

static void describe_server(const struct side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct resolved_server *server = &side->resolved->servers[index];
    const struct model_server *model = server->model;
    add_text(facts, "address", model->address);
    add_text(facts, "volumes", volume_names(side, &server->volumes, arena));
    if (model->capacity_cameras == 0)
        add_text(facts, "capacity.cameras", NULL);
    else
        add_number(facts, arena, "capacity.cameras", model->capacity_cameras);
    add_declared(facts, arena, "capacity.network", QUANTITY_RATE, model->capacity_network_bps);
    add_declared(facts, arena, "capacity.write", QUANTITY_RATE, model->capacity_write_bps);
    add_quantity(facts, arena, "ask_wait", QUANTITY_DURATION, model->ask_wait_ms);
    add_number(facts, arena, "priority", model->priority);
    add_text(facts, "machine", machine_name(side, side->plan.server_machines[index], arena));
}

static void describe_camera(const struct side *side, uint32_t index, struct arena *arena,
                            struct facts *facts)
{
    const struct model_camera *camera = side->resolved->cameras[index].model;
    add_text(facts, "server", camera->server);
    add_text(facts, "url", camera->url);
    add_declared(facts, arena, "rate", QUANTITY_RATE, camera->rate_bps);
    add_number(facts, arena, "sessions", camera->sessions);
    add_text(facts, "arm", camera->arm);
}

static const char *count_text(struct arena *arena, uint64_t count, const char *noun)
{
    return arena_format(arena, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

static void describe_failover(const struct side *side, uint32_t index, struct arena *arena,
                              struct facts *facts)
{
    const struct resolved *resolved = side->resolved;
    const struct resolved_failover *failover = &resolved->failovers[index];
    const struct model_failover *model = failover->model;
    add_text(facts, "standby", model->standby);
    add_text(facts, "monitor", model->monitor);
    add_quantity(facts, arena, "expect_reconnection", QUANTITY_DURATION,
                 model->expect_reconnection_ms);
    add_text(facts, "carries", count_text(arena, failover->objects.count, "camera"));
    facts->items[facts->count - 1].cameras = &failover->objects;
    add_number(facts, arena, "priority", model->priority);
    add_quantity(facts, arena, "hold_down", QUANTITY_DURATION, model->hold_down_ms);
    add_text(facts, "failback",
             (failover->features & (1u << FEATURE_MANUAL)) != 0 ? "manual" : "auto");
    add_text(facts, "transfer_if_no_ping",
             (failover->features & (1u << FEATURE_NO_PING)) != 0 ? "true" : "false");
    add_text(facts, "limited_by",
             failover->manager == IMAGE_NONE ? NULL
                                             : resolved->managers[failover->manager].model->name);
    add_text(facts, "machine", machine_name(side, side->plan.failover_machines[index], arena));
}

static void describe_manager(const struct side *side, uint32_t index, struct arena *arena,
                             struct facts *facts)
{
    const struct resolved_manager *manager = &side->resolved->managers[index];
    add_number(facts, arena, "max_running", manager->model->max_running);
    add_text(facts, "counted_by", side->resolved->servers[manager->host].model->name);
    add_text(facts, "when_unreachable", manager->allow ? "allow" : "hold");
}

static void describe_machine(const struct side *side, uint32_t index, struct arena *arena,
                             struct facts *facts)
{
    (void)side, (void)index, (void)arena, (void)facts; /* it is there or not */
}

static void describe_load(const struct side *side, uint32_t index, struct arena *arena,
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

static const char *name_of_site(const struct side *side, uint32_t index, struct arena *arena)
{
    (void)side, (void)index, (void)arena;
    return "";
}

static const char *name_of_volume(const struct side *side, uint32_t index, struct arena *arena)
{
    (void)arena;
    return side->resolved->volumes[index].name;
}

#define NAME_OF(kind, array)                                                                       \
    static const char *name_of_##kind(const struct side *side, uint32_t index,                     \
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

static const char *name_of_machine(const struct side *side, uint32_t index, struct arena *arena)
{
    return machine_name(side, index, arena);
}

static const char *name_of_load(const struct side *side, uint32_t index, struct arena *arena)
{
    (void)arena;
    return side->resolved->servers[side->loads[index].server].model->name;
}

static uint32_t one(const struct side *side)
{
    (void)side;
    return 1;
}

#define COUNT_OF(kind, count)                                                                      \
    static uint32_t count_of_##kind(const struct side *side)                                       \
    {                                                                                              \
        return (uint32_t)side->count;                                                              \
    }
COUNT_OF(volume, resolved->volume_count)
COUNT_OF(server, resolved->server_count)
COUNT_OF(camera, resolved->camera_count)
COUNT_OF(failover, resolved->failover_count)
COUNT_OF(manager, resolved->manager_count)
COUNT_OF(machine, plan.shape_count)
COUNT_OF(load, load_count)
#undef COUNT_OF

static const struct kind {
    const char *name;
    uint32_t (*count)(const struct side *side);
    const char *(*name_of)(const struct side *side, uint32_t index, struct arena *arena);
    void (*describe)(const struct side *side, uint32_t index, struct arena *arena,
                     struct facts *facts);
} kinds[] = {
    {"site", one, name_of_site, describe_site},
    {"volume", count_of_volume, name_of_volume, describe_volume},
    {"server", count_of_server, name_of_server, describe_server},
    {"camera", count_of_camera, name_of_camera, describe_camera},
    {"failover", count_of_failover, name_of_failover, describe_failover},
    {"failover_manager", count_of_manager, name_of_manager, describe_manager},
    {"machine", count_of_machine, name_of_machine, describe_machine},
    {"worst_case", count_of_load, name_of_load, describe_load},
};

/* ---- carried sets ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_cameras(const struct side *side, const struct resolved_list *cameras,
                                   struct arena *arena)
{
    const char **names = arena_alloc(arena, (cameras->count + 1) * sizeof *names);
    for (uint32_t i = 0; i < cameras->count; i++)
        names[i] = side->resolved->cameras[cameras->items[i]].model->name;
    qsort(names, cameras->count, sizeof *names, by_name);
    return names;
}

static void add_camera(struct comparison *comparison, struct difference_names *to, const char *name)
{
    to->names = arena_grow(comparison->arena, to->names, to->count, sizeof *to->names);
    to->names[to->count++] = name;
}

/* Both lists are sorted, so one walk along both finds what is in one only. */
static void compare_sets(struct comparison *comparison, const struct fact facts[2],
                         struct difference_field *field)
{
    const char **names[2];
    uint32_t counts[2];
    for (int i = 0; i < 2; i++) {
        names[i] = sorted_cameras(&comparison->sides[i], facts[i].cameras, comparison->scratch);
        counts[i] = facts[i].cameras->count;
    }
    for (uint32_t i = 0, k = 0; i < counts[0] || k < counts[1];) {
        int order = i == counts[0] ? 1 : k == counts[1] ? -1 : strcmp(names[0][i], names[1][k]);
        if (order < 0)
            add_camera(comparison, &field->lost, names[0][i]);
        else if (order > 0)
            add_camera(comparison, &field->gained, names[1][k]);
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- things ---- */

static const char *keep(struct comparison *comparison, const char *text)
{
    return text == NULL ? NULL : arena_text(comparison->arena, text);
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void add_field(struct comparison *comparison, struct difference *difference,
                      const struct difference_field *field)
{
    difference->fields = arena_grow(comparison->arena, difference->fields, difference->field_count,
                                    sizeof *difference->fields);
    struct difference_field *kept = &difference->fields[difference->field_count++];
    *kept = *field;
    kept->from = keep(comparison, field->from);
    kept->to = keep(comparison, field->to);
}

static void add_difference(struct comparison *comparison, const struct difference *difference)
{
    struct differences *out = comparison->out;
    out->items = arena_grow(comparison->arena, out->items, out->count, sizeof *out->items);
    out->items[out->count] = *difference;
    out->items[out->count++].name = keep(comparison, difference->name);
}

/* A thing that only one side has, with all that is known of it. */
static void add_whole(struct comparison *comparison, const struct kind *kind, int side,
                      uint32_t index)
{
    struct facts facts = {.count = 0};
    struct difference difference = {
        .what = side == 0 ? DIFFERENCE_REMOVED : DIFFERENCE_ADDED,
        .kind = kind->name,
        .name = kind->name_of(&comparison->sides[side], index, comparison->scratch)};
    kind->describe(&comparison->sides[side], index, comparison->scratch, &facts);
    for (size_t i = 0; i < facts.count; i++) {
        struct difference_field field = {.field = facts.items[i].field};
        *(side == 0 ? &field.from : &field.to) = facts.items[i].text;
        if (facts.items[i].text != NULL)
            add_field(comparison, &difference, &field);
    }
    add_difference(comparison, &difference);
}

static void compare_things(struct comparison *comparison, const struct kind *kind, uint32_t old,
                           uint32_t new)
{
    struct facts facts[2] = {{.count = 0}, {.count = 0}};
    struct difference difference = {
        .what = DIFFERENCE_CHANGED,
        .kind = kind->name,
        .name = kind->name_of(&comparison->sides[1], new, comparison->scratch)};
    kind->describe(&comparison->sides[0], old, comparison->scratch, &facts[0]);
    kind->describe(&comparison->sides[1], new, comparison->scratch, &facts[1]);
    assert(facts[0].count == facts[1].count);
    for (size_t i = 0; i < facts[0].count; i++) {
        const struct fact both[2] = {facts[0].items[i], facts[1].items[i]};
        struct difference_field field = {
            .field = both[0].field, .from = both[0].text, .to = both[1].text};
        if (both[0].cameras != NULL)
            compare_sets(comparison, both, &field);
        if (!is_same(field.from, field.to) || field.gained.count > 0 || field.lost.count > 0)
            add_field(comparison, &difference, &field);
    }
    if (difference.field_count > 0)
        add_difference(comparison, &difference);
}

static void index_names(struct comparison *comparison, const struct kind *kind, struct side *side)
{
    uint32_t count = kind->count(side);
    names_start(&side->names, comparison->arena, count);
    for (uint32_t i = 0; i < count; i++)
        names_add(&side->names, kind->name_of(side, i, comparison->arena));
}

static void compare_kind(struct comparison *comparison, const struct kind *kind)
{
    struct side *old = &comparison->sides[0];
    struct side *new = &comparison->sides[1];
    index_names(comparison, kind, old);
    index_names(comparison, kind, new);
    for (uint32_t i = 0; i < kind->count(new); i++) {
        uint32_t before = names_find(&old->names, new->names.names[i]);
        if (before == IMAGE_NONE)
            add_whole(comparison, kind, 1, i);
        else
            compare_things(comparison, kind, before, i);
        arena_reset(comparison->scratch);
    }
    for (uint32_t i = 0; i < kind->count(old); i++) {
        if (names_find(&new->names, old->names.names[i]) == IMAGE_NONE)
            add_whole(comparison, kind, 0, i);
        arena_reset(comparison->scratch);
    }
}

void difference_find(const struct resolved *old, const struct resolved *new, struct arena *arena,
                     struct differences *out)
{
    struct comparison comparison = {.arena = arena, .scratch = arena_new(), .out = out};
    const struct resolved *both[2] = {old, new};
    *out = (struct differences){.count = 0};
    for (int i = 0; i < 2; i++) {
        struct side *side = &comparison.sides[i];
        side->resolved = both[i];
        plan_topology(both[i], &side->plan);
        side->load_count = check_loads(both[i], &side->loads);
    }
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        compare_kind(&comparison, &kinds[k]);
    arena_free(comparison.scratch);
}
