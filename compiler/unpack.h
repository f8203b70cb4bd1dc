/* Unpack: an image becomes a resolved topology again, as far as names and their relations go, so
 * that outages can be linked to a deployment whose topology is not at hand. */
#ifndef COMPILER_UNPACK_H
#define COMPILER_UNPACK_H

#include "compiler/resolve.h"
#include "runtime/image.h"

/* Fills model and resolved with names, owners, standbys, mains and objects, in the order of the
 * image; what an outage does not ask for (addresses, waits, rates) stays empty. Memory comes from
 * arena; texts stay in the image. */
void unpack_image(const struct image *image, struct arena *arena, struct model *model,
                  struct resolved *resolved);

#endif
