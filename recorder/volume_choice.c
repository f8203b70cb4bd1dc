#include "recorder/volume_choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/volume.h"

void volume_choice_init(struct volume_choice *choice, const struct recorder_order *order)
{
    *choice = (struct volume_choice){.order = *order};
    pthread_mutex_init(&choice->mutex, NULL);
}

void volume_choice_free(struct volume_choice *choice)
{
    pthread_mutex_destroy(&choice->mutex);
}

void volume_choice_set(struct volume_choice *choice, const struct recorder_order *order)
{
    pthread_mutex_lock(&choice->mutex);
    if (choice->order.volume_count != order->volume_count ||
        memcmp(choice->order.volumes, order->volumes, sizeof(order->volumes)) != 0) {
        memset(choice->rest_us, 0, sizeof(choice->rest_us));
        memset(choice->recovered, 0, sizeof(choice->recovered));
    }
    choice->order.volume_count = order->volume_count;
    memcpy(choice->order.volumes, order->volumes, sizeof(order->volumes));
    pthread_mutex_unlock(&choice->mutex);
}

static void copy_order(struct volume_choice *choice, struct recorder_order *copy)
{
    pthread_mutex_lock(&choice->mutex);
    *copy = choice->order;
    pthread_mutex_unlock(&choice->mutex);
}

static struct segment_place place_of(const struct recorder_order *order, uint64_t epoch)
{
    return (struct segment_place){.main_name = order->main_name,
                                  .camera_name = order->camera_name,
                                  .server_name = order->server_name,
                                  .epoch = epoch};
}

/* Opens the directory of this moment's day on one volume. -1 with the reason in `cause`. */
static int open_directory(const struct recorder_order *order, unsigned volume, uint64_t epoch,
                          int64_t start_ms, char *cause)
{
    const char *name = order->volumes[volume].name;
    struct segment_place place = place_of(order, epoch);
    int root = volume_open(order->volumes[volume].path, name, cause), camera, directory;

    if (root < 0)
        return -1;
    camera = segment_open_camera(root, &place, true);
    directory = camera < 0 ? -1 : segment_open_day(camera, &place, start_ms, true);
    if (directory < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "volume %s: the camera's directory cannot be opened: %s", name, strerror(errno));
    if (camera >= 0)
        close(camera);
    close(root);
    return directory;
}

/* Begins a segment on one volume. Returns its directory; -1 with the reason in `cause`. */
static int begin_on(const struct recorder_order *order, unsigned volume, struct segment *segment,
                    uint64_t epoch, int64_t start_ms, char *cause)
{
    int directory = open_directory(order, volume, epoch, start_ms, cause), error;

    if (directory < 0)
        return -1;
    error = segment_begin(segment, directory, start_ms);
    if (error == 0)
        return directory;
    snprintf(cause, RECORDER_CAUSE_MAX, "volume %s: no file can be made: %s",
             order->volumes[volume].name, strerror(error));
    close(directory);
    return -1;
}

static bool is_known(const struct volume_choice *choice, const struct volume_chosen *chosen)
{
    return chosen->number < choice->order.volume_count &&
           strcmp(choice->order.volumes[chosen->number].name, chosen->name) == 0;
}

/* First all that do not rest, in their order, then those that do; never one that hangs. */
bool volume_choice_next(struct volume_choice *choice, unsigned *turn, struct volume_chosen *chosen)
{
    int64_t now_us = moment_monotonic_us();
    bool found = false;

    pthread_mutex_lock(&choice->mutex);
    for (unsigned count = choice->order.volume_count; !found && *turn < 2 * count; ++*turn) {
        unsigned i = *turn % count;

        if (choice->rest_us[i] == VOLUME_CHOICE_HANGS ||
            (now_us < choice->rest_us[i]) != (*turn >= count))
            continue;
        found = true;
        chosen->number = i;
        strcpy(chosen->name, choice->order.volumes[i].name);
    }
    pthread_mutex_unlock(&choice->mutex);
    return found;
}

int volume_choice_begin(struct volume_choice *choice, const struct volume_chosen *chosen,
                        struct segment *segment, uint64_t epoch, int64_t start_ms, char *cause)
{
    struct recorder_order order;

    copy_order(choice, &order);
    if (chosen->number < order.volume_count)
        return begin_on(&order, chosen->number, segment, epoch, start_ms, cause);
    snprintf(cause, RECORDER_CAUSE_MAX, "volume %s is not given to write on any more",
             chosen->name);
    return -1;
}

void volume_choice_failed(struct volume_choice *choice, const struct volume_chosen *chosen,
                          bool hangs)
{
    pthread_mutex_lock(&choice->mutex);
    if (is_known(choice, chosen))
        choice->rest_us[chosen->number] =
            hangs ? VOLUME_CHOICE_HANGS : moment_monotonic_us() + VOLUME_CHOICE_REST_MS * 1000;
    pthread_mutex_unlock(&choice->mutex);
}

void volume_choice_answers(struct volume_choice *choice, const struct volume_chosen *chosen)
{
    pthread_mutex_lock(&choice->mutex);
    if (is_known(choice, chosen) && choice->rest_us[chosen->number] == VOLUME_CHOICE_HANGS)
        choice->rest_us[chosen->number] = moment_monotonic_us() + VOLUME_CHOICE_REST_MS * 1000;
    pthread_mutex_unlock(&choice->mutex);
}

void volume_choice_left(struct volume_choice *choice, const struct volume_chosen *chosen)
{
    pthread_mutex_lock(&choice->mutex);
    if (is_known(choice, chosen))
        choice->recovered[chosen->number] = false;
    pthread_mutex_unlock(&choice->mutex);
}

bool volume_choice_has_other(struct volume_choice *choice, const struct volume_chosen *chosen)
{
    bool found = false;

    pthread_mutex_lock(&choice->mutex);
    for (unsigned i = 0; i < choice->order.volume_count && !found; i++)
        found = i != chosen->number && choice->rest_us[i] != VOLUME_CHOICE_HANGS;
    pthread_mutex_unlock(&choice->mutex);
    return found;
}

bool volume_choice_may_hold(struct volume_choice *choice, const struct volume_chosen *chosen)
{
    bool may_hold;

    pthread_mutex_lock(&choice->mutex);
    may_hold = is_known(choice, chosen) && !choice->recovered[chosen->number];
    pthread_mutex_unlock(&choice->mutex);
    return may_hold;
}

void volume_choice_recover(struct volume_choice *choice, const struct volume_chosen *chosen,
                           recover_sink *sink, void *owner)
{
    char unused[RECORDER_CAUSE_MAX];
    struct recorder_order order;
    struct segment_place place;
    bool is_due;
    int volume;

    pthread_mutex_lock(&choice->mutex);
    is_due = is_known(choice, chosen) && !choice->recovered[chosen->number];
    choice->recovered[chosen->number] |= is_due;
    order = choice->order;
    pthread_mutex_unlock(&choice->mutex);
    if (!is_due)
        return;
    place = place_of(&order, 0);
    volume = volume_open(order.volumes[chosen->number].path, chosen->name, unused);
    if (volume < 0)
        return;
    recover_camera(volume, &place, sink, owner);
    close(volume);
}
