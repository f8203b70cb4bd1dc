#include "runtime/node/drill_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/node/client.h"
#include "runtime/node/options.h"
#include "runtime/node/status_read.h"

#define LOOK_MS 500

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return EXIT_SYSTEM;
}

/* The caller's; NULL: code is set, and the trouble told. Takes the request. */
static json_t *ask(const char *state, json_t *request, int *code)
{
    char error[TEXT_BYTES_MAX];
    json_t *answer = client_ask(state, request, error);
    json_decref(request);
    if (answer == NULL) {
        *code = complain(error);
        return NULL;
    }
    if (status_true(answer, "ok"))
        return answer;
    fprintf(stderr, "understudy: %s\n", status_text(answer, "text"));
    *code = 1;
    json_decref(answer);
    return NULL;
}

/* ---- printing ---- */

static void print_seconds(int64_t ms)
{
    printf("%6" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
}

static size_t print_steps(const json_t *report, size_t from)
{
    const json_t *steps = json_object_get(report, "steps");
    for (size_t i = from; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        print_seconds(status_number(step, "after_ms"));
        printf("  %s -> %s  %s  %s\n", status_text(step, "from"), status_text(step, "to"),
               status_text(step, "rule"), status_text(step, "why"));
    }
    fflush(stdout);
    return json_array_size(steps);
}

static void print_camera(const json_t *camera, int width)
{
    const int64_t gap_ms = status_number(camera, "gap_ms");
    printf("  %-*s  ", width, status_text(camera, "name"));
    if (status_is(camera, "waits"))
        printf("not known\n");
    else if (gap_ms < 0)
        printf("would not have been recorded%s%s\n", status_text(camera, "cause")[0] ? ": " : "",
               status_text(camera, "cause"));
    else
        printf("gap of %" PRId64 ".%" PRId64 " s%s\n", gap_ms / 1000, gap_ms % 1000 / 100,
               status_is(camera, "assumed") ? ", by the time model" : ", tried");
}

static void print_texts(const json_t *list, const char *heading)
{
    if (json_array_size(list) == 0)
        return;
    printf("\n%s\n", heading);
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("  %s\n", json_string_value(json_array_get(list, i)));
}

static void print_report(const json_t *report)
{
    const json_t *cameras = json_object_get(report, "cameras");
    int width = 0;
    for (size_t i = 0; i < json_array_size(cameras); i++) {
        const int length = (int)strlen(status_text(json_array_get(cameras, i), "name"));
        width = length > width ? length : width;
    }
    printf("\ncameras of %s, if it had been real\n", status_text(report, "main"));
    for (size_t i = 0; i < json_array_size(cameras); i++)
        print_camera(json_array_get(cameras, i), width);
    print_texts(json_object_get(report, "troubles"), "what would have gone wrong");
    print_texts(json_object_get(report, "notes"), "to be known");
    printf("\nthe drill is over: %s; nothing of it is left\n", status_text(report, "how"));
}

/* ---- the verb ---- */

static void pause_look(void)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&pause, NULL);
}

/* Until it is over; what happens is printed as it comes. */
static json_t *follow(const struct drill_request *request, int *code)
{
    size_t printed = 0;
    for (;;) {
        json_t *answer = ask(request->state, json_pack("{s:s}", "verb", "drill_report"), code);
        if (answer == NULL)
            return NULL;
        const json_t *report = json_object_get(answer, "report");
        if (!request->json)
            printed = print_steps(report, printed);
        if (!status_true(report, "running"))
            return answer;
        json_decref(answer);
        pause_look();
    }
}

static int run(const struct drill_request *request)
{
    int code = 0;
    json_t *order =
        json_pack("{s:s, s:s, s:s, s:b, s:b}", "verb", "drill", "failover", request->failover,
                  "reason", request->reason, "open", request->open, "dead", request->dead);
    if (order == NULL) {
        fprintf(stderr, "understudy: the name or the reason is not UTF-8 text\n");
        return EXIT_COMMAND_LINE;
    }
    if (request->for_ms > 0)
        json_object_set_new(order, "for_ms", json_integer(request->for_ms));
    json_t *begun = ask(request->state, order, &code);
    if (begun == NULL)
        return code;
    if (!request->json)
        printf("%s\n(to end it: understudy drill %s --state %s --end)\n\n",
               status_text(begun, "text"), request->failover, request->state);
    fflush(stdout);
    json_decref(begun);
    json_t *answer = follow(request, &code);
    if (answer == NULL)
        return code;
    const json_t *report = json_object_get(answer, "report");
    if (request->json)
        json_dumpf(report, stdout, JSON_INDENT(2)), putchar('\n');
    else
        print_report(report);
    code = status_true(report, "well") ? 0 : 1;
    json_decref(answer);
    return code;
}

int drill_command(const struct drill_request *request)
{
    int code = 0;
    if (!request->end)
        return run(request);
    json_t *answer =
        ask(request->state,
            json_pack("{s:s, s:s}", "verb", "drill_end", "failover", request->failover), &code);
    if (answer != NULL)
        printf("%s\n", status_text(answer, "text"));
    json_decref(answer);
    return code;
}
