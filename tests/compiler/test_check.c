/* Checks of meaning that are computed: the worst load with the mains that make it, the time of a
 * take-over, and the notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "compiler/address.h"
#include "compiler/check.h"
#include "compiler/report.h"
#include "compiler/topology.h"
#include "dsl/dsl.h"
#include "tests/compiler/scratch.h"

static void load(struct topology *topology, const char *text)
{
    scratch_write("site.lua", text, strlen(text));
    topology_load(topology, scratch_path("site.lua"), false);
    if (topology->exit_code != 0)
        topology_print_findings(topology);
    assert_int_equal(topology->exit_code, 0);
}

/* Three mains: "many" has the most cameras, "fast" the highest rate. The fourth is the standby. */
static const char three_mains[] =
    "volume \"v\" { path = \"/srv/v\", size = \"1 TiB\" }\n"
    "volume \"n\" { nas = \"/mnt/n/\", size = \"1 TiB\" }\n"
    "server \"many\" { address = \"a:1\", archive = { \"n\" } }\n"
    "server \"fast\" { address = \"b:1\", archive = { \"n\" } }\n"
    "server \"calm\" { address = \"c:1\", archive = { \"v\" } }\n"
    "server \"omega\" { address = \"d:1\", archive = { \"n\" } }\n"
    "for i = 1, 5 do camera(\"m\" .. i) { server = \"many\", url = \"rtsp://h/m\" .. i } end\n"
    "camera \"f1\" { server = \"fast\", url = \"rtsp://h/f1\", rate = \"50 Mbit/s\", arm = "
    "\"cold\" }\n"
    "camera \"c1\" { server = \"calm\", url = \"rtsp://h/c1\", rate = \"1 Mbit/s\" }\n"
    "camera \"o1\" { server = \"omega\", url = \"rtsp://h/o1\", rate = \"2 Mbit/s\" }\n"
    "failover \"many-f\" { standby = \"omega\", monitor = \"many\", expect_reconnection = \"100 "
    "s\" }\n"
    "failover \"fast-f\" { standby = \"omega\", monitor = \"fast\", expect_reconnection = \"5 s\" "
    "}\n"
    "failover \"calm-f\" { standby = \"omega\", monitor = \"calm\", expect_reconnection = \"5 s\" "
    "}\n"
    "failover \"omega-f\" { standby = \"calm\", monitor = \"omega\", expect_reconnection = \"0 s\" "
    "}\n"
    "failover_manager \"one\" { max_running = 1, when_unreachable = \"hold\", on = \"calm\" }\n";

static void the_worst_set_is_named(void **context)
{
    (void)context;
    struct topology topology;
    struct check_load *loads;
    load(&topology, three_mains);
    assert_int_equal(check_loads(&topology.resolved, &loads), 2);
    const struct check_load *omega = &loads[1];
    assert_int_equal(omega->worst_mains, 1);
    assert_int_equal(omega->worst_cameras, 6);
    assert_string_equal(check_names(&topology.resolved, omega->most_cameras, 1), "many");
    assert_int_equal(omega->worst_network_bps, 52000000);
    assert_string_equal(check_names(&topology.resolved, omega->most_network, 1), "fast");
    topology_free(&topology);
}

static struct check_takeover takeover_of(const struct topology *topology, const char *name)
{
    for (uint32_t i = 0; i < topology->resolved.failover_count; i++)
        if (strcmp(topology->resolved.failovers[i].model->name, name) == 0)
            return check_takeover(&topology->resolved, i);
    fail_msg("there is no failover %s", name);
    return (struct check_takeover){0};
}

static void takeovers_take_what_the_model_says(void **context)
{
    (void)context;
    struct topology topology;
    load(&topology, three_mains);
    struct check_takeover fast = takeover_of(&topology, "fast-f");
    assert_int_equal(fast.detection_ms, 2000);
    assert_int_equal(fast.lease_ms, 1000); /* a NAS is common to both: 8 s after the last sign */
    assert_int_equal(fast.worst_ms, 9000);
    assert_int_equal(fast.cold_gap_ms, 9000);
    assert_int_equal(fast.warm_gap_ms, -1);
    assert_int_equal(fast.manager, 0);
    struct check_takeover calm = takeover_of(&topology, "calm-f");
    assert_int_equal(calm.warm_gap_ms, 3000);
    /* Memory holds a minute of the hundred seconds. */
    struct check_takeover many = takeover_of(&topology, "many-f");
    assert_int_equal(many.worst_ms, 103000);
    assert_int_equal(many.warm_gap_ms, 43000);
    topology_free(&topology);
}

static void notes_name_what_hangs_on_one_thing(void **context)
{
    (void)context;
    static const struct check_note expected[] = {
        {DIAG_N202, "calm has no volume in common with omega"},
        {DIAG_N202, "omega has no volume in common with calm"},
        {DIAG_N203, "the NAS \"n\" is all that many, fast and omega record on"},
        {DIAG_N204, "calm keeps the count of \"one\""},
        {DIAG_N205, "calm is the only standby of omega"},
        {DIAG_N205, "omega is the only standby of many, fast and calm"},
    };
    struct topology topology;
    struct check_note *notes;
    load(&topology, three_mains);
    size_t count = check_notes(&topology.resolved, &notes);
    assert_int_equal(count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(notes[i].code, expected[i].code);
        assert_memory_equal(notes[i].text, expected[i].text, strlen(expected[i].text));
    }
    topology_free(&topology);
}

/* As far as resolve: what this version refuses is checked and noted all the same. */
static void link_text(struct arena *arena, struct model *model, struct resolved *resolved,
                      struct diag *diag, const char *text)
{
    scratch_write("site.lua", text, strlen(text));
    *model = (struct model){.arena = arena};
    assert_true(dsl_read_topology(scratch_path("site.lua"), model, diag));
    assert_true(resolve_topology(model, resolved, diag));
}

static const char two_standbys[] =
    "site { claim = \"3 s\", licence_bound = true }\n"
    "volume \"v\" { path = \"/srv/v\", size = \"1 TiB\" }\n"
    "server \"a\" { address = \"a:1\", archive = { \"v\" } }\n"
    "server \"b\" { address = \"b:1\", archive = { \"v\" } }\n"
    "server \"c\" { address = \"c:1\", archive = { \"v\" } }\n"
    "camera \"k-1\" { server = \"a\", url = \"rtsp://h/1\" }\n"
    "camera \"k-2\" { server = \"a\", url = \"rtsp://h/2\" }\n"
    "failover \"first\" { standby = \"b\", monitor = \"a\", expect_reconnection = \"5 s\" }\n"
    "failover \"second\" { standby = \"c\", monitor = \"a\", expect_reconnection = \"5 s\" }\n"
    "coordinator { etcd = { \"http://d:2379\" } }\n";

/* R24: who comes later waits for the claim of the one before, if both would carry a camera. */
static void a_lower_standby_waits_for_a_claim(void **context)
{
    (void)context;
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model;
    struct resolved resolved;
    link_text(arena, &model, &resolved, diag, two_standbys);
    assert_int_equal(check_takeover(&resolved, 0).claim_ms, 0);
    assert_int_equal(check_takeover(&resolved, 0).worst_ms, 9000); /* the coordinator's lease */
    assert_int_equal(check_takeover(&resolved, 1).claim_ms, 3000);
    assert_int_equal(check_takeover(&resolved, 1).worst_ms, 11000);
    resolved.failovers[0].objects.count = 1; /* k-1 */
    resolved.failovers[1].objects.items++;   /* k-2 */
    resolved.failovers[1].objects.count = 1;
    assert_int_equal(check_takeover(&resolved, 1).claim_ms, 0);
    arena_free(arena);
}

/* Hot cameras are received of every main all the time, and written of those that are carried. */
static void hot_cameras_are_always_received(void **context)
{
    (void)context;
    static const char site[] =
        "volume \"v\" { path = \"/srv/v\", size = \"1 TiB\" }\n"
        "server \"o\" { address = \"o:1\", archive = { \"v\" } }\n"
        "for i, name in ipairs { \"a\", \"b\" } do\n"
        "  server(name) { address = name .. \":1\", archive = { \"v\" } }\n"
        "  camera(name .. \"-hot\") { server = name, url = \"rtsp://h/1\" .. i,\n"
        "    rate = i * 10 .. \" Mbit/s\", arm = \"hot\" }\n"
        "  camera(name .. \"-cold\") { server = name, url = \"rtsp://h/2\" .. i,\n"
        "    rate = \"1 Mbit/s\", arm = \"cold\" }\n"
        "  failover(name .. \"-o\") { standby = \"o\", monitor = name,\n"
        "    expect_reconnection = i * 50 .. \" s\" }\n"
        "end\n"
        "failover_manager \"one\" { max_running = 1, standby = \"o\" }\n";
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model;
    struct resolved resolved;
    struct check_load *loads;
    link_text(arena, &model, &resolved, diag, site);
    assert_int_equal(check_loads(&resolved, &loads), 1);
    assert_int_equal(loads[0].worst_network_bps, 31000000);
    assert_int_equal(loads[0].worst_write_bps, 21000000);
    assert_int_equal(loads[0].most_write[0], 2);
    assert_int_equal(check_takeover(&resolved, 0).hot_gap_ms, 0);
    assert_int_equal(check_takeover(&resolved, 0).cold_gap_ms, 53000);
    assert_int_equal(check_takeover(&resolved, 1).hot_gap_ms, 42000); /* memory holds a minute */
    arena_free(arena);
}

/* R45: a NAS that both name shows the main alive until its lease is over. */
static void a_lease_outlasts_a_short_wait(void **context)
{
    (void)context;
    static const char site[] =
        "volume \"n\" { nas = \"/mnt/n\", size = \"1 TiB\" }\n"
        "volume \"d\" { path = \"/srv/d\", size = \"1 TiB\" }\n"
        "server \"a\" { address = \"a:1\", archive = { \"n\" } }\n"
        "server \"b\" { address = \"b:1\", archive = { \"n\" }, fallback = \"d\" }\n"
        "camera \"c\" { server = \"a\", url = \"rtsp://h/c\", arm = \"cold\" }\n"
        "failover \"f\" { standby = \"b\", monitor = \"a\", expect_reconnection = \"4 s\" }\n";
    struct topology topology;
    load(&topology, site);
    struct check_takeover takeover = takeover_of(&topology, "f");
    assert_int_equal(takeover.lease_ms, 2000);
    assert_int_equal(takeover.cold_gap_ms,
                     9000); /* 2 s detection, 4 s wait, 2 s lease, 1 s start */
    topology.model.failovers[0].expect_reconnection_ms = 6000;
    assert_int_equal(takeover_of(&topology, "f").lease_ms, 0);
    topology_free(&topology);
}

static void a_lone_coordinator_and_a_licence_are_noted(void **context)
{
    (void)context;
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model;
    struct resolved resolved;
    struct check_note *notes;
    link_text(arena, &model, &resolved, diag, two_standbys);
    size_t count = check_notes(&resolved, &notes);
    assert_true(count >= 3);
    assert_int_equal(notes[count - 3].code, DIAG_N209);
    assert_int_equal(notes[count - 2].code, DIAG_N211);
    assert_int_equal(notes[count - 1].code, DIAG_N210);
    assert_non_null(strstr(notes[count - 1].text, "60 d"));
    arena_free(arena);
}

static void a_fallback_bridges_the_nas(void **context)
{
    (void)context;
    struct topology topology;
    struct check_note *notes;
    load(&topology,
         "volume \"n\" { nas = \"/mnt/n\", size = \"1 TiB\" }\n"
         "volume \"d\" { path = \"/srv/d\", size = \"1 TiB\" }\n"
         "server \"a\" { address = \"a:1\", archive = { \"n\" }, fallback = \"d\" }\n"
         "server \"b\" { address = \"b:1\", archive = { \"n\" }, fallback = \"d\" }\n"
         "camera \"c\" { server = \"a\", url = \"rtsp://h/c\" }\n"
         "failover \"f\" { standby = \"b\", monitor = \"a\", expect_reconnection = \"5 s\" }\n");
    assert_int_equal(check_notes(&topology.resolved, &notes), 1);
    assert_int_equal(notes[0].code, DIAG_N205);
    topology_free(&topology);
}

/* A large site is not told at length. */
static void findings_are_cut(void **context)
{
    (void)context;
    struct topology topology;
    char *text = NULL;
    size_t size;
    load(&topology,
         "for i = 1, 40 do\n"
         "  volume(\"v\" .. i) { path = \"/srv/\" .. i, size = \"1 TiB\" }\n"
         "  server(\"s\" .. i) { address = \"h\" .. i .. \":1\", archive = { \"v\" .. i } }\n"
         "  camera(\"c\" .. i) { server = \"s\" .. i, url = \"rtsp://h/\" .. i }\n"
         "  failover(\"f\" .. i) { monitor = \"s\" .. i, standby = \"s\" .. i % 40 + 1,\n"
         "    expect_reconnection = i % 10 .. \" s\" }\n"
         "end\n");
    FILE *out = open_memstream(&text, &size);
    report_findings(out, &topology.resolved, 2);
    fclose(out);
    assert_non_null(strstr(text, "f9, f19, f29 and 1 more: taken over within 12 s"));
    assert_non_null(strstr(text, "and 8 more of this kind"));
    assert_non_null(strstr(text, "and 38 more of this kind"));
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 4 * 3 + 1);
    free(text);
    topology_free(&topology);
}

static void paths_that_are_one_are_one_text(void **context)
{
    (void)context;
    struct arena *arena = arena_new();
    assert_string_equal(address_normal_path(arena, "/srv//a/./b/"), "/srv/a/b");
    assert_string_equal(address_normal_path(arena, "/srv/a"), "/srv/a");
    assert_string_equal(address_normal_path(arena, "/srv/.a/..b"), "/srv/.a/..b");
    assert_string_equal(address_normal_path(arena, "/"), "");
    arena_free(arena);
}

static void addresses_of_one_machine(void **context)
{
    (void)context;
    assert_true(address_same_host("10.0.0.1:7400", "10.0.0.1:2379"));
    assert_true(address_same_host("Alpha.site:7400", "alpha.site:7401"));
    assert_true(address_same_host("[fe80::1]:1", "[fe80::1]:2"));
    assert_false(address_same_host("10.0.0.1:7400", "10.0.0.11:7400"));
    assert_false(address_same_host("[fe80::1]:1", "[fe80::12]:1"));
    assert_false(address_same_host("127.0.0.1:7400", "127.0.0.1:7401"));
    assert_false(address_same_host("localhost:7400", "localhost:7401"));
}

static void errors_are_kept_beside_any_number_of_warnings(void **context)
{
    (void)context;
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    char *text = NULL;
    size_t size;
    for (int i = 0; i < 5000; i++)
        diag_report(diag, DIAG_W203, (struct diag_at){.place = {.file = "f", .line = i + 2}}, NULL,
                    "warning %d", i);
    diag_report(diag, DIAG_E201, (struct diag_at){.place = {.file = "f", .line = 9000}}, NULL,
                "an error");
    FILE *out = open_memstream(&text, &size);
    diag_print(diag, out, NULL);
    fclose(out);
    assert_non_null(strstr(text, "error: an error [E201]"));
    assert_non_null(strstr(text, "and 4000 more that are not shown"));
    free(text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_set_is_named),
        cmocka_unit_test(takeovers_take_what_the_model_says),
        cmocka_unit_test(notes_name_what_hangs_on_one_thing),
        cmocka_unit_test(a_fallback_bridges_the_nas),
        cmocka_unit_test(a_lower_standby_waits_for_a_claim),
        cmocka_unit_test(hot_cameras_are_always_received),
        cmocka_unit_test(a_lease_outlasts_a_short_wait),
        cmocka_unit_test(a_lone_coordinator_and_a_licence_are_noted),
        cmocka_unit_test(addresses_of_one_machine),
        cmocka_unit_test(errors_are_kept_beside_any_number_of_warnings),
        cmocka_unit_test(findings_are_cut),
        cmocka_unit_test(paths_that_are_one_are_one_text),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
