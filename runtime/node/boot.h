/* The start of a node: everything that can be wrong is found here, before anything begins. */
#ifndef RUNTIME_NODE_BOOT_H
#define RUNTIME_NODE_BOOT_H

#include "runtime/node/node.h"

/* Opens the deployment, the state folder, the journal, the links, the control socket and the
 * recorders of a node that is all zero, and replays its journal. Returns 0, or an exit code with
 * error set; then the process is to end. */
int boot_node(struct node *node, const struct node_setup *setup, char error[static TEXT_BYTES_MAX]);

/* Frees all of it, once the loop has run dry. */
void boot_free(struct node *node);

#endif
