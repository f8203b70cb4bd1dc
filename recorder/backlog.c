#include "recorder/backlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"

void backlog_init(struct backlog *backlog)
{
    *backlog = (struct backlog){.first = NULL};
    backlog->last = &backlog->first;
    pthread_mutex_init(&backlog->mutex, NULL);
    moment_init_condition(&backlog->changed);
}

void backlog_free(struct backlog *backlog)
{
    assert(backlog->first == NULL);
    pthread_cond_destroy(&backlog->changed);
    pthread_mutex_destroy(&backlog->mutex);
}

/* The mutex is held. */
static void append(struct backlog *backlog, struct backlog_piece *piece)
{
    piece->next = NULL;
    *backlog->last = piece;
    backlog->last = &piece->next;
    backlog->bytes += piece->size;
    pthread_cond_signal(&backlog->changed);
}

void backlog_put(struct backlog *backlog, const struct timeline_entry *entry, const void *bytes,
                 size_t size)
{
    struct backlog_piece *piece = malloc(sizeof(*piece) + size);
    bool takes;

    pthread_mutex_lock(&backlog->mutex);
    takes = piece != NULL && backlog->bytes + size <= BACKLOG_BYTES &&
            (!backlog->dropping || entry->key);
    if (takes) {
        *piece =
            (struct backlog_piece){.entry = *entry, .size = size, .after_loss = backlog->dropping};
        memcpy(piece->bytes, bytes, size);
        append(backlog, piece);
    } else {
        backlog->dropped++;
        free(piece);
    }
    backlog->dropping = !takes;
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_break(struct backlog *backlog)
{
    struct backlog_piece *piece = calloc(1, sizeof(*piece));

    assert(piece != NULL);
    piece->is_break = true;
    pthread_mutex_lock(&backlog->mutex);
    append(backlog, piece);
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_close(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->mutex);
    backlog->closing = true;
    pthread_cond_signal(&backlog->changed);
    pthread_mutex_unlock(&backlog->mutex);
}

enum backlog_answer backlog_take(struct backlog *backlog, int64_t until_us,
                                 struct backlog_piece **piece)
{
    enum backlog_answer answer = BACKLOG_PIECE;

    pthread_mutex_lock(&backlog->mutex);
    while (backlog->first == NULL && answer == BACKLOG_PIECE)
        if (backlog->closing)
            answer = BACKLOG_OVER;
        else if (!moment_wait(&backlog->changed, &backlog->mutex, until_us) &&
                 backlog->first == NULL)
            answer = BACKLOG_LATE;
    *piece = backlog->first;
    if (*piece != NULL) {
        backlog->first = (*piece)->next;
        if (backlog->first == NULL)
            backlog->last = &backlog->first;
        backlog->bytes -= (*piece)->size;
    }
    pthread_mutex_unlock(&backlog->mutex);
    return answer;
}

uint64_t backlog_dropped(struct backlog *backlog)
{
    uint64_t dropped;

    pthread_mutex_lock(&backlog->mutex);
    dropped = backlog->dropped;
    pthread_mutex_unlock(&backlog->mutex);
    return dropped;
}
