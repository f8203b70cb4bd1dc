#include "recorder/export_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/export.h"
#include "recorder/export_check.h"
#include "recorder/hash.h"
#include "recorder/moment.h"
#include "recorder/sign.h"

extern char **environ;

static const char *container_of(const char *path)
{
    static const char *const known[][2] = {
        {".mp4", "mp4"}, {".mkv", "matroska"}, {".ts", "mpegts"}};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(dot, known[i][0]) == 0)
            return known[i][1];
    return NULL;
}

/* The one camera that was asked for. 0, or the exit code. */
static int find_camera(const struct archive_request *request, struct archive_views *all)
{
    if (request->filter.camera_name == NULL)
        return archive_usage("which camera? --camera NAME is missing", NULL);
    if (request->volume_count == 0)
        return archive_usage("which volumes? Their directories are missing", NULL);
    if (!archive_views_make(all, request->volumes, request->volume_count, &request->filter))
        return archive_failed("memory is out");
    if (!all->complete)
        return ARCHIVE_FAILED;
    if (all->count == 1 && all->views[0].slice_count > 0)
        return 0;
    fprintf(stderr,
            all->count > 1
                ? "understudy-recorder: archive: more than one main has a camera %s: give the "
                  "volumes of one\n"
                : "understudy-recorder: archive: nothing of camera %s is recorded in that time\n",
            request->filter.camera_name);
    return ARCHIVE_WRONG;
}

static json_t *gaps_of(const struct archive_view *view)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];
    json_t *gaps = json_array();

    for (size_t i = 0; i < view->gap_count; i++)
        json_array_append_new(gaps, json_pack("{s:s, s:s}", "from_at",
                                              moment_print(from, view->gaps[i].from_ms), "to_at",
                                              moment_print(to, view->gaps[i].to_ms)));
    return gaps;
}

static json_t *describe(const struct archive_view *view, const char *path, int file, json_t *pieces)
{
    const char *slash = strrchr(path, '/');
    char sha256[HASH_TEXT_MAX], now[MOMENT_TEXT_MAX];
    struct stat status;

    if (export_digest(file, sha256) != 0 || fstat(file, &status) != 0) {
        json_decref(pieces);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "file",
                     slash == NULL ? path : slash + 1, "camera", view->camera->camera_name, "main",
                     view->camera->main_name, "exported_at",
                     moment_print(now, moment_wall_us() / 1000), "sha256", sha256, "bytes",
                     (json_int_t)status.st_size, "pieces", pieces, "gaps", gaps_of(view));
}

static int write_export(const struct archive_request *request, const struct archive_view *view,
                        const char *path, int file)
{
    char cause[RECORDER_CAUSE_MAX], sidecar[4096];
    json_t *pieces = json_array(), *content;
    size_t count;
    int error;

    if (!export_view(view, container_of(path), file, pieces, cause) || fsync(file) != 0) {
        json_decref(pieces);
        return archive_failed("%s", cause);
    }
    count = json_array_size(pieces);
    content = describe(view, path, file, pieces);
    if (content == NULL)
        return archive_failed("%s cannot be read again", path);
    snprintf(sidecar, sizeof(sidecar), "%s.json", path);
    error = export_write_sidecar(sidecar, content, request->given[OPTION_SIGN]);
    if (error != 0)
        return archive_failed("%s cannot be written or signed: %s", sidecar, strerror(error));
    printf("%s: camera %s, %zu pieces, %zu gaps; %s tells what is when\n", path,
           view->camera->camera_name, count, view->gap_count, sidecar);
    return ARCHIVE_FINE;
}

/* A file that is not whole does not stay. */
static int export_to(const struct archive_request *request, const struct archive_view *view,
                     const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644), code;

    if (file < 0)
        return archive_failed("%s cannot be made: %s", path, strerror(errno));
    code = write_export(request, view, path, file);
    close(file);
    if (code != ARCHIVE_FINE)
        unlink(path);
    return code;
}

int export_command(const struct archive_request *request)
{
    const char *path = request->given[OPTION_OUTPUT];
    struct archive_views all = {.count = 0};
    int code;

    if (path == NULL)
        return archive_usage("which file? -o FILE.mp4 is missing", NULL);
    if (request->given[OPTION_CHECK] != NULL)
        return export_check(path, request->given[OPTION_KEY]);
    if (container_of(path) == NULL)
        return archive_usage("a file ends in .mp4, .mkv or .ts, not like", path);
    code = find_camera(request, &all);
    if (code == 0)
        code = export_to(request, &all.views[0], path);
    archive_views_free(&all);
    return code;
}

int export_key(const struct archive_request *request)
{
    const char *path = request->given[OPTION_OUTPUT];
    int error;

    if (path == NULL)
        return archive_usage("which file? -o KEY is missing", NULL);
    error = sign_make_key(path);
    if (error != 0)
        return archive_failed("%s or %s.pub cannot be made: %s", path, path, strerror(error));
    printf("%s signs; give %s.pub to whoever is to check\n", path, path);
    return ARCHIVE_FINE;
}

/* VLC reads the stream from a pipe; no name of a user's reaches it. */
static int start_player(int *input)
{
    static char words[][24] = {"vlc", "--play-and-exit", "--no-video-title-show", "fd://0"};
    char *arguments[] = {words[0], words[1], words[2], words[3], NULL};
    posix_spawn_file_actions_t actions;
    int pipe_ends[2], error;
    pid_t pid = -1;

    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], STDIN_FILENO);
    error = posix_spawnp(&pid, "vlc", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[0]);
    if (error != 0) {
        close(pipe_ends[1]);
        errno = error;
        return -1;
    }
    *input = pipe_ends[1];
    return (int)pid;
}

static int play_on_screen(const struct archive_view *view)
{
    char cause[RECORDER_CAUSE_MAX];
    int input, status, pid = start_player(&input);

    if (pid < 0)
        return archive_failed(
            "vlc cannot be started (%s); install the package vlc, or use -o - and "
            "a player of your own",
            strerror(errno));
    signal(SIGPIPE, SIG_IGN); /* whoever closes the window has seen enough */
    if (!export_view(view, "mpegts", input, NULL, cause))
        fprintf(stderr, "understudy-recorder: archive: %s\n", cause);
    close(input);
    waitpid(pid, &status, 0);
    return ARCHIVE_FINE;
}

int export_play(const struct archive_request *request)
{
    const char *path = request->given[OPTION_OUTPUT];
    struct archive_views all = {.count = 0};
    char cause[RECORDER_CAUSE_MAX];
    int code;

    if (path != NULL && strcmp(path, "-") != 0)
        return archive_usage("play goes to the screen or to -o - ; a file is what export makes",
                             path);
    code = find_camera(request, &all);
    if (code == 0 && path == NULL)
        code = play_on_screen(&all.views[0]);
    else if (code == 0 && !export_view(&all.views[0], "mpegts", STDOUT_FILENO, NULL, cause))
        code = archive_failed("%s", cause);
    archive_views_free(&all);
    return code;
}
