#include "runtime/node/drill_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/decision.h"
#include "runtime/node/status_read.h"

struct writer {
    json_t *report;
    const struct image *image;
    const struct image_failover *entry;
    struct drill_view view;
};

void drill_report_add(json_t *report, const char *key, const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(json_object_get(report, key), json_string(text));
}

static const char *server_name(const struct image *image, uint32_t server)
{
    return image_text(image, image_servers(image)[server].name);
}

static const char *camera_name(const struct image *image, uint32_t camera)
{
    return image_text(image, image_cameras(image)[camera].name);
}

/* ---- what was seen ---- */

static json_t *steps_json(const struct drill_view *view, const struct deployment *deployment)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->step_count; i++) {
        json_t *step = decision_json(deployment, &view->steps[i].transition);
        json_object_set_new(step, "after_ms", json_integer(view->steps[i].after_ms));
        json_array_append_new(list, step);
    }
    return list;
}

static json_t *cameras_json(const struct drill *drill, const struct image *image, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct drill_camera camera = drill_camera(drill, i);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:o, s:s}", "name", camera_name(image, camera.camera),
                            "state", drill_camera_state_name(camera.state), "opened", camera.opened,
                            "gap_ms", camera.gap_ms < 0 ? json_null() : json_integer(camera.gap_ms),
                            "cause", camera.cause));
    }
    return list;
}

/* ---- what would have gone wrong ---- */

static void judge_state(const struct writer *writer)
{
    const uint8_t state = writer->view.state;
    const char *main = server_name(writer->image, writer->entry->monitor);
    if (state == FAILOVER_COVERED)
        drill_report_add(writer->report, "notes", "another standby carries %s", main);
    else if (state == FAILOVER_WITHHELD)
        drill_report_add(writer->report, "troubles",
                         "%s would not have been taken over: it is alive by a second view (R45)%s",
                         main, writer->view.setup.dead ? "" : "; --dead plays that it is dead");
    else if (state == FAILOVER_QUEUED)
        drill_report_add(writer->report, "troubles",
                         "no slot is free: %s would wait for one, unrecorded (R15)", main);
    else if (state == FAILOVER_CLAIMING)
        drill_report_add(writer->report, "troubles",
                         "the claim of %s would not be granted now (R38)", main);
    else if (state == FAILOVER_TAKING_OVER)
        drill_report_add(writer->report, "troubles",
                         "nothing of %s would have been recorded so far", main);
    else if (!writer->view.carries)
        drill_report_add(writer->report, "troubles", "%s would not have been taken over", main);
}

static void judge_cameras(const struct writer *writer, const struct drill *drill)
{
    for (uint32_t i = 0; i < writer->view.camera_count; i++) {
        const struct drill_camera camera = drill_camera(drill, i);
        const char *name = camera_name(writer->image, camera.camera);
        if (camera.state == DRILL_CAMERA_FAILED)
            drill_report_add(writer->report, "troubles", "%s: no keyframe of it came%s%s", name,
                             camera.cause[0] != '\0' ? ": " : "", camera.cause);
        else if (writer->view.setup.opens &&
                 image_cameras(writer->image)[camera.camera].sessions == 1)
            drill_report_add(writer->report, "notes",
                             "%s accepts one reader, which is %s: it was not opened", name,
                             server_name(writer->image, writer->entry->monitor));
    }
}

static void judge_others(const struct writer *writer)
{
    const struct image *image = writer->image;
    const uint32_t failover = writer->view.setup.failover;
    const struct image_list watchers = image_servers(image)[writer->entry->monitor].watchers;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t other = image_numbers(image)[watchers.first + w];
        if (other != failover && image_failovers_overlap(image, failover, other) &&
            image_failover_wait_ms(image, other) < image_failover_wait_ms(image, failover))
            drill_report_add(writer->report, "notes",
                             "%s would have been sooner: it watches %s too (R24)",
                             server_name(image, image_failovers(image)[other].standby),
                             server_name(image, writer->entry->monitor));
    }
}

static void tell_assumed(const struct writer *writer)
{
    const struct image *image = writer->image;
    const struct image_list hook = writer->entry->on_start;
    if (!writer->view.setup.opens)
        drill_report_add(writer->report, "notes",
                         "no camera was opened for it: the gaps are those of the time model; "
                         "--open tries the cameras");
    if (writer->view.slot_assumed)
        drill_report_add(writer->report, "notes",
                         "a free slot of %s was assumed: a drill asks for none",
                         image_text(image, image_managers(image)[writer->entry->manager].name));
    if (writer->view.claim_assumed)
        drill_report_add(writer->report, "notes",
                         "the claim of %s was assumed to be granted: a drill makes none, and who "
                         "holds it could not be read",
                         server_name(image, writer->entry->monitor));
    if (writer->view.carries && hook.count > 0)
        drill_report_add(writer->report, "notes", "%s would have been run (on_start)",
                         image_text(image, image_numbers(image)[hook.first]));
}

/* ---- the report ---- */

json_t *drill_report(const struct drill *drill, const struct deployment *deployment, int64_t now_ms)
{
    const struct drill_view view = drill_view(drill);
    const struct image *image = deployment_image(deployment);
    const struct image_failover *entry = &image_failovers(image)[view.setup.failover];
    const bool runs = view.end == DRILL_RUNS;
    const int64_t until_ms = runs ? now_ms : view.ended_ms;
    json_t *report = json_pack(
        "{s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:[], s:[]}", "failover",
        image_text(image, entry->name), "main", server_name(image, entry->monitor), "running", runs,
        "opens", view.setup.opens, "dead", view.setup.dead, "end", drill_end_name(view.end), "how",
        drill_end_sentence(view.end), "state", trace_state(MACHINE_FAILOVER, view.state),
        "after_ms", (json_int_t)(until_ms - view.began_ms), "left_ms",
        (json_int_t)(runs && view.ended_ms > now_ms ? view.ended_ms - now_ms : 0), "steps",
        steps_json(&view, deployment), "cameras", cameras_json(drill, image, view.camera_count),
        "troubles", "notes");
    if (runs)
        return report;
    const struct writer writer = {.report = report, .image = image, .entry = entry, .view = view};
    if (view.end == DRILL_PLAYED_OUT || view.end == DRILL_TIME_OVER)
        judge_state(&writer);
    judge_cameras(&writer, drill);
    if (view.end == DRILL_PLAYED_OUT) {
        judge_others(&writer);
        tell_assumed(&writer);
    }
    return report;
}

char *drill_report_summary(const json_t *report, char text[static DRILL_SUMMARY_BYTES])
{
    const json_t *cameras = json_object_get(report, "cameras");
    const json_t *troubles = json_object_get(report, "troubles");
    size_t kept = 0;
    int64_t most_ms = 0;
    for (size_t i = 0; i < json_array_size(cameras); i++) {
        const json_t *camera = json_array_get(cameras, i);
        const int64_t gap_ms = status_number(camera, "gap_ms");
        kept += gap_ms >= 0;
        most_ms = gap_ms > most_ms ? gap_ms : most_ms;
    }
    int used = snprintf(text, DRILL_SUMMARY_BYTES, "%s", status_text(report, "how"));
    if (strcmp(status_text(report, "end"), drill_end_name(DRILL_PLAYED_OUT)) == 0)
        used += snprintf(text + used, DRILL_SUMMARY_BYTES - (size_t)used,
                         "; %zu of %zu cameras would have been recorded, after %" PRId64 ".%" PRId64
                         " s at most",
                         kept, json_array_size(cameras), most_ms / 1000, most_ms % 1000 / 100);
    if (json_array_size(troubles) > 0 && used < DRILL_SUMMARY_BYTES)
        snprintf(text + used, DRILL_SUMMARY_BYTES - (size_t)used, "; %s",
                 json_string_value(json_array_get(troubles, 0)));
    if (strlen(text) == DRILL_SUMMARY_BYTES - 1) /* not in the middle of a character */
        for (size_t end = DRILL_SUMMARY_BYTES - 1; end > 0 && (text[end - 1] & 0x80) != 0; end--)
            text[end - 1] = '\0';
    return text;
}
