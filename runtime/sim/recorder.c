/* Recorders: what reaches the disk, and when.
 *
 * A camera that is opened delivers its first frame the site's `start` later. Told to record, a
 * recorder writes from then on; one that was armed before writes what memory holds as well, at most
 * PREROLL_MS_MAX of it. A recording that is ordered under another epoch goes on without a gap. A
 * camera accepts `sessions` readers: who comes later waits until one lets go, the longest waiting
 * first, then the lower server (R27).
 *
 * A camera that delivers nothing, or whose reader has no network or stands still, is closed and
 * opened anew when that is over. A recorder whose server has no volume left goes on reading, and
 * writes again from the moment at which there is one. What brings nothing to the disk for
 * SILENCE_MS is reported mute.
 */
#include "runtime/sim/world.h"

#include <assert.h>

#include "runtime/sim/array.h"

static int64_t later(int64_t a_ms, int64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

/* ---- who has to do with which camera ---- */

static void add_recorder(struct world *world, uint32_t server, uint32_t camera)
{
    struct recorder *recorder = &world->recorders[world->recorder_count++];
    *recorder = (struct recorder){.server = server, .camera = camera};
    history_set(&recorder->order, world->now_ms, ORDER_NONE);
    world->servers[server].camera_count++;
}

void recorder_init(struct world *world)
{
    const struct image *image = world->image;
    uint32_t count = image->cameras.count;
    for (uint32_t f = 0; f < image->failovers.count; f++)
        count += image_failovers(image)[f].objects.count;
    world->recorders = array_new(count, sizeof *world->recorders);
    world->reader_counts = array_new(image->cameras.count, sizeof *world->reader_counts);
    for (uint32_t s = 0; s < image->servers.count; s++) {
        const struct image_server *server = &image_servers(image)[s];
        world->servers[s].first_camera = world->recorder_count;
        for (uint32_t i = 0; i < server->own_cameras.count; i++)
            add_recorder(world, s, server->own_cameras.first + i);
        for (uint32_t f = 0; f < server->failovers.count; f++) {
            const struct image_list objects =
                image_failovers(image)[server->failovers.first + f].objects;
            for (uint32_t i = 0; i < objects.count; i++)
                add_recorder(world, s, image_numbers(image)[objects.first + i]);
        }
    }
}

/* The position of a camera among the objects of a failover, which ascend; IMAGE_NONE if it is none.
 */
static uint32_t find_object(const struct image *image, const struct image_failover *failover,
                            uint32_t camera)
{
    const uint32_t *objects = image_numbers(image) + failover->objects.first;
    uint32_t low = 0;
    uint32_t high = failover->objects.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (objects[middle] < camera)
            low = middle + 1;
        else
            high = middle;
    }
    return low < failover->objects.count && objects[low] == camera ? low : IMAGE_NONE;
}

/* The recorders of a server lie as the engine's cameras do: own ones, then failover by failover. */
struct recorder *recorder_find(const struct world *world, uint32_t server, uint32_t camera)
{
    const struct image *image = world->image;
    const struct image_server *entry = &image_servers(image)[server];
    const uint32_t main = image_cameras(image)[camera].server;
    struct recorder *first = &world->recorders[world->servers[server].first_camera];
    if (camera >= entry->own_cameras.first &&
        camera - entry->own_cameras.first < entry->own_cameras.count)
        return first + (camera - entry->own_cameras.first);
    first += entry->own_cameras.count;
    for (uint32_t f = 0; f < entry->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(image)[entry->failovers.first + f];
        const uint32_t at =
            failover->monitor == main ? find_object(image, failover, camera) : IMAGE_NONE;
        if (at != IMAGE_NONE)
            return first + at;
        first += failover->objects.count;
    }
    return NULL;
}

/* ---- what is on disk ---- */

bool recorder_covers(const struct recorder *recorder)
{
    return recorder->open && recorder->recording && recorder->volume != IMAGE_NONE;
}

bool recorder_is_stalled(const struct world *world, uint32_t camera, int64_t at_ms)
{
    const struct history *stalls = &world->stalls[camera];
    return stalls->count > 0 && history_at(stalls, at_ms) != 0;
}

/* Whether the camera can be read by this server now. */
static bool can_read(const struct world *world, const struct recorder *recorder)
{
    return world_is_on(world, recorder->server) && !world->servers[recorder->server].isolated &&
           !recorder_is_stalled(world, recorder->camera, world->now_ms);
}

static void end_span(struct world *world, struct recorder *recorder)
{
    if (!recorder_covers(recorder) || recorder->covers_from_ms >= world->now_ms)
        return;
    world->spans =
        array_grow(world->spans, world->span_count, &world->span_max, sizeof *world->spans);
    world->spans[world->span_count++] =
        (struct span){.camera = recorder->camera,
                      .server = recorder->server,
                      .volume = recorder->volume,
                      .epoch = recorder->epoch,
                      .from_ms = recorder->covers_from_ms,
                      .to_ms = world->now_ms,
                      .written_ms = later(recorder->covers_from_ms, recorder->writes_from_ms)};
    recorder->covers_from_ms = world->now_ms;
}

static enum order order_of(const struct world *world, const struct recorder *recorder)
{
    if (!recorder->recording)
        return recorder->open ? ORDER_ARMED : ORDER_NONE;
    if (world->servers[recorder->server].isolated)
        return ORDER_CUT_OFF;
    if (recorder->volume == IMAGE_NONE)
        return ORDER_HOMELESS;
    return recorder->waiting ? ORDER_WAITING : ORDER_GIVEN;
}

static void note_order(struct world *world, struct recorder *recorder)
{
    history_set(&recorder->order, world->now_ms, (uint8_t)order_of(world, recorder));
}

static void plan_report(struct world *world, struct recorder *recorder, enum agenda_kind kind,
                        int64_t at_ms)
{
    agenda_push(&world->agenda,
                (struct agenda_item){.at_ms = later(at_ms, world->now_ms),
                                     .kind = kind,
                                     .server = recorder->server,
                                     .index = (uint32_t)(recorder - world->recorders),
                                     .token = recorder->orders});
}

static void report_at(struct world *world, struct recorder *recorder, int64_t at_ms)
{
    plan_report(world, recorder, AGENDA_ON_DISK, at_ms);
}

/* Nothing comes to the disk any more; an earlier report is void. */
static void fall_silent(struct world *world, struct recorder *recorder)
{
    recorder->orders++;
    plan_report(world, recorder, AGENDA_MUTE, world->now_ms + SILENCE_MS);
}

/* The camera is open: what it delivers is written from now on, and what memory holds of it back to
 * since_ms. */
static void write_camera(struct world *world, struct recorder *recorder, int64_t since_ms)
{
    if (recorder->volume == IMAGE_NONE) {
        fall_silent(world, recorder);
        return;
    }
    recorder->covers_from_ms = later(recorder->opened_ms + world->image->site.start_ms, since_ms);
    recorder->writes_from_ms = world->now_ms;
    report_at(world, recorder, recorder->covers_from_ms);
}

/* ---- reading ---- */

static void open_camera(struct world *world, struct recorder *recorder)
{
    recorder->open = true;
    recorder->waiting = false;
    recorder->opened_ms = world->now_ms;
    world->reader_counts[recorder->camera]++;
    if (recorder->recording)
        write_camera(world, recorder, world->now_ms);
    note_order(world, recorder);
}

static void want_camera(struct world *world, struct recorder *recorder)
{
    recorder->wanted = true;
    if (recorder->open || recorder->waiting)
        return;
    if (!can_read(world, recorder)) {
        if (recorder->recording)
            fall_silent(world, recorder);
    } else if (world->reader_counts[recorder->camera] <
               image_cameras(world->image)[recorder->camera].sessions) {
        open_camera(world, recorder);
    } else {
        recorder->waiting = true;
        recorder->waits_since_ms = world->now_ms;
    }
}

static struct recorder *better(struct recorder *a, struct recorder *b)
{
    if (b == NULL || !b->waiting)
        return a;
    if (a == NULL || b->waits_since_ms < a->waits_since_ms)
        return b;
    return b->waits_since_ms == a->waits_since_ms && b->server < a->server ? b : a;
}

/* The longest waiting reader of a camera: its main or one of the standbys that may carry it. */
static struct recorder *next_waiting(const struct world *world, uint32_t camera)
{
    const struct image *image = world->image;
    const uint32_t main = image_cameras(image)[camera].server;
    const struct image_list watchers = image_servers(image)[main].watchers;
    struct recorder *next = better(NULL, recorder_find(world, main, camera));
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(image)[watchers.first + w];
        next = better(next, recorder_find(world, image_failovers(image)[failover].standby, camera));
    }
    return next;
}

static void note_reading(struct world *world, const struct recorder *recorder)
{
    if (!recorder->open || recorder->opened_ms >= world->now_ms ||
        image_servers(world->image)[recorder->server].failovers.count == 0)
        return;
    world->readings = array_grow(world->readings, world->reading_count, &world->reading_max,
                                 sizeof *world->readings);
    world->readings[world->reading_count++] = (struct reading){.camera = recorder->camera,
                                                               .server = recorder->server,
                                                               .from_ms = recorder->opened_ms,
                                                               .to_ms = world->now_ms};
}

static void close_camera(struct world *world, struct recorder *recorder)
{
    end_span(world, recorder);
    recorder->waiting = false;
    if (!recorder->open)
        return;
    note_reading(world, recorder);
    recorder->open = false;
    note_order(world, recorder);
    world->reader_counts[recorder->camera]--;
    struct recorder *next = next_waiting(world, recorder->camera);
    if (next != NULL)
        open_camera(world, next);
}

/* ---- orders ---- */

/* A recording that runs goes on, under another epoch in another file. */
static void go_on(struct world *world, struct recorder *recorder, uint64_t epoch)
{
    const bool covers = recorder->covers_from_ms < world->now_ms;
    const bool changes = recorder->epoch != epoch;
    if (changes)
        end_span(world, recorder);
    recorder->epoch = epoch;
    if (recorder->volume == IMAGE_NONE) {
        fall_silent(world, recorder);
        return;
    }
    report_at(world, recorder,
              covers && changes ? world->now_ms + world->image->site.start_ms
                                : recorder->covers_from_ms);
}

static void record(struct world *world, struct recorder *recorder, uint64_t epoch)
{
    recorder->volume = world->servers[recorder->server].volume;
    if (recorder->open && recorder->recording) {
        go_on(world, recorder, epoch);
        return;
    }
    recorder->recording = true;
    recorder->epoch = epoch;
    if (recorder->open)
        write_camera(world, recorder, world->now_ms - PREROLL_MS_MAX);
    else
        want_camera(world, recorder);
    note_order(world, recorder);
}

static void stop(struct world *world, struct recorder *recorder)
{
    end_span(world, recorder);
    recorder->recording = false;
    note_order(world, recorder);
}

void recorder_order(struct world *world, uint32_t server, const struct engine_action *action)
{
    struct recorder *recorder = recorder_find(world, server, action->camera);
    assert(recorder != NULL);
    recorder->orders++;
    if (action->kind == ACTION_ARM) {
        want_camera(world, recorder);
    } else if (action->kind == ACTION_RECORD) {
        record(world, recorder, action->epoch);
    } else if (action->kind == ACTION_STOP) {
        stop(world, recorder);
    } else {
        assert(action->kind == ACTION_DISARM);
        if (!recorder->recording) {
            recorder->wanted = false;
            close_camera(world, recorder);
        }
    }
}

/* ---- what changes around it ---- */

/* The volume changes beneath a running recording. */
static void change_volume(struct world *world, struct recorder *recorder)
{
    const uint32_t volume = world->servers[recorder->server].volume;
    const bool was_nowhere = recorder->volume == IMAGE_NONE;
    if (recorder->volume == volume)
        return;
    end_span(world, recorder);
    recorder->volume = volume;
    if (!recorder->open || !recorder->recording)
        return;
    recorder->orders++;
    if (recorder->volume == IMAGE_NONE)
        fall_silent(world, recorder);
    else if (was_nowhere)
        write_camera(world, recorder, world->now_ms);
    else
        report_at(world, recorder, recorder->covers_from_ms);
}

static void refresh(struct world *world, struct recorder *recorder)
{
    change_volume(world, recorder);
    if (!can_read(world, recorder)) {
        const bool was_at_it = recorder->open || recorder->waiting;
        close_camera(world, recorder);
        if (was_at_it && recorder->recording)
            fall_silent(world, recorder);
    } else if (recorder->wanted && !recorder->open && !recorder->waiting) {
        recorder->orders++;
        want_camera(world, recorder);
    }
    note_order(world, recorder);
}

void recorder_update_server(struct world *world, uint32_t server)
{
    struct recorder *recorders = &world->recorders[world->servers[server].first_camera];
    for (uint32_t i = 0; i < world->servers[server].camera_count; i++)
        refresh(world, &recorders[i]);
}

/* The main comes first, then its standbys in their order. */
void recorder_update_camera(struct world *world, uint32_t camera)
{
    const struct image *image = world->image;
    const uint32_t main = image_cameras(image)[camera].server;
    const struct image_list watchers = image_servers(image)[main].watchers;
    refresh(world, recorder_find(world, main, camera));
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(image)[watchers.first + w];
        struct recorder *recorder =
            recorder_find(world, image_failovers(image)[failover].standby, camera);
        if (recorder != NULL)
            refresh(world, recorder);
    }
}

void recorder_report(struct world *world, const struct agenda_item *item)
{
    const struct recorder *recorder = &world->recorders[item->index];
    const bool on_disk = item->kind == AGENDA_ON_DISK;
    if (recorder->orders != item->token || !recorder->recording || (on_disk && !recorder->open) ||
        !world_is_on(world, item->server))
        return;
    world_step(world, item->server,
               (struct engine_event){.kind = on_disk ? EVENT_ON_DISK : EVENT_MUTE,
                                     .server = item->server,
                                     .camera = recorder->camera,
                                     .failover = IMAGE_NONE,
                                     .epoch = recorder->epoch});
}

void recorder_end(struct world *world, uint32_t server)
{
    struct recorder *recorders = &world->recorders[world->servers[server].first_camera];
    for (uint32_t i = 0; i < world->servers[server].camera_count; i++) {
        recorders[i].orders++;
        stop(world, &recorders[i]);
        recorders[i].wanted = false;
        close_camera(world, &recorders[i]);
    }
}

void recorder_finish(struct world *world)
{
    for (uint32_t i = 0; i < world->recorder_count; i++) {
        end_span(world, &world->recorders[i]);
        note_reading(world, &world->recorders[i]);
    }
}
