#include "runtime/sim/report.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/sim/report_figures.h"
#include "runtime/sim/report_words.h"

/* ---- the verdict ---- */

static const json_t *worst_camera(const json_t *cameras)
{
    const json_t *worst = NULL;
    for (size_t i = 0; i < json_array_size(cameras); i++) {
        const json_t *camera = json_array_get(cameras, i);
        if (worst == NULL || report_number(camera, "gap_ms") > report_number(worst, "gap_ms"))
            worst = camera;
    }
    return worst;
}

static size_t count_cameras_with_gap(const json_t *cameras)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(cameras); i++)
        count += report_number(json_array_get(cameras, i), "gap_ms") > 0;
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
    fprintf(out, "outage \"%s\", %s: ", report_text(outage, "outage"),
            report_duration_in(outage, "lasts_ms").text);
    if (json_array_size(expectations) == 0)
        fputs("nothing is expected of it", out);
    else if (broken == 0)
        fputs("every expectation is held", out);
    else
        fprintf(out, "%zu of %zu expectations %s NOT held", broken, json_array_size(expectations),
                broken == 1 ? "is" : "are");
    if (worst == NULL)
        fputs("; there is no camera\n", out);
    else if (report_number(worst, "gap_ms") == 0)
        fputs("; no camera misses anything\n", out);
    else
        fprintf(out, "; %zu of %zu cameras %s something, the most %s (%s)\n",
                count_cameras_with_gap(cameras), json_array_size(cameras),
                count_cameras_with_gap(cameras) == 1 ? "misses" : "miss",
                report_text(worst, "name"), report_duration_in(worst, "gap_ms").text);
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
    const int width = report_names_width(expectations, "text");
    for (size_t i = 0; i < json_array_size(expectations); i++) {
        const json_t *expectation = json_array_get(expectations, i);
        const bool held = json_is_true(json_object_get(expectation, "held"));
        fprintf(out, "    %-8s  %-*s  found: %s\n", held ? "held" : "NOT HELD", width,
                report_text(expectation, "text"), report_text(expectation, "found"));
    }
}

/* ---- what happens ---- */

static bool is_shown(const json_t *event, bool verbose)
{
    return verbose || strncmp(report_text(event, "machine"), "camera ", 7) != 0;
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
        columns.server = report_width(columns.server, report_text(event, "server"));
        columns.machine = report_width(columns.machine, report_text(event, "machine"));
        columns.from = report_width(columns.from, report_text(event, "from"));
        columns.to = report_width(columns.to, report_text(event, "to"));
    }
    return columns;
}

static void report_event(FILE *out, const json_t *event, const struct columns *columns)
{
    fprintf(out, "    %s  %-*s  %-*s  %*s -> %-*s  %-3s  %s\n",
            report_clock(report_number(event, "at_ms")).text, columns->server,
            report_text(event, "server"), columns->machine, report_text(event, "machine"),
            columns->from, report_text(event, "from"), columns->to, report_text(event, "to"),
            report_text(event, "rule"), report_text(event, "why"));
}

/* A hook is written as the topology has it: each of its texts for itself. */
static void report_hook(FILE *out, const json_t *event, const struct columns *columns)
{
    const json_t *words = json_object_get(event, "hook");
    if (json_array_size(words) == 0)
        return;
    fprintf(out, "    %s  %-*s  %s %s: runs", report_clock(report_number(event, "at_ms")).text,
            columns->server, report_text(event, "server"), report_text(event, "published"),
            report_text(event, "machine") + strlen("failover "));
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
            (event == NULL || report_number(act, "at_ms") <= report_number(event, "at_ms"))) {
            fprintf(out, "    %s  * %s\n", report_clock(report_number(act, "at_ms")).text,
                    report_text(act, "act"));
            a++;
        } else {
            if (is_shown(event, verbose))
                report_event(out, event, &columns);
            report_hook(out, event, &columns);
            e++;
        }
    }
}

void report_write(FILE *out, const json_t *outage, bool verbose)
{
    report_verdict(out, outage);
    report_faults(out, json_object_get(outage, "faults"));
    report_expectations(out, json_object_get(outage, "expectations"));
    report_timeline(out, json_object_get(outage, "acts"), json_object_get(outage, "events"),
                    verbose);
    report_figures(out, outage, verbose);
}
