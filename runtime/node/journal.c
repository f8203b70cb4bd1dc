#include "runtime/node/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/engine/engine.h"

#define MAGIC             "UDSYJRNL" /* 8 bytes, no NUL */
#define JOURNAL_ABI       1u
#define MAP_BYTES         ((size_t)4 << 30) /* a sparse file grows into it; costs nothing before */
#define PENDING_BYTES_MAX ((size_t)16 << 20)
#define OPEN_TRIES        20 /* LMDB may fail to open while another process opens or closes */
#define OPEN_PAUSE_US     10000

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct journal {
    MDB_env *env;
    MDB_dbi about;
    MDB_dbi entries;
    uint64_t count; /* durable */
    bool ended;
    uint8_t *pending; /* sizes and bytes of what is not durable yet */
    size_t pending_bytes;
    size_t pending_capacity;
};

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

static bool fail_write(int code, char error[static TEXT_BYTES_MAX])
{
    if (code == ENOSPC || code == EDQUOT)
        return FAIL(error, "the disk is full");
    if (code == MDB_MAP_FULL)
        return FAIL(error, "it has reached its largest size (%zu GiB)", MAP_BYTES >> 30);
    return FAIL(error, "%s", mdb_strerror(code));
}

/* ---- where it may lie ---- */

/* LMDB must not be used on a file system that several machines write. */
static bool is_local(const char *folder, char error[static TEXT_BYTES_MAX])
{
    static const struct {
        unsigned long type;
        const char *name;
    } networks[] = {{0x6969, "NFS"},       {0xfe534d42, "SMB"},  {0xff534d42, "CIFS"},
                    {0x517b, "SMB"},       {0x65735546, "FUSE"}, {0x5346414f, "AFS"},
                    {0x01161970, "GFS2"},  {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"},
                    {0x7461636f, "OCFS2"}, {0x01021997, "9P"}};
    struct statfs status;
    if (statfs(folder, &status) != 0)
        return FAIL(error, "%.250s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((unsigned long)status.f_type == networks[i].type)
            return FAIL(error,
                        "%.250s lies on %s; a journal needs a local disk: choose another state "
                        "folder",
                        folder, networks[i].name);
    return true;
}

static bool make_folder(const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.250s cannot be made: %s", folder, strerror(errno));
    return is_local(folder, error);
}

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
    if (found->journal_abi != JOURNAL_ABI || found->engine_abi != ENGINE_ABI ||
        found->machine_abi != MACHINE_ABI || found->image_abi != IMAGE_ABI)
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
    return code;
}

static int read_count(struct journal *journal, MDB_txn *txn)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, journal->entries, &cursor);
    if (code != 0)
        return code;
    code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (code == 0 && key.mv_size == sizeof journal->count)
        memcpy(&journal->count, key.mv_data, sizeof journal->count);
    else if (code == 0)
        code = MDB_INVALID;
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static bool read_owner(struct journal *journal, MDB_txn *txn, struct journal_owner *owner,
                       bool writing, const char *folder, char error[static TEXT_BYTES_MAX])
{
    char name[] = "owner";
    MDB_val key = {.mv_size = sizeof name, .mv_data = name}, value;
    struct journal_owner found;
    int code = mdb_get(txn, journal->about, &key, &value);
    if (code == 0) {
        if (!version_fits(&value, &found, folder, error) ||
            (writing && !owner_fits(&found, owner, folder, error)))
            return false;
        *owner = found;
        return true;
    }
    if (code != MDB_NOTFOUND || !writing || journal->count > 0)
        return fail_open(code == MDB_NOTFOUND ? MDB_INVALID : code, folder, error);
    value = (MDB_val){.mv_size = sizeof *owner, .mv_data = owner};
    code = mdb_put(txn, journal->about, &key, &value, 0);
    return code == 0 || fail_open(code, folder, error);
}

/* One transaction that opens the tables, and judges, writes or reads the owner. */
static bool begin(struct journal *journal, struct journal_owner *owner, bool writing,
                  const char *folder, char error[static TEXT_BYTES_MAX])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(journal->env, NULL, writing ? 0 : MDB_RDONLY, &txn);
    if (code != 0)
        return fail_open(code, folder, error);
    code = open_tables(journal, txn, writing ? MDB_CREATE : 0);
    if (code == 0)
        code = read_count(journal, txn);
    if (code != 0) {
        mdb_txn_abort(txn);
        return fail_open(code == MDB_NOTFOUND ? MDB_INVALID : code, folder, error);
    }
    if (!read_owner(journal, txn, owner, writing, folder, error)) {
        mdb_txn_abort(txn);
        return false;
    }
    code = mdb_txn_commit(txn);
    return code == 0 || fail_open(code, folder, error);
}

static bool open_env(struct journal *journal, const char *folder, unsigned flags,
                     char error[static TEXT_BYTES_MAX])
{
    int code = mdb_env_create(&journal->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(journal->env, 2);
    if (code == 0)
        code = mdb_env_set_mapsize(journal->env, MAP_BYTES);
    if (code != 0)
        return fail_open(code, folder, error);
    for (int i = 0; i < OPEN_TRIES; i++) {
        code = mdb_env_open(journal->env, folder, flags, 0600);
        if (code != EAGAIN && code != EBUSY && code != EINVAL)
            break;
        usleep(OPEN_PAUSE_US);
    }
    if (code != 0)
        return fail_open(code, folder, error);
    return is_whole(journal->env, folder, error);
}

static struct journal *open_journal(const char *folder, struct journal_owner *owner, bool writing,
                                    char error[static TEXT_BYTES_MAX])
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    if (open_env(journal, folder, writing ? 0 : MDB_RDONLY, error) &&
        begin(journal, owner, writing, folder, error)) {
        journal_tend(journal);
        return journal;
    }
    journal_close(journal);
    return NULL;
}

struct journal *journal_open(const char *folder, const struct journal_owner *owner,
                             char error[static TEXT_BYTES_MAX])
{
    struct journal_owner copy = *owner;
    return make_folder(folder, error) ? open_journal(folder, &copy, true, error) : NULL;
}

struct journal *journal_open_to_read(const char *folder, struct journal_owner *owner,
                                     char error[static TEXT_BYTES_MAX])
{
    return open_journal(folder, owner, false, error);
}

/* ---- writing ---- */

static bool grow_pending(struct journal *journal, size_t wanted)
{
    if (wanted <= journal->pending_capacity)
        return true;
    if (wanted > PENDING_BYTES_MAX)
        return false;
    uint8_t *pending = realloc(journal->pending, wanted * 2);
    if (pending == NULL)
        return false;
    journal->pending = pending;
    journal->pending_capacity = wanted * 2;
    return true;
}

uint8_t *journal_append(struct journal *journal, size_t size)
{
    const uint32_t size_field = (uint32_t)size;
    assert(size > 0 && size <= UINT32_MAX);
    if (journal->ended ||
        !grow_pending(journal, journal->pending_bytes + sizeof size_field + size)) {
        journal->ended = true;
        return NULL;
    }
    uint8_t *at = journal->pending + journal->pending_bytes;
    memcpy(at, &size_field, sizeof size_field);
    journal->pending_bytes += sizeof size_field + size;
    return at + sizeof size_field;
}

static int put_pending(struct journal *journal, MDB_txn *txn, uint64_t *number)
{
    for (size_t at = 0; at < journal->pending_bytes;) {
        uint32_t size;
        memcpy(&size, journal->pending + at, sizeof size);
        at += sizeof size;
        (*number)++;
        MDB_val key = {.mv_size = sizeof *number, .mv_data = number};
        MDB_val value = {.mv_size = size, .mv_data = journal->pending + at};
        const int code = mdb_put(txn, journal->entries, &key, &value, MDB_APPEND);
        if (code != 0)
            return code;
        at += size;
    }
    return 0;
}

bool journal_commit(struct journal *journal, char error[static TEXT_BYTES_MAX])
{
    if (journal->pending_bytes == 0)
        return !journal->ended || FAIL(error, "it could not be written for too long");
    MDB_txn *txn;
    int code = mdb_txn_begin(journal->env, NULL, 0, &txn);
    if (code != 0)
        return fail_write(code, error);
    uint64_t number = journal->count;
    code = put_pending(journal, txn, &number);
    if (code != 0)
        mdb_txn_abort(txn);
    else
        code = mdb_txn_commit(txn);
    if (code != 0)
        return fail_write(code, error);
    journal->count = number;
    journal->pending_bytes = 0;
    return true;
}

/* ---- reading ---- */

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

uint64_t journal_count(const struct journal *journal)
{
    return journal->count;
}

void journal_tend(struct journal *journal)
{
    int freed = 0;
    mdb_reader_check(journal->env, &freed);
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->env != NULL)
        mdb_env_close(journal->env);
    free(journal->pending);
    free(journal);
}
