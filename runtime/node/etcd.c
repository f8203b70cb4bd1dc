#include "runtime/node/etcd.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"

#define TRY_MS_MIN    300
#define TRY_MS_MAX    2000 /* for one member; an election takes 1 to 2 s */
#define PAUSE_MS      100  /* once all members have been tried */
#define WATCH_AGAIN   2000 /* ms from the end of a watch to the next */
#define CALLS_MAX     64
#define FORGET_MS     30000 /* without a good answer, another cluster may be in the place */
#define TROUBLE_BYTES (2 * TEXT_BYTES_MAX)

struct call {
    struct call *next;
    struct etcd *etcd;
    const char *path;
    char *body;
    int64_t until_ms;
    int64_t resume_ms; /* it waits for this moment, unless it is under way */
    int64_t try_ms;
    uint32_t member; /* that is asked */
    uint32_t tried;
    bool sent; /* it has left at least once, at sent_ms */
    bool under_way;
    bool login;     /* it asks for a token */
    bool new_token; /* a token was fetched for it already */
    int64_t sent_ms;
    char trouble[TROUBLE_BYTES];
    etcd_done done;
    void *owner;
};

struct etcd {
    const struct etcd_place *place;
    struct etcd_http *http;
    struct call *calls;
    uint32_t call_count;
    uint32_t member;  /* that is asked first */
    uint64_t cluster; /* 0: not known yet */
    uint64_t term;
    int64_t good_ms; /* of the last good answer */
    char user[ETCD_USER_BYTES];
    char password[ETCD_PASSWORD_BYTES];
    char token[ETCD_TOKEN_BYTES];
    bool login;          /* one call fetches a token; the others wait for it */
    const char *watched; /* NULL: nothing */
    bool watching;
    int64_t watch_ms; /* the next watch begins then */
    bool hinted;
};

/* ---- the end of a call ---- */

static void free_call(struct call *call)
{
    if (call->body != NULL)
        explicit_bzero(call->body, strlen(call->body)); /* it may be a password */
    free(call->body);
    free(call);
}

/* A call is ended only where no exchange of it is under way. */
static void end_call(struct call *call, enum etcd_verdict verdict, const struct etcd_reply *reply)
{
    static const struct etcd_reply nothing;
    struct call **at = &call->etcd->calls;
    const struct etcd_answer answer = {.verdict = verdict,
                                       .reply = reply != NULL ? reply : &nothing,
                                       .trouble = call->trouble,
                                       .sent_ms = call->sent_ms};
    assert(!call->under_way);
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    call->etcd->call_count--;
    if (call->done != NULL)
        call->done(call->owner, &answer);
    free_call(call);
}

static void set_trouble(struct call *call, const char *what)
{
    snprintf(call->trouble, sizeof call->trouble, "%s: %s",
             call->etcd->place->endpoints[call->member], what);
}

/* The next member is asked, or the same later: at the earliest when all have been. */
static void try_next(struct call *call)
{
    struct etcd *etcd = call->etcd;
    if (etcd->member == call->member)
        etcd->member = (etcd->member + 1) % etcd->place->count;
    call->member = (call->member + 1) % etcd->place->count;
    call->tried++;
    call->resume_ms = clock_now_ms() + (call->tried % etcd->place->count == 0 ? PAUSE_MS : 0);
}

/* ---- whether an answer is believed ---- */

static bool is_believed(struct call *call, const struct etcd_reply *reply)
{
    struct etcd *etcd = call->etcd;
    const int64_t now_ms = clock_now_ms();
    if (reply->cluster == 0)
        return true;
    if (etcd->cluster != 0 && now_ms - etcd->good_ms < FORGET_MS) {
        if (reply->cluster != etcd->cluster) {
            set_trouble(call, "it belongs to another cluster than the member before it");
            return false;
        }
        if (reply->term < etcd->term) {
            set_trouble(call, "it is behind the other members");
            return false;
        }
    }
    etcd->cluster = reply->cluster;
    etcd->term = reply->term;
    etcd->good_ms = now_ms;
    etcd->member = call->member;
    return true;
}

/* ---- tokens ---- */

static bool wants_login(const struct call *call)
{
    return call->etcd->user[0] != '\0' && call->etcd->token[0] == '\0' && !call->new_token;
}

/* Each call fetches one token at most: one that is refused again is not the right user's. */
static void meet_stranger(struct call *call, const struct etcd_reply *reply)
{
    struct etcd *etcd = call->etcd;
    set_trouble(call, reply->trouble);
    if (etcd->user[0] == '\0' || call->new_token) {
        end_call(call, ETCD_NO, NULL);
        return;
    }
    explicit_bzero(etcd->token, sizeof etcd->token);
    call->resume_ms = 0;
}

static void take_token(struct call *call, const struct etcd_reply *reply)
{
    call->login = false;
    call->new_token = true;
    call->resume_ms = 0;
    snprintf(call->etcd->token, sizeof call->etcd->token, "%s", reply->token);
}

/* ---- an answer ---- */

static void take_good(struct call *call, const struct etcd_reply *reply)
{
    if (!is_believed(call, reply))
        try_next(call);
    else if (call->login)
        take_token(call, reply);
    else
        end_call(call, ETCD_GOOD, reply);
}

static void on_exchange(void *owner, const struct etcd_exchange *exchange)
{
    struct call *call = owner;
    struct etcd_reply reply;
    call->under_way = false;
    call->etcd->login = call->etcd->login && !call->login;
    if (exchange->status == 0) {
        /* A try that our own time has cut short says less than the one before it. */
        if (call->trouble[0] == '\0' || clock_now_ms() < call->until_ms)
            set_trouble(call, exchange->trouble);
        try_next(call);
        return;
    }
    const enum etcd_verdict verdict =
        etcd_reply_read(exchange->status, exchange->body, exchange->size, &reply);
    switch (verdict) {
    case ETCD_GOOD:
        take_good(call, &reply);
        break;
    case ETCD_GARBAGE:
    case ETCD_UNABLE:
        set_trouble(call, reply.trouble);
        try_next(call);
        break;
    case ETCD_STRANGER:
        meet_stranger(call, &reply);
        break;
    case ETCD_NO_LEASE:
    case ETCD_NO:
        set_trouble(call, reply.trouble);
        call->etcd->good_ms = clock_now_ms();
        end_call(call, verdict, NULL);
        break;
    case ETCD_VERDICT_COUNT:
        assert(!"a verdict of no kind");
    }
    etcd_reply_free(&reply);
}

/* ---- sending ---- */

static int64_t try_ms(const struct call *call, int64_t most_ms)
{
    const int64_t left_ms = call->until_ms - clock_now_ms();
    if (left_ms < 1)
        return 1;
    return left_ms < most_ms ? left_ms : most_ms;
}

/* A member needs its time for that: passwords are hashed at some expense. */
static void send_login(struct call *call)
{
    struct etcd *etcd = call->etcd;
    char *body = etcd_json_login(etcd->user, etcd->password);
    call->login = true;
    call->under_way =
        body != NULL && etcd_http_post(etcd->http, call->member, "/v3/auth/authenticate", "", body,
                                       try_ms(call, TRY_MS_MAX), on_exchange, call);
    etcd->login = call->under_way;
    if (body != NULL)
        explicit_bzero(body, strlen(body));
    free(body);
}

static void send_call(struct call *call)
{
    struct etcd *etcd = call->etcd;
    const int64_t now_ms = clock_now_ms();
    if (wants_login(call)) {
        if (!etcd->login)
            send_login(call);
        return;
    }
    call->login = false;
    if (!call->sent)
        call->sent_ms = now_ms;
    call->sent = true;
    call->under_way = etcd_http_post(etcd->http, call->member, call->path, etcd->token, call->body,
                                     try_ms(call, call->try_ms), on_exchange, call);
}

static void begin(struct etcd *etcd, const char *path, char *body, int64_t wait_ms, etcd_done done,
                  void *owner)
{
    const int64_t now_ms = clock_now_ms();
    const struct etcd_answer full = {.verdict = ETCD_UNABLE,
                                     .reply = &(const struct etcd_reply){0},
                                     .trouble = "memory is out, or too many requests wait",
                                     .sent_ms = now_ms};
    struct call *call = body == NULL || etcd->call_count == CALLS_MAX ? NULL : malloc(sizeof *call);
    assert(wait_ms > 0);
    if (call == NULL) {
        free(body);
        done(owner, &full);
        return;
    }
    *call = (struct call){.next = etcd->calls,
                          .etcd = etcd,
                          .path = path,
                          .body = body,
                          .until_ms = now_ms + wait_ms,
                          .member = etcd->member,
                          .sent_ms = now_ms,
                          .done = done,
                          .owner = owner};
    call->try_ms = wait_ms / 3 < TRY_MS_MAX ? wait_ms / 3 : TRY_MS_MAX;
    if (call->try_ms < TRY_MS_MIN)
        call->try_ms = TRY_MS_MIN;
    etcd->calls = call;
    etcd->call_count++;
}

void etcd_grant(struct etcd *etcd, int64_t ttl_s, int64_t wait_ms, etcd_done done, void *owner)
{
    begin(etcd, "/v3/lease/grant", etcd_json_lease(0, ttl_s), wait_ms, done, owner);
}

void etcd_renew(struct etcd *etcd, int64_t lease, int64_t wait_ms, etcd_done done, void *owner)
{
    begin(etcd, "/v3/lease/keepalive", etcd_json_lease(lease, 0), wait_ms, done, owner);
}

void etcd_revoke(struct etcd *etcd, int64_t lease, int64_t wait_ms, etcd_done done, void *owner)
{
    begin(etcd, "/v3/lease/revoke", etcd_json_lease(lease, 0), wait_ms, done, owner);
}

void etcd_commit(struct etcd *etcd, char *txn, int64_t wait_ms, etcd_done done, void *owner)
{
    begin(etcd, "/v3/kv/txn", txn, wait_ms, done, owner);
}

/* ---- the watch ---- */

/* What comes is not even read: that something comes is the hint. */
static void on_part(void *owner, const char *bytes, size_t size)
{
    struct etcd *etcd = owner;
    (void)bytes;
    etcd->hinted = etcd->hinted || size > 0;
}

static void on_watch_ended(void *owner, const struct etcd_exchange *exchange)
{
    struct etcd *etcd = owner;
    (void)exchange;
    etcd->watching = false;
    etcd->watch_ms = clock_now_ms() + WATCH_AGAIN;
}

void etcd_watch(struct etcd *etcd, const char *prefix)
{
    etcd->watched = prefix;
}

bool etcd_hinted(struct etcd *etcd)
{
    const bool hinted = etcd->hinted;
    etcd->hinted = false;
    return hinted;
}

/* Where a cluster is in reach and knows us. */
static void tend_watch(struct etcd *etcd, int64_t now_ms)
{
    if (etcd->watched == NULL || etcd->watching || etcd->cluster == 0 || now_ms < etcd->watch_ms)
        return;
    char *body = etcd_json_watch(etcd->watched);
    etcd->watching =
        body != NULL && etcd_http_stream(etcd->http, etcd->member, "/v3/watch", etcd->token, body,
                                         on_part, on_watch_ended, etcd);
    etcd->watch_ms = now_ms + WATCH_AGAIN;
    free(body);
}

/* ---- turns ---- */

/* Sends what waits, ends what is late; returns for how long nothing need be done. */
static int tend_calls(struct etcd *etcd, int wait_ms)
{
    const int64_t now_ms = clock_now_ms();
    int64_t until_ms = now_ms + wait_ms;
    struct call *next;
    for (struct call *call = etcd->calls; call != NULL; call = next) {
        next = call->next;
        if (call->under_way)
            continue;
        if (call->until_ms <= now_ms) {
            end_call(call, ETCD_UNABLE, NULL);
            return 0; /* what it has begun comes first in the list */
        }
        if (call->resume_ms <= now_ms)
            send_call(call);
        if (!call->under_way && call->resume_ms <= now_ms)
            call->resume_ms = now_ms + PAUSE_MS; /* another logs in, or memory is out */
        if (!call->under_way && call->resume_ms < until_ms)
            until_ms = call->resume_ms;
        if (!call->under_way && call->until_ms < until_ms)
            until_ms = call->until_ms;
    }
    return (int)(until_ms - now_ms);
}

void etcd_turn(struct etcd *etcd, int fd, int wait_ms)
{
    const int left_ms = tend_calls(etcd, wait_ms);
    tend_watch(etcd, clock_now_ms());
    etcd_http_turn(etcd->http, fd, left_ms);
}

/* ---- opening and closing ---- */

struct etcd *etcd_open(const struct etcd_place *place)
{
    struct etcd *etcd = calloc(1, sizeof *etcd);
    assert(place->count > 0);
    if (etcd == NULL)
        return NULL;
    etcd->place = place;
    etcd->http = etcd_http_open(place);
    if (etcd->http == NULL) {
        free(etcd);
        return NULL;
    }
    return etcd;
}

void etcd_set_login(struct etcd *etcd, const char *user, const char *password)
{
    if (strcmp(etcd->user, user) == 0 && strcmp(etcd->password, password) == 0)
        return;
    snprintf(etcd->user, sizeof etcd->user, "%s", user);
    snprintf(etcd->password, sizeof etcd->password, "%s", password);
    explicit_bzero(etcd->token, sizeof etcd->token);
}

const char *etcd_member(const struct etcd *etcd)
{
    return etcd->place->endpoints[etcd->member];
}

void etcd_close(struct etcd *etcd)
{
    etcd_http_close(etcd->http);
    while (etcd->calls != NULL) {
        struct call *call = etcd->calls;
        etcd->calls = call->next;
        free_call(call);
    }
    explicit_bzero(etcd, sizeof *etcd);
    free(etcd);
}
