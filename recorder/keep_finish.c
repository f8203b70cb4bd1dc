#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "recorder/archive.h"
#include "recorder/keep_turn.h"
#include "recorder/recover.h"

/* A directory is looked at when its last change is KEEP_NEWEST_MS old, and once more in so many
 * milliseconds after that: its volume may have another clock. */
#define SLACK_MS 600000

struct look {
    struct keep *keep;
    int64_t from_ms, to_ms; /* of the last changes of directories */
    ino_t *growing;
    size_t growing_count;
    bool whole; /* all that was to be noted is */
};

static void note(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                 const struct index_row *row)
{
    struct keep *keep = owner;

    (void)epoch, (void)start_ms, (void)length_ms, (void)row;
    keep->finished++;
}

static bool was_growing(const struct keep *keep, ino_t directory)
{
    for (size_t i = 0; i < keep->growing_count; i++)
        if (keep->growing[i] == directory)
            return true;
    return false;
}

static void note_growing(struct look *look, ino_t directory)
{
    ino_t *larger;

    for (size_t i = 0; i < look->growing_count; i++)
        if (look->growing[i] == directory)
            return;
    larger = realloc(look->growing, (look->growing_count + 1) * sizeof(*larger));
    look->whole = look->whole && larger != NULL;
    if (larger == NULL)
        return;
    look->growing = larger;
    larger[look->growing_count++] = directory;
}

static bool finish_writer(void *owner, const struct archive_writer *writer)
{
    struct look *look = owner;
    struct stat status;
    int64_t changed_ms;

    keep_answered(look->keep);
    if (strcmp(writer->server_name, look->keep->server_name) != 0 ||
        fstat(writer->directory, &status) != 0)
        return true;
    changed_ms = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    if ((changed_ms > look->from_ms && changed_ms <= look->to_ms) ||
        was_growing(look->keep, status.st_ino))
        if (recover_directory(writer->directory, writer->epoch, note, look->keep) ==
            RECOVER_GROWING)
            note_growing(look, status.st_ino);
    return true;
}

/* What is not looked at in this turn may grow still. */
static void keep_growing(struct look *look)
{
    for (size_t i = 0; i < look->keep->growing_count; i++)
        note_growing(look, look->keep->growing[i]);
}

void keep_finish(struct keep *keep, const struct archive_filter *days, int64_t now_ms)
{
    struct look look = {.keep = keep,
                        .from_ms = keep->looked_ms == 0 ? INT64_MIN : keep->looked_ms - SLACK_MS,
                        .to_ms = now_ms - keep->newest_ms,
                        .whole = true};

    keep->finished = 0;
    if (days->from_ms != INT64_MIN)
        keep_growing(&look);
    if (!archive_walk(keep->volume.path, days, finish_writer, &look) || !look.whole) {
        free(look.growing);
        return;
    }
    keep->looked_ms = look.to_ms;
    free(keep->growing);
    keep->growing = look.growing;
    keep->growing_count = look.growing_count;
}
