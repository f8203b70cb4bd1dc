/* Parts of the page that many sites do not have: alarms that stand, and a coordinator. */
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/html.h"
#include "runtime/node/page_html.h"
#include "runtime/node/status_read.h"

static enum status_tone tone_of_priority(const char *priority)
{
    return strcmp(priority, "alert") == 0 || strcmp(priority, "critical") == 0 ? TONE_ALARM
                                                                               : TONE_ATTENTION;
}

void page_html_alarms(FILE *out, const json_t *status)
{
    const json_t *alarms = json_object_get(status, "alarms");
    if (json_array_size(alarms) == 0) {
        html_write(out, "<p class=\"none\">None stands.</p>");
        return;
    }
    html_write(out, "<ul class=\"cards\">");
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const char *priority = status_text(alarm, "priority");
        html_write(out, "<li><p class=\"head\"><b>%s %s</b> <span class=\"mark %s\">%s</span></p>",
                   status_text(alarm, "alarm"), status_text(alarm, "subject"),
                   status_tone_name(tone_of_priority(priority)), priority);
        html_write(out, "<p>%s", status_text(alarm, "text"));
        if (status_text(alarm, "rule")[0] != '\0')
            html_write(out, "<span class=\"rule\">%s</span>", status_text(alarm, "rule"));
        html_write(out, "</p><p class=\"soft\">since <time datetime=\"%s\">%s</time></p></li>",
                   status_text(alarm, "since_at"), status_text(alarm, "since_at"));
    }
    html_write(out, "</ul>");
}

static void put_claims(FILE *out, const json_t *claims, bool in_reach)
{
    if (json_array_size(claims) == 0)
        return;
    html_write(out, "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Main</th><th "
                    "scope=\"col\">Claimed by</th><th scope=\"col\">Epoch</th></tr></thead>"
                    "<tbody>");
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *claim = json_array_get(claims, i);
        const char *holder = status_text(claim, "holder");
        const bool known = in_reach && !json_is_false(json_object_get(claim, "in_reach"));
        html_write(out, "<tr><th scope=\"row\">%s</th><td data-head=\"claimed by\">%s%s</td>",
                   status_text(claim, "main"), holder[0] != '\0' ? holder : "nobody so far",
                   holder[0] == '\0'              ? ""
                   : !known                       ? ", when it was last seen"
                   : !status_true(claim, "alive") ? ", lapsed"
                                                  : "");
        html_write(out, "<td data-head=\"epoch\">%ld</td></tr>",
                   (long)status_number(claim, "epoch"));
    }
    html_write(out, "</tbody></table></div>");
}

void page_html_coordinator(FILE *out, const json_t *status)
{
    char since[STATUS_WORDS_BYTES];
    const json_t *coordinator = json_object_get(status, "coordinator");
    const bool in_reach = status_true(coordinator, "in_reach");
    const int64_t since_ms = status_number(coordinator, "since_ms");
    if (!json_is_object(coordinator)) {
        const json_t *claims = json_object_get(status, "claims");
        html_write(out, "<p class=\"none\">This site has none: %s.</p>",
                   json_array_size(claims) > 0 ? "the volumes that servers share decide"
                                               : "the servers judge by themselves");
        put_claims(out, claims, true);
        return;
    }
    html_write(out, "<p><span class=\"mark %s\">%s</span> for %s; %s</p>",
               status_tone_name(in_reach ? TONE_WELL : TONE_ALARM),
               in_reach ? "in reach" : "out of reach",
               trace_duration((since_ms > 0 ? since_ms : 0) / 1000 * 1000, since, sizeof since),
               status_text(coordinator, in_reach ? "endpoint" : "trouble"));
    put_claims(out, json_object_get(coordinator, "claims"), in_reach);
}
