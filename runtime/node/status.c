#include "runtime/node/status.h"

#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/node.h"
#include "runtime/node/status_read.h"
#include "runtime/node/status_site.h"
#include "runtime/node/trouble.h"

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
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s, s:i}", "name",
                     image_text(node->image, entry->name), "main", server_name(node, entry->server),
                     "server", server_name(node, node->server), "state",
                     trace_state(MACHINE_CAMERA, engine_camera_state(node->engine, camera)),
                     "epoch", (json_int_t)engine_camera_epoch(node->engine, camera), "bytes",
                     (json_int_t)view.bytes, "bytes_per_s", (json_int_t)view.bytes_per_s, "frames",
                     (json_int_t)view.frames, "lost_frames", (json_int_t)view.lost, "silences",
                     (json_int_t)view.silences, "keyframe_age_ms",
                     view.keyframe_age_ms < 0 ? json_null() : json_integer(view.keyframe_age_ms),
                     "cause", view.cause, "worker_pid", view.worker_pid);
}

/* A camera that two failovers list is shown once. */
static json_t *cameras_json(const struct node *node, struct troubles *troubles)
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
        trouble_add(troubles, TROUBLE_ALARM, "%u %s nothing to the disk", silent,
                    silent == 1 ? "camera brings" : "cameras bring");
    return list;
}

/* Whatever stands between a main and its take-over is news, and so is a take-over. */
static void judge_failover(const struct node *node, const struct image_failover *entry,
                           uint8_t state, struct troubles *troubles)
{
    const char *name = image_text(node->image, entry->name);
    const char *main = server_name(node, entry->monitor);
    if (engine_state_carries(state))
        trouble_add(troubles, TROUBLE_NOTICE, "%s is carried here", main);
    else if (state == FAILOVER_DISABLED)
        trouble_add(troubles, TROUBLE_NOTICE, "%s is disabled and does not watch %s", name, main);
    else if (state == FAILOVER_UNLOADED)
        trouble_add(troubles, TROUBLE_ALARM, "the licence's grace is over: %s is no longer carried",
                    main);
    else if (state == FAILOVER_QUEUED)
        trouble_add(troubles, TROUBLE_ALARM, "%s waits for a slot", main);
    else if (state == FAILOVER_WITHHELD)
        trouble_add(troubles, TROUBLE_NOTICE, "%s is lost here, but seen alive elsewhere", main);
    else if (state == FAILOVER_TROUBLED)
        trouble_add(troubles, TROUBLE_NOTICE, "%s is alive and does not record", main);
    else if (state == FAILOVER_STOPPED)
        trouble_add(troubles, TROUBLE_NOTICE,
                    "%s was stopped by an operator: %s is not taken over until it was seen again",
                    name, main);
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

/* null: there is nothing that its main does not have. */
static json_t *filling_json(const struct node *node, uint32_t failover)
{
    const struct filling_view view = supervisor_filling(node->supervisor, failover);
    if (view.state == FILLING_NONE)
        return json_null();
    return json_pack("{s:s, s:I, s:I, s:s}", "state", filling_state_name(view.state), "segments",
                     (json_int_t)view.copied, "bytes", (json_int_t)view.bytes, "cause", view.cause);
}

/* Null where no time is set. */
static json_t *maintenance_json(const struct node *node, uint32_t failover)
{
    struct maintenance_view view;
    if (!maintenance_view(node->maintenance, failover, &view))
        return json_null();
    return json_pack("{s:o, s:I, s:s}", "until_at", moment_json(view.until_wall_ms), "left_ms",
                     (json_int_t)view.left_ms, "reason", view.reason);
}

static json_t *failovers_json(const struct node *node, struct troubles *troubles)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    json_t *list = json_array();
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        const struct image_failover *entry = &image_failovers(node->image)[f];
        const uint8_t state = engine_failover_state(node->engine, f);
        const int64_t deadline_ms = engine_failover_deadline(node->engine, f);
        const int64_t left_ms = deadline_ms - clock_now_ms();
        const int64_t licence_ms = licence_left_ms(node, f);
        judge_failover(node, entry, state, troubles);
        json_array_append_new(
            list,
            json_pack(
                "{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "name",
                image_text(node->image, entry->name), "monitor", server_name(node, entry->monitor),
                "state", trace_state(MACHINE_FAILOVER, state), "carries",
                engine_state_carries(state), "objects", (json_int_t)entry->objects.count, "epoch",
                (json_int_t)engine_failover_epoch(node->engine, f), "flaps",
                (json_int_t)engine_failover_flaps(node->engine, f), "starts",
                (json_int_t)timeline_starts(node->timeline, f), "stops",
                (json_int_t)timeline_stops(node->timeline, f), "wait_left_ms",
                deadline_ms == ENGINE_NEVER ? json_null() : json_integer(left_ms > 0 ? left_ms : 0),
                "licence_left_ms",
                licence_ms == ENGINE_NEVER ? json_null() : json_integer(licence_ms), "fill",
                filling_json(node, f), "maintenance", maintenance_json(node, f), "drill",
                drill_order_view(node, f)));
    }
    return list;
}

static bool is_logged_off(const struct node *node, uint32_t server)
{
    const struct image_list watchers = image_servers(node->image)[server].watchers;
    for (uint32_t i = 0; i < watchers.count; i++) {
        const uint32_t failover = image_numbers(node->image)[watchers.first + i];
        if (image_failovers(node->image)[failover].standby == node->server &&
            engine_failover_state(node->engine, failover) == FAILOVER_LOGGED_OFF)
            return true;
    }
    return false;
}

static json_t *peers_json(const struct node *node, struct troubles *troubles)
{
    if (rollout_refusal(node->rollout)[0] != '\0')
        trouble_add(troubles, TROUBLE_NOTICE, "a deployment that was handed on is not taken: %s",
                    rollout_refusal(node->rollout));
    json_t *list = json_array();
    for (uint32_t i = 0; i < links_count(node->links); i++) {
        const struct link_view view = links_view(node->links, i);
        const char *name = server_name(node, view.server);
        const char *trouble = view.other_deployment ? "runs another deployment"
                              : view.up             ? ""
                              : view.other_version  ? "runs another version of Understudy"
                                                    : view.trouble;
        if (view.other_deployment)
            trouble_add(troubles, TROUBLE_NOTICE, "%s runs another deployment", name);
        if (!view.up)
            trouble_add(troubles, TROUBLE_NOTICE, "%s %s", name,
                        is_logged_off(node, view.server) ? "is logged off" : "is not connected");
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:b, s:b, s:b, s:o, s:s}", "name", name, "address",
                      image_text(node->image, image_servers(node->image)[view.server].address),
                      "up", view.up, "logged_off", !view.up && is_logged_off(node, view.server),
                      "other_deployment", view.other_deployment, "heard_ms_ago",
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

/* A volume that is lost is a notice as long as another one takes the recordings (R35). */
static json_t *volumes_json(const struct node *node, struct troubles *troubles)
{
    const struct image_server *self = &image_servers(node->image)[node->server];
    json_t *list = json_array();
    uint32_t lost = 0;
    for (uint32_t i = 0; i < self->volumes.count; i++) {
        const uint32_t number = image_numbers(node->image)[self->volumes.first + i];
        const struct image_volume *volume = &image_volumes(node->image)[number];
        const struct keeping_view view = supervisor_volume(node->supervisor, i);
        const bool looked = view.heard_ms > 0;
        lost += view.cause[0] != '\0';
        if (view.cause[0] != '\0')
            trouble_add(troubles, TROUBLE_NOTICE, "%s", view.cause);
        json_array_append_new(
            list,
            json_pack(
                "{s:s, s:s, s:b, s:b, s:I, s:o, s:o, s:o, s:s}", "name",
                image_text(node->image, volume->name), "path",
                image_text(node->image, volume->path), "shared", volume->shared != 0, "fallback",
                number == self->fallback, "size_bytes", (json_int_t)volume->size_bytes, "own_bytes",
                looked ? json_integer((json_int_t)view.own_bytes) : json_null(), "free_bytes",
                looked ? json_integer((json_int_t)view.free_bytes) : json_null(), "looked_ms_ago",
                looked ? json_integer(clock_now_ms() - view.heard_ms) : json_null(), "trouble",
                view.cause));
    }
    if (lost > 0 && lost == self->volumes.count)
        trouble_add(troubles, TROUBLE_ALARM, "none of its volumes is well");
    return list;
}

static json_t *journal_json(const struct node *node)
{
    const struct journal_health health = journal_health(node->journal);
    return json_pack("{s:I, s:b, s:I, s:I, s:I}", "entries",
                     (json_int_t)journal_count(node->journal), "ok", !node->journal_fails, "lost",
                     (json_int_t)health.lost, "shortened", (json_int_t)health.shortened,
                     "unexpected", (json_int_t)timeline_unexpected(node->timeline));
}

static void judge_server(const struct node *node, uint8_t state, struct troubles *troubles)
{
    if (engine_isolated(node->engine))
        trouble_add(troubles, TROUBLE_ALARM, "its own network is down, so it judges no main");
    if (node->journal_fails)
        trouble_add(troubles, TROUBLE_ALARM, "the journal cannot be written");
    if (state == MAIN_LENT)
        trouble_add(troubles, TROUBLE_NOTICE, "its cameras are with a standby");
    if (state == MAIN_REPLACED)
        trouble_add(troubles, TROUBLE_NOTICE, "a standby records its cameras too");
    if (drill_order_runs(node))
        trouble_add(troubles, TROUBLE_NOTICE,
                    "a drill runs here: what it plays is not real, and nothing of it is done");
    if (node->leaving)
        trouble_add(troubles, TROUBLE_NOTICE, "it is logging off");
}

/* Null where the site has none. */
static json_t *coordinator_json(const struct node *node, struct troubles *troubles)
{
    if (node->coordinator == NULL)
        return json_null();
    const struct coordinator_view view = coordinator_view(node->coordinator);
    json_t *claims = json_array();
    for (uint32_t i = 0; i < view.main_count; i++) {
        const struct dealing *claim = coordinator_dealing(node->coordinator, i);
        json_array_append_new(claims, json_pack("{s:s, s:I, s:s, s:b}", "main",
                                                server_name(node, claim->main), "epoch",
                                                (json_int_t)claim->epoch, "holder", claim->holder,
                                                "alive", claim->alive));
    }
    if (!view.in_reach)
        trouble_add(troubles, TROUBLE_ALARM, "the coordinator is out of reach");
    return json_pack("{s:b, s:I, s:s, s:s, s:o}", "in_reach", view.in_reach, "since_ms",
                     (json_int_t)view.since_ms, "endpoint", view.in_reach ? view.text : "",
                     "trouble", view.in_reach ? "" : view.text, "claims", claims);
}

/* Those that volumes decide about. */
static json_t *claims_json(const struct node *node)
{
    json_t *claims = json_array();
    for (uint32_t i = 0; i < lookout_claim_count(node->lookout); i++) {
        const struct lookout_claim_view view = lookout_claim_view(node->lookout, i);
        json_array_append_new(
            claims,
            json_pack("{s:s, s:s, s:b, s:I, s:s, s:I, s:s, s:b}", "main",
                      server_name(node, view.dealing->main), "volume", view.volume, "in_reach",
                      view.in_reach, "since_ms", (json_int_t)view.since_ms, "trouble",
                      view.in_reach ? "" : view.trouble, "epoch", (json_int_t)view.dealing->epoch,
                      "holder", view.dealing->holder, "alive", view.dealing->alive));
    }
    return claims;
}

static json_t *hooks_json(const struct node *node)
{
    const struct publications_view view = publications_view(node->publications);
    return json_pack("{s:I, s:I, s:s}", "running", (json_int_t)view.running, "waiting",
                     (json_int_t)view.waiting, "trouble", view.trouble);
}

/* Alarms of these kinds are told in the words above. */
static bool is_told(const char *alarm)
{
    static const char *const told[] = {"camera_unrecorded", "storage_lost",     "volume_trouble",
                                       "licence_over",      "main_waits",       "peer_lost",
                                       "other_deployment",  "coordinator_lost", "own_network",
                                       "journal_fails"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (strcmp(told[i], alarm) == 0)
            return true;
    return false;
}

/* What the alarms say beyond that, as long as it is so. */
static void judge_alarms(const json_t *alarms, struct troubles *troubles)
{
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const char *priority = status_text(alarm, "priority");
        const bool is_grave = strcmp(priority, "alert") == 0 || strcmp(priority, "critical") == 0;
        if (status_true(alarm, "lasting") && !is_told(status_text(alarm, "alarm")))
            trouble_add(troubles, is_grave ? TROUBLE_ALARM : TROUBLE_NOTICE, "%s",
                        status_text(alarm, "text"));
    }
}

json_t *status_json(const struct node *node)
{
    struct troubles troubles;
    char hash[13];
    const uint8_t state = engine_main_state(node->engine);
    image_short_hash(node->image, hash);
    trouble_begin(&troubles);
    judge_server(node, state, &troubles);
    json_t *failovers = failovers_json(node, &troubles);
    json_t *cameras = cameras_json(node, &troubles);
    json_t *peers = peers_json(node, &troubles);
    json_t *volumes = volumes_json(node, &troubles);
    json_t *coordinator = coordinator_json(node, &troubles);
    json_t *alarms = alarms_json(node->alarms);
    judge_alarms(alarms, &troubles);
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o}",
        "server", server_name(node, node->server), "deployment", hash, "verdict",
        trouble_verdict(&troubles), "now_at", moment_json(clock_wall_ms()), "started_at",
        moment_json(node->started_wall_ms), "uptime_ms",
        (json_int_t)(clock_now_ms() - node->started_ms), "state", trace_state(MACHINE_MAIN, state),
        "epoch", (json_int_t)engine_main_epoch(node->engine), "cameras", cameras, "failovers",
        failovers, "peers", peers, "managers", managers_json(node), "volumes", volumes, "alarms",
        alarms, "hooks", hooks_json(node), "journal", journal_json(node), "site",
        status_site_json(node), "coordinator", coordinator, "claims", claims_json(node), "timeline",
        timeline_json(node->timeline));
}
