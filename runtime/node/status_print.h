/* A status for people to read. It may come from a node of another version, so nothing in it is
 * relied on to be there.
 */
#ifndef RUNTIME_NODE_STATUS_PRINT_H
#define RUNTIME_NODE_STATUS_PRINT_H

#include <jansson.h>
#include <stdbool.h>

/* Prints a status on stdout, on one screen, the verdict first. False if the object is none. */
bool status_print(const json_t *status);

#endif
