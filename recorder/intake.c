#include "recorder/intake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/secret.h"
#include "recorder/source.h"
#include "recorder/timebase.h"

/* Sound that is further from the pictures than this, by the camera's clock, has another clock than
 * they: it is placed by when it came, in microseconds. */
#define SOUND_ASTRAY_US 1000000

/* Frames come together for this long, in microseconds. Where the connection keeps what the camera
 * sends, nobody looks there meanwhile; but so much lies there at most, for a camera that has to
 * wait throws pictures away. */
#define TOGETHER_US    300000
#define TOGETHER_BYTES 196608
/* After a beginning, and when somebody is in a hurry, each is given as it comes for a while. */
#define PROMPT_US 3000000
/* A read that took longer found nothing there before it. */
#define WAITED_US 1000
/* How long somebody waits for what lies there, in microseconds. */
#define CATCH_UP_US 200000
/* A stream that is later than this then is not kept waiting: it must not fall behind. */
#define LATE_US 50000

/* Numbers of streams are never used twice in a process. */
static atomic_uint_least64_t streams;

static const char *secrets_file, *clips_directory;

void intake_setup(const char *secrets, const char *clips)
{
    secrets_file = secrets;
    clips_directory = clips;
    source_setup();
}

struct intake {
    char url[RECORDER_URL_MAX];
    char credentials[RECORDER_NAME_MAX];
    struct intake_events events;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    atomic_bool abandon;
    int64_t prompt_us; /* monotonic: until then there is a hurry; under the mutex */
    bool caught_up;    /* all that was there has been given; under the mutex */

    /* The thread's alone. */
    struct timebase timebase;
    int64_t wall_minus_monotonic_us; /* fixed at the connection: a wall clock that is set does not
                                        tear a stream */
    uint64_t stream;
    struct media *media; /* of the stream */
    int64_t last_pts_us; /* of a picture; INT64_MIN: there was none */
    int64_t distance_us; /* of the last picture from the one before it; 0: not known */
    int64_t sound_shift_us;
    bool reordered;
    char remark[RECORDER_CAUSE_MAX]; /* the last that was told */
    int64_t together_us; /* monotonic: when frames were last given, and the rest after it ended */
    int64_t rested_us;   /* when the last rest began */
    size_t bytes;        /* that came since */
};

static void begin_stream(struct intake *intake)
{
    intake->stream = atomic_fetch_add(&streams, 1) + 1;
    intake->last_pts_us = INT64_MIN;
    intake->distance_us = 0;
    intake->sound_shift_us = 0;
}

/* What cannot go on in the same file begins a new stream. True: it does. */
static bool note_media(struct intake *intake, struct media *media)
{
    bool begins =
        intake->media != NULL && intake->media != media && !media_goes_on(intake->media, media);

    if (intake->media == media)
        return false;
    if (begins)
        begin_stream(intake);
    media_release(intake->media);
    intake->media = media_keep(media);
    return begins;
}

static void note_picture(struct intake *intake, const struct source_packet *packet)
{
    int64_t arrival_us = packet->arrival_us + intake->wall_minus_monotonic_us;

    if (note_media(intake, packet->media)) /* a camera that changes often starts anew for it */
        timebase_begin_stream(&intake->timebase, packet->pts_us, arrival_us);
    if (timebase_note(&intake->timebase, packet->pts_us, arrival_us) == TIMEBASE_LEAP)
        begin_stream(intake);
    intake->reordered = intake->reordered || packet->pts_us < intake->last_pts_us;
    intake->distance_us = intake->last_pts_us == INT64_MIN || packet->pts_us < intake->last_pts_us
                              ? 0
                              : packet->pts_us - intake->last_pts_us;
    intake->last_pts_us = packet->pts_us;
}

/* The time of a sound by the pictures' clock. */
static int64_t sound_pts_us(struct intake *intake, const struct source_packet *packet)
{
    int64_t by_arrival_us = packet->arrival_us + intake->wall_minus_monotonic_us -
                            timebase_wall_us(&intake->timebase, 0);
    int64_t astray_us = packet->pts_us + intake->sound_shift_us - by_arrival_us;

    if (astray_us > SOUND_ASTRAY_US || astray_us < -SOUND_ASTRAY_US)
        intake->sound_shift_us = by_arrival_us - packet->pts_us;
    return packet->pts_us + intake->sound_shift_us;
}

static bool deliver(struct intake *intake, const struct source_packet *packet)
{
    struct frame *frame;

    if (!packet->sound)
        note_picture(intake, packet);
    else if (intake->last_pts_us == INT64_MIN)
        return true; /* sound before the first picture has nothing to go with */
    frame = frame_create(packet->size);
    if (frame == NULL)
        return false;
    memcpy(frame->data, packet->data, packet->size);
    intake->bytes += packet->size;
    frame->stream = intake->stream;
    frame->media = media_keep(intake->media);
    frame->sound = packet->sound;
    frame->pts_us = packet->sound ? sound_pts_us(intake, packet) : packet->pts_us;
    frame->wall_us = timebase_wall_us(&intake->timebase, frame->pts_us);
    frame->arrival_us = packet->arrival_us;
    frame->key = packet->key;
    intake->events.frame(intake->events.owner, frame, intake->reordered);
    return true;
}

static bool find_secret(const struct intake *intake, struct secret *secret, char *cause)
{
    return intake->credentials[0] == '\0' ||
           secret_find(intake->credentials, secrets_file, secret, cause);
}

static void tell_remark(struct intake *intake, const char *remark)
{
    if (remark[0] != '\0' && strcmp(remark, intake->remark) != 0)
        intake->events.remark(intake->events.owner, remark);
    snprintf(intake->remark, sizeof(intake->remark), "%s", remark);
}

static struct source *open_source(struct intake *intake, char *cause, bool *hopeless)
{
    char remark[RECORDER_CAUSE_MAX] = "";
    struct secret secret;
    struct source_request request = {.url = intake->url,
                                     .secret = intake->credentials[0] != '\0' ? &secret : NULL,
                                     .files = clips_directory,
                                     .abandon = &intake->abandon,
                                     .remark = remark};
    struct source *source = NULL;

    if (find_secret(intake, &secret, cause))
        source = source_open(&request, cause, hopeless);
    else
        *hopeless = true;
    secret_forget(&secret);
    tell_remark(intake, remark);
    return source;
}

/* How long ago the last picture was there by the camera's clock. */
static int64_t age_us(const struct intake *intake, int64_t now_us)
{
    return now_us + intake->wall_minus_monotonic_us -
           timebase_wall_us(&intake->timebase, intake->last_pts_us);
}

/* Nothing lies there: a frame had to be waited for, or the next picture is not due yet. */
static bool has_read_all(const struct intake *intake, int64_t now_us, bool waited)
{
    return waited ? age_us(intake, now_us) <= LATE_US
                  : age_us(intake, now_us) < intake->distance_us;
}

/* How long it may be, by how fast the camera sends. */
static int64_t rest_us(const struct intake *intake, int64_t now_us)
{
    int64_t span_us = now_us - intake->rested_us;
    double fill_us = intake->bytes == 0
                         ? TOGETHER_US
                         : (double)TOGETHER_BYTES * (double)span_us / (double)intake->bytes;

    return fill_us < TOGETHER_US ? (int64_t)fill_us : TOGETHER_US;
}

/* The next frame is some time off. */
static void rest(struct intake *intake, int64_t now_us)
{
    int64_t until_us = now_us + rest_us(intake, now_us);

    intake->rested_us = now_us;
    intake->bytes = 0;
    pthread_mutex_lock(&intake->mutex);
    intake->caught_up = false;
    while (!atomic_load(&intake->abandon) && now_us >= intake->prompt_us &&
           moment_wait(&intake->changed, &intake->mutex, until_us))
        continue;
    pthread_mutex_unlock(&intake->mutex);
}

/* Whether somebody is in a hurry, who is told how far this has got. */
static bool in_hurry(struct intake *intake, int64_t now_us, bool caught_up)
{
    bool hurry;

    pthread_mutex_lock(&intake->mutex);
    hurry = now_us < intake->prompt_us;
    if (caught_up && !intake->caught_up && hurry)
        pthread_cond_broadcast(&intake->changed);
    intake->caught_up = caught_up;
    pthread_mutex_unlock(&intake->mutex);
    return hurry;
}

/* After each frame: is it time to have them dealt with, and to rest? */
static void give_together(struct intake *intake, bool keeps, bool waited)
{
    int64_t now_us = moment_monotonic_us();
    bool all = has_read_all(intake, now_us, waited);
    bool hurry = in_hurry(intake, now_us, all);
    bool may_rest = keeps && !hurry && all;

    if (!may_rest && !hurry && now_us - intake->together_us < TOGETHER_US)
        return;
    intake->events.together(intake->events.owner);
    if (may_rest)
        rest(intake, now_us);
    intake->together_us = moment_monotonic_us();
}

/* Reads and gives until the connection is over. True if it brought a picture. */
static bool read_all(struct intake *intake, struct source *source, char *cause)
{
    struct source_packet packet;
    int64_t began_us = moment_monotonic_us();
    bool brought = false;

    intake_hurry(intake);
    while (source_read(source, &packet, cause)) {
        if (!deliver(intake, &packet)) {
            snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
            break;
        }
        brought = true;
        give_together(intake, packet.keeps, moment_monotonic_us() - began_us > WAITED_US);
        began_us = moment_monotonic_us();
    }
    return brought;
}

/* One connection from beginning to end. True if it brought a picture. */
static bool serve(struct intake *intake, char *cause, bool *hopeless)
{
    struct source *source = open_source(intake, cause, hopeless);
    bool brought;

    if (source == NULL)
        return false;
    intake->timebase = (struct timebase){.begun = false};
    intake->wall_minus_monotonic_us = moment_wall_us() - moment_monotonic_us();
    begin_stream(intake);
    brought = read_all(intake, source, cause);
    source_close(source);
    media_release(intake->media);
    intake->media = NULL;
    return brought;
}

static void pause_until(struct intake *intake, int64_t until_us)
{
    pthread_mutex_lock(&intake->mutex);
    while (!atomic_load(&intake->abandon) &&
           moment_wait(&intake->changed, &intake->mutex, until_us))
        continue;
    pthread_mutex_unlock(&intake->mutex);
}

static int64_t next_pause_ms(int64_t pause_ms, bool hopeless)
{
    int64_t max_ms = hopeless ? INTAKE_PAUSE_HOPELESS_MS : INTAKE_PAUSE_MAX_MS;

    return 2 * pause_ms < max_ms ? 2 * pause_ms : max_ms;
}

static void *run(void *data)
{
    struct intake *intake = data;
    int64_t pause_ms = INTAKE_PAUSE_MIN_MS;
    char cause[RECORDER_CAUSE_MAX];

    while (!atomic_load(&intake->abandon)) {
        int64_t begun_us = moment_monotonic_us(), soonest_us;
        bool hopeless = false;

        if (serve(intake, cause, &hopeless))
            pause_ms = INTAKE_PAUSE_MIN_MS;
        if (atomic_load(&intake->abandon))
            break;
        intake->events.trouble(intake->events.owner, cause, hopeless);
        soonest_us = moment_monotonic_us() + INTAKE_PAUSE_MIN_MS * 1000;
        begun_us += pause_ms * 1000;
        pause_until(intake, begun_us > soonest_us ? begun_us : soonest_us);
        pause_ms = next_pause_ms(pause_ms, hopeless);
    }
    return NULL;
}

static void release(struct intake *intake)
{
    pthread_cond_destroy(&intake->changed);
    pthread_mutex_destroy(&intake->mutex);
    free(intake);
}

struct intake *intake_open(const char *url, const char *credentials,
                           const struct intake_events *events)
{
    struct intake *intake = calloc(1, sizeof(*intake));

    if (intake == NULL)
        return NULL;
    snprintf(intake->url, sizeof(intake->url), "%s", url);
    snprintf(intake->credentials, sizeof(intake->credentials), "%s", credentials);
    intake->events = *events;
    pthread_mutex_init(&intake->mutex, NULL);
    moment_init_condition(&intake->changed);
    if (pthread_create(&intake->thread, NULL, run, intake) != 0) {
        release(intake);
        return NULL;
    }
    return intake;
}

void intake_hurry(struct intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    intake->prompt_us = moment_monotonic_us() + PROMPT_US;
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->mutex);
}

void intake_catch_up(struct intake *intake)
{
    int64_t until_us = moment_monotonic_us() + CATCH_UP_US;

    intake_hurry(intake);
    pthread_mutex_lock(&intake->mutex);
    while (!intake->caught_up && moment_wait(&intake->changed, &intake->mutex, until_us))
        continue;
    pthread_mutex_unlock(&intake->mutex);
}

void intake_close(struct intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    atomic_store(&intake->abandon, true);
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->mutex);
    pthread_join(intake->thread, NULL);
    release(intake);
}
