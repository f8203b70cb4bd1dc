/* Which deployment counts from which entry on (R41). */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/journal_store.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

static char named_key[] = "named";

int journal_put_change(struct journal *journal, MDB_txn *txn, uint64_t number,
                       const uint8_t hash[static HASH_BYTES])
{
    MDB_val key = {.mv_size = sizeof number, .mv_data = &number};
    MDB_val value = {.mv_size = HASH_BYTES, .mv_data = (void *)(uintptr_t)hash};
    return mdb_put(txn, journal->changes, &key, &value, 0);
}

int journal_put_named(struct journal *journal, MDB_txn *txn, const uint8_t hash[static HASH_BYTES])
{
    MDB_val key = {.mv_size = sizeof named_key, .mv_data = named_key};
    MDB_val value = {.mv_size = HASH_BYTES, .mv_data = (void *)(uintptr_t)hash};
    return mdb_put(txn, journal->about, &key, &value, 0);
}

/* ---- reading ---- */

static int read_changes(struct journal *journal, MDB_txn *txn, struct journal_change *changes,
                        uint32_t max, uint32_t *count)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, journal->changes, &cursor);
    if (code != 0)
        return code;
    *count = 0;
    while (*count < max && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        struct journal_change *change = &changes[(*count)++];
        if (key.mv_size != sizeof change->after || value.mv_size != sizeof change->hash) {
            code = MDB_INVALID;
            break;
        }
        memcpy(&change->after, key.mv_data, sizeof change->after);
        memcpy(change->hash, value.mv_data, sizeof change->hash);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

/* A journal of an older format has one deployment: its owner's. */
static int read_all(struct journal *journal, MDB_txn *txn, struct journal_change **changes,
                    uint32_t *count)
{
    MDB_stat found = {.ms_entries = 0};
    int code = journal->has_changes ? mdb_stat(txn, journal->changes, &found) : 0;
    if (code != 0)
        return code;
    *changes = calloc(found.ms_entries + 1, sizeof **changes);
    if (*changes == NULL)
        return ENOMEM;
    if (found.ms_entries > 0)
        return read_changes(journal, txn, *changes, (uint32_t)found.ms_entries, count);
    memcpy((*changes)[0].hash, journal->owner.hash, HASH_BYTES);
    *count = 1;
    return 0;
}

bool journal_read_changes(struct journal *journal, struct journal_change **changes, uint32_t *count,
                          char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    *changes = NULL;
    *count = 0;
    int code = mdb_txn_begin(journal->env, NULL, MDB_RDONLY, &txn);
    if (code == 0) {
        code = read_all(journal, txn, changes, count);
        mdb_txn_abort(txn);
    }
    return code == 0 || FAIL(error, "the journal cannot be read: %s", mdb_strerror(code));
}

bool journal_named(struct journal *journal, uint8_t hash[static HASH_BYTES])
{
    MDB_txn *txn;
    MDB_val key = {.mv_size = sizeof named_key, .mv_data = named_key}, value;
    if (mdb_txn_begin(journal->env, NULL, MDB_RDONLY, &txn) != 0)
        return false;
    const bool found =
        mdb_get(txn, journal->about, &key, &value) == 0 && value.mv_size == HASH_BYTES;
    memcpy(hash, found ? value.mv_data : journal->owner.hash, HASH_BYTES);
    mdb_txn_abort(txn);
    return true;
}

/* ---- writing ---- */

/* Changes before the last one that stands at or before the first entry that is kept say nothing
 * any more. */
static int drop_changes(struct journal *journal, MDB_txn *txn)
{
    struct journal_change *changes = NULL;
    uint32_t count = 0;
    uint64_t first;
    int code = journal_number(txn, journal->entries, MDB_FIRST, &first);
    if (code == 0)
        code = read_all(journal, txn, &changes, &count);
    for (uint32_t i = 0; code == 0 && first > 0 && i + 1 < count; i++) {
        MDB_val key = {.mv_size = sizeof changes[i].after, .mv_data = &changes[i].after};
        if (changes[i + 1].after < first)
            code = mdb_del(txn, journal->changes, &key, NULL);
    }
    free(changes);
    return code;
}

static int write_change(struct journal *journal, MDB_txn *txn, struct journal_owner *owner,
                        const uint8_t *snapshot, size_t size)
{
    uint64_t number = journal->count;
    MDB_val key = {.mv_size = sizeof number, .mv_data = &number};
    MDB_val value = {.mv_size = size, .mv_data = (void *)(uintptr_t)snapshot};
    int code = mdb_put(txn, journal->snapshots, &key, &value, 0);
    if (code == 0)
        code = journal_put_change(journal, txn, number, owner->hash);
    if (code == 0)
        code = journal_put_owner(journal, txn, owner);
    return code == 0 ? drop_changes(journal, txn) : code;
}

bool journal_change(struct journal *journal, const struct journal_owner *owner,
                    const uint8_t *snapshot, size_t size, bool named,
                    char error[static TEXT_BYTES_MAX])
{
    struct journal_owner changed = *owner;
    MDB_txn *txn;
    assert(journal->ring_bytes > 0 && strcmp(owner->server, journal->owner.server) == 0);
    if (journal->env == NULL || journal->is_broken || journal->pending.size > 0)
        return FAIL(error, "the journal cannot be written at the moment");
    int code = mdb_txn_begin(journal->env, NULL, 0, &txn);
    if (code == 0) {
        code = write_change(journal, txn, &changed, snapshot, size);
        if (code == 0 && named)
            code = journal_put_named(journal, txn, owner->hash);
        if (code == 0)
            code = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
    }
    if (code != 0)
        return FAIL(error, "the journal cannot be written: %s", mdb_strerror(code));
    journal->owner = changed;
    journal->stretch_bytes = 0;
    return true;
}

bool journal_set_named(struct journal *journal, const uint8_t hash[static HASH_BYTES],
                       char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(journal->env, NULL, 0, &txn);
    if (code == 0) {
        code = journal_put_named(journal, txn, hash);
        if (code == 0)
            code = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
    }
    return code == 0 || FAIL(error, "the journal cannot be written: %s", mdb_strerror(code));
}
