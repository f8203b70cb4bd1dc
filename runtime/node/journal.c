/* Opening a journal, and whose it is. Writing and reading lie beside it. */
#include "runtime/node/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/engine/engine.h"
#include "runtime/node/journal_place.h"
#include "runtime/node/journal_store.h"

#define MAGIC           "UDSYJRNL" /* 8 bytes, no NUL */
#define JOURNAL_ABI     3u /* 1 knew no snapshots, 2 no changes; they become a 3 when written */
#define MAP_SPARE_BYTES ((size_t)64 << 20)
#define OPEN_TRIES      20 /* LMDB may fail to open while another process opens or closes */
#define OPEN_PAUSE_US   10000

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- sentences ---- */

static bool fail_open(int code, const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (code == ENOENT)
        return FAIL(error, "there is no journal in %.250s", folder);
    if (code == EACCES || code == EPERM)
        return FAIL(error, "the journal in %.250s may not be opened by this user", folder);
    if (code == MDB_INVALID || code == MDB_CORRUPTED || code == EBADF || code == MDB_PAGE_NOTFOUND)
        return FAIL(error,
                    "the journal in %.250s is damaged: move that folder away to start with an "
                    "empty one (this server then no longer knows what it carried)",
                    folder);
    if (code == MDB_VERSION_MISMATCH)
        return FAIL(error, "the journal in %.250s was written by another version of LMDB", folder);
    return FAIL(error, "the journal in %.250s cannot be opened: %s", folder, mdb_strerror(code));
}

/* ---- whether it is whole ---- */

/* LMDB maps the file; one that was cut short would end this process with SIGBUS. */
static bool is_whole(MDB_env *env, const char *folder, char error[static TEXT_BYTES_MAX])
{
    MDB_envinfo info;
    MDB_stat stat_of_env;
    struct stat status;
    int file = -1;
    if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &stat_of_env) != 0 ||
        mdb_env_get_fd(env, &file) != 0 || fstat(file, &status) != 0)
        return fail_open(errno, folder, error);
    const uint64_t wanted = ((uint64_t)info.me_last_pgno + 1) * stat_of_env.ms_psize;
    return status.st_size == 0 || (uint64_t)status.st_size >= wanted ||
           fail_open(MDB_CORRUPTED, folder, error);
}

/* ---- whose it is ---- */

struct journal_owner journal_owner(const struct image *image, uint32_t server)
{
    struct journal_owner owner = {.journal_abi = JOURNAL_ABI,
                                  .engine_abi = ENGINE_ABI,
                                  .machine_abi = MACHINE_ABI,
                                  .image_abi = IMAGE_ABI};
    memcpy(owner.magic, MAGIC, sizeof owner.magic);
    memcpy(owner.hash, image->hash, sizeof owner.hash);
    snprintf(owner.server, sizeof owner.server, "%s",
             image_text(image, image_servers(image)[server].name));
    return owner;
}

/* Whether this version can read what that owner has written. */
static bool version_fits(const MDB_val *value, struct journal_owner *found, const char *folder,
                         char error[static TEXT_BYTES_MAX])
{
    if (value->mv_size != sizeof *found)
        return fail_open(MDB_INVALID, folder, error);
    memcpy(found, value->mv_data, sizeof *found);
    found->server[sizeof found->server - 1] = '\0';
    if (memcmp(found->magic, MAGIC, sizeof found->magic) != 0)
        return fail_open(MDB_INVALID, folder, error);
    if (found->journal_abi == 0 || found->journal_abi > JOURNAL_ABI ||
        found->engine_abi != ENGINE_ABI || found->machine_abi != MACHINE_ABI ||
        found->image_abi != IMAGE_ABI)
        return FAIL(error,
                    "the journal in %.250s was written by another version of Understudy: move it "
                    "away, or use that version",
                    folder);
    return true;
}

static bool owner_fits(const struct journal_owner *found, const struct journal_owner *owner,
                       const char *folder, char error[static TEXT_BYTES_MAX])
{
    const uint8_t *theirs = found->hash, *ours = owner->hash;
    if (strcmp(found->server, owner->server) != 0)
        return FAIL(error,
                    "the journal in %.250s belongs to the server %s, not to %s: give each server "
                    "a state folder of its own",
                    folder, found->server, owner->server);
    if (memcmp(theirs, ours, sizeof found->hash) != 0)
        return FAIL(
            error,
            "the journal in %.250s belongs to another deployment (%02x%02x%02x%02x%02x%02x, "
            "this one is %02x%02x%02x%02x%02x%02x): move it away, or start the node with "
            "that deployment",
            folder, theirs[0], theirs[1], theirs[2], theirs[3], theirs[4], theirs[5], ours[0],
            ours[1], ours[2], ours[3], ours[4], ours[5]);
    return true;
}

/* ---- opening ---- */

static int open_tables(struct journal *journal, MDB_txn *txn, unsigned flags)
{
    int code = mdb_dbi_open(txn, "about", flags, &journal->about);
    if (code == 0)
        code = mdb_dbi_open(txn, "entries", flags | MDB_INTEGERKEY, &journal->entries);
    if (code != 0)
        return code;
    code = mdb_dbi_open(txn, "snapshots", flags | MDB_INTEGERKEY, &journal->snapshots);
    journal->has_snapshots = code == 0;
    if (code != 0 && code != MDB_NOTFOUND)
        return code;
    code = mdb_dbi_open(txn, "deployments", flags | MDB_INTEGERKEY, &journal->changes);
    journal->has_changes = code == 0;
    return code == MDB_NOTFOUND ? 0 : code;
}

int journal_number(MDB_txn *txn, MDB_dbi table, MDB_cursor_op end, uint64_t *number)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    *number = 0;
    int code = mdb_cursor_open(txn, table, &cursor);
    if (code != 0)
        return code;
    code = mdb_cursor_get(cursor, &key, &value, end);
    if (code == 0 && key.mv_size == sizeof *number)
        memcpy(number, key.mv_data, sizeof *number);
    else if (code == 0)
        code = MDB_INVALID;
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

uint64_t journal_used_bytes(MDB_txn *txn, MDB_dbi table)
{
    MDB_stat found;
    if (mdb_stat(txn, table, &found) != 0)
        return 0;
    return (uint64_t)(found.ms_branch_pages + found.ms_leaf_pages + found.ms_overflow_pages) *
           found.ms_psize;
}

/* The last snapshot may be the last of all: what came before it may be gone. */
static int read_count(struct journal *journal, MDB_txn *txn)
{
    MDB_stat found;
    uint64_t snapshot = 0;
    int code = journal_number(txn, journal->entries, MDB_LAST, &journal->count);
    if (code == 0 && journal->has_snapshots)
        code = journal_number(txn, journal->snapshots, MDB_LAST, &snapshot);
    if (code == 0)
        code = mdb_stat(txn, journal->entries, &found);
    if (code != 0)
        return code;
    if (journal->count < snapshot)
        journal->count = snapshot;
    if (found.ms_entries > 0) /* near enough: entries are of a size */
        journal->stretch_bytes = (journal->count - snapshot) *
                                 (journal_used_bytes(txn, journal->entries) / found.ms_entries);
    return 0;
}

int journal_put_owner(struct journal *journal, MDB_txn *txn, struct journal_owner *owner)
{
    char name[] = "owner";
    MDB_val key = {.mv_size = sizeof name, .mv_data = name};
    MDB_val value = {.mv_size = sizeof *owner, .mv_data = owner};
    return mdb_put(txn, journal->about, &key, &value, 0);
}

/* All that it has holds for its one deployment. */
static int begin_owner(struct journal *journal, MDB_txn *txn, struct journal_owner *owner)
{
    int code = journal_put_owner(journal, txn, owner);
    if (code == 0)
        code = journal_put_change(journal, txn, 0, owner->hash);
    return code == 0 ? journal_put_named(journal, txn, owner->hash) : code;
}

static bool judge_owner(struct journal *journal, MDB_txn *txn, const MDB_val *value,
                        struct journal_owner *owner, char error[static TEXT_BYTES_MAX])
{
    struct journal_owner found;
    const bool writing = journal->ring_bytes > 0;
    if (!version_fits(value, &found, journal->folder, error) ||
        (writing && !owner_fits(&found, owner, journal->folder, error)))
        return false;
    if (writing && found.journal_abi < JOURNAL_ABI) {
        const int code = begin_owner(journal, txn, owner);
        return code == 0 || fail_open(code, journal->folder, error);
    }
    *owner = found;
    return true;
}

static bool read_owner(struct journal *journal, MDB_txn *txn, struct journal_owner *owner,
                       char error[static TEXT_BYTES_MAX])
{
    char name[] = "owner";
    MDB_val key = {.mv_size = sizeof name, .mv_data = name}, value;
    int code = mdb_get(txn, journal->about, &key, &value);
    if (code == 0)
        return judge_owner(journal, txn, &value, owner, error);
    if (code != MDB_NOTFOUND || journal->ring_bytes == 0 || journal->count > 0)
        return fail_open(code == MDB_NOTFOUND ? MDB_INVALID : code, journal->folder, error);
    code = begin_owner(journal, txn, owner);
    return code == 0 || fail_open(code, journal->folder, error);
}

/* One transaction that opens the tables, and judges, writes or reads the owner. */
static bool begin(struct journal *journal, struct journal_owner *owner,
                  char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    const bool writing = journal->ring_bytes > 0;
    int code = mdb_txn_begin(journal->env, NULL, writing ? 0 : MDB_RDONLY, &txn);
    if (code != 0)
        return fail_open(code, journal->folder, error);
    code = open_tables(journal, txn, writing ? MDB_CREATE : 0);
    if (code == 0)
        code = read_count(journal, txn);
    if (code != 0) {
        mdb_txn_abort(txn);
        return fail_open(code == MDB_NOTFOUND ? MDB_INVALID : code, journal->folder, error);
    }
    if (!read_owner(journal, txn, owner, error)) {
        mdb_txn_abort(txn);
        return false;
    }
    code = mdb_txn_commit(txn);
    return code == 0 || fail_open(code, journal->folder, error);
}

static bool open_env(struct journal *journal, char error[static TEXT_BYTES_MAX])
{
    const char *folder = journal->folder;
    const bool writing = journal->ring_bytes > 0;
    journal->env = NULL;
    int code = mdb_env_create(&journal->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(journal->env, 4);
    if (code == 0 && writing) /* a reader takes the writer's */
        code = mdb_env_set_mapsize(journal->env, 2 * journal->ring_bytes + MAP_SPARE_BYTES);
    if (code != 0)
        return fail_open(code, folder, error);
    for (int i = 0; i < OPEN_TRIES; i++) {
        code = mdb_env_open(journal->env, folder, writing ? 0 : MDB_RDONLY, 0600);
        if (code != EAGAIN && code != EBUSY && code != EINVAL)
            break;
        usleep(OPEN_PAUSE_US);
    }
    if (code != 0)
        return fail_open(code, folder, error);
    return is_whole(journal->env, folder, error);
}

static struct journal *open_journal(const char *folder, struct journal_owner *owner,
                                    uint64_t ring_bytes, char error[static TEXT_BYTES_MAX])
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL || snprintf(journal->folder, sizeof journal->folder, "%s", folder) >=
                               (int)sizeof journal->folder) {
        snprintf(error, TEXT_BYTES_MAX,
                 journal == NULL ? "out of memory" : "the path of the journal is too long");
        free(journal);
        return NULL;
    }
    journal->ring_bytes = ring_bytes;
    if (open_env(journal, error) && begin(journal, owner, error)) {
        journal->owner = *owner;
        journal_tend(journal);
        return journal;
    }
    journal_close(journal);
    return NULL;
}

/* LMDB's first writes may stay undone when the power goes, and what is left of them is refused as
 * damaged. So a journal gets its name when it is whole. */
static bool make_journal(const char *folder, const struct journal_owner *owner, uint64_t ring_bytes,
                         char error[static TEXT_BYTES_MAX])
{
    char data[JOURNAL_PATH_BYTES], made[JOURNAL_PATH_BYTES];
    struct journal_owner copy = *owner;
    if (snprintf(data, sizeof data, "%s/data.mdb", folder) >= (int)sizeof data ||
        snprintf(made, sizeof made, "%s/new", folder) >= (int)sizeof made)
        return FAIL(error, "the path of the journal is too long");
    if (access(data, F_OK) == 0)
        return true;
    if (!journal_place_new(made, error))
        return false;
    struct journal *journal = open_journal(made, &copy, ring_bytes, error);
    journal_close(journal);
    return journal != NULL && journal_place_name(made, folder, error);
}

struct journal *journal_open(const char *folder, const struct journal_owner *owner,
                             uint64_t ring_bytes, char error[static TEXT_BYTES_MAX])
{
    struct journal_owner copy = *owner;
    assert(ring_bytes >= JOURNAL_RING_MIN_BYTES);
    return journal_place(folder, error) && make_journal(folder, owner, ring_bytes, error)
               ? open_journal(folder, &copy, ring_bytes, error)
               : NULL;
}

struct journal *journal_open_to_read(const char *folder, struct journal_owner *owner,
                                     char error[static TEXT_BYTES_MAX])
{
    return open_journal(folder, owner, 0, error);
}

bool journal_reopen(struct journal *journal, char error[static TEXT_BYTES_MAX])
{
    struct journal_owner owner = journal->owner;
    const uint64_t count = journal->count;
    mdb_env_close(journal->env);
    journal->env = NULL;
    if (!open_env(journal, error) || !begin(journal, &owner, error)) {
        if (journal->env != NULL)
            mdb_env_close(journal->env);
        journal->env = NULL;
        journal->count = count;
        return false;
    }
    if (journal->count == count)
        return true;
    /* The commit that failed has become durable all the same. */
    journal->health.lost += journal->lost;
    journal->lost = 0;
    journal_pending_clear(&journal->pending);
    return true;
}

/* ---- what else there is to it ---- */

uint64_t journal_count(const struct journal *journal)
{
    return journal->count;
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->count + journal->lost + journal->pending.entry_count;
}

struct journal_health journal_health(const struct journal *journal)
{
    return journal->health;
}

void journal_tend(struct journal *journal)
{
    int freed = 0;
    journal->may_shorten = true;
    if (journal->env != NULL)
        mdb_reader_check(journal->env, &freed);
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->env != NULL)
        mdb_env_close(journal->env);
    journal_pending_free(&journal->pending);
    free(journal);
}
