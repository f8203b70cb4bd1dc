/* A deployment that is handed on (R41): from the control socket of one node, over the links, to all
 * servers or to those that are named.
 *
 * An order says which deployment, and counts until a later one does; every node that knows it tells
 * it to its peers, so that it reaches whoever can be reached, now or when it is back. A node
 * fetches the file from a peer that has it, piece by piece, checks its digest, loads and proves it
 * as at a start, and only then goes on under it; the one before is kept. What each makes of it goes
 * from node to node likewise.
 *
 * A deployment is code. Only peers, which have proved to hold their keys, and whoever may write to
 * the control socket are heard.
 */
#ifndef RUNTIME_NODE_ROLLOUT_H
#define RUNTIME_NODE_ROLLOUT_H

#include <jansson.h>
#include <stdbool.h>

#include "runtime/hash.h"
#include "runtime/limits.h"
#include "runtime/node/parcel.h"

struct node;
struct rollout;

/* Goes on with what the state folder knows. named: the command line has just named a deployment,
 * which an earlier order does not replace. NULL: error is set. The node stays. */
struct rollout *rollout_open(struct node *node, bool named, char error[static TEXT_BYTES_MAX]);
void rollout_free(struct rollout *rollout);

/* A new order for a deployment that the state folder keeps, or, hash NULL, for the one before the
 * present one. servers: an array of names, or NULL for all. False: error says why not. */
bool rollout_begin(struct rollout *rollout, const uint8_t *hash, json_t *servers,
                   char error[static TEXT_BYTES_MAX]);

/* To be called each heartbeat, outside of all callbacks of the links: tells, asks, and goes on
 * under the deployment when it is there. */
void rollout_tick(struct rollout *rollout);

/* A peer's parcel. */
void rollout_hear(struct rollout *rollout, uint32_t server, const struct parcel *parcel);

/* Why this server does not take what was handed on, or "". */
const char *rollout_refusal(const struct rollout *rollout);

/* {"serial", "deployment", "by", "servers": [{"name", "state", "deployment", "text"}]}: the order
 * and what is known of each server; null where there is none. */
json_t *rollout_json(const struct rollout *rollout);

#endif
