#include "runtime/sim/report.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/engine/trace.h"

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static int64_t number_in(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static int width_of(int width, const char *text)
{
    const int length = (int)strlen(text);
    return length > width ? length : width;
}

/* The widest name in a list. */
static int names_width(const json_t *list, const char *key)
{
    int width = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        width = width_of(width, text_in(json_array_get(list, i), key));
    return width;
}

struct duration {
    char text[64];
};

static struct duration duration_of(int64_t duration_ms)
{
    struct duration duration;
    trace_duration(duration_ms, duration.text, sizeof duration.text);
    return duration;
}

static struct duration duration_in(const json_t *object, const char *key)
{
    return duration_of(number_in(object, key));
}

/* "00:00:12.000": the time since the start of the outage. */
static struct duration clock_of(int64_t at_ms)
{
    struct duration clock;
    snprintf(clock.text, sizeof clock.text, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64,
             at_ms / 3600000, at_ms / 60000 % 60, at_ms / 1000 % 60, at_ms % 1000);
    return clock;
}

/* ---- the verdict ---- */

static const json_t *worst_camera(const json_t *cameras)
{
    const json_t *worst = NULL;
    for (size_t i = 0; i < json_array_size(cameras); i++) {
        const json_t *camera = json_array_get(cameras, i);
        if (worst == NULL || number_in(camera, "gap_ms") > number_in(worst, "gap_ms"))
            worst = camera;
    }
    return worst;
}

static size_t count_cameras_with_gap(const json_t *cameras)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(cameras); i++)
        count += number_in(json_array_get(cameras, i), "gap_ms") > 0;
    return count;
}

static size_t count_broken(const json_t *expectations)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(expectations); i++)
        count += !json_is_true(json_object_get(json_array_get(expectations, i), "held"));
    return count;
}

static void report_verdict(FILE *out, const json_t *outage)
{
    const json_t *cameras = json_object_get(outage, "cameras");
    const json_t *expectations = json_object_get(outage, "expectations");
    const json_t *worst = worst_camera(cameras);
    const size_t broken = count_broken(expectations);
    fprintf(out, "outage \"%s\", %s: ", text_in(outage, "outage"),
            duration_in(outage, "lasts_ms").text);
    if (json_array_size(expectations) == 0)
        fputs("nothing is expected of it", out);
    else if (broken == 0)
        fputs("every expectation is held", out);
    else
        fprintf(out, "%zu of %zu expectations %s NOT held", broken, json_array_size(expectations),
                broken == 1 ? "is" : "are");
    if (worst == NULL)
        fputs("; there is no camera\n", out);
    else if (number_in(worst, "gap_ms") == 0)
        fputs("; no camera misses anything\n", out);
    else
        fprintf(out, "; %zu of %zu cameras %s something, the most %s (%s)\n",
                count_cameras_with_gap(cameras), json_array_size(cameras),
                count_cameras_with_gap(cameras) == 1 ? "misses" : "miss", text_in(worst, "name"),
                duration_in(worst, "gap_ms").text);
}

static void report_faults(FILE *out, const json_t *faults)
{
    if (json_array_size(faults) == 0)
        return;
    fputs("\n  UNDERSTUDY ITSELF IS AT FAULT; please report this with the topology and the "
          "outage file:\n",
          out);
    for (size_t i = 0; i < json_array_size(faults); i++)
        fprintf(out, "    %s\n", json_string_value(json_array_get(faults, i)));
}

static void report_expectations(FILE *out, const json_t *expectations)
{
    if (json_array_size(expectations) == 0)
        return;
    fputs("\n  expectations\n", out);
    const int width = names_width(expectations, "text");
    for (size_t i = 0; i < json_array_size(expectations); i++) {
        const json_t *expectation = json_array_get(expectations, i);
        const bool held = json_is_true(json_object_get(expectation, "held"));
        fprintf(out, "    %-8s  %-*s  found: %s\n", held ? "held" : "NOT HELD", width,
                text_in(expectation, "text"), text_in(expectation, "found"));
    }
}

/* ---- what happens ---- */

static bool is_shown(const json_t *event, bool verbose)
{
    return verbose || strncmp(text_in(event, "machine"), "camera ", 7) != 0;
}

struct columns {
    int server;
    int machine;
    int from;
    int to;
};

static struct columns measure_events(const json_t *events, bool verbose)
{
    struct columns columns = {0};
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        if (!is_shown(event, verbose))
            continue;
        columns.server = width_of(columns.server, text_in(event, "server"));
        columns.machine = width_of(columns.machine, text_in(event, "machine"));
        columns.from = width_of(columns.from, text_in(event, "from"));
        columns.to = width_of(columns.to, text_in(event, "to"));
    }
    return columns;
}

static void report_event(FILE *out, const json_t *event, const struct columns *columns)
{
    fprintf(out, "    %s  %-*s  %-*s  %*s -> %-*s  %-3s  %s\n",
            clock_of(number_in(event, "at_ms")).text, columns->server, text_in(event, "server"),
            columns->machine, text_in(event, "machine"), columns->from, text_in(event, "from"),
            columns->to, text_in(event, "to"), text_in(event, "rule"), text_in(event, "why"));
}

/* A hook is written as the topology has it: each of its texts for itself. */
static void report_hook(FILE *out, const json_t *event, const struct columns *columns)
{
    const json_t *words = json_object_get(event, "hook");
    if (json_array_size(words) == 0)
        return;
    fprintf(out, "    %s  %-*s  %s %s: runs", clock_of(number_in(event, "at_ms")).text,
            columns->server, text_in(event, "server"), text_in(event, "published"),
            text_in(event, "machine") + strlen("failover "));
    for (size_t i = 0; i < json_array_size(words); i++)
        fprintf(out, "%s\"%s\"", i > 0 ? ", " : " ", json_string_value(json_array_get(words, i)));
    fputs(" (R16)\n", out);
}

/* Acts and events are each in order of time; an act comes before what it brings about. */
static void report_timeline(FILE *out, const json_t *acts, const json_t *events, bool verbose)
{
    const struct columns columns = measure_events(events, verbose);
    size_t a = 0;
    size_t e = 0;
    fputs("\n  what happens\n", out);
    while (a < json_array_size(acts) || e < json_array_size(events)) {
        const json_t *act = json_array_get(acts, a);
        const json_t *event = json_array_get(events, e);
        if (act != NULL &&
            (event == NULL || number_in(act, "at_ms") <= number_in(event, "at_ms"))) {
            fprintf(out, "    %s  * %s\n", clock_of(number_in(act, "at_ms")).text,
                    text_in(act, "act"));
            a++;
        } else {
            if (is_shown(event, verbose))
                report_event(out, event, &columns);
            report_hook(out, event, &columns);
            e++;
        }
    }
}

/* ---- the figures ---- */

static void report_camera(FILE *out, const json_t *camera, int name_width, int main_width)
{
    const json_t *gaps = json_object_get(camera, "gaps");
    fprintf(out, "    %-*s  %-*s  recorded %s", name_width, text_in(camera, "name"), main_width,
            text_in(camera, "main"), duration_in(camera, "recorded_ms").text);
    if (number_in(camera, "gap_ms") > 0)
        fprintf(out, ", gap %s", duration_in(camera, "gap_ms").text);
    if (number_in(camera, "double_ms") > 0)
        fprintf(out, ", double %s", duration_in(camera, "double_ms").text);
    fputc('\n', out);
    for (size_t i = 0; i < json_array_size(gaps); i++) {
        const json_t *gap = json_array_get(gaps, i);
        const int64_t from_ms = number_in(gap, "from_ms");
        const int64_t to_ms = number_in(gap, "to_ms");
        fprintf(out, "      gap from %s to %s (%s): %s\n", clock_of(from_ms).text,
                clock_of(to_ms).text, duration_of(to_ms - from_ms).text, text_in(gap, "cause"));
    }
}

/* Whether two cameras of one main fared alike in all that the report says of them. */
static bool fared_alike(const json_t *a, const json_t *b)
{
    static const char *const said[] = {"main", "recorded_ms", "gap_ms", "double_ms", "gaps"};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (!json_equal(json_object_get(a, said[i]), json_object_get(b, said[i])))
            return false;
    return true;
}

/* Cameras in a row that fared alike are told of once. */
static void report_cameras(FILE *out, const json_t *cameras)
{
    const int name_width = names_width(cameras, "name");
    const int main_width = names_width(cameras, "main");
    const size_t count = json_array_size(cameras);
    fputs("\n  cameras\n", out);
    for (size_t i = 0, next; i < count; i = next) {
        const json_t *camera = json_array_get(cameras, i);
        for (next = i + 1; next < count; next++)
            if (!fared_alike(camera, json_array_get(cameras, next)))
                break;
        report_camera(out, camera, name_width, main_width);
        if (next - i == 2)
            fprintf(out, "      and %s likewise\n",
                    text_in(json_array_get(cameras, i + 1), "name"));
        else if (next - i > 2)
            fprintf(out, "      and %zu more likewise, to %s\n", next - i - 1,
                    text_in(json_array_get(cameras, next - 1), "name"));
    }
}

static void report_standbys(FILE *out, const json_t *standbys)
{
    if (json_array_size(standbys) == 0)
        return;
    const int width = names_width(standbys, "name");
    fputs("\n  standbys at their worst\n", out);
    for (size_t i = 0; i < json_array_size(standbys); i++) {
        const json_t *standby = json_array_get(standbys, i);
        const int64_t mains = number_in(standby, "peak_mains");
        const int64_t cameras = number_in(standby, "peak_cameras");
        const int64_t bps = number_in(standby, "peak_network_bps");
        fprintf(out, "    %-*s  %" PRId64 " main%s carried, %" PRId64 " camera%s recorded", width,
                text_in(standby, "name"), mains, mains == 1 ? "" : "s", cameras,
                cameras == 1 ? "" : "s");
        if (bps > 0)
            fprintf(out, ", %g Mbit/s received", (double)bps / 1e6);
        if (number_in(standby, "overloaded_ms") > 0)
            fprintf(out, ", OVERLOADED for %s", duration_in(standby, "overloaded_ms").text);
        fputc('\n', out);
    }
}

static void report_failovers(FILE *out, const json_t *failovers)
{
    if (json_array_size(failovers) == 0)
        return;
    const int width = names_width(failovers, "name");
    fputs("\n  failovers\n", out);
    for (size_t i = 0; i < json_array_size(failovers); i++) {
        const json_t *failover = json_array_get(failovers, i);
        const int64_t starts = number_in(failover, "starts");
        fprintf(out, "    %-*s  started %" PRId64 " time%s, carried for %s", width,
                text_in(failover, "name"), starts, starts == 1 ? "" : "s",
                duration_in(failover, "carried_ms").text);
        if (number_in(failover, "queued_ms") > 0)
            fprintf(out, ", queued for %s", duration_in(failover, "queued_ms").text);
        if (number_in(failover, "flaps") > 0)
            fprintf(out, ", %" PRId64 " flap%s", number_in(failover, "flaps"),
                    number_in(failover, "flaps") == 1 ? "" : "s");
        fputc('\n', out);
    }
}

/* How the grace of each failover ran down (R10). */
static void report_licences(FILE *out, const json_t *licences)
{
    if (json_array_size(licences) == 0)
        return;
    const int width = names_width(licences, "failover");
    fputs("\n  licences\n", out);
    for (size_t i = 0; i < json_array_size(licences); i++) {
        const json_t *licence = json_array_get(licences, i);
        const bool expired = json_is_true(json_object_get(licence, "expired"));
        fprintf(out, "    %s  %-*s  %s left; after %s: %s\n",
                clock_of(number_in(licence, "from_ms")).text, width, text_in(licence, "failover"),
                text_in(licence, "left"),
                duration_of(number_in(licence, "to_ms") - number_in(licence, "from_ms")).text,
                expired ? "EXPIRED (R11)" : text_in(licence, "left_at_end"));
    }
}

/* What left the first volume of its server. */
static void report_volumes(FILE *out, const json_t *volumes)
{
    if (json_array_size(volumes) == 0)
        return;
    const int server_width = names_width(volumes, "server");
    const int volume_width = names_width(volumes, "volume");
    fputs("\n  volumes other than the first\n", out);
    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const json_t *entry = json_array_get(volumes, i);
        const int64_t cameras = number_in(entry, "cameras");
        fprintf(out, "    %-*s  %-*s  %s in all, of %" PRId64 " camera%s%s\n", server_width,
                text_in(entry, "server"), volume_width, text_in(entry, "volume"),
                duration_in(entry, "recorded_ms").text, cameras, cameras == 1 ? "" : "s",
                json_is_true(json_object_get(entry, "fallback"))
                    ? "; its fallback, from which it is moved back later (R35)"
                    : "");
    }
}

static void report_alarms(FILE *out, const json_t *alarms)
{
    if (json_array_size(alarms) == 0)
        return;
    const int width = names_width(alarms, "server");
    fputs("\n  alarms\n", out);
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const int64_t from_ms = number_in(alarm, "from_ms");
        fprintf(out, "    %s  %-*s  %s, for %s (%s)\n", clock_of(from_ms).text, width,
                text_in(alarm, "server"), text_in(alarm, "why"),
                duration_of(number_in(alarm, "to_ms") - from_ms).text, text_in(alarm, "rule"));
    }
}

void report_write(FILE *out, const json_t *outage, bool verbose)
{
    report_verdict(out, outage);
    report_faults(out, json_object_get(outage, "faults"));
    report_expectations(out, json_object_get(outage, "expectations"));
    report_timeline(out, json_object_get(outage, "acts"), json_object_get(outage, "events"),
                    verbose);
    report_cameras(out, json_object_get(outage, "cameras"));
    report_standbys(out, json_object_get(outage, "standbys"));
    report_failovers(out, json_object_get(outage, "failovers"));
    report_licences(out, json_object_get(outage, "licences"));
    report_volumes(out, json_object_get(outage, "volumes"));
    report_alarms(out, json_object_get(outage, "alarms"));
}
