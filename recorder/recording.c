#include "recorder/recording.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/cutter.h"
#include "recorder/matroska_run.h"
#include "recorder/nal.h"
#include "recorder/timeline.h"

/* The muxer's clock begins here: it stumbles over times near zero. */
#define CLOCK_BEGIN_US 1000000
/* Copies of the last frame that push the frames before them out of the muxer; they are thrown away
 * behind it. */
#define FILLERS   3
#define FILLER_US 40000

struct recording {
    struct matroska_run *matroska; /* NULL: libvlc makes MPEG-TS, by what comes next */
    struct vlc_mux *mux;
    struct backlog *backlog;
    struct timeline timeline;
    struct outlet outlet;
    struct cutter cutter; /* libvlc's thread's, until the muxer is finished */
    bool reordered;
    bool fed, has_key;
    int64_t first_pts_us, last_dts_us, last_pts_us; /* the last two by the muxer's clock */
    uint64_t epoch;
    struct frame *last;
    atomic_bool broken; /* what comes out is not what went in */
    uint64_t lost;      /* likewise libvlc's thread's */
};

static void on_piece(void *owner, const struct cutter_piece *piece)
{
    struct recording *recording = owner;
    struct timeline_entry entry;

    if (atomic_load(&recording->broken))
        return;
    /* libvlc may put parameter sets before more pictures than keyframes, but never leaves them out
     * of one. */
    if (!timeline_match(&recording->timeline, piece->pts, &entry, &recording->lost) ||
        (entry.key && !piece->key))
        atomic_store(&recording->broken, true);
    else if (!entry.filler)
        backlog_put(recording->backlog, &entry, piece->bytes, piece->size);
}

static void on_bytes(void *owner, const uint8_t *bytes, size_t size)
{
    struct recording *recording = owner;

    cutter_feed(&recording->cutter, bytes, size);
}

static void release(struct recording *recording)
{
    matroska_run_free(recording->matroska);
    cutter_free(&recording->cutter);
    timeline_free(&recording->timeline);
    frame_release(recording->last);
    free(recording);
}

struct recording *recording_open(struct vlc_library *library, struct backlog *backlog,
                                 const struct media *media, bool reordered, char *cause)
{
    struct recording *recording = calloc(1, sizeof(*recording));
    bool is_matroska = media_container(media) == MEDIA_MATROSKA;

    snprintf(cause, RECORDER_CAUSE_MAX,
             "the recording cannot begin: memory, threads or descriptors are out");
    if (recording == NULL)
        return NULL;
    recording->backlog = backlog;
    recording->reordered = reordered;
    recording->outlet = (struct outlet){.take = on_bytes, .owner = recording};
    timeline_init(&recording->timeline);
    cutter_init(&recording->cutter, on_piece, recording);
    if (is_matroska)
        recording->matroska = matroska_run_open(media, cause);
    else
        recording->mux = vlc_mux_open(library, &recording->outlet, cause);
    if (recording->matroska != NULL || recording->mux != NULL)
        return recording;
    release(recording);
    return NULL;
}

/* The order of decoding needs times of its own that only grow. Where pictures come in the order
 * they are shown in, these are the same; otherwise each picture is shown a fixed while after it
 * arrives. False: the picture does not fit in. */
static bool decoding_time(const struct recording *recording, int64_t pts_us, int64_t *dts_us)
{
    *dts_us = recording->reordered ? pts_us - RECORDING_REORDER_US : pts_us;
    if (recording->fed && *dts_us <= recording->last_dts_us)
        *dts_us = recording->last_dts_us + 1;
    return *dts_us > 0 && *dts_us <= pts_us;
}

static bool feed(struct recording *recording, struct frame *frame,
                 const struct timeline_entry *entry)
{
    int64_t dts_us;

    if (!decoding_time(recording, entry->pts_us, &dts_us) ||
        !timeline_push(&recording->timeline, entry) ||
        !vlc_mux_feed(recording->mux, frame, dts_us, entry->pts_us))
        return false;
    recording->last_dts_us = dts_us;
    if (entry->pts_us > recording->last_pts_us)
        recording->last_pts_us = entry->pts_us;
    recording->fed = true;
    return true;
}

/* Nothing is held back here, so that nothing has to be known again behind it. */
static bool write_matroska(struct recording *recording, const struct frame *frame,
                           struct timeline_entry *entry)
{
    struct matroska_piece piece;

    if (frame->sound)
        return matroska_run_sound(recording->matroska, frame, entry->pts_us);
    if (!matroska_run_picture(recording->matroska, frame, entry->pts_us, &piece))
        return false;
    entry->container = MEDIA_MATROSKA;
    entry->head_size = piece.head_size;
    backlog_put(recording->backlog, entry, piece.bytes, piece.size);
    return true;
}

static bool feed_matroska(struct recording *recording, const struct frame *frame,
                          struct timeline_entry *entry, char *cause)
{
    if (!recording->has_key || entry->pts_us < 0) /* shown or heard before the first keyframe */
        return true;
    snprintf(cause, RECORDER_CAUSE_MAX, "a picture cannot be written: memory is out");
    return write_matroska(recording, frame, entry);
}

/* What comes before the first keyframe counts for nothing in Matroska, its time neither. */
static void note_frame(struct recording *recording, const struct frame *frame, uint64_t epoch)
{
    if (recording->matroska != NULL ? !recording->has_key : !recording->fed)
        recording->first_pts_us = frame->pts_us;
    if (frame->key)
        recording->epoch = epoch;
    recording->has_key = recording->has_key || frame->key;
}

bool recording_feed(struct recording *recording, struct frame *frame, uint64_t epoch, char *cause)
{
    struct timeline_entry entry = {
        .wall_us = frame->wall_us, .arrival_us = frame->arrival_us, .key = frame->key};

    if (atomic_load(&recording->broken)) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the muxer gave back something else than it was given; it begins anew");
        return false;
    }
    /* The first parameter sets begin the muxer's output: they must be those of the first keyframe.
     */
    if (recording->matroska == NULL && !recording->has_key && !frame->key &&
        nal_inspect(MEDIA_H264, frame->data, frame->size).parameters)
        return true;
    note_frame(recording, frame, epoch);
    entry.epoch = recording->epoch;
    entry.pts_us = frame->pts_us - recording->first_pts_us + CLOCK_BEGIN_US +
                   (recording->reordered ? RECORDING_REORDER_US : 0);
    if (recording->matroska != NULL)
        return feed_matroska(recording, frame, &entry, cause);
    if (!feed(recording, frame, &entry)) {
        snprintf(
            cause, RECORDER_CAUSE_MAX,
            "the muxer did not take a picture: it is stuck, or the camera's timestamps go astray");
        return false;
    }
    frame_release(recording->last);
    recording->last = frame_keep(frame);
    return true;
}

void recording_wake(struct recording *recording)
{
    if (recording->mux != NULL)
        vlc_mux_wake(recording->mux);
}

/* The muxer keeps the last picture until another begins. An access unit delimiter shows it that one
 * does. */
static struct frame *make_filler(const struct frame *last)
{
    static const uint8_t delimiter[] = {0, 0, 0, 1, 9, 0xf0};
    struct frame *filler = frame_create(sizeof(delimiter) + last->size);

    if (filler != NULL) {
        memcpy(filler->data, delimiter, sizeof(delimiter));
        memcpy(filler->data + sizeof(delimiter), last->data, last->size);
    }
    return filler;
}

static void feed_fillers(struct recording *recording)
{
    struct frame *filler = make_filler(recording->last);
    struct timeline_entry entry = {.filler = true, .key = recording->last->key};

    for (int i = 0; filler != NULL && i < FILLERS; i++) {
        entry.pts_us = recording->last_pts_us + FILLER_US;
        if (!feed(recording, filler, &entry))
            break;
    }
    frame_release(filler);
}

/* Returns how many frames the muxer lost. */
static uint64_t finish_vlc(struct recording *recording)
{
    if (recording->has_key && !atomic_load(&recording->broken))
        feed_fillers(recording);
    vlc_mux_finish(recording->mux);
    cutter_end(&recording->cutter);
    return recording->lost + timeline_left(&recording->timeline);
}

uint64_t recording_finish(struct recording *recording)
{
    uint64_t lost = recording->matroska == NULL ? finish_vlc(recording) : 0;

    backlog_end(recording->backlog, BACKLOG_BREAK, 0);
    release(recording);
    return lost;
}
