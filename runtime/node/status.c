#include "runtime/node/status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/node.h"

#define VERDICT_BYTES 512

/* What is not as it should be, gathered while the status is put together. */
struct verdict {
    char text[VERDICT_BYTES];
    uint32_t troubles;
};

static void add_trouble(struct verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_trouble(struct verdict *verdict, const char *format, ...)
{
    const size_t used = strlen(verdict->text);
    va_list arguments;
    int length = snprintf(verdict->text + used, sizeof verdict->text - used, "%s",
                          verdict->troubles++ > 0 ? "; " : "");
    if (used + (size_t)length >= sizeof verdict->text - 1)
        return;
    va_start(arguments, format);
    vsnprintf(verdict->text + used + length, sizeof verdict->text - used - (size_t)length, format,
              arguments);
    va_end(arguments);
}

static const char *server_name(const struct node *node, uint32_t server)
{
    return image_text(node->image, image_servers(node->image)[server].name);
}

static json_t *moment_json(int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];
    return json_string(clock_text(wall_ms, text));
}

static json_t *camera_json(const struct node *node, uint32_t camera)
{
    const struct image_camera *entry = &image_cameras(node->image)[camera];
    const struct supervisor_view view = supervisor_view(node->supervisor, camera);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:i}", "name",
                     image_text(node->image, entry->name), "main", server_name(node, entry->server),
                     "server", server_name(node, node->server), "state",
                     trace_state(MACHINE_CAMERA, engine_camera_state(node->engine, camera)),
                     "epoch", (json_int_t)engine_camera_epoch(node->engine, camera), "bytes",
                     (json_int_t)view.bytes, "bytes_per_s", (json_int_t)view.bytes_per_s, "frames",
                     (json_int_t)view.frames, "keyframe_age_ms",
                     view.keyframe_age_ms < 0 ? json_null() : json_integer(view.keyframe_age_ms),
                     "cause", view.cause, "worker_pid", view.worker_pid);
}

/* A camera that two failovers list is shown once. */
static json_t *cameras_json(const struct node *node, struct verdict *verdict)
{
    json_t *list = json_array();
    uint32_t silent = 0;
    for (uint32_t camera = 0; camera < node->image->cameras.count; camera++) {
        if (!engine_knows_camera(node->engine, camera))
            continue;
        silent += engine_camera_state(node->engine, camera) == CAMERA_SILENT;
        json_array_append_new(list, camera_json(node, camera));
    }
    if (silent > 0)
        add_trouble(verdict, "%u %s nothing to the disk", silent,
                    silent == 1 ? "camera brings" : "cameras bring");
    return list;
}

/* Whatever stands between a main and its take-over is news, and so is a take-over. */
static void judge_failover(const struct node *node, const struct image_failover *entry,
                           uint8_t state, struct verdict *verdict)
{
    const char *name = image_text(node->image, entry->name);
    const char *main = server_name(node, entry->monitor);
    if (engine_state_carries(state))
        add_trouble(verdict, "carries %s", main);
    else if (state == FAILOVER_DISABLED)
        add_trouble(verdict, "%s is disabled and does not watch %s", name, main);
    else if (state == FAILOVER_UNLOADED)
        add_trouble(verdict, "the licence's grace is over: %s is no longer carried", main);
    else if (state == FAILOVER_QUEUED)
        add_trouble(verdict, "%s waits for a slot", main);
    else if (state == FAILOVER_WITHHELD)
        add_trouble(verdict, "%s is lost here, but seen alive elsewhere", main);
    else if (state == FAILOVER_TROUBLED)
        add_trouble(verdict, "%s is alive and does not record", main);
}

/* The engine counts from its last event. */
static int64_t licence_left_ms(const struct node *node, uint32_t failover)
{
    const int64_t left_ms = engine_licence_left(node->engine, failover);
    const int64_t passed_ms = clock_now_ms() - node->event_ms;
    if (left_ms == ENGINE_NEVER)
        return ENGINE_NEVER;
    return left_ms > passed_ms ? left_ms - passed_ms : 0;
}

static json_t *failovers_json(const struct node *node, struct verdict *verdict)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    json_t *list = json_array();
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        const struct image_failover *entry = &image_failovers(node->image)[f];
        const uint8_t state = engine_failover_state(node->engine, f);
        const int64_t deadline_ms = engine_failover_deadline(node->engine, f);
        const int64_t left_ms = deadline_ms - clock_now_ms();
        const int64_t licence_ms = licence_left_ms(node, f);
        judge_failover(node, entry, state, verdict);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "name",
                            image_text(node->image, entry->name), "monitor",
                            server_name(node, entry->monitor), "state",
                            trace_state(MACHINE_FAILOVER, state), "epoch",
                            (json_int_t)engine_failover_epoch(node->engine, f), "flaps",
                            (json_int_t)engine_failover_flaps(node->engine, f), "wait_left_ms",
                            deadline_ms == ENGINE_NEVER ? json_null()
                                                        : json_integer(left_ms > 0 ? left_ms : 0),
                            "licence_left_ms",
                            licence_ms == ENGINE_NEVER ? json_null() : json_integer(licence_ms)));
    }
    return list;
}

static bool is_logged_off(const struct node *node, uint32_t server)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(node->image)[f].monitor == server &&
            engine_failover_state(node->engine, f) == FAILOVER_LOGGED_OFF)
            return true;
    return false;
}

static json_t *peers_json(const struct node *node, struct verdict *verdict)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < links_count(node->links); i++) {
        const struct link_view view = links_view(node->links, i);
        const char *name = server_name(node, view.server);
        const char *trouble = view.up                 ? ""
                              : view.other_deployment ? "runs another deployment or version"
                                                      : view.trouble;
        if (!view.up)
            add_trouble(verdict, "%s %s", name,
                        is_logged_off(node, view.server) ? "is logged off" : "is not connected");
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:b, s:o, s:s}", "name", name, "address",
                      image_text(node->image, image_servers(node->image)[view.server].address),
                      "up", view.up, "heard_ms_ago",
                      view.heard_ms_ago < 0 ? json_null() : json_integer(view.heard_ms_ago),
                      "trouble", trouble));
    }
    return list;
}

static json_t *managers_json(const struct node *node)
{
    json_t *list = json_array();
    for (uint32_t m = 0; m < node->image->managers.count; m++) {
        const struct image_manager *entry = &image_managers(node->image)[m];
        if (entry->host != node->server)
            continue;
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:I}", "name", image_text(node->image, entry->name),
                            "max_running", (json_int_t)entry->max_running, "held",
                            (json_int_t)engine_slots_held(node->engine, m), "waiting",
                            (json_int_t)engine_slots_waiting(node->engine, m)));
    }
    return list;
}

json_t *status_json(const struct node *node)
{
    struct verdict verdict = {0};
    char hash[13];
    const uint8_t state = engine_main_state(node->engine);
    image_short_hash(node->image, hash);
    if (state == MAIN_LENT)
        add_trouble(&verdict, "its cameras are with a standby");
    if (state == MAIN_REPLACED)
        add_trouble(&verdict, "a standby records its cameras too");
    if (engine_isolated(node->engine))
        add_trouble(&verdict, "its own network is down, so it judges no main");
    if (node->journal_fails)
        add_trouble(&verdict, "the journal cannot be written");
    json_t *failovers = failovers_json(node, &verdict);
    json_t *cameras = cameras_json(node, &verdict);
    json_t *peers = peers_json(node, &verdict);
    const bool well = verdict.troubles == 0;
    return json_pack(
        "{s:s, s:s, s:{s:b, s:s}, s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:{s:I, s:b, s:I}}",
        "server", server_name(node, node->server), "deployment", hash, "verdict", "ok", well,
        "text", well ? "all is well" : verdict.text, "now_at", moment_json(clock_wall_ms()),
        "started_at", moment_json(node->started_wall_ms), "state", trace_state(MACHINE_MAIN, state),
        "epoch", (json_int_t)engine_main_epoch(node->engine), "cameras", cameras, "failovers",
        failovers, "peers", peers, "managers", managers_json(node), "journal", "entries",
        (json_int_t)journal_count(node->journal), "ok", !node->journal_fails, "lost",
        (json_int_t)journal_health(node->journal).lost);
}
