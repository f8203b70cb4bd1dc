#include "runtime/node/status_lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/zone.h"

/* Where lines go. */
struct writer {
    status_line *line;
    void *owner;
    enum status_tone tone; /* of the line that is being put together */
    char text[STATUS_LINE_BYTES];
    size_t size;
};

static void put(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(writer->text + writer->size, sizeof writer->text - writer->size,
                                 format, arguments);
    va_end(arguments);
    writer->size += length > 0 ? (size_t)length : 0;
    if (writer->size > sizeof writer->text - 1)
        writer->size = sizeof writer->text - 1;
}

static void end_line(struct writer *writer, enum status_line_kind kind)
{
    for (size_t i = 0; i < writer->size; i++)
        if ((unsigned char)writer->text[i] < ' ' || writer->text[i] == 0x7f)
            writer->text[i] = '?';
    writer->text[writer->size] = '\0';
    writer->line(writer->owner, kind, writer->tone, writer->text);
    writer->size = 0;
    writer->tone = TONE_IDLE;
}

/* ---- one of each ---- */

/* A camera of another server that nothing is wanted of here is no news. */
static bool is_shown(const json_t *camera)
{
    return status_is_own(camera) || !status_is(camera, "idle");
}

static bool is_any(const json_t *object)
{
    (void)object;
    return true;
}

static void put_camera(struct writer *writer, const json_t *camera, int width)
{
    char age[STATUS_WORDS_BYTES], size[STATUS_WORDS_BYTES], rate[STATUS_WORDS_BYTES];
    const char *state = status_text(camera, "state");
    writer->tone = status_camera_tone(state);
    put(writer, "  %-*s  %-9s", width, status_text(camera, "name"), state);
    if (!status_is_own(camera))
        put(writer, "  of %s", status_text(camera, "main"));
    if (!status_is(camera, "idle") && !status_is(camera, "armed"))
        put(writer, "  epoch %" PRId64 ", %s at %s/s, keyframe %s", status_number(camera, "epoch"),
            status_size(status_number(camera, "bytes"), size),
            status_size(status_number(camera, "bytes_per_s"), rate),
            status_age(status_number(camera, "keyframe_age_ms"), age));
    if (status_number(camera, "lost_frames") > 0)
        put(writer, ", %" PRId64 " pictures lost", status_number(camera, "lost_frames"));
    if (status_text(camera, "cause")[0] != '\0')
        put(writer, " (%s)", status_text(camera, "cause"));
}

/* What was recorded here is copied to the main's archive (R34). */
static void put_fill(struct writer *writer, const json_t *fill)
{
    char size[STATUS_WORDS_BYTES];
    const char *state = status_text(fill, "state");
    const int64_t segments = status_number(fill, "segments");
    if (state[0] == '\0' || (strcmp(state, "done") == 0 && segments == 0))
        return;
    put(writer, ", back-fill %s", state);
    if (segments > 0)
        put(writer, ": %" PRId64 " segment%s, %s", segments, segments == 1 ? "" : "s",
            status_size(status_number(fill, "bytes"), size));
    if (status_text(fill, "cause")[0] != '\0')
        put(writer, " (%s)", status_text(fill, "cause"));
}

static void put_maintenance(struct writer *writer, const json_t *maintenance)
{
    char left[STATUS_WORDS_BYTES];
    const int64_t left_ms = (status_number(maintenance, "left_ms") + 999) / 1000 * 1000;
    if (json_is_object(maintenance))
        put(writer, ", enabled by itself in %s (%s)", trace_duration(left_ms, left, sizeof left),
            status_text(maintenance, "reason"));
}

static void put_drill(struct writer *writer, const json_t *drill)
{
    char left[STATUS_WORDS_BYTES];
    const int64_t left_ms = (status_number(drill, "left_ms") + 999) / 1000 * 1000;
    if (json_is_object(drill))
        put(writer, ", DRILL: would be %s, over in %s at most (%s)", status_text(drill, "state"),
            trace_duration(left_ms, left, sizeof left), status_text(drill, "reason"));
}

static void put_failover(struct writer *writer, const json_t *failover, int width)
{
    char left[STATUS_WORDS_BYTES], flaps[STATUS_WORDS_BYTES], licence[STATUS_WORDS_BYTES];
    const int64_t licence_ms = status_number(failover, "licence_left_ms");
    const int64_t left_ms = status_number(failover, "wait_left_ms");
    const char *state = status_text(failover, "state");
    writer->tone = status_failover_words(state).tone;
    put(writer, "  %-*s  %-13s  watches %s, epoch %" PRId64 ", %s", width,
        status_text(failover, "name"), state, status_text(failover, "monitor"),
        status_number(failover, "epoch"),
        status_count(status_number(failover, "flaps"), "flap", "flaps", flaps));
    if (left_ms >= 0)
        put(writer, ", %s left", trace_duration((left_ms + 999) / 1000 * 1000, left, sizeof left));
    if (licence_ms >= 0)
        put(writer, ", licence for %s more", trace_time_left(licence_ms, licence, sizeof licence));
    put_fill(writer, json_object_get(failover, "fill"));
    put_maintenance(writer, json_object_get(failover, "maintenance"));
    put_drill(writer, json_object_get(failover, "drill"));
}

static void put_peer(struct writer *writer, const json_t *peer, int width)
{
    char age[STATUS_WORDS_BYTES];
    const bool up = status_true(peer, "up"), left = status_true(peer, "logged_off");
    writer->tone = up ? TONE_WELL : left ? TONE_IDLE : TONE_ATTENTION;
    put(writer, "  %-*s  %-13s  %s, heard %s", width, status_text(peer, "name"),
        up     ? "connected"
        : left ? "logged off"
               : "NOT CONNECTED",
        status_text(peer, "address"), status_age(status_number(peer, "heard_ms_ago"), age));
    if (status_text(peer, "trouble")[0] != '\0')
        put(writer, ": %s", status_text(peer, "trouble"));
}

/* max_running 0: no limit (R14). */
static void put_manager(struct writer *writer, const json_t *manager, int width)
{
    char slots[STATUS_WORDS_BYTES];
    const int64_t limit = status_number(manager, "max_running");
    const int64_t waiting = status_number(manager, "waiting");
    writer->tone = waiting > 0 ? TONE_ALARM : TONE_IDLE;
    put(writer, "  %-*s  %" PRId64 " of %s taken, %" PRId64 " waiting", width,
        status_text(manager, "name"), status_number(manager, "held"),
        limit > 0 ? status_count(limit, "slot", "slots", slots) : "any number of slots", waiting);
}

static void put_volume(struct writer *writer, const json_t *volume, int width)
{
    char own[STATUS_WORDS_BYTES], size[STATUS_WORDS_BYTES], left[STATUS_WORDS_BYTES],
        age[STATUS_WORDS_BYTES];
    const int64_t own_bytes = status_number(volume, "own_bytes");
    const int64_t size_bytes = status_number(volume, "size_bytes");
    const char *trouble = status_text(volume, "trouble");
    writer->tone = trouble[0] != '\0' ? TONE_ALARM : own_bytes >= 0 ? TONE_WELL : TONE_IDLE;
    put(writer, "  %-*s  %s%s", width, status_text(volume, "name"),
        status_true(volume, "shared") ? "NAS" : "disk",
        status_true(volume, "fallback") ? ", fallback" : "");
    if (own_bytes >= 0)
        put(writer, ", %s of this server%s%s%s, %s free, looked at %s", status_size(own_bytes, own),
            size_bytes > 0 ? " (" : "", size_bytes > 0 ? status_size(size_bytes, size) : "",
            size_bytes > 0 ? " at most)" : "",
            status_size(status_number(volume, "free_bytes"), left),
            status_age(status_number(volume, "looked_ms_ago"), age));
    else
        put(writer, ", not looked at yet");
    if (trouble[0] != '\0')
        put(writer, ": %s", trouble);
}

/* ---- all of them ---- */

static const struct {
    const char *key;
    bool (*shown)(const json_t *object);
    void (*put)(struct writer *writer, const json_t *object, int width);
} lists[] = {{"cameras", is_shown, put_camera},
             {"failovers", is_any, put_failover},
             {"peers", is_any, put_peer},
             {"managers", is_any, put_manager},
             {"volumes", is_any, put_volume}};

/* A heading and a line for each, with room for the longest name; nothing where there is none. */
static void put_list(struct writer *writer, const json_t *status, size_t which)
{
    const json_t *list = json_object_get(status, lists[which].key);
    int width = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        const int length = (int)strlen(status_text(object, "name"));
        if (lists[which].shown(object) && length > width)
            width = length;
    }
    if (width == 0)
        return;
    put(writer, "%s", lists[which].key);
    end_line(writer, STATUS_LINE_HEADING);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!lists[which].shown(json_array_get(list, i)))
            continue;
        lists[which].put(writer, json_array_get(list, i), width);
        end_line(writer, STATUS_LINE_PLAIN);
    }
}

/* A moment as people of the site read it. */
static const char *moment(const json_t *object, const char *key, char text[static CLOCK_TEXT_BYTES])
{
    int64_t wall_ms;
    const char *told = status_text(object, key);
    return zone_read(told, clock_wall_ms(), &wall_ms) ? zone_text(wall_ms, text) : told;
}

static void put_server(struct writer *writer, const json_t *status)
{
    char now[CLOCK_TEXT_BYTES], entries[STATUS_WORDS_BYTES], up[STATUS_WORDS_BYTES];
    const json_t *journal = json_object_get(status, "journal");
    const int64_t up_ms = status_number(status, "uptime_ms");
    put(writer, "server %s ", status_text(status, "server"));
    if (status_has_own_cameras(status))
        put(writer, "is %s, epoch %" PRId64, status_text(status, "state"),
            status_number(status, "epoch"));
    else
        put(writer, "has no cameras of its own");
    put(writer, "; up for %s; as of %s; deployment %s; %s",
        trace_duration((up_ms > 0 ? up_ms : 0) / 1000 * 1000, up, sizeof up),
        moment(status, "now_at", now), status_text(status, "deployment"),
        status_count(status_number(journal, "entries"), "journal entry", "journal entries",
                     entries));
    end_line(writer, STATUS_LINE_PLAIN);
}

static void put_alarms(struct writer *writer, const json_t *alarms)
{
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const char *rule = status_text(alarm, "rule");
        const char *subject = status_text(alarm, "subject");
        char since[CLOCK_TEXT_BYTES];
        if (i == 0) {
            put(writer, "alarms");
            end_line(writer, STATUS_LINE_HEADING);
        }
        writer->tone = TONE_ATTENTION;
        put(writer, "  %-8s  %s%s%s: %s%s%s%s, since %s", status_text(alarm, "priority"),
            status_text(alarm, "alarm"), subject[0] != '\0' ? " " : "", subject,
            status_text(alarm, "text"), rule[0] != '\0' ? " (" : "", rule,
            rule[0] != '\0' ? ")" : "", moment(alarm, "since_at", since));
        end_line(writer, STATUS_LINE_PLAIN);
    }
}

/* What an arbiter out of reach had is not what it has. */
static void put_claim(struct writer *writer, const json_t *claim, bool in_reach)
{
    const char *holder = status_text(claim, "holder"), *volume = status_text(claim, "volume");
    put(writer, "  the claim of %s%s%s: ", status_text(claim, "main"),
        volume[0] != '\0' ? " on " : "", volume);
    if (holder[0] == '\0')
        put(writer, "nobody has had it");
    else
        put(writer, "%s, epoch %" PRId64 ", %s", holder, status_number(claim, "epoch"),
            !in_reach                     ? "when it was last seen"
            : status_true(claim, "alive") ? "alive"
                                          : "lapsed");
    end_line(writer, STATUS_LINE_PLAIN);
}

static void put_coordinator(struct writer *writer, const json_t *coordinator)
{
    char since[STATUS_WORDS_BYTES];
    const bool in_reach = status_true(coordinator, "in_reach");
    const json_t *claims = json_object_get(coordinator, "claims");
    const int64_t since_ms = status_number(coordinator, "since_ms");
    if (!json_is_object(coordinator))
        return;
    put(writer, "coordinator");
    end_line(writer, STATUS_LINE_HEADING);
    writer->tone = in_reach ? TONE_WELL : TONE_ALARM;
    put(writer, "  %s for %s%s%s", in_reach ? "in reach" : "OUT OF REACH",
        trace_duration((since_ms > 0 ? since_ms : 0) / 1000 * 1000, since, sizeof since),
        in_reach ? ", " : ": ", status_text(coordinator, in_reach ? "endpoint" : "trouble"));
    end_line(writer, STATUS_LINE_PLAIN);
    for (size_t i = 0; i < json_array_size(claims); i++)
        put_claim(writer, json_array_get(claims, i), in_reach);
}

static void put_claims(struct writer *writer, const json_t *claims)
{
    char since[STATUS_WORDS_BYTES];
    if (json_array_size(claims) == 0)
        return;
    put(writer, "claims on shared volumes");
    end_line(writer, STATUS_LINE_HEADING);
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *claim = json_array_get(claims, i);
        const bool in_reach = status_true(claim, "in_reach");
        const int64_t since_ms = status_number(claim, "since_ms");
        put_claim(writer, claim, in_reach);
        if (in_reach)
            continue;
        writer->tone = TONE_ATTENTION;
        put(writer, "    cannot be decided for %s: %s",
            trace_duration((since_ms > 0 ? since_ms : 0) / 1000 * 1000, since, sizeof since),
            status_text(claim, "trouble"));
        end_line(writer, STATUS_LINE_PLAIN);
    }
}

static void put_decision(struct writer *writer, const json_t *decision)
{
    const char *from = status_text(decision, "from"), *to = status_text(decision, "to");
    const char *rule = status_text(decision, "rule"), *reason = status_text(decision, "reason");
    char at[CLOCK_TEXT_BYTES];
    put(writer, "  %s  ", moment(decision, "at", at));
    if (status_text(decision, "machine")[0] != '\0')
        put(writer, "%s: ", status_text(decision, "machine"));
    if (strcmp(from, to) != 0)
        put(writer, "%s -> %s: ", from, to);
    put(writer, "%s%s%s%s", status_text(decision, "why"), rule[0] != '\0' ? " (" : "", rule,
        rule[0] != '\0' ? ")" : "");
    if (reason[0] != '\0')
        put(writer, " [%s]", reason);
    end_line(writer, STATUS_LINE_PLAIN);
}

static void put_decisions(struct writer *writer, const json_t *status, size_t count)
{
    const json_t *timeline = json_object_get(status, "timeline");
    const size_t kept = json_array_size(timeline);
    if (kept == 0 || count == 0)
        return;
    put(writer, "decided last");
    end_line(writer, STATUS_LINE_HEADING);
    for (size_t i = 0; i < count && i < kept; i++)
        put_decision(writer, json_array_get(timeline, i));
}

bool status_lines(const json_t *status, size_t decisions, status_line *line, void *owner)
{
    struct writer writer = {.line = line, .owner = owner};
    const json_t *verdict = json_object_get(status, "verdict");
    if (!json_is_object(verdict) || !json_is_object(json_object_get(status, "journal")))
        return false;
    zone_use(status_text(json_object_get(status, "site"), "time_zone"));
    const char *level = status_text(verdict, "level");
    const bool well = status_true(verdict, "ok");
    writer.tone = well ? TONE_WELL : status_tone_of_level(level);
    put(&writer, "%s%s",
        well                        ? ""
        : writer.tone == TONE_ALARM ? "ALARM: "
                                    : "ATTENTION: ",
        status_text(verdict, "text"));
    end_line(&writer, STATUS_LINE_VERDICT);
    put_server(&writer, status);
    put_alarms(&writer, json_object_get(status, "alarms"));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        put_list(&writer, status, i);
    put_coordinator(&writer, json_object_get(status, "coordinator"));
    put_claims(&writer, json_object_get(status, "claims"));
    put_decisions(&writer, status, decisions);
    return true;
}
