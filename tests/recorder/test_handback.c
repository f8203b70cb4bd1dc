/* Hand-backs between two whole workers (R27): one has recorded cameras for a while, another one
 * begins, and as soon as its first picture of a camera is on disk the first one stops that camera.
 * Needs the programs: without UNDERSTUDY_BIN and UNDERSTUDY_TESTS there is nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/volume.h"
#include "tests/recorder/driven.h"

/* They begin one after the other, so that each is read at other moments. */
#define CAMERAS  12
#define APART_MS 70
/* While a source is young, each picture is read as it comes: the easier case. */
#define STEADY_MS 4000

enum { STANDBY, MAIN, SIDES };
static const char *const sides[SIDES] = {"omega", "alpha"};

static char folder[] = "/tmp/understudy-handback-XXXXXX";
static const char *programs, *helpers;
static struct driven workers[SIDES];
static char volumes[SIDES][64];
static char url[128];
static pid_t camera;

static void give(int side, uint32_t number, enum recorder_order_kind kind)
{
    struct recorder_order order = {.abi = RECORDER_ABI,
                                   .kind = kind,
                                   .camera = number,
                                   .epoch = side == STANDBY ? 2 : 3,
                                   .volume_count = 1,
                                   .main_name = "alpha",
                                   .volumes = {{.name = "vault"}}};

    snprintf(order.camera_name, sizeof(order.camera_name), "camera-%u", number);
    snprintf(order.server_name, sizeof(order.server_name), "%s", sides[side]);
    snprintf(order.volumes[0].path, sizeof(order.volumes[0].path), "%s", volumes[side]);
    snprintf(order.url, sizeof(order.url), "%s", url);
    driven_give(&workers[side], &order);
}

/* How many pictures of a camera are on neither volume between its first and its last; the clip of
 * 15000 pictures may begin again meanwhile. */
static int missing(uint32_t number)
{
    char command[1024], line[64] = "";
    FILE *output;

    snprintf(command, sizeof(command),
             "%s/frames --list $(ls %s/alpha/camera-%u/*/*/*.ts %s/alpha/camera-%u/*/*/*.ts) | "
             "sed -n 's/.* frame //p' | sort -nu | awk 'NR == 1 { first = $1 } "
             "NR > 1 { hole = $1 - last - 1; if (hole > 7500) again = 1; else missing += hole } "
             "{ last = $1 } END { if (again) missing += first + 14999 - last; "
             "print missing + 0, NR }'",
             helpers, volumes[STANDBY], number, volumes[MAIN], number);
    output = popen(command, "r");
    assert_non_null(output);
    assert_non_null(fgets(line, sizeof(line), output));
    pclose(output);
    assert_true(atoi(strchr(line, ' ')) > 50);
    return atoi(line);
}

static void r27_a_hand_back_costs_no_picture(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CAMERAS; i++) {
        give(STANDBY, i, ORDER_RECORD);
        usleep(APART_MS * 1000);
    }
    usleep(STEADY_MS * 1000);
    for (uint32_t i = 0; i < CAMERAS; i++)
        give(MAIN, i, ORDER_RECORD);
    for (uint32_t i = 0; i < CAMERAS; i++)
        give(STANDBY, driven_await(&workers[MAIN], REPORT_ON_DISK).camera, ORDER_STOP);
    for (uint32_t i = 0; i < CAMERAS; i++)
        driven_await(&workers[STANDBY], REPORT_STOPPED);
    for (uint32_t i = 0; i < CAMERAS; i++)
        give(MAIN, i, ORDER_STOP);
    for (uint32_t i = 0; i < CAMERAS; i++)
        driven_await(&workers[MAIN], REPORT_STOPPED);
    for (uint32_t i = 0; i < CAMERAS; i++)
        assert_int_equal(missing(i), 0);
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    camera = driven_camera(helpers, (const char *[]){NULL}, url);
    for (int side = 0; side < SIDES; side++) {
        snprintf(volumes[side], sizeof(volumes[side]), "%s/%s", folder, sides[side]);
        if (mkdir(volumes[side], 0755) != 0 || !volume_init(volumes[side], "vault", cause))
            return -1;
        driven_start(&workers[side], programs, (const char *[]){"--volume", volumes[side], NULL},
                     NULL);
    }
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    for (int side = 0; side < SIDES; side++)
        driven_end(&workers[side]);
    driven_kill(&camera);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(r27_a_hand_back_costs_no_picture)};

    programs = getenv("UNDERSTUDY_BIN");
    helpers = getenv("UNDERSTUDY_TESTS");
    if (programs == NULL || helpers == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: no worker is tested\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
