#include "runtime/node/page_html.h"

#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/html.h"
#include "runtime/node/status_read.h"

#define CAMERAS_MAX_SHOWN 300

/* ---- pieces ---- */

/* A script shows it in the site's time zone; without one it is in UTC. */
static void put_moment(FILE *out, const char *at)
{
    if (strlen(at) < sizeof "2026-11-23T20:00:55" - 1)
        return;
    html_write(out, "<time datetime=\"%s\" title=\"%s\">", at, at);
    for (size_t i = 11; i < 19; i++) {
        const char digit[2] = {at[i], '\0'};
        html_write(out, "%s", digit);
    }
    html_write(out, " UTC</time>");
}

static void put_mark(FILE *out, enum status_tone tone, const char *text)
{
    html_write(out, "<span class=\"mark %s\">%s</span>", status_tone_name(tone), text);
}

static void put_ago(FILE *out, const json_t *object, const char *key)
{
    char age[STATUS_WORDS_BYTES];
    const int64_t age_ms = status_number(object, key);
    html_write(out, "%s",
               age_ms >= 0 && age_ms < 60000
                   ? strcat(status_count(age_ms / 1000, "s", "s", age), " ago")
                   : status_age(age_ms, age));
}

static void open_table(FILE *out, const char *const *heads)
{
    html_write(out, "<div class=\"wide\"><table><thead><tr>");
    for (; *heads != NULL; heads++)
        html_write(out, "<th scope=\"col\">%s</th>", *heads);
    html_write(out, "</tr></thead><tbody>");
}

/* On a narrow screen a cell stands by itself, so it carries its head. */
static void put_cell(FILE *out, const char *head, const char *text)
{
    html_write(out, "<td data-head=\"%s\">%s</td>", head, text);
}

static void put_ago_cell(FILE *out, const char *head, const json_t *object, const char *key)
{
    html_write(out, "<td data-head=\"%s\">", head);
    put_ago(out, object, key);
    html_write(out, "</td>");
}

static void close_table(FILE *out)
{
    html_write(out, "</tbody></table></div>");
}

static void put_none(FILE *out, const char *text)
{
    html_write(out, "<p class=\"none\">%s</p>", text);
}

/* ---- the verdict ---- */

static void put_headline(FILE *out, const json_t *status)
{
    const json_t *troubles = json_object_get(json_object_get(status, "verdict"), "troubles");
    const size_t count = json_array_size(troubles);
    if (count == 0)
        html_write(out, "<h1>All is well</h1>");
    else if (count == 1)
        html_write(out, "<h1>%s</h1>", status_text(json_array_get(troubles, 0), "text"));
    else {
        html_write(out, "<h1>%ld things need attention</h1><ul>", (long)count);
        for (size_t i = 0; i < count; i++) {
            const json_t *trouble = json_array_get(troubles, i);
            html_write(out, "<li class=\"%s\">%s</li>", status_text(trouble, "level"),
                       status_text(trouble, "text"));
        }
        html_write(out, "</ul>");
    }
}

void page_html_verdict(FILE *out, const json_t *status)
{
    char up[STATUS_WORDS_BYTES];
    const json_t *verdict = json_object_get(status, "verdict");
    const int64_t up_ms = status_number(status, "uptime_ms");
    html_write(out, "<div class=\"verdict %s\">",
               status_tone_name(status_tone_of_level(status_text(verdict, "level"))));
    put_headline(out, status);
    html_write(out, "<p class=\"meta\">Server <b>%s</b> ", status_text(status, "server"));
    if (status_has_own_cameras(status))
        html_write(out, "is %s, epoch %ld", status_text(status, "state"),
                   (long)status_number(status, "epoch"));
    else
        html_write(out, "has no cameras of its own");
    html_write(out, "; up for %s; as of ",
               trace_duration((up_ms > 0 ? up_ms : 0) / 1000 * 1000, up, sizeof up));
    put_moment(out, status_text(status, "now_at"));
    html_write(out, "</p></div>");
}

/* ---- failovers and the queue ---- */

/* A maintenance that ends by itself, and what is copied to the main's archive (R34). */
static void put_asides(FILE *out, const json_t *failover)
{
    char text[STATUS_WORDS_BYTES];
    const json_t *maintenance = json_object_get(failover, "maintenance");
    const json_t *fill = json_object_get(failover, "fill");
    const json_t *drill = json_object_get(failover, "drill");
    const int64_t left_ms = status_number(maintenance, "left_ms");
    const int64_t segments = status_number(fill, "segments");
    if (left_ms >= 0)
        html_write(out, "<p>Enabled by itself in %s <q>%s</q></p>",
                   trace_duration((left_ms + 999) / 1000 * 1000, text, sizeof text),
                   status_text(maintenance, "reason"));
    if (json_is_object(drill))
        html_write(out, "<p>Drill, nothing of it is real: it would be %s <q>%s</q></p>",
                   status_text(drill, "state"), status_text(drill, "reason"));
    if (segments > 0)
        html_write(out, "<p>Back-fill %s: %ld segment%s, %s %s</p>", status_text(fill, "state"),
                   (long)segments, segments == 1 ? "" : "s",
                   status_size(status_number(fill, "bytes"), text), status_text(fill, "cause"));
}

static void put_failover(FILE *out, const json_t *failover)
{
    char text[STATUS_WORDS_BYTES];
    const char *state = status_text(failover, "state");
    const struct status_words words = status_failover_words(state);
    const int64_t wait_ms = status_number(failover, "wait_left_ms");
    const int64_t licence_ms = status_number(failover, "licence_left_ms");
    html_write(out, "<li><p class=\"head\"><b>%s</b> ", status_text(failover, "name"));
    put_mark(out, words.tone, state);
    html_write(out, "</p><p>%s %s", status_text(failover, "monitor"), words.text);
    if (wait_ms >= 0)
        html_write(out, ": %s left",
                   trace_duration((wait_ms + 999) / 1000 * 1000, text, sizeof text));
    html_write(out, ".</p>");
    if (licence_ms >= 0)
        html_write(out, "<p class=\"licence\">Licence: %s left</p>",
                   trace_time_left(licence_ms, text, sizeof text));
    put_asides(out, failover);
    html_write(out, "<p class=\"soft\">%s",
               status_count(status_number(failover, "objects"), "camera", "cameras", text));
    html_write(out, ", epoch %ld, %s", (long)status_number(failover, "epoch"),
               status_count(status_number(failover, "starts"), "take-over", "take-overs", text));
    html_write(out, ", %s</p></li>",
               status_count(status_number(failover, "flaps"), "flap", "flaps", text));
}

/* max_running 0: no limit (R14). */
static void put_manager(FILE *out, const json_t *manager)
{
    const int64_t limit = status_number(manager, "max_running");
    const int64_t waiting = status_number(manager, "waiting");
    html_write(out, "<li><p class=\"head\"><b>%s</b> ", status_text(manager, "name"));
    put_mark(out, waiting > 0 ? TONE_ALARM : TONE_IDLE, waiting > 0 ? "queue" : "manager");
    html_write(out, "</p><p>%ld", (long)status_number(manager, "held"));
    if (limit > 0)
        html_write(out, " of %ld", (long)limit);
    html_write(out, " running, %ld waiting%s.</p></li>", (long)waiting,
               limit > 0 ? "" : ", no limit");
}

void page_html_failovers(FILE *out, const json_t *status)
{
    const json_t *failovers = json_object_get(status, "failovers");
    const json_t *managers = json_object_get(status, "managers");
    if (json_array_size(failovers) + json_array_size(managers) == 0) {
        put_none(out, "This server is no standby: it watches no main.");
        return;
    }
    html_write(out, "<ul class=\"cards\">");
    for (size_t i = 0; i < json_array_size(failovers); i++)
        put_failover(out, json_array_get(failovers, i));
    for (size_t i = 0; i < json_array_size(managers); i++)
        put_manager(out, json_array_get(managers, i));
    html_write(out, "</ul>");
}

/* ---- cameras ---- */

static bool is_peer_up(const json_t *status, const char *name)
{
    const json_t *peers = json_object_get(status, "peers");
    for (size_t i = 0; i < json_array_size(peers); i++) {
        const json_t *peer = json_array_get(peers, i);
        if (strcmp(status_text(peer, "name"), name) == 0)
            return status_true(peer, "up");
    }
    return false;
}

/* What is idle here is another server's, as far as is known here. */
static const char *recorder_of(const json_t *status, const json_t *camera)
{
    const char *main = status_text(camera, "main");
    if (status_is(camera, "recording"))
        return status_text(camera, "server");
    if (!status_is(camera, "idle") && !status_is(camera, "armed"))
        return "nobody";
    if (status_is_own(camera))
        return status_is(status, "lent") ? "a standby" : "nobody";
    return is_peer_up(status, main) ? main : "not known here";
}

static void put_camera(FILE *out, const json_t *status, const json_t *camera)
{
    char rate[STATUS_WORDS_BYTES] = "";
    const char *state = status_text(camera, "state");
    html_write(out, "<tr><th scope=\"row\">%s</th><td>", status_text(camera, "name"));
    put_mark(out, status_camera_tone(state), state);
    html_write(out, "</td>");
    put_cell(out, "main", status_text(camera, "main"));
    put_cell(out, "recorded by", recorder_of(status, camera));
    if (status_is(camera, "recording") || status_is(camera, "silent")) {
        put_ago_cell(out, "keyframe", camera, "keyframe_age_ms");
        strcat(status_size(status_number(camera, "bytes_per_s"), rate), "/s");
    } else {
        html_write(out, "<td></td>");
    }
    html_write(out, "<td>%s</td><td>%s</td></tr>", rate, status_text(camera, "cause"));
}

/* What is wrong first, then what is recorded here, then the rest. */
static int rank_of(const json_t *camera)
{
    switch (status_camera_tone(status_text(camera, "state"))) {
    case TONE_ALARM:
        return 0;
    case TONE_ATTENTION:
        return 1;
    case TONE_WELL:
        return status_is_own(camera) ? 3 : 2;
    case TONE_IDLE:
        break;
    }
    return 4;
}

void page_html_cameras(FILE *out, const json_t *status)
{
    static const char *const heads[] = {"Camera",        "Here", "Main",    "Recorded by",
                                        "Last keyframe", "Rate", "Trouble", NULL};
    const json_t *cameras = json_object_get(status, "cameras");
    const size_t count = json_array_size(cameras);
    size_t shown = 0;
    if (count == 0) {
        put_none(out, "This server has no cameras, and may get none.");
        return;
    }
    open_table(out, heads);
    for (int rank = 0; rank <= 4; rank++)
        for (size_t i = 0; i < count && shown < CAMERAS_MAX_SHOWN; i++) {
            const json_t *camera = json_array_get(cameras, i);
            if (rank_of(camera) != rank)
                continue;
            put_camera(out, status, camera);
            shown++;
        }
    close_table(out);
    if (shown < count)
        html_write(out, "<p class=\"none\">and %ld more, none of them in worse state.</p>",
                   (long)(count - shown));
}

/* ---- other servers ---- */

static void put_peer(FILE *out, const json_t *peer)
{
    const bool up = status_true(peer, "up");
    html_write(out, "<tr><th scope=\"row\">%s</th><td>", status_text(peer, "name"));
    if (up)
        put_mark(out, TONE_WELL, "connected");
    else if (status_true(peer, "logged_off"))
        put_mark(out, TONE_IDLE, "logged off");
    else if (status_true(peer, "other_deployment"))
        put_mark(out, TONE_ATTENTION, "other deployment");
    else
        put_mark(out, TONE_ALARM, "not connected");
    html_write(out, "</td>");
    put_ago_cell(out, "seen", peer, "heard_ms_ago");
    html_write(out, "<td>%s</td><td>%s</td></tr>", status_text(peer, "address"),
               status_text(peer, "trouble"));
}

void page_html_servers(FILE *out, const json_t *status)
{
    static const char *const heads[] = {"Server", "Link", "Seen", "Address", "Trouble", NULL};
    const json_t *peers = json_object_get(status, "peers");
    if (json_array_size(peers) == 0) {
        put_none(out, "This server has no link with others.");
        return;
    }
    open_table(out, heads);
    for (size_t i = 0; i < json_array_size(peers); i++)
        put_peer(out, json_array_get(peers, i));
    close_table(out);
}

/* ---- volumes ---- */

static void put_volume(FILE *out, const json_t *volume)
{
    char own[STATUS_WORDS_BYTES], size[STATUS_WORDS_BYTES], left[STATUS_WORDS_BYTES];
    const int64_t own_bytes = status_number(volume, "own_bytes");
    const int64_t size_bytes = status_number(volume, "size_bytes");
    const bool looked = own_bytes >= 0;
    const bool well = status_text(volume, "trouble")[0] == '\0';
    html_write(out, "<tr><th scope=\"row\">%s</th><td>", status_text(volume, "name"));
    put_mark(out,
             !looked && well ? TONE_IDLE
             : well          ? TONE_WELL
                             : TONE_ALARM,
             !looked && well ? "not looked at"
             : well          ? "well"
                             : "trouble");
    html_write(out, "</td><td>%s%s</td><td>", status_true(volume, "shared") ? "NAS" : "disk",
               status_true(volume, "fallback") ? ", fallback" : "");
    if (looked && size_bytes > 0)
        html_write(out, "<meter min=\"0\" max=\"%ld\" value=\"%ld\"></meter> ", (long)size_bytes,
                   (long)own_bytes);
    if (looked)
        html_write(out, "%s%s%s", status_size(own_bytes, own), size_bytes > 0 ? " of " : "",
                   size_bytes > 0 ? status_size(size_bytes, size) : "");
    html_write(out, "</td>");
    put_cell(out, "free", looked ? status_size(status_number(volume, "free_bytes"), left) : "");
    put_ago_cell(out, "looked at", volume, "looked_ms_ago");
    html_write(out, "<td class=\"path\">%s</td><td>%s</td></tr>", status_text(volume, "path"),
               status_text(volume, "trouble"));
}

void page_html_volumes(FILE *out, const json_t *status)
{
    static const char *const heads[] = {"Volume", "State",     "Kind", "Footage of this server",
                                        "Free",   "Looked at", "Path", "Trouble",
                                        NULL};
    const json_t *volumes = json_object_get(status, "volumes");
    if (json_array_size(volumes) == 0) {
        put_none(out, "This server has no volumes.");
        return;
    }
    open_table(out, heads);
    for (size_t i = 0; i < json_array_size(volumes); i++)
        put_volume(out, json_array_get(volumes, i));
    close_table(out);
}

/* ---- the timeline ---- */

static void put_decision(FILE *out, const json_t *decision)
{
    const char *from = status_text(decision, "from"), *to = status_text(decision, "to");
    html_write(out, "<li>");
    put_moment(out, status_text(decision, "at"));
    html_write(out, "<p><b>%s</b> ", status_text(decision, "machine"));
    if (strcmp(status_text(decision, "verdict"), "illegal") == 0)
        html_write(out, "<span class=\"mark alarm\">unexpected %s</span> ",
                   status_text(decision, "event"));
    else if (to[0] != '\0')
        html_write(out,
                   strcmp(from, to) == 0 ? "<span class=\"move\">stays %s</span> "
                                         : "<span class=\"move\">%s &rarr; %s</span> ",
                   from, to);
    if (status_text(decision, "rule")[0] != '\0')
        html_write(out, "<span class=\"rule\">%s</span>", status_text(decision, "rule"));
    html_write(out, "</p><p class=\"why\">%s", status_text(decision, "why"));
    if (status_text(decision, "reason")[0] != '\0')
        html_write(out, " <q>%s</q>", status_text(decision, "reason"));
    html_write(out, "</p></li>");
}

void page_html_timeline(FILE *out, const json_t *status)
{
    const json_t *timeline = json_object_get(status, "timeline");
    if (json_array_size(timeline) == 0) {
        put_none(out, "Nothing yet.");
        return;
    }
    html_write(out, "<ol class=\"timeline\">");
    for (size_t i = 0; i < json_array_size(timeline); i++)
        put_decision(out, json_array_get(timeline, i));
    html_write(out, "</ol>");
}
