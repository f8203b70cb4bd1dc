/* The lookout as a process: a thread for each volume on the network, so that one that hangs stops
 * no other, and a thread for each address that is asked. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/lifesign.h"
#include "runtime/node/lookout.h"
#include "runtime/node/reach.h"

#define ASKING_MAX      64 /* addresses at once; a name service that hangs takes no more threads */
#define PROBE_CAMERAS   16 /* of those that would be carried */
#define POLL_MS         50
#define PROBE_MS_MIN    200
#define REACH_CAMERA_MS 2000

/* A volume and what is seen there; watches are by failover, under the lock. */
struct volume {
    const struct image_volume *entry;
    uint32_t index;
    int64_t renewed_ms;    /* when the latest renewal that succeeded began; -1: none */
    uint64_t renewed_beat; /* which beat that was for */
    struct lifesign_watch *watches;
};

static struct {
    const struct image *image;
    const struct image_server *self;
    pthread_mutex_t lock; /* guards all below; never held while anything may block */
    pthread_cond_t beat;
    uint64_t beats;
    uint64_t boot;
    struct volume volumes[SERVER_VOLUMES_MAX];
    uint32_t volume_count;
    enum lifesign_view *told; /* by failover */
    bool tells_storage;       /* a failover counts the loss of our volumes as a reason (R36) */
    enum { STORAGE_UNKNOWN, STORAGE_LOST, STORAGE_FINE } storage; /* as told */
    uint32_t asking;                                              /* threads */
    uint64_t probe;      /* the number of the present one */
    int64_t probe_ms;    /* when it began; -1: none is under way */
    uint32_t probe_left; /* addresses that have not answered */
} lookout = {.lock = PTHREAD_MUTEX_INITIALIZER, .beat = PTHREAD_COND_INITIALIZER, .probe_ms = -1};

static void say(enum lookout_kind kind, uint32_t subject, uint32_t value)
{
    const struct lookout_word word = {.kind = kind, .subject = subject, .value = value};
    if (send(COMPANION_FD, &word, sizeof word, MSG_NOSIGNAL) != (ssize_t)sizeof word)
        _exit(0); /* the node is gone */
}

static int64_t lease_ms(void)
{
    return lookout.image->site.lease_ms;
}

/* ---- volumes ---- */

static bool has_volume(const struct image_server *server, uint32_t volume)
{
    for (uint32_t i = 0; i < server->volumes.count; i++)
        if (image_numbers(lookout.image)[server->volumes.first + i] == volume)
            return true;
    return false;
}

static void renew(struct volume *volume, int opened, uint64_t counter, uint64_t beat)
{
    const int64_t begun_ms = clock_now_ms();
    const struct lifesign sign = {.boot = lookout.boot, .counter = counter};
    if (opened < 0 || !lifesign_write(opened, image_text(lookout.image, lookout.self->name), &sign))
        return;
    pthread_mutex_lock(&lookout.lock);
    volume->renewed_ms = begun_ms;
    volume->renewed_beat = beat;
    pthread_mutex_unlock(&lookout.lock);
}

static void look(struct volume *volume, int opened)
{
    const struct image *image = lookout.image;
    for (uint32_t n = 0; n < lookout.self->failovers.count; n++) {
        const struct image_failover *failover =
            &image_failovers(image)[lookout.self->failovers.first + n];
        const struct image_server *main = &image_servers(image)[failover->monitor];
        struct lifesign sign;
        if (volume->entry->shared == 0 || !has_volume(main, volume->index))
            continue;
        const int64_t begun_ms = clock_now_ms();
        const bool seen =
            opened >= 0 && lifesign_read(opened, image_text(image, main->name), &sign);
        pthread_mutex_lock(&lookout.lock);
        lifesign_see(&volume->watches[n], seen ? &sign : NULL, begun_ms);
        pthread_mutex_unlock(&lookout.lock);
    }
}

static void *tend_volume(void *argument)
{
    struct volume *volume = argument;
    uint64_t seen = 0;
    for (uint64_t counter = 1;; counter++) {
        pthread_mutex_lock(&lookout.lock);
        while (lookout.beats == seen)
            pthread_cond_wait(&lookout.beat, &lookout.lock);
        seen = lookout.beats;
        pthread_mutex_unlock(&lookout.lock);
        const int opened = lifesign_open(image_text(lookout.image, volume->entry->path),
                                         image_text(lookout.image, volume->entry->name));
        renew(volume, opened, counter, seen);
        look(volume, opened);
        if (opened >= 0)
            close(opened);
    }
    return NULL;
}

/* One volume that shows a sign is enough. */
static enum lifesign_view view_of(uint32_t n, int64_t now_ms)
{
    enum lifesign_view best = LIFESIGN_NONE;
    for (uint32_t v = 0; v < lookout.volume_count; v++) {
        const enum lifesign_view view =
            lifesign_judge(&lookout.volumes[v].watches[n], now_ms, lease_ms());
        if (view > best)
            best = view;
    }
    return best;
}

static void tell_views(void)
{
    for (uint32_t n = 0; n < lookout.self->failovers.count; n++) {
        pthread_mutex_lock(&lookout.lock);
        const enum lifesign_view view = view_of(n, clock_now_ms());
        pthread_mutex_unlock(&lookout.lock);
        if (view == lookout.told[n])
            continue;
        lookout.told[n] = view;
        say(LOOKOUT_VIEW, lookout.self->failovers.first + n, view);
    }
}

/* Whether any volume took a sign within a lease; counted in beats, so that a node which stood still
 * has lost nothing by that. */
static void tell_storage(void)
{
    const uint32_t lease_beats = lookout.image->site.lease_ms / lookout.image->site.heartbeat_ms;
    uint64_t renewed_beat = 0;
    pthread_mutex_lock(&lookout.lock);
    for (uint32_t v = 0; v < lookout.volume_count; v++)
        if (lookout.volumes[v].renewed_beat > renewed_beat)
            renewed_beat = lookout.volumes[v].renewed_beat;
    const bool lost = lookout.beats - renewed_beat > lease_beats;
    pthread_mutex_unlock(&lookout.lock);
    if (lost && lookout.storage != STORAGE_LOST) {
        lookout.storage = STORAGE_LOST;
        say(LOOKOUT_STORAGE, 0, 0);
    } else if (!lost && renewed_beat > 0 && lookout.storage != STORAGE_FINE) {
        lookout.storage = STORAGE_FINE;
        say(LOOKOUT_STORAGE, 0, 1);
    }
}

/* ---- addresses ---- */

/* One address that is asked, for a probe or for a camera. */
struct question {
    struct reach_place place;
    uint32_t camera; /* IMAGE_NONE: for the probe of this number */
    uint64_t probe;
    int wait_ms;
};

static void *ask(void *argument)
{
    struct question *question = argument;
    const enum reach_answer answer = reach_ask(&question->place, question->wait_ms);
    if (question->camera != IMAGE_NONE)
        say(LOOKOUT_REACH, question->camera, answer == REACH_OPEN);
    bool answers_probe = false;
    pthread_mutex_lock(&lookout.lock);
    lookout.asking--;
    if (question->camera == IMAGE_NONE && question->probe == lookout.probe &&
        lookout.probe_ms >= 0) {
        lookout.probe_left--;
        answers_probe = answer != REACH_NOTHING; /* who refuses is there */
        if (answers_probe)
            lookout.probe_ms = -1;
    }
    pthread_mutex_unlock(&lookout.lock);
    if (answers_probe)
        say(LOOKOUT_PROBE, 0, 1);
    free(question);
    return NULL;
}

/* Called with the lock held. False: the address cannot be asked now. */
static bool begin_asking(const char *text, uint32_t camera, int wait_ms)
{
    pthread_t thread;
    struct question *question = malloc(sizeof *question);
    if (question == NULL || lookout.asking == ASKING_MAX) {
        free(question);
        return false;
    }
    *question = (struct question){.camera = camera, .probe = lookout.probe, .wait_ms = wait_ms};
    if (!reach_place(text, &question->place) || pthread_create(&thread, NULL, ask, question) != 0) {
        free(question);
        return false;
    }
    pthread_detach(thread);
    lookout.asking++;
    return true;
}

static void reach_camera(uint32_t camera)
{
    if (camera >= lookout.image->cameras.count)
        return;
    const char *url = image_text(lookout.image, image_cameras(lookout.image)[camera].url);
    pthread_mutex_lock(&lookout.lock);
    const bool begun = begin_asking(url, camera, REACH_CAMERA_MS);
    pthread_mutex_unlock(&lookout.lock);
    if (!begun)
        say(LOOKOUT_REACH, camera, 0);
}

/* ---- the probe (R29) ---- */

/* The answer is due within a detection time. */
static int probe_wait_ms(void)
{
    const int64_t detect_ms =
        (int64_t)lookout.image->site.heartbeat_ms * lookout.image->site.misses;
    return (int)(detect_ms * 3 / 4 > PROBE_MS_MIN ? detect_ms * 3 / 4 : PROBE_MS_MIN);
}

static void ask_cameras(void)
{
    const struct image *image = lookout.image;
    uint32_t asked = 0;
    for (uint32_t n = 0; n < lookout.self->failovers.count; n++) {
        const struct image_list list =
            image_failovers(image)[lookout.self->failovers.first + n].objects;
        for (uint32_t i = 0; i < list.count && asked < PROBE_CAMERAS; i++, asked++) {
            const uint32_t camera = image_numbers(image)[list.first + i];
            lookout.probe_left += begin_asking(image_text(image, image_cameras(image)[camera].url),
                                               IMAGE_NONE, probe_wait_ms());
        }
    }
}

static void begin_probe(void)
{
    const struct image_list witnesses = lookout.self->witnesses;
    pthread_mutex_lock(&lookout.lock);
    lookout.probe++;
    lookout.probe_ms = clock_now_ms();
    lookout.probe_left = 0;
    for (uint32_t i = 0; i < witnesses.count; i++) {
        const uint32_t text = image_numbers(lookout.image)[witnesses.first + i];
        lookout.probe_left +=
            begin_asking(image_text(lookout.image, text), IMAGE_NONE, probe_wait_ms());
    }
    ask_cameras();
    lookout.beats++; /* volumes are asked by a renewal, which no cache answers */
    pthread_cond_broadcast(&lookout.beat);
    pthread_mutex_unlock(&lookout.lock);
}

/* A volume that took a renewal since is in reach. Volumes may take until the end of the time. */
static void tend_probe(void)
{
    bool reached = false, over = false;
    pthread_mutex_lock(&lookout.lock);
    if (lookout.probe_ms >= 0) {
        for (uint32_t v = 0; v < lookout.volume_count; v++)
            reached = reached || (lookout.volumes[v].entry->shared != 0 &&
                                  lookout.volumes[v].renewed_ms >= lookout.probe_ms);
        const bool nobody_left = lookout.probe_left == 0 && lookout.volume_count == 0;
        over = reached || nobody_left || clock_now_ms() - lookout.probe_ms >= probe_wait_ms();
        if (over)
            lookout.probe_ms = -1;
    }
    pthread_mutex_unlock(&lookout.lock);
    if (over)
        say(LOOKOUT_PROBE, 0, reached);
}

/* ---- the process ---- */

static void obey(const struct lookout_word *word)
{
    if (word->kind == LOOKOUT_PROBE) {
        begin_probe();
    } else if (word->kind == LOOKOUT_REACH) {
        reach_camera(word->subject);
    } else if (word->kind == LOOKOUT_BEAT) {
        pthread_mutex_lock(&lookout.lock);
        lookout.beats++;
        pthread_cond_broadcast(&lookout.beat);
        pthread_mutex_unlock(&lookout.lock);
        say(LOOKOUT_BEAT, 0, 0);
    }
}

static void run(void)
{
    for (;;) {
        struct pollfd wait = {.fd = COMPANION_FD, .events = POLLIN};
        struct lookout_word word;
        if (poll(&wait, 1, POLL_MS) > 0) {
            const ssize_t size = recv(COMPANION_FD, &word, sizeof word, MSG_DONTWAIT);
            if (size == (ssize_t)sizeof word)
                obey(&word);
            else if (size >= 0 || (errno != EAGAIN && errno != EINTR))
                return;
        }
        tell_views();
        if (lookout.tells_storage)
            tell_storage();
        tend_probe();
    }
}

/* Our own disks are written to only where somebody wants to know whether they take it. */
static bool is_storage_wanted(void)
{
    const struct image_list watchers = lookout.self->watchers;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(lookout.image)[watchers.first + w];
        if ((image_failovers(lookout.image)[failover].also_on & ALSO_ON_STORAGE) != 0)
            return true;
    }
    return false;
}

static bool begin(void)
{
    const struct image_list list = lookout.self->volumes;
    const uint32_t failovers = lookout.self->failovers.count;
    pthread_t thread;
    lookout.tells_storage = is_storage_wanted();
    lookout.told = calloc(failovers + 1, sizeof *lookout.told);
    bool done = lookout.told != NULL &&
                getrandom(&lookout.boot, sizeof lookout.boot, 0) == sizeof lookout.boot;
    for (uint32_t i = 0; i < list.count && done; i++) {
        const uint32_t index = image_numbers(lookout.image)[list.first + i];
        const struct image_volume *entry = &image_volumes(lookout.image)[index];
        if ((entry->shared == 0 && !lookout.tells_storage) ||
            lookout.volume_count == SERVER_VOLUMES_MAX)
            continue;
        struct volume *volume = &lookout.volumes[lookout.volume_count++];
        *volume = (struct volume){.entry = entry,
                                  .index = index,
                                  .renewed_ms = -1,
                                  .watches = calloc(failovers + 1, sizeof *volume->watches)};
        done = volume->watches != NULL && pthread_create(&thread, NULL, tend_volume, volume) == 0 &&
               pthread_detach(thread) == 0;
    }
    return done;
}

int lookout_process(int count, char **words)
{
    uint32_t server;
    if (count != 3)
        return 2;
    lookout.image = companion_begin("lookout", words, &server);
    if (lookout.image == NULL)
        return 3;
    lookout.self = &image_servers(lookout.image)[server];
    if (!begin()) {
        fprintf(stderr, "understudy: lookout: out of memory or threads\n");
        return 3;
    }
    run();
    _exit(0); /* a thread may hang for ever */
}
