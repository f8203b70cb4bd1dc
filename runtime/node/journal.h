/* The journal: an ordered list of entries, durable, in an LMDB environment, and snapshots between
 * them from which a start may go on. The bytes of both are the business of entry.h and snapshot.h.
 * One node writes it; others may read it meanwhile.
 *
 * It is a ring of a declared size: the oldest entries are given up, always up to a snapshot. What
 * cannot be written at once (the disk is full) is kept and written before anything later. What does
 * not fit into memory either is lost; the journal goes on after it with a snapshot, and the numbers
 * of the entries tell how many are missing there. So there is never a hole that a replay would not
 * notice.
 *
 * It belongs to one server, and to one deployment after the other (R41): where the deployment
 * changes, a snapshot says with what the new one begins.
 */
#ifndef RUNTIME_NODE_JOURNAL_H
#define RUNTIME_NODE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/hash.h"
#include "runtime/image.h"

#define JOURNAL_FOLDER         "journal" /* in the state folder */
#define JOURNAL_RING_MIN_BYTES ((uint64_t)1 << 20)

/* Whose journal it is. */
struct journal_owner {
    char magic[8];
    uint32_t journal_abi;
    uint32_t engine_abi;
    uint32_t machine_abi;
    uint32_t image_abi;
    uint8_t hash[HASH_BYTES]; /* of the present deployment */
    char server[NAME_BYTES_MAX];
};

struct journal;

/* The owner that this server's journal must have. */
struct journal_owner journal_owner(const struct image *image, uint32_t server);

/* Opens the journal in a folder to write, and makes it if it is new. Refuses network file systems,
 * damaged files and the journal of another server, deployment or version; one that an older version
 * has written in a format known here is carried over. Its entries and snapshots take ring_bytes,
 * the file at most twice that and a little. NULL: error is set. */
struct journal *journal_open(const char *folder, const struct journal_owner *owner,
                             uint64_t ring_bytes, char error[static TEXT_BYTES_MAX]);

/* Opens it to read, whether a node writes it or not, and says whose it is: the caller judges. */
struct journal *journal_open_to_read(const char *folder, struct journal_owner *owner,
                                     char error[static TEXT_BYTES_MAX]);

/* Room for an entry of this size, which the next commit makes durable; to be filled in at once.
 * NULL: there is no room, the entry is lost, and a snapshot is wanted. */
uint8_t *journal_append(struct journal *journal, size_t size);

/* Whether a snapshot of the state after all that was appended is due; and room for it, likewise. */
bool journal_wants_snapshot(const struct journal *journal);
uint8_t *journal_append_snapshot(struct journal *journal, size_t size);

/* Makes all that was appended durable. On failure it stays appended, and error is set. */
bool journal_commit(struct journal *journal, char error[static TEXT_BYTES_MAX]);

/* Calls visit for each entry from number `from` (the first is 1) in order, until it returns false.
 * False: the journal could not be read; error is set. */
typedef bool journal_visit(void *context, uint64_t number, const uint8_t *bytes, size_t size);
bool journal_walk(struct journal *journal, uint64_t from, journal_visit *visit, void *context,
                  char error[static TEXT_BYTES_MAX]);

/* The last snapshot with this number or a smaller one: it is of the state after the entry of that
 * number. bytes is NULL if there is none, and the caller's to free. False: error is set. */
struct journal_snapshot {
    uint64_t number;
    uint8_t *bytes;
    size_t size;
};
bool journal_read_snapshot(struct journal *journal, uint64_t at_most,
                           struct journal_snapshot *snapshot, char error[static TEXT_BYTES_MAX]);

/* Which deployments have counted: each for the entries after a number, ascending. The array is the
 * caller's to free. False: error is set. */
struct journal_change {
    uint64_t after;
    uint8_t hash[HASH_BYTES];
};
bool journal_read_changes(struct journal *journal, struct journal_change **changes, uint32_t *count,
                          char error[static TEXT_BYTES_MAX]);

/* From now on another deployment counts, for which the server's engine begins with a snapshot:
 * durable, all of it or nothing. What was appended must be committed. named: it is the one that the
 * command line names. False: error is set. */
bool journal_change(struct journal *journal, const struct journal_owner *owner,
                    const uint8_t *snapshot, size_t size, bool named,
                    char error[static TEXT_BYTES_MAX]);

/* The deployment that the command line has named last; and that it has named this one. */
bool journal_named(struct journal *journal, uint8_t hash[static HASH_BYTES]);
bool journal_set_named(struct journal *journal, const uint8_t hash[static HASH_BYTES],
                       char error[static TEXT_BYTES_MAX]);

/* The number of the first entry that is kept, 0 if there is none. False: error is set. */
bool journal_first(struct journal *journal, uint64_t *number, char error[static TEXT_BYTES_MAX]);

/* Writes a copy of what is durable into a folder, whether a node writes it meanwhile or not. */
bool journal_copy(struct journal *journal, const char *folder, char error[static TEXT_BYTES_MAX]);

/* The number of the last entry that is durable. */
uint64_t journal_count(const struct journal *journal);

/* The number of the last entry that was appended, durable or not. */
uint64_t journal_last(const struct journal *journal);

/* What has gone wrong since it was opened. */
struct journal_health {
    uint64_t lost;      /* entries that were never written */
    uint64_t shortened; /* times that old entries were given up early, because there was no room */
};
struct journal_health journal_health(const struct journal *journal);

/* To be called each minute: frees what readers that died have left. */
void journal_tend(struct journal *journal);

void journal_close(struct journal *journal);

#endif
