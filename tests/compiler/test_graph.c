/* Graphs: every picture is sound SVG, whatever a user wrote, and shows what it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <expat.h>
#include <sys/stat.h>

#include "compiler/dot.h"
#include "compiler/front.h"
#include "compiler/graph.h"
#include "compiler/spec.h"
#include "compiler/toolchain.h"
#include "compiler/topology.h"
#include "dsl/dsl.h"
#include "tests/compiler/pair.h"
#include "tests/compiler/scratch.h"

/* What a viewer shows of an SVG: its texts and tooltips, each between > and <. */
static void take_text(void *to, const char *text, int length)
{
    fwrite(text, 1, (size_t)length, to);
}

static void take_element(void *to, const char *name, const char **attributes)
{
    assert_string_not_equal(name, "script");
    for (; *attributes != NULL; attributes += 2) {
        assert_true(strncmp(attributes[0], "on", 2) != 0); /* a handler, such as onload */
        if (strcmp(attributes[0], "xlink:title") == 0)
            fprintf(to, ">%s<", attributes[1]);
    }
    putc('>', to);
}

static void take_end(void *to, const char *name)
{
    (void)name;
    putc('<', to);
}

static char *shown_of(const char *svg, size_t size)
{
    char *shown = NULL;
    size_t bytes;
    FILE *to = open_memstream(&shown, &bytes);
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetUserData(parser, to);
    XML_SetElementHandler(parser, take_element, take_end);
    XML_SetCharacterDataHandler(parser, take_text);
    if (XML_Parse(parser, svg, (int)size, 1) != XML_STATUS_OK)
        fail_msg("line %lu: %s", XML_GetCurrentLineNumber(parser),
                 XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    fclose(to);
    return shown;
}

/* Has Graphviz lay out a graph; returns what its picture shows. The caller frees it. */
static char *draw(const struct resolved *resolved, uint32_t failover)
{
    char error[TEXT_BYTES_MAX] = "";
    size_t size;
    FILE *out = fopen(scratch_path(TOOLCHAIN_DOT_SOURCE), "w");
    if (failover == IMAGE_NONE)
        graph_site(out, resolved);
    else
        graph_machine(out, resolved, failover);
    fclose(out);
    if (!toolchain_dot(scratch, error))
        fail_msg("%s", error);
    char *svg = scratch_read(TOOLCHAIN_DOT_PICTURE, &size);
    char *shown = shown_of(svg, size);
    free(svg);
    return shown;
}

static void assert_shows(const char *svg, const char *text)
{
    if (strstr(svg, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, svg);
}

static void a_pair_is_drawn(void **context)
{
    (void)context;
    struct pair pair;
    pair_make(&pair, "/some/where/site.lua");
    pair.model.failovers[0].hold_down_ms = 30000;
    char *svg = draw(&pair.resolved, IMAGE_NONE);
    static const char *const shown[] = {">alpha<",          ">omega<",      ">disk-a<",
                                        "NAS /mnt/",        ">standby<",    "3 cameras, 6 Mbit/s",
                                        "after 5 s<",       "return after", "site.lua: 2 servers",
                                        "noticed after 2 s"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        assert_shows(svg, shown[i]);
    assert_null(strstr(svg, "/some"));
    free(svg);
    pair_free(&pair);
}

/* Every feature that a failover can have, with every other one, and all together. */
static void every_machine_is_drawn(void **context)
{
    (void)context;
    struct pair pair;
    pair_make(&pair, "site.lua");
    uint32_t all = spec_features_of_kind(MACHINE_FAILOVER);
    for (uint32_t features = 0; features <= all; features++) {
        if ((features & ~all) != 0 || (features != all && __builtin_popcount(features) > 2))
            continue;
        pair.resolved.failovers[0].features = features;
        char *svg = draw(&pair.resolved, 0);
        assert_shows(svg, ">watching<");
        assert_shows(svg, "link_lost R1");
        assert_shows(svg, "force_stop R18 from"); /* from so many states that no arrow shows it */
        assert_shows(svg, "the connection to alpha is lost; it has 5 s to come back");
        assert_true((strstr(svg, ">queued<") != NULL) == ((features >> FEATURE_QUEUE & 1) != 0));
        assert_null(strchr(svg, '{'));
        free(svg);
    }
    pair_free(&pair);
}

/* Names of the language are plain, but paths and the names of a hand-made model are not. */
static void hostile_text_stays_text(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "a\"]; evil [label=\"x",     "</TD></TR></TABLE>> evil [x=<",
        "\\N\\G\\E\\l\\\"",          "&lt;script&gt;&evil;",
        "<script>alert(1)</script>", "\xc3\xa9t\xc3\xa9 \\",
        "x\" onload=\"alert(1)",     "a\nb\tc\x01",
        "--> ]]> <!-- <![CDATA[",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct pair pair;
        pair_make(&pair, texts[i]);
        pair.model.failovers[0].name = texts[i];
        pair.model.failovers[0].monitor = texts[i];
        pair.model.servers[0].name = texts[i];
        pair.model.servers[0].address = texts[i];
        pair.model.volumes[0].name = texts[i];
        pair.model.volumes[0].path = texts[i];
        char *svg = draw(&pair.resolved, IMAGE_NONE);
        assert_null(strstr(svg, ">evil<"));
        if (strpbrk(texts[i], "\n\t\\") == NULL)
            assert_shows(svg, texts[i]);
        if (texts[i][0] == '\\')
            assert_shows(svg, ">\xef\xbc\xbcN\xef\xbc\xbcG");
        free(svg);
        svg = draw(&pair.resolved, 0);
        assert_null(strstr(svg, ">evil<"));
        free(svg);
        pair_free(&pair);
    }
}

static void a_large_site_is_folded(void **context)
{
    (void)context;
    struct topology topology;
    topology_load(&topology, "examples/06-campus/topology.lua", true);
    assert_int_equal(topology.exit_code, EXIT_FINE);
    char *svg = draw(&topology.resolved, IMAGE_NONE);
    assert_shows(svg, ">b1-main-1<");
    assert_shows(svg, "11 servers alike");
    assert_shows(svg, "176 cameras, 704 Mbit/s");
    assert_shows(svg, "stands for several mains");
    assert_null(strstr(svg, ">b1-main-5<"));
    int boxes = 0;
    for (const char *at = svg; (at = strstr(at, "11 servers alike")) != NULL; at++)
        boxes++;
    assert_int_equal(boxes, 25);
    free(svg);
    topology_free(&topology);
}

/* R24: the order of a main's standbys, and what else is said of a failover. */
static void several_standbys_have_an_order(void **context)
{
    (void)context;
    static const char text[] =
        "volume \"v\" { nas = \"/mnt/v\", size = \"1 TiB\" }\n"
        "for i, name in ipairs { \"alpha\", \"omega\", \"psi\" } do\n"
        "  server(name) { address = name .. \":1\", archive = { \"v\" } }\n"
        "end\n"
        "camera \"c\" { server = \"alpha\", url = \"rtsp://h/1\" }\n"
        "camera \"d\" { server = \"alpha\", url = \"rtsp://h/2\" }\n"
        "failover \"to-omega\" { standby = \"omega\", monitor = \"alpha\",\n"
        "  expect_reconnection = \"5 s\", also_on = { \"storage\" }, disabled = true }\n"
        "failover \"to-psi\" { standby = \"psi\", monitor = \"alpha\", priority = 1,\n"
        "  expect_reconnection = \"5 s\", failback = \"manual\", objects = { \"d\" } }\n";
    static const char *const shown[] = {
        "no. 1 of 2",    "no. 2 of 2", "manual return", "disabled", "also on a lost archive",
        "1 of 2 cameras"};
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    struct resolved resolved;
    scratch_write("site.lua", text, strlen(text));
    assert_true(dsl_read_topology(scratch_path("site.lua"), &model, diag));
    assert_true(resolve_topology(&model, &resolved, diag));
    char *svg = draw(&resolved, IMAGE_NONE);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        assert_shows(svg, shown[i]);
    free(svg);
    arena_free(arena);
}

static int understudy(const char *words)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char command[4 * SCRATCH_PATH_BYTES];
    snprintf(command, sizeof command, "%s/understudy graph %s >%s 2>&1",
             bin == NULL ? "build/bin" : bin, words, scratch_path("said"));
    int status = system(command);
    return status >> 8;
}

static void assert_said(const char *text)
{
    size_t size;
    char *said = scratch_read("said", &size);
    assert_shows(said, text);
    free(said);
}

static void the_verb_writes_where_it_is_told(void **context)
{
    (void)context;
    char words[2 * SCRATCH_PATH_BYTES];
    size_t size;
    assert_int_equal(understudy("examples/01-pair/topology.lua"), EXIT_FINE);
    assert_said("</svg>");
    snprintf(words, sizeof words, "examples/01-pair/topology.lua --machine alpha-to-omega -o %s",
             scratch_path("machine.svg"));
    assert_int_equal(understudy(words), EXIT_FINE);
    char *svg = scratch_read("machine.svg", &size);
    assert_shows(svg, ">taking_over<");
    free(svg);
    assert_int_equal(understudy("examples/01-pair/topology.lua --machine alpha-to-omeg"),
                     EXIT_USAGE);
    assert_said("did you mean \"alpha-to-omega\"?");
    assert_int_equal(understudy("examples/01-pair/topology.lua -o /proc/no/such.svg"), EXIT_SYSTEM);
    assert_int_equal(understudy("tests/golden/names.lua"), EXIT_MATTER);
    assert_said("so it was not drawn");
    assert_int_equal(understudy(""), EXIT_USAGE);
}

static void without_graphviz_it_says_what_to_install(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    char *path = strdup(getenv("PATH"));
    setenv("PATH", scratch, 1);
    assert_false(toolchain_dot(scratch, error));
    setenv("PATH", path, 1);
    assert_string_equal(error, "dot is not installed: install the package graphviz");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_drawn),
        cmocka_unit_test(every_machine_is_drawn),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(a_large_site_is_folded),
        cmocka_unit_test(several_standbys_have_an_order),
        cmocka_unit_test(the_verb_writes_where_it_is_told),
        cmocka_unit_test(without_graphviz_it_says_what_to_install),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
