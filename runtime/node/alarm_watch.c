#include "runtime/node/alarm_watch.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/node.h"
#include "runtime/node/notify.h"

#define OVERLOAD_MS   10000 /* what grows in bursts is no overload */
#define VIEW_MS       30000 /* a NAS may take its time */
#define FIRST_DISK_MS 15000 /* from a take-over to the first camera on disk, at the latest */
#define RAISE(...)    alarms_raise(node->alarms, __VA_ARGS__)

static const char *server_name(const struct node *node, uint32_t server)
{
    return image_text(node->image, image_servers(node->image)[server].name);
}

/* ---- cameras and what they are recorded on ---- */

static void look_at_cameras(struct node *node)
{
    for (uint32_t n = 0; n < supervisor_count(node->supervisor); n++) {
        const uint32_t camera = supervisor_camera(node->supervisor, n);
        if (engine_camera_state(node->engine, camera) != CAMERA_SILENT)
            continue;
        const char *cause = supervisor_view(node->supervisor, camera).cause;
        RAISE(ALARM_CAMERA, camera,
              image_text(node->image, image_cameras(node->image)[camera].name), 0,
              "nothing of it reaches the disk%s%s", cause[0] != '\0' ? ": " : "", cause);
    }
}

static void look_at_volumes(struct node *node)
{
    const struct image_list volumes = image_servers(node->image)[node->server].volumes;
    uint32_t troubled = 0;
    for (uint32_t n = 0; n < volumes.count; n++) {
        const uint32_t volume = image_numbers(node->image)[volumes.first + n];
        const struct keeping_view view = supervisor_volume(node->supervisor, n);
        const char *trouble = view.cause;
        if (trouble[0] == '\0')
            continue;
        troubled++;
        RAISE(ALARM_VOLUME, volume,
              image_text(node->image, image_volumes(node->image)[volume].name), 0, "%s", trouble);
    }
    if (troubled > 0 && troubled == volumes.count)
        RAISE(ALARM_STORAGE, IMAGE_NONE, "", 0,
              "no volume of this server is well, its fallback included: what it should record is "
              "being lost or about to be");
}

static void look_at_load(struct node *node)
{
    const struct image_server *self = &image_servers(node->image)[node->server];
    uint64_t bps = 0;
    uint32_t cameras = 0;
    for (uint32_t n = 0; n < supervisor_count(node->supervisor); n++) {
        const uint32_t camera = supervisor_camera(node->supervisor, n);
        const uint8_t state = engine_camera_state(node->engine, camera);
        cameras += state == CAMERA_STARTING || state == CAMERA_RECORDING || state == CAMERA_SILENT;
        bps += supervisor_view(node->supervisor, camera).bytes_per_s * 8;
    }
    if (self->capacity_cameras > 0 && cameras > self->capacity_cameras)
        RAISE(ALARM_OVERLOAD, 0, "cameras", OVERLOAD_MS,
              "it records %" PRIu32 " cameras and is declared for %" PRIu32, cameras,
              self->capacity_cameras);
    if (self->capacity_network_bps > 0 && bps > self->capacity_network_bps)
        RAISE(ALARM_OVERLOAD, 1, "network", OVERLOAD_MS,
              "%" PRIu64 " Mbit/s come in, and it is declared for %" PRIu64, bps / 1000000,
              self->capacity_network_bps / 1000000);
    if (self->capacity_write_bps > 0 && bps > self->capacity_write_bps)
        RAISE(ALARM_OVERLOAD, 2, "write", OVERLOAD_MS,
              "%" PRIu64 " Mbit/s are written, and it is declared for %" PRIu64, bps / 1000000,
              self->capacity_write_bps / 1000000);
}

/* ---- failovers ---- */

static bool share_a_nas(const struct image *image, const struct image_failover *failover)
{
    const struct image_list ours = image_servers(image)[failover->standby].volumes;
    const struct image_list theirs = image_servers(image)[failover->monitor].volumes;
    const uint32_t *numbers = image_numbers(image);
    for (uint32_t a = ours.first; a < ours.first + ours.count; a++)
        for (uint32_t b = theirs.first; b < theirs.first + theirs.count; b++)
            if (numbers[a] == numbers[b] && image_volumes(image)[numbers[a]].shared)
                return true;
    return false;
}

static void look_at_licence(struct node *node, uint32_t f, const char *name, const char *main)
{
    char left[32];
    const int64_t left_ms = engine_licence_left(node->engine, f);
    if (engine_failover_state(node->engine, f) == FAILOVER_UNLOADED)
        RAISE(ALARM_LICENCE_OVER, f, name, 0,
              "the licence's grace is over: the cameras of %s are no longer recorded here", main);
    else if (left_ms != ENGINE_NEVER && left_ms < node->image->site.grace_ms / 10)
        RAISE(ALARM_LICENCE_ENDS, f, name, 0,
              "%s is carried for %s more, then its cameras are unloaded: bring it back before",
              main, trace_time_left(left_ms, left, sizeof left));
}

static void look_at_take_over(struct node *node, uint32_t f, const char *name, const char *main)
{
    const uint8_t state = engine_failover_state(node->engine, f);
    uint8_t *failed =
        &node->alarm_memory.failed[f - image_servers(node->image)[node->server].failovers.first];
    const bool tries =
        state == FAILOVER_TAKING_OVER || state == FAILOVER_SUSPECT || state == FAILOVER_QUEUED;
    *failed = *failed && tries;
    if (*failed || state == FAILOVER_TAKING_OVER)
        RAISE(ALARM_TAKE_OVER, f, name, *failed ? 0 : FIRST_DISK_MS,
              "%s is dead, and nothing of it reaches a disk here; it is tried again", main);
    if (state == FAILOVER_QUEUED)
        RAISE(ALARM_QUEUED, f, name, 0,
              "%s is dead and nobody records it: as many failovers run as may run at once", main);
}

static void look_at_failovers(struct node *node)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        const struct image_failover *failover = &image_failovers(node->image)[f];
        const char *name = image_text(node->image, failover->name);
        const char *main = server_name(node, failover->monitor);
        look_at_licence(node, f, name, main);
        look_at_take_over(node, f, name, main);
        if (share_a_nas(node->image, failover) &&
            lookout_view(node->lookout, f - own.first) == LIFESIGN_NONE)
            RAISE(ALARM_VIEW, f, name, VIEW_MS,
                  "no volume that is shared with %s tells whether it lives: is the NAS in reach?",
                  main);
    }
}

/* ---- the rest ---- */

/* A main that has logged off is not lost; nor does a failover that is disabled miss it. */
static bool is_missed(const struct node *node, uint32_t server)
{
    const struct image_list watchers = image_servers(node->image)[server].watchers;
    for (uint32_t i = 0; i < watchers.count; i++) {
        const uint32_t failover = image_numbers(node->image)[watchers.first + i];
        if (image_failovers(node->image)[failover].standby != node->server)
            continue;
        const uint8_t state = engine_failover_state(node->engine, failover);
        if (state == FAILOVER_LOGGED_OFF || state == FAILOVER_DISABLED)
            return false;
    }
    return true;
}

static void look_at_peers(struct node *node)
{
    const int64_t detection_ms = (int64_t)node->image->site.heartbeat_ms * node->image->site.misses;
    for (uint32_t i = 0; i < links_count(node->links); i++) {
        const struct link_view view = links_view(node->links, i);
        const char *name = server_name(node, view.server);
        if (view.up)
            continue;
        if (view.other_deployment)
            RAISE(ALARM_DEPLOYMENT, view.server, name, 0,
                  "it runs another deployment or version than this server: give all servers the "
                  "same");
        else if (is_missed(node, view.server))
            RAISE(ALARM_PEER, view.server, name, detection_ms, "the connection to it is lost%s%s",
                  view.trouble[0] != '\0' ? ": " : "", view.trouble);
    }
    if (engine_isolated(node->engine))
        RAISE(ALARM_NETWORK, IMAGE_NONE, "", 0,
              "this server reaches nothing at all: it suspects its own network and takes nobody "
              "over");
}

static void look_at_journal(struct node *node)
{
    const struct journal_health health = journal_health(node->journal);
    struct alarm_memory *memory = &node->alarm_memory;
    if (node->journal_fails)
        RAISE(ALARM_JOURNAL, IMAGE_NONE, "", 0,
              "the journal cannot be written: %s; recording goes on, but what is decided now may "
              "be forgotten at the next start",
              node->journal_error);
    if (health.shortened > memory->shortened)
        alarms_pulse(node->alarms, ALARM_JOURNAL_GAP,
                     "there was no room for the journal; its oldest part is given up");
    if (health.lost > memory->lost)
        alarms_pulse(node->alarms, ALARM_JOURNAL_GAP,
                     "%" PRIu64
                     " entries are missing in the journal, but nothing of what holds now",
                     health.lost - memory->lost);
    memory->lost = health.lost;
    memory->shortened = health.shortened;
}

static void look_at_coordinator(struct node *node)
{
    if (node->coordinator == NULL)
        return;
    const struct coordinator_view view = coordinator_view(node->coordinator);
    if (!view.in_reach)
        RAISE(ALARM_COORDINATOR, IMAGE_NONE, "", 0, "no member of etcd can be reached: %.200s",
              view.text);
}

static void look_at_claims(struct node *node)
{
    for (uint32_t i = 0; i < lookout_claim_count(node->lookout); i++) {
        const struct lookout_claim_view claim = lookout_claim_view(node->lookout, i);
        if (!claim.in_reach)
            RAISE(ALARM_CLAIM, i, server_name(node, claim.dealing->main), VIEW_MS,
                  "who holds the claim of %s cannot be decided on volume %s: %.150s",
                  server_name(node, claim.dealing->main), claim.volume, claim.trouble);
    }
}

static void look_at_hooks(struct node *node)
{
    const struct publications_view view = publications_view(node->publications);
    if (view.trouble[0] != '\0')
        RAISE(ALARM_HOOK, 0, "", 0, "the hook %.200s", view.trouble);
}

void alarm_note(struct node *node, const struct engine_transition *transition)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    const bool is_failover =
        node->deployment->machines[transition->machine].kind == MACHINE_FAILOVER;
    if (is_failover && transition->verdict == VERDICT_MOVE &&
        (transition->event == FAILOVER_GIVE_UP || transition->event == FAILOVER_RETRY_ELAPSED) &&
        transition->subject - own.first < own.count)
        node->alarm_memory.failed[transition->subject - own.first] = 1;
}

static void alarm_watch(struct node *node)
{
    alarms_begin(node->alarms);
    if (!node->leaving) {
        look_at_cameras(node);
        look_at_volumes(node);
        look_at_load(node);
        look_at_failovers(node);
        look_at_peers(node);
    }
    look_at_coordinator(node);
    look_at_claims(node);
    look_at_journal(node);
    look_at_hooks(node);
    alarms_end(node->alarms);
}

/* ---- time ---- */

static void on_look(uv_timer_t *timer)
{
    struct node *node = timer->data;
    char line[ALARM_TEXT_BYTES];
    alarm_watch(node);
    notify_status(alarms_line(node->alarms, line));
}

/* Only a loop that turns comes here. */
static void on_alive(uv_timer_t *timer)
{
    (void)timer;
    notify_alive();
}

void alarm_watch_start(struct node *node)
{
    const int64_t alive_ms = notify_interval_ms();
    uv_timer_init(&node->loop, &node->look);
    uv_timer_init(&node->loop, &node->alive);
    node->look.data = node;
    uv_timer_start(&node->look, on_look, ALARM_LOOK_MS, ALARM_LOOK_MS);
    if (alive_ms > 0)
        uv_timer_start(&node->alive, on_alive, 0, (uint64_t)alive_ms);
}

void alarm_watch_stop(struct node *node)
{
    uv_close((uv_handle_t *)&node->look, NULL);
    uv_close((uv_handle_t *)&node->alive, NULL);
    alarms_close(node->alarms);
}
