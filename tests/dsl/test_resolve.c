/* What reading and resolving give: values, defaults, orders and links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/arena.h"
#include "compiler/check.h"
#include "compiler/resolve.h"
#include "dsl/dsl.h"
#include "dsl/vocabulary.h"

struct fixture {
    struct arena *arena;
    struct diag *diag;
    struct model model;
    struct resolved resolved;
};

/* As far as resolve: what check refuses in this version has a meaning all the same. */
static void link_file(struct fixture *fixture, const char *path)
{
    *fixture = (struct fixture){.arena = arena_new()};
    fixture->diag = diag_new(fixture->arena);
    fixture->model.arena = fixture->arena;
    assert_true(dsl_read_topology(path, &fixture->model, fixture->diag));
    resolve_topology(&fixture->model, &fixture->resolved, fixture->diag);
}

static void read_file(struct fixture *fixture, const char *path)
{
    link_file(fixture, path);
    check_topology(&fixture->resolved, fixture->diag);
    if (diag_error_count(fixture->diag) > 0) {
        diag_print(fixture->diag, stderr, dsl_locate);
    }
    assert_int_equal(diag_error_count(fixture->diag), 0);
}

static void of_text(struct fixture *fixture, const char *text,
                    void (*read)(struct fixture *fixture, const char *path))
{
    char path[] = "/tmp/understudy-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    read(fixture, path);
    unlink(path);
}

static void read_text(struct fixture *fixture, const char *text)
{
    of_text(fixture, text, read_file);
}

static const char mixed[] =
    "volume \"v1\" { path = \"/srv/1\", size = \"1 TiB\" }\n"
    "volume \"v2\" { nas = \"/mnt/2\", size = \"2 TB\", reserve = \"3 GB\" }\n"
    "server \"c\" { address = \"c:1\", archive = { \"v2\", \"v1\" }, priority = 7 }\n"
    "server \"a\" { address = \"a:1\", archive = { \"v1\" }, fallback = \"v2\",\n"
    "  capacity = { cameras = 10, network = \"1 Gbit/s\" } }\n"
    "server \"b\" { address = \"b:1\", archive = { \"v1\" } }\n"
    "camera \"a1\" { server = \"a\", url = \"rtsp://h/a1\", arm = \"cold\", rate = \"2 Mbit/s\" }\n"
    "camera \"c1\" { server = \"c\", url = \"rtsp://h/c1\", sessions = 1 }\n"
    "camera \"a2\" { server = \"a\", url = \"rtsp://h/a2\", arm = \"cold\", rate = \"3 Mbit/s\" }\n"
    "camera \"b1\" { server = \"b\", url = \"rtsp://h/b1\", rate = \"4 Mbit/s\" }\n"
    "failover \"c-b\" { standby = \"b\", monitor = \"c\", expect_reconnection = \"20 s\",\n"
    "  transfer_if_no_ping = true, hold_down = \"5 s\" }\n"
    "failover \"b-a\" { standby = \"a\", monitor = \"b\", expect_reconnection = \"0 s\",\n"
    "  failback = \"manual\" }\n"
    "failover \"a-b\" { standby = \"b\", monitor = \"a\", expect_reconnection = \"5 s\",\n"
    "  objects = { \"a2\" } }\n"
    "failover_manager \"limit\" { max_running = 1, on = \"c\", when_unreachable = \"hold\" }\n";

static void test_values(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, mixed);
    assert_int_equal(f.model.sites[0].heartbeat_ms, 500);
    assert_int_equal(f.model.sites[0].misses, 4);
    assert_int_equal(f.model.sites[0].start_ms, 1000);
    assert_int_equal(f.model.volumes[0].size_bytes, INT64_C(1) << 40);
    assert_int_equal(f.model.volumes[0].reserve_bytes, INT64_C(1) << 30);
    assert_int_equal(f.model.volumes[1].reserve_bytes, INT64_C(3000000000));
    assert_int_equal(f.model.servers[0].priority, 7);
    assert_int_equal(f.model.servers[0].ask_wait_ms, 2000);
    assert_int_equal(f.model.servers[0].place.line, 3);
    assert_int_equal(f.model.servers[1].capacity_network_bps, 1000000000);
    assert_int_equal(f.model.cameras[1].sessions, 1);
    assert_int_equal(f.model.cameras[3].sessions, 2);
    assert_string_equal(f.model.cameras[3].arm, "warm");
    assert_int_equal(f.model.failovers[0].expect_reconnection_ms, 20000);
    assert_int_equal(f.model.failovers[2].place.line, 15);
    arena_free(f.arena);
}

static void test_orders(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, mixed);
    const struct resolved *r = &f.resolved;
    static const char *const cameras[] = {"c1", "a1", "a2", "b1"};
    for (uint32_t i = 0; i < 4; i++) {
        assert_string_equal(r->cameras[i].model->name, cameras[i]);
    }
    static const char *const failovers[] = {"b-a", "c-b", "a-b"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(r->failovers[i].model->name, failovers[i]);
    }
    assert_int_equal(r->servers[1].own_cameras.first, 1);
    assert_int_equal(r->servers[1].own_cameras.count, 2);
    assert_int_equal(r->servers[2].failovers.first, 1);
    assert_int_equal(r->servers[2].failovers.count, 2);
    assert_int_equal(r->servers[0].volumes.items[0], 1);
    assert_int_equal(r->servers[1].volumes.count, 2);
    assert_int_equal(r->servers[1].volumes.items[1], 1);
    assert_int_equal(r->failovers[2].objects.count, 1);
    assert_int_equal(r->failovers[2].objects.items[0], 2);
    assert_int_equal(r->servers[0].watchers.items[0], 1);
    arena_free(f.arena);
}

static void test_links(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, mixed);
    const struct resolved *r = &f.resolved;
    assert_int_equal(r->managers[0].host, 0);
    assert_false(r->managers[0].allow);
    assert_int_equal(r->failovers[0].manager, 0);
    /* a stands by for b, and asks the manager on c. */
    assert_int_equal(r->servers[1].peers.count, 2);
    assert_int_equal(r->servers[1].peers.items[0], 0);
    assert_int_equal(r->servers[1].peers.items[1], 2);
    const uint32_t place = 1u << FEATURE_VIEW | 1u << FEATURE_NETWORK; /* c sees both */
    assert_int_equal(r->failovers[0].features, place | 1u << FEATURE_QUEUE | 1u << FEATURE_PREROLL |
                                                   1u << FEATURE_MANUAL | 1u << FEATURE_FILL);
    assert_int_equal(r->failovers[1].features, place | 1u << FEATURE_QUEUE | 1u << FEATURE_PREROLL |
                                                   1u << FEATURE_HOLD_DOWN | 1u << FEATURE_NO_PING);
    assert_int_equal(r->failovers[2].features, place | 1u << FEATURE_QUEUE);
    assert_int_equal(r->servers[0].features, 1u << FEATURE_WATCHED);
    arena_free(f.arena);
}

static void test_loads(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, mixed);
    struct check_load *loads;
    assert_int_equal(check_loads(&f.resolved, &loads), 2);
    assert_int_equal(loads[0].server, 1);
    assert_int_equal(loads[0].worst_mains, 1);
    assert_int_equal(loads[0].worst_cameras, 3);
    assert_int_equal(loads[0].worst_network_bps, 9000000);
    /* b watches c and a, but the manager lets it carry one: the heavier one in each respect. */
    assert_int_equal(loads[1].worst_mains, 1);
    assert_int_equal(loads[1].worst_cameras, 2);
    assert_int_equal(loads[1].worst_network_bps, 7000000);
    arena_free(f.arena);
}

/* pairs goes by sorted keys, so that what it declares stands in the same order in every run. */
static void test_same_order(void **state)
{
    (void)state;
    struct fixture f;
    read_text(
        &f,
        "local addresses = { delta = 1, alpha = 2, [10] = 3, charlie = 4, bravo = 5, [9] = 6 }\n"
        "for name, port in pairs(addresses) do\n"
        "  server(tostring(name)) { address = string.format(\"h:%d\", port) }\n"
        "end\n");
    static const char *const names[] = {"9", "10", "alpha", "bravo", "charlie", "delta"};
    assert_int_equal(f.model.servers_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(f.model.servers[i].name, names[i]);
    }
    arena_free(f.arena);
}

static void test_example(void **state)
{
    (void)state;
    struct fixture f;
    struct model_outages outages;
    struct resolved_outages out;
    read_file(&f, "examples/01-pair/topology.lua");
    assert_int_equal(diag_warning_count(f.diag), 0);
    assert_true(dsl_read_outages("examples/01-pair/outage.lua", f.arena, &outages, f.diag));
    assert_true(resolve_outages(f.arena, &f.resolved, &outages, &out, f.diag));
    assert_int_equal(out.count, 1);
    assert_int_equal(out.outages[0].act_count, 2);
    assert_int_equal(out.outages[0].acts[1].at_ms, 35000);
    assert_int_equal(out.outages[0].expect_count, 3);
    assert_string_equal(out.outages[0].expect_texts[0], "gap lobby at most 4 s");
    assert_string_equal(out.outages[0].expect_texts[2], "carried alpha by omega");
    arena_free(f.arena);
}

static void test_acts_sorted(void **state)
{
    (void)state;
    struct fixture f;
    struct model_outages outages;
    struct resolved_outages out;
    read_file(&f, "tests/golden/sound.lua");
    assert_true(
        dsl_read_outages("tests/golden/outage_sound.outage.lua", f.arena, &outages, f.diag));
    assert_true(resolve_outages(f.arena, &f.resolved, &outages, &out, f.diag));
    static const uint32_t kinds[] = {ACT_CUT, ACT_HEAL, ACT_FORCE_START, ACT_FAIL, ACT_RESTORE};
    assert_int_equal(out.outages[0].act_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(out.outages[0].acts[i].kind, kinds[i]);
    }
    assert_int_equal(out.outages[0].acts[1].a, 1);
    assert_int_equal(out.outages[0].acts[1].b, 0);
    assert_int_equal(out.outages[0].expects[2].by, IMAGE_NONE);
    arena_free(f.arena);
}

static void test_words(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_true(dsl_print_words(to, NULL));
    assert_true(dsl_print_words(to, "failover"));
    assert_false(dsl_print_words(to, "no-such-word"));
    fclose(to);
    assert_non_null(strstr(text, "expect_reconnection"));
    assert_non_null(strstr(text, "50 ms to 1 min; default \"500 ms\""));
    assert_non_null(strstr(text, "jump(\"SERVER\", \"TIME\")"));
    free(text);
}

/* A word or a field that stands twice would hide its second row. */
static void test_vocabulary(void **state)
{
    (void)state;
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        assert_ptr_equal(vocabulary_find(word->file, word->name), word);
        assert_true(word->doc != NULL && word->form != NULL && word->fields != NULL);
        for (const struct field *field = word->fields; field->name != NULL; field++) {
            assert_ptr_equal(vocabulary_field(word->fields, field->name), field);
            assert_non_null(field->doc);
        }
    }
}

/* R23, R24: the standbys of one main have an order, and links among each other. */
static void test_several_standbys(void **state)
{
    (void)state;
    struct fixture f;
    of_text(&f,
            "volume \"v\" { path = \"/srv/v\", size = \"1 TiB\" }\n"
            "for i, name in ipairs { \"a\", \"b\", \"c\", \"d\" } do\n"
            "  server(name) { address = name .. \":1\", archive = { \"v\" } }\n"
            "end\n"
            "camera \"k\" { server = \"a\", url = \"rtsp://h/k\" }\n"
            "failover \"a-d\" { standby = \"d\", monitor = \"a\",\n"
            "  expect_reconnection = \"5 s\" }\n"
            "failover \"a-b\" { standby = \"b\", monitor = \"a\",\n"
            "  expect_reconnection = \"5 s\" }\n"
            "failover \"a-c\" { standby = \"c\", monitor = \"a\",\n"
            "  expect_reconnection = \"5 s\", priority = 1 }\n",
            link_file);
    const struct resolved *r = &f.resolved;
    static const char *const order[] = {"a-c", "a-d", "a-b"};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t watcher = r->servers[0].watchers.items[i];
        assert_string_equal(r->failovers[watcher].model->name, order[i]);
    }
    for (uint32_t s = 0; s < 4; s++) {
        assert_int_equal(r->servers[s].peers.count, 3);
    }
    arena_free(f.arena);
}

/* Every code can be asked about, and its text is a sentence. */
static void test_explain(void **state)
{
    (void)state;
    static const char *const codes[] = {
#define X(code, text) #code,
        DIAG_CODES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const char *name;
        const char *text = diag_explain(codes[i], &name);
        assert_non_null(text);
        assert_string_equal(name, codes[i]);
        assert_int_equal(text[strlen(text) - 1], '.');
    }
    const char *none;
    assert_null(diag_explain("E999", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_orders),
        cmocka_unit_test(test_links),       cmocka_unit_test(test_loads),
        cmocka_unit_test(test_same_order),  cmocka_unit_test(test_example),
        cmocka_unit_test(test_acts_sorted), cmocka_unit_test(test_words),
        cmocka_unit_test(test_vocabulary),  cmocka_unit_test(test_several_standbys),
        cmocka_unit_test(test_explain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
