/* The lookout as a process: the volumes are tended by vigil.h, and a thread asks each address. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/lookout.h"
#include "runtime/node/reach.h"
#include "runtime/node/vigil.h"

#define ASKING_MAX      64 /* addresses at once; a name service that hangs takes no more threads */
#define PROBE_CAMERAS   16 /* of those that would be carried */
#define POLL_MS         50
#define PROBE_MS_MIN    200
#define REACH_CAMERA_MS 2000

static struct {
    const struct image *image;
    const struct image_server *self;
    pthread_mutex_t lock; /* guards all below; never held while anything may block */
    uint32_t asking;      /* threads */
    uint64_t probe;       /* the number of the present one */
    int64_t probe_ms;     /* when it began; -1: none is under way */
    uint32_t probe_left;  /* addresses that have not answered */
} lookout = {.lock = PTHREAD_MUTEX_INITIALIZER, .probe_ms = -1};

static void say_word(const struct lookout_word *word)
{
    if (send(COMPANION_FD, word, sizeof *word, MSG_NOSIGNAL) != (ssize_t)sizeof *word)
        _exit(0); /* the node is gone */
}

static void say(enum lookout_kind kind, uint32_t subject, uint32_t value)
{
    const struct lookout_word word = {.kind = kind, .subject = subject, .value = value};
    say_word(&word);
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
    pthread_mutex_unlock(&lookout.lock);
    vigil_beat(); /* volumes are asked by a renewal, which no cache answers */
}

/* A volume that took a renewal since is in reach. Volumes may take until the end of the time. */
static void tend_probe(void)
{
    bool reached = false, over = false;
    pthread_mutex_lock(&lookout.lock);
    if (lookout.probe_ms >= 0) {
        reached = vigil_renewed_since(lookout.probe_ms);
        const bool nobody_left = lookout.probe_left == 0 && vigil_count() == 0;
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
    } else if (word->kind == LOOKOUT_ASK || word->kind == LOOKOUT_HOLD) {
        vigil_wish(word);
    } else if (word->kind == LOOKOUT_BEAT) {
        vigil_beat();
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
        vigil_tell();
        tend_probe();
    }
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
    if (!vigil_begin(lookout.image, server, say_word)) {
        fprintf(stderr, "understudy: lookout: out of memory or threads\n");
        return 3;
    }
    run();
    _exit(0); /* a thread may hang for ever */
}
