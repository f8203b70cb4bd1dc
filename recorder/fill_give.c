#include "recorder/fill_give.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/fill_command.h"
#include "recorder/fill_copy.h"
#include "recorder/fill_note.h"
#include "recorder/fill_talk.h"
#include "recorder/lock.h"
#include "recorder/recover.h"
#include "recorder/volume.h"

#define CHUNK_BYTES 65536

struct give {
    const struct archive_request *request;
    struct fill_talk talk;
    char target_name[RECORDER_NAME_MAX];
    bool heard;       /* somebody is there */
    bool ended;       /* the taker has said bye */
    bool unread;      /* not all that lies here could be read */
    struct fill done; /* what the taker has told */
    char cause[RECORDER_CAUSE_MAX];
};

static bool is_wanted(const struct give *give, const struct archive_writer *writer)
{
    return strcmp(writer->main_name, give->request->given[OPTION_MAIN]) == 0 &&
           strcmp(writer->server_name, give->request->given[OPTION_SERVER]) == 0;
}

/* ---- what is said of a directory ---- */

static bool say_rows(struct give *give, const struct index_rows *rows)
{
    char line[INDEX_LINE_MAX];

    for (size_t i = 0; i < rows->count; i++)
        fwrite(line, 1, index_format(&rows->rows[i], line), give->talk.out);
    return ferror(give->talk.out) == 0;
}

static bool say_directory(struct give *give, const struct archive_writer *writer,
                          const struct index_rows *rows)
{
    struct lock_list list = {.count = 0};
    bool heard;

    if (lock_load(writer->camera, &list) != 0)
        list.count = 0;
    heard = fill_say(&give->talk, "writer %s %" PRIu64 " %s %zu %zu", writer->camera_name,
                     writer->epoch, writer->day_name, rows->count, list.count) &&
            say_rows(give, rows);
    for (size_t i = 0; i < list.count && heard; i++)
        heard = fill_say(&give->talk, "lock %" PRId64 " %" PRId64 " %s", list.locks[i].from_ms,
                         list.locks[i].to_ms, list.locks[i].reason);
    lock_free(&list);
    return heard && fflush(give->talk.out) == 0;
}

/* ---- what is asked ---- */

/* So many bytes were announced: what cannot be read comes as zeros, and its digest shows it. */
static bool send_file(struct give *give, int file, uint64_t left)
{
    char chunk[CHUNK_BYTES];

    while (left > 0) {
        size_t wanted = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
        ssize_t size = read(file, chunk, wanted);

        if (size <= 0) {
            memset(chunk, 0, wanted);
            size = (ssize_t)wanted;
        }
        if (fwrite(chunk, 1, (size_t)size, give->talk.out) != (size_t)size)
            return false;
        left -= (uint64_t)size;
    }
    return fflush(give->talk.out) == 0;
}

static bool give_segment(struct give *give, int directory, const struct index_row *row)
{
    struct stat status;
    bool heard;
    int file;

    if (row == NULL || fill_open_file(directory, row, &file) != 0)
        return fill_say(&give->talk, "gone");
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) ||
        (uint64_t)status.st_size != row->bytes)
        heard = fill_say(&give->talk, "spoilt");
    else
        heard = fill_say(&give->talk, "bytes %" PRIu64, row->bytes) &&
                send_file(give, file, row->bytes);
    close(file);
    return heard;
}

static void take_leave(struct give *give, const char *text)
{
    int read = 0;

    give->ended =
        sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n", &give->done.copied,
               &give->done.there_already, &give->done.failed, &give->done.copied_bytes, &read) == 4;
    if (give->ended)
        snprintf(give->cause, sizeof(give->cause), "%s", text + read);
}

/* Answers until the next directory is asked for. False: none is asked for any more. */
static bool answer(struct give *give, int directory, const struct index_rows *rows)
{
    char line[FILL_LINE_MAX];

    while (fill_hear(&give->talk, line)) {
        if (strncmp(line, "get ", 4) == 0) {
            if (!give_segment(give, directory, index_find(rows, line + 4)))
                return false;
        } else if (strcmp(line, "done") == 0 && rows->count > 0) {
            fill_note(directory, give->target_name, rows);
        } else if (strncmp(line, "into ", 5) == 0) {
            return strcmp(line + 5, give->target_name) == 0;
        } else {
            if (strncmp(line, "bye ", 4) == 0)
                take_leave(give, line + 4);
            return false;
        }
    }
    return false;
}

static bool give_writer(void *owner, const struct archive_writer *writer)
{
    struct give *give = owner;
    struct index_rows rows;

    if (!is_wanted(give, writer))
        return true;
    if (recover_directory(writer->directory, writer->epoch, NULL, NULL) != RECOVER_DONE)
        give->done.unfinished = true;
    if (index_load(writer->directory, &rows) != 0)
        give->unread = true;
    else if (rows.count > 0 && !fill_has_note(writer->directory, give->target_name, &rows))
        give->heard = say_directory(give, writer, &rows) && answer(give, writer->directory, &rows);
    index_free(&rows);
    return give->heard;
}

static bool hear_target(struct give *give)
{
    char line[FILL_LINE_MAX];

    if (!fill_hear(&give->talk, line))
        return false;
    if (strncmp(line, "bye ", 4) == 0)
        take_leave(give, line + 4);
    if (strncmp(line, "into ", 5) != 0 || !volume_is_name(line + 5))
        return false;
    strcpy(give->target_name, line + 5);
    return true;
}

int fill_give_command(const struct archive_request *request)
{
    const struct index_rows none = {.count = 0};
    struct give give = {.request = request};

    if (request->given[OPTION_MAIN] == NULL || request->given[OPTION_SERVER] == NULL ||
        !fill_talk_open(&give.talk))
        return archive_usage("`give` is started by a node, with --main and --server", NULL);
    fill_step_back();
    give.heard = hear_target(&give);
    for (int i = 0; i < request->volume_count && give.heard; i++)
        if (!archive_walk(request->volumes[i], &request->filter, give_writer, &give))
            give.unread = true;
    if (give.heard && fill_say(&give.talk, "end"))
        answer(&give, -1, &none);
    fill_talk_close(&give.talk);
    if (!give.ended)
        snprintf(give.cause, sizeof(give.cause), "the copying over the link was interrupted");
    else if (give.cause[0] == '\0' && give.unread)
        snprintf(give.cause, sizeof(give.cause), "a volume here could not be read");
    else if (give.cause[0] == '\0')
        snprintf(give.cause, sizeof(give.cause), "%s", fill_not_all(&give.done));
    fill_report(request, &give.done, give.cause);
    return give.cause[0] == '\0' && give.done.failed == 0 ? ARCHIVE_FINE : ARCHIVE_FAILED;
}
