#include "recorder/waker.h"

#include <errno.h>
#include <time.h>

#include "recorder/moment.h"

void waker_init(struct waker *waker)
{
    pthread_condattr_t monotonic;

    waker->woken = waker->pressed = waker->gathering = false;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&waker->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void waker_free(struct waker *waker)
{
    pthread_cond_destroy(&waker->changed);
}

void waker_wake(struct waker *waker, bool at_once)
{
    waker->woken = true;
    waker->pressed = waker->pressed || at_once;
    if (at_once || !waker->gathering)
        pthread_cond_signal(&waker->changed);
}

static void gather(struct waker *waker, pthread_mutex_t *mutex, int64_t gather_us)
{
    int64_t until_us = moment_monotonic_us() + gather_us;
    const struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};

    waker->gathering = true;
    while (!waker->pressed && pthread_cond_timedwait(&waker->changed, mutex, &until) != ETIMEDOUT)
        continue;
    waker->gathering = false;
}

void waker_wait(struct waker *waker, pthread_mutex_t *mutex, int64_t gather_us)
{
    if (gather_us > 0)
        gather(waker, mutex, gather_us);
    while (!waker->woken)
        pthread_cond_wait(&waker->changed, mutex);
    waker->woken = waker->pressed = false;
}
