/* The specification table: every shape can be built from it, and features leave no trace where they
 * are off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "compiler/spec.h"

static const struct machine_cell *cell(const struct spec_shape *shape, int state, int event)
{
    return &shape->cells[state * shape->event_count + event];
}

/* spec_shape asserts that no cell has two moves, so building them all shows that the table has no
 * contradiction. */
static void every_shape_is_sound(void **context)
{
    (void)context;
    int shapes = 0;
    for (enum machine_kind kind = 0; kind < MACHINE_KIND_COUNT; kind++) {
        uint32_t all = spec_features_of_kind(kind);
        for (uint32_t features = 0; features < 1u << FEATURE_COUNT; features++) {
            struct spec_shape shape;
            if ((features & ~all) != 0)
                continue;
            spec_shape(&shape, kind, features);
            shapes++;
            for (int state = 0; state < shape.state_count; state++)
                for (int event = 0; event < shape.event_count; event++) {
                    const struct machine_cell *at = cell(&shape, state, event);
                    bool inside = shape.has_state[state] && shape.has_event[event];
                    assert_int_equal(inside, at->verdict != VERDICT_ABSENT);
                    assert_int_equal(inside, at->why != NULL);
                    if (at->verdict == VERDICT_MOVE || at->verdict == VERDICT_IGNORE)
                        assert_in_range(at->rule, 1, 45);
                    if (at->verdict == VERDICT_MOVE)
                        assert_true(shape.has_state[at->to]);
                }
        }
    }
    assert_int_equal(shapes, 4096 + 8 + 1);
}

static void a_feature_that_is_off_leaves_nothing(void **context)
{
    (void)context;
    struct spec_shape plain;
    spec_shape(&plain, MACHINE_FAILOVER, 0);
    assert_false(plain.has_state[FAILOVER_QUEUED]);
    assert_false(plain.has_state[FAILOVER_HOLDING]);
    assert_false(plain.has_state[FAILOVER_KEEPING]);
    assert_false(plain.has_event[FAILOVER_SLOT_GRANTED]);
    assert_false(plain.has_event[FAILOVER_HOLD_ELAPSED]);
    for (size_t i = 0; i < sizeof plain.cells / sizeof plain.cells[0]; i++)
        for (int k = 0; k < plain.cells[i].effect_count; k++) {
            int effect = plain.cells[i].effects[k];
            assert_true(effect != EFFECT_SLOT_ASK && effect != EFFECT_SLOT_TAKE &&
                        effect != EFFECT_SLOT_FREE && effect != EFFECT_ARM &&
                        effect != EFFECT_DISARM);
        }
}

static void the_wait_leads_to_a_slot_only_with_a_queue(void **context)
{
    (void)context;
    struct spec_shape shape;
    spec_shape(&shape, MACHINE_FAILOVER, 0);
    assert_int_equal(cell(&shape, FAILOVER_SUSPECT, FAILOVER_WAIT_ELAPSED)->to,
                     FAILOVER_TAKING_OVER);
    spec_shape(&shape, MACHINE_FAILOVER, 1u << FEATURE_QUEUE);
    const struct machine_cell *at = cell(&shape, FAILOVER_SUSPECT, FAILOVER_WAIT_ELAPSED);
    assert_int_equal(at->to, FAILOVER_QUEUED);
    assert_int_equal(at->effect_count, 1);
    assert_int_equal(at->effects[0], EFFECT_SLOT_ASK);
}

static void names_of_shapes_are_names_in_c(void **context)
{
    (void)context;
    struct spec_shape shape;
    char name[SPEC_NAME_BYTES];
    spec_shape(&shape, MACHINE_FAILOVER, 1u << FEATURE_QUEUE | 1u << FEATURE_PREROLL);
    spec_shape_name(&shape, name);
    assert_string_equal(name, "failover_queue_preroll");
    spec_shape(&shape, MACHINE_CAMERA, UINT32_MAX);
    spec_shape_name(&shape, name);
    assert_string_equal(name, "camera");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_sound),
        cmocka_unit_test(a_feature_that_is_off_leaves_nothing),
        cmocka_unit_test(the_wait_leads_to_a_slot_only_with_a_queue),
        cmocka_unit_test(names_of_shapes_are_names_in_c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
