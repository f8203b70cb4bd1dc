#include "recorder/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "recorder/archive_lock.h"
#include "recorder/archive_report.h"
#include "recorder/archive_request.h"
#include "recorder/footage.h"
#include "recorder/moment.h"
#include "recorder/serve_playlist.h"

#define DAY_MS           86400000LL
#define THUMBNAIL_PIXELS 320
/* What one question for media may ask for at most. */
#define MEDIA_MAX_MS 600000
/* A picture may be decoded before it is shown: times in a stream stay positive. */
#define STREAM_LEAD_MS 10000
/* How long a browser may keep what will not change. */
#define KEEP_S 3600

void serve_json(struct http_answer *answer, json_t *root)
{
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);

    json_decref(root);
    if (text == NULL) {
        http_say(answer, 500, "memory is out\n");
        return;
    }
    *answer = (struct http_answer){.status = 200,
                                   .type = "application/json",
                                   .bytes = text,
                                   .size = strlen(text),
                                   .owned = true,
                                   .file = -1};
}

/* ---- which cameras there are ---- */

static bool note_camera(void *owner, const struct archive_writer *writer)
{
    json_t *cameras = owner, *known;
    size_t i;

    json_array_foreach(cameras, i, known)
    {
        if (strcmp(json_string_value(json_object_get(known, "name")), writer->camera_name) == 0 &&
            strcmp(json_string_value(json_object_get(known, "main")), writer->main_name) == 0)
            return true;
    }
    json_array_append_new(
        cameras, json_pack("{s:s, s:s}", "main", writer->main_name, "name", writer->camera_name));
    return true;
}

static void answer_cameras(const struct serve *serve, const struct http_request *request,
                           struct http_answer *answer)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX, .any_day = true};
    json_t *cameras = json_array();

    (void)request;
    for (int i = 0; i < serve->volume_count; i++)
        archive_walk(serve->volumes[i], &all, note_camera, cameras);
    serve_json(answer, cameras);
}

/* ---- one camera, for a while ---- */

struct sight {
    struct archive_views all;
    const struct archive_view *view; /* NULL: nothing is recorded there then */
};

/* False: it was answered. Close it with close_sight either way. */
static bool open_sight(const struct serve *serve, const struct serve_question *question,
                       struct sight *sight, struct http_answer *answer)
{
    const struct archive_filter filter = {.camera_name = question->camera_name,
                                          .from_ms = question->from_ms,
                                          .to_ms = question->to_ms};

    sight->view = NULL;
    if (!archive_views_make(&sight->all, serve->volumes, serve->volume_count, &filter)) {
        http_say(answer, 500, "memory is out\n");
        return false;
    }
    for (size_t i = 0; i < sight->all.count; i++)
        if (strcmp(sight->all.views[i].camera->main_name, question->main_name) == 0)
            sight->view = &sight->all.views[i];
    return true;
}

static void close_sight(struct sight *sight)
{
    archive_views_free(&sight->all);
}

/* False: it was answered. */
static bool read_camera(const struct http_request *request, struct serve_question *question,
                        struct http_answer *answer)
{
    question->main_name = http_query(request, "main");
    question->camera_name = http_query(request, "camera");
    if (question->main_name != NULL && question->camera_name != NULL)
        return true;
    http_say(answer, 400, "which camera? main=NAME&camera=NAME is missing\n");
    return false;
}

/* What is to come is no gap. */
static bool read_day(const struct http_request *request, struct serve_question *question,
                     struct http_answer *answer)
{
    const char *day = http_query(request, "day");
    int64_t now_ms = moment_wall_us() / 1000;

    if (day == NULL || !serve_parse_day(day, &question->from_ms, &question->to_ms)) {
        http_say(answer, 400, "which day? day=2026-11-23, or a month: day=2026-11\n");
        return false;
    }
    if (question->to_ms > now_ms && question->from_ms < now_ms)
        question->to_ms = now_ms;
    return read_camera(request, question, answer);
}

static void answer_day(const struct serve *serve, const struct http_request *request,
                       struct http_answer *answer)
{
    struct serve_question question;
    struct lock_list locks;
    struct sight sight;

    if (!read_day(request, &question, answer))
        return;
    if (open_sight(serve, &question, &sight, answer) && sight.view != NULL) {
        archive_lock_load(serve->volumes, serve->volume_count, question.main_name,
                          question.camera_name, &locks);
        serve_json(answer, archive_report_camera(sight.view, &locks, NULL));
        lock_free(&locks);
    } else if (answer->status == 404) {
        serve_json(answer, json_null());
    }
    close_sight(&sight);
}

/* How much of each day of a month is recorded. */
static void answer_month(const struct serve *serve, const struct http_request *request,
                         struct http_answer *answer)
{
    struct serve_question question;
    struct sight sight;
    int64_t recorded_ms[31] = {0};
    json_t *days;

    if (!read_day(request, &question, answer))
        return;
    if (open_sight(serve, &question, &sight, answer)) {
        for (size_t i = 0; sight.view != NULL && i < sight.view->slice_count; i++) {
            const struct archive_slice *slice = &sight.view->slices[i];
            int64_t day = (slice->from_ms - question.from_ms) / DAY_MS;

            if (day >= 0 && day < 31)
                recorded_ms[day] += slice->to_ms - slice->from_ms;
        }
        days = json_array();
        for (int64_t day = 0; day < (question.to_ms - question.from_ms + DAY_MS - 1) / DAY_MS;
             day++)
            json_array_append_new(days, json_integer(recorded_ms[day]));
        serve_json(answer, days);
    }
    close_sight(&sight);
}

/* ---- to play it ---- */

static void answer_playlist(const struct serve *serve, const struct http_request *request,
                            struct http_answer *answer)
{
    struct serve_question question;
    struct sight sight;
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (!read_day(request, &question, answer))
        return;
    if (!open_sight(serve, &question, &sight, answer) || sight.view == NULL) {
        close_sight(&sight);
        return;
    }
    out = open_memstream(&text, &size);
    if (out != NULL) {
        serve_playlist(out, sight.view);
        fclose(out);
        *answer = (struct http_answer){.status = 200,
                                       .type = "application/vnd.apple.mpegurl",
                                       .bytes = text,
                                       .size = size,
                                       .owned = true,
                                       .file = -1};
    }
    close_sight(&sight);
}

static bool read_range(const struct http_request *request, struct serve_question *question,
                       struct http_answer *answer)
{
    const char *from = http_query(request, "from"), *to = http_query(request, "to");

    if (from == NULL || to == NULL || !serve_parse_ms(from, &question->from_ms) ||
        !serve_parse_ms(to, &question->to_ms) || question->from_ms >= question->to_ms ||
        question->to_ms - question->from_ms > MEDIA_MAX_MS) {
        http_say(answer, 400, "from=MS&to=MS is missing, or asks for more than ten minutes\n");
        return false;
    }
    return read_camera(request, question, answer);
}

/* A descriptor of memory; -1. */
static int make_memory(void)
{
    return memfd_create("answer", MFD_CLOEXEC);
}

static void give_memory(struct http_answer *answer, const char *type, int memory)
{
    *answer = (struct http_answer){.status = 200, .type = type, .file = memory, .keep_s = KEEP_S};
}

/* Times count from the beginning of the day, so that pieces that are asked for one by one fit. */
static bool stream(const struct archive_view *view, int memory, bool *does_not_fit, char *cause)
{
    struct footage_writer *writer = footage_create("mpegts", memory, cause);
    int64_t base_ms = view->slices[0].from_ms / DAY_MS * DAY_MS - STREAM_LEAD_MS;
    bool whole = writer != NULL;
    char reason[RECORDER_CAUSE_MAX];

    for (size_t i = 0; i < view->slice_count && whole; i++) {
        const struct archive_slice *slice = &view->slices[i];
        struct footage_piece piece = {archive_open(slice->segment), slice->segment->from_ms,
                                      slice->from_ms, slice->to_ms, false};
        struct footage_copied copied = {.does_not_fit = false};

        whole = piece.file >= 0 && footage_append(writer, &piece, base_ms, &copied, cause);
        *does_not_fit = copied.does_not_fit;
        if (piece.file >= 0)
            close(piece.file);
        else
            snprintf(cause, RECORDER_CAUSE_MAX, "it cannot be opened: %s", strerror(errno));
    }
    return writer != NULL && footage_finish(writer, reason) && whole;
}

static void answer_media(const struct serve *serve, const struct http_request *request,
                         struct http_answer *answer)
{
    struct serve_question question;
    struct sight sight;
    char cause[RECORDER_CAUSE_MAX] = "memory is out";
    bool does_not_fit = false;

    if (!read_range(request, &question, answer))
        return;
    if (open_sight(serve, &question, &sight, answer) && sight.view != NULL &&
        sight.view->slice_count > 0) {
        int memory = make_memory();

        if (memory >= 0 && stream(sight.view, memory, &does_not_fit, cause)) {
            give_memory(answer, "video/mp2t", memory);
        } else {
            http_say(answer, does_not_fit ? 415 : 500, strdup(cause));
            answer->owned = true;
            if (memory >= 0)
                close(memory);
        }
    }
    close_sight(&sight);
}

static void answer_picture(const struct serve *serve, const struct http_request *request,
                           struct http_answer *answer)
{
    const char *at = http_query(request, "at");
    struct serve_question question;
    struct sight sight;
    char cause[RECORDER_CAUSE_MAX];

    if (at == NULL || !serve_parse_ms(at, &question.from_ms)) {
        http_say(answer, 400, "at=MS is missing\n");
        return;
    }
    question.to_ms = question.from_ms + 1;
    if (!read_camera(request, &question, answer))
        return;
    if (open_sight(serve, &question, &sight, answer) && sight.view != NULL &&
        sight.view->slice_count > 0) {
        const struct archive_segment *segment = sight.view->slices[0].segment;
        struct footage_piece piece = {archive_open(segment), segment->from_ms, question.from_ms,
                                      segment->to_ms, true};
        int memory = make_memory();

        if (memory >= 0 && piece.file >= 0 &&
            footage_thumbnail(&piece, THUMBNAIL_PIXELS, memory, cause))
            give_memory(answer, "image/jpeg", memory);
        else if (memory >= 0)
            close(memory);
        if (piece.file >= 0)
            close(piece.file);
    }
    close_sight(&sight);
}

/* ---- the player ---- */

/* Without it the browser plays by itself, or says that it cannot. */
static void answer_player(const struct serve *serve, const struct http_request *request,
                          struct http_answer *answer)
{
    static const char none[] = "// not built: `make player`\n";
    int file = open(serve->player_path, O_RDONLY | O_CLOEXEC);

    (void)request;
    http_say(answer, 200, none);
    answer->type = "text/javascript; charset=utf-8";
    answer->file = file;
}

static const struct {
    const char *path;
    void (*answer)(const struct serve *, const struct http_request *, struct http_answer *);
} places[] = {{"/cameras.json", answer_cameras}, {"/day.json", answer_day},
              {"/month.json", answer_month},     {"/day.m3u8", answer_playlist},
              {"/media.ts", answer_media},       {"/picture.jpg", answer_picture},
              {"/hls.js", answer_player}};

void serve_answer(void *owner, const struct http_request *request, struct http_answer *answer)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (strcmp(request->path, places[i].path) == 0)
            places[i].answer(owner, request, answer);
}
