/* The control socket of a node: one line of JSON asks, one line answers, and the connection ends.
 *
 *   {"verb": "status"}
 *   {"verb": "force_start", "failover": "alpha-to-omega", "reason": "..."}
 *   likewise force_stop, disable (perhaps with "for_ms"), enable
 *   {"verb": "maintenance", "server": "alpha", "for_ms": 7200000, "reason": "..."}
 *   {"verb": "maintenance_end", "server": "alpha"}
 *   {"verb": "drill", "failover": "alpha-to-omega", "reason": "...", "open": true, "dead": false},
 *   perhaps with "for_ms"; {"verb": "drill_end", "failover": ...}; {"verb": "drill_report"}: see
 * drill_order.h
 *   {"verb": "deploy", ...}, {"verb": "rollout"}: see control_deploy.h
 *
 * The answer is the status itself, or {"ok": true|false, "text": "...", ...}.
 */
#ifndef RUNTIME_NODE_CONTROL_H
#define RUNTIME_NODE_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "runtime/limits.h"
#include "runtime/node/entry.h"

#define CONTROL_REQUEST_BYTES 4096

struct node;
struct control;

/* X(SYMBOL, "name", the event of an order, or ENGINE_EVENT_COUNT) */
#define CONTROL_VERBS(X)                                                                           \
    X(CONTROL_STATUS, "status", ENGINE_EVENT_COUNT)                                                \
    X(CONTROL_FORCE_START, "force_start", EVENT_FORCE_START)                                       \
    X(CONTROL_FORCE_STOP, "force_stop", EVENT_FORCE_STOP)                                          \
    X(CONTROL_DISABLE, "disable", EVENT_DISABLE)                                                   \
    X(CONTROL_ENABLE, "enable", EVENT_ENABLE)                                                      \
    X(CONTROL_DEPLOY, "deploy", ENGINE_EVENT_COUNT)                                                \
    X(CONTROL_ROLLOUT, "rollout", ENGINE_EVENT_COUNT)                                              \
    X(CONTROL_MAINTENANCE, "maintenance", ENGINE_EVENT_COUNT)                                      \
    X(CONTROL_MAINTENANCE_END, "maintenance_end", ENGINE_EVENT_COUNT)                              \
    X(CONTROL_DRILL, "drill", ENGINE_EVENT_COUNT)                                                  \
    X(CONTROL_DRILL_END, "drill_end", ENGINE_EVENT_COUNT)                                          \
    X(CONTROL_DRILL_REPORT, "drill_report", ENGINE_EVENT_COUNT)

#define X(symbol, name, event) symbol,
enum control_verb { CONTROL_VERBS(X) CONTROL_VERB_COUNT };
#undef X

struct control_request {
    enum control_verb verb;
    char failover[NAME_BYTES_MAX];
    char server[NAME_BYTES_MAX]; /* of a maintenance */
    int64_t for_ms; /* of a maintenance, a drill, or of what is disabled for a time; 0: not said */
    char reason[ENTRY_REASON_BYTES];
    bool open; /* of a drill: cameras are opened; dead: the main is taken for dead */
    bool dead;
};

/* Reads a request; false with a sentence in error if it is none. */
bool control_parse(const char *text, size_t size, struct control_request *request,
                   char error[static TEXT_BYTES_MAX]);

/* Opens the socket in the state folder, for this user alone. NULL: error is set. */
struct control *control_open(uv_loop_t *loop, const char *state, struct node *node,
                             char error[static TEXT_BYTES_MAX]);

/* Begins to close; freed by control_free once the loop has run dry. */
void control_close(struct control *control);
void control_free(struct control *control);

#endif
