/* Plan: what a new topology changes is found, all of it and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>
#include <sys/stat.h>

#include "compiler/compile.h"
#include "compiler/difference.h"
#include "compiler/front.h"
#include "compiler/topology.h"
#include "compiler/unpack.h"
#include "runtime/deployment.h"
#include "tests/compiler/scratch.h"

static const char site[] =
    "volume \"v\" { nas = \"/mnt/v\", size = \"1 TiB\" }\n"
    "server \"a\" { address = \"127.0.0.1:7401\", archive = { \"v\" } }\n"
    "server \"b\" { address = \"127.0.0.1:7402\", archive = { \"v\" }, priority = 1 }\n"
    "server \"s\" { address = \"127.0.0.1:7403\", archive = { \"v\" } }\n"
    "camera \"a-1\" { server = \"a\", url = \"rtsp://127.0.0.1/1\", rate = \"2 Mbit/s\" }\n"
    "camera \"a-2\" { server = \"a\", url = \"rtsp://127.0.0.1/2\", sessions = 1 }\n"
    "camera \"b-1\" { server = \"b\", url = \"rtsp://127.0.0.1/3\", arm = \"cold\" }\n"
    "failover \"a-s\" { standby = \"s\", monitor = \"a\", expect_reconnection = \"5 s\" }\n"
    "failover \"b-s\" { standby = \"s\", monitor = \"b\", expect_reconnection = \"5 s\",\n"
    "  failback = \"manual\", transfer_if_no_ping = true }\n"
    "failover_manager \"m\" { max_running = 1 }\n";

/* Writes the site to a file with one text in it replaced. */
static const char *write_changed(const char *file, const char *from, const char *to)
{
    char text[2 * sizeof site];
    const char *at = strstr(site, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - site), site, to, at + strlen(from));
    scratch_write(file, text, strlen(text));
    return scratch_path(file);
}

static void load(struct topology *topology, const char *path)
{
    topology_load(topology, path, false);
    if (topology->exit_code != EXIT_FINE)
        topology_print_findings(topology);
    assert_int_equal(topology->exit_code, EXIT_FINE);
}

/* All differences as one text: "changed failover a-s expect_reconnection 5 s>6 s +x -y;" */
static void compare(const char *from, const char *to, const char *expected)
{
    static const char *const whats[] = {"added", "removed", "changed"};
    struct topology old;
    struct topology new;
    struct differences found;
    char *text = NULL;
    size_t bytes;
    load(&old, write_changed("old.lua", site, site));
    load(&new, write_changed("new.lua", from, to));
    struct arena *arena = arena_new();
    difference_find(&old.resolved, &new.resolved, arena, &found);
    FILE *out = open_memstream(&text, &bytes);
    for (size_t i = 0; i < found.count; i++) {
        const struct difference *difference = &found.items[i];
        fprintf(out, "%s %s %s", whats[difference->what], difference->kind, difference->name);
        for (size_t k = 0; difference->what == DIFFERENCE_CHANGED && k < difference->field_count;
             k++) {
            const struct difference_field *field = &difference->fields[k];
            fprintf(out, " %s %s>%s", field->field, field->from == NULL ? "none" : field->from,
                    field->to == NULL ? "none" : field->to);
            for (size_t n = 0; n < field->gained.count; n++)
                fprintf(out, " +%s", field->gained.names[n]);
            for (size_t n = 0; n < field->lost.count; n++)
                fprintf(out, " -%s", field->lost.names[n]);
        }
        fputc(';', out);
    }
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    arena_free(arena);
    topology_free(&old);
    topology_free(&new);
}

static void nothing_differs_from_itself(void **context)
{
    (void)context;
    compare("volume", "volume", "");
    compare("volume", "-- the same\n\nvolume", "");
}

static void each_change_is_named(void **context)
{
    (void)context;
    compare("5 s", "1 min 6 s", "changed failover a-s expect_reconnection 5 s>1 min 6 s;");
    compare("1 TiB", "2 TiB", "changed volume v size 1 TiB>2 TiB;");
    compare("/mnt/v", "/mnt/w", "changed volume v nas /mnt/v>/mnt/w;");
    compare("priority = 1", "priority = 2", "changed server b priority 1>2;");
    compare("127.0.0.1:7403", "10.0.0.1:7403",
            "changed server s address 127.0.0.1:7403>10.0.0.1:7403;");
    compare("127.0.0.1/2\", sessions = 1", "127.0.0.1/4\"",
            "changed camera a-2 url rtsp://127.0.0.1/2>rtsp://127.0.0.1/4 sessions 1>2;");
    compare("volume", "site { misses = 6 }\nvolume",
            "changed site  misses 4>6 noticed_after 2 s>3 s;");
    compare("max_running = 1", "max_running = 2, when_unreachable = \"hold\"",
            "changed failover_manager m max_running 1>2 when_unreachable allow>hold;"
            "changed worst_case s mains 1 main>2 mains cameras 2 cameras>3 cameras;");
}

static void what_follows_is_named_too(void **context)
{
    (void)context;
    compare("expect_reconnection = \"5 s\" }",
            "expect_reconnection = \"5 s\", hold_down = \"9 s\" }",
            "changed failover a-s hold_down 0 s>9 s machine "
            "failover_queue_preroll_view_network_arbiter>failover_queue_preroll_hold_down_view_"
            "network_arbiter;"
            "added machine failover_queue_preroll_hold_down_view_network_arbiter;"
            "removed machine failover_queue_preroll_view_network_arbiter;");
    compare("camera \"a-2\" { server = \"a\"", "camera \"b-0\" { server = \"b\"",
            "added camera b-0;removed camera a-2;"
            "changed failover a-s carries 2 cameras>1 camera -a-2;"
            "changed failover b-s carries 1 camera>2 cameras +b-0 machine "
            "failover_queue_manual_no_ping_view_network_arbiter>failover_queue_preroll_manual_no_"
            "ping_view_"
            "network_arbiter;"
            "added machine failover_queue_preroll_manual_no_ping_view_network_arbiter;"
            "removed machine failover_queue_manual_no_ping_view_network_arbiter;");
    compare("failover \"b-s\"", "failover \"b-t\"", "added failover b-t;removed failover b-s;");
    compare("camera \"a-2\"", "camera \"a-3\"",
            "added camera a-3;removed camera a-2;"
            "changed failover a-s carries 2 cameras>2 cameras +a-3 -a-2;");
}

/* A deployment says as much as the topology that it was compiled from. */
static void a_deployment_stands_for_its_topology(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    struct topology topology;
    struct model model;
    struct resolved unpacked;
    struct differences found;
    static const char *const paths[] = {"examples/02-shared-nas/topology.lua",
                                        "examples/03-n-to-one/topology.lua", NULL};
    for (size_t i = 0; i < 3; i++) {
        char folder[32];
        snprintf(folder, sizeof folder, "deployed-%zu", i);
        load(&topology, paths[i] != NULL ? paths[i] : write_changed("site.lua", site, site));
        if (!compile_topology(&topology.resolved, scratch_path(folder), error))
            fail_msg("%s", error);
        const struct deployment *deployment = deployment_open(scratch_path(folder), error);
        assert_non_null(deployment);
        struct arena *arena = arena_new();
        unpack_deployment(deployment, arena, &model, &unpacked);
        difference_find(&topology.resolved, &unpacked, arena, &found);
        if (found.count > 0)
            fail_msg("%s %s: %s", found.items[0].kind, found.items[0].name,
                     found.items[0].field_count > 0 ? found.items[0].fields[0].field : "");
        arena_free(arena);
        topology_free(&topology);
    }
}

static int understudy(const char *words)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char command[4 * SCRATCH_PATH_BYTES];
    snprintf(command, sizeof command, "%s/understudy plan %s >%s 2>&1",
             bin == NULL ? "build/bin" : bin, words, scratch_path("said"));
    return system(command) >> 8;
}

static void assert_said(const char *text)
{
    size_t size;
    char *said = scratch_read("said", &size);
    if (strstr(said, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, said);
    free(said);
}

static void the_verb_speaks(void **context)
{
    (void)context;
    char words[2 * SCRATCH_PATH_BYTES];
    json_error_t error;
    snprintf(words, sizeof words, "%s %s", write_changed("old.lua", site, site),
             write_changed("new.lua", "5 s", "6 s"));
    assert_int_equal(understudy(words), EXIT_FINE);
    assert_said("~ failover a-s\n    expect_reconnection: 5 s -> 6 s\n");
    assert_said(": 1 difference\n");
    snprintf(words, sizeof words, "--json %s %s", scratch_path("old.lua"), scratch_path("new.lua"));
    assert_int_equal(understudy(words), EXIT_FINE);
    json_t *result = json_load_file(scratch_path("said"), 0, &error);
    assert_int_equal(json_array_size(json_object_get(result, "differences")), 1);
    assert_true(json_is_false(json_object_get(result, "same_deployment")));
    json_decref(result);
    snprintf(words, sizeof words, "%s %s", scratch_path("old.lua"), scratch_path("old.lua"));
    assert_int_equal(understudy(words), EXIT_FINE);
    assert_said("nothing changes: both are deployment ");
    snprintf(words, sizeof words, "%s tests/golden/names.lua", scratch_path("old.lua"));
    assert_int_equal(understudy(words), EXIT_MATTER);
    snprintf(words, sizeof words, "%s %s", scratch_path("old.lua"), scratch_path("nowhere.so"));
    assert_int_equal(understudy(words), EXIT_SYSTEM);
    assert_int_equal(understudy(scratch_path("old.lua")), EXIT_USAGE);
}

/* More cameras than anyone reads are counted. */
static void long_rows_are_cut_short(void **context)
{
    (void)context;
    char words[2 * SCRATCH_PATH_BYTES];
    static const char more[] = "for i = 1, 40 do camera(\"x-\" .. i) { server = \"a\", url = "
                               "\"rtsp://127.0.0.1/x\" .. i } "
                               "end\nvolume";
    snprintf(words, sizeof words, "%s %s", write_changed("old.lua", site, site),
             write_changed("new.lua", "volume", more));
    assert_int_equal(understudy(words), EXIT_FINE);
    assert_said("+ camera x-12: ");
    assert_said("+ and 28 cameras more\n");
    assert_said("gains x-1, x-10, x-11, x-12, x-13, x-14, x-15, x-16 and 32 more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_differs_from_itself),
        cmocka_unit_test(each_change_is_named),
        cmocka_unit_test(what_follows_is_named_too),
        cmocka_unit_test(a_deployment_stands_for_its_topology),
        cmocka_unit_test(the_verb_speaks),
        cmocka_unit_test(long_rows_are_cut_short),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
