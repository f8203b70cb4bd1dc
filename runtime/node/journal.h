/* The journal: an ordered list of entries, durable, in an LMDB environment. The bytes of an entry
 * are the business of entry.h. One node writes it; others may read it meanwhile.
 *
 * What cannot be written at once (the disk is full) is kept and written before anything later, so
 * that the journal never has a hole; what does not fit into memory either ends the journal there,
 * as if the node had crashed at that moment.
 */
#ifndef RUNTIME_NODE_JOURNAL_H
#define RUNTIME_NODE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/image.h"

#define JOURNAL_FOLDER "journal" /* in the state folder */

/* Whose journal it is. Written once, first. */
struct journal_owner {
    char magic[8];
    uint32_t journal_abi;
    uint32_t engine_abi;
    uint32_t machine_abi;
    uint32_t image_abi;
    uint8_t hash[32]; /* of the deployment */
    char server[NAME_BYTES_MAX];
};

struct journal;

/* The owner that this server's journal must have. */
struct journal_owner journal_owner(const struct image *image, uint32_t server);

/* Opens the journal in a folder to write, and makes it if it is new. Refuses network file systems,
 * damaged files and the journal of another server, deployment or version. NULL: error is set. */
struct journal *journal_open(const char *folder, const struct journal_owner *owner,
                             char error[static TEXT_BYTES_MAX]);

/* Opens it to read, whether a node writes it or not, and says whose it is: the caller judges. */
struct journal *journal_open_to_read(const char *folder, struct journal_owner *owner,
                                     char error[static TEXT_BYTES_MAX]);

/* Room for an entry of this size, which the next commit makes durable; to be filled in at once.
 * NULL: the journal has ended. */
uint8_t *journal_append(struct journal *journal, size_t size);

/* Makes all that was appended durable. On failure it stays appended, and error is set. */
bool journal_commit(struct journal *journal, char error[static TEXT_BYTES_MAX]);

/* Calls visit for each entry from number `from` (the first is 1) in order, until it returns false.
 * False: the journal could not be read; error is set. */
typedef bool journal_visit(void *context, uint64_t number, const uint8_t *bytes, size_t size);
bool journal_walk(struct journal *journal, uint64_t from, journal_visit *visit, void *context,
                  char error[static TEXT_BYTES_MAX]);

/* Entries that are durable. */
uint64_t journal_count(const struct journal *journal);

/* To be called each minute: frees what readers that died have left. */
void journal_tend(struct journal *journal);

void journal_close(struct journal *journal);

#endif
