#include "recorder/volume_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/aside.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"

struct question {
    const char *path;
    bool open;
    struct aside aside;
};

struct volume_watch {
    pthread_mutex_t lock;
    int count;
    struct question questions[];
};

struct volume_watch *volume_watch_new(char *const *paths, int count)
{
    struct volume_watch *watch =
        calloc(1, sizeof(*watch) + (size_t)count * sizeof(*watch->questions));

    if (watch == NULL)
        return NULL;
    pthread_mutex_init(&watch->lock, NULL);
    watch->count = count;
    for (int i = 0; i < count; i++)
        watch->questions[i].path = paths[i];
    return watch;
}

static void close_question(struct question *question)
{
    aside_end(&question->aside);
    question->open = false;
}

void volume_watch_free(struct volume_watch *watch)
{
    for (int i = 0; i < watch->count; i++)
        if (watch->questions[i].open)
            close_question(&watch->questions[i]);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}

static void look(void *owner, int out)
{
    const struct question *question = owner;
    char name[RECORDER_NAME_MAX], cause[RECORDER_CAUSE_MAX];

    (void)out; /* its end is the answer */
    volume_open_any(question->path, name, cause);
}

void volume_watch_ask(struct volume_watch *watch, int wait_ms)
{
    int64_t until_us;

    pthread_mutex_lock(&watch->lock);
    until_us = moment_monotonic_us() + wait_ms * 1000LL;
    for (int i = 0; i < watch->count; i++)
        if (!watch->questions[i].open)
            watch->questions[i].open =
                aside_start(&watch->questions[i].aside, look, &watch->questions[i]);
    for (int i = 0; i < watch->count; i++) {
        int64_t left_ms = (until_us - moment_monotonic_us()) / 1000;

        if (watch->questions[i].open &&
            aside_wait(&watch->questions[i].aside, left_ms > 0 ? (int)left_ms : 0))
            close_question(&watch->questions[i]);
    }
    pthread_mutex_unlock(&watch->lock);
}

bool volume_watch_hangs(struct volume_watch *watch, int i)
{
    struct question *question = &watch->questions[i];
    bool hangs;

    pthread_mutex_lock(&watch->lock);
    if (question->open && aside_wait(&question->aside, 0))
        close_question(question);
    hangs = question->open;
    pthread_mutex_unlock(&watch->lock);
    return hangs;
}
