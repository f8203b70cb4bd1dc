/* What the parts of the journal share among themselves: its LMDB environment and how far it is
 * written. Nobody else includes it.
 */
#ifndef RUNTIME_NODE_JOURNAL_STORE_H
#define RUNTIME_NODE_JOURNAL_STORE_H

#include <lmdb.h>

#include "runtime/node/journal.h"
#include "runtime/node/journal_pending.h"

#define JOURNAL_PATH_BYTES 512

struct journal {
    MDB_env *env;
    MDB_dbi about;
    MDB_dbi entries;
    MDB_dbi snapshots;
    MDB_dbi changes;
    bool has_snapshots;
    bool has_changes;
    char folder[JOURNAL_PATH_BYTES];
    struct journal_owner owner;
    uint64_t ring_bytes;    /* 0: opened to read */
    uint64_t count;         /* the number of the last that is durable */
    uint64_t stretch_bytes; /* appended since the last snapshot */
    struct journal_pending pending;
    uint64_t lost;    /* after count and before what is pending */
    bool is_broken;   /* entries are lost, and no snapshot stands after them yet */
    bool may_shorten; /* to make room; once a minute, for a disk that stays full gains nothing */
    struct journal_health health;
};

/* The number at one end of a table, or 0 if it is empty. Returns a code of LMDB. */
int journal_number(MDB_txn *txn, MDB_dbi table, MDB_cursor_op end, uint64_t *number);

/* Writing into a transaction of the caller's: whose the journal is; which deployment counts after
 * an entry; which one the command line has named. Each returns a code of LMDB. */
int journal_put_owner(struct journal *journal, MDB_txn *txn, struct journal_owner *owner);
int journal_put_change(struct journal *journal, MDB_txn *txn, uint64_t number,
                       const uint8_t hash[static HASH_BYTES]);
int journal_put_named(struct journal *journal, MDB_txn *txn, const uint8_t hash[static HASH_BYTES]);

/* Bytes that the pages of a table take. */
uint64_t journal_used_bytes(MDB_txn *txn, MDB_dbi table);

/* LMDB writes nothing more after a failure in the middle of a commit; opened anew, it goes on from
 * the last one that is whole. */
bool journal_reopen(struct journal *journal, char error[static TEXT_BYTES_MAX]);

#endif
