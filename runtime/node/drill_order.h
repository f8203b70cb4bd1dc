/* A node's drill: begun and ended by order of an operator, one at a time (drill.h). Its beginning
 * and its end stand in the journal (R42); its report is kept until the next one begins.
 *
 * Refused where it could do harm, or could not tell anything: the main is not connected, carried or
 * not watched, or opening its cameras is more than this server is declared for.
 */
#ifndef RUNTIME_NODE_DRILL_ORDER_H
#define RUNTIME_NODE_DRILL_ORDER_H

#include <jansson.h>

#include "runtime/node/control.h"
#include "runtime/node/drill.h"

#define DRILL_MS_MAX   DAYS_MS(1)
#define DRILL_SPARE_MS 30000 /* beyond what it needs at the least, unless told otherwise */

struct drill_room {
    struct drill *drill;        /* NULL: none runs */
    char begun[NAME_BYTES_MAX]; /* by the journal: a drill of this failover, not over yet, or "" */
    char reason[ENTRY_REASON_BYTES];
    json_t *report; /* of the last one; NULL: there was none */
};

/* drill, drill_end and drill_report: {"ok", "text", "report"}; the caller's. */
json_t *drill_order(struct node *node, const struct control_request *request);

/* An event that the engine has taken; what that leads to is done by the next look, after all that
 * was decided has been done. */
void drill_order_hear(struct node *node, const struct engine_event *event);
void drill_order_look(struct node *node);
int64_t drill_order_deadline(const struct node *node);

/* Ends the one that runs, if any. */
void drill_order_end(struct node *node, enum drill_end end);

bool drill_order_runs(const struct node *node);

/* Of a failover: {"state", "left_ms", "reason"} while a drill of it runs, or null. */
json_t *drill_order_view(const struct node *node, uint32_t failover);

/* An event of the journal, of now or of the past, under the deployment of its time. */
void drill_order_note(struct drill_room *room, const struct image *image,
                      const struct engine_event *event);
/* After a start: a drill that ended with the node before is over in the journal, too. */
void drill_order_resume(struct node *node);

void drill_order_free(struct node *node);

#endif
