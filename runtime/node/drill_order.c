#include "runtime/node/drill_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/drill_report.h"
#include "runtime/node/node.h"
#include "runtime/node/status_read.h"

#define TEXT_BYTES          1024
#define FAIL(text, ...)     (snprintf(text, TEXT_BYTES, __VA_ARGS__), false)
#define TOO_MUCH(text, ...) (snprintf(text, TEXT_BYTES / 2, __VA_ARGS__), false)

static const char *server_name(const struct node *node, uint32_t server)
{
    return image_text(node->image, image_servers(node->image)[server].name);
}

/* ---- what it does ---- */

static void arm(void *owner, uint32_t camera)
{
    struct node *node = owner;
    supervisor_arm(node->supervisor, camera, true);
}

/* By whom it is kept, coordinator or volume, as far as that can be read now. */
static const struct dealing *find_claim(const struct node *node, uint32_t main)
{
    if (node->coordinator != NULL && coordinator_view(node->coordinator).in_reach)
        for (uint32_t i = 0; i < coordinator_view(node->coordinator).main_count; i++)
            if (coordinator_dealing(node->coordinator, i)->main == main)
                return coordinator_dealing(node->coordinator, i);
    for (uint32_t i = 0; i < lookout_claim_count(node->lookout); i++) {
        const struct lookout_claim_view view = lookout_claim_view(node->lookout, i);
        if (view.in_reach && view.dealing->main == main)
            return view.dealing;
    }
    return NULL;
}

static enum drill_claim look_at_claim(void *owner, uint32_t main)
{
    const struct dealing *claim = find_claim(owner, main);
    return claim == NULL  ? DRILL_CLAIM_UNKNOWN
           : claim->alive ? DRILL_CLAIM_ALIVE
                          : DRILL_CLAIM_FREE;
}

/* Cameras that it has opened and the engine does not want are closed; one that the engine has come
 * to want meanwhile stays open. */
static void close_cameras(struct node *node)
{
    const struct drill_view view = drill_view(node->drill.drill);
    for (uint32_t i = 0; i < view.camera_count; i++) {
        const struct drill_camera camera = drill_camera(node->drill.drill, i);
        if (camera.opened && engine_camera_state(node->engine, camera.camera) == CAMERA_IDLE)
            supervisor_arm(node->supervisor, camera.camera, false);
    }
}

/* ---- what this server could bear ---- */

struct load {
    uint32_t cameras;
    uint64_t bps;
};

/* With the cameras of this failover as well. */
static struct load load_with(const struct node *node, uint32_t failover)
{
    const struct image_list objects = image_failovers(node->image)[failover].objects;
    struct load load = {.cameras = objects.count};
    for (uint32_t n = 0; n < supervisor_count(node->supervisor); n++) {
        const uint32_t camera = supervisor_camera(node->supervisor, n);
        const uint8_t state = engine_camera_state(node->engine, camera);
        load.cameras += state != CAMERA_IDLE && state != CAMERA_ARMED;
        load.bps += supervisor_view(node->supervisor, camera).bytes_per_s * 8;
    }
    for (uint32_t i = 0; i < objects.count; i++)
        load.bps +=
            image_cameras(node->image)[image_numbers(node->image)[objects.first + i]].rate_bps;
    return load;
}

/* False: text says what would be too much. */
static bool can_bear(const struct node *node, uint32_t failover, char text[static TEXT_BYTES / 2])
{
    const struct image_server *self = &image_servers(node->image)[node->server];
    const struct load load = load_with(node, failover);
    const char *name = server_name(node, node->server);
    if (self->capacity_cameras > 0 && load.cameras > self->capacity_cameras)
        return TOO_MUCH(text, "%s would record %" PRIu32 " cameras and is declared for %" PRIu32,
                        name, load.cameras, self->capacity_cameras);
    if (self->capacity_network_bps > 0 && load.bps > self->capacity_network_bps)
        return TOO_MUCH(text, "%s would take in %" PRIu64 " Mbit/s and is declared for %" PRIu64,
                        name, load.bps / 1000000, self->capacity_network_bps / 1000000);
    if (self->capacity_write_bps > 0 && load.bps > self->capacity_write_bps)
        return TOO_MUCH(text, "%s would write %" PRIu64 " Mbit/s and is declared for %" PRIu64,
                        name, load.bps / 1000000, self->capacity_write_bps / 1000000);
    return true;
}

/* Where it would be recorded: the volumes as they are now. */
static void judge_volumes(const struct node *node, json_t *report)
{
    const struct image_list volumes = image_servers(node->image)[node->server].volumes;
    uint32_t well = 0;
    for (uint32_t n = 0; n < volumes.count; n++) {
        const uint32_t number = image_numbers(node->image)[volumes.first + n];
        const char *name = image_text(node->image, image_volumes(node->image)[number].name);
        const struct keeping_view view = supervisor_volume(node->supervisor, n);
        if (view.heard_ms == 0)
            drill_report_add(report, "notes", "the volume %s has not been looked at yet", name);
        else if (view.cause[0] != '\0')
            drill_report_add(report, "troubles", "the volume %s: %s", name, view.cause);
        else if (well++ == 0)
            drill_report_add(report, "notes", "it would have been recorded on the volume %s", name);
    }
}

/* ---- its end ---- */

static void finish(struct node *node)
{
    char text[TEXT_BYTES], summary[DRILL_SUMMARY_BYTES];
    const struct drill_view view = drill_view(node->drill.drill);
    json_t *report = drill_report(node->drill.drill, node->deployment, clock_now_ms());
    if (view.end == DRILL_PLAYED_OUT && !can_bear(node, view.setup.failover, text))
        drill_report_add(report, "troubles", "%s", text);
    if (view.end == DRILL_PLAYED_OUT)
        judge_volumes(node, report);
    json_object_set_new(report, "reason", json_string(node->drill.reason));
    json_object_set_new(report, "well",
                        json_boolean(view.end == DRILL_PLAYED_OUT &&
                                     json_array_size(json_object_get(report, "troubles")) == 0));
    json_decref(node->drill.report);
    node->drill.report = report;
    close_cameras(node);
    drill_free(node->drill.drill);
    node->drill.drill = NULL;
    struct engine_event event = inbox_event(EVENT_DRILL_END);
    event.failover = view.setup.failover;
    inbox_put(&node->inbox, &event, drill_report_summary(report, summary));
}

/* What was seen of the cameras since the last look. */
static void look_at_cameras(struct node *node)
{
    struct drill *drill = node->drill.drill;
    const struct drill_view view = drill_view(drill);
    for (uint32_t i = 0; i < view.camera_count; i++) {
        const struct drill_camera camera = drill_camera(drill, i);
        if (!camera.opened || camera.state == DRILL_CAMERA_SEEN)
            continue;
        const struct supervisor_view seen = supervisor_view(node->supervisor, camera.camera);
        if (seen.memory_ms >= 0)
            drill_keyframe(drill, camera.camera, seen.memory_ms);
        else
            drill_silent(drill, camera.camera, seen.cause);
    }
}

void drill_order_look(struct node *node)
{
    if (node->drill.drill == NULL)
        return;
    look_at_cameras(node);
    drill_advance(node->drill.drill, clock_now_ms());
    if (drill_view(node->drill.drill).end != DRILL_RUNS)
        finish(node);
}

void drill_order_note(struct drill_room *room, const struct image *image,
                      const struct engine_event *event)
{
    if (event->kind == EVENT_DRILL_END)
        room->begun[0] = '\0';
    else if (event->kind == EVENT_DRILL_BEGIN)
        snprintf(room->begun, sizeof room->begun, "%s",
                 image_text(image, image_failovers(image)[event->failover].name));
}

void drill_order_resume(struct node *node)
{
    struct engine_event event = inbox_event(EVENT_DRILL_END);
    if (node->drill.begun[0] == '\0')
        return;
    event.failover = image_find_failover(node->image, node->drill.begun);
    node->drill.begun[0] = '\0';
    if (event.failover != IMAGE_NONE)
        inbox_put(&node->inbox, &event, "the node was ended while it ran");
}

void drill_order_hear(struct node *node, const struct engine_event *event)
{
    drill_order_note(&node->drill, node->image, event);
    if (node->drill.drill != NULL)
        drill_take(node->drill.drill, event);
}

int64_t drill_order_deadline(const struct node *node)
{
    return node->drill.drill != NULL ? drill_deadline(node->drill.drill) : ENGINE_NEVER;
}

void drill_order_end(struct node *node, enum drill_end end)
{
    if (node->drill.drill == NULL)
        return;
    drill_advance(node->drill.drill, clock_now_ms());
    drill_stop(node->drill.drill, end);
    finish(node);
}

bool drill_order_runs(const struct node *node)
{
    return node->drill.drill != NULL;
}

void drill_order_free(struct node *node)
{
    drill_free(node->drill.drill);
    json_decref(node->drill.report);
}

/* ---- its beginning ---- */

/* Why this state is not one to begin a drill in, or NULL. */
static const char *state_against(uint8_t state)
{
    if (state == FAILOVER_DISABLED)
        return "the failover is disabled: enable it first";
    if (state == FAILOVER_LOGGED_OFF)
        return "the main is logged off: there is nothing to lose";
    if (engine_state_carries(state))
        return "the main is carried, for real: return it first";
    return state == FAILOVER_WATCHING ? NULL
                                      : "the main is not connected and recording: what happens now "
                                        "is real (understudy status)";
}

static bool may_begin(struct node *node, uint32_t failover, const struct drill_setup *setup,
                      char text[static TEXT_BYTES])
{
    char load[TEXT_BYTES / 2];
    const int64_t needs_ms = drill_needs_ms(node->image, failover);
    const char *against = state_against(engine_failover_state(node->engine, failover));
    if (node->leaving)
        return FAIL(text, "this server is logging off");
    if (node->drill.drill != NULL)
        return FAIL(text, "a drill runs already: wait for its end, or end it (--end)");
    if (against != NULL)
        return FAIL(text, "no drill now: %s", against);
    if (node->journal_fails)
        return FAIL(text, "no drill now: the journal cannot be written, so nobody could tell later "
                          "that it was one");
    if (setup->for_ms < needs_ms || setup->for_ms > DRILL_MS_MAX)
        return FAIL(text,
                    "--for is too %s: from the loss to the take-over it takes %" PRId64 ".%" PRId64
                    " s, and a drill lasts a day at most",
                    setup->for_ms < needs_ms ? "short" : "long", needs_ms / 1000,
                    needs_ms % 1000 / 100);
    if (setup->opens && !can_bear(node, failover, load))
        return FAIL(text,
                    "no drill that opens cameras: %s, and what is really recorded goes before; "
                    "without --open nothing is opened",
                    load);
    return true;
}

/* Beyond what it needs, time for a slow camera, and for second views and claims to lapse. */
static int64_t usual_ms(const struct node *node, uint32_t failover)
{
    const struct image_site *site = &node->image->site;
    return drill_needs_ms(node->image, failover) + DRILL_SPARE_MS + site->lease_ms + site->claim_ms;
}

static json_t *refuse(const char *text)
{
    return json_pack("{s:b, s:s}", "ok", 0, "text", text);
}

static json_t *begin(struct node *node, const struct control_request *request)
{
    char text[TEXT_BYTES], span[32];
    const uint32_t failover = image_find_failover(node->image, request->failover);
    if (failover == IMAGE_NONE)
        return refuse("the deployment has no failover of that name");
    const struct image_failover *entry = &image_failovers(node->image)[failover];
    if (entry->standby != node->server) {
        snprintf(text, sizeof text, "%s is under %s: give the order there", request->failover,
                 server_name(node, entry->standby));
        return refuse(text);
    }
    node_turn(node); /* what came before is decided before */
    const struct drill_setup setup = {.failover = failover,
                                      .for_ms = request->for_ms > 0 ? request->for_ms
                                                                    : usual_ms(node, failover),
                                      .opens = request->open,
                                      .dead = request->dead};
    if (!may_begin(node, failover, &setup, text))
        return refuse(text);
    const struct drill_shell shell = {.owner = node, .arm = arm, .claim = look_at_claim};
    struct engine_event event = inbox_event(EVENT_DRILL_BEGIN);
    event.failover = failover;
    inbox_put(&node->inbox, &event, request->reason);
    node_turn(node); /* in the journal before it begins */
    node->drill.drill =
        drill_begin(&setup, node->deployment, node->server, node->engine, &shell, clock_now_ms());
    if (node->drill.drill == NULL)
        return refuse("out of memory");
    memcpy(node->drill.reason, request->reason, sizeof node->drill.reason);
    node_turn(node); /* the loop wakes for it */
    snprintf(text, sizeof text,
             "a drill of %s runs for %s at most; nothing of it is recorded, claimed or told to "
             "other servers",
             request->failover, trace_duration(setup.for_ms, span, sizeof span));
    return json_pack("{s:b, s:s}", "ok", 1, "text", text);
}

static json_t *end(struct node *node, const struct control_request *request)
{
    char text[TEXT_BYTES];
    if (node->drill.drill == NULL)
        return refuse("no drill runs here");
    const uint32_t failover = drill_view(node->drill.drill).setup.failover;
    const char *name = image_text(node->image, image_failovers(node->image)[failover].name);
    if (strcmp(name, request->failover) != 0) {
        snprintf(text, sizeof text, "the drill that runs is one of %s", name);
        return refuse(text);
    }
    drill_order_end(node, DRILL_STOPPED);
    node_turn(node);
    return json_pack("{s:b, s:s}", "ok", 1, "text", "the drill is ended");
}

static json_t *tell(const struct node *node)
{
    if (node->drill.drill == NULL && node->drill.report == NULL)
        return refuse("there was no drill since this node started");
    json_t *report = node->drill.drill != NULL
                         ? drill_report(node->drill.drill, node->deployment, clock_now_ms())
                         : json_incref(node->drill.report);
    return json_pack("{s:b, s:o}", "ok", 1, "report", report);
}

json_t *drill_order(struct node *node, const struct control_request *request)
{
    if (request->verb == CONTROL_DRILL)
        return begin(node, request);
    return request->verb == CONTROL_DRILL_END ? end(node, request) : tell(node);
}

json_t *drill_order_view(const struct node *node, uint32_t failover)
{
    if (node->drill.drill == NULL)
        return json_null();
    const struct drill_view view = drill_view(node->drill.drill);
    const int64_t left_ms = view.ended_ms - clock_now_ms();
    if (view.setup.failover != failover)
        return json_null();
    return json_pack("{s:s, s:I, s:s}", "state", trace_state(MACHINE_FAILOVER, view.state),
                     "left_ms", (json_int_t)(left_ms > 0 ? left_ms : 0), "reason",
                     node->drill.reason);
}
