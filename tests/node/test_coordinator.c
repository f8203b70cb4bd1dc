/* Claims at a real cluster: several servers of a site ask for them, hold them, lose them and give
 * them back, and never does one live by two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/coordinator_claim.h"
#include "tests/node/cluster.h"

#define PATIENCE 30000 /* for what must come; it ends a test that would hang */
#define LEASE_MS 3000
#define LOOK_MS  100

static struct cluster cluster;
static struct etcd_place place;
static const struct image *image;
static uint32_t alpha, beta;

/* ---- a server of the site ---- */

struct side {
    struct coordinator_frame frame;
    struct coordinator_claim alpha, beta;
    int64_t look_ms;
    bool looking;
    uint32_t answers;
    enum coordinator_verdict verdict; /* of the last answer */
    uint64_t epoch;
    uint64_t asked; /* questions so far */
    char trouble[TEXT_BYTES_MAX];
};

static struct side omega, psi, main_side; /* two standbys of alpha, and alpha itself */

static void on_answer(void *owner, uint32_t main, enum coordinator_verdict verdict, uint64_t number,
                      uint64_t epoch)
{
    struct side *side = owner;
    (void)main;
    assert_int_equal(number, side->asked);
    side->answers++;
    side->verdict = verdict;
    side->epoch = epoch;
}

static void on_trouble(void *owner, const char *trouble)
{
    struct side *side = owner;
    snprintf(side->trouble, sizeof side->trouble, "%s", trouble);
}

static void on_looked(void *owner, const struct etcd_answer *answer)
{
    struct side *side = owner;
    side->looking = false;
    side->look_ms = clock_now_ms() + LOOK_MS;
    if (answer->verdict != ETCD_GOOD)
        return;
    coordinator_claim_see(&side->alpha, answer->reply);
    coordinator_claim_see(&side->beta, answer->reply);
}

static void look(struct side *side)
{
    struct etcd_txn txn;
    if (side->looking || clock_now_ms() < side->look_ms)
        return;
    assert_true(etcd_txn_begin(&txn) && etcd_txn_read(&txn, COORDINATOR_PREFIX "claim/", true) &&
                etcd_txn_read(&txn, COORDINATOR_PREFIX "live/", true));
    side->looking = true;
    etcd_commit(side->frame.etcd, etcd_txn_end(&txn), 3000, on_looked, side);
}

static void open_side(struct side *side, const char *name)
{
    *side = (struct side){.frame = {.image = image,
                                    .server = image_find_server(image, name),
                                    .etcd = etcd_open(&place),
                                    .turning = true,
                                    .owner = side,
                                    .answered = on_answer,
                                    .troubled = on_trouble}};
    coordinator_claim_init(&side->alpha, &side->frame, alpha);
    coordinator_claim_init(&side->beta, &side->frame, beta);
}

static void turn(void)
{
    struct side *sides[] = {&omega, &psi, &main_side};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        look(sides[i]);
        coordinator_claim_turn(&sides[i]->alpha);
        coordinator_claim_turn(&sides[i]->beta);
        etcd_turn(sides[i]->frame.etcd, -1, 1);
    }
}

#define AWAIT(condition)                                                                           \
    for (const int64_t until_ms = clock_now_ms() + PATIENCE; !(condition); turn())                 \
    assert_true(clock_now_ms() < until_ms)

static uint32_t failover_of(const struct side *side, const struct coordinator_claim *claim)
{
    const struct image_list own = image_servers(image)[side->frame.server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(image)[f].monitor == claim->main)
            return f;
    return IMAGE_NONE;
}

static void ask(struct side *side, struct coordinator_claim *claim, uint64_t epoch)
{
    const struct coordinator_wish wish = {
        .epoch = epoch, .failover = failover_of(side, claim), .number = ++side->asked};
    coordinator_claim_ask(claim, &wish);
}

static enum coordinator_verdict answer_to(struct side *side, struct coordinator_claim *claim,
                                          uint64_t epoch)
{
    const uint32_t before = side->answers;
    ask(side, claim, epoch);
    AWAIT(side->answers > before);
    return side->verdict;
}

static void hold(struct side *side, struct coordinator_claim *claim, uint64_t epoch, bool grows)
{
    const struct coordinator_wish wish = {.epoch = epoch,
                                          .failover = failover_of(side, claim),
                                          .grows = grows,
                                          .number = side->asked};
    coordinator_claim_hold(claim, &wish);
}

/* ---- the site ---- */

static bool compile_site(void)
{
    char path[96], folder[96], error[TEXT_BYTES_MAX];
    const char *programs = getenv("UNDERSTUDY_BIN");
    snprintf(path, sizeof path, "%s/site.lua", cluster.root);
    snprintf(folder, sizeof folder, "%s/site", cluster.root);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    fprintf(
        file,
        "site { lease = \"%d ms\", claim = \"5 s\", misses = 2 }\n"
        "volume \"disk\" { path = \"/nowhere\", size = \"1 TiB\" }\n"
        "for i, name in ipairs { \"alpha\", \"beta\", \"omega\", \"psi\" } do\n"
        "  server(name) { address = \"127.0.0.1:\" .. 7400 + i, archive = { \"disk\" } } end\n"
        "camera \"a\" { server = \"alpha\", url = \"rtsp://127.0.0.1:1/a\" }\n"
        "camera \"b\" { server = \"beta\", url = \"rtsp://127.0.0.1:1/b\" }\n"
        "failover \"fo\" { standby = \"omega\", monitor = \"alpha\", expect_reconnection = "
        "\"1 s\" }\n"
        "failover \"fp\" { standby = \"psi\", monitor = \"alpha\", expect_reconnection = \"1 "
        "s\" }\n"
        "failover \"fb\" { standby = \"psi\", monitor = \"beta\", expect_reconnection = \"1 s\" "
        "}\n"
        "failover_manager \"limit\" { max_running = 1 }\n"
        "coordinator { etcd = { \"%s\", \"%s\", \"%s\" }, ca = \"%s\", cert = \"%s\", key = "
        "\"%s\" }\n",
        LEASE_MS, cluster.endpoints[0], cluster.endpoints[1], cluster.endpoints[2], cluster.ca,
        cluster.cert, cluster.key);
    fclose(file);
    if (!cluster_command("timeout 60 '%s/understudy' compile %s -o %s >/dev/null",
                         programs != NULL ? programs : "build/bin", path, folder))
        return false;
    const struct deployment *deployment = deployment_open(folder, error);
    image = deployment == NULL ? NULL : deployment_image(deployment);
    return image != NULL;
}

static int make_site(void **state)
{
    (void)state;
    if (!cluster_begin(&cluster) || !compile_site())
        return -1;
    place = (struct etcd_place){
        .count = CLUSTER_MEMBERS, .ca = cluster.ca, .cert = cluster.cert, .key = cluster.key};
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        place.endpoints[i] = cluster.endpoints[i];
    alpha = image_find_server(image, "alpha");
    beta = image_find_server(image, "beta");
    open_side(&omega, "omega");
    open_side(&psi, "psi");
    open_side(&main_side, "alpha");
    AWAIT(omega.alpha.known && psi.alpha.known && main_side.alpha.known);
    return 0;
}

static int end_site(void **state)
{
    (void)state;
    etcd_close(omega.frame.etcd);
    etcd_close(psi.frame.etcd);
    etcd_close(main_side.frame.etcd);
    cluster_end(&cluster);
    return 0;
}

/* All that a test has left is given back; epochs only grow from one to the next. */
static int let_go(void **state)
{
    (void)state;
    struct side *sides[] = {&omega, &psi, &main_side};
    for (size_t i = 0; i < 3; i++) {
        hold(sides[i], &sides[i]->alpha, 0, false);
        hold(sides[i], &sides[i]->beta, 0, false);
    }
    AWAIT(omega.alpha.live.revision == 0 && psi.alpha.live.revision == 0 &&
          main_side.alpha.live.revision == 0 && psi.beta.live.revision == 0 && !psi.beta.busy &&
          !omega.alpha.busy && !psi.alpha.busy);
    return 0;
}

/* ---- the claim ---- */

static void r24_two_standbys_ask_and_one_is_granted(void **state)
{
    (void)state;
    for (uint64_t epoch = 2; epoch < 8; epoch++) {
        const uint32_t before = omega.answers + psi.answers;
        ask(&omega, &omega.alpha, epoch);
        ask(&psi, &psi.alpha, epoch);
        AWAIT(omega.answers + psi.answers == before + 2);
        assert_int_equal(
            (omega.verdict == COORDINATOR_GRANTED) + (psi.verdict == COORDINATOR_GRANTED), 1);
        assert_true(omega.verdict != COORDINATOR_UNKNOWN && psi.verdict != COORDINATOR_UNKNOWN);
        assert_int_equal(omega.epoch, epoch); /* the denied one learns it too */
        assert_int_equal(psi.epoch, epoch);
        let_go(NULL);
    }
}

/* What was granted is granted again to the same server, and nothing below it to anybody. */
static void r24_an_epoch_is_granted_once(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&omega, &omega.alpha, 21), COORDINATOR_GRANTED);
    assert_int_equal(answer_to(&omega, &omega.alpha, 21), COORDINATOR_GRANTED);
    let_go(NULL);
    assert_int_equal(answer_to(&psi, &psi.alpha, 21), COORDINATOR_DENIED);
    assert_int_equal(psi.epoch, 21);
    assert_int_equal(answer_to(&omega, &omega.alpha, 20), COORDINATOR_DENIED);
    assert_int_equal(answer_to(&psi, &psi.alpha, 22), COORDINATOR_GRANTED);
}

static void r30_a_living_claim_is_not_given_away(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&main_side, &main_side.alpha, 31), COORDINATOR_GRANTED);
    hold(&main_side, &main_side.alpha, 31, true);
    AWAIT(main_side.alpha.held);
    for (int renewals = 0; renewals < 2; renewals++) {
        const int64_t renew_ms = main_side.alpha.renew_ms;
        assert_int_equal(answer_to(&omega, &omega.alpha, 32), COORDINATOR_DENIED);
        assert_int_equal(omega.epoch, 31);
        AWAIT(main_side.alpha.renew_ms > renew_ms);
    }
}

/* A lease that is renewed by a thread alone would keep a main that records nothing. */
static void r30_what_does_not_grow_is_not_renewed(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&main_side, &main_side.alpha, 41), COORDINATOR_GRANTED);
    hold(&main_side, &main_side.alpha, 41, true);
    AWAIT(main_side.alpha.held);
    hold(&main_side, &main_side.alpha, 41, false);
    AWAIT(main_side.alpha.live.revision == 0);
    assert_int_equal(answer_to(&omega, &omega.alpha, 42), COORDINATOR_GRANTED);
    hold(&omega, &omega.alpha, 42, true);
    hold(&main_side, &main_side.alpha, 41, true); /* it grows again, too late */
    AWAIT(coordinator_claim_is_others(&main_side.alpha));
    hold(&omega, &omega.alpha, 0, false); /* the hand-back */
    hold(&main_side, &main_side.alpha, 43, true);
    AWAIT(coordinator_claim_is_ours(&main_side.alpha) && main_side.alpha.live.epoch == 43);
    AWAIT(omega.alpha.record.epoch == 43); /* what is entered counts as granted */
}

static void r30_a_node_that_stands_still_renews_nothing(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&omega, &omega.alpha, 51), COORDINATOR_GRANTED);
    hold(&omega, &omega.alpha, 51, true);
    AWAIT(coordinator_claim_is_others(&psi.alpha));
    omega.frame.turning = false;
    AWAIT(psi.alpha.live.revision == 0);
    omega.frame.turning = true;
    AWAIT(coordinator_claim_is_ours(&omega.alpha)); /* nobody else took it: it is entered anew */
    assert_int_equal(omega.alpha.live.epoch, 51);
}

/* Another process of the same server goes on with the lease of the one before. */
static void r21_a_restarted_holder_keeps_its_claim(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&omega, &omega.alpha, 61), COORDINATOR_GRANTED);
    hold(&omega, &omega.alpha, 61, true);
    AWAIT(omega.alpha.held);
    const uint64_t revision = omega.alpha.live.revision;
    etcd_close(omega.frame.etcd);
    open_side(&omega, "omega");
    hold(&omega, &omega.alpha, 61, true);
    AWAIT(omega.alpha.held && omega.alpha.renew_ms > 0); /* renewed by the new process */
    AWAIT(coordinator_claim_is_others(&psi.alpha));
    assert_int_equal(psi.alpha.live.revision, revision); /* and never entered anew */
}

/* R14, R38: the limit of the whole site, in the same transaction as the claim. */
static void r14_a_slot_is_part_of_the_claim(void **state)
{
    (void)state;
    assert_int_equal(answer_to(&omega, &omega.alpha, 71), COORDINATOR_GRANTED);
    hold(&omega, &omega.alpha, 71, true);
    AWAIT(coordinator_claim_is_others(&psi.alpha));
    assert_int_equal(answer_to(&psi, &psi.beta, 5), COORDINATOR_FULL);
    assert_true(psi.epoch < 5); /* it is not the epoch that is wrong */
    hold(&omega, &omega.alpha, 0, false);
    AWAIT(psi.alpha.live.revision == 0 && omega.alpha.live.revision == 0);
    assert_int_equal(answer_to(&psi, &psi.beta, 5), COORDINATOR_GRANTED);
    hold(&psi, &psi.beta, 5, true);
    hold(&omega, &omega.alpha, 71, true); /* an operator's order runs beyond the limit (R17)... */
    AWAIT(coordinator_claim_is_ours(&omega.alpha));
    hold(&psi, &psi.beta, 0, false);
    AWAIT(psi.beta.live.revision == 0);
    assert_int_equal(answer_to(&psi, &psi.beta, 6), COORDINATOR_FULL); /* ...and counts */
}

static void what_is_none_of_ours_is_not_believed(void **state)
{
    (void)state;
    struct etcd_txn txn;
    omega.trouble[0] = '\0';
    assert_true(etcd_txn_begin(&txn) &&
                etcd_txn_put(&txn, COORDINATOR_PREFIX "claim/beta", "ten omega", 0));
    etcd_commit(omega.frame.etcd, etcd_txn_end(&txn), 3000, on_looked, &omega);
    AWAIT(strstr(omega.trouble, "/understudy/claim/beta") != NULL);
    assert_false(omega.beta.known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(r24_two_standbys_ask_and_one_is_granted, let_go),
        cmocka_unit_test_teardown(r24_an_epoch_is_granted_once, let_go),
        cmocka_unit_test_teardown(r30_a_living_claim_is_not_given_away, let_go),
        cmocka_unit_test_teardown(r30_what_does_not_grow_is_not_renewed, let_go),
        cmocka_unit_test_teardown(r30_a_node_that_stands_still_renews_nothing, let_go),
        cmocka_unit_test_teardown(r21_a_restarted_holder_keeps_its_claim, let_go),
        cmocka_unit_test_teardown(r14_a_slot_is_part_of_the_claim, let_go),
        cmocka_unit_test(what_is_none_of_ours_is_not_believed),
    };
    return cmocka_run_group_tests(tests, make_site, end_site);
}
