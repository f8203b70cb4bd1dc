#include "runtime/sim/json.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"
#include "runtime/sim/label.h"

/* Most texts are as they should be: they are not copied twice. */
static json_t *text_of(const char *text)
{
    if (label_is_plain(text))
        return json_string_nocheck(text);
    char *label = label_new(text);
    json_t *string = json_string(label);
    free(label);
    return string;
}

static json_t *number_of(int64_t number)
{
    return json_integer((json_int_t)number);
}

static json_t *server_of(const struct world *world, uint32_t server)
{
    return text_of(image_text(world->image, image_servers(world->image)[server].name));
}

/* Sets a key to a value that it takes over. A dry run without memory for its result cannot go on.
 */
static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) != 0)
        array_no_memory();
}

static void add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        array_no_memory();
}

/* ---- what happened ---- */

static json_t *acts_of(const struct world *world)
{
    json_t *acts = json_array();
    for (uint32_t i = 0; i < world->outage->act_count; i++) {
        const struct outage_act *act = &world->script->acts[world->outage->first_act + i];
        char words[TEXT_BYTES_MAX];
        json_t *object = json_object();
        set(object, "at_ms", number_of(act->at_ms));
        set(object, "act", text_of(script_act(world->image, act, words, sizeof words)));
        set(object, "line", number_of(act->line));
        add(acts, object);
    }
    return acts;
}

/* START or STOP (R16), and the program that a node would run then. */
static void set_published(json_t *event, const struct world *world,
                          const struct engine_transition *transition)
{
    const enum engine_action_kind published = trace_published(world->deployment, transition);
    if (published == ENGINE_ACTION_COUNT)
        return;
    const bool starts = published == ACTION_PUBLISH_START;
    const struct image_failover *failover = &image_failovers(world->image)[transition->subject];
    const struct image_list hook = starts ? failover->on_start : failover->on_stop;
    set(event, "published", text_of(starts ? "START" : "STOP"));
    json_t *words = json_array();
    for (uint32_t i = 0; i < hook.count; i++)
        add(words, text_of(image_text(world->image, image_numbers(world->image)[hook.first + i])));
    set(event, "hook", hook.count > 0 ? words : json_null());
    if (hook.count == 0)
        json_decref(words);
}

static json_t *event_of(const struct world *world, const struct moment *moment)
{
    const struct engine_transition *transition = &moment->transition;
    const uint8_t kind = world->deployment->machines[transition->machine].kind;
    char rule[8];
    char text[TEXT_BYTES_MAX];
    json_t *event = json_object();
    set(event, "at_ms", number_of(moment->at_ms));
    set(event, "server", server_of(world, transition->server));
    snprintf(text, sizeof text, "%s %s", trace_machine_kind(kind),
             trace_subject(world->deployment, transition));
    set(event, "machine", text_of(text));
    set(event, "event", text_of(trace_event(kind, transition->event)));
    set(event, "from", text_of(trace_state(kind, transition->from)));
    set(event, "to", text_of(trace_state(kind, transition->to)));
    if (transition->verdict == VERDICT_ILLEGAL)
        set(event, "illegal", json_true());
    snprintf(rule, sizeof rule, "R%u", transition->rule);
    set(event, "rule", transition->rule > 0 ? text_of(rule) : json_null());
    set(event, "epoch", number_of((int64_t)transition->epoch));
    set(event, "why", text_of(trace_why(world->deployment, transition, text, sizeof text)));
    set_published(event, world, transition);
    return event;
}

/* A server without cameras of its own that starts again goes on recording none. */
static bool tells_nothing(const struct world *world, const struct engine_transition *transition)
{
    return world->deployment->machines[transition->machine].kind == MACHINE_MAIN &&
           transition->verdict == VERDICT_MOVE && transition->from == MAIN_RECORDING &&
           transition->to == MAIN_RECORDING &&
           image_servers(world->image)[transition->subject].own_cameras.count == 0;
}

static json_t *events_of(const struct world *world)
{
    json_t *events = json_array();
    for (size_t i = 0; i < world->moment_count; i++)
        if (world->moments[i].at_ms >= 0 && !tells_nothing(world, &world->moments[i].transition))
            add(events, event_of(world, &world->moments[i]));
    return events;
}

/* ---- cameras ---- */

static json_t *gap_of(const struct gap *gap)
{
    json_t *object = json_object();
    set(object, "from_ms", number_of(gap->from_ms));
    set(object, "to_ms", number_of(gap->to_ms));
    set(object, "cause", text_of(gap->cause));
    json_t *parts = json_array();
    for (size_t i = 0; i < gap->part_count; i++) {
        const struct gap_part *part = &gap->parts[i];
        char rule[8];
        json_t *piece = json_object();
        set(piece, "from_ms", number_of(part->from_ms));
        set(piece, "to_ms", number_of(part->to_ms));
        snprintf(rule, sizeof rule, "R%u", part->rule);
        set(piece, "rule", text_of(rule));
        set(piece, "why", text_of(part->text));
        add(parts, piece);
    }
    set(object, "parts", parts);
    return object;
}

/* null where the server has no list of volumes. */
static json_t *volume_of(const struct world *world, uint32_t volume)
{
    if (volume == VOLUME_UNNAMED)
        return json_null();
    return text_of(image_text(world->image, image_volumes(world->image)[volume].name));
}

static json_t *span_of(const struct world *world, const struct span *span)
{
    json_t *object = json_object();
    set(object, "server", server_of(world, span->server));
    set(object, "volume", volume_of(world, span->volume));
    set(object, "epoch", number_of((int64_t)span->epoch));
    set(object, "from_ms", number_of(span->from_ms));
    set(object, "to_ms", number_of(span->to_ms));
    return object;
}

static json_t *gaps_of(const struct camera_result *camera)
{
    json_t *gaps = json_array();
    for (size_t i = 0; i < camera->gap_count; i++)
        add(gaps, gap_of(&camera->gaps[i]));
    return gaps;
}

static json_t *spans_of(const struct world *world, const struct camera_result *camera)
{
    json_t *by = json_array();
    for (size_t i = 0; i < camera->span_count; i++)
        add(by, span_of(world, &camera->spans[i]));
    return by;
}

static bool are_gaps_alike(const struct camera_result *a, const struct camera_result *b)
{
    bool alike = a->gap_count == b->gap_count;
    for (size_t i = 0; alike && i < a->gap_count; i++) {
        const struct gap *left = &a->gaps[i];
        const struct gap *right = &b->gaps[i];
        alike = left->from_ms == right->from_ms && left->to_ms == right->to_ms &&
                strcmp(left->cause, right->cause) == 0 && left->part_count == right->part_count;
        for (size_t p = 0; alike && p < left->part_count; p++)
            alike = left->parts[p].from_ms == right->parts[p].from_ms &&
                    left->parts[p].to_ms == right->parts[p].to_ms &&
                    left->parts[p].rule == right->parts[p].rule &&
                    strcmp(left->parts[p].text, right->parts[p].text) == 0;
    }
    return alike;
}

static bool are_spans_alike(const struct camera_result *a, const struct camera_result *b)
{
    bool alike = a->span_count == b->span_count;
    for (size_t i = 0; alike && i < a->span_count; i++)
        alike =
            a->spans[i].server == b->spans[i].server && a->spans[i].volume == b->spans[i].volume &&
            a->spans[i].epoch == b->spans[i].epoch && a->spans[i].from_ms == b->spans[i].from_ms &&
            a->spans[i].to_ms == b->spans[i].to_ms;
    return alike;
}

/* Neighbours mostly fare alike: what is the same for both is one value. before is the camera before
 * this one, or NULL. */
static json_t *camera_of(const struct result *result, uint32_t index, const json_t *before)
{
    const struct world *world = result->world;
    const struct image_camera *entry = &image_cameras(world->image)[index];
    const struct camera_result *camera = &result->cameras[index];
    json_t *object = json_object();
    set(object, "name", text_of(image_text(world->image, entry->name)));
    set(object, "main", server_of(world, entry->server));
    set(object, "recorded_ms", number_of(camera->recorded_ms));
    set(object, "gap_ms", number_of(camera->gap_ms));
    set(object, "double_ms", number_of(camera->double_ms));
    const bool same_gaps = before != NULL && are_gaps_alike(camera, camera - 1);
    const bool same_spans = before != NULL && are_spans_alike(camera, camera - 1);
    set(object, "gaps", same_gaps ? json_incref(json_object_get(before, "gaps")) : gaps_of(camera));
    set(object, "by",
        same_spans ? json_incref(json_object_get(before, "by")) : spans_of(world, camera));
    return object;
}

/* ---- servers, failovers, expectations ---- */

/* null where nothing is declared. */
static json_t *capacity_of(uint64_t capacity)
{
    return capacity > 0 ? number_of((int64_t)capacity) : json_null();
}

static json_t *load_of(const struct standby_result *standby)
{
    json_t *load = json_array();
    for (size_t i = 0; i < standby->step_count; i++) {
        const struct load_step *step = &standby->steps[i];
        json_t *object = json_object();
        set(object, "at_ms", number_of(step->at_ms));
        set(object, "mains", number_of(step->mains));
        set(object, "cameras", number_of(step->cameras));
        set(object, "network_bps", number_of((int64_t)step->network_bps));
        set(object, "write_bps", number_of((int64_t)step->write_bps));
        add(load, object);
    }
    return load;
}

static json_t *standbys_of(const struct result *result)
{
    json_t *standbys = json_array();
    for (uint32_t i = 0; i < result->standby_count; i++) {
        const struct standby_result *standby = &result->standbys[i];
        const struct image_server *server = &image_servers(result->world->image)[standby->server];
        json_t *object = json_object();
        set(object, "name", server_of(result->world, standby->server));
        set(object, "peak_mains", number_of(standby->peak_mains));
        set(object, "peak_cameras", number_of(standby->peak_cameras));
        set(object, "peak_network_bps", number_of((int64_t)standby->peak_network_bps));
        set(object, "peak_write_bps", number_of((int64_t)standby->peak_write_bps));
        set(object, "overloaded_ms", number_of(standby->overloaded_ms));
        set(object, "capacity_cameras", capacity_of(server->capacity_cameras));
        set(object, "capacity_network_bps", capacity_of(server->capacity_network_bps));
        set(object, "capacity_write_bps", capacity_of(server->capacity_write_bps));
        set(object, "load", load_of(standby));
        add(standbys, object);
    }
    return standbys;
}

static json_t *failovers_of(const struct result *result)
{
    const struct image *image = result->world->image;
    json_t *failovers = json_array();
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct failover_result *failover = &result->failovers[f];
        json_t *object = json_object();
        set(object, "name", text_of(image_text(image, image_failovers(image)[f].name)));
        set(object, "starts", number_of(failover->starts));
        set(object, "stops", number_of(failover->stops));
        set(object, "fills", number_of(failover->fills));
        set(object, "queued_ms", number_of(failover->queued_ms));
        set(object, "carried_ms", number_of(failover->carried_ms));
        set(object, "flaps", number_of(failover->flaps));
        set(object, "licence_expired", json_boolean(failover->licence_expired));
        set(object, "licence_left_ms",
            failover->licence_left_ms == ENGINE_NEVER ? json_null()
                                                      : number_of(failover->licence_left_ms));
        add(failovers, object);
    }
    return failovers;
}

static json_t *licences_of(const struct result *result)
{
    const struct image *image = result->world->image;
    json_t *licences = json_array();
    for (size_t i = 0; i < result->licence_count; i++) {
        const struct licence *licence = &result->licences[i];
        const int64_t end_ms = licence->left_ms - (licence->to_ms - licence->from_ms);
        json_t *object = json_object();
        char text[64];
        set(object, "failover",
            text_of(image_text(image, image_failovers(image)[licence->failover].name)));
        set(object, "from_ms", number_of(licence->from_ms));
        set(object, "to_ms", number_of(licence->to_ms));
        set(object, "left_ms", number_of(licence->left_ms));
        set(object, "left", text_of(trace_time_left(licence->left_ms, text, sizeof text)));
        set(object, "left_at_end", text_of(trace_time_left(end_ms, text, sizeof text)));
        set(object, "expired", json_boolean(licence->expired));
        add(licences, object);
    }
    return licences;
}

static json_t *volumes_of(const struct result *result)
{
    json_t *volumes = json_array();
    for (size_t i = 0; i < result->storage_count; i++) {
        const struct storage_result *entry = &result->storage[i];
        json_t *object = json_object();
        set(object, "server", server_of(result->world, entry->server));
        set(object, "volume", volume_of(result->world, entry->volume));
        set(object, "fallback", json_boolean(entry->fallback));
        set(object, "cameras", number_of(entry->camera_count));
        set(object, "recorded_ms", number_of(entry->recorded_ms));
        add(volumes, object);
    }
    return volumes;
}

static json_t *alarms_of(const struct result *result)
{
    json_t *alarms = json_array();
    for (size_t i = 0; i < result->alarm_count; i++) {
        const struct alarm_result *alarm = &result->alarms[i];
        json_t *object = json_object();
        set(object, "server", server_of(result->world, alarm->server));
        set(object, "from_ms", number_of(alarm->from_ms));
        set(object, "to_ms", number_of(alarm->to_ms));
        set(object, "rule", text_of("R35"));
        set(object, "why", text_of("no volume is left to write to"));
        add(alarms, object);
    }
    return alarms;
}

static json_t *expectations_of(const struct result *result)
{
    const struct world *world = result->world;
    json_t *expectations = json_array();
    for (uint32_t i = 0; i < world->outage->expect_count; i++) {
        const struct expect_result *judged = &result->expects[i];
        json_t *object = json_object();
        set(object, "text", text_of(script_text(world->script, judged->expect->text)));
        set(object, "held", json_boolean(judged->held));
        set(object, "found", text_of(judged->found));
        set(object, "line", number_of(judged->expect->line));
        add(expectations, object);
    }
    return expectations;
}

static json_t *faults_of(const struct world *world)
{
    json_t *faults = json_array();
    for (size_t i = 0; i < world->fault_count; i++)
        add(faults, text_of(world->faults[i]));
    return faults;
}

json_t *json_of(const struct result *result)
{
    const struct world *world = result->world;
    json_t *object = json_object();
    json_t *cameras = json_array();
    for (uint32_t c = 0; c < world->image->cameras.count; c++)
        add(cameras, camera_of(result, c, c > 0 ? json_array_get(cameras, c - 1) : NULL));
    set(object, "outage", text_of(script_text(world->script, world->outage->name)));
    set(object, "lasts_ms", number_of(world->outage->lasts_ms));
    set(object, "acts", acts_of(world));
    set(object, "events", events_of(world));
    set(object, "cameras", cameras);
    set(object, "standbys", standbys_of(result));
    set(object, "failovers", failovers_of(result));
    set(object, "licences", licences_of(result));
    set(object, "volumes", volumes_of(result));
    set(object, "alarms", alarms_of(result));
    set(object, "expectations", expectations_of(result));
    set(object, "faults", faults_of(world));
    return object;
}
