/* The site as a status shows it: the servers and failovers of the deployment, and what is known of
 * them here. */
#ifndef RUNTIME_NODE_STATUS_SITE_H
#define RUNTIME_NODE_STATUS_SITE_H

#include <jansson.h>

struct node;

#define STATUS_SITE_SERVERS                                                                        \
    40 /* of a larger site, this server and those that it has a link with                          \
        */

/* {"name", "servers": [{"name", "cameras", "here"}], "servers_left_out", "failovers": [{"name",
 * "standby", "monitor", "objects", "wait_ms", "rank", "state"}]}; a state is null where only
 * another server knows it. The caller's; NULL without memory. */
json_t *status_site_json(const struct node *node);

#endif
