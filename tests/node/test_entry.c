/* Entries of a journal: what is written is read back; a changed byte is never believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/node/entry.h"
#include "tests/node/site.h"

static struct site site;
static const struct machine machine = {
    .kind = MACHINE_CAMERA, .state_count = CAMERA_STATE_COUNT, .event_count = CAMERA_EVENT_COUNT};
static struct deployment deployment = {.machine_count = 1, .machines = &machine};

#define MAX 4

static size_t write_entry(uint8_t *bytes, struct engine_transition *transitions, uint32_t count)
{
    struct entry entry = {.wall_ms = 1700000000123,
                          .event = {.at_ms = 99,
                                    .kind = EVENT_ON_DISK,
                                    .server = IMAGE_NONE,
                                    .camera = 1,
                                    .failover = IMAGE_NONE,
                                    .epoch = 5},
                          .reason = "maintenance",
                          .transition_count = count,
                          .transitions = transitions};
    for (uint32_t i = 0; i < count; i++)
        transitions[i] = (struct engine_transition){.subject = 1,
                                                    .from = CAMERA_STARTING,
                                                    .to = CAMERA_RECORDING,
                                                    .event = CAMERA_ON_DISK,
                                                    .verdict = VERDICT_MOVE,
                                                    .rule = 2,
                                                    .epoch = 5,
                                                    .other = IMAGE_NONE};
    entry_encode(&entry, bytes);
    return entry_size(&entry);
}

static int begin(void **state)
{
    (void)state;
    deployment.image = site_make(&site);
    return 0;
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct engine_transition written[MAX], read[MAX];
    struct entry entry;
    for (uint32_t count = 0; count <= MAX; count++) {
        const size_t size = write_entry(bytes, written, count);
        assert_true(entry_decode(bytes, size, &deployment, read, MAX, &entry));
        assert_true(entry.wall_ms == 1700000000123);
        assert_int_equal(entry.event.camera, 1);
        assert_string_equal(entry.reason, "maintenance");
        assert_int_equal(entry.transition_count, count);
        assert_memory_equal(read, written, count * sizeof read[0]);
    }
    const size_t size = write_entry(bytes, written, MAX);
    assert_false(entry_decode(bytes, size, &deployment, read, MAX - 1, &entry));
}

static void test_every_changed_byte_is_seen(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct engine_transition transitions[MAX];
    struct entry entry;
    const size_t size = write_entry(bytes, transitions, 2);
    for (size_t at = 0; at < size; at++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1 << bit);
            assert_false(entry_decode(bytes, size, &deployment, transitions, MAX, &entry));
            bytes[at] ^= (uint8_t)(1 << bit);
        }
    for (size_t less = 0; less < size; less++)
        assert_false(entry_decode(bytes, less, &deployment, transitions, MAX, &entry));
}

/* Sound by its sum, and still not of this deployment. */
static void test_what_the_deployment_does_not_have(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct engine_transition transition = {
        .subject = 2, .verdict = VERDICT_MOVE, .other = IMAGE_NONE};
    struct entry entry = {
        .event = {.kind = EVENT_BOOT, .server = 0, .camera = 0, .failover = IMAGE_NONE},
        .transition_count = 1,
        .transitions = &transition};
    struct engine_transition read[MAX];
    entry_encode(&entry, bytes);
    assert_false(entry_decode(bytes, entry_size(&entry), &deployment, read, MAX, &entry));
    entry.transitions = &transition;
    transition.subject = 1;
    transition.machine = 1;
    entry_encode(&entry, bytes);
    assert_false(entry_decode(bytes, entry_size(&entry), &deployment, read, MAX, &entry));
    entry.transitions = &transition;
    transition.machine = 0;
    entry.event.server = 1;
    entry_encode(&entry, bytes);
    assert_false(entry_decode(bytes, entry_size(&entry), &deployment, read, MAX, &entry));
}

/* R30: what the coordinator sees of a main, where the site has one. */
static void test_what_the_coordinator_sees(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct engine_transition read[MAX];
    struct entry entry = {.event = {.kind = EVENT_VIEW_ALIVE,
                                    .server = IMAGE_COORDINATOR,
                                    .camera = IMAGE_NONE,
                                    .failover = IMAGE_NONE}};
    entry_encode(&entry, bytes);
    assert_false(entry_decode(bytes, entry_size(&entry), &deployment, read, MAX, &entry));
    site.image.coordinators.count = 1;
    assert_true(entry_decode(bytes, entry_size(&entry), &deployment, read, MAX, &entry));
    assert_int_equal(entry.event.server, IMAGE_COORDINATOR);
    site.image.coordinators.count = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_every_changed_byte_is_seen),
                                       cmocka_unit_test(test_what_the_deployment_does_not_have),
                                       cmocka_unit_test(test_what_the_coordinator_sees)};
    return cmocka_run_group_tests(tests, begin, NULL);
}
