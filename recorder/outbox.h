/* Reports on their way to the node: put in by many threads that must not wait, sent by one that
 * may. */
#ifndef RECORDER_OUTBOX_H
#define RECORDER_OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "recorder/recorder.h"

/* A node that does not listen loses reports beyond this many; REPORT_ALIVE is given up long before.
 */
#define OUTBOX_REPORTS_MAX 4096
#define OUTBOX_ALIVE_MAX   256

struct outbox {
    pthread_mutex_t mutex;
    struct recorder_report *reports; /* a ring of OUTBOX_REPORTS_MAX */
    size_t first, count, lost;
    int wake; /* an eventfd: readable when something was put in */
};

/* False: memory or descriptors are out. */
bool outbox_init(struct outbox *outbox);
/* Puts a copy in; never waits. */
void outbox_put(struct outbox *outbox, const struct recorder_report *report);
/* Sends until the outbox is empty (true) or the socket takes no more for now (false). */
bool outbox_send(struct outbox *outbox, int socket);

#endif
