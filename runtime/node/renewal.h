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

/* Times are told to people in the zone of the site from now on. */
void renewal_speak_of_times(const struct image *image);

/* From now on the node's engine and journal are under another deployment, which the state folder
 * keeps and renewal_fits. named: the command line names it. The node's other parts are the caller's
 * to renew. False: nothing has changed, error is set. */
bool renewal_adopt(struct node *node, const struct deployment *deployment, bool named,
                   char error[static TEXT_BYTES_MAX]);

/* The cameras that a server records or may record: its own and the objects of its failovers,
 * ascending. The caller's to free; NULL: out of memory. */
uint32_t *renewal_cameras(const struct image *image, uint32_t server, uint32_t *count);

/* What a crash, or a change of deployment, has interrupted of a copy (R34), or kept from beginning,
 * is done once more. */
void renewal_resume_filling(struct node *node);

/* Loads the deployment with this hash, which the state folder keeps, and proves it as at a start.
 * NULL: this server cannot go on under it, error says why. */
const struct deployment *renewal_open(struct node *node, const uint8_t hash[static HASH_BYTES],
                                      char error[static TEXT_BYTES_MAX]);

/* What a failover carries that the other deployment does not have goes back to its main first,
 * where that is alive. True: that is under way. */
bool renewal_hands_back(struct node *node, const struct deployment *deployment);

/* A running node goes on under an opened deployment: what is recorded and unchanged goes on without
 * a gap. False: nothing has changed, error says why. */
bool renewal_switch(struct node *node, const struct deployment *deployment,
                    char error[static TEXT_BYTES_MAX]);

#endif
