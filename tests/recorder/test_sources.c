/* A real worker against cameras of every kind: what each sends is on disk, pictures and sound,
 * frame after frame. Needs the programs: without UNDERSTUDY_BIN and UNDERSTUDY_TESTS there is
 * nothing to test. ffmpeg makes the clips and looks at what was recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "tests/recorder/driven.h"
#include "tests/recorder/http_camera.h"

#define RECORD_MS 4000
#define CLIP_S    20

static char folder[] = "/tmp/understudy-sources-XXXXXX";
static char programs[PATH_MAX], helpers[PATH_MAX];
static struct recorder_order order;
static struct driven worker = {.secret = "wo rd"};
static pid_t camera, relay;

/* ---- processes ---- */

static int finish(void **state)
{
    (void)state;
    driven_kill(&camera);
    driven_kill(&relay);
    driven_kill(&worker.process);
    return 0;
}

/* Runs a command in the folder; what it prints first. */
static const char *told_by(const char *format, ...)
{
    static char line[512];
    char command[3 * PATH_MAX];
    size_t size = (size_t)snprintf(command, sizeof(command), "cd %s && ", folder);
    va_list arguments;
    FILE *output;

    va_start(arguments, format);
    vsnprintf(command + size, sizeof(command) - size, format, arguments);
    va_end(arguments);
    output = popen(command, "r");
    assert_non_null(output);
    size = fread(line, 1, sizeof(line) - 1, output);
    line[size] = '\0';
    pclose(output);
    return line;
}

/* A port that is free for the moment. */
static unsigned free_port(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int opened = socket(AF_INET, type, 0);

    assert_int_equal(bind(opened, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(opened, (struct sockaddr *)&address, &size), 0);
    close(opened);
    return ntohs(address.sin_port);
}

/* ---- the worker ---- */

static void start_worker(void)
{
    char secrets[64];

    snprintf(secrets, sizeof(secrets), "%s/secrets", folder);
    driven_start(&worker, programs,
                 (const char *[]){"--secrets", secrets, "--clips", folder, "--volume",
                                  order.volumes[0].path, NULL},
                 NULL);
}

static void end_worker(void)
{
    assert_int_equal(driven_end(&worker), 0);
}

static void give(enum recorder_order_kind kind)
{
    order.kind = kind;
    driven_give(&worker, &order);
}

static struct recorder_report await(enum recorder_report_kind kind)
{
    return driven_await(&worker, kind);
}

static void order_record(const char *name, const char *url, const char *credentials)
{
    snprintf(order.camera_name, sizeof(order.camera_name), "%s", name);
    snprintf(order.url, sizeof(order.url), "%s", url);
    snprintf(order.credentials, sizeof(order.credentials), "%s", credentials);
    give(ORDER_RECORD);
}

/* Why nothing of it reaches the disk. */
static void is_silent(const char *url, const char *credentials, const char *part)
{
    struct recorder_report report;

    start_worker();
    order_record("silent", url, credentials);
    report = await(REPORT_SILENT);
    if (strstr(report.cause, part) == NULL)
        fail_msg("%s is not in: %s", part, report.cause);
    end_worker();
}

static void record(const char *name, const char *url, const char *credentials, unsigned ms)
{
    start_worker();
    order_record(name, url, credentials);
    await(REPORT_ON_DISK);
    usleep(ms * 1000);
    give(ORDER_STOP);
    await(REPORT_STOPPED);
    end_worker();
}

/* What is on disk of a camera: which codecs, in which container; every frame, and all of it can be
 * decoded. */
static void is_recorded(const char *name, const char *suffix, const char *codecs)
{
    char files[128];

    snprintf(files, sizeof(files), "volume/alpha/%s/*/*/*.%s", name, suffix);
    assert_string_equal(
        told_by("ls volume/alpha/%s/*/*/ | grep -v '[.]%s$' | grep -v index", name, suffix), "");
    assert_string_equal(
        told_by("for f in %s; do ffprobe -v error -show_entries "
                "stream=codec_name -of csv=p=0 $f; done | grep . | sort -u | tr '\\n' ' '",
                files),
        codecs);
    assert_string_equal(told_by("for f in %s; do ffmpeg -v error -nostdin -i $f -f null - 2>&1; "
                                "done",
                                files),
                        "");
}

/* The pictures (v) or sounds (a) of a recording last as long as it did, by their own times, and
 * no hole is among them. */
static void is_paced(const char *name, char kind, double at_least_s)
{
    double length_s = 0, longest_s = 0;

    sscanf(told_by("for f in $(ls volume/alpha/%s/*/*/*.*[sv] | tail -1); do ffprobe -v error "
                   "-select_streams %c -show_entries packet=pts_time -of csv=p=0 $f; done | "
                   "tr -d , | grep . | sort -n | uniq | awk 'NR == 1 { first = $1 } "
                   "NR > 1 && $1 - last > most { most = $1 - last } "
                   "{ last = $1 } END { print last - first, most }'",
                   name, kind),
           "%lf %lf", &length_s, &longest_s);
    if (length_s < at_least_s || longest_s > 0.1)
        fail_msg("%s, %c: %.3f s long, with a hole of %.3f s", name, kind, length_s, longest_s);
}

static void is_continuous(const char *name)
{
    const char *told =
        told_by("%s/frames $(ls volume/alpha/%s/*/*/*.*[sv]) | tail -1", helpers, name);

    if (strncmp(told, "continuous", 10) != 0 || atoi(strchr(told, ':') + 1) < 60)
        fail_msg("%s: %s", name, told);
}

/* What is exported has the same tracks. */
static void is_exported(const char *name, const char *suffix, const char *codecs)
{
    told_by("%s/understudy-recorder archive export volume --camera %s --from 2020-01-01T00:00:00Z "
            "--to 2100-01-01T00:00:00Z -o out-%s.%s",
            programs, name, name, suffix);
    assert_string_equal(told_by("ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "
                                "out-%s.%s | sort -u | tr '\\n' ' '",
                                name, suffix),
                        codecs);
}

/* ---- RTSP ---- */

static void start_rtsp_with_password(char *url)
{
    camera = driven_camera(
        helpers,
        (const char *[]){"--user", HTTP_CAMERA_USER, "--password", HTTP_CAMERA_PASSWORD, NULL},
        url);
}

static void rtsp_with_a_password(void **state)
{
    char url[128];

    (void)state;
    start_rtsp_with_password(url);
    record("rtsp", url, "door", RECORD_MS);
    is_recorded("rtsp", "ts", "h264 ");
    is_continuous("rtsp");
    is_silent(url, "wrong", "(401)");
    is_silent(url, "", "(401)");
    is_silent(url, "nobody", "no line of their name");
}

/* ---- what is encrypted, and IPv6 ---- */

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int opened = socket(AF_INET6, SOCK_STREAM, 0);
    bool bound = bind(opened, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(opened);
    return bound;
}

/* What speaks TLS in front of a camera, with a certificate that the camera has made itself; the
 * host and port are left in `authority`. */
static void start_tls(unsigned camera_port, char authority[static 32])
{
    unsigned port = free_port(SOCK_STREAM);
    char listen[256], connect[64];
    const char *arguments[] = {"socat", listen, connect, NULL};

    told_by("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj "
            "/CN=camera 2>/dev/null");
    snprintf(authority, 32, "%s:%u", has_ipv6() ? "[::1]" : "127.0.0.1", port);
    snprintf(listen, sizeof(listen),
             "OPENSSL-LISTEN:%u,pf=ip%d,reuseaddr,fork,verify=0,cert=%s/cert.pem,key=%s/key.pem",
             port, has_ipv6() ? 6 : 4, folder, folder);
    snprintf(connect, sizeof(connect), "TCP4:127.0.0.1:%u", camera_port);
    relay = driven_run(arguments);
    usleep(500000);
}

static void rtsp_by_tls_over_ipv6(void **state)
{
    char plain[128], authority[32], url[64];

    (void)state;
    start_rtsp_with_password(plain);
    start_tls((unsigned)atoi(strchr(plain + strlen("rtsp://"), ':') + 1), authority);
    snprintf(url, sizeof(url), "rtsps://%s%s", authority, strchr(plain + strlen("rtsp://"), '/'));
    record("rtsps", url, "door", RECORD_MS);
    is_recorded("rtsps", "ts", "h264 ");
    is_continuous("rtsps");
    is_silent(url, "wrong", "(401)");
}

/* libvlc as a camera sends by UDP alone: TCP is asked for first, and then that. */
static void rtsp_of(const char *clip, const char *codecs)
{
    unsigned number = free_port(SOCK_STREAM);
    char program[PATH_MAX + 32], port[8], path[128], url[64];
    const char *arguments[] = {program, path, port, NULL};

    snprintf(program, sizeof(program), "%s/rtsp", helpers);
    snprintf(path, sizeof(path), "%s/%s", folder, clip);
    snprintf(port, sizeof(port), "%u", number);
    snprintf(url, sizeof(url), "rtsp://127.0.0.1:%u/stream1", number);
    camera = driven_run(arguments);
    usleep(1000000);
    record(clip, url, "", RECORD_MS);
    is_recorded(clip, "mkv", codecs);
    is_continuous(clip);
    is_paced(clip, 'v', RECORD_MS / 1000.0 - 1);
    is_paced(clip, 'a', RECORD_MS / 1000.0 - 1);
}

static void rtsp_h265_and_aac(void **state)
{
    (void)state;
    rtsp_of("h265.ts", "aac hevc ");
    is_exported("h265.ts", "mp4", "aac hevc ");
}

static void rtsp_mjpeg_and_g711(void **state)
{
    (void)state;
    rtsp_of("mjpeg.mkv", "mjpeg pcm_mulaw ");
    is_exported("mjpeg.mkv", "mkv", "mjpeg pcm_mulaw ");
}

static void rtsp_h264_and_opus(void **state)
{
    (void)state;
    rtsp_of("opus.mkv", "h264 opus ");
}

/* ---- HTTP ---- */

static void http_of(const struct http_camera *given, const char *name, const char *credentials)
{
    struct http_camera http = *given;
    char path[128], url[64];
    uint16_t port;

    snprintf(path, sizeof(path), "%s/%s", folder, given->body);
    http.body = path;
    http.body_s = CLIP_S;
    camera = http_camera_start(&http, &port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/video", port);
    record(name, url, credentials, RECORD_MS);
}

static void http_mjpeg(void **state)
{
    const struct http_camera http = {HTTP_CAMERA_DIGEST,
                                     "multipart/x-mixed-replace;boundary=ffmpeg", "mjpeg.parts", 0};

    (void)state;
    http_of(&http, "parts", "door");
    is_recorded("parts", "mkv", "mjpeg ");
    is_continuous("parts");
}

static void http_mpeg_ts(void **state)
{
    const struct http_camera http = {HTTP_CAMERA_BASIC, "video/mp2t", "h265.ts", 0};

    (void)state;
    http_of(&http, "mpegts", "door");
    is_recorded("mpegts", "mkv", "aac hevc ");
    is_continuous("mpegts");
    is_paced("mpegts", 'v', RECORD_MS / 1000.0 - 2);
    is_paced("mpegts", 'a', RECORD_MS / 1000.0 - 2);
}

static void a_stall_is_said_and_ended(void **state)
{
    struct http_camera http = {HTTP_CAMERA_STALLS, "video/mp2t", NULL, CLIP_S};
    struct recorder_report report;
    char path[128], url[64];
    uint16_t port;

    (void)state;
    snprintf(path, sizeof(path), "%s/h264.ts", folder);
    http.body = path;
    camera = http_camera_start(&http, &port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/video", port);
    start_worker();
    order_record("stalls", url, "");
    await(REPORT_ON_DISK);
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "stalled"));
    await(REPORT_ON_DISK);
    end_worker();
}

static void hostile_answers_are_said(void **state)
{
    static const struct {
        enum http_camera_manner manner;
        const char *type, *part;
    } cases[] = {
        {HTTP_CAMERA_SENDS_AWAY, NULL, "another address"},
        {HTTP_CAMERA_ENDLESS_HEAD, NULL, "does not end"},
        {HTTP_CAMERA_GARBAGE, "multipart/x-mixed-replace;boundary=b", "else than pictures"},
        {HTTP_CAMERA_GARBAGE, "video/mp2t", "camera"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_camera http = {cases[i].manner, cases[i].type, "/dev/null", 1};
        char url[64];
        uint16_t port;

        camera = http_camera_start(&http, &port);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/video", port);
        is_silent(url, "", cases[i].part);
        driven_kill(&camera);
    }
}

/* ---- UDP, RTP, clips ---- */

static void mpeg_ts_by(const char *scheme, const char *format, const char *options)
{
    unsigned port = free_port(SOCK_DGRAM);
    char clip[128], to[64], url[64];
    const char *arguments[] = {"ffmpeg", "-v", "error", "-nostdin", "-re",  "-i", clip, "-map",
                               "0",      "-c", "copy",  "-f",       format, to,   NULL};

    snprintf(clip, sizeof(clip), "%s/h264.ts", folder);
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme, port);
    snprintf(to, sizeof(to), "%s%s", url, options);
    camera = driven_run(arguments);
    record(scheme, url, "", RECORD_MS);
    is_recorded(scheme, "ts", "h264 ");
    is_continuous(scheme);
}

static void udp(void **state)
{
    (void)state;
    mpeg_ts_by("udp", "mpegts", "?pkt_size=1316");
}

static void rtp(void **state)
{
    (void)state;
    mpeg_ts_by("rtp", "rtp_mpegts", "");
}

/* Over its end and over a cut: B-frames, lengths before the units, parameter sets apart. */
static void a_clip_is_looped(void **state)
{
    const char *told;

    (void)state;
    record("clip", "file:short.mp4", "", 11500);
    is_recorded("clip", "mkv", "aac h264 ");
    told = told_by("%s/understudy-recorder archive gaps volume | tail -3", programs);
    assert_null(strstr(told, "clip"));
    assert_true(atoi(told_by("ls volume/alpha/clip/*/*/*.mkv | wc -l")) >= 2);
}

static void clips_stay_in_their_directory(void **state)
{
    (void)state;
    told_by("ln -s /etc/hostname link.ts");
    is_silent("file:link.ts", "", "no link");
    is_silent("file:../secrets", "", "not accepted");
    is_silent("file:nothing.ts", "", "cannot be opened");
}

/* ---- set up ---- */

/* X("file", "what comes in", "how") */
#define CLIPS(X)                                                                                   \
    X("h264.ts", "-an -c:v copy")                                                                  \
    X("h265.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:bframes=0 " \
                 "-c:a aac -ar 48000")                                                             \
    X("mjpeg.mkv",                                                                                 \
      "-c:v mjpeg -force_duplicated_matrix 1 -huffman default -q:v 5 -vf pad=320:184 "             \
      "-c:a pcm_mulaw -ar 8000 -ac 1")                                                             \
    X("mjpeg.parts", "-an -c:v mjpeg -q:v 5 -f mpjpeg")                                            \
    X("opus.mkv", "-c:v copy -c:a libopus -ar 48000")                                              \
    X("short.mp4", "-c:v libx264 -preset ultrafast -x264-params bframes=2:keyint=25 -c:a aac -t "  \
                   "4")

static int make_clips(void)
{
#define X(file, how)                                                                               \
    if (told_by("ffmpeg -v error -nostdin -t %d -i %s/clip.ts -f lavfi -t %d -i sine=440 "         \
                "%s %s 2>&1",                                                                      \
                CLIP_S, helpers, CLIP_S, how, file)[0] != '\0')                                    \
        return -1;
    CLIPS(X)
#undef X
    return 0;
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX], volume[64];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(volume, sizeof(volume), "%s/volume", folder);
    if (mkdir(volume, 0755) != 0 || !volume_init(volume, "vault", cause))
        return -1;
    told_by("umask 077; printf 'door " HTTP_CAMERA_USER ":" HTTP_CAMERA_PASSWORD
            "\\nwrong viewer:no wo rd\\n' >secrets");
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .camera = 1,
                                    .epoch = 1,
                                    .volume_count = 1,
                                    .main_name = "alpha",
                                    .server_name = "beta",
                                    .volumes = {{.name = "vault"}}};
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s", volume);
    return make_clips();
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(rtsp_with_a_password, finish),
        cmocka_unit_test_teardown(rtsp_by_tls_over_ipv6, finish),
        cmocka_unit_test_teardown(rtsp_h265_and_aac, finish),
        cmocka_unit_test_teardown(rtsp_mjpeg_and_g711, finish),
        cmocka_unit_test_teardown(rtsp_h264_and_opus, finish),
        cmocka_unit_test_teardown(http_mjpeg, finish),
        cmocka_unit_test_teardown(http_mpeg_ts, finish),
        cmocka_unit_test_teardown(a_stall_is_said_and_ended, finish),
        cmocka_unit_test_teardown(hostile_answers_are_said, finish),
        cmocka_unit_test_teardown(udp, finish),
        cmocka_unit_test_teardown(rtp, finish),
        cmocka_unit_test_teardown(a_clip_is_looped, finish),
        cmocka_unit_test_teardown(clips_stay_in_their_directory, finish)};

    if (getenv("UNDERSTUDY_BIN") == NULL || getenv("UNDERSTUDY_TESTS") == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: no source is tested\n");
        return 0;
    }
    if (realpath(getenv("UNDERSTUDY_BIN"), programs) == NULL ||
        realpath(getenv("UNDERSTUDY_TESTS"), helpers) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
