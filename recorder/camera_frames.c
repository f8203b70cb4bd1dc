#include "recorder/camera_frames.h"

#include <inttypes.h>
#include <stdio.h>

void camera_frames_init(struct camera_frames *frames)
{
    preroll_init(&frames->memory, RECORDER_PREROLL_MS, RECORDER_PREROLL_BYTES);
}

void camera_frames_break(struct camera_frames *frames)
{
    uint64_t lost;

    if (frames->recording == NULL)
        return;
    lost = recording_finish(frames->recording);
    frames->recording = NULL;
    if (lost > 0)
        fprintf(stderr, "understudy-recorder: camera %s: the muxer lost %" PRIu64 " pictures\n",
                frames->camera_name, lost);
}

/* A run that breaks begins anew, at the next keyframe. */
static void record_frame(struct camera_frames *frames, struct frame *frame, bool reordered)
{
    char cause[RECORDER_CAUSE_MAX];

    for (int attempt = 0; attempt < 2; attempt++) {
        if (frames->recording != NULL && frames->stream != frame->stream)
            camera_frames_break(frames);
        if (frames->recording == NULL) {
            frames->recording = recording_open(frames->library, &frames->disk->backlog,
                                               frame->media, reordered, cause);
        }
        frames->stream = frame->stream;
        if (frames->recording != NULL &&
            recording_feed(frames->recording, frame, frames->epoch, cause))
            return;
        frames->trouble(frames->owner, cause, false);
        camera_frames_break(frames);
    }
}

void camera_frames_take(struct camera_frames *frames, struct preroll *from, bool armed,
                        bool reordered)
{
    struct frame *frame;

    while ((frame = preroll_pop(from)) != NULL) {
        if (frames->writing)
            record_frame(frames, frame, reordered);
        else if (armed)
            preroll_push(&frames->memory, frame);
        frame_release(frame);
    }
}

bool camera_frames_go_on(const struct camera_frames *frames, const struct preroll *from)
{
    if (!frames->writing || from->first == NULL)
        return true;
    return frames->recording != NULL && from->first->frame->stream == frames->stream &&
           from->last->frame->stream == frames->stream;
}

static void start_writing(struct camera_frames *frames, const struct recorder_order *order)
{
    if (frames->writing) {
        volume_choice_set(&frames->disk->choice, order);
        return;
    }
    frames->writing = disk_begin(frames->disk, order);
    if (!frames->writing)
        frames->trouble(frames->owner, "the recording cannot begin: memory or threads are out",
                        true);
}

void camera_frames_stop(struct camera_frames *frames, bool asked)
{
    bool wrote = frames->writing;

    camera_frames_break(frames);
    frames->writing = false;
    if (asked || wrote)
        disk_end(frames->disk, asked, frames->epoch);
}

void camera_frames_record(struct camera_frames *frames, const struct recorder_order *order,
                          bool reordered)
{
    frames->epoch = order->epoch;
    start_writing(frames, order);
    if (frames->writing)
        camera_frames_take(frames, &frames->memory, false, reordered);
}

void camera_frames_wake(struct camera_frames *frames)
{
    if (frames->recording != NULL)
        recording_wake(frames->recording);
}

void camera_frames_forget(struct camera_frames *frames)
{
    preroll_clear(&frames->memory);
}
