#include "recorder/lock_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/lock.h"

struct locking {
    const struct archive_request *request;
    bool is_unlock;
    struct lock lock;
    unsigned found, done;
};

static int change(const struct locking *locking, int camera)
{
    return locking->is_unlock ? lock_remove(camera, locking->lock.from_ms, locking->lock.to_ms)
                              : lock_add(camera, &locking->lock);
}

/* A camera of several writers is visited more than once: that changes nothing. */
static bool lock_camera(void *owner, const struct archive_writer *writer)
{
    struct locking *locking = owner;
    int error = change(locking, writer->camera);

    locking->found++;
    locking->done += error == 0;
    if (error == 0 || (locking->is_unlock && error == ENOENT))
        return true;
    archive_failed("volume %s: camera %s of %s cannot be %s: %s", writer->volume_name,
                   writer->camera_name, writer->main_name,
                   locking->is_unlock ? "unlocked" : "locked", strerror(error));
    return false;
}

static int finish(const struct locking *locking)
{
    if (locking->found == 0) {
        fprintf(stderr, "understudy-recorder: archive: there is no footage of camera %s\n",
                locking->request->filter.camera_name);
        return ARCHIVE_WRONG;
    }
    if (locking->done == 0) {
        fprintf(stderr,
                "understudy-recorder: archive: there is no lock from and to just these times; "
                "`archive list` shows those that are\n");
        return ARCHIVE_WRONG;
    }
    printf("camera %s is %s from %s to %s\n", locking->request->filter.camera_name,
           locking->is_unlock ? "unlocked" : "locked", locking->request->given[OPTION_FROM],
           locking->request->given[OPTION_TO]);
    return ARCHIVE_FINE;
}

int lock_command(const struct archive_request *request)
{
    const struct archive_filter filter = {.camera_name = request->filter.camera_name,
                                          .from_ms = INT64_MIN,
                                          .to_ms = INT64_MAX,
                                          .any_day = true};
    const char *reason = request->given[OPTION_REASON];
    struct locking locking = {.request = request,
                              .is_unlock = strcmp(request->verb, "unlock") == 0,
                              .lock = {request->filter.from_ms, request->filter.to_ms, ""}};
    bool sound = true;

    if (request->filter.camera_name == NULL || request->given[OPTION_FROM] == NULL ||
        request->given[OPTION_TO] == NULL)
        return archive_usage("an incident is --camera NAME --from TIME --to TIME", NULL);
    if (reason != NULL &&
        (strlen(reason) >= sizeof(locking.lock.reason) || strchr(reason, '\n') != NULL))
        return archive_usage("a reason is one line of less than 200 bytes", NULL);
    snprintf(locking.lock.reason, sizeof(locking.lock.reason), "%s", reason == NULL ? "" : reason);
    for (int i = 0; i < request->volume_count; i++)
        sound = archive_walk(request->volumes[i], &filter, lock_camera, &locking) && sound;
    return sound ? finish(&locking) : ARCHIVE_FAILED;
}
