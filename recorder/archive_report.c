#include "recorder/archive_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "recorder/archive_cause.h"
#include "recorder/archive_lock.h"
#include "recorder/moment.h"

#define LENGTH_TEXT_MAX 48

/* 1 h 02 min 03.456 s */
static char *print_length(char *text, int64_t length_ms)
{
    int64_t seconds = length_ms / 1000;

    if (seconds >= 3600)
        snprintf(text, LENGTH_TEXT_MAX, "%" PRId64 " h %02d min %02d.%03d s", seconds / 3600,
                 (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(length_ms % 1000));
    else if (seconds >= 60)
        snprintf(text, LENGTH_TEXT_MAX, "%d min %02d.%03d s", (int)(seconds / 60),
                 (int)(seconds % 60), (int)(length_ms % 1000));
    else
        snprintf(text, LENGTH_TEXT_MAX, "%d.%03d s", (int)seconds, (int)(length_ms % 1000));
    return text;
}

static void print_heading(const struct archive_view *view, const char *what)
{
    char length[LENGTH_TEXT_MAX];

    printf("camera %s of %s: %s %s", view->camera->camera_name, view->camera->main_name,
           print_length(length, view->recorded_ms), what);
    if (view->gap_count > 0)
        printf(", %zu gap%s of %s", view->gap_count, view->gap_count == 1 ? "" : "s",
               print_length(length, view->gap_ms));
    else
        printf(", no gap");
    if (view->double_ms > 0)
        printf(", %s recorded twice", print_length(length, view->double_ms));
    printf("\n");
}

static void print_writer(const struct archive_segment *segment, const char *otherwise)
{
    if (segment == NULL)
        printf("%s", otherwise);
    else
        printf("%s (epoch %" PRIu64 ", volume %s)", segment->server_name, segment->epoch,
               segment->volume_name);
}

void archive_report_list(const struct archive_view *view, const struct lock_list *locks)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX], length[LENGTH_TEXT_MAX];

    print_heading(view, "recorded");
    printf("  %-24s  %-24s  %20s  %-12s %5s  %-12s %8s %9s\n", "from", "to", "length", "by",
           "epoch", "volume", "segments", "frames");
    for (size_t i = 0; i < view->run_count; i++) {
        const struct archive_run *run = &view->runs[i];

        printf("  %s  %s  %20s  %-12s %5" PRIu64 "  %-12s %8" PRIu64 " %9" PRIu64 "%s\n",
               moment_print(from, run->from_ms), moment_print(to, run->to_ms),
               print_length(length, run->to_ms - run->from_ms), run->first->server_name,
               run->first->epoch, run->first->volume_name, run->segments, run->frames,
               run->growing ? "  being written" : "");
    }
    for (size_t i = 0; i < locks->count; i++)
        printf("  %s  %s  %20s  locked: %s\n", moment_print(from, locks->locks[i].from_ms),
               moment_print(to, locks->locks[i].to_ms),
               print_length(length, locks->locks[i].to_ms - locks->locks[i].from_ms),
               locks->locks[i].reason);
    printf("\n");
}

static void print_causes(const struct archive_view *view, const struct archive_stretch *gap,
                         const json_t *decisions)
{
    json_t *causes = archive_cause_find(decisions, view->camera->main_name,
                                        view->camera->camera_name, gap->from_ms, gap->to_ms);
    json_t *cause;
    size_t i;

    if (json_array_size(causes) == 0)
        printf("    the journals tell of no decision then\n");
    json_array_foreach(causes, i, cause)
    {
        printf("    %s  %s, %s: %s (%s)\n", json_string_value(json_object_get(cause, "at")),
               json_string_value(json_object_get(cause, "server")),
               json_string_value(json_object_get(cause, "machine")),
               json_string_value(json_object_get(cause, "why")),
               json_string_value(json_object_get(cause, "rule")));
    }
    json_decref(causes);
}

/* Whether pictures of this camera were lost in a gap. */
static bool is_lost_in(const struct archive_view *view, const struct archive_loss *loss,
                       const struct archive_stretch *gap)
{
    return loss->loss.from_ms < gap->to_ms && loss->loss.to_ms > gap->from_ms &&
           strcmp(loss->camera_name, view->camera->camera_name) == 0 &&
           strcmp(loss->main_name, view->camera->main_name) == 0;
}

static void print_losses(const struct archive_view *view, const struct archive_stretch *gap)
{
    for (size_t i = 0; i < view->loss_count; i++)
        if (is_lost_in(view, &view->losses[i], gap))
            printf("    %s received %" PRIu64 " pictures then, but no volume took them before "
                   "memory was full\n",
                   view->losses[i].server_name, view->losses[i].loss.frames);
}

static void print_stretch(const struct archive_stretch *stretch, const char *joined[2])
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX], length[LENGTH_TEXT_MAX];

    printf("  %s  %s  %20s  %s", moment_print(from, stretch->from_ms),
           moment_print(to, stretch->to_ms),
           print_length(length, stretch->to_ms - stretch->from_ms), joined[0]);
    print_writer(stretch->before, "the time asked for");
    printf("%s", joined[1]);
    print_writer(stretch->after, "the time asked for");
    printf("\n");
}

void archive_report_gaps(const struct archive_view *view, const json_t *decisions)
{
    print_heading(view, "recorded");
    if (view->gap_count > 0)
        printf("  %-24s  %-24s  %20s\n", "from", "to", "length");
    for (size_t i = 0; i < view->gap_count; i++) {
        print_stretch(&view->gaps[i], (const char *[2]){"gap between ", " and "});
        print_losses(view, &view->gaps[i]);
        if (decisions != NULL)
            print_causes(view, &view->gaps[i], decisions);
    }
    for (size_t i = 0; i < view->double_count; i++)
        print_stretch(&view->doubles[i], (const char *[2]){"twice: by ", ", and shown from "});
    printf("\n");
}

static json_t *moment(int64_t wall_ms)
{
    char text[MOMENT_TEXT_MAX];

    return json_string(moment_print(text, wall_ms));
}

static json_t *writer(const struct archive_segment *segment)
{
    return segment == NULL ? json_null()
                           : json_pack("{s:s, s:I, s:s}", "server", segment->server_name, "epoch",
                                       (json_int_t)segment->epoch, "volume", segment->volume_name);
}

static json_t *runs_of(const struct archive_view *view)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->run_count; i++) {
        const struct archive_run *run = &view->runs[i];

        json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:I, s:s, s:I, s:s, s:I, s:I, s:b}", "from_at",
                      moment(run->from_ms), "to_at", moment(run->to_ms), "length_ms",
                      (json_int_t)(run->to_ms - run->from_ms), "server", run->first->server_name,
                      "epoch", (json_int_t)run->first->epoch, "volume", run->first->volume_name,
                      "segments", (json_int_t)run->segments, "frames", (json_int_t)run->frames,
                      "being_written", run->growing));
    }
    return array;
}

static json_t *stretches_of(const struct archive_stretch *stretches, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:o, s:o, s:I, s:o, s:o}", "from_at", moment(stretches[i].from_ms),
                             "to_at", moment(stretches[i].to_ms), "length_ms",
                             (json_int_t)(stretches[i].to_ms - stretches[i].from_ms), "before",
                             writer(stretches[i].before), "after", writer(stretches[i].after)));
    return array;
}

static json_t *losses_in(const struct archive_view *view, const struct archive_stretch *gap)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->loss_count; i++)
        if (is_lost_in(view, &view->losses[i], gap))
            json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:I}", "server",
                                                   view->losses[i].server_name, "from_at",
                                                   moment(view->losses[i].loss.from_ms), "to_at",
                                                   moment(view->losses[i].loss.to_ms), "frames",
                                                   (json_int_t)view->losses[i].loss.frames));
    return array;
}

json_t *archive_report_camera(const struct archive_view *view, const struct lock_list *locks,
                              const json_t *decisions)
{
    json_t *gaps = stretches_of(view->gaps, view->gap_count), *gap;
    size_t i;

    json_array_foreach(gaps, i, gap)
    {
        json_object_set_new(gap, "lost", losses_in(view, &view->gaps[i]));
        if (decisions != NULL)
            json_object_set_new(gap, "causes",
                                archive_cause_find(decisions, view->camera->main_name,
                                                   view->camera->camera_name, view->gaps[i].from_ms,
                                                   view->gaps[i].to_ms));
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "name",
                     view->camera->camera_name, "main", view->camera->main_name, "recorded_ms",
                     (json_int_t)view->recorded_ms, "gap_ms", (json_int_t)view->gap_ms, "double_ms",
                     (json_int_t)view->double_ms, "runs", runs_of(view), "gaps", gaps, "doubles",
                     stretches_of(view->doubles, view->double_count), "locks",
                     archive_lock_json(locks));
}

bool archive_report_json(json_t *cameras)
{
    json_t *root = json_pack("{s:o}", "cameras", cameras);
    bool written =
        root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;

    json_decref(root);
    return written;
}
