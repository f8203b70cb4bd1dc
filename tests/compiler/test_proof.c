/* The proof: sound charts of every shape pass it, and every way in which a chart can go wrong in
 * silence is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/emit.h"
#include "compiler/proof.h"
#include "compiler/toolchain.h"

static char folder[64];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static int make_folder(void **context)
{
    (void)context;
    strcpy(folder, "/tmp/test-proof-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **context)
{
    (void)context;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static FILE *create(const char *format, const char *name)
{
    char path[256];
    char file[128];
    snprintf(file, sizeof file, "%s_%s.rl", format, name);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    return out;
}

/* Replaces the first `from` in text, which must be there. The caller frees the result. */
static char *with_change(const char *text, const char *from, const char *to)
{
    char *result = NULL;
    size_t size;
    const char *at = strstr(text, from);
    assert_non_null(at);
    FILE *out = open_memstream(&result, &size);
    fwrite(text, 1, (size_t)(at - text), out);
    fprintf(out, "%s%s", to, at + strlen(from));
    fclose(out);
    return result;
}

static char *read_xml(const char *name, size_t *size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/machine_%s.xml", folder, name);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *xml = malloc(1 << 24);
    *size = fread(xml, 1, 1 << 24, in);
    fclose(in);
    return xml;
}

/* Proves a shape whose chart was changed on the way; from may be NULL. */
static bool prove(const struct spec_shape *shape, const char *from, const char *to,
                  char error[static TEXT_BYTES_MAX])
{
    char name[SPEC_NAME_BYTES];
    char *chart = NULL;
    size_t size;
    const struct emit_origin nobody = {NULL, 0, 0};
    spec_shape_name(shape, name);
    FILE *out = open_memstream(&chart, &size);
    emit_chart(out, shape, &nobody);
    fclose(out);
    char *changed = from == NULL ? strdup(chart) : with_change(chart, from, to);
    out = create("chart", name);
    fputs(changed, out);
    fclose(out);
    out = create("machine", name);
    emit_host(out, shape);
    fclose(out);
    free(changed);
    free(chart);

    if (!toolchain_ragel_xml(folder, name, error))
        fail_msg("ragel itself refused: %s", error);
    struct proof proof;
    char *xml = read_xml(name, &size);
    bool proved = proof_check(shape, xml, size, &proof, error);
    if (proved)
        assert_int_equal(proof.cells, proof.states * 256);
    free(xml);
    return proved;
}

/* Features one by one, in pairs, and all together: what three of them make together none of their
 * pairs leaves out. */
static bool is_tried(enum machine_kind kind, uint32_t features)
{
    const uint32_t all = spec_features_of_kind(kind);
    return (features & ~all) == 0 && (features == all || __builtin_popcount(features) <= 2);
}

static void every_pair_of_features_is_proved(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    for (enum machine_kind kind = 0; kind < MACHINE_KIND_COUNT; kind++)
        for (uint32_t features = 0; features < 1u << FEATURE_COUNT; features++) {
            struct spec_shape shape;
            if (!is_tried(kind, features))
                continue;
            spec_shape(&shape, kind, features);
            if (!prove(&shape, NULL, NULL, error))
                fail_msg("%s", error);
        }
}

/* Seeded faults in the chart of a plain failover. Ragel accepts all of them. */
static const struct {
    const char *what;
    const char *from;
    const char *to;
    const char *found;
} faults[] = {
    {"a changed target", "LINK_LOST @wait_start -> suspect", "LINK_LOST @wait_start -> carrying",
     "state"},
    {"two moves for one event", "LINK_LOST @wait_start -> suspect",
     "LINK_LOST @wait_start -> suspect | LINK_LOST -> carrying", "not deterministic"},
    {"two effects for one event", "LINK_LOST @wait_start -> suspect",
     "LINK_LOST @wait_start -> suspect | LINK_LOST @claim -> suspect", "effects"},
    {"a state that nothing reaches", "LINK_LOST @wait_start -> suspect",
     "LINK_LOST @wait_start -> watching", "suspect is lost"},
    {"a cell without an answer", "( LINK_LOST | ENABLE ) @ignore -> suspect |", "",
     "another state"},
    {"a wrong verdict", "( LINK_LOST | ENABLE ) @ignore -> suspect",
     "( LINK_LOST | ENABLE ) @illegal -> suspect", "effects"},
    {"effects in another order", "@count_flap @answer_free", "@answer_free @count_flap", "effects"},
    {"an effect too many", "FORCE_STOP -> stopped", "FORCE_STOP @drop -> stopped", "effects"},
    {"a state without its mark", ") >~in_stopped", ")", "none of the specification"},
    {"the mark of another state", ") >~in_stopped", ") >~in_carrying", "twice"},
    {"another beginning", "start: ( \"\" -> unseen )", "start: ( \"\" -> watching )", "begin"},
};

static void every_seeded_fault_is_found(void **context)
{
    (void)context;
    struct spec_shape shape;
    spec_shape(&shape, MACHINE_FAILOVER, 0);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char error[TEXT_BYTES_MAX] = "";
        if (prove(&shape, faults[i].from, faults[i].to, error))
            fail_msg("%s was not found", faults[i].what);
        if (strstr(error, faults[i].found) == NULL)
            fail_msg("%s was found as: %s", faults[i].what, error);
    }
}

/* Ragel runs an action once that a list names twice, and says nothing. */
static void an_effect_that_ragel_drops_is_found(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    struct spec_shape shape;
    spec_shape(&shape, MACHINE_FAILOVER, 0);
    struct machine_cell *cell =
        &shape.cells[FAILOVER_SUSPECT * shape.event_count + FAILOVER_LINK_UP];
    assert_int_equal(cell->verdict, VERDICT_MOVE);
    assert_true(cell->effect_count >= 2 && cell->effect_count < MACHINE_EFFECTS_MAX);
    cell->effects[cell->effect_count++] = cell->effects[0];
    assert_false(prove(&shape, NULL, NULL, error));
    assert_non_null(strstr(error, "effects"));
}

static void broken_xml_is_refused(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "",
        "nonsense",
        "<ragel>",
        "<ragel><ragel_def/><ragel_def/></ragel>",
        "<ragel><t>0 1 0 0</t></ragel>",
        "<ragel><state_actions>x x x</state_actions></ragel>",
        "<ragel><action_table>1</action_table></ragel>",
        "<ragel><state id=\"70\"/></ragel>",
        "<ragel><ragel_def><state id=\"0\"><t>0 255 9 x</t></state></ragel_def></ragel>",
        "<ragel><ragel_def><start_state>99999999999999999999</start_state></ragel_def></ragel>",
        "<ragel><ragel_def><action id=\"-1\" name=\"a\"/></ragel_def></ragel>",
    };
    struct spec_shape shape;
    spec_shape(&shape, MACHINE_CAMERA, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char error[TEXT_BYTES_MAX] = "";
        struct proof proof;
        assert_false(proof_check(&shape, texts[i], strlen(texts[i]), &proof, error));
        assert_true(error[0] != '\0');
    }
}

/* Every prefix of a sound description is refused, and none harms. */
static void cut_xml_is_refused(void **context)
{
    (void)context;
    struct spec_shape shape;
    struct proof proof;
    char error[TEXT_BYTES_MAX];
    size_t size;
    spec_shape(&shape, MACHINE_CAMERA, 0);
    assert_true(prove(&shape, NULL, NULL, error));
    char *xml = read_xml("camera", &size);
    for (size_t cut = 0; cut + 12 < size; cut += 7)
        assert_false(proof_check(&shape, xml, cut, &proof, error));
    free(xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_features_is_proved),
        cmocka_unit_test(every_seeded_fault_is_found),
        cmocka_unit_test(an_effect_that_ragel_drops_is_found),
        cmocka_unit_test(broken_xml_is_refused),
        cmocka_unit_test(cut_xml_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
