/* A real worker and a camera behind TLS, on a machine whose list of trusted certificates is the
 * test's own: what is trusted is recorded, and what is not is said so that it can be mended. Needs
 * the programs, and to be allowed its own view of the files: without UNDERSTUDY_BIN and
 * UNDERSTUDY_TESTS there is nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "tests/recorder/driven.h"
#include "tests/recorder/http_camera.h"

#define RECORD_MS 4000
#define CLIP_S    20
/* Where update-ca-certificates puts what is trusted. */
#define TRUSTED "/etc/ssl/certs/ca-certificates.crt"

static char folder[] = "/tmp/understudy-https-XXXXXX";
static char programs[PATH_MAX], helpers[PATH_MAX];
static bool may_trust;
static struct recorder_order order;
static struct driven worker;
static pid_t camera, relay;

static bool runs(const char *format, ...)
{
    char command[2 * PATH_MAX];
    size_t size = (size_t)snprintf(command, sizeof(command), "cd %s && ", folder);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command + size, sizeof(command) - size, format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

/* ---- certificates ---- */

#define NEW_KEY "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

static bool make_issuer(void)
{
    return runs("openssl req -x509 " NEW_KEY " -keyout ca.key -out ca.pem -days 1 -subj /CN=site "
                "-addext basicConstraints=critical,CA:TRUE 2>/dev/null");
}

/* One for a name, by the site's issuer; 0 days: it has expired when it is made. */
static bool issue(const char *file, const char *name, unsigned days)
{
    return runs("{ openssl req " NEW_KEY " -keyout %s.key -subj /CN=%s -addext subjectAltName=%s "
                "-out %s.csr && openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key "
                "-CAcreateserial -copy_extensions copy -days %u -out %s.pem; } 2>/dev/null",
                file, file, name, file, file, days, file);
}

/* From now on this file alone is trusted on this machine, as far as the test's processes see. */
static void trust(const char *file)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    assert_int_equal(mount(path, TRUSTED, NULL, MS_BIND, NULL), 0);
}

static bool own_mounts(void)
{
    return driven_apart(CLONE_NEWNS) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           access(TRUSTED, R_OK) == 0;
}

/* ---- a camera ---- */

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int opened = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(opened, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(opened, (struct sockaddr *)&address, &size), 0);
    close(opened);
    return ntohs(address.sin_port);
}

/* A camera by HTTP, and before it what speaks TLS with a certificate. */
static void start_camera(const char *certificate)
{
    char body[128], listen[3 * 128], to[64];
    const struct http_camera http = {HTTP_CAMERA_DIGEST, "video/mp2t", body, CLIP_S};
    uint16_t plain, port = free_port();

    snprintf(body, sizeof(body), "%s/clip.ts", folder);
    camera = http_camera_start(&http, &plain);
    snprintf(
        listen, sizeof(listen),
        "OPENSSL-LISTEN:%u,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=%s/%s.pem,key=%s/%s.key",
        port, folder, certificate, folder, certificate);
    snprintf(to, sizeof(to), "TCP4:127.0.0.1:%u", plain);
    relay = driven_run((const char *[]){"socat", listen, to, NULL});
    snprintf(order.url, sizeof(order.url), "https://127.0.0.1:%u/video", port);
    usleep(500000);
}

static void start_recording(const char *certificate)
{
    char secrets[128];

    start_camera(certificate);
    snprintf(order.camera_name, sizeof(order.camera_name), "%s", certificate);
    snprintf(secrets, sizeof(secrets), "%s/secrets", folder);
    driven_start(&worker, programs,
                 (const char *[]){"--secrets", secrets, "--volume", order.volumes[0].path, NULL},
                 NULL);
    order.kind = ORDER_RECORD;
    driven_give(&worker, &order);
}

static int finish(void **state)
{
    (void)state;
    driven_kill(&worker.process);
    driven_kill(&relay);
    driven_kill(&camera);
    if (may_trust)
        umount(TRUSTED);
    return 0;
}

static void is_recorded(const char *certificate, const char *trusted)
{
    if (!may_trust)
        skip();
    trust(trusted);
    start_recording(certificate);
    driven_await(&worker, REPORT_ON_DISK);
    usleep(RECORD_MS * 1000);
    order.kind = ORDER_STOP;
    driven_give(&worker, &order);
    driven_await(&worker, REPORT_STOPPED);
    assert_int_equal(driven_end(&worker), 0);
    assert_true(runs("%s/frames volume/alpha/%s/*/*/*.ts", helpers, certificate));
}

static void is_refused(const char *certificate, const char *trusted, const char *part)
{
    struct recorder_report report;

    if (!may_trust)
        skip();
    trust(trusted);
    start_recording(certificate);
    report = driven_await(&worker, REPORT_SILENT);
    if (strstr(report.cause, part) == NULL)
        fail_msg("%s is not in: %s", part, report.cause);
    assert_int_equal(driven_end(&worker), 0);
}

/* ---- */

static void what_a_trusted_issuer_certifies_is_recorded(void **state)
{
    (void)state;
    is_recorded("camera", "ca.pem");
}

/* Most cameras have made theirs themselves. */
static void a_certificate_that_is_trusted_itself_will_do(void **state)
{
    (void)state;
    is_recorded("itself", "itself.pem");
}

static void what_is_not_trusted_is_told_how_to_be(void **state)
{
    (void)state;
    is_refused("camera", "itself.pem", "update-ca-certificates");
}

static void another_name_is_told(void **state)
{
    (void)state;
    is_refused("elsewhere", "ca.pem", "another name");
}

static void an_old_certificate_is_told(void **state)
{
    (void)state;
    is_refused("old", "ca.pem", "expired");
}

/* ---- set up ---- */

static bool make_certificates(void)
{
    return make_issuer() && issue("camera", "IP:127.0.0.1", 1) &&
           issue("elsewhere", "DNS:elsewhere.example", 1) && issue("old", "IP:127.0.0.1", 0) &&
           runs("openssl req -x509 " NEW_KEY " -keyout itself.key -out itself.pem -days 1 -subj "
                "/CN=camera -addext subjectAltName=IP:127.0.0.1 2>/dev/null");
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .camera = 1,
                                    .epoch = 1,
                                    .volume_count = 1,
                                    .main_name = "alpha",
                                    .server_name = "beta",
                                    .credentials = "door",
                                    .volumes = {{.name = "vault"}}};
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s/volume", folder);
    may_trust = own_mounts();
    return mkdir(order.volumes[0].path, 0755) == 0 &&
                   volume_init(order.volumes[0].path, "vault", cause) && make_certificates() &&
                   runs("umask 077; printf 'door " HTTP_CAMERA_USER ":" HTTP_CAMERA_PASSWORD
                        "\\n' >secrets") &&
                   runs("ffmpeg -v error -nostdin -t %d -i %s/clip.ts -c copy clip.ts", CLIP_S,
                        helpers)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return runs("cd / && rm -r %s", folder) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_a_trusted_issuer_certifies_is_recorded, finish),
        cmocka_unit_test_teardown(a_certificate_that_is_trusted_itself_will_do, finish),
        cmocka_unit_test_teardown(what_is_not_trusted_is_told_how_to_be, finish),
        cmocka_unit_test_teardown(another_name_is_told, finish),
        cmocka_unit_test_teardown(an_old_certificate_is_told, finish)};

    if (getenv("UNDERSTUDY_BIN") == NULL || getenv("UNDERSTUDY_TESTS") == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: no camera is read by https\n");
        return 0;
    }
    if (realpath(getenv("UNDERSTUDY_BIN"), programs) == NULL ||
        realpath(getenv("UNDERSTUDY_TESTS"), helpers) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
