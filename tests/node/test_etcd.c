/* The client of etcd against three real members, and against what is none: leases, transactions,
 * members that die, stand still, or are all gone, wrong certificates and users, and endpoints that
 * answer with anything. The client is what decides who records (R30): it must end by its time and
 * believe nothing that is not so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/node/clock.h"
#include "runtime/node/etcd.h"
#include "tests/node/cluster.h"

#define WAIT_MS  3000 /* of one request */
#define SHORT_MS 600  /* of one that will not be answered */
#define ROUNDS   25
#define PATIENCE 30000 /* for what must come; it ends a test that would hang */

static struct cluster cluster;
static struct etcd_place place;

/* ---- one client, and what it was answered ---- */

struct asked {
    bool answered;
    enum etcd_verdict verdict;
    bool succeeded;
    int64_t lease;
    int64_t ttl_s;
    size_t pair_count;
    char value[64]; /* of the first pair */
    char trouble[256];
    int64_t sent_ms;
};

static void on_answer(void *owner, const struct etcd_answer *answer)
{
    struct asked *asked = owner;
    *asked = (struct asked){.answered = true,
                            .verdict = answer->verdict,
                            .succeeded = answer->reply->succeeded,
                            .lease = answer->reply->lease,
                            .ttl_s = answer->reply->ttl_s,
                            .pair_count = answer->reply->pair_count,
                            .sent_ms = answer->sent_ms};
    if (answer->reply->pair_count > 0)
        snprintf(asked->value, sizeof asked->value, "%s", answer->reply->pairs[0].value);
    snprintf(asked->trouble, sizeof asked->trouble, "%s", answer->trouble);
}

static void await(struct etcd *etcd, struct asked *asked)
{
    const int64_t until_ms = clock_now_ms() + PATIENCE;
    while (!asked->answered) {
        assert_true(clock_now_ms() < until_ms);
        etcd_turn(etcd, -1, 50);
    }
}

static char *reading(const char *key)
{
    struct etcd_txn txn;
    assert_true(etcd_txn_begin(&txn) && etcd_txn_read(&txn, key, false));
    return etcd_txn_end(&txn);
}

static char *putting(const char *key, const char *value, int64_t lease)
{
    struct etcd_txn txn;
    assert_true(etcd_txn_begin(&txn) && etcd_txn_put(&txn, key, value, lease));
    return etcd_txn_end(&txn);
}

static char *claiming(const char *key, const char *value)
{
    struct etcd_txn txn;
    assert_true(etcd_txn_begin(&txn) && etcd_txn_if_unchanged(&txn, key, 0) &&
                etcd_txn_put(&txn, key, value, 0) && etcd_txn_read(&txn, key, false));
    return etcd_txn_end(&txn);
}

static struct asked commit_within(struct etcd *etcd, char *txn, int64_t wait_ms)
{
    struct asked asked = {0};
    etcd_commit(etcd, txn, wait_ms, on_answer, &asked);
    await(etcd, &asked);
    return asked;
}

static struct asked commit(struct etcd *etcd, char *txn)
{
    return commit_within(etcd, txn, WAIT_MS);
}

/* On a slow machine a member may need longer to show what it is. */
static void expect_trouble(struct etcd *etcd, const char *expected)
{
    for (int64_t wait_ms = SHORT_MS;; wait_ms *= 2) {
        const struct asked asked = commit_within(etcd, reading("/test/kept"), wait_ms);
        assert_int_equal(asked.verdict, ETCD_UNABLE);
        if (strstr(asked.trouble, expected) != NULL)
            return;
        if (wait_ms > PATIENCE)
            fail_msg("%s", asked.trouble);
    }
}

/* Until the cluster, or what is left of it, answers. */
static void await_cluster(struct etcd *etcd)
{
    const int64_t until_ms = clock_now_ms() + PATIENCE;
    while (commit(etcd, reading("/test/nothing")).verdict != ETCD_GOOD)
        assert_true(clock_now_ms() < until_ms);
}

static struct asked grant(struct etcd *etcd, int64_t ttl_s)
{
    struct asked asked = {0};
    etcd_grant(etcd, ttl_s, WAIT_MS, on_answer, &asked);
    await(etcd, &asked);
    return asked;
}

static struct asked renew(struct etcd *etcd, int64_t lease)
{
    struct asked asked = {0};
    etcd_renew(etcd, lease, WAIT_MS, on_answer, &asked);
    await(etcd, &asked);
    return asked;
}

static int make_cluster(void **state)
{
    (void)state;
    if (!cluster_begin(&cluster))
        return -1;
    place = (struct etcd_place){
        .count = CLUSTER_MEMBERS, .ca = cluster.ca, .cert = cluster.cert, .key = cluster.key};
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        place.endpoints[i] = cluster.endpoints[i];
    struct etcd *etcd = etcd_open(&place);
    await_cluster(etcd);
    etcd_close(etcd);
    return 0;
}

static int end_cluster(void **state)
{
    (void)state;
    cluster_end(&cluster);
    return 0;
}

/* ---- leases and transactions ---- */

/* R30: what hangs on a lease is gone when nobody renews it, and a renewal then is none. */
static void a_lease_that_nobody_renews_takes_its_keys_with_it(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    const struct asked lease = grant(etcd, 1);
    assert_int_equal(lease.verdict, ETCD_GOOD);
    assert_true(lease.lease != 0);
    assert_true(lease.ttl_s >= 1); /* what the cluster gives, not what was asked for */
    assert_true(commit(etcd, putting("/test/live", "alpha", lease.lease)).succeeded);
    assert_true(renew(etcd, lease.lease).ttl_s > 0);
    assert_string_equal(commit(etcd, reading("/test/live")).value, "alpha");

    const int64_t until_ms = clock_now_ms() + PATIENCE;
    while (commit(etcd, reading("/test/live")).pair_count > 0)
        assert_true(clock_now_ms() < until_ms);
    const struct asked gone = renew(etcd, lease.lease);
    assert_int_equal(gone.verdict, ETCD_GOOD);
    assert_int_equal(gone.ttl_s, 0);
    assert_int_equal(commit(etcd, putting("/test/live", "alpha", lease.lease)).verdict,
                     ETCD_NO_LEASE);
    etcd_close(etcd);
}

static void a_lease_that_is_given_back_takes_its_keys_at_once(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    struct asked revoked = {0};
    const struct asked lease = grant(etcd, 60);
    commit(etcd, putting("/test/live", "alpha", lease.lease));
    etcd_revoke(etcd, lease.lease, WAIT_MS, on_answer, &revoked);
    await(etcd, &revoked);
    assert_int_equal(revoked.verdict, ETCD_GOOD);
    assert_int_equal(commit(etcd, reading("/test/live")).pair_count, 0);
    etcd_close(etcd);
}

static void a_transaction_reads_writes_and_compares(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    struct etcd_txn txn;
    commit(etcd, putting("/test/list/a", "1", 0));
    commit(etcd, putting("/test/list/b", "2", 0));
    commit(etcd, putting("/test/lists", "3", 0)); /* begins alike, and is none of them */
    assert_true(etcd_txn_begin(&txn) && etcd_txn_read(&txn, "/test/list/", true));
    assert_int_equal(commit(etcd, etcd_txn_end(&txn)).pair_count, 2);

    assert_true(etcd_txn_begin(&txn) && etcd_txn_if_leased(&txn, "/test/list/a", 12345) &&
                etcd_txn_delete(&txn, "/test/list/a"));
    const struct asked refused = commit(etcd, etcd_txn_end(&txn));
    assert_int_equal(refused.verdict, ETCD_GOOD);
    assert_false(refused.succeeded);
    assert_true(etcd_txn_begin(&txn) && etcd_txn_delete(&txn, "/test/list/a"));
    assert_true(commit(etcd, etcd_txn_end(&txn)).succeeded);
    assert_int_equal(commit(etcd, reading("/test/list/a")).pair_count, 0);

    bool fits = etcd_txn_begin(&txn);
    for (int i = 0; i < ETCD_OPS_MAX; i++)
        fits = fits && etcd_txn_read(&txn, "/test/list/b", false);
    assert_true(fits);
    assert_false(etcd_txn_read(&txn, "/test/list/b", false));
    assert_int_equal(commit(etcd, etcd_txn_end(&txn)).pair_count, ETCD_OPS_MAX);
    etcd_close(etcd);
}

/* R24: one holder per epoch, whoever asks at the same moment. */
static void two_clients_race_and_exactly_one_wins(void **state)
{
    (void)state;
    struct etcd *alpha = etcd_open(&place), *omega = etcd_open(&place);
    int won[2] = {0, 0};
    for (int round = 0; round < ROUNDS; round++) {
        char key[48];
        struct asked a = {0}, o = {0};
        snprintf(key, sizeof key, "/test/race/%d", round);
        etcd_commit(alpha, claiming(key, "alpha"), WAIT_MS, on_answer, &a);
        etcd_commit(omega, claiming(key, "omega"), WAIT_MS, on_answer, &o);
        const int64_t until_ms = clock_now_ms() + PATIENCE;
        while (!a.answered || !o.answered) {
            assert_true(clock_now_ms() < until_ms);
            etcd_turn(round % 2 == 0 ? alpha : omega, -1, 1);
            etcd_turn(round % 2 == 0 ? omega : alpha, -1, 1);
        }
        assert_int_equal(a.verdict, ETCD_GOOD);
        assert_int_equal(o.verdict, ETCD_GOOD);
        assert_int_equal(a.succeeded + o.succeeded, 1);
        assert_string_equal(a.value, o.value); /* both learn who has it */
        assert_string_equal(a.value, a.succeeded ? "alpha" : "omega");
        won[o.succeeded]++;
    }
    assert_int_equal(won[0] + won[1], ROUNDS);
    etcd_close(alpha);
    etcd_close(omega);
}

static void a_change_under_the_prefix_is_hinted(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    const int64_t until_ms = clock_now_ms() + PATIENCE;
    etcd_watch(etcd, "/test/watched/");
    commit(etcd, reading("/test/nothing"));
    while (!etcd_hinted(etcd)) { /* the watch itself begins with one */
        assert_true(clock_now_ms() < until_ms);
        etcd_turn(etcd, -1, 50);
    }
    commit(etcd, putting("/test/watched/a", "1", 0));
    while (!etcd_hinted(etcd)) {
        assert_true(clock_now_ms() < until_ms);
        etcd_turn(etcd, -1, 50);
    }
    etcd_close(etcd);
}

/* ---- members that fail ---- */

struct raw {
    bool answered;
    bool leads;
};

static void on_raw_status(void *owner, const struct etcd_exchange *exchange)
{
    struct raw *raw = owner;
    json_error_t error;
    json_t *body = json_loadb(exchange->body, exchange->size, 0, &error);
    const char *leader = json_string_value(json_object_get(body, "leader"));
    const char *self =
        json_string_value(json_object_get(json_object_get(body, "header"), "member_id"));
    raw->answered = true;
    raw->leads = leader != NULL && self != NULL && strcmp(leader, self) == 0;
    json_decref(body);
}

static int leader_of_cluster(void)
{
    const int64_t until_ms = clock_now_ms() + PATIENCE;
    int leader = -1;
    struct etcd_http *http = etcd_http_open(&place);
    for (int i = 0; leader < 0; i = (i + 1) % CLUSTER_MEMBERS) {
        struct raw raw = {0};
        assert_true(clock_now_ms() < until_ms);
        assert_true(etcd_http_post(http, (uint32_t)i, "/v3/maintenance/status", "", "{}", WAIT_MS,
                                   on_raw_status, &raw));
        while (!raw.answered)
            etcd_http_turn(http, -1, 50);
        if (raw.leads)
            leader = i;
    }
    etcd_http_close(http);
    return leader;
}

/* A lost leader is no lost lease: it lasts under the next one. */
static void the_leader_dies_and_the_lease_lives(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    const struct asked lease = grant(etcd, 10);
    commit(etcd, putting("/test/live", "alpha", lease.lease));
    const int leader = leader_of_cluster();
    cluster_kill(&cluster, leader);

    const int64_t until_ms = clock_now_ms() + PATIENCE;
    struct asked renewed;
    do {
        assert_true(clock_now_ms() < until_ms);
        renewed = renew(etcd, lease.lease);
        assert_true(renewed.verdict == ETCD_GOOD || renewed.verdict == ETCD_UNABLE);
    } while (renewed.verdict != ETCD_GOOD);
    assert_true(renewed.ttl_s > 0);
    assert_string_equal(commit(etcd, reading("/test/live")).value, "alpha");
    assert_true(commit(etcd, claiming("/test/after-election", "alpha")).succeeded);
    cluster_start(&cluster, leader);
    etcd_close(etcd);
}

static void a_member_that_stands_still_is_left_for_another(void **state)
{
    (void)state;
    const int still = (leader_of_cluster() + 1) % CLUSTER_MEMBERS;
    struct etcd_place turned = place;
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        turned.endpoints[i] = place.endpoints[(still + i) % CLUSTER_MEMBERS];
    struct etcd *etcd = etcd_open(&turned);
    kill(cluster.members[still], SIGSTOP);
    const struct asked asked = commit(etcd, claiming("/test/beside-one-that-stands", "alpha"));
    kill(cluster.members[still], SIGCONT);
    assert_int_equal(asked.verdict, ETCD_GOOD);
    assert_string_equal(asked.value, "alpha"); /* perhaps by a try that was given up */
    assert_string_not_equal(etcd_member(etcd), cluster.endpoints[still]);
    etcd_close(etcd);
}

/* Nobody there: the answer says so by its time, and what was written is there afterwards. */
static void all_members_are_gone_and_back(void **state)
{
    (void)state;
    struct etcd *etcd = etcd_open(&place);
    await_cluster(etcd);
    commit(etcd, putting("/test/kept", "8", 0));
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        cluster_kill(&cluster, i);
    const struct asked gone = commit_within(etcd, reading("/test/kept"), SHORT_MS);
    assert_int_equal(gone.verdict, ETCD_UNABLE);
    assert_non_null(strstr(gone.trouble, "https://127.0.0.1:"));
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        cluster_start(&cluster, i);
    await_cluster(etcd);
    assert_string_equal(commit(etcd, reading("/test/kept")).value, "8");
    etcd_close(etcd);
}

/* ---- who is let in ---- */

static void a_certificate_of_another_authority_is_refused_both_ways(void **state)
{
    (void)state;
    char ca[128], cert[128], key[128];
    assert_true(
        cluster_command("sh examples/etcd-certificates.sh %s/others 127.0.0.1", cluster.root));
    snprintf(ca, sizeof ca, "%s/others/ca.pem", cluster.root);
    snprintf(cert, sizeof cert, "%s/others/127.0.0.1.pem", cluster.root);
    snprintf(key, sizeof key, "%s/others/127.0.0.1.key", cluster.root);

    struct etcd_place wrong = place;
    wrong.ca = ca;
    struct etcd *etcd = etcd_open(&wrong);
    expect_trouble(etcd, "is not signed by the ca of the topology");
    etcd_close(etcd);

    wrong = place;
    wrong.cert = cert;
    wrong.key = key;
    etcd = etcd_open(&wrong);
    assert_int_equal(commit_within(etcd, reading("/test/kept"), SHORT_MS).verdict, ETCD_UNABLE);
    etcd_close(etcd);

    wrong.cert = wrong.key = "";
    etcd = etcd_open(&wrong);
    assert_int_equal(commit_within(etcd, reading("/test/kept"), SHORT_MS).verdict, ETCD_UNABLE);
    etcd_close(etcd);

    wrong = place;
    wrong.ca = "/nowhere/ca.pem";
    etcd = etcd_open(&wrong);
    expect_trouble(etcd, "ca of the topology cannot be read");
    etcd_close(etcd);
}

static void on_raw_done(void *owner, const struct etcd_exchange *exchange)
{
    *(int *)owner = exchange->status > 0 ? exchange->status : -1;
}

/* An operator's request, with the token of root once there is one. */
static void manage(struct etcd_http *http, const char *path, const char *body)
{
    int status = 0;
    assert_true(etcd_http_post(http, 0, path, "", body, WAIT_MS, on_raw_done, &status));
    while (status == 0)
        etcd_http_turn(http, -1, 50);
    if (status != 200)
        fail_msg("%s: %d", path, status);
}

/* The last test of the real cluster: it asks for users from here on. The key is "/test/", to
 * "/test0". */
static void a_user_is_asked_for_and_may_do_what_its_role_may(void **state)
{
    (void)state;
    struct etcd_http *http = etcd_http_open(&place);
    manage(http, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"r\"}");
    manage(http, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    manage(http, "/v3/auth/role/add", "{\"name\":\"recorder\"}");
    manage(http, "/v3/auth/role/grant",
           "{\"name\":\"recorder\",\"perm\":{\"permType\":\"READWRITE\",\"key\":\"L3Rlc3Qv\","
           "\"range_end\":\"L3Rlc3Qw\"}}");
    manage(http, "/v3/auth/user/add", "{\"name\":\"alpha\",\"password\":\"only alpha knows\"}");
    manage(http, "/v3/auth/user/grant", "{\"user\":\"alpha\",\"role\":\"recorder\"}");
    manage(http, "/v3/auth/enable", "{}");
    etcd_http_close(http);

    struct etcd *etcd = etcd_open(&place);
    struct asked asked = commit(etcd, reading("/test/kept"));
    assert_int_equal(asked.verdict, ETCD_NO);
    assert_non_null(strstr(asked.trouble, "user name is empty"));

    etcd_set_login(etcd, "alpha", "a guess");
    asked = commit(etcd, reading("/test/kept"));
    assert_int_equal(asked.verdict, ETCD_NO);
    assert_non_null(strstr(asked.trouble, "authentication failed"));
    assert_null(strstr(asked.trouble, "guess"));

    etcd_set_login(etcd, "alpha", "only alpha knows");
    assert_string_equal(commit(etcd, reading("/test/kept")).value, "8");
    assert_true(commit(etcd, claiming("/test/by-alpha", "alpha")).succeeded);
    asked = commit(etcd, claiming("/elsewhere", "alpha"));
    assert_int_equal(asked.verdict, ETCD_NO);
    assert_non_null(strstr(asked.trouble, "permission denied"));

    cluster_kill(&cluster, 0); /* a token that its member has given may die with it */
    cluster_kill(&cluster, 1);
    cluster_start(&cluster, 0);
    cluster_start(&cluster, 1);
    await_cluster(etcd);
    assert_string_equal(commit(etcd, reading("/test/kept")).value, "8");
    etcd_close(etcd);
}

/* ---- endpoints that are no etcd ---- */

/* X(SYMBOL, what it sends first, what it sends again and again or "", the pause between in ms) */
#define FAKES(X)                                                                                   \
    X(FAKE_CLOSE, "", "", 0)                                                                       \
    X(FAKE_NO_HTTP, "SSH-2.0-OpenSSH_9.2\r\n", "", 0)                                              \
    X(FAKE_NO_JSON, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "", 0)                   \
    X(FAKE_OTHER_JSON, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"ok\": \"yes\"}", "", 0)    \
    X(FAKE_REDIRECT,                                                                               \
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: file:///etc/passwd\r\n"                        \
      "Content-Length: 0\r\n\r\n",                                                                 \
      "", 0)                                                                                       \
    X(FAKE_ENDLESS_HEAD, "HTTP/1.1 200 OK\r\n", "X-Filler: 0123456789012345678901234567890\r\n",   \
      0)                                                                                           \
    X(FAKE_ENDLESS_BODY, "HTTP/1.1 200 OK\r\n\r\n", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",   \
      0)                                                                                           \
    X(FAKE_HUGE_LENGTH, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n", "{", 20) \
    X(FAKE_SLOW, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", " ", 20)                     \
    X(FAKE_SILENT, "", "", -1)                                                                     \
    X(FAKE_REFUSES,                                                                                \
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"                              \
      "{\"error\":\"etcdserver: no leader\\u001b[2J\",\"code\":14,\"x\":1}",                       \
      "", 0)                                                                                       \
    X(FAKE_OTHER_CLUSTER,                                                                          \
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"                                               \
      "{\"header\":{\"cluster_id\":\"77\",\"raft_term\":\"2\",\"revision\":\"5\"},"                \
      "\"succeeded\":true}",                                                                       \
      "", 0)

#define X(symbol, first, again, pause_ms) symbol,
enum fake { FAKES(X) FAKE_COUNT };
#undef X

static void serve_fake(int connection, enum fake fake)
{
    static const struct {
        const char *first, *again;
        int pause_ms;
    } ways[FAKE_COUNT] = {
#define X(symbol, first, again, pause_ms) {first, again, pause_ms},
        FAKES(X)
#undef X
    };
    char request[4096];
    if (recv(connection, request, sizeof request, 0) <= 0)
        return;
    send(connection, ways[fake].first, strlen(ways[fake].first), MSG_NOSIGNAL);
    if (ways[fake].pause_ms < 0)
        pause();
    char block[32768]; /* as much as possible at once, where nothing is between */
    const size_t length = strlen(ways[fake].again);
    size_t size = 0;
    do {
        memcpy(block + size, ways[fake].again, length);
        size += length;
    } while (ways[fake].pause_ms == 0 && length > 0 && size + length <= sizeof block);
    while (length > 0 && send(connection, block, size, MSG_NOSIGNAL) > 0)
        usleep((useconds_t)ways[fake].pause_ms * 1000);
}

/* A process for each connection would outlive the test; one after the other will do. */
static pid_t start_fake(enum fake fake, char endpoint[static 64])
{
    unsigned port = 0;
    const int listener = cluster_listen(&port);
    assert_true(listener >= 0);
    snprintf(endpoint, 64, "http://127.0.0.1:%u", port);
    const pid_t pid = fork();
    if (pid != 0) {
        close(listener);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        const int connection = accept(listener, NULL, NULL);
        serve_fake(connection, fake);
        close(connection);
    }
}

static void end_fake(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void an_endpoint_that_is_no_etcd_costs_its_time_and_no_more(void **state)
{
    (void)state;
    static const char *const troubles[FAKE_COUNT] = {
        [FAKE_CLOSE] = "closed the connection",
        [FAKE_NO_HTTP] = "not HTTP",
        [FAKE_NO_JSON] = "not one of etcd",
        [FAKE_OTHER_JSON] = "not one of etcd",
        [FAKE_REDIRECT] = "another address, which is not followed",
        [FAKE_ENDLESS_HEAD] = "",
        [FAKE_ENDLESS_BODY] = "",
        [FAKE_HUGE_LENGTH] = "does not answer in time",
        [FAKE_SLOW] = "does not answer in time",
        [FAKE_SILENT] = "does not answer in time",
        [FAKE_REFUSES] = "it says: etcdserver: no leader?[2J"};
    struct {
        char endpoint[64];
        pid_t pid;
        struct etcd_place place;
        struct etcd *etcd;
        struct asked asked;
    } fakes[FAKE_OTHER_CLUSTER] = {0};
    for (enum fake fake = 0; fake < FAKE_OTHER_CLUSTER; fake++) {
        fakes[fake].pid = start_fake(fake, fakes[fake].endpoint);
        fakes[fake].place = (struct etcd_place){
            .endpoints = {fakes[fake].endpoint}, .count = 1, .ca = "", .cert = "", .key = ""};
        fakes[fake].etcd = etcd_open(&fakes[fake].place);
        etcd_commit(fakes[fake].etcd, reading("/test/kept"), SHORT_MS, on_answer,
                    &fakes[fake].asked);
    }
    uint32_t left = FAKE_OTHER_CLUSTER;
    for (const int64_t until_ms = clock_now_ms() + PATIENCE; left > 0;) {
        assert_true(clock_now_ms() < until_ms);
        left = 0;
        for (enum fake fake = 0; fake < FAKE_OTHER_CLUSTER; fake++) {
            etcd_turn(fakes[fake].etcd, -1, 1);
            left += !fakes[fake].asked.answered;
        }
    }
    for (enum fake fake = 0; fake < FAKE_OTHER_CLUSTER; fake++) {
        assert_int_equal(fakes[fake].asked.verdict, ETCD_UNABLE);
        if (strstr(fakes[fake].asked.trouble, troubles[fake]) == NULL)
            expect_trouble(fakes[fake].etcd, troubles[fake]);
        etcd_close(fakes[fake].etcd);
        end_fake(fakes[fake].pid);
    }
}

/* The real members are asked first, so what they are is known. */
static void a_member_of_another_cluster_is_not_believed(void **state)
{
    (void)state;
    char endpoint[64];
    const pid_t pid = start_fake(FAKE_OTHER_CLUSTER, endpoint);
    struct etcd_place mixed = place;
    mixed.endpoints[1] = endpoint;
    mixed.count = 2;
    struct etcd *etcd = etcd_open(&mixed);
    await_cluster(etcd);
    kill(cluster.members[0], SIGSTOP);
    const struct asked asked = commit_within(etcd, claiming("/test/whose", "alpha"), SHORT_MS);
    kill(cluster.members[0], SIGCONT);
    assert_int_equal(asked.verdict, ETCD_UNABLE);
    end_fake(pid);
    etcd_close(etcd);
}

/* A hostile endpoint beside good ones delays by its part of the time, and decides nothing. */
static void a_good_member_answers_beside_a_hostile_one(void **state)
{
    (void)state;
    char endpoint[64];
    const pid_t pid = start_fake(FAKE_SILENT, endpoint);
    struct etcd_place mixed = place;
    mixed.endpoints[0] = endpoint;
    struct etcd *etcd = etcd_open(&mixed);
    const struct asked asked = commit_within(etcd, reading("/test/nothing"), WAIT_MS);
    assert_int_equal(asked.verdict, ETCD_GOOD);
    end_fake(pid);
    etcd_close(etcd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_that_nobody_renews_takes_its_keys_with_it),
        cmocka_unit_test(a_lease_that_is_given_back_takes_its_keys_at_once),
        cmocka_unit_test(a_transaction_reads_writes_and_compares),
        cmocka_unit_test(two_clients_race_and_exactly_one_wins),
        cmocka_unit_test(a_change_under_the_prefix_is_hinted),
        cmocka_unit_test(an_endpoint_that_is_no_etcd_costs_its_time_and_no_more),
        cmocka_unit_test(a_good_member_answers_beside_a_hostile_one),
        cmocka_unit_test(a_member_of_another_cluster_is_not_believed),
        cmocka_unit_test(a_certificate_of_another_authority_is_refused_both_ways),
        cmocka_unit_test(a_member_that_stands_still_is_left_for_another),
        cmocka_unit_test(the_leader_dies_and_the_lease_lives),
        cmocka_unit_test(all_members_are_gone_and_back),
        cmocka_unit_test(a_user_is_asked_for_and_may_do_what_its_role_may),
    };
    return cmocka_run_group_tests(tests, make_cluster, end_cluster);
}
