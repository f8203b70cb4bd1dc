/* The lookout as a real process: what it sees of a main on a shared volume (R45), what it finds in
 * reach when the peers are gone (R29), whether a camera is (R36), and that one that hangs is
 * replaced while its node goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/claim.h"
#include "runtime/node/clock.h"
#include "runtime/node/lifesign.h"
#include "runtime/node/lookout.h"

#define TICK_MS 50
#define WAIT_MS 15000 /* for what must come; it ends a test that would hang */

static char root[] = "/tmp/understudy-test-lookout-XXXXXX";
static char vault[64];
static int camera = -1; /* listens where the camera is; its queue takes one connection */
static const struct image *image;
static char folder[64];

static uv_loop_t loop;
static uv_timer_t timer;
static struct inbox inbox;
static struct lookout *lookout;
static bool alpha_lives;
static uint64_t alpha_counter;

/* ---- the site ---- */

static bool run_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool run_command(const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

static unsigned listen_for_camera(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    camera = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(camera, (struct sockaddr *)&address, size) != 0 || listen(camera, 0) != 0 ||
        getsockname(camera, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

static int make_site(void **state)
{
    char path[96];
    char error[TEXT_BYTES_MAX];
    const char *programs = getenv("UNDERSTUDY_BIN");
    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(vault, sizeof vault, "%s/vault", root);
    snprintf(folder, sizeof folder, "%s/site", root);
    snprintf(path, sizeof path, "%s/site.lua", root);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return -1;
    fprintf(
        file,
        "site { heartbeat = \"%d ms\", misses = 20, lease = \"2 s\" }\n"
        "volume \"vault\" { nas = \"%s\", size = \"1 GiB\" }\n"
        "server \"alpha\" { address = \"127.0.0.1:7400\", archive = { \"vault\" } }\n"
        "server \"omega\" { address = \"127.0.0.1:7401\", archive = { \"vault\" } }\n"
        "camera \"lobby\" { server = \"alpha\", url = \"rtsp://127.0.0.1:%u/a\" }\n"
        "failover \"f\" { standby = \"omega\", monitor = \"alpha\", expect_reconnection = \"1 "
        "s\" }\n"
        "camera \"hall\" { server = \"omega\", url = \"rtsp://127.0.0.1:1/a\" }\n"
        "failover \"g\" { standby = \"alpha\", monitor = \"omega\", expect_reconnection = \"1 s\","
        " also_on = { \"storage\" } }\n",
        TICK_MS, vault, listen_for_camera());
    fclose(file);
    if (!run_command("mkdir %s && echo vault >%s/.understudy-volume", vault, vault) ||
        !run_command("timeout 60 '%s/understudy' compile %s -o %s >/dev/null",
                     programs != NULL ? programs : "build/bin", path, folder))
        return -1;
    const struct deployment *deployment = deployment_open(folder, error);
    if (deployment != NULL)
        image = deployment_image(deployment);
    return image == NULL ? -1 : 0;
}

static int remove_site(void **state)
{
    (void)state;
    close(camera);
    return run_command("rm -rf %s", root) ? 0 : -1;
}

/* ---- a node around the lookout ---- */

static void on_tick(uv_timer_t *handle)
{
    (void)handle;
    lookout_tick(lookout);
    if (alpha_lives) {
        const struct lifesign sign = {.boot = 1, .counter = ++alpha_counter};
        const int volume = lifesign_open(vault, "vault");
        lifesign_write(volume, "alpha", &sign, NULL);
        close(volume);
    }
}

static int open_lookout(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/.understudy/alpha.alive", vault);
    unlink(path); /* what an earlier test has left is no sign */
    inbox = (struct inbox){0};
    alpha_lives = false;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_tick, 0, TICK_MS);
    lookout = lookout_open(&loop, folder, image, image_find_server(image, "omega"), &inbox);
    return lookout == NULL;
}

static int close_lookout(void **state)
{
    (void)state;
    lookout_close(lookout);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    lookout_free(lookout);
    inbox_free(&inbox);
    return 0;
}

enum matter { MATTER_STORAGE, MATTER_CLAIMS, MATTER_REST };

static enum matter matter_of(const struct engine_event *event)
{
    if (event->kind == EVENT_STORAGE_LOST || event->kind == EVENT_STORAGE_BACK)
        return MATTER_STORAGE;
    if (event->kind == EVENT_ARBITER_LOST || event->kind == EVENT_ARBITER_BACK ||
        event->kind == EVENT_CLAIM_GRANTED || event->kind == EVENT_CLAIM_DENIED ||
        event->server == IMAGE_COORDINATOR)
        return MATTER_CLAIMS;
    return MATTER_REST;
}

/* The next event on a matter; fails where none comes. */
static struct engine_event next_event_on(enum matter matter)
{
    struct inbox_item item;
    const int64_t end_ms = clock_now_ms() + WAIT_MS;
    for (;;) {
        while (!inbox_take(&inbox, &item)) {
            assert_true(clock_now_ms() < end_ms);
            uv_run(&loop, UV_RUN_ONCE);
        }
        if (matter_of(&item.event) == matter)
            return item.event;
    }
}

static struct engine_event next_event(void)
{
    return next_event_on(MATTER_REST);
}

/* What must come in the end: on a machine that is busy, a view may be none for a while. */
static void expect(enum engine_event_kind kind)
{
    const int64_t end_ms = clock_now_ms() + WAIT_MS;
    while (next_event().kind != kind)
        assert_true(clock_now_ms() < end_ms);
}

/* ---- R45 ---- */

static void test_r45_views(void **state)
{
    (void)state;
    char moved[80];
    struct lifesign sign;
    alpha_lives = true;
    const struct engine_event event = next_event();
    assert_int_equal(event.kind, EVENT_VIEW_ALIVE);
    assert_int_equal(event.failover, image_find_failover(image, "f"));
    const int volume = lifesign_open(vault, "vault");
    assert_true(lifesign_read(volume, "omega", &sign));
    close(volume);
    alpha_lives = false;
    expect(EVENT_VIEW_SILENT);
    alpha_lives = true;
    expect(EVENT_VIEW_ALIVE);
    alpha_lives = false;
    snprintf(moved, sizeof moved, "%s-moved", vault);
    assert_int_equal(rename(vault, moved), 0);
    assert_int_equal(mkdir(vault, 0700), 0); /* the bare mount point */
    expect(EVENT_VIEW_NONE);
    assert_int_equal(rmdir(vault), 0); /* R32: nothing was put there */
    assert_int_equal(rename(moved, vault), 0);
    alpha_lives = true;
    expect(EVENT_VIEW_ALIVE);
}

/* Its process stands still, as one does whose volume hangs in the kernel. */
static void test_one_that_hangs_is_replaced(void **state)
{
    (void)state;
    char path[64];
    int pid = 0;
    alpha_lives = true;
    expect(EVENT_VIEW_ALIVE);
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fscanf(file, "%d", &pid) == 1) /* the youngest is the last */
        continue;
    assert_true(pid > 0);
    fclose(file);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    expect(EVENT_VIEW_NONE);
    expect(EVENT_VIEW_ALIVE);
}

/* ---- R30 ---- */

static struct engine_event expect_of_claims(enum engine_event_kind kind)
{
    const int64_t end_ms = clock_now_ms() + WAIT_MS;
    for (;;) {
        const struct engine_event event = next_event_on(MATTER_CLAIMS);
        if (event.kind == kind && event.server == image_find_server(image, "alpha"))
            return event;
        assert_true(clock_now_ms() < end_ms);
    }
}

static void ask(uint64_t epoch)
{
    lookout_ask(lookout, image_find_server(image, "alpha"), image_find_failover(image, "f"), epoch);
}

/* The claim of alpha is nobody's, then ours, then another's; a volume that is away decides nothing.
 */
static void test_r30_claims_are_decided(void **state)
{
    (void)state;
    char moved[80];
    struct claim_record record = {0};
    ask(2);
    assert_int_equal(expect_of_claims(EVENT_CLAIM_GRANTED).epoch, 2);
    const int volume = lifesign_open(vault, "vault");
    assert_int_equal(claim_read(volume, "alpha", &record), CLAIM_READ);
    assert_string_equal(record.holder, "omega");
    assert_int_equal(record.epoch, 2);
    snprintf(moved, sizeof moved, "%s-moved", vault);
    assert_int_equal(rename(vault, moved), 0);
    ask(3);
    expect_of_claims(EVENT_ARBITER_LOST);
    assert_int_equal(rename(moved, vault), 0);
    expect_of_claims(EVENT_ARBITER_BACK);
    do { /* the question may have been answered in the last moment */
        assert_int_equal(claim_read(volume, "alpha", &record), CLAIM_READ);
        record.turn++;
        record.epoch = 4;
        strcpy(record.holder, "alpha");
    } while (claim_take(volume, "alpha", &record) != TURNS_TAKEN);
    close(volume);
    ask(5); /* alpha has not been seen still for a lease */
    assert_int_equal(expect_of_claims(EVENT_CLAIM_DENIED).epoch, 4);
}

/* ---- R29, R36 ---- */

static void test_r36_the_storage_is_lost_and_back(void **state)
{
    (void)state;
    char moved[80];
    snprintf(moved, sizeof moved, "%s-moved", vault);
    alpha_lives = true;
    expect(EVENT_VIEW_ALIVE);
    assert_int_equal(rename(vault, moved), 0);
    assert_int_equal(next_event_on(MATTER_STORAGE).kind, EVENT_STORAGE_LOST);
    assert_int_equal(rename(moved, vault), 0);
    assert_int_equal(next_event_on(MATTER_STORAGE).kind, EVENT_STORAGE_BACK);
}

/* Connections that nobody accepts fill the camera's queue: then nothing answers there. */
static void fill_queue(int *clients, int count)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    assert_int_equal(getsockname(camera, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < count; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(clients[i], (struct sockaddr *)&address, size);
    }
    usleep(50000);
}

static void test_r36_a_camera_is_reached(void **state)
{
    (void)state;
    int clients[3];
    lookout_reach(lookout, image_find_camera(image, "lobby"));
    const struct engine_event event = next_event();
    assert_int_equal(event.kind, EVENT_REACHED);
    assert_int_equal(event.camera, image_find_camera(image, "lobby"));
    fill_queue(clients, 3);
    lookout_reach(lookout, image_find_camera(image, "lobby"));
    expect(EVENT_UNREACHED);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
}

static void test_r29_something_is_in_reach(void **state)
{
    (void)state;
    lookout_tick(lookout);
    lookout_probe(lookout); /* the vault, and the camera or its machine */
    expect(EVENT_NETWORK_FINE);
}

static void test_r29_nothing_is_in_reach(void **state)
{
    (void)state;
    int clients[3];
    char moved[80];
    snprintf(moved, sizeof moved, "%s-moved", vault);
    fill_queue(clients, 3);
    assert_int_equal(rename(vault, moved), 0);
    lookout_probe(lookout);
    expect(EVENT_NETWORK_DOWN);
    assert_int_equal(rename(moved, vault), 0); /* the volume alone is enough */
    lookout_probe(lookout);
    expect(EVENT_NETWORK_FINE);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
}

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "lookout") == 0)
        return lookout_process(count - 2, words + 2);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_r45_views, open_lookout, close_lookout),
        cmocka_unit_test_setup_teardown(test_r30_claims_are_decided, open_lookout, close_lookout),
        cmocka_unit_test_setup_teardown(test_one_that_hangs_is_replaced, open_lookout,
                                        close_lookout),
        cmocka_unit_test_setup_teardown(test_r36_the_storage_is_lost_and_back, open_lookout,
                                        close_lookout),
        cmocka_unit_test_setup_teardown(test_r36_a_camera_is_reached, open_lookout, close_lookout),
        cmocka_unit_test_setup_teardown(test_r29_something_is_in_reach, open_lookout,
                                        close_lookout),
        cmocka_unit_test_setup_teardown(test_r29_nothing_is_in_reach, open_lookout, close_lookout)};
    return cmocka_run_group_tests(tests, make_site, remove_site);
}
