#include "recorder/writer_segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/moment.h"

/* A last picture that has no other to be measured by lasts this long, in microseconds. */
#define USUAL_PICTURE_US 40000
/* A keyframe may come this much before its time and still be the one to cut at, in milliseconds:
 * the camera's clock is not exactly ours. */
#define EARLY_MS 20
/* After a first keyframe the next pictures are written as they come for a while: whoever waits for
 * them sees them. In microseconds. */
#define PROMPT_US 3000000
/* How often the same trouble is told, in microseconds. */
#define TELL_AGAIN_US 60000000

static void tell_trouble(struct writer *writer, const char *what, int error)
{
    char cause[RECORDER_CAUSE_MAX];

    snprintf(cause, sizeof(cause), "volume %s: %s: %s", writer->chosen.name, what,
             error == ENOENT ? "it was removed" : strerror(error));
    TELL(writer, trouble, cause);
}

/* ---- segments ---- */

int64_t writer_last_end_us(const struct writer *writer)
{
    int64_t frames = (int64_t)writer->segment.row.frames;

    return writer->last_wall_us +
           (frames > 1 ? (writer->last_wall_us - writer->first_wall_us) / (frames - 1)
                       : USUAL_PICTURE_US);
}

/* Ends the segment in hand, if there is one, at this wall-clock moment, or at its hole. */
void writer_end_segment(struct writer *writer, int64_t end_us)
{
    int64_t start_ms = writer->segment.start_ms;
    int64_t end_ms = to_ms(end_us < writer->hole_us ? end_us : writer->hole_us);
    int error;

    if (writer->directory < 0)
        return;
    writer->sync_due_us = INT64_MAX;
    error = segment_finish(&writer->segment, end_ms);
    if (error != 0) {
        tell_trouble(writer, "a segment could not be completed", error);
        volume_choice_left(writer->choice, &writer->chosen);
    }
    if (error == 0 && writer->segment.row.frames > 0)
        TELL(writer, segment, writer->epoch, start_ms, end_ms, writer->segment.row.bytes,
             writer->segment.row.frames);
    close(writer->directory);
    writer->directory = -1;
}

/* What the volume may not have kept is written again on another: the segment ends where that
 * begins. */
void writer_volume_failed(struct writer *writer, const char *what, int error)
{
    int64_t end_us = writer->key_wall_us > writer->first_wall_us ? writer->key_wall_us
                                                                 : writer_last_end_us(writer);

    tell_trouble(writer, what, error);
    volume_choice_failed(writer->choice, &writer->chosen, false);
    writer_end_segment(writer, end_us);
    backlog_rewind(writer->backlog, writer->reader);
}

void writer_not_written(struct writer *writer, int error)
{
    writer->last_wall_us = writer->written_wall_us;
    writer_volume_failed(writer, "writing failed", error);
}

bool writer_holds_back(const struct writer *writer)
{
    return writer->directory >= 0 && writer->segment.waits.bytes > 0;
}

bool writer_flush(struct writer *writer)
{
    int error = writer_holds_back(writer) ? segment_flush(&writer->segment) : 0;

    if (error == 0)
        writer->written_wall_us = writer->last_wall_us;
    else
        writer_not_written(writer, error);
    return error == 0;
}

static void set_chosen(struct writer *writer, const struct volume_chosen *chosen)
{
    pthread_mutex_lock(&writer->mutex);
    writer->chosen = *chosen;
    pthread_mutex_unlock(&writer->mutex);
}

/* What does not fit is left out. */
static void add_cause(char *causes, const char *cause)
{
    if (causes[0] != '\0')
        strncat(causes, "; ", RECORDER_CAUSE_MAX - 1 - strlen(causes));
    strncat(causes, cause, RECORDER_CAUSE_MAX - 1 - strlen(causes));
}

/* It is tried each second; the same reason is told once in a while. */
static void tell_no_volume(struct writer *writer, const char *causes)
{
    int64_t now_us = moment_monotonic_us();

    if (strcmp(causes, writer->told) == 0 && now_us < writer->tell_again_us)
        return;
    strcpy(writer->told, causes);
    writer->tell_again_us = now_us + TELL_AGAIN_US;
    TELL(writer, trouble, causes);
}

/* Begins a file on the first volume that takes one. */
static bool begin_file(struct writer *writer, uint64_t epoch, int64_t start_ms)
{
    char causes[RECORDER_CAUSE_MAX] = "", cause[RECORDER_CAUSE_MAX];
    struct volume_chosen chosen;
    unsigned turn = 0;

    while (volume_choice_next(writer->choice, &turn, &chosen)) {
        set_chosen(writer, &chosen);
        writer->directory =
            volume_choice_begin(writer->choice, &chosen, &writer->segment, epoch, start_ms, cause);
        if (writer->directory >= 0)
            return true;
        add_cause(causes, cause);
    }
    if (causes[0] == '\0')
        add_cause(causes, "there is no volume to write on that answers");
    tell_no_volume(writer, causes);
    return false;
}

void writer_note_loss(struct writer *writer)
{
    char cause[RECORDER_CAUSE_MAX];

    if (writer->loss.frames == 0)
        return;
    if (writer->directory >= 0 && loss_append(writer->directory, &writer->loss) != 0)
        return;
    snprintf(cause, sizeof(cause),
             "no volume took them before memory was full: %llu pictures are lost",
             (unsigned long long)writer->loss.frames);
    TELL(writer, trouble, cause);
    writer->loss.frames = 0;
}

bool writer_begin_segment(struct writer *writer, const struct timeline_entry *entry)
{
    writer->segment.container = entry->container;
    if (!begin_file(writer, entry->epoch, to_ms(entry->wall_us)))
        return false;
    writer->epoch = entry->epoch;
    writer->first_wall_us = writer->last_wall_us = entry->wall_us;
    writer->written_wall_us = writer->key_wall_us = entry->wall_us;
    writer->hole_us = INT64_MAX;
    writer_note_loss(writer);
    return true;
}

void writer_look_for_hole(struct writer *writer, const struct timeline_entry *entry)
{
    int64_t end_us = writer_last_end_us(writer);

    if (pace_note(&writer->pace, entry->wall_us - writer->last_wall_us,
                  end_us - writer->last_wall_us) &&
        writer->hole_us == INT64_MAX)
        writer->hole_us = end_us;
}

/* ---- durability ---- */

bool writer_sync(struct writer *writer)
{
    int64_t began_us = moment_monotonic_us(), ended_us;
    int error = segment_sync(&writer->segment);

    ended_us = moment_monotonic_us();
    writer->sync_due_us = INT64_MAX;
    writer->sync_rest_us = ended_us + (ended_us - began_us) * (WRITER_SYNC_SHARE - 1);
    if (error == 0) {
        writer->written_wall_us = writer->last_wall_us;
        backlog_settle(writer->backlog, writer->reader, false);
        return true;
    }
    writer_not_written(writer, error);
    return false;
}

/* A segment ends before a keyframe that is of another epoch, comes after a loss or a hole, or is
 * late enough. Pictures between a hole and the keyframe stay in the segment, behind its stated end:
 * what they build upon never came, so they count for nothing, but they are not thrown away. */
bool writer_cut_before(struct writer *writer, const struct timeline_entry *entry)
{
    bool late = to_ms(entry->wall_us) - writer->segment.start_ms >= RECORDER_SEGMENT_MS - EARLY_MS;
    bool lost = writer->loss.frames > 0;

    if (!lost && !late && entry->epoch == writer->epoch && writer->hole_us == INT64_MAX)
        return true;
    if (!writer_sync(writer))
        return false;
    writer_end_segment(writer, lost ? writer_last_end_us(writer) : entry->wall_us);
    if (writer->directory < 0)
        backlog_settle(writer->backlog, writer->reader, false);
    return true;
}

/* ---- as time goes by ---- */

void writer_sync_if_due(struct writer *writer)
{
    if (writer->directory >= 0 && moment_monotonic_us() >= writer->sync_due_us)
        writer_sync(writer);
}

/* Sooner where memory runs short: what is durable need not be held any longer. */
void writer_note_unsynced(struct writer *writer)
{
    int64_t due_us =
        moment_monotonic_us() + (backlog_is_short(writer->backlog) ? 0 : WRITER_SYNC_MS * 1000);

    if (due_us < writer->sync_rest_us)
        due_us = writer->sync_rest_us;
    if (due_us < writer->sync_due_us)
        writer->sync_due_us = due_us;
}

static void on_recovered(void *data, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                         const struct index_row *row)
{
    struct writer *writer = data;

    TELL(writer, segment, epoch, start_ms, start_ms + length_ms, row->bytes, row->frames);
}

/* What is new comes first; then there is time for what was left there: by an earlier life, or when
 * this volume failed. */
void writer_announce_keyframe(struct writer *writer)
{
    bool is_new = writer->announced_epoch != writer->epoch || atomic_load(&writer->announce);

    if (!is_new && !volume_choice_may_hold(writer->choice, &writer->chosen))
        return;
    if (!writer_sync(writer))
        return;
    if (is_new) {
        writer->announced_epoch = writer->epoch;
        atomic_store(&writer->announce, false);
        writer->prompt_us = moment_monotonic_us() + PROMPT_US;
        writer->told[0] = '\0';
        TELL(writer, on_disk, writer->epoch, to_ms(writer->last_wall_us));
    }
    volume_choice_recover(writer->choice, &writer->chosen, on_recovered, writer);
}

/* A directory that was removed takes what is written without a word: a look at every keyframe. */
bool writer_segment_is_there(struct writer *writer)
{
    int error = writer->directory < 0 ? 0 : segment_linked(&writer->segment);

    if (error == 0)
        return true;
    writer_volume_failed(writer, "the file being written", error);
    return false;
}
