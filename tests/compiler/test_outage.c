/* Compiled outage files: the same whether their names were linked to the topology or to the image
 * made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "compiler/emit.h"
#include "compiler/emit_outage.h"
#include "compiler/unpack.h"
#include "dsl/dsl.h"
#include "tests/compiler/pair.h"
#include "tests/compiler/scratch.h"

static const char file[] =
    "outage \"first\" {\n"
    "  at \"20 s\" { restore \"alpha\" },\n"
    "  at \"10 s\" { fail \"alpha\" },\n"
    "  lasts = \"1 min\",\n"
    "  expect { gap \"lobby\" { at_most = \"25 s\" }, carried \"alpha\" { by = \"omega\" } },\n"
    "}\n"
    "outage \"second\" { at \"5 s\" { cut(\"alpha\", \"omega\"), force_start \"alpha-to-omega\" "
    "},\n"
    "  lasts = \"30 s\" }\n";

/* The bytes of the outage file, linked to `resolved`; the caller frees them. */
static char *emit_for(const struct resolved *resolved, struct arena *arena,
                      const struct image *image, size_t *size)
{
    struct diag *diag = diag_new(arena);
    struct model_outages outages = {.count = 0};
    struct resolved_outages linked = {.count = 0};
    char *bytes = NULL;
    scratch_write("outage.lua", file, strlen(file));
    if (!dsl_read_outages(scratch_path("outage.lua"), arena, &outages, diag) ||
        !resolve_outages(arena, resolved, &outages, &linked, diag)) {
        diag_print(diag, stderr, dsl_locate);
        fail_msg("the outage file was refused");
    }
    FILE *out = open_memstream(&bytes, size);
    emit_outages(out, arena, &linked, image);
    fclose(out);
    return bytes;
}

static void topology_and_image_give_the_same_file(void **context)
{
    (void)context;
    struct pair pair;
    struct plan plan;
    struct model model;
    struct resolved unpacked;
    size_t size;
    size_t again_size;
    pair_make(&pair, "site.lua");
    plan_topology(&pair.resolved, &plan);
    const struct image *image = emit_image(&pair.resolved, &plan);
    unpack_image(image, pair.arena, &model, &unpacked);
    char *bytes = emit_for(&pair.resolved, pair.arena, image, &size);
    char *again = emit_for(&unpacked, pair.arena, image, &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(bytes, again, size);
    free(bytes);
    free(again);
    pair_free(&pair);
}

static void the_layout_is_that_of_the_header(void **context)
{
    (void)context;
    struct pair pair;
    struct plan plan;
    size_t size;
    pair_make(&pair, "site.lua");
    plan_topology(&pair.resolved, &plan);
    const struct image *image = emit_image(&pair.resolved, &plan);
    char *bytes = emit_for(&pair.resolved, pair.arena, image, &size);
    const struct outage_header *header = (const void *)bytes;
    assert_int_equal(header->outage_count, 2);
    assert_int_equal(header->act_count, 4);
    assert_int_equal(header->expect_count, 2);
    assert_memory_equal(header->image_hash, image->hash, 32);
    const struct outage *outages = (const void *)(header + 1);
    const struct outage_act *acts = (const void *)(outages + 2);
    const struct outage_expect *expects = (const void *)(acts + 4);
    const char *texts = (const char *)(expects + 2);
    assert_int_equal(texts + header->strings_size - bytes, size);
    assert_string_equal(texts + outages[1].name, "second");
    assert_int_equal(outages[1].first_act, 2);
    assert_int_equal(acts[0].kind, ACT_FAIL);
    assert_int_equal(acts[0].at_ms, 10000);
    assert_int_equal(acts[2].b, 1);
    assert_int_equal(acts[3].a, 0);
    assert_string_equal(texts + expects[0].text, "gap lobby at most 25 s");
    assert_int_equal(expects[1].by, 1);
    free(bytes);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topology_and_image_give_the_same_file),
        cmocka_unit_test(the_layout_is_that_of_the_header),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
