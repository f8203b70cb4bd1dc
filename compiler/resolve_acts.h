/* The part of resolve_outages that is about acts: what each is done to, and whether it can happen.
 */
#ifndef COMPILER_RESOLVE_ACTS_H
#define COMPILER_RESOLVE_ACTS_H

#include "compiler/names.h"
#include "compiler/resolve.h"

/* What outages are linked with. */
struct outage_resolver {
    struct arena *arena;
    struct diag *diag;
    const struct resolved *topology;
    struct names servers;
    struct names cameras;
    struct names failovers;
    struct names volumes;
    bool failed;
};

/* Says what is wrong with an outage; hint may be NULL. */
void resolve_acts_report(struct outage_resolver *resolver, enum diag_code code, struct place place,
                         const char *value, const char *hint, const char *text);

/* The index of a name, or IMAGE_NONE, which is reported: `user` is the word that wants it. */
uint32_t resolve_acts_find(struct outage_resolver *resolver, const struct names *names,
                           const char *kind, const char *wanted, const char *user,
                           struct place place);

/* Links the acts of outage->model. */
void resolve_acts(struct outage_resolver *resolver, struct resolved_outage *outage);

#endif
