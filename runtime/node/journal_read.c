/* Reading a journal, while a node writes it or not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/journal_place.h"
#include "runtime/node/journal_store.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

static int walk(MDB_cursor *cursor, uint64_t from, journal_visit *visit, void *context)
{
    MDB_val key = {.mv_size = sizeof from, .mv_data = &from}, value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0) {
        uint64_t number;
        memcpy(&number, key.mv_data, sizeof number);
        if (!visit(context, number, value.mv_data, value.mv_size))
            return 0;
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return code == MDB_NOTFOUND ? 0 : code;
}

bool journal_walk(struct journal *journal, uint64_t from, journal_visit *visit, void *context,
                  char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    int code = mdb_txn_begin(journal->env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return FAIL(error, "the journal cannot be read: %s", mdb_strerror(code));
    code = mdb_cursor_open(txn, journal->entries, &cursor);
    if (code == 0) {
        code = walk(cursor, from, visit, context);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return code == 0 || FAIL(error, "the journal cannot be read: %s", mdb_strerror(code));
}

static int find_snapshot(MDB_cursor *cursor, uint64_t at_most, MDB_val *key, MDB_val *value)
{
    *key = (MDB_val){.mv_size = sizeof at_most, .mv_data = &at_most};
    int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    uint64_t number = 0;
    if (code == 0)
        memcpy(&number, key->mv_data, sizeof number);
    return code == 0 && number > at_most ? mdb_cursor_get(cursor, key, value, MDB_PREV) : code;
}

static int copy_snapshot(MDB_txn *txn, MDB_dbi table, uint64_t at_most,
                         struct journal_snapshot *snapshot)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, table, &cursor);
    if (code != 0)
        return code;
    code = find_snapshot(cursor, at_most, &key, &value);
    mdb_cursor_close(cursor);
    if (code != 0)
        return code == MDB_NOTFOUND ? 0 : code;
    snapshot->bytes = malloc(value.mv_size + 1);
    if (snapshot->bytes == NULL)
        return ENOMEM;
    memcpy(snapshot->bytes, value.mv_data, value.mv_size);
    memcpy(&snapshot->number, key.mv_data, sizeof snapshot->number);
    snapshot->size = value.mv_size;
    return 0;
}

bool journal_read_snapshot(struct journal *journal, uint64_t at_most,
                           struct journal_snapshot *snapshot, char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    *snapshot = (struct journal_snapshot){.bytes = NULL};
    if (!journal->has_snapshots)
        return true;
    int code = mdb_txn_begin(journal->env, NULL, MDB_RDONLY, &txn);
    if (code == 0) {
        code = copy_snapshot(txn, journal->snapshots, at_most, snapshot);
        mdb_txn_abort(txn);
    }
    return code == 0 || FAIL(error, "the journal cannot be read: %s", mdb_strerror(code));
}

bool journal_first(struct journal *journal, uint64_t *number, char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(journal->env, NULL, MDB_RDONLY, &txn);
    if (code == 0) {
        code = journal_number(txn, journal->entries, MDB_FIRST, number);
        mdb_txn_abort(txn);
    }
    return code == 0 || FAIL(error, "the journal cannot be read: %s", mdb_strerror(code));
}

bool journal_copy(struct journal *journal, const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (!journal_place(folder, error))
        return false;
    const int code = mdb_env_copy2(journal->env, folder, MDB_CP_COMPACT);
    return code == 0 ||
           FAIL(error, "the journal cannot be copied to %.250s: %s", folder, mdb_strerror(code));
}
