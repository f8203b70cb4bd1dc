#include "recorder/archive_lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

static bool is_known(const struct lock_list *list, const struct lock *lock)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->locks[i].from_ms == lock->from_ms && list->locks[i].to_ms == lock->to_ms)
            return true;
    return false;
}

static bool merge(struct lock_list *list, const struct lock_list *more)
{
    struct lock *larger = realloc(list->locks, (list->count + more->count + 1) * sizeof(*larger));

    if (larger == NULL)
        return false;
    list->locks = larger;
    for (size_t i = 0; i < more->count; i++)
        if (!is_known(list, &more->locks[i]))
            list->locks[list->count++] = more->locks[i];
    return true;
}

static int load_volume(const char *path, const struct segment_place *place, struct lock_list *more)
{
    char name[RECORDER_NAME_MAX], cause[RECORDER_CAUSE_MAX];
    int volume = volume_open_any(path, name, cause);
    int camera = volume < 0 ? -1 : segment_open_camera(volume, place, false);
    int error = 0;

    *more = (struct lock_list){.count = 0};
    if (camera >= 0)
        error = lock_load(camera, more); /* else there is no footage of it there */
    if (camera >= 0)
        close(camera);
    if (volume >= 0)
        close(volume);
    return error;
}

bool archive_lock_load(char *const *volumes, int volume_count, const char *main_name,
                       const char *camera_name, struct lock_list *list)
{
    const struct segment_place place = {.main_name = main_name, .camera_name = camera_name};
    bool sound = true;

    *list = (struct lock_list){.count = 0};
    for (int i = 0; i < volume_count; i++) {
        struct lock_list more;
        int error = load_volume(volumes[i], &place, &more);

        if (error != 0)
            fprintf(
                stderr,
                "understudy-recorder: archive: the locks of camera %s in %s cannot be read: %s\n",
                camera_name, volumes[i], strerror(error));
        sound = merge(list, &more) && error == 0 && sound;
        lock_free(&more);
    }
    return sound;
}

json_t *archive_lock_json(const struct lock_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];
        /* A reason may have been written by anybody, in any encoding. */
        json_t *reason = json_string(list->locks[i].reason);

        json_array_append_new(array, json_pack("{s:s, s:s, s:o}", "from_at",
                                               moment_print(from, list->locks[i].from_ms), "to_at",
                                               moment_print(to, list->locks[i].to_ms), "reason",
                                               reason == NULL ? json_string("") : reason));
    }
    return array;
}
