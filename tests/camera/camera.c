/* camera: a surveillance camera for tests. It serves a clip over RTSP, interleaved in TCP, on
 * 127.0.0.1, or at the address that it is told.
 *
 * Frame n of the endless repetition of the clip is sent at wall-clock time n / fps. So a keyframe
 * comes at each whole second, two viewers get the same frames, and a camera that was killed and
 * started again goes on where the world is. A viewer joins at once, in the middle of a group of
 * pictures, as with real cameras.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "tests/camera/footage.h"
#include "tests/camera/options.h"
#include "tests/camera/viewer.h"

#define VIEWERS_MAX OPTIONS_SESSIONS_MAX
#define SECOND_NS   1000000000
/* Frames further behind than this were never sent: the process stood still, or the clock was set.
 */
#define LATE_MAX_NS    (2 * (int64_t)SECOND_NS)
#define CLOCK_CHECK_NS SECOND_NS

struct camera {
    struct options options;
    struct footage footage;
    struct rtsp_service service;
    int listener, signals;
    struct viewer *viewers[VIEWERS_MAX];
    size_t viewer_count;
    int64_t next_frame; /* since 1970 */
    int64_t hold_until_ns;
    bool stalled;
    bool torn; /* frames were left out: like an encoder that hung, it goes on with a keyframe */
    bool ended;
};

/* ---- time ---- */

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int64_t frame_due_ns(const struct camera *camera, int64_t frame)
{
    int64_t fps = camera->footage.fps;
    return frame / fps * SECOND_NS + frame % fps * SECOND_NS / fps;
}

/* The first frame that is due at or after a moment. */
static int64_t frame_from(const struct camera *camera, int64_t ns)
{
    int64_t fps = camera->footage.fps;
    return ns / SECOND_NS * fps + (ns % SECOND_NS * fps + SECOND_NS - 1) / SECOND_NS;
}

static uint32_t timestamp_of(const struct camera *camera, int64_t frame)
{
    return (uint32_t)(frame * RTP_CLOCK_HZ / camera->footage.fps);
}

/* ---- the stream ---- */

static void send_frame(struct camera *camera, int64_t frame)
{
    const struct footage_frame *place =
        &camera->footage.frames[frame % camera->footage.frame_count];
    camera->torn = camera->stalled || (camera->torn && !place->keyframe);
    for (size_t i = 0; i < camera->viewer_count && !camera->torn; i++)
        viewer_send_frame(camera->viewers[i], camera->footage.bytes + place->offset, place->size,
                          timestamp_of(camera, frame), frame_due_ns(camera, frame));
}

/* Jitter: about once a second the frames wait for a random time, and then come in a burst. */
static void maybe_hold(struct camera *camera, int64_t now_ns)
{
    unsigned jitter_ms = camera->options.jitter_ms;
    if (jitter_ms && (unsigned)rand_r(&camera->options.seed) % camera->footage.fps == 0)
        camera->hold_until_ns =
            now_ns + (int64_t)((unsigned)rand_r(&camera->options.seed) % jitter_ms + 1) * 1000000;
}

/* Sends every frame that has become due, and returns the nanoseconds until there is more to do. */
static int64_t send_due(struct camera *camera)
{
    int64_t now_ns = wall_ns();
    int64_t late_max_ns = LATE_MAX_NS + (int64_t)camera->options.jitter_ms * 1000000;
    int64_t late_ns = now_ns - frame_due_ns(camera, camera->next_frame);
    if (late_ns > late_max_ns || -late_ns > LATE_MAX_NS) {
        camera->next_frame = frame_from(camera, now_ns);
        camera->hold_until_ns = 0;
        camera->torn = true;
    }
    while (now_ns >= camera->hold_until_ns && frame_due_ns(camera, camera->next_frame) <= now_ns) {
        send_frame(camera, camera->next_frame++);
        maybe_hold(camera, now_ns);
    }
    int64_t due_ns = frame_due_ns(camera, camera->next_frame);
    if (due_ns < camera->hold_until_ns)
        due_ns = camera->hold_until_ns;
    return due_ns - now_ns < CLOCK_CHECK_NS ? due_ns - now_ns : CLOCK_CHECK_NS;
}

/* ---- viewers ---- */

static void say(const struct camera *camera, const struct viewer *viewer, const char *what)
{
    if (camera->options.verbose)
        fprintf(stderr, "camera %s: viewer on port %u %s (%zu connected)\n", camera->options.name,
                viewer->peer_port, what, camera->viewer_count);
}

static void accept_viewer(struct camera *camera)
{
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    int fd =
        accept4(camera->listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (camera->viewer_count == VIEWERS_MAX) {
        close(fd);
        return;
    }
    struct viewer *viewer = viewer_open(fd, ntohs(peer.sin_port));
    if (!viewer)
        return;
    camera->viewers[camera->viewer_count++] = viewer;
    say(camera, viewer, "connects");
}

static void remove_viewer(struct camera *camera, size_t index, const char *why, bool reset)
{
    struct viewer *viewer = camera->viewers[index];
    camera->viewers[index] = camera->viewers[--camera->viewer_count];
    char what[80];
    snprintf(what, sizeof what, "leaves: %s", why);
    say(camera, viewer, what);
    viewer_close(viewer, &camera->service, reset);
}

static void remove_leaving(struct camera *camera)
{
    for (size_t i = camera->viewer_count; i-- > 0;)
        if (camera->viewers[i]->leaving)
            remove_viewer(camera, i, camera->viewers[i]->leaving, false);
}

static void remove_all(struct camera *camera, const char *why, bool reset)
{
    while (camera->viewer_count > 0)
        remove_viewer(camera, camera->viewer_count - 1, why, reset);
}

/* ---- the loop ---- */

static void take_signal(struct camera *camera)
{
    struct signalfd_siginfo info;
    if (read(camera->signals, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGUSR1) {
        camera->stalled = !camera->stalled;
        if (camera->options.verbose)
            fprintf(stderr, "camera %s: %s\n", camera->options.name,
                    camera->stalled ? "stalls" : "goes on");
    } else if (info.ssi_signo == SIGUSR2) {
        remove_all(camera, "the camera broke it off", true);
    } else {
        camera->ended = true;
    }
}

static void serve_viewer(struct camera *camera, struct viewer *viewer, short events)
{
    if (events & POLLOUT)
        viewer_flush(viewer);
    if (events & (POLLIN | POLLHUP | POLLERR))
        viewer_read(viewer, &camera->service, timestamp_of(camera, camera->next_frame));
}

/* One turn: the frames that are due, then whatever sockets and signals have. */
static int turn(struct camera *camera)
{
    struct pollfd polls[VIEWERS_MAX + 2];
    int64_t wait_ns = send_due(camera);
    remove_leaving(camera);
    size_t count = camera->viewer_count;
    for (size_t i = 0; i < count; i++) {
        short events = viewer_has_queued(camera->viewers[i]) ? POLLIN | POLLOUT : POLLIN;
        polls[i] = (struct pollfd){camera->viewers[i]->fd, events, 0};
    }
    polls[count] = (struct pollfd){camera->listener, POLLIN, 0};
    polls[count + 1] = (struct pollfd){camera->signals, POLLIN, 0};
    struct timespec wait = {wait_ns > 0 ? wait_ns / SECOND_NS : 0,
                            wait_ns > 0 ? wait_ns % SECOND_NS : 0};
    if (ppoll(polls, (nfds_t)(count + 2), &wait, NULL) < 0)
        return errno == EINTR ? 0 : -1;
    for (size_t i = 0; i < count; i++)
        if (polls[i].revents)
            serve_viewer(camera, camera->viewers[i], polls[i].revents);
    remove_leaving(camera);
    if (polls[count].revents)
        accept_viewer(camera);
    if (polls[count + 1].revents)
        take_signal(camera);
    return 0;
}

/* ---- start and end ---- */

static int fail(const char *what)
{
    fprintf(stderr, "camera: %s: %s\n", what, strerror(errno));
    return -1;
}

static int open_signals(struct camera *camera)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return fail("signals");
    camera->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return camera->signals < 0 ? fail("signals") : 0;
}

static int open_listener(struct camera *camera)
{
    camera->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (camera->listener < 0)
        return fail("socket");
    setsockopt(camera->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(camera->options.port)};
    inet_pton(AF_INET, camera->options.address, &address.sin_addr);
    socklen_t size = sizeof address;
    if (bind(camera->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(camera->listener, 64) != 0 ||
        getsockname(camera->listener, (struct sockaddr *)&address, &size) != 0) {
        char what[96];
        snprintf(what, sizeof what, "cannot listen on %.40s, port %u", camera->options.address,
                 camera->options.port);
        return fail(what);
    }
    camera->options.port = ntohs(address.sin_port);
    return 0;
}

static void describe(struct camera *camera)
{
    const struct options *options = &camera->options;
    const struct footage *footage = &camera->footage;
    camera->service = (struct rtsp_service){
        .name = options->name,
        .path = options->path,
        .address = camera->options.address,
        .port = options->port,
        .user = {options->user, options->password},
        .sps = footage->bytes + footage->sps.offset,
        .sps_size = footage->sps.size,
        .pps = footage->bytes + footage->pps.offset,
        .pps_size = footage->pps.size,
        .fps = footage->fps,
        .session_limit = options->max_sessions,
    };
}

/* A parent that died before the wish was stated leaves its child to another one: that is noticed
 * too. */
static int follow_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return fail("--with-parent");
    return getppid() == parent ? 0 : -1;
}

static int serve(struct camera *camera)
{
    pid_t parent = getppid();
    camera->listener = camera->signals = -1;
    if (camera->options.with_parent && follow_parent(parent) != 0)
        return -1;
    if (footage_load(&camera->footage, camera->options.clip) != 0 || open_signals(camera) != 0 ||
        open_listener(camera) != 0)
        return -1;
    describe(camera);
    camera->next_frame = frame_from(camera, wall_ns());
    printf("camera %s: rtsp://%s:%u%s\n", camera->options.name, camera->options.address,
           camera->options.port, camera->options.path);
    fflush(stdout);
    int result = 0;
    while (!camera->ended && result == 0)
        result = turn(camera);
    return result == 0 ? 0 : fail("poll");
}

static void release(struct camera *camera)
{
    remove_all(camera, "the camera ends", false);
    if (camera->listener >= 0)
        close(camera->listener);
    if (camera->signals >= 0)
        close(camera->signals);
    footage_free(&camera->footage);
}

int main(int argc, char **argv)
{
    static struct camera camera;
    switch (options_read(&camera.options, argc, argv)) {
    case OPTIONS_GOOD:
        break;
    case OPTIONS_HELP:
        options_usage(stdout);
        return 0;
    case OPTIONS_WRONG:
        options_usage(stderr);
        return 2;
    }
    av_log_set_level(AV_LOG_ERROR);
    int result = serve(&camera);
    release(&camera);
    return result == 0 ? 0 : 3;
}
