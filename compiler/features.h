/* The features of each machine: what a declaration, and its neighbours, make it need. */
#ifndef COMPILER_FEATURES_H
#define COMPILER_FEATURES_H

#include "compiler/resolve.h"

/* Sets the features of every failover and server of a topology that is linked, peers included. */
void features_set(struct resolved *resolved);

/* The first volume on the network that a main and all its standbys name: the arbiter of its claim
 * where there is no coordinator (R30). IMAGE_NONE: they have none in common. */
uint32_t features_common_nas(const struct resolved *resolved, const struct resolved_server *server);

/* Who counts the slots of a manager beside its host, as image_manager_arbiter tells of what is
 * compiled. */
uint32_t features_manager_arbiter(const struct resolved *resolved, uint32_t manager);

#endif
