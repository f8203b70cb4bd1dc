/* A kept engine goes on as it was; one with a damaged byte is refused, or does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/engine/engine.h"
#include "tests/compiled.h"

static const struct deployment *deployment;
static struct engine_output output;

static const struct deployment *compile(const char *site)
{
    char topology[64];
    snprintf(topology, sizeof topology, "tests/engine/sites/%s.lua", site);
    return compiled(topology);
}

static void step(struct engine *engine, struct engine_event event)
{
    engine_step(engine, &event, &output);
}

/* A standby that knows its peers and carries its main. */
static struct engine *make_carrying(void *memory, uint32_t server)
{
    const struct image *image = deployment_image(deployment);
    struct engine *engine = engine_init(memory, deployment, server);
    const struct image_list peers = image_servers(image)[server].peers;
    const struct image_list own = image_servers(image)[server].failovers;
    step(engine, (struct engine_event){.kind = EVENT_BOOT});
    for (uint32_t p = 0; p < peers.count; p++)
        step(engine, (struct engine_event){.kind = EVENT_PEER_UP,
                                           .server = image_numbers(image)[peers.first + p]});
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        step(engine, (struct engine_event){.kind = EVENT_FORCE_START, .failover = f});
    return engine;
}

static void a_kept_engine_goes_on(void **state)
{
    (void)state;
    const struct image *image = deployment_image(deployment);
    for (uint32_t s = 0; s < image->servers.count; s++) {
        const size_t size = engine_size(deployment, s);
        void *memory = malloc(size);
        void *copy = malloc(size);
        make_carrying(memory, s);
        memcpy(copy, memory, size);
        struct engine *again = engine_restore(copy, deployment, s);
        assert_non_null(again);
        const struct image_list own = image_servers(image)[s].failovers;
        for (uint32_t f = own.first; f < own.first + own.count; f++) {
            assert_int_equal(engine_failover_state(again, f), FAILOVER_FORCED);
            assert_int_equal(engine_failover_epoch(again, f),
                             engine_failover_epoch((struct engine *)memory, f));
        }
        assert_memory_equal(copy, memory, size);
        free(copy);
        free(memory);
    }
}

static void an_engine_of_another_server_is_refused(void **state)
{
    (void)state;
    const size_t size = engine_size(deployment, 1);
    void *memory = malloc(size > engine_size(deployment, 2) ? size : engine_size(deployment, 2));
    make_carrying(memory, 1);
    assert_null(engine_restore(memory, deployment, 2));
    free(memory);
}

/* Every byte of the block, damaged: refused, or taken, and then the engine still answers. */
static void a_damaged_byte_does_no_harm(void **state)
{
    (void)state;
    const size_t size = engine_size(deployment, 1);
    void *memory = malloc(size);
    uint8_t *copy = malloc(size);
    uint32_t refused = 0;
    make_carrying(memory, 1);
    static const uint8_t damages[] = {0x01, 0x02, 0x04, 0xa5, 0xff};
    for (size_t at = 0; at < size * sizeof damages; at++) {
        memcpy(copy, memory, size);
        copy[at / sizeof damages] ^= damages[at % sizeof damages];
        struct engine *engine = engine_restore(copy, deployment, 1);
        refused += engine == NULL;
        if (engine != NULL) {
            step(engine, (struct engine_event){.kind = EVENT_BOOT, .at_ms = 1000});
            step(engine, (struct engine_event){.kind = EVENT_TIME, .at_ms = 5000});
        }
    }
    assert_true(refused > 0);
    free(copy);
    free(memory);
}

static int open_deployment(void **state)
{
    (void)state;
    deployment = compile("ranked");
    uint32_t max = 0;
    const struct image *image = deployment_image(deployment);
    for (uint32_t s = 0; s < image->servers.count; s++)
        if (engine_output_max(deployment, s) > max)
            max = engine_output_max(deployment, s);
    output = (struct engine_output){.transitions = calloc(max, sizeof *output.transitions),
                                    .actions = calloc(max, sizeof *output.actions),
                                    .max = max};
    return 0;
}

static int close_deployment(void **state)
{
    (void)state;
    free(output.transitions);
    free(output.actions);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_engine_goes_on),
        cmocka_unit_test(an_engine_of_another_server_is_refused),
        cmocka_unit_test(a_damaged_byte_does_no_harm),
    };
    return cmocka_run_group_tests(tests, open_deployment, close_deployment);
}
