#include "recorder/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/footage.h"
#include "recorder/hash.h"
#include "recorder/moment.h"

#define READ_BYTES 65536

int export_digest(int file, char *text)
{
    uint8_t buffer[READ_BYTES];
    struct hash *digest = hash_open();
    ssize_t size = 0;
    off_t place = 0;

    if (digest == NULL)
        return ENOMEM;
    while ((size = pread(file, buffer, sizeof(buffer), place)) > 0) {
        hash_add(digest, buffer, (size_t)size);
        place += size;
    }
    hash_close(digest, text);
    return size == 0 ? 0 : errno;
}

struct export
{
    struct footage_writer *writer;
    json_t *pieces;
    int64_t base_ms, covered_to_ms;
    bool begun;
};

static json_t *describe(const struct export *export, const struct archive_slice *slice,
                        const struct footage_copied *copied, const char *sha256)
{
    const struct archive_segment *segment = slice->segment;
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    return json_pack("{s:I, s:s, s:s, s:I, s:s, s:I, s:s, s:s, s:s, s:b}", "file_from_ms",
                     (json_int_t)(copied->from_ms - export->base_ms), "from_at",
                     moment_print(from, copied->from_ms), "to_at", moment_print(to, copied->to_ms),
                     "pictures", (json_int_t)copied->pictures, "server", segment->server_name,
                     "epoch", (json_int_t)segment->epoch, "volume", segment->volume_name, "segment",
                     segment->file_name, "segment_sha256", sha256, "sound_left_out",
                     copied->sound_left_out);
}

/* The first piece reaches back to its keyframe: from there on times count. A hole moves the base.
 */
static bool place_piece(struct export *export, struct footage_piece *piece, char *cause)
{
    int64_t key_ms;

    piece->reach_back = !export->begun;
    if (!footage_find_key(piece, &key_ms, cause))
        return false;
    if (!export->begun)
        export->base_ms = key_ms;
    else if (key_ms > export->covered_to_ms)
        export->base_ms += key_ms - export->covered_to_ms;
    return true;
}

static bool add_slice(struct export *export, const struct archive_slice *slice, int file,
                      char *cause)
{
    struct footage_piece piece = {.file = file,
                                  .start_ms = slice->segment->from_ms,
                                  .from_ms = slice->from_ms,
                                  .to_ms = slice->to_ms};
    struct footage_copied copied;
    char sha256[HASH_TEXT_MAX];
    int error;

    if (!place_piece(export, &piece, cause))
        return cause[0] == '\0';
    if (!footage_append(export->writer, &piece, export->base_ms, &copied, cause))
        return false;
    if (copied.pictures == 0)
        return true;
    export->begun = true;
    export->covered_to_ms = copied.to_ms;
    if (export->pieces == NULL)
        return true;
    error = export_digest(file, sha256);
    if (error != 0) {
        snprintf(cause, RECORDER_CAUSE_MAX, "it cannot be read: %s", strerror(error));
        return false;
    }
    return json_array_append_new(export->pieces, describe(export, slice, &copied, sha256)) == 0;
}

static bool add_slices(struct export *export, const struct archive_view *view, char *cause)
{
    for (size_t i = 0; i < view->slice_count; i++) {
        const struct archive_slice *slice = &view->slices[i];
        char reason[RECORDER_CAUSE_MAX];
        size_t length;
        int file = archive_open(slice->segment);
        bool added = file >= 0 && add_slice(export, slice, file, reason);

        if (file < 0)
            snprintf(reason, sizeof(reason), "it cannot be opened: %s", strerror(errno));
        else
            close(file);
        if (!added) {
            length =
                (size_t)snprintf(cause, RECORDER_CAUSE_MAX, "%s of %s: ", slice->segment->file_name,
                                 slice->segment->server_name);
            strncat(cause, reason, RECORDER_CAUSE_MAX - 1 - length);
            return false;
        }
    }
    return true;
}

bool export_view(const struct archive_view *view, const char *container, int file, json_t *pieces,
                 char *cause)
{
    struct export export = {.writer = footage_create(container, file, cause), .pieces = pieces};
    char reason[RECORDER_CAUSE_MAX];
    bool added, finished;

    if (export.writer == NULL)
        return false;
    added = add_slices(&export, view, cause);
    finished = footage_finish(export.writer, reason);
    if (added && !finished)
        strcpy(cause, reason);
    return added && finished;
}
