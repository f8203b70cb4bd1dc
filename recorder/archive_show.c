#include "recorder/archive_show.h"

#include <stdio.h>

#include "recorder/archive_cause.h"
#include "recorder/archive_lock.h"
#include "recorder/archive_report.h"
#include "recorder/archive_verify.h"

int archive_verify(const struct archive_request *request)
{
    bool is_json = request->given[OPTION_JSON] != NULL, sound = true;
    struct archive_verify verify = {.filter = &request->filter,
                                    .quiet = is_json,
                                    .repair = request->given[OPTION_REPAIR] != NULL,
                                    .problems = is_json ? json_array() : NULL};

    for (int i = 0; i < request->volume_count; i++)
        sound = archive_verify_volume(&verify, request->volumes[i]) && sound;
    if (is_json) {
        json_t *root = json_pack("{s:I, s:I, s:I, s:o}", "segments", (json_int_t)verify.segments,
                                 "being_written", (json_int_t)verify.growing, "repaired",
                                 (json_int_t)verify.repaired, "problems", verify.problems);

        sound = json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && sound;
        putchar('\n');
        json_decref(root);
    } else {
        printf("%llu segments, %llu being written, %llu problems\n",
               (unsigned long long)verify.segments, (unsigned long long)verify.growing,
               (unsigned long long)verify.problem_count);
        if (verify.repair)
            printf("%llu indexes made anew\n", (unsigned long long)verify.repaired);
    }
    return !sound ? ARCHIVE_FAILED : verify.problem_count > 0 ? ARCHIVE_WRONG : ARCHIVE_FINE;
}

/* One camera, as text or into the array. False: its locks cannot be read, or memory is out. */
static bool report_camera(const struct archive_request *request, const struct archive_view *view,
                          bool is_gaps, const json_t *decisions, json_t *cameras)
{
    struct lock_list locks;
    bool sound = archive_lock_load(request->volumes, request->volume_count, view->camera->main_name,
                                   view->camera->camera_name, &locks);

    if (cameras != NULL)
        sound =
            json_array_append_new(cameras, archive_report_camera(view, &locks, decisions)) == 0 &&
            sound;
    else if (is_gaps)
        archive_report_gaps(view, decisions);
    else
        archive_report_list(view, &locks);
    lock_free(&locks);
    return sound;
}

/* Prints the views. Returns the exit code. */
static int report(const struct archive_request *request, const struct archive_views *all,
                  bool is_gaps, const json_t *decisions)
{
    json_t *cameras = request->given[OPTION_JSON] != NULL ? json_array() : NULL;
    bool is_json = cameras != NULL, sound = true;
    size_t gaps = 0;

    for (size_t i = 0; i < all->count; i++) {
        gaps += all->views[i].gap_count;
        sound = report_camera(request, &all->views[i], is_gaps, decisions, cameras) && sound;
    }
    if (is_json)
        sound = archive_report_json(cameras) && sound;
    else if (all->count == 0)
        printf("nothing is recorded there%s%s\n",
               request->filter.camera_name != NULL ? " of camera " : "",
               request->filter.camera_name != NULL ? request->filter.camera_name : "");
    if (!sound)
        return ARCHIVE_FAILED;
    return request->given[OPTION_FAIL] != NULL && (gaps > 0 || all->count == 0) ? ARCHIVE_WRONG
                                                                                : ARCHIVE_FINE;
}

static int show(const struct archive_request *request, bool is_gaps)
{
    const char *journal = request->given[OPTION_JOURNAL];
    json_t *decisions = journal == NULL ? NULL : archive_cause_load(journal);
    struct archive_views all;
    int code = ARCHIVE_FAILED;

    if (journal != NULL && decisions == NULL)
        return ARCHIVE_FAILED;
    if (archive_views_make(&all, request->volumes, request->volume_count, &request->filter))
        code = report(request, &all, is_gaps, decisions);
    if (!all.complete)
        code = ARCHIVE_FAILED;
    archive_views_free(&all);
    json_decref(decisions);
    return code;
}

int archive_list(const struct archive_request *request)
{
    return show(request, false);
}

int archive_gaps(const struct archive_request *request)
{
    return show(request, true);
}
