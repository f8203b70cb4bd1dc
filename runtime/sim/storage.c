/* Storage: what did not go to the first volume of its server, and when there was none at all (R35).
 */
#include "runtime/sim/result.h"

#include "runtime/sim/array.h"

static uint32_t first_volume(const struct image *image, uint32_t server)
{
    const struct image_list volumes = image_servers(image)[server].volumes;
    return volumes.count == 0 ? VOLUME_UNNAMED : image_numbers(image)[volumes.first];
}

/* Few servers ever leave their first volume. */
static struct storage_result *entry_of(struct result *result, const struct span *span)
{
    for (size_t i = 0; i < result->storage_count; i++)
        if (result->storage[i].server == span->server && result->storage[i].volume == span->volume)
            return &result->storage[i];
    const struct image_server *server = &image_servers(result->world->image)[span->server];
    result->storage = array_grow(result->storage, result->storage_count, &result->storage_max,
                                 sizeof *result->storage);
    struct storage_result *entry = &result->storage[result->storage_count++];
    *entry = (struct storage_result){.server = span->server,
                                     .volume = span->volume,
                                     .fallback = span->volume == server->fallback,
                                     .last_camera = IMAGE_NONE};
    return entry;
}

static int64_t earliest(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static void add_alarm(struct result *result, uint32_t server, int64_t from_ms, int64_t to_ms)
{
    result->alarms =
        array_grow(result->alarms, result->alarm_count, &result->alarm_max, sizeof *result->alarms);
    result->alarms[result->alarm_count++] =
        (struct alarm_result){.server = server, .from_ms = from_ms, .to_ms = to_ms};
}

/* Only a server that runs has something to write. */
static void note_alarms(struct result *result, uint32_t server)
{
    const struct world *world = result->world;
    const struct server *entry = &world->servers[server];
    const int64_t lasts_ms = world->outage->lasts_ms;
    if (entry->volumes.count == 0)
        return;
    for (int64_t at_ms = 0, next_ms; at_ms < lasts_ms; at_ms = next_ms) {
        next_ms = earliest(history_next(&entry->volumes, at_ms),
                           earliest(history_next(&entry->powers, at_ms), lasts_ms));
        if (history_at(&entry->volumes, at_ms) == STORAGE_NONE &&
            history_at(&entry->powers, at_ms) == POWER_ON)
            add_alarm(result, server, at_ms, next_ms);
    }
}

/* The spans are in order of their cameras. */
void storage_measure(struct result *result)
{
    const struct image *image = result->world->image;
    for (size_t i = 0; i < result->span_count; i++) {
        const struct span *span = &result->spans[i];
        if (span->volume == first_volume(image, span->server))
            continue;
        struct storage_result *entry = entry_of(result, span);
        entry->recorded_ms += span->to_ms - span->from_ms;
        entry->camera_count += entry->last_camera != span->camera;
        entry->last_camera = span->camera;
    }
    for (uint32_t s = 0; s < image->servers.count; s++)
        note_alarms(result, s);
}
