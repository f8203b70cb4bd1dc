/* Variants: the topology with one thing more, to see what that is worth. They are made in memory;
 * nobody sees them but the forecast. */
#ifndef COMPILER_VARIANT_H
#define COMPILER_VARIANT_H

#include "compiler/resolve.h"

/* Something that is new, and what it is like. */
struct variant_added {
    const char *kind; /* "server" or "volume" */
    const char *name;
    const char *like;
};

struct variant {
    const char *label;   /* "one more standby, ..." */
    const char *why_not; /* a sentence, if there is no such variant; else NULL */
    struct variant_added *added;
    size_t added_count;
    struct model model;
    struct resolved resolved; /* fit for the emitters */
};

/* One more standby for what the standby with the most cameras to carry watches: a second one for
 * the same mains, or, where they take no second one, one for every other of them. */
void variant_standby(struct variant *variant, const struct resolved *resolved);

/* One more slot in the failover manager that limits most failovers. */
void variant_slot(struct variant *variant, const struct resolved *resolved);

/* One more volume, the last of its archive, for the server that has most to record on the fewest.
 */
void variant_volume(struct variant *variant, const struct resolved *resolved);

#endif
