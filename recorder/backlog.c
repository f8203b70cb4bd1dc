#include "recorder/backlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"

void backlog_init(struct backlog *backlog, size_t bytes_max)
{
    *backlog = (struct backlog){.bytes_max = bytes_max, .stop_us = INT64_MAX};
    backlog->last = backlog->next = &backlog->first;
    pthread_mutex_init(&backlog->mutex, NULL);
    moment_init_condition(&backlog->changed);
}

static bool is_keyframe(const struct backlog_item *item)
{
    return item->kind == BACKLOG_PICTURE && item->piece->entry.key;
}

static bool is_short(const struct backlog *backlog)
{
    return backlog->bytes > backlog->bytes_max / 2;
}

/* ---- putting in; the mutex is held ---- */

static bool append(struct backlog *backlog, const struct backlog_item *item)
{
    struct backlog_entry *entry = malloc(sizeof(*entry));

    if (entry == NULL)
        return false;
    *entry = (struct backlog_entry){.item = *item};
    entry->item.lost = backlog->lost;
    entry->item.lost_from_us = backlog->lost_from_us;
    backlog->lost = 0;
    *backlog->last = entry;
    backlog->last = &entry->next;
    if (!backlog->gathering || item->kind != BACKLOG_PICTURE || is_short(backlog))
        pthread_cond_signal(&backlog->changed); /* there is one reader */
    return true;
}

static void lose(struct backlog *backlog, uint64_t pictures, int64_t from_us)
{
    if (backlog->lost == 0)
        backlog->lost_from_us = from_us;
    backlog->lost += pictures;
    backlog->lost_ever += pictures;
}

void backlog_put(struct backlog *backlog, const struct timeline_entry *entry, const void *bytes,
                 size_t size)
{
    struct backlog_item item = {.kind = BACKLOG_PICTURE,
                                .piece = malloc(sizeof(*item.piece) + size)};
    bool takes;

    if (item.piece != NULL) {
        *item.piece = (struct backlog_piece){.users = 1, .entry = *entry, .size = size};
        memcpy(item.piece->bytes, bytes, size);
    }
    pthread_mutex_lock(&backlog->mutex);
    takes = item.piece != NULL && backlog->bytes + size <= backlog->bytes_max &&
            (backlog->lost == 0 || entry->key) && append(backlog, &item);
    if (takes) {
        backlog->bytes += size;
    } else {
        lose(backlog, 1, entry->wall_us);
        free(item.piece);
    }
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_end(struct backlog *backlog, enum backlog_kind kind, uint64_t epoch)
{
    struct backlog_item item = {.kind = kind, .epoch = epoch};
    bool appended;

    assert(kind != BACKLOG_PICTURE);
    pthread_mutex_lock(&backlog->mutex);
    appended = append(backlog, &item);
    assert(appended);
    if (kind == BACKLOG_STOP && backlog->stop_us == INT64_MAX)
        backlog->stop_us = moment_monotonic_us();
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_close(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->mutex);
    backlog->closing = true;
    pthread_cond_broadcast(&backlog->changed);
    pthread_mutex_unlock(&backlog->mutex);
}

/* ---- taking out ---- */

unsigned backlog_join(struct backlog *backlog)
{
    unsigned reader;

    pthread_mutex_lock(&backlog->mutex);
    reader = ++backlog->reader;
    backlog->next = &backlog->first;
    pthread_cond_broadcast(&backlog->changed);
    pthread_mutex_unlock(&backlog->mutex);
    return reader;
}

enum backlog_answer backlog_take(struct backlog *backlog, unsigned reader, int64_t until_us,
                                 struct backlog_item *item)
{
    enum backlog_answer answer = BACKLOG_ITEM;

    pthread_mutex_lock(&backlog->mutex);
    while (answer == BACKLOG_ITEM && (*backlog->next == NULL || backlog->reader != reader))
        if (backlog->closing || backlog->reader != reader)
            answer = BACKLOG_OVER;
        else if (until_us == BACKLOG_NOW ||
                 (!moment_wait(&backlog->changed, &backlog->mutex, until_us) &&
                  *backlog->next == NULL))
            answer = BACKLOG_LATE;
    if (answer == BACKLOG_ITEM) {
        *item = (*backlog->next)->item;
        (*backlog->next)->item.lost = 0;
        if (item->piece != NULL)
            atomic_fetch_add(&item->piece->users, 1);
        backlog->next = &(*backlog->next)->next;
    }
    pthread_mutex_unlock(&backlog->mutex);
    return answer;
}

static bool has_end(const struct backlog *backlog)
{
    const struct backlog_entry *entry = *backlog->next;

    while (entry != NULL && entry->item.kind == BACKLOG_PICTURE)
        entry = entry->next;
    return entry != NULL;
}

void backlog_gather(struct backlog *backlog, unsigned reader, int64_t until_us)
{
    pthread_mutex_lock(&backlog->mutex);
    backlog->gathering = true;
    while (backlog->reader == reader && !backlog->closing && !is_short(backlog) &&
           !has_end(backlog) && moment_wait(&backlog->changed, &backlog->mutex, until_us))
        continue;
    backlog->gathering = false;
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_release(struct backlog_item *item)
{
    if (item->piece != NULL && atomic_fetch_sub(&item->piece->users, 1) == 1)
        free(item->piece);
    item->piece = NULL;
}

bool backlog_pause(struct backlog *backlog, unsigned reader, int64_t until_us)
{
    bool stays;

    pthread_mutex_lock(&backlog->mutex);
    while (backlog->reader == reader && moment_wait(&backlog->changed, &backlog->mutex, until_us))
        continue;
    stays = backlog->reader == reader;
    pthread_mutex_unlock(&backlog->mutex);
    return stays;
}

/* ---- forgetting; the mutex is held ---- */

static void look_for_stop(struct backlog *backlog)
{
    struct backlog_entry *entry = backlog->first;

    while (entry != NULL && entry->item.kind != BACKLOG_STOP)
        entry = entry->next;
    backlog->stop_us = entry == NULL ? INT64_MAX : moment_monotonic_us();
}

static void forget_first(struct backlog *backlog)
{
    struct backlog_entry *entry = backlog->first;

    backlog->first = entry->next;
    if (backlog->next == &entry->next)
        backlog->next = &backlog->first;
    if (backlog->last == &entry->next)
        backlog->last = &backlog->first;
    if (entry->item.kind == BACKLOG_STOP)
        look_for_stop(backlog);
    if (entry->item.piece != NULL)
        backlog->bytes -= entry->item.piece->size;
    backlog_release(&entry->item);
    free(entry);
}

void backlog_settle(struct backlog *backlog, unsigned reader, bool all)
{
    struct backlog_entry *keep = NULL;

    pthread_mutex_lock(&backlog->mutex);
    if (backlog->reader == reader) {
        for (struct backlog_entry *entry = backlog->first; !all && entry != *backlog->next;
             entry = entry->next)
            if (is_keyframe(&entry->item))
                keep = entry;
        while (backlog->next != &backlog->first && backlog->first != keep)
            forget_first(backlog);
    }
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_rewind(struct backlog *backlog, unsigned reader)
{
    pthread_mutex_lock(&backlog->mutex);
    if (backlog->reader == reader)
        backlog->next = &backlog->first;
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_give_up(struct backlog *backlog)
{
    uint64_t lost = 0;
    int64_t from_us = 0;

    pthread_mutex_lock(&backlog->mutex);
    while (backlog->stop_us != INT64_MAX && backlog->first->item.kind != BACKLOG_STOP) {
        const struct backlog_item *item = &backlog->first->item;
        uint64_t before = item->lost + (item->kind == BACKLOG_PICTURE);

        if (lost == 0 && before > 0)
            from_us = item->lost > 0 ? item->lost_from_us : item->piece->entry.wall_us;
        lost += before;
        backlog->lost_ever += item->kind == BACKLOG_PICTURE;
        forget_first(backlog);
    }
    if (lost > 0) {
        backlog->first->item.lost += lost;
        backlog->first->item.lost_from_us = from_us;
    }
    pthread_mutex_unlock(&backlog->mutex);
}

void backlog_free(struct backlog *backlog)
{
    while (backlog->first != NULL)
        forget_first(backlog);
    pthread_cond_destroy(&backlog->changed);
    pthread_mutex_destroy(&backlog->mutex);
}

/* ---- showing ---- */

uint64_t backlog_lost(struct backlog *backlog)
{
    uint64_t lost;

    pthread_mutex_lock(&backlog->mutex);
    lost = backlog->lost_ever;
    pthread_mutex_unlock(&backlog->mutex);
    return lost;
}

size_t backlog_bytes(struct backlog *backlog)
{
    size_t bytes;

    pthread_mutex_lock(&backlog->mutex);
    bytes = backlog->bytes;
    pthread_mutex_unlock(&backlog->mutex);
    return bytes;
}

bool backlog_is_short(struct backlog *backlog)
{
    bool answer;

    pthread_mutex_lock(&backlog->mutex);
    answer = is_short(backlog);
    pthread_mutex_unlock(&backlog->mutex);
    return answer;
}

int64_t backlog_stop_age_us(struct backlog *backlog)
{
    int64_t age_us;

    pthread_mutex_lock(&backlog->mutex);
    age_us = backlog->stop_us == INT64_MAX ? 0 : moment_monotonic_us() - backlog->stop_us;
    pthread_mutex_unlock(&backlog->mutex);
    return age_us;
}
