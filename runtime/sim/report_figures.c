#include "runtime/sim/report_figures.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/sim/report_words.h"

/* Of a list, what has nothing to tell is summed up where there is more of it than a reader wants.
 */
#define QUIET_MAX 8

typedef bool is_quiet_entry(const json_t *entry);

static size_t count_quiet(const json_t *list, is_quiet_entry *is_quiet, bool verbose)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        count += is_quiet(json_array_get(list, i));
    return verbose || count <= QUIET_MAX ? 0 : count;
}

static bool camera_is_quiet(const json_t *camera)
{
    return json_array_size(json_object_get(camera, "gaps")) == 0 &&
           report_number(camera, "double_ms") == 0;
}

static bool standby_is_quiet(const json_t *standby)
{
    return report_number(standby, "peak_mains") == 0 &&
           report_number(standby, "overloaded_ms") == 0;
}

static bool failover_is_quiet(const json_t *failover)
{
    return report_number(failover, "starts") == 0 && report_number(failover, "queued_ms") == 0 &&
           report_number(failover, "flaps") == 0;
}

/* Where the cameras of the main of cameras[first], which stand beside each other, end. */
static size_t end_of_main(const json_t *cameras, size_t first)
{
    const char *main = report_text(json_array_get(cameras, first), "main");
    size_t end = first + 1;
    while (end < json_array_size(cameras) &&
           strcmp(report_text(json_array_get(cameras, end), "main"), main) == 0)
        end++;
    return end;
}

static bool all_quiet(const json_t *cameras, size_t first, size_t end)
{
    while (first < end && camera_is_quiet(json_array_get(cameras, first)))
        first++;
    return first == end;
}

static size_t count_quiet_mains(const json_t *cameras)
{
    size_t count = 0;
    for (size_t i = 0, end; i < json_array_size(cameras); i = end) {
        end = end_of_main(cameras, i);
        count += all_quiet(cameras, i, end);
    }
    return count;
}

static void report_camera(FILE *out, const json_t *camera, int name_width, int main_width)
{
    const json_t *gaps = json_object_get(camera, "gaps");
    fprintf(out, "    %-*s  %-*s  recorded %s", name_width, report_text(camera, "name"), main_width,
            report_text(camera, "main"), report_duration_in(camera, "recorded_ms").text);
    if (report_number(camera, "gap_ms") > 0)
        fprintf(out, ", gap %s", report_duration_in(camera, "gap_ms").text);
    if (report_number(camera, "double_ms") > 0)
        fprintf(out, ", double %s", report_duration_in(camera, "double_ms").text);
    fputc('\n', out);
    for (size_t i = 0; i < json_array_size(gaps); i++) {
        const json_t *gap = json_array_get(gaps, i);
        const int64_t from_ms = report_number(gap, "from_ms");
        const int64_t to_ms = report_number(gap, "to_ms");
        fprintf(out, "      gap from %s to %s (%s): %s\n", report_clock(from_ms).text,
                report_clock(to_ms).text, report_duration(to_ms - from_ms).text,
                report_text(gap, "cause"));
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
static void report_main(FILE *out, const json_t *cameras, size_t first, size_t end)
{
    const int name_width = report_names_width(cameras, "name");
    const int main_width = report_names_width(cameras, "main");
    for (size_t i = first, next; i < end; i = next) {
        const json_t *camera = json_array_get(cameras, i);
        for (next = i + 1; next < end; next++)
            if (!fared_alike(camera, json_array_get(cameras, next)))
                break;
        report_camera(out, camera, name_width, main_width);
        if (next - i == 2)
            fprintf(out, "      and %s likewise\n",
                    report_text(json_array_get(cameras, i + 1), "name"));
        else if (next - i > 2)
            fprintf(out, "      and %zu more likewise, to %s\n", next - i - 1,
                    report_text(json_array_get(cameras, next - 1), "name"));
    }
}

static void report_cameras(FILE *out, const json_t *cameras, bool verbose)
{
    const size_t quiet_mains = count_quiet_mains(cameras);
    const bool sum_up = !verbose && quiet_mains > QUIET_MAX;
    size_t quiet = 0;
    fputs("\n  cameras\n", out);
    for (size_t i = 0, end; i < json_array_size(cameras); i = end) {
        end = end_of_main(cameras, i);
        if (sum_up && all_quiet(cameras, i, end))
            quiet += end - i;
        else
            report_main(out, cameras, i, end);
    }
    if (sum_up)
        fprintf(out, "    the %zu cameras of %zu %smains miss nothing\n", quiet, quiet_mains,
                quiet < json_array_size(cameras) ? "other " : "");
}

static void report_standbys(FILE *out, const json_t *standbys, bool verbose)
{
    if (json_array_size(standbys) == 0)
        return;
    const int width = report_names_width(standbys, "name");
    const size_t quiet = count_quiet(standbys, standby_is_quiet, verbose);
    fputs("\n  standbys at their worst\n", out);
    for (size_t i = 0; i < json_array_size(standbys); i++) {
        const json_t *standby = json_array_get(standbys, i);
        if (quiet > 0 && standby_is_quiet(standby))
            continue;
        const int64_t mains = report_number(standby, "peak_mains");
        const int64_t cameras = report_number(standby, "peak_cameras");
        const int64_t bps = report_number(standby, "peak_network_bps");
        fprintf(out, "    %-*s  %" PRId64 " main%s carried, %" PRId64 " camera%s recorded", width,
                report_text(standby, "name"), mains, mains == 1 ? "" : "s", cameras,
                cameras == 1 ? "" : "s");
        if (bps > 0)
            fprintf(out, ", %g Mbit/s received", (double)bps / 1e6);
        if (report_number(standby, "overloaded_ms") > 0)
            fprintf(out, ", OVERLOADED for %s", report_duration_in(standby, "overloaded_ms").text);
        fputc('\n', out);
    }
    if (quiet > 0)
        fprintf(out, "    %zu others carry nothing\n", quiet);
}

static void report_failovers(FILE *out, const json_t *failovers, bool verbose)
{
    if (json_array_size(failovers) == 0)
        return;
    const int width = report_names_width(failovers, "name");
    const size_t quiet = count_quiet(failovers, failover_is_quiet, verbose);
    fputs("\n  failovers\n", out);
    for (size_t i = 0; i < json_array_size(failovers); i++) {
        const json_t *failover = json_array_get(failovers, i);
        if (quiet > 0 && failover_is_quiet(failover))
            continue;
        const int64_t starts = report_number(failover, "starts");
        fprintf(out, "    %-*s  started %" PRId64 " time%s, carried for %s", width,
                report_text(failover, "name"), starts, starts == 1 ? "" : "s",
                report_duration_in(failover, "carried_ms").text);
        if (report_number(failover, "queued_ms") > 0)
            fprintf(out, ", queued for %s", report_duration_in(failover, "queued_ms").text);
        if (report_number(failover, "flaps") > 0)
            fprintf(out, ", %" PRId64 " flap%s", report_number(failover, "flaps"),
                    report_number(failover, "flaps") == 1 ? "" : "s");
        fputc('\n', out);
    }
    if (quiet > 0)
        fprintf(out, "    %zu others never start\n", quiet);
}

/* How the grace of each failover ran down (R10). */
static void report_licences(FILE *out, const json_t *licences)
{
    if (json_array_size(licences) == 0)
        return;
    const int width = report_names_width(licences, "failover");
    fputs("\n  licences\n", out);
    for (size_t i = 0; i < json_array_size(licences); i++) {
        const json_t *licence = json_array_get(licences, i);
        const bool expired = json_is_true(json_object_get(licence, "expired"));
        fprintf(out, "    %s  %-*s  %s left; after %s: %s\n",
                report_clock(report_number(licence, "from_ms")).text, width,
                report_text(licence, "failover"), report_text(licence, "left"),
                report_duration(report_number(licence, "to_ms") - report_number(licence, "from_ms"))
                    .text,
                expired ? "EXPIRED (R11)" : report_text(licence, "left_at_end"));
    }
}

/* What left the first volume of its server. */
static void report_volumes(FILE *out, const json_t *volumes)
{
    if (json_array_size(volumes) == 0)
        return;
    const int server_width = report_names_width(volumes, "server");
    const int volume_width = report_names_width(volumes, "volume");
    fputs("\n  volumes other than the first\n", out);
    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const json_t *entry = json_array_get(volumes, i);
        const int64_t cameras = report_number(entry, "cameras");
        fprintf(out, "    %-*s  %-*s  %s in all, of %" PRId64 " camera%s%s\n", server_width,
                report_text(entry, "server"), volume_width, report_text(entry, "volume"),
                report_duration_in(entry, "recorded_ms").text, cameras, cameras == 1 ? "" : "s",
                json_is_true(json_object_get(entry, "fallback"))
                    ? "; its fallback, from which it is moved back later (R35)"
                    : "");
    }
}

static void report_alarms(FILE *out, const json_t *alarms)
{
    if (json_array_size(alarms) == 0)
        return;
    const int width = report_names_width(alarms, "server");
    fputs("\n  alarms\n", out);
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const int64_t from_ms = report_number(alarm, "from_ms");
        fprintf(out, "    %s  %-*s  %s, for %s (%s)\n", report_clock(from_ms).text, width,
                report_text(alarm, "server"), report_text(alarm, "why"),
                report_duration(report_number(alarm, "to_ms") - from_ms).text,
                report_text(alarm, "rule"));
    }
}

void report_figures(FILE *out, const json_t *outage, bool verbose)
{
    report_cameras(out, json_object_get(outage, "cameras"), verbose);
    report_standbys(out, json_object_get(outage, "standbys"), verbose);
    report_failovers(out, json_object_get(outage, "failovers"), verbose);
    report_licences(out, json_object_get(outage, "licences"));
    report_volumes(out, json_object_get(outage, "volumes"));
    report_alarms(out, json_object_get(outage, "alarms"));
}
