/* The forecast against arithmetic: sites so small that the share of time they record is known. The
 * intervals must hold it about as often as they say: 95 of 100, so 34 of 40 runs at least. Its
 * tally, made piece by piece, against the dry run of the same outage as a whole. What a user sees
 * of it, by $UNDERSTUDY_BIN/understudy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/sim/forecast.h"
#include "tests/compiled.h"

#define HOUR_MS    3600000.0
#define DAY_MS     (24 * HOUR_MS)
#define SEEDS      40
#define SEEDS_FIT  34 /* of them at least: fewer by chance once in 500 times, if 95 % are right */
#define START_MS   1000.0
#define DETECT_MS  2000.0 /* heartbeat x misses, as they are by default */
#define SAID_BYTES 65536

static char folder[] = "/tmp/understudy-forecast-XXXXXX";

/* ---- sites ---- */

static const char single[] =
    "volume \"d\" { path = \"/srv/d\", size = \"1 TiB\" }\n"
    "server \"alpha\" { address = \"127.0.0.1:7401\", archive = { \"d\" } }\n"
    "camera \"c\" { server = \"alpha\", url = \"rtsp://127.0.0.1/s\" }\n";

static const char two_volumes[] =
    "volume \"d\" { path = \"/srv/d\", size = \"1 TiB\" }\n"
    "volume \"e\" { path = \"/srv/e\", size = \"1 TiB\" }\n"
    "server \"alpha\" { address = \"127.0.0.1:7401\", archive = { \"d\", \"e\" } }\n"
    "camera \"c\" { server = \"alpha\", url = \"rtsp://127.0.0.1/s\" }\n";

static const char pair[] =
    "volume \"d\" { path = \"/srv/d\", size = \"1 TiB\" }\n"
    "volume \"e\" { path = \"/srv/e\", size = \"1 TiB\" }\n"
    "server \"alpha\" { address = \"127.0.0.1:7401\", archive = { \"d\" } }\n"
    "server \"omega\" { address = \"127.0.0.1:7402\", archive = { \"e\" } }\n"
    "camera \"c\" { server = \"alpha\", url = \"rtsp://127.0.0.1/s\", arm = \"cold\" }\n"
    "failover \"f\" { standby = \"omega\", monitor = \"alpha\", expect_reconnection = \"5 s\",\n"
    "  transfer_if_no_ping = true }\n";

static const char *write_site(const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/site.lua", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const struct deployment *compile(const char *text)
{
    return compiled(write_site(text));
}

static struct failure_rate every(enum failure_kind kind, double mtbf_ms, double mttr_ms)
{
    return (struct failure_rate){.kind = kind, .mtbf_ms = mtbf_ms, .mttr_ms = mttr_ms};
}

static struct forecast *run(const struct deployment *deployment, struct failure_rate *rates,
                            size_t rate_count, uint64_t seed, uint32_t years)
{
    char error[TEXT_BYTES_MAX];
    bool fault;
    const struct forecast_options options = {
        .seed = seed, .years = years, .rates = rates, .rate_count = rate_count};
    struct forecast *forecast = calloc(1, sizeof *forecast);
    assert_non_null(forecast);
    forecast_add(forecast, "", deployment);
    if (!forecast_run(forecast, &options, &fault, error))
        fail_msg("%s", error);
    return forecast;
}

static void end(struct forecast *forecast)
{
    forecast_free(forecast);
    free(forecast);
}

/* Runs with many seeds; most of the intervals must hold the share that arithmetic gives. */
static void expect_lost(const struct deployment *deployment, struct failure_rate *rates,
                        size_t rate_count, uint32_t years, double lost)
{
    uint32_t fit = 0;
    double mean = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct forecast *forecast = run(deployment, rates, rate_count, seed, years);
        const struct estimate found = forecast_camera_lost(forecast, &forecast->sites[0], 0);
        assert_true(found.low <= found.mean && found.mean <= found.high);
        fit += found.low <= lost && lost <= found.high;
        mean += found.mean / SEEDS;
        end(forecast);
    }
    print_message("lost: %.4g by arithmetic, %.4g on average; %u of %u intervals hold it\n", lost,
                  mean, fit, SEEDS);
    assert_true(fit >= SEEDS_FIT);
    assert_true(fabs(mean - lost) < 0.1 * lost);
}

/* ---- against arithmetic ---- */

static void a_main_alone(void **context)
{
    (void)context;
    const double mtbf_ms = 30 * DAY_MS, mttr_ms = 8 * HOUR_MS;
    struct failure_rate rates[] = {every(FAILURE_SERVER, mtbf_ms, mttr_ms)};
    expect_lost(compile(single), rates, 1, 100, 1 - mtbf_ms / (mtbf_ms + mttr_ms + START_MS));
}

/* A quarter of an hour between failures, two seconds to repair: what the start costs is seen. */
static void a_start_counts(void **context)
{
    (void)context;
    const double mtbf_ms = HOUR_MS / 4, mttr_ms = 2000;
    struct failure_rate rates[] = {every(FAILURE_SERVER, mtbf_ms, mttr_ms)};
    expect_lost(compile(single), rates, 1, 1, 1 - mtbf_ms / (mtbf_ms + mttr_ms + START_MS));
}

/* Lost is what both are down, and each take-over: detection, the wait, the start of a cold camera.
 */
static void a_pair(void **context)
{
    (void)context;
    const double mtbf_ms = 20 * DAY_MS, mttr_ms = 12 * HOUR_MS;
    const double down = mttr_ms / (mtbf_ms + mttr_ms);
    const double take_over_ms = DETECT_MS + 5000 + START_MS;
    struct failure_rate rates[] = {every(FAILURE_SERVER, mtbf_ms, mttr_ms)};
    expect_lost(compile(pair), rates, 1, 200,
                down * down + (1 - down) * take_over_ms / (mtbf_ms + mttr_ms));
}

static void volumes(void **context)
{
    (void)context;
    const double mtbf_ms = 60 * DAY_MS, mttr_ms = 2 * DAY_MS;
    const double down = mttr_ms / (mtbf_ms + mttr_ms);
    struct failure_rate rates[] = {every(FAILURE_VOLUME, mtbf_ms, mttr_ms)};
    expect_lost(compile(single), rates, 1, 200, down);
    expect_lost(compile(two_volumes), rates, 1, 200, down * down);
    struct forecast *forecast = run(compile(single), rates, 1, 1, 200);
    const struct camera_tally *camera = &forecast->sites[0].tally.cameras[0];
    assert_true(camera->lost_ms > 0);
    assert_int_equal(camera->lost_to_ms[LOSS_STORAGE], camera->lost_ms);
    end(forecast);
}

/* A main that runs and has no volume is not carried (R36 is not asked for), so that its standby is
 * down meanwhile costs nothing; when a standby that is to record has no volume, that is the reason.
 */
static void what_lacks_is_the_volume(void **context)
{
    (void)context;
    struct failure_rate rates[] = {every(FAILURE_SERVER, 5 * DAY_MS, DAY_MS),
                                   every(FAILURE_VOLUME, 10 * DAY_MS, DAY_MS)};
    strcpy(rates[0].a, "omega");
    strcpy(rates[1].a, "d");
    struct forecast *forecast = run(compile(pair), rates, 2, 1, 20);
    const int64_t *lost_to_ms = forecast->sites[0].tally.cameras[0].lost_to_ms;
    assert_true(lost_to_ms[LOSS_STORAGE] > 0);
    assert_int_equal(lost_to_ms[LOSS_STORAGE], forecast->sites[0].tally.cameras[0].lost_ms);
    end(forecast);
    strcpy(rates[0].a, "alpha");
    strcpy(rates[1].a, "e");
    forecast = run(compile(pair), rates, 2, 1, 20);
    lost_to_ms = forecast->sites[0].tally.cameras[0].lost_to_ms;
    assert_true(lost_to_ms[LOSS_STORAGE] > lost_to_ms[LOSS_WAIT]);
    assert_int_equal(lost_to_ms[LOSS_NO_STANDBY], 0);
    end(forecast);
}

/* Of a pair whose connection alone fails both record (R30). */
static void a_link_costs_nothing(void **context)
{
    (void)context;
    struct failure_rate rates[] = {every(FAILURE_LINK, 5 * DAY_MS, HOUR_MS)};
    struct forecast *forecast = run(compile(pair), rates, 1, 1, 100);
    assert_int_equal(forecast->sites[0].tally.cameras[0].lost_ms, 0);
    assert_true(forecast_camera_lost(forecast, &forecast->sites[0], 0).high == 0);
    end(forecast);
}

static void a_rate_by_name_holds_before_that_of_the_kind(void **context)
{
    (void)context;
    const double mtbf_ms = 30 * DAY_MS, mttr_ms = 8 * HOUR_MS;
    struct failure_rate rates[] = {every(FAILURE_SERVER, HOUR_MS, HOUR_MS / 2),
                                   every(FAILURE_SERVER, mtbf_ms, mttr_ms)};
    strcpy(rates[1].a, "alpha");
    expect_lost(compile(single), rates, 2, 100, 1 - mtbf_ms / (mtbf_ms + mttr_ms + START_MS));
}

/* ---- the tally ---- */

static void check_whole(const struct forecast *forecast)
{
    const struct tally *tally = &forecast->sites[0].tally;
    const uint32_t count = deployment_image(forecast->sites[0].deployment)->cameras.count;
    assert_int_equal(tally->to_ms - tally->from_ms, forecast->batch_ms * FORECAST_BATCHES);
    for (uint32_t c = 0; c < count; c++) {
        const struct camera_tally *camera = &tally->cameras[c];
        int64_t sorted_ms = 0;
        for (uint32_t l = 0; l < LOSS_COUNT; l++)
            sorted_ms += camera->lost_to_ms[l];
        assert_int_equal(camera->recorded_ms + camera->lost_ms, tally->to_ms - tally->from_ms);
        assert_int_equal(sorted_ms, camera->lost_ms);
        assert_int_equal(camera->lost_to_ms[LOSS_UNEXPLAINED], 0);
        assert_true(camera->lost_ms > 0);
    }
}

static void recorded_and_lost_are_the_whole(void **context)
{
    (void)context;
    static const char *const sites[] = {
        "tests/engine/sites/limited.lua", "tests/sim/random_site.lua",
        "examples/02-shared-nas/topology.lua", "examples/04-mutual/topology.lua"};
    struct failure_rate rates[] = {every(FAILURE_SERVER, 10 * DAY_MS, 8 * HOUR_MS),
                                   every(FAILURE_VOLUME, 20 * DAY_MS, DAY_MS),
                                   every(FAILURE_LINK, 2 * DAY_MS, HOUR_MS / 6)};
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        struct forecast *forecast = run(compiled(sites[i]), rates, 3, i + 1, 20);
        check_whole(forecast);
        end(forecast);
    }
}

/* Piece by piece, with what is over forgotten, the same comes out as of the whole at once. */
static void pieces_are_the_whole(void **context)
{
    (void)context;
    const int64_t end_ms = DAYS_MS(200), piece_ms = DAYS_MS(7) + 12345;
    const struct deployment *deployment = compiled("tests/engine/sites/limited.lua");
    const struct image *image = deployment_image(deployment);
    struct failure_rate rates[] = {every(FAILURE_SERVER, DAY_MS, 2 * HOUR_MS),
                                   every(FAILURE_VOLUME, 9 * DAY_MS, HOUR_MS),
                                   every(FAILURE_LINK, DAY_MS, HOUR_MS / 6)};
    struct failures all, some;
    failures_init(&all, 0, image, rates, 3, 7);
    failures_init(&some, 0, image, rates, 3, 7);
    failures_draw(&all, end_ms - 1);
    const struct outage outage = {.lasts_ms = end_ms, .act_count = all.act_count};
    const struct script script = {.acts = all.acts};
    struct world *whole = world_run(deployment, &script, &outage);
    struct result *result = result_of(whole);

    struct script pieces = {.acts = NULL};
    struct world *world = world_start(deployment, &pieces, &outage);
    struct tally tally;
    /* world_start ends 1 ms before 0. */
    world_play(world, 0, 0, 0);
    tally_init(&tally, world);
    for (int64_t at_ms = 0; at_ms < end_ms; at_ms += piece_ms) {
        const int64_t until_ms = at_ms + piece_ms < end_ms ? at_ms + piece_ms : end_ms;
        failures_draw(&some, until_ms < end_ms ? until_ms : end_ms - 1);
        pieces.acts = some.acts;
        world_play(world, 0, some.act_count, until_ms);
        tally_take(&tally);
    }
    tally_finish(&tally);
    assert_int_equal(world->fault_count, 0);
    for (uint32_t c = 0; c < image->cameras.count; c++) {
        assert_true(result->cameras[c].gap_ms > 0);
        assert_int_equal(tally.cameras[c].recorded_ms, result->cameras[c].recorded_ms);
        assert_int_equal(tally.cameras[c].lost_ms, result->cameras[c].gap_ms);
    }
    tally_free(&tally);
    world_free(world);
    result_free(result);
    world_free(whole);
    failures_free(&all);
    failures_free(&some);
}

/* ---- as a user meets it ---- */

/* Runs the front; what it wrote to both outputs is in said. Returns its exit code. */
static int forecast(const char *words, char said[static SAID_BYTES])
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[1024];
    snprintf(command, sizeof command, "timeout 120 '%s/understudy' forecast 2>&1 %s",
             programs != NULL ? programs : "build/bin", words);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    said[fread(said, 1, SAID_BYTES - 1, out)] = '\0';
    const int status = pclose(out);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static json_t *forecast_as_json(const char *site, const char *words)
{
    char said[SAID_BYTES];
    char command[512];
    json_error_t error;
    snprintf(command, sizeof command, "%s --json %s 2>/dev/null", site, words);
    const int exit_code = forecast(command, said);
    if (exit_code != 0)
        fail_msg("%s", said);
    json_t *object = json_loads(said, 0, &error);
    if (object == NULL)
        fail_msg("%s in: %s", error.text, said);
    return object;
}

static double number(json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void bad_arguments(void **context)
{
    (void)context;
    static const struct {
        const char *words;
        const char *text;
    } rows[] = {
        {"", "say how often something fails"},
        {"--mtbf 'server 1 y'", "add --mttr \"server TIME\""},
        {"--mttr 'server 8 h'", "add --mtbf \"server TIME\""},
        {"--mtbf 'server'", "names no time"},
        {"--mtbf 'server 8'", "has no unit"},
        {"--mtbf 'server 8 fortnights'", "8 fortnights"},
        {"--mtbf 'servre 8 d'", "did you mean \"server\"?"},
        {"--mtbf 'server 1 ms'", "once a minute"},
        {"--mtbf 'server 10001 y'", "too large"},
        {"--mtbf 'server 1 y' --mtbf 'server 2 y'", "said twice"},
        {"--mtbf 'server 1 h' --mttr 'server 2 y'", "mixed up?"},
        {"--mtbf 'server alhpa 1 y' --mttr 'server 8 h'", "did you mean \"alpha\"?"},
        {"--mtbf 'volume f 1 y' --mttr 'volume 8 h'", "no such volume"},
        {"--mtbf 'link alpha 1 y' --mttr 'link 8 h'", "is no link"},
        {"--mtbf 'link alpha alpha 1 y' --mttr 'link 8 h'", "no link connects"},
        {"--mtbf 'coordinator 1 y' --mttr 'coordinator 8 h'", "there is no coordinator"},
        {"--mtbf 'server 1 y' --mttr 'server 8 h' --years 0", "--years takes a whole number"},
        {"--mtbf 'server 1 y' --mttr 'server 8 h' --years x", "--years takes a whole number"},
        {"--mtbf 'server 1 y' --mttr 'server 8 h' --time -1", "--time takes a whole number"},
        {"--mtbf 'server 1 y' --mttr 'server 8 h' --seed 0", "--seed takes a whole number"},
        {"--mtbf 'server 1 y' --mttr 'server 8 h' --nonsense", "no option"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char said[SAID_BYTES];
        char words[512];
        snprintf(words, sizeof words, "%s %s", write_site(pair), rows[i].words);
        const int exit_code = forecast(words, said);
        if (exit_code != 2 || strstr(said, rows[i].text) == NULL)
            fail_msg("%s: exit code %d, \"%s\" is not in: %s", rows[i].words, exit_code,
                     rows[i].text, said);
    }
    char said[SAID_BYTES];
    assert_int_equal(forecast("--mtbf 'server 1 y'", said), 2);
    assert_int_equal(forecast("/nowhere.lua --mtbf 'server 1 y' --mttr 'server 8 h'", said), 3);
}

/* With repairs of months, few years say nothing. */
static void too_few_years_are_refused(void **context)
{
    (void)context;
    char said[SAID_BYTES];
    char words[256];
    snprintf(words, sizeof words, "%s --mtbf 'server 2 y' --mttr 'server 90 d' --years 10",
             write_site(pair));
    assert_int_equal(forecast(words, said), 1);
    assert_non_null(strstr(said, "at least 50 are needed (--years)"));
}

static void what_a_standby_more_buys(void **context)
{
    (void)context;
    json_t *found =
        forecast_as_json(write_site(pair), "--mtbf 'server 30 d' --mttr 'server 2 d' --years 200");
    json_t *site = json_object_get(found, "site");
    json_t *more = json_array_get(json_object_get(found, "one_more"), 0);
    const double down = 2.0 / 32;
    assert_true(number(site, "recorded_share_low") <= 1 - down * down);
    assert_true(number(more, "recorded_share") > number(site, "recorded_share"));
    assert_true(number(more, "gained_share_low") > 0);
    assert_true(fabs(number(more, "gained_share") - (down * down - down * down * down)) <
                0.2 * down * down);
    assert_int_equal(json_array_size(json_object_get(found, "cameras")), 1);
    assert_true(json_is_true(json_object_get(found, "complete")));
    json_decref(found);
}

/* A standby more fails like the one it is modelled on, even if only that one has a rate. */
static void what_is_more_fails_too(void **context)
{
    (void)context;
    const double down = 5.0 / 25;
    json_t *found =
        forecast_as_json(write_site(pair), "--mtbf 'server omega 20 d' --mtbf 'server alpha 20 d' "
                                           "--mttr 'server 5 d' --years 200");
    json_t *more = json_array_get(json_object_get(found, "one_more"), 0);
    assert_true(1 - number(more, "recorded_share") > 0.7 * down * down * down);
    assert_true(1 - number(more, "recorded_share") < 1.3 * down * down * down);
    json_decref(found);
}

static void what_a_volume_more_buys(void **context)
{
    (void)context;
    json_t *found = forecast_as_json(write_site(single),
                                     "--mtbf 'volume d 60 d' --mttr 'volume 2 d' --years 200");
    json_t *more = json_array_get(json_object_get(found, "one_more"), 0);
    const double down = 2.0 / 62;
    assert_true(fabs(number(more, "gained_share") - (down - down * down)) < 0.15 * down);
    assert_int_equal(json_array_size(json_object_get(found, "one_more_untried")), 2);
    json_decref(found);
}

static void what_a_slot_more_buys(void **context)
{
    (void)context;
    json_t *found = forecast_as_json("tests/engine/sites/limited.lua",
                                     "--mtbf 'server 30 d' --mttr 'server 2 d' --years 100");
    json_t *list = json_object_get(found, "one_more");
    json_t *more = NULL;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strstr(json_string_value(json_object_get(json_array_get(list, i), "what")),
                   "one more slot in \"limit\": 2 at once") != NULL)
            more = json_array_get(list, i);
    assert_non_null(more);
    assert_true(number(more, "gained_share_low") > 0);
    json_t *losses = json_object_get(json_object_get(found, "site"), "lost_to_a_year_ms");
    assert_true(number(losses, "queue") >
                number(json_object_get(more, "lost_to_a_year_ms"), "queue"));
    json_decref(found);
}

static void a_seed_repeats_itself(void **context)
{
    (void)context;
    static const char rates[] = "--mtbf 'server 30 d' --mttr 'server 8 h' --years 50";
    char words[256];
    json_t *found[3];
    for (int i = 0; i < 3; i++) {
        snprintf(words, sizeof words, "%s --seed %d", rates, i == 2 ? 6 : 5);
        found[i] = forecast_as_json(write_site(pair), words);
    }
    assert_true(json_equal(json_object_get(found[0], "site"), json_object_get(found[1], "site")));
    assert_false(json_equal(json_object_get(found[0], "site"), json_object_get(found[2], "site")));
    for (int i = 0; i < 3; i++)
        json_decref(found[i]);
}

/* More years than there is time for: it ends, tells so, and says what it found until then. */
static void time_ends_it(void **context)
{
    (void)context;
    char said[SAID_BYTES];
    char words[256];
    snprintf(words, sizeof words,
             "%s --mtbf 'server 1 d' --mttr 'server 1 h' --years 1000000 --time 1",
             write_site(pair));
    assert_int_equal(forecast(words, said), 0);
    assert_non_null(strstr(said, "time was out: 1e+06 years were to be"));
    assert_non_null(strstr(said, "recorded  9"));
    assert_non_null(strstr(said, "where it is lost"));
    assert_non_null(strstr(said, "what one more would buy"));
}

static int make_folder(void **context)
{
    (void)context;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **context)
{
    (void)context;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_main_alone),
        cmocka_unit_test(a_start_counts),
        cmocka_unit_test(a_pair),
        cmocka_unit_test(volumes),
        cmocka_unit_test(what_lacks_is_the_volume),
        cmocka_unit_test(a_link_costs_nothing),
        cmocka_unit_test(a_rate_by_name_holds_before_that_of_the_kind),
        cmocka_unit_test(recorded_and_lost_are_the_whole),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(too_few_years_are_refused),
        cmocka_unit_test(what_a_standby_more_buys),
        cmocka_unit_test(what_is_more_fails_too),
        cmocka_unit_test(what_a_volume_more_buys),
        cmocka_unit_test(what_a_slot_more_buys),
        cmocka_unit_test(a_seed_repeats_itself),
        cmocka_unit_test(time_ends_it),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
