/* Source files: read whole, from regular files only; what a topology may include. */
#ifndef DSL_SOURCE_H
#define DSL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/arena.h"

#define SOURCE_BYTES_MAX (256u << 20)

struct source {
    const char *name; /* as the user named it */
    char *text;       /* ended by a NUL that is not counted */
    size_t bytes;
};

/* Reads a file; NULL, or the reason why not, a text that completes `"site.lua": ...`. The text is
 * from malloc and given back by source_free; name is kept as given. */
const char *source_read(const char *name, struct source *source);
void source_free(struct source *source);

/* The path of a file that `main_name` includes as `name`: in the folder of main_name, however links
 * lead. NULL with a reason if it lies elsewhere or is not there. */
const char *source_included(struct arena *arena, const char *main_name, const char *name,
                            const char **reason);

#endif
