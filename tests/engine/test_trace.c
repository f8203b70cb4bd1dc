/* The reasons of transitions, as people read them (R42). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/engine/trace.h"
#include "tests/compiled.h"

/* Why the main machine of a server does what it does as the server starts. */
static void assert_starts(const struct deployment *deployment, uint32_t server, const char *why)
{
    char text[TEXT_BYTES_MAX];
    const struct engine_event boot = {
        .kind = EVENT_BOOT, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = IMAGE_NONE};
    struct engine *engine =
        engine_init(test_calloc(1, engine_size(deployment, server)), deployment, server);
    const uint32_t max = engine_output_max(deployment, server);
    struct engine_output output = {.transitions = test_calloc(max, sizeof *output.transitions),
                                   .actions = test_calloc(max, sizeof *output.actions),
                                   .max = max};
    engine_step(engine, &boot, &output);
    uint32_t count = 0;
    for (uint32_t i = 0; i < output.transition_count; i++)
        if (deployment->machines[output.transitions[i].machine].kind == MACHINE_MAIN) {
            assert_string_equal(trace_why(deployment, &output.transitions[i], text, sizeof text),
                                why);
            count++;
        }
    assert_int_equal(count, 1);
    test_free(output.transitions);
    test_free(output.actions);
    test_free(engine);
}

static void a_server_without_cameras_records_none(void **context)
{
    (void)context;
    const struct deployment *deployment = compiled("tests/engine/sites/pair.lua");
    assert_starts(deployment, 0,
                  "alpha starts; its standbys are heard before it records what they watch over");
    assert_starts(deployment, 1, "omega starts; it has no cameras of its own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_cameras_records_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
