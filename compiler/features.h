/* The features of each machine: what a declaration, and its neighbours, make it need. */
#ifndef COMPILER_FEATURES_H
#define COMPILER_FEATURES_H

#include "compiler/resolve.h"

/* Sets the features of every failover and server of a topology that is linked, peers included. */
void features_set(struct resolved *resolved);

#endif
