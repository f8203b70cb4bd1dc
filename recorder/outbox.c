#include "recorder/outbox.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

bool outbox_init(struct outbox *outbox)
{
    *outbox = (struct outbox){.reports = calloc(OUTBOX_REPORTS_MAX, sizeof(*outbox->reports)),
                              .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    pthread_mutex_init(&outbox->mutex, NULL);
    return outbox->reports != NULL && outbox->wake >= 0;
}

static void wake(const struct outbox *outbox)
{
    uint64_t one = 1;

    /* It can only fail when it is awake already. */
    if (write(outbox->wake, &one, sizeof(one)) != sizeof(one))
        return;
}

void outbox_put(struct outbox *outbox, const struct recorder_report *report)
{
    size_t limit = report->kind == REPORT_ALIVE ? OUTBOX_ALIVE_MAX : OUTBOX_REPORTS_MAX;

    pthread_mutex_lock(&outbox->mutex);
    if (outbox->count < limit)
        outbox->reports[(outbox->first + outbox->count++) % OUTBOX_REPORTS_MAX] = *report;
    else if (report->kind != REPORT_ALIVE && outbox->lost++ == 0)
        fprintf(stderr,
                "understudy-recorder: the node takes no reports: they are lost from now on\n");
    pthread_mutex_unlock(&outbox->mutex);
    wake(outbox);
}

static bool peek(struct outbox *outbox, struct recorder_report *report)
{
    bool any;

    pthread_mutex_lock(&outbox->mutex);
    any = outbox->count > 0;
    if (any)
        *report = outbox->reports[outbox->first];
    pthread_mutex_unlock(&outbox->mutex);
    return any;
}

static void drop_first(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    outbox->first = (outbox->first + 1) % OUTBOX_REPORTS_MAX;
    outbox->count--;
    pthread_mutex_unlock(&outbox->mutex);
}

bool outbox_send(struct outbox *outbox, int socket)
{
    struct recorder_report report;
    uint64_t unused;

    if (read(outbox->wake, &unused, sizeof(unused)) < 0)
        unused = 0;
    while (peek(outbox, &report)) {
        if (send(socket, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL) !=
            (ssize_t)sizeof(report))
            return false;
        drop_first(outbox);
    }
    return true;
}
