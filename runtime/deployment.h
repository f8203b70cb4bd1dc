/* Opening a deployment.so: the only place that loads code. */
#ifndef RUNTIME_DEPLOYMENT_H
#define RUNTIME_DEPLOYMENT_H

#include "runtime/image.h"

/* Loads the deployment (or DIR/deployment.so if path is a folder), checks its ABI, its image and
 * its machines, and drives every cell of every machine against its table. On failure returns NULL
 * and writes a sentence with the cause to error. The result lives until the process ends. */
const struct deployment *deployment_open(const char *path, char error[static TEXT_BYTES_MAX]);

/* The image of an opened deployment. */
const struct image *deployment_image(const struct deployment *deployment);

#endif
