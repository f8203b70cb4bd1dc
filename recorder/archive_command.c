#include "recorder/archive_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/archive_report.h"
#include "recorder/archive_verify.h"
#include "recorder/moment.h"

static const char help[] =
    "usage: understudy-recorder archive list|gaps|verify VOLUME_DIR... [option ...]\n"
    "\n"
    "Reads the volumes alone; no server need be up. Of all volumes together it shows\n"
    "  list     what was recorded of each camera, by whom, under which epoch, on which volume\n"
    "  gaps     what nobody recorded (longer than 0.5 s), and what two servers did\n"
    "  verify   whether every segment is whole: bytes and SHA-256 against the index and the other "
    "way round\n"
    "\n"
    "  --camera NAME   only this camera\n"
    "  --from TIME     only from then on: 2026-11-23T20:45:12.345Z, without fractions, or a date "
    "alone. With gaps,\n"
    "  --to TIME       and until then     what is missing at such a bound is a gap too\n"
    "  --json          one JSON object\n"
    "  --fail          gaps: exit code 1 if there is a gap, or nothing at all\n"
    "\n"
    "Times are UTC. A segment that is being written counts as far as it has come. Where two "
    "servers recorded the\n"
    "same time, the higher epoch is shown. Exit code of verify: 1 if anything is wrong.\n";

struct request {
    const char *verb;
    struct archive_filter filter;
    bool json, fail;
    char **volumes;
    int volume_count;
};

static int wrong(const char *what, const char *word)
{
    fprintf(stderr, "understudy-recorder: archive: %s%s%s\n(--help says more)\n", what,
            word == NULL ? "" : ": ", word == NULL ? "" : word);
    return 2;
}

/* An option with a value. 0, or the exit code. */
static int valued_option(struct request *request, const char *option, const char *value)
{
    if (value == NULL)
        return wrong("a value is missing after", option);
    if (strcmp(option, "--camera") == 0)
        request->filter.camera_name = value;
    else if (!moment_parse(value, strcmp(option, "--from") == 0 ? &request->filter.from_ms
                                                                : &request->filter.to_ms))
        return wrong("a time looks like 2026-11-23T20:45:12Z (UTC), not like", value);
    return 0;
}

static bool has_value(const char *option)
{
    return strcmp(option, "--camera") == 0 || strcmp(option, "--from") == 0 ||
           strcmp(option, "--to") == 0;
}

/* Volumes are moved to the front of `arguments`. 0, or the exit code. */
static int parse(struct request *request, int count, char **arguments)
{
    *request = (struct request){.verb = arguments[0],
                                .filter = {.from_ms = INT64_MIN, .to_ms = INT64_MAX},
                                .volumes = arguments};
    for (int i = 1, code; i < count; i++) {
        if (has_value(arguments[i])) {
            code = valued_option(request, arguments[i], i + 1 < count ? arguments[i + 1] : NULL);
            if (code != 0)
                return code;
            i++;
        } else if (strcmp(arguments[i], "--json") == 0) {
            request->json = true;
        } else if (strcmp(arguments[i], "--fail") == 0 && strcmp(request->verb, "gaps") == 0) {
            request->fail = true;
        } else if (arguments[i][0] == '-') {
            return wrong("there is no such option", arguments[i]);
        } else {
            request->volumes[request->volume_count++] = arguments[i];
        }
    }
    if (request->volume_count == 0)
        return wrong("which volumes? Their directories are missing", NULL);
    if (request->filter.from_ms >= request->filter.to_ms)
        return wrong("--from must be before --to", NULL);
    return 0;
}

static int verify(const struct request *request)
{
    struct archive_verify verify = {.filter = &request->filter,
                                    .quiet = request->json,
                                    .problems = request->json ? json_array() : NULL};
    bool sound = true;

    for (int i = 0; i < request->volume_count; i++)
        sound = archive_verify_volume(&verify, request->volumes[i]) && sound;
    if (request->json) {
        json_t *root =
            json_pack("{s:I, s:I, s:o}", "segments", (json_int_t)verify.segments, "being_written",
                      (json_int_t)verify.growing, "problems", verify.problems);

        sound = json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && sound;
        putchar('\n');
        json_decref(root);
    } else {
        printf("%llu segments, %llu being written, %llu problems\n",
               (unsigned long long)verify.segments, (unsigned long long)verify.growing,
               (unsigned long long)verify.problem_count);
    }
    return !sound ? 3 : verify.problem_count > 0 ? 1 : 0;
}

/* The views of all cameras. False: memory is out. */
static bool make_views(const struct request *request, const struct archive *archive,
                       struct archive_view **views, size_t *count)
{
    *count = 0;
    *views = calloc(archive->count + 1, sizeof(**views));
    for (size_t next = 0; *views != NULL && next < archive->count; (*count)++)
        if (!archive_view_make(&(*views)[*count], archive, &next, &request->filter))
            return false;
    return *views != NULL;
}

/* Prints the views. Returns the exit code. */
static int report(const struct request *request, const struct archive_view *views, size_t count)
{
    bool is_gaps = strcmp(request->verb, "gaps") == 0;
    size_t gaps = 0;

    for (size_t i = 0; i < count; i++) {
        gaps += views[i].gap_count;
        if (!request->json && is_gaps)
            archive_report_gaps(&views[i]);
        else if (!request->json)
            archive_report_list(&views[i]);
    }
    if (request->json && !archive_report_json(views, count))
        return 3;
    if (count == 0 && !request->json)
        printf("nothing is recorded there%s%s\n",
               request->filter.camera_name != NULL ? " of camera " : "",
               request->filter.camera_name != NULL ? request->filter.camera_name : "");
    return request->fail && (gaps > 0 || count == 0) ? 1 : 0;
}

static int show(const struct request *request)
{
    struct archive archive = {.count = 0};
    struct archive_view *views = NULL;
    size_t count = 0;
    bool sound = true;
    int code = 3;

    for (int i = 0; i < request->volume_count; i++)
        sound = archive_scan(&archive, request->volumes[i], &request->filter) && sound;
    archive_sort(&archive);
    if (make_views(request, &archive, &views, &count))
        code = report(request, views, count);
    for (size_t i = 0; i < count; i++)
        archive_view_free(&views[i]);
    free(views);
    archive_free(&archive);
    return sound ? code : 3;
}

int archive_command(int count, char **arguments)
{
    struct request request;
    int code;

    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    if (count < 2 || (strcmp(arguments[1], "list") != 0 && strcmp(arguments[1], "gaps") != 0 &&
                      strcmp(arguments[1], "verify") != 0))
        return wrong("list, gaps or verify?", NULL);
    code = parse(&request, count - 1, arguments + 1);
    if (code != 0)
        return code;
    return strcmp(request.verb, "verify") == 0 ? verify(&request) : show(&request);
}
