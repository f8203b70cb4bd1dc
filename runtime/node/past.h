/* The past that a state folder holds: its journal, and the deployments under which its entries were
 * decided, one after the other (R41).
 */
#ifndef RUNTIME_NODE_PAST_H
#define RUNTIME_NODE_PAST_H

#include "runtime/deployment.h"
#include "runtime/node/journal.h"

/* What was decided under one deployment: the entries after a number, up to those of the next part.
 */
struct past_part {
    uint64_t after;
    uint8_t hash[HASH_BYTES];
    const struct deployment *deployment; /* NULL: it is no longer there */
    uint32_t server;                     /* the journal's, in it */
};

struct past {
    struct journal *journal;
    struct past_part *parts; /* ascending; at least one */
    uint32_t count;
};

/* Opens both to read and finds whose they are. False: error is set, a deployment that is missing is
 * named. To be closed in any case. */
bool past_open(const char *state, struct past *past, char error[static TEXT_BYTES_MAX]);
void past_close(struct past *past);

/* The parts of an open journal. A deployment that is missing, or that this version cannot load, is
 * left NULL, and error says why; but false, with error set, if the last one is. */
bool past_read(struct past *past, const char *state, const char *server,
               char error[static TEXT_BYTES_MAX]);

/* The part to which an entry belongs; that of a snapshot is that of the entry after it. */
const struct past_part *past_part(const struct past *past, uint64_t number);

/* The present deployment: that of the last part. */
const struct past_part *past_last(const struct past *past);

#endif
