#include "runtime/node/decision.h"

#include <inttypes.h>
#include <stdio.h>

#include "runtime/engine/trace.h"
#include "runtime/node/log.h"

static uint32_t kind_of(const struct deployment *deployment,
                        const struct engine_transition *transition)
{
    return deployment->machines[transition->machine].kind;
}

struct decision_origin decision_origin(const struct deployment *deployment,
                                       const struct engine_event *event, const char *reason)
{
    const struct image *image = deployment->image;
    const bool is_message = event->kind == EVENT_MESSAGE && event->server < image->servers.count;
    return (struct decision_origin){
        .sender = is_message ? image_text(image, image_servers(image)[event->server].name) : NULL,
        .reason = reason};
}

char *decision_text(const struct deployment *deployment, const struct engine_transition *transition,
                    struct decision_origin origin, char text[static DECISION_TEXT_BYTES])
{
    const uint32_t kind = kind_of(deployment, transition);
    char why[TEXT_BYTES_MAX];
    char rule[8] = "";
    char move[64];
    const char *from = trace_state(kind, transition->from);
    if (transition->verdict == VERDICT_MOVE)
        snprintf(move, sizeof move, "%s -> %s", from, trace_state(kind, transition->to));
    else
        snprintf(move, sizeof move, "stays %s", from);
    if (transition->rule > 0)
        snprintf(rule, sizeof rule, " (R%u)", transition->rule);
    const bool sent = origin.sender != NULL;
    const bool said = origin.reason[0] != '\0';
    snprintf(text, DECISION_TEXT_BYTES, "%s %s: %s on %s%s%s%s: %s%s%s%s", trace_machine_kind(kind),
             trace_subject(deployment, transition), move, trace_event(kind, transition->event),
             sent ? " from " : "", sent ? origin.sender : "", rule,
             trace_why(deployment, transition, why, sizeof why), said ? " [" : "",
             said ? origin.reason : "", said ? "]" : "");
    return text;
}

json_t *decision_json(const struct deployment *deployment,
                      const struct engine_transition *transition)
{
    const uint32_t kind = kind_of(deployment, transition);
    static const char *const verdicts[] = {
#define X(symbol, name) name,
        MACHINE_VERDICTS(X)
#undef X
    };
    char why[TEXT_BYTES_MAX];
    char machine[128];
    char rule[8] = "";
    snprintf(machine, sizeof machine, "%s %s", trace_machine_kind(kind),
             trace_subject(deployment, transition));
    if (transition->rule > 0)
        snprintf(rule, sizeof rule, "R%u", transition->rule);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "machine", machine, "event",
                     trace_event(kind, transition->event), "from",
                     trace_state(kind, transition->from), "to", trace_state(kind, transition->to),
                     "verdict", verdicts[transition->verdict], "rule", rule, "epoch",
                     (json_int_t)transition->epoch, "why",
                     trace_why(deployment, transition, why, sizeof why));
}

const char *decision_event(const struct image *image, const struct engine_event *event,
                           char text[static DECISION_TEXT_BYTES])
{
    static const char *const sentences[ENGINE_EVENT_COUNT] = {
        [EVENT_LATE] = "this server stood still; it judges nobody by what it missed (R29)",
        [EVENT_NETWORK_DOWN] = "all peers are lost at once and nothing else is in reach: our own "
                               "network is down (R29)",
        [EVENT_NETWORK_FINE] = "all peers are lost at once, but something else is in reach: our "
                               "own network is not at fault (R29)",
        [EVENT_VIEW_ALIVE] = "a shared volume shows signs of life (R45)",
        [EVENT_VIEW_SILENT] = "no shared volume has shown a sign of life for a lease (R45)",
        [EVENT_VIEW_NONE] = "no shared volume can tell anything (R45)",
        [EVENT_CLAIM_DENIED] = "the arbiter denies the claim (R30)",
        [EVENT_CLAIM_FULL] = "the arbiter counts as many mains as the limit allows (R14)",
        [EVENT_ARBITER_LOST] =
            "the arbiter is out of reach; who holds a claim goes on, and nothing "
            "changes hands through it (R30, R38)",
        [EVENT_ARBITER_BACK] = "the arbiter is in reach again (R30)",
        [EVENT_DRILL_BEGIN] =
            "a drill begins: what would be done if the connection to its main were "
            "lost now; nothing of it is done (R42)",
        [EVENT_DRILL_END] = "the drill is over; nothing of it is left (R42)",
        [EVENT_STORAGE_LOST] = "no volume of this server takes recordings (R36)",
        [EVENT_STORAGE_BACK] = "a volume of this server takes recordings again (R36)",
        [EVENT_REACHED] = "the camera can be reached from here (R36)",
        [EVENT_UNREACHED] = "the camera cannot be reached from here either (R36)"};
    static const char *const coordinated[ENGINE_EVENT_COUNT] = {
        [EVENT_VIEW_ALIVE] = "the coordinator has a living claim of it (R45)",
        [EVENT_VIEW_SILENT] = "the claim of it with the coordinator has lapsed (R45)",
        [EVENT_VIEW_NONE] = "the coordinator can tell nothing (R45)"};
    static const char *const claimed[ENGINE_EVENT_COUNT] = {
        [EVENT_VIEW_ALIVE] = "somebody else renews the claim of it on the shared volume (R30, R45)",
        [EVENT_VIEW_SILENT] =
            "nobody else has a living claim of it on the shared volume (R30, R45)",
        [EVENT_VIEW_NONE] = "nothing is known of the claim of it on the shared volume (R30, R45)"};
    const char *const *of = event->server != IMAGE_COORDINATOR ? sentences
                            : image->coordinators.count > 0    ? coordinated
                                                               : claimed;
    const char *sentence = event->kind < ENGINE_EVENT_COUNT ? of[event->kind] : NULL;
    if (event->kind == EVENT_CLOCK_JUMP)
        snprintf(text, DECISION_TEXT_BYTES,
                 "the wall clock has jumped by %" PRId64 " ms; no wait changes by that (R43)",
                 event->wall_ms);
    else if (sentence == NULL)
        return NULL;
    else if (event->failover < image->failovers.count)
        snprintf(text, DECISION_TEXT_BYTES, "%s: %s",
                 image_text(image, image_failovers(image)[event->failover].name), sentence);
    else if (event->camera < image->cameras.count)
        snprintf(text, DECISION_TEXT_BYTES, "%s: %s",
                 image_text(image, image_cameras(image)[event->camera].name), sentence);
    else if (event->server < image->servers.count)
        snprintf(text, DECISION_TEXT_BYTES, "%s: %s",
                 image_text(image, image_servers(image)[event->server].name), sentence);
    else
        snprintf(text, DECISION_TEXT_BYTES, "%s", sentence);
    return text;
}

void decision_log_event(const struct image *image, const struct engine_event *event,
                        const char *reason)
{
    char text[DECISION_TEXT_BYTES];
    if (decision_event(image, event, text) != NULL)
        log_line("%s%s%s%s", text, reason[0] != '\0' ? " [" : "", reason,
                 reason[0] != '\0' ? "]" : "");
}

void decision_log(const struct deployment *deployment, const struct engine_transition *transition,
                  struct decision_origin origin)
{
    char text[DECISION_TEXT_BYTES];
    const bool still_camera =
        kind_of(deployment, transition) == MACHINE_CAMERA && transition->from == transition->to;
    if (transition->verdict == VERDICT_ILLEGAL)
        log_line("UNEXPECTED: %s", decision_text(deployment, transition, origin, text));
    else if (transition->verdict == VERDICT_MOVE && !still_camera)
        log_line("%s", decision_text(deployment, transition, origin, text));
}

void decision_publish(const struct deployment *deployment, const struct engine_action *action)
{
    const struct image *image = deployment->image;
    const struct image_failover *failover = &image_failovers(image)[action->failover];
    const char *name = image_text(image, failover->name);
    const char *main = image_text(image, image_servers(image)[failover->monitor].name);
    const char *standby = image_text(image, image_servers(image)[failover->standby].name);
    if (action->kind == ACTION_PUBLISH_START)
        log_line("START %s: the objects of %s are with %s, under epoch %" PRIu64 " (R16)", name,
                 main, standby, action->epoch);
    else
        log_line("STOP %s: the objects of %s are no longer with %s (R16)", name, main, standby);
}
