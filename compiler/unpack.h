/* Unpack: a deployment becomes a resolved topology again, so that outages can be linked to it and
 * it can be compared, when the topology is not at hand. */
#ifndef COMPILER_UNPACK_H
#define COMPILER_UNPACK_H

#include "compiler/resolve.h"
#include "runtime/image.h"

/* Fills model and resolved in the order of the image. What an image does not tell apart is left
 * empty: which of a server's volumes is the fallback, where something was declared, and what only
 * the shape of a machine tells. Memory comes from arena; texts stay in the image. */
void unpack_image(const struct image *image, struct arena *arena, struct model *model,
                  struct resolved *resolved);

/* The same with the shapes of the machines: features, transfer_if_no_ping and failback. */
void unpack_deployment(const struct deployment *deployment, struct arena *arena,
                       struct model *model, struct resolved *resolved);

#endif
