/* The control socket's part in handing a deployment on:
 *
 *   {"verb": "deploy", "hash": "64 hex digits", "servers": ["alpha", ...]}
 *
 * The state folder keeps the deployment already; without a hash it is the one before the present
 * one, without servers it is for all.
 */
#ifndef RUNTIME_NODE_CONTROL_DEPLOY_H
#define RUNTIME_NODE_CONTROL_DEPLOY_H

#include <jansson.h>

struct node;

/* The answer; the caller's. */
json_t *control_deploy(struct node *node, const char *text, size_t size);

/* {"verb": "rollout"}: how far it is. */
json_t *control_rollout(const struct node *node);

#endif
