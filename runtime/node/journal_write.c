/* Writing a journal: what is durable when, and what is given up when there is no room. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/node/journal_store.h"

#define PENDING_BYTES_MAX ((size_t)16 << 20)
#define STRETCHES         16 /* a ring is given up in parts, about this many */

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

static bool fail_write(int code, char error[static TEXT_BYTES_MAX])
{
    if (code == ENOSPC || code == EDQUOT)
        return FAIL(error, "the disk is full");
    if (code == MDB_MAP_FULL)
        return FAIL(error, "it has reached its largest size");
    return FAIL(error, "%s", mdb_strerror(code));
}

/* What does not fit into memory is given up, with all that waits; a snapshot has to follow. */
static uint8_t *give_up(struct journal *journal, uint64_t more)
{
    journal->lost += journal->pending.entry_count + more;
    journal->is_broken = true;
    journal_pending_clear(&journal->pending);
    return NULL;
}

uint8_t *journal_append(struct journal *journal, size_t size)
{
    uint8_t *room = journal->is_broken
                        ? NULL
                        : journal_pending_add(&journal->pending, size, false, PENDING_BYTES_MAX);
    if (room == NULL)
        return give_up(journal, 1);
    journal->stretch_bytes += size;
    return room;
}

bool journal_wants_snapshot(const struct journal *journal)
{
    return journal->is_broken || journal->stretch_bytes >= journal->ring_bytes / STRETCHES;
}

uint8_t *journal_append_snapshot(struct journal *journal, size_t size)
{
    uint8_t *room =
        journal_pending_add(&journal->pending, size, true, PENDING_BYTES_MAX + 2 * size);
    if (room == NULL)
        return NULL;
    journal->is_broken = false;
    journal->stretch_bytes = 0;
    return room;
}

static int put_pending(struct journal *journal, MDB_txn *txn, uint64_t *number)
{
    struct journal_item item;
    size_t at = 0;
    int code = 0;
    while (code == 0 && journal_pending_next(&journal->pending, &at, &item)) {
        *number += !item.is_snapshot;
        MDB_val key = {.mv_size = sizeof *number, .mv_data = number};
        MDB_val value = {.mv_size = item.size, .mv_data = (void *)(uintptr_t)item.bytes};
        code = item.is_snapshot ? mdb_put(txn, journal->snapshots, &key, &value, 0)
                                : mdb_put(txn, journal->entries, &key, &value, MDB_APPEND);
    }
    return code;
}

static int delete_first(MDB_txn *txn, MDB_dbi table, uint64_t to)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, table, &cursor);
    if (code != 0)
        return code;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST)) == 0) {
        uint64_t number;
        memcpy(&number, key.mv_data, sizeof number);
        if (number > to || (code = mdb_cursor_del(cursor, 0)) != 0)
            break;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

/* Gives up the oldest entries, up to a snapshot from which a replay can begin; MDB_NOTFOUND if
 * there is none. */
static int drop_oldest(struct journal *journal, MDB_txn *txn)
{
    uint64_t first, snapshot;
    int code = journal_number(txn, journal->entries, MDB_FIRST, &first);
    if (code == 0)
        code = journal_number(txn, journal->snapshots, MDB_FIRST, &snapshot);
    if (code == 0 && (first == 0 || snapshot == 0))
        return MDB_NOTFOUND;
    if (code == 0 && first > snapshot) {
        uint64_t last;
        code = journal_number(txn, journal->snapshots, MDB_LAST, &last);
        if (code == 0 && last == snapshot)
            return MDB_NOTFOUND;
        if (code == 0)
            code = delete_first(txn, journal->snapshots, snapshot);
        if (code == 0)
            code = journal_number(txn, journal->snapshots, MDB_FIRST, &snapshot);
    }
    return code == 0 ? delete_first(txn, journal->entries, snapshot) : code;
}

static int keep_size(struct journal *journal, MDB_txn *txn)
{
    int code = 0;
    while (code == 0 &&
           journal_used_bytes(txn, journal->entries) + journal_used_bytes(txn, journal->snapshots) >
               journal->ring_bytes)
        code = drop_oldest(journal, txn);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int write_pending(struct journal *journal)
{
    MDB_txn *txn;
    uint64_t number = journal->count + journal->lost;
    int code = mdb_txn_begin(journal->env, NULL, 0, &txn);
    if (code != 0)
        return code;
    code = put_pending(journal, txn, &number);
    if (code == 0)
        code = keep_size(journal, txn);
    if (code != 0)
        mdb_txn_abort(txn);
    else
        code = mdb_txn_commit(txn);
    if (code != 0)
        return code;
    journal->count = number;
    journal->health.lost += journal->lost;
    journal->lost = 0;
    journal_pending_clear(&journal->pending);
    return 0;
}

/* Pages that a transaction frees can be used by the next but one. */
static void shorten(struct journal *journal)
{
    journal->may_shorten = false;
    for (int i = 0; i < 2; i++) {
        MDB_txn *txn;
        if (mdb_txn_begin(journal->env, NULL, 0, &txn) != 0)
            return;
        if (drop_oldest(journal, txn) != 0) {
            mdb_txn_abort(txn);
            return;
        }
        if (mdb_txn_commit(txn) != 0)
            return;
        journal->health.shortened++;
    }
}

static bool is_full(int code)
{
    return code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT;
}

bool journal_commit(struct journal *journal, char error[static TEXT_BYTES_MAX])
{
    if (journal->env == NULL && !journal_reopen(journal, error))
        return false;
    if (journal->pending.size == 0)
        return !journal->is_broken || FAIL(error, "it could not be written for too long");
    int code = write_pending(journal);
    if (code == MDB_PANIC) {
        if (!journal_reopen(journal, error))
            return false;
        code = write_pending(journal);
    }
    if (is_full(code) && journal->may_shorten) {
        shorten(journal);
        code = write_pending(journal);
    }
    return code == 0 || fail_write(code, error);
}
