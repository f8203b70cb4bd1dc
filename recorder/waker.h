/* Wakes a thread for what comes: for each thing at once, or, where nobody is kept waiting by it,
 * for several together. Most of what a recording costs is waking up. All of it under the mutex of
 * whoever has the things. */
#ifndef RECORDER_WAKER_H
#define RECORDER_WAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct waker {
    pthread_cond_t changed;
    bool woken;
    bool pressed;   /* by something that does not wait */
    bool gathering; /* what waits does not wake the thread now */
};

void waker_init(struct waker *waker);
void waker_free(struct waker *waker);

/* Something has come; `at_once`: it does not wait for others. */
void waker_wake(struct waker *waker, bool at_once);

/* Waits until something has come, and lets things come together for `gather_us` (0: not at all)
 * unless one is pressing. */
void waker_wait(struct waker *waker, pthread_mutex_t *mutex, int64_t gather_us);

#endif
