/* A node's new deployment (R41): what its engine knows is taken over, durably, before anything acts
 * under the new one. A node that ends at any moment of this goes on under one of the two.
 */
#ifndef RUNTIME_NODE_RENEWAL_H
#define RUNTIME_NODE_RENEWAL_H

#include "runtime/node/node.h"

/* Whether this server can run under a deployment: it is one of its servers, and the site has a
 * heartbeat. */
bool renewal_fits(const struct deployment *deployment, const char *server,
                  char error[static TEXT_BYTES_MAX]);

/* From now on the node's engine and journal are under another deployment, which the state folder
 * keeps and renewal_fits. named: the command line names it. The node's other parts are the caller's
 * to renew. False: nothing has changed, error is set. */
bool renewal_adopt(struct node *node, const struct deployment *deployment, bool named,
                   char error[static TEXT_BYTES_MAX]);

#endif
