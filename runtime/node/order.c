#include "runtime/node/order.h"

#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/node.h"

#define TEXT_BYTES 2048
#define REASON_MAX 200 /* where the time is added to it */

static json_t *refuse(const char *text)
{
    return json_pack("{s:b, s:s}", "ok", 0, "text", text);
}

static enum engine_event_kind event_of(enum control_verb verb)
{
    static const enum engine_event_kind events[] = {
#define X(symbol, name, event) event,
        CONTROL_VERBS(X)
#undef X
    };
    return events[verb];
}

static const char *server_name(const struct node *node, uint32_t server)
{
    return image_text(node->image, image_servers(node->image)[server].name);
}

/* ---- one failover ---- */

/* Gives one order; for_ms 0: for good. False: error is set. */
static bool give(struct node *node, uint32_t failover, const struct control_request *request,
                 enum engine_event_kind kind, struct engine_transition *transition,
                 char error[static TEXT_BYTES_MAX])
{
    char reason[ENTRY_REASON_BYTES], span[32];
    snprintf(reason, sizeof reason, "%s", request->reason);
    if (kind == EVENT_DISABLE && request->for_ms > 0) {
        if (strlen(request->reason) > REASON_MAX) {
            snprintf(error, TEXT_BYTES_MAX, "the reason is too long (%d bytes at most)",
                     REASON_MAX);
            return false;
        }
        snprintf(reason, sizeof reason, "%.200s (for %s)", request->reason,
                 trace_duration(request->for_ms, span, sizeof span));
        if (!maintenance_set(node->maintenance, failover, request->for_ms, request->reason, error))
            return false;
    }
    if (!node_order(node, failover, kind, reason, transition)) {
        snprintf(error, TEXT_BYTES_MAX, "this server is logging off");
        return false;
    }
    const bool ends = kind == EVENT_ENABLE || (kind == EVENT_DISABLE && request->for_ms == 0) ||
                      transition->verdict == VERDICT_ILLEGAL;
    if (ends && !maintenance_set(node->maintenance, failover, 0, "", error))
        log_alarm(LOG_ERROR, "%s", error);
    return true;
}

static void add_until(const struct node *node, uint32_t failover, char *text, size_t size)
{
    struct maintenance_view view;
    char until[CLOCK_TEXT_BYTES];
    const size_t used = strlen(text);
    if (maintenance_view(node->maintenance, failover, &view))
        snprintf(text + used, size - used, "; it is enabled by itself at %s",
                 clock_text(view.until_wall_ms, until));
}

static json_t *order_failover(struct node *node, const struct control_request *request)
{
    char text[TEXT_BYTES], error[TEXT_BYTES_MAX];
    struct engine_transition transition;
    const uint32_t failover = image_find_failover(node->image, request->failover);
    if (failover == IMAGE_NONE)
        return refuse("the deployment has no failover of that name");
    const uint32_t standby = image_failovers(node->image)[failover].standby;
    if (standby != node->server) {
        snprintf(text, sizeof text, "%s is under %s: give the order there", request->failover,
                 server_name(node, standby));
        return refuse(text);
    }
    if (!give(node, failover, request, event_of(request->verb), &transition, error))
        return refuse(error);
    decision_text(node->deployment, &transition, (struct decision_origin){.reason = ""}, text);
    if (request->verb == CONTROL_DISABLE)
        add_until(node, failover, text, sizeof text);
    return json_pack("{s:b, s:s, s:o}", "ok", transition.verdict != VERDICT_ILLEGAL, "text", text,
                     "decision", decision_json(node->deployment, &transition));
}

/* ---- maintenance of a main: all failovers under this server that watch it ---- */

/* ", and psi": other standbys that watch the main. Returns how many. */
static uint32_t list_others(const struct node *node, uint32_t main, char text[static 256])
{
    const struct image_list watchers = image_servers(node->image)[main].watchers;
    uint32_t count = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < watchers.count; i++) {
        const uint32_t failover = image_numbers(node->image)[watchers.first + i];
        const uint32_t standby = image_failovers(node->image)[failover].standby;
        const size_t used = strlen(text);
        if (standby != node->server)
            snprintf(text + used, 256 - used, "%s%s", count++ > 0 ? ", " : "",
                     server_name(node, standby));
    }
    return count;
}

/* The failover under this server that watches the main: there is one at most (E220). */
static uint32_t find_watcher(const struct node *node, uint32_t main)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(node->image)[f].monitor == main)
            return f;
    return IMAGE_NONE;
}

static json_t *order_maintenance(struct node *node, const struct control_request *request)
{
    char text[TEXT_BYTES], others[256], error[TEXT_BYTES_MAX];
    struct engine_transition transition;
    const bool begins = request->verb == CONTROL_MAINTENANCE;
    const uint32_t main = image_find_server(node->image, request->server);
    if (main == IMAGE_NONE)
        return refuse("the deployment has no server of that name");
    const uint32_t other_count = list_others(node, main, others);
    const uint32_t failover = find_watcher(node, main);
    if (failover == IMAGE_NONE) {
        snprintf(text, sizeof text, "%s does not watch %s; %s%s", server_name(node, node->server),
                 request->server, other_count > 0 ? "give the order at " : "nobody does", others);
        return refuse(text);
    }
    const char *name = image_text(node->image, image_failovers(node->image)[failover].name);
    if (begins && engine_state_carries(engine_failover_state(node->engine, failover))) {
        snprintf(text, sizeof text,
                 "%s carries %s now: return it first (force-stop %s); what is carried is not "
                 "dropped for a maintenance",
                 server_name(node, node->server), request->server, name);
        return refuse(text);
    }
    if (!give(node, failover, request, begins ? EVENT_DISABLE : EVENT_ENABLE, &transition, error))
        return refuse(error);
    snprintf(text, sizeof text, "%s: %s does not watch %s", name, server_name(node, node->server),
             request->server);
    if (begins)
        add_until(node, failover, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s: %s watches %s again", name,
                 server_name(node, node->server), request->server);
    const size_t used = strlen(text);
    if (other_count > 0)
        snprintf(text + used, sizeof text - used, "; also watched by %s: give the order there too",
                 others);
    return json_pack("{s:b, s:s}", "ok", transition.verdict != VERDICT_ILLEGAL, "text", text);
}

json_t *order_give(struct node *node, const struct control_request *request)
{
    switch (request->verb) {
    case CONTROL_FORCE_START:
    case CONTROL_FORCE_STOP:
    case CONTROL_DISABLE:
    case CONTROL_ENABLE:
        return order_failover(node, request);
    case CONTROL_MAINTENANCE:
        if (request->for_ms == 0)
            return refuse("a maintenance needs a time after which it is over");
        return order_maintenance(node, request);
    case CONTROL_MAINTENANCE_END:
        return order_maintenance(node, request);
    case CONTROL_STATUS:
    case CONTROL_DEPLOY:
    case CONTROL_ROLLOUT:
    case CONTROL_DRILL:
    case CONTROL_DRILL_END:
    case CONTROL_DRILL_REPORT:
    case CONTROL_VERB_COUNT:
        break;
    }
    return refuse("this node does not know that verb");
}

/* A node that was killed between noting the time and disabling the failover has done neither. */
bool order_open(struct node *node, char error[static TEXT_BYTES_MAX])
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    struct maintenance *maintenance =
        maintenance_open(node->setup->state, node->image, node->server, error);
    if (maintenance == NULL)
        return false;
    maintenance_free(node->maintenance);
    node->maintenance = maintenance;
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        const uint8_t state = engine_failover_state(node->engine, f);
        if (state != FAILOVER_DISABLED && !engine_state_carries(state) &&
            !maintenance_set(maintenance, f, 0, "", error))
            return false;
    }
    return true;
}

void order_tick(struct node *node)
{
    char error[TEXT_BYTES_MAX];
    const uint32_t failover = maintenance_due(node->maintenance);
    struct maintenance_view view;
    struct engine_transition transition;
    struct control_request request = {.verb = CONTROL_ENABLE};
    if (failover == IMAGE_NONE || node->leaving ||
        !maintenance_view(node->maintenance, failover, &view))
        return;
    snprintf(request.reason, sizeof request.reason, "its time is over: %.200s", view.reason);
    if (!give(node, failover, &request, EVENT_ENABLE, &transition, error))
        log_alarm(LOG_ERROR, "%s", error);
}
