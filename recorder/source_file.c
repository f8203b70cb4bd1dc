/* A clip as a camera, over and over, at its own pace: to try a site out before its cameras hang.
 * Clips stand in one directory that the recorder was started with; an address names one of them,
 * and no link leads out of there. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/demux.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/source_kind.h"
#include "recorder/url.h"

/* What the last picture of a clip is thought to last, in microseconds, if nothing tells better. */
#define USUAL_PICTURE_US 40000

struct clip {
    struct patience *patience;
    struct demux *demux;
    int file;
    bool begun;                  /* this turn of the clip */
    int64_t first_us;            /* of this turn, by the clip's clock */
    int64_t turn_began_us;       /* monotonic */
    int64_t last_us, longest_us; /* of the pictures, from the turn's beginning; and between two */
};

static void close_clip(void *opened)
{
    struct clip *clip = opened;

    demux_close(clip->demux);
    if (clip->file >= 0)
        close(clip->file);
    free(clip);
}

static int on_feed(void *owner, uint8_t *to, int size)
{
    struct clip *clip = owner;
    ssize_t got = read(clip->file, to, (size_t)size);

    return got < 0 ? -1 : (int)got;
}

static int64_t on_seek(void *owner, int64_t offset, int whence)
{
    struct clip *clip = owner;

    return lseek(clip->file, (off_t)offset, whence);
}

static int open_below(const char *directory, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve =
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = folder < 0 ? -1 : (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
    int error = errno;
    struct stat status;

    if (folder >= 0)
        close(folder);
    if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(file);
        file = -1;
        error = EINVAL;
    }
    errno = error;
    return file;
}

static bool begin_turn(struct clip *clip, char *cause, bool *hopeless)
{
    demux_close(clip->demux);
    clip->demux = NULL;
    clip->begun = false;
    if (lseek(clip->file, 0, SEEK_SET) == 0)
        clip->demux = demux_open_feed(on_feed, on_seek, clip, clip->patience, cause, hopeless);
    return clip->demux != NULL;
}

static void *open_clip(const struct source_request *request, struct patience *patience, char *cause,
                       bool *hopeless)
{
    struct clip *clip;

    *hopeless = request->files == NULL;
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the camera is a clip, but the node was started without --clips, the directory of "
             "clips");
    clip = request->files == NULL ? NULL : calloc(1, sizeof(*clip));
    if (clip == NULL)
        return NULL;
    clip->patience = patience;
    clip->file = open_below(request->files, url_file(request->url));
    clip->turn_began_us = moment_monotonic_us();
    if (clip->file < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the clip cannot be opened: %s (it must be a file in the directory of clips, and "
                 "no link)",
                 strerror(errno));
    else if (begin_turn(clip, cause, hopeless))
        return clip;
    close_clip(clip);
    return NULL;
}

/* False: the owner wants no more. */
static bool wait_until(struct clip *clip, int64_t due_us)
{
    int64_t left_us;

    while ((left_us = due_us - moment_monotonic_us()) > 0) {
        patience_begin(clip->patience, SOURCE_STALL_MS); /* it is we who wait */
        if (patience_is_over(clip->patience))
            return false;
        poll(NULL, 0, left_us > 100000 ? 100 : (int)(left_us / 1000) + 1);
    }
    return true;
}

/* Gives a packet its place in the endless repetition: the clock is the time since the first turn
 * began. */
static bool place(struct clip *clip, struct source_packet *packet)
{
    int64_t at_us;

    if (!clip->begun)
        clip->first_us = packet->pts_us;
    clip->begun = true;
    at_us = packet->pts_us - clip->first_us;
    if (!packet->sound && at_us > clip->last_us) {
        int64_t distance_us = at_us - clip->last_us;

        clip->longest_us = distance_us > clip->longest_us ? distance_us : clip->longest_us;
        clip->last_us = at_us;
    }
    packet->pts_us = packet->arrival_us = clip->turn_began_us + at_us;
    return wait_until(clip, packet->arrival_us);
}

static bool read_clip(void *opened, struct source_packet *packet, char *cause)
{
    struct clip *clip = opened;
    bool ended, unused;

    while (!demux_read(clip->demux, packet, cause, &ended)) {
        if (!ended || !clip->begun)
            return false;
        clip->turn_began_us +=
            clip->last_us + (clip->longest_us > 0 ? clip->longest_us : USUAL_PICTURE_US);
        clip->last_us = clip->longest_us = 0;
        if (!begin_turn(clip, cause, &unused))
            return false;
    }
    if (place(clip, packet))
        return true;
    patience_explain(clip->patience, cause);
    return false;
}

const struct source_kind source_file = {open_clip, read_clip, close_clip};
