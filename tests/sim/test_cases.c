/* Virtual-time traces, one for each rule: tests/sim/cases/NAME.lua is a small site, NAME.outage.lua
 * what happens to it, NAME.trace what must come of it, line for line. The rules of a case stand in
 * its name; every trace was worked out by hand from them and from the dry run's time model.
 *
 * With UNDERSTUDY_WRITE_TRACES set to a folder the traces found are written there, to be compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CASES      "tests/sim/cases"
#define CASES_MAX  100
#define PATH_BYTES 512

static const char *programs(void)
{
    const char *folder = getenv("UNDERSTUDY_BIN");
    return folder != NULL ? folder : "build/bin";
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static long long number_in(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static double seconds_in(const json_t *object, const char *key)
{
    return (double)number_in(object, key) / 1000;
}

/* ---- a trace ---- */

static void trace_event(FILE *out, const json_t *event)
{
    if (strncmp(text_in(event, "machine"), "camera ", 7) != 0)
        fprintf(out, "%8.3f  %s: %s, %s: %s -> %s (%s)\n", seconds_in(event, "at_ms"),
                text_in(event, "server"), text_in(event, "machine"), text_in(event, "event"),
                text_in(event, "from"), text_in(event, "to"), text_in(event, "rule"));
    if (json_is_array(json_object_get(event, "hook"))) {
        char *words = json_dumps(json_object_get(event, "hook"), 0);
        fprintf(out, "%8.3f  %s: %s runs %s\n", seconds_in(event, "at_ms"),
                text_in(event, "server"), text_in(event, "published"), words);
        free(words);
    }
}

/* A volume is told of where some server of the case writes to more than one. */
static bool are_volumes_told(const json_t *cameras)
{
    size_t c, i;
    const json_t *camera, *span;
    json_t *volumes = json_object(); /* server: volume */
    bool told = false;
    json_array_foreach(cameras, c, camera)
        json_array_foreach(json_object_get(camera, "by"), i, span)
    {
        const json_t *known = json_object_get(volumes, text_in(span, "server"));
        told = told || (known != NULL && !json_equal(known, json_object_get(span, "volume")));
        json_object_set(volumes, text_in(span, "server"), json_object_get(span, "volume"));
    }
    json_decref(volumes);
    return told;
}

static void trace_camera(FILE *out, const json_t *camera, bool volumes)
{
    size_t i;
    const json_t *item;
    fprintf(out, "%s:", text_in(camera, "name"));
    json_array_foreach(json_object_get(camera, "by"), i, item)
        fprintf(out, " %s/%lld%s%s %g-%g", text_in(item, "server"), number_in(item, "epoch"),
                volumes ? "@" : "", volumes ? text_in(item, "volume") : "",
                seconds_in(item, "from_ms"), seconds_in(item, "to_ms"));
    fprintf(out, "; double %g\n", seconds_in(camera, "double_ms"));
    json_array_foreach(json_object_get(camera, "gaps"), i, item)
        fprintf(out, "  gap %g-%g: %s\n", seconds_in(item, "from_ms"), seconds_in(item, "to_ms"),
                text_in(item, "cause"));
}

/* What a standby received at its worst, where rates are declared. */
static void trace_standby(FILE *out, const json_t *standby)
{
    if (number_in(standby, "peak_network_bps") > 0)
        fprintf(out,
                "%s: at most %lld mains, %lld cameras, %g Mbit/s received, %g written, "
                "overloaded %g\n",
                text_in(standby, "name"), number_in(standby, "peak_mains"),
                number_in(standby, "peak_cameras"),
                (double)number_in(standby, "peak_network_bps") / 1e6,
                (double)number_in(standby, "peak_write_bps") / 1e6,
                seconds_in(standby, "overloaded_ms"));
}

/* The acts from *next on that are due at until_ms or before. */
static void trace_acts(FILE *out, const json_t *acts, size_t *next, long long until_ms)
{
    for (; *next < json_array_size(acts); (*next)++) {
        const json_t *act = json_array_get(acts, *next);
        if (number_in(act, "at_ms") > until_ms)
            return;
        fprintf(out, "%8.3f  * %s\n", seconds_in(act, "at_ms"), text_in(act, "act"));
    }
}

static void trace_outage(FILE *out, const json_t *outage)
{
    size_t i;
    const json_t *item;
    size_t act = 0;
    const json_t *acts = json_object_get(outage, "acts");
    json_array_foreach(json_object_get(outage, "events"), i, item)
    {
        trace_acts(out, acts, &act, number_in(item, "at_ms"));
        trace_event(out, item);
    }
    trace_acts(out, acts, &act, number_in(outage, "lasts_ms"));
    const json_t *cameras = json_object_get(outage, "cameras");
    const bool volumes = are_volumes_told(cameras);
    json_array_foreach(cameras, i, item) trace_camera(out, item, volumes);
    json_array_foreach(json_object_get(outage, "standbys"), i, item) trace_standby(out, item);
    json_array_foreach(json_object_get(outage, "failovers"), i, item)
        fprintf(out, "%s: started %lld, queued %g, carried %g, flaps %lld\n", text_in(item, "name"),
                number_in(item, "starts"), seconds_in(item, "queued_ms"),
                seconds_in(item, "carried_ms"), number_in(item, "flaps"));
    json_array_foreach(json_object_get(outage, "licences"), i, item) fprintf(
        out, "licence of %s %g-%g: %s left, %s\n", text_in(item, "failover"),
        seconds_in(item, "from_ms"), seconds_in(item, "to_ms"), text_in(item, "left"),
        json_is_true(json_object_get(item, "expired")) ? "expired" : text_in(item, "left_at_end"));
    json_array_foreach(json_object_get(outage, "volumes"), i, item)
        fprintf(out, "%s on %s%s: %g\n", text_in(item, "server"), text_in(item, "volume"),
                json_is_true(json_object_get(item, "fallback")) ? ", its fallback" : "",
                seconds_in(item, "recorded_ms"));
    json_array_foreach(json_object_get(outage, "alarms"), i, item) fprintf(
        out, "alarm of %s %g-%g: %s (%s)\n", text_in(item, "server"), seconds_in(item, "from_ms"),
        seconds_in(item, "to_ms"), text_in(item, "why"), text_in(item, "rule"));
    json_array_foreach(json_object_get(outage, "expectations"), i, item) fprintf(
        out, "%s: %s, %s\n", text_in(item, "text"),
        json_is_true(json_object_get(item, "held")) ? "held" : "not held", text_in(item, "found"));
}

/* ---- a case ---- */

static json_t *simulate(const char *name)
{
    char command[4 * PATH_BYTES];
    json_error_t problem;
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' simulate '" CASES "/%s.lua' '" CASES
             "/%s.outage.lua' --json",
             programs(), name, name);
    FILE *program = popen(command, "r");
    assert_non_null(program);
    json_t *outages = json_loadf(program, 0, &problem);
    pclose(program);
    if (outages == NULL)
        fail_msg("%s: %s", name, problem.text);
    return outages;
}

/* What is recorded, and what is not, is the whole; and nothing illegal has happened. */
static void check_figures(const char *name, const json_t *outage)
{
    size_t i;
    const json_t *camera;
    if (json_array_size(json_object_get(outage, "faults")) > 0)
        fail_msg("%s: %s", name,
                 json_string_value(json_array_get(json_object_get(outage, "faults"), 0)));
    json_array_foreach(json_object_get(outage, "cameras"), i, camera)
        assert_int_equal(number_in(camera, "recorded_ms") + number_in(camera, "gap_ms"),
                         number_in(outage, "lasts_ms"));
}

static char *read_text(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &status) != 0)
        return NULL;
    char *text = calloc(1, (size_t)status.st_size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)status.st_size, file), status.st_size);
    fclose(file);
    return text;
}

static void write_trace(const char *name, const char *trace)
{
    char path[PATH_BYTES];
    const char *folder = getenv("UNDERSTUDY_WRITE_TRACES");
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.trace", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(trace, file);
    fclose(file);
}

static void a_case_comes_out_as_its_rules_say(void **context)
{
    const char *name = *context;
    char path[PATH_BYTES];
    char *found = NULL;
    size_t size = 0;
    json_t *outages = simulate(name);
    FILE *out = open_memstream(&found, &size);
    for (size_t i = 0; i < json_array_size(outages); i++) {
        trace_outage(out, json_array_get(outages, i));
        check_figures(name, json_array_get(outages, i));
    }
    fclose(out);
    json_decref(outages);
    write_trace(name, found);
    snprintf(path, sizeof path, CASES "/%s.trace", name);
    char *expected = read_text(path);
    if (expected == NULL || strcmp(expected, found) != 0) {
        fprintf(stderr, "%s: found instead:\n%s\n", path, found);
        fail_msg("%s is not what was found", path);
    }
    free(expected);
    free(found);
}

/* START when the objects move to the standby, STOP when they are back on their main (R16): once for
 * each way there and back, whoever began it; none for what is resumed after a restart. */
static void starts_and_stops_are_published(void **context)
{
    (void)context;
    static const struct {
        long long starts, stops;
    } expected[] = {{2, 2}, {1, 1}, {1, 0}};
    size_t i;
    const json_t *outage;
    json_t *outages = simulate("r16-start-stop");
    assert_int_equal(json_array_size(outages), 3);
    json_array_foreach(outages, i, outage)
    {
        const json_t *failover = json_array_get(json_object_get(outage, "failovers"), 0);
        assert_int_equal(number_in(failover, "starts"), expected[i].starts);
        assert_int_equal(number_in(failover, "stops"), expected[i].stops);
    }
    json_decref(outages);
}

static long long fills_in(const char *name)
{
    json_t *outages = simulate(name);
    const json_t *failovers = json_object_get(json_array_get(outages, 0), "failovers");
    const long long fills = number_in(json_array_get(failovers, 0), "fills");
    json_decref(outages);
    return fills;
}

/* After each return what the standby recorded on a volume that the main does not have is to be
 * copied to it (R34); nothing is where both record on one NAS, or where nothing was returned. */
static void what_was_carried_is_to_be_copied(void **context)
{
    (void)context;
    assert_int_equal(fills_in("r16-start-stop"), 2);
    assert_int_equal(fills_in("r05-r27-return"), 1);
    assert_int_equal(fills_in("r01-trigger"), 0);
    assert_int_equal(fills_in("r06-r31-shared-nas"), 0);
}

static int is_outage(const struct dirent *entry)
{
    const char *dot = strchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".outage.lua") == 0;
}

int main(void)
{
    struct dirent **entries;
    struct CMUnitTest tests[CASES_MAX + 2];
    const int count = scandir(CASES, &entries, is_outage, alphasort);
    if (count <= 0 || count > CASES_MAX) {
        fputs("the cases are not found: run this from the top of the tree\n", stderr);
        return 3;
    }
    for (int i = 0; i < count; i++) {
        *strchr(entries[i]->d_name, '.') = '\0';
        tests[i] = (struct CMUnitTest){.name = entries[i]->d_name,
                                       .test_func = a_case_comes_out_as_its_rules_say,
                                       .initial_state = entries[i]->d_name};
    }
    tests[count] = (struct CMUnitTest)cmocka_unit_test(starts_and_stops_are_published);
    tests[count + 1] = (struct CMUnitTest)cmocka_unit_test(what_was_carried_is_to_be_copied);
    const int failed = _cmocka_run_group_tests("cases", tests, (size_t)count + 2, NULL, NULL);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return failed;
}
