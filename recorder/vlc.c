#include "recorder/vlc.h"

#include <assert.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vlc/vlc.h>

#include "recorder/recorder.h"

/* What may wait for the muxer at most: all that memory holds of an armed camera, and some seconds
 * more. */
#define VLC_WAITING_MAX (RECORDER_PREROLL_BYTES + (16u << 20))
/* How long the muxer may take to give back what it holds at the end. */
#define VLC_DRAIN_MS 3000

struct vlc_library {
    libvlc_instance_t *instance;
};

struct waiting {
    struct waiting *next;
    struct frame *frame;
    int64_t dts_us, pts_us;
};

struct vlc_mux {
    libvlc_media_player_t *player;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct waiting *first, **last;
    size_t waiting_bytes;
    struct frame *lent; /* what libvlc copies at the moment */
    bool over;          /* nothing will be fed any more */
    bool ended;         /* libvlc said so */
};

/* What libvlc calls errors in the course of its duty: plugins that are left out on purpose, and its
 * way to end. */
static const char *const usual[] = {"does not exist", "no suitable audio output module",
                                    "invalid pcr delay", "buffer deadlock prevented"};

/* libvlc's own words are for programmers, and an address in them may hold a password: only its
 * errors get through. */
static void on_log(void *unused, int level, const libvlc_log_t *context, const char *format,
                   va_list arguments)
{
    char text[256];

    (void)unused;
    (void)context;
    if (level < LIBVLC_ERROR)
        return;
    vsnprintf(text, sizeof(text), format, arguments);
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (strstr(text, usual[i]) != NULL)
            return;
    if (strstr(text, "://") == NULL)
        fprintf(stderr, "understudy-recorder: libvlc: %s\n", text);
}

/* The system's libvlc would bring its hundreds of plugins along; only the copy beside the program
 * may be used. */
static bool is_private(char *cause)
{
    char program[PATH_MAX], wanted[PATH_MAX], loaded[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    Dl_info info;

    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
    }
    if (length > 0 &&
        snprintf(wanted, sizeof(wanted), "%s/../vlc/libvlc.so.5", program) < (int)sizeof(wanted) &&
        realpath(wanted, program) != NULL && dladdr((void *)(uintptr_t)libvlc_new, &info) != 0 &&
        realpath(info.dli_fname, loaded) != NULL && strcmp(program, loaded) == 0)
        return true;
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the recorder's own copy of libvlc is missing: the folder vlc must stand beside the "
             "folder bin of "
             "understudy-recorder");
    return false;
}

struct vlc_library *vlc_library_load(char *cause)
{
    /* The caching of the muxer is heeded only here, not as an option of a medium. */
    static const char *const arguments[] = {"--aout=none", "--vout=dummy", "--no-lua",
                                            "--ignore-config", "--sout-mux-caching=0"};
    struct vlc_library *library;

    if (!is_private(cause))
        return NULL;
    unsetenv("VLC_PLUGIN_PATH");
    library = calloc(1, sizeof(*library));
    if (library == NULL)
        return NULL;
    library->instance = libvlc_new((int)(sizeof(arguments) / sizeof(*arguments)), arguments);
    if (library->instance == NULL) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "libvlc does not start: its plugin folder beside the program is damaged");
        free(library);
        return NULL;
    }
    libvlc_log_set(library->instance, on_log, NULL);
    return library;
}

void vlc_library_unload(struct vlc_library *library)
{
    if (library == NULL)
        return;
    libvlc_release(library->instance);
    free(library);
}

/* Called by libvlc on a thread of its own: waits for the next frame. Not 0 ends the stream. */
static int on_get(void *data, const char *cookie, int64_t *dts, int64_t *pts, unsigned *flags,
                  size_t *size, void **buffer)
{
    struct vlc_mux *mux = data;
    struct waiting *waiting;

    (void)cookie;
    pthread_mutex_lock(&mux->mutex);
    while (mux->first == NULL && !mux->over)
        pthread_cond_wait(&mux->changed, &mux->mutex);
    waiting = mux->first;
    if (waiting != NULL) {
        mux->first = waiting->next;
        if (mux->first == NULL)
            mux->last = &mux->first;
        mux->waiting_bytes -= waiting->frame->size;
        mux->lent = waiting->frame;
    }
    pthread_mutex_unlock(&mux->mutex);
    if (waiting == NULL)
        return -1;
    *dts = waiting->dts_us;
    *pts = waiting->pts_us;
    *flags = 0;
    *size = waiting->frame->size;
    *buffer = waiting->frame->data;
    free(waiting);
    return 0;
}

/* Called by libvlc when it has copied what on_get gave; the two always come in pairs. */
static void on_release(void *data, const char *cookie, size_t size, void *buffer)
{
    struct vlc_mux *mux = data;
    struct frame *frame = mux->lent;

    (void)cookie;
    (void)size;
    assert(frame != NULL && frame->data == buffer);
    mux->lent = NULL;
    frame_release(frame);
}

static void on_end(const libvlc_event_t *event, void *data)
{
    struct vlc_mux *mux = data;

    (void)event;
    pthread_mutex_lock(&mux->mutex);
    mux->ended = true;
    pthread_cond_broadcast(&mux->changed);
    pthread_mutex_unlock(&mux->mutex);
}

static libvlc_media_t *media_of(struct vlc_library *library, struct vlc_mux *mux,
                                const struct outlet *outlet)
{
    libvlc_media_t *media = libvlc_media_new_location(library->instance, "imem://");
    char option[160];

    if (media == NULL)
        return NULL;
    snprintf(option, sizeof(option), ":imem-get=%" PRIuPTR, (uintptr_t)on_get);
    libvlc_media_add_option(media, option);
    snprintf(option, sizeof(option), ":imem-release=%" PRIuPTR, (uintptr_t)on_release);
    libvlc_media_add_option(media, option);
    snprintf(option, sizeof(option), ":imem-data=%" PRIuPTR, (uintptr_t)mux);
    libvlc_media_add_option(media, option);
    libvlc_media_add_option(media, ":imem-cat=2"); /* video */
    libvlc_media_add_option(media, ":imem-codec=h264");
    snprintf(option, sizeof(option),
             ":sout=#std{access=outlet,mux=ts{shaping=40,use-key-frames},dst=%" PRIuPTR "}",
             (uintptr_t)outlet);
    libvlc_media_add_option(media, option);
    return media;
}

/* The events that end a stream, whatever libvlc thinks of the reason. */
static const libvlc_event_type_t ends[] = {
    libvlc_MediaPlayerEndReached, libvlc_MediaPlayerEncounteredError, libvlc_MediaPlayerStopped};

static void vlc_mux_free(struct vlc_mux *mux)
{
    while (mux->first != NULL) {
        struct waiting *waiting = mux->first;

        mux->first = waiting->next;
        frame_release(waiting->frame);
        free(waiting);
    }
    pthread_cond_destroy(&mux->changed);
    pthread_mutex_destroy(&mux->mutex);
    free(mux);
}

struct vlc_mux *vlc_mux_open(struct vlc_library *library, const struct outlet *outlet, char *cause)
{
    struct vlc_mux *mux = calloc(1, sizeof(*mux));
    libvlc_media_t *media = mux == NULL ? NULL : media_of(library, mux, outlet);

    snprintf(cause, RECORDER_CAUSE_MAX, "libvlc does not start a stream: memory is out");
    if (media == NULL) {
        free(mux);
        return NULL;
    }
    pthread_mutex_init(&mux->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&mux->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    mux->last = &mux->first;
    mux->player = libvlc_media_player_new_from_media(media);
    libvlc_media_release(media);
    if (mux->player == NULL) {
        vlc_mux_free(mux);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        libvlc_event_attach(libvlc_media_player_event_manager(mux->player), ends[i], on_end, mux);
    if (libvlc_media_player_play(mux->player) != 0) {
        vlc_mux_finish(mux);
        return NULL;
    }
    return mux;
}

bool vlc_mux_feed(struct vlc_mux *mux, struct frame *frame, int64_t dts_us, int64_t pts_us)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    bool fits;

    assert(dts_us > 0 && pts_us >= dts_us);
    if (waiting == NULL)
        return false;
    *waiting = (struct waiting){.frame = frame, .dts_us = dts_us, .pts_us = pts_us};
    pthread_mutex_lock(&mux->mutex);
    assert(!mux->over);
    fits = !mux->ended && mux->waiting_bytes + frame->size <= VLC_WAITING_MAX;
    if (fits) {
        frame_keep(frame);
        *mux->last = waiting;
        mux->last = &waiting->next;
        mux->waiting_bytes += frame->size;
    }
    pthread_mutex_unlock(&mux->mutex);
    if (!fits)
        free(waiting);
    return fits;
}

void vlc_mux_wake(struct vlc_mux *mux)
{
    pthread_mutex_lock(&mux->mutex);
    pthread_cond_broadcast(&mux->changed);
    pthread_mutex_unlock(&mux->mutex);
}

void vlc_mux_finish(struct vlc_mux *mux)
{
    struct timespec limit;

    clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += VLC_DRAIN_MS / 1000;
    pthread_mutex_lock(&mux->mutex);
    mux->over = true;
    pthread_cond_broadcast(&mux->changed);
    while (!mux->ended && pthread_cond_timedwait(&mux->changed, &mux->mutex, &limit) == 0)
        continue;
    pthread_mutex_unlock(&mux->mutex);
    libvlc_media_player_stop(mux->player);
    libvlc_media_player_release(mux->player);
    vlc_mux_free(mux);
}
