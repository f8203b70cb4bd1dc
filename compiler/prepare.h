/* What the dry run's program needs, made ready: a deployment of a topology, in a private folder,
 * and its outage files compiled for it, in memory that the program inherits as an open file. */
#ifndef COMPILER_PREPARE_H
#define COMPILER_PREPARE_H

#include "compiler/arena.h"
#include "compiler/diag.h"
#include "compiler/model.h"
#include "compiler/resolve.h"
#include "compiler/staging.h"
#include "compiler/topology.h"

struct prepared {
    const char *deployment; /* its path */
    const char *outages;    /* the path of the compiled outages; NULL if there are none */

    char scratch[STAGING_PATH_BYTES]; /* a private folder; "" if there is none */
    struct topology topology;         /* if the subject is one */
    struct model unpacked;            /* otherwise */
    struct resolved resolved;
    const struct image *image;
    struct arena *arena;
    struct diag *diag; /* of the outage files */
    struct resolved_outages compiled;
};

/* Makes the subject, a topology or a deployment, and these outage files ready; what is wrong is
 * printed. Returns the exit code of the verb. End it in either case. */
int prepare_begin(struct prepared *prepared, const char *subject, char **outage_files,
                  int outage_file_count);

/* Removes the folder, if there is one. */
void prepare_end(struct prepared *prepared);

#endif
