#include "recorder/fill_take.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "recorder/fill_command.h"
#include "recorder/fill_copy.h"
#include "recorder/fill_talk.h"
#include "recorder/lock.h"
#include "recorder/moment.h"
#include "recorder/volume.h"

/* Of one directory; what says more is not believed. */
#define ROWS_MAX  1000000
#define LOCKS_MAX 10000

struct take {
    const struct archive_request *request;
    struct fill_talk talk;
    struct fill fill;
    uint64_t left; /* bytes of the segment that is being read */
};

/* A directory of the giver's. */
struct heard {
    char camera_name[RECORDER_NAME_MAX];
    uint64_t epoch;
    int64_t day_ms;
    struct index_rows rows;
    size_t row_count, lock_count;
};

/* ---- the link as a source ---- */

static int open_far(void *owner, const struct index_row *row)
{
    struct take *take = owner;
    char line[FILL_LINE_MAX];

    if (!fill_say(&take->talk, "get %s", row->name) || !fill_hear(&take->talk, line))
        return EPIPE;
    if (strcmp(line, "gone") == 0)
        return ENOENT;
    if (strcmp(line, "spoilt") == 0)
        return EBADMSG;
    if (sscanf(line, "bytes %" SCNu64, &take->left) != 1 || take->left != row->bytes)
        return EPIPE;
    return 0;
}

static ssize_t read_far(void *owner, void *bytes, size_t size)
{
    struct take *take = owner;
    size_t wanted = take->left < size ? (size_t)take->left : size;

    if (fread(bytes, 1, wanted, take->talk.in) != wanted) {
        errno = EPIPE;
        return -1;
    }
    take->left -= wanted;
    return (ssize_t)wanted;
}

/* What was not wanted after all comes all the same. */
static void close_far(void *owner)
{
    struct take *take = owner;
    char rest[4096];

    while (take->left > 0 && read_far(take, rest, sizeof(rest)) > 0)
        continue;
}

/* ---- a directory ---- */

static bool hear_rows(struct take *take, struct heard *heard)
{
    char line[FILL_LINE_MAX];
    struct index_row row;

    for (size_t i = 0; i < heard->row_count; i++) {
        if (!fill_hear(&take->talk, line))
            return false;
        if (index_parse(line, &row) && !index_add(&heard->rows, &row))
            return false;
    }
    index_sort(&heard->rows);
    return true;
}

/* An incident stays one on the volume where its footage goes to. */
static bool hear_locks(struct take *take, const struct heard *heard, int camera)
{
    char line[FILL_LINE_MAX], name[LOCK_NAME_MAX];

    for (size_t i = 0; i < heard->lock_count; i++) {
        struct lock lock = {.reason = ""};
        int64_t from_ms, to_ms;
        int read = 0;

        if (!fill_hear(&take->talk, line) ||
            sscanf(line, "lock %" SCNd64 " %" SCNd64 " %n", &lock.from_ms, &lock.to_ms, &read) != 2)
            return false;
        snprintf(lock.reason, sizeof(lock.reason), "%s", line + read);
        lock_name_print(name, lock.from_ms, lock.to_ms);
        if (camera >= 0 && lock_name_parse(name, &from_ms, &to_ms) && from_ms == lock.from_ms &&
            to_ms == lock.to_ms)
            lock_add(camera, &lock);
    }
    return true;
}

static int copy(struct take *take, const struct heard *heard, int to)
{
    const struct fill_source source = {take,      open_far,           read_far,
                                       close_far, heard->camera_name, "the standby"};
    uint64_t failed = take->fill.failed;
    int error = flock(to, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;

    if (error == 0)
        error = fill_rows(&take->fill, &source, to, &heard->rows);
    if (error == 0 && take->fill.failed == failed)
        fill_say(&take->talk, "done");
    return error;
}

/* False: there is nobody any more to hear of another one. */
static bool take_directory(struct take *take, struct heard *heard)
{
    const struct segment_place place = {.main_name = take->request->given[OPTION_MAIN],
                                        .camera_name = heard->camera_name,
                                        .server_name = take->request->given[OPTION_SERVER],
                                        .epoch = heard->epoch};
    int camera = segment_open_camera(take->fill.target, &place, true);
    int to = camera < 0 ? -1 : segment_open_day(camera, &place, heard->day_ms, true);
    int error = to < 0 ? errno : 0;
    bool whole = hear_rows(take, heard) && hear_locks(take, heard, camera);

    if (whole && error == 0)
        error = copy(take, heard, to);
    if (to >= 0)
        close(to);
    if (camera >= 0)
        close(camera);
    if (error != 0) {
        take->fill.failed++;
        fprintf(stderr,
                "understudy-recorder: archive: camera %s cannot be filled into volume %s: %s\n",
                heard->camera_name, take->fill.target_name, strerror(error));
    }
    return whole;
}

/* True: all was heard, and none of it is missing but what has failed. */
static bool take_all(struct take *take)
{
    char line[FILL_LINE_MAX];

    for (;;) {
        struct heard heard = {.epoch = 0};
        char day[MOMENT_TEXT_MAX];
        bool whole;

        if (!fill_say(&take->talk, "into %s", take->fill.target_name) ||
            !fill_hear(&take->talk, line))
            return false;
        if (strcmp(line, "end") == 0)
            return true;
        if (sscanf(line, "writer %63s %" SCNu64 " %31s %zu %zu", heard.camera_name, &heard.epoch,
                   day, &heard.row_count, &heard.lock_count) != 5 ||
            !volume_is_name(heard.camera_name) || !segment_day_parse(day, &heard.day_ms) ||
            heard.row_count > ROWS_MAX || heard.lock_count > LOCKS_MAX)
            return false;
        whole = take_directory(take, &heard);
        index_free(&heard.rows);
        if (!whole)
            return false;
    }
}

int fill_take_command(const struct archive_request *request)
{
    const char *into = request->given[OPTION_INTO], *server_name = request->given[OPTION_SERVER],
               *main_name = request->given[OPTION_MAIN];
    struct take take = {.request = request, .fill = {.filter = &request->filter}};
    char cause[RECORDER_CAUSE_MAX] = "";

    if (into == NULL || server_name == NULL || main_name == NULL || !volume_is_name(server_name) ||
        !volume_is_name(main_name) || strcmp(server_name, main_name) == 0 ||
        !fill_parse_rate(request->given[OPTION_RATE], &take.fill.bytes_per_s) ||
        !fill_talk_open(&take.talk))
        return archive_usage("`take` is started by a node, with --main, --server and --into", NULL);
    fill_step_back();
    if (fill_open(&take.fill, into, request->given[OPTION_VOLUME], cause)) {
        if (!take_all(&take))
            snprintf(cause, sizeof(cause), "the copying over the link was interrupted");
        fill_close(&take.fill);
    }
    fill_say(&take.talk, "bye %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s", take.fill.copied,
             take.fill.there_already, take.fill.failed, take.fill.copied_bytes, cause);
    fill_talk_close(&take.talk);
    fill_report(request, &take.fill, cause);
    return cause[0] == '\0' && take.fill.failed == 0 ? ARCHIVE_FINE : ARCHIVE_FAILED;
}
