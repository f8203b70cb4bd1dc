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

/* Opens the writer's directory on one volume. -1 with the reason in `cause`. */
static int open_directory(const struct recorder_order *order, unsigned volume, uint64_t epoch,
                          char *cause)
{
    const char *name = order->volumes[volume].name;
    struct segment_place place = place_of(order, epoch);
    int root = volume_open(order->volumes[volume].path, name, cause), camera, directory;

    if (root < 0)
        return -1;
    camera = segment_open_camera(root, &place, true);
    directory = camera < 0 ? -1 : segment_open_writer(camera, &place, true);
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
    int directory = open_directory(order, volume, epoch, cause), error;

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

/* What does not fit is left out. */
static void add_cause(char *causes, const char *cause)
{
    if (causes[0] != '\0')
        strncat(causes, "; ", RECORDER_CAUSE_MAX - 1 - strlen(causes));
    strncat(causes, cause, RECORDER_CAUSE_MAX - 1 - strlen(causes));
}

int volume_choice_begin(struct volume_choice *choice, struct segment *segment, uint64_t epoch,
                        int64_t start_ms, char *cause)
{
    char one_cause[RECORDER_CAUSE_MAX];
    struct recorder_order order;

    cause[0] = '\0';
    if (moment_monotonic_us() < choice->retry_us)
        return -1;
    copy_order(choice, &order);
    for (unsigned try = 0; try < 2 * order.volume_count; try++) {
        unsigned i = try % order.volume_count;
        bool rests = moment_monotonic_us() < choice->rest_us[i];
        int directory;

        if (rests != (try >= order.volume_count))
            continue;
        choice->chosen = i;
        strcpy(choice->chosen_name, order.volumes[i].name);
        directory = begin_on(&order, i, segment, epoch, start_ms, one_cause);
        if (directory >= 0)
            return directory;
        add_cause(cause, one_cause);
    }
    choice->retry_us = moment_monotonic_us() + VOLUME_CHOICE_RETRY_MS * 1000;
    if (order.volume_count == 0)
        add_cause(cause, "no volume is given to write on");
    return -1;
}

void volume_choice_failed(struct volume_choice *choice)
{
    choice->rest_us[choice->chosen] = moment_monotonic_us() + VOLUME_CHOICE_REST_MS * 1000;
}

void volume_choice_recover(struct volume_choice *choice, recover_sink *sink, void *owner)
{
    char unused[RECORDER_CAUSE_MAX];
    struct recorder_order order;
    struct segment_place place;

    copy_order(choice, &order);
    place = place_of(&order, 0);
    for (unsigned i = 0; i < order.volume_count; i++) {
        int volume = volume_open(order.volumes[i].path, order.volumes[i].name, unused);

        if (volume < 0)
            continue;
        recover_camera(volume, &place, sink, owner);
        close(volume);
    }
}
