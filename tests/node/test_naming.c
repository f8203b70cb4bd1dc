/* Servers of two deployments mean the same failover and camera by the same number (R41). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/naming.h"
#include "runtime/node/parcel.h"
#include "runtime/node/rollout_order.h"

static char root[] = "/tmp/understudy-test-naming-XXXXXX";
static char error[TEXT_BYTES_MAX];
static const struct image *old, *new;

/* The site of 01-pair, with a server that is declared first, or with a failover of another name. */
static const struct image *compile(const char *name, const char *edit)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[1024], folder[128];
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    snprintf(command, sizeof command,
             "{ %s; } >%s.lua && timeout 60 '%s/understudy' compile %s.lua -o %s >/dev/null 2>&1",
             edit, folder, programs != NULL ? programs : "build/bin", folder, folder);
    if (system(command) != 0)
        return NULL;
    const struct deployment *made = deployment_open(folder, error);
    return made != NULL ? deployment_image(made) : NULL;
}

static struct naming *names_of(const struct image *image, const char *server)
{
    struct naming *naming = naming_make(image, image_find_server(image, server), error);
    assert_non_null(naming);
    return naming;
}

static void what_both_know_has_one_number(void **context)
{
    (void)context;
    struct naming *from = names_of(old, "alpha"), *to = names_of(new, "omega");
    const struct engine_message said = {.kind = MESSAGE_ON_DISK,
                                        .failover = image_find_failover(old, "alpha-to-omega"),
                                        .camera = image_find_camera(old, "gate"),
                                        .epoch = 7,
                                        .elapsed_ms = 11};
    struct engine_message heard;
    const struct wire_message wire = naming_to_wire(from, &said);
    assert_true(naming_from_wire(to, &wire, &heard));
    assert_int_equal(heard.kind, MESSAGE_ON_DISK);
    assert_int_equal(heard.failover, image_find_failover(new, "alpha-to-omega"));
    assert_int_equal(heard.camera, image_find_camera(new, "gate"));
    assert_int_not_equal(heard.camera, said.camera);
    assert_int_equal(heard.epoch, 7);
    assert_int_equal(heard.elapsed_ms, 11);
    naming_free(from);
    naming_free(to);
}

static void what_one_does_not_know_is_not_guessed(void **context)
{
    (void)context;
    struct naming *from = names_of(new, "omega"), *to = names_of(old, "omega");
    struct engine_message heard;
    struct wire_message wire = naming_to_wire(
        from, &(struct engine_message){.kind = MESSAGE_ALIVE,
                                       .failover = image_find_failover(new, "first-to-omega"),
                                       .camera = IMAGE_NONE});
    assert_false(naming_from_wire(to, &wire, &heard));
    wire = naming_to_wire(
        from, &(struct engine_message){.kind = MESSAGE_ON_DISK,
                                       .failover = image_find_failover(new, "alpha-to-omega"),
                                       .camera = image_find_camera(new, "first")});
    assert_false(naming_from_wire(to, &wire, &heard));
    wire.camera = 0;
    assert_true(naming_from_wire(to, &wire, &heard));
    assert_int_equal(heard.camera, IMAGE_NONE);
    wire.kind = ENGINE_MESSAGE_COUNT;
    assert_false(naming_from_wire(to, &wire, &heard));
    naming_free(from);
    naming_free(to);
}

static void a_parcel_is_read_back_and_nothing_else(void **context)
{
    (void)context;
    static uint8_t bytes[PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX + 1], carried[PARCEL_BYTES_MAX];
    struct parcel read;
    memset(carried, 0x5a, sizeof carried);
    const struct parcel parcel = {.kind = PARCEL_PIECE,
                                  .serial = 1ull << 50,
                                  .offset = 1ull << 33,
                                  .bytes = carried,
                                  .size = sizeof carried};
    const size_t size = parcel_encode(&parcel, bytes);
    assert_true(parcel_decode(bytes, size, &read));
    assert_int_equal(read.kind, PARCEL_PIECE);
    assert_true(read.serial == parcel.serial && read.offset == parcel.offset);
    assert_int_equal(read.size, sizeof carried);
    assert_memory_equal(read.bytes, carried, sizeof carried);
    assert_false(parcel_decode(bytes, size + 1, &read));
    for (size_t cut = 0; cut < PARCEL_HEAD_BYTES; cut++)
        assert_false(parcel_decode(bytes, cut, &read));
    for (size_t at = 0; at < 8; at++) {
        bytes[at] ^= 0x40;
        assert_false(parcel_decode(bytes, size, &read));
        bytes[at] ^= 0x40;
    }
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ORDER(serial, hash, size, more)                                                            \
    "{\"serial\":" serial ",\"hash\":\"" hash "\",\"digest\":\"" HEX "\",\"size\":" size           \
    ",\"by\":\"omega\"" more "}"

static void assert_no_order(const char *text)
{
    struct rollout_order order;
    if (rollout_order_read(&order, text, strlen(text)))
        fail_msg("%s is taken for an order", text);
    assert_int_equal(order.serial, 0);
}

/* What a peer sends may be broken or hostile. */
static void an_order_is_sound_or_none(void **context)
{
    (void)context;
    struct rollout_order order;
    const char sound[] = ORDER("9", HEX, "100", ",\"servers\":[\"alpha\"]");
    assert_true(rollout_order_read(&order, sound, strlen(sound)));
    assert_int_equal(order.serial, 9);
    assert_true(rollout_order_concerns(&order, "alpha"));
    assert_false(rollout_order_concerns(&order, "omega"));
    char *text = rollout_order_text(&order);
    rollout_order_free(&order);
    assert_true(rollout_order_read(&order, text, strlen(text)));
    free(text);
    rollout_order_free(&order);
    for (size_t cut = 0; cut < sizeof sound - 1; cut++)
        assert_false(rollout_order_read(&order, sound, cut));
    assert_no_order(ORDER("0", HEX, "100", ""));
    assert_no_order(ORDER("-3", HEX, "100", ""));
    assert_no_order(ORDER("9", "../../../../../../etc/passwd", "100", ""));
    assert_no_order(ORDER("9", HEX "00", "100", ""));
    assert_no_order(ORDER("9", HEX, "0", ""));
    assert_no_order(ORDER("9", HEX, "99999999999999", ""));
    assert_no_order(ORDER("9", HEX, "100", ",\"servers\":[]"));
    assert_no_order(ORDER("9", HEX, "100", ",\"servers\":[7]"));
    assert_no_order(ORDER("9", HEX, "100", ",\"servers\":\"alpha\""));
    assert_no_order(ORDER("9", HEX, "100", ",\"by\":\"sigma\""));
    assert_no_order("[]");
    assert_no_order("");
}

static int begin(void **context)
{
    (void)context;
    if (mkdtemp(root) == NULL)
        return 1;
    old = compile("old", "cat examples/01-pair/topology.lua");
    new = compile(
        "new", "echo 'server \"first\" { address = \"127.0.0.1:7499\", archive = { \"disk-o\" } }';"
               "echo 'camera \"first\" { server = \"first\", url = \"rtsp://127.0.0.1:8699/s\" }';"
               "echo 'failover \"first-to-omega\" { standby = \"omega\", monitor = \"first\","
               " expect_reconnection = \"5 s\" }'; cat examples/01-pair/topology.lua");
    return old == NULL || new == NULL;
}

static int end(void **context)
{
    (void)context;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_know_has_one_number),
        cmocka_unit_test(what_one_does_not_know_is_not_guessed),
        cmocka_unit_test(a_parcel_is_read_back_and_nothing_else),
        cmocka_unit_test(an_order_is_sound_or_none),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
