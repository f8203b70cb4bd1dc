#include "runtime/node/coordinator_claim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"

#define PAUSE_MS    1000 /* after a failure, before the next try */
#define WAIT_MS_MIN 600  /* of one request */

static const char *self_name(const struct coordinator_claim *claim)
{
    const struct image *image = claim->frame->image;
    return image_text(image, image_servers(image)[claim->frame->server].name);
}

static int64_t lease_ms(const struct coordinator_claim *claim)
{
    return claim->frame->image->site.lease_ms;
}

/* How long the next request may take: for a question not longer than that may. */
static int64_t wait_ms(const struct coordinator_claim *claim)
{
    const int64_t half_ms = lease_ms(claim) / 2;
    const int64_t left_ms = claim->ask_until_ms - clock_now_ms();
    if (claim->asking)
        return left_ms > 1 ? left_ms : 1;
    return half_ms > WAIT_MS_MIN ? half_ms : WAIT_MS_MIN;
}

static bool is_self(const struct coordinator_claim *claim, const char *holder)
{
    return strcmp(holder, self_name(claim)) == 0;
}

bool coordinator_claim_is_ours(const struct coordinator_claim *claim)
{
    return claim->known && claim->live.revision > 0 && is_self(claim, claim->live.holder);
}

bool coordinator_claim_is_others(const struct coordinator_claim *claim)
{
    return claim->known && claim->live.revision > 0 && !is_self(claim, claim->live.holder);
}

/* The manager of the whole site that limits this failover, or IMAGE_NONE. */
static uint32_t limit_of(const struct coordinator_claim *claim, uint32_t failover)
{
    const struct image *image = claim->frame->image;
    const uint32_t manager =
        failover == IMAGE_NONE ? IMAGE_NONE : image_failovers(image)[failover].manager;
    if (manager == IMAGE_NONE || image_managers(image)[manager].standby != IMAGE_NONE ||
        image_managers(image)[manager].max_running == 0)
        return IMAGE_NONE;
    return manager;
}

/* ---- how a request ends ---- */

static void end_ask(struct coordinator_claim *claim, enum coordinator_verdict verdict)
{
    const struct coordinator_frame *frame = claim->frame;
    const uint64_t epoch = verdict == COORDINATOR_GRANTED ? claim->ask.epoch : claim->record.epoch;
    assert(claim->asking);
    claim->asking = false;
    if (verdict == COORDINATOR_GRANTED)
        claim->granted = claim->ask.number;
    frame->answered(frame->owner, claim->main, verdict, claim->ask.number, epoch);
}

/* Whether it was answered well; if not, what was asked cannot be known. */
static bool end_request(struct coordinator_claim *claim, const struct etcd_answer *answer)
{
    const struct coordinator_frame *frame = claim->frame;
    claim->busy = false;
    if (answer->verdict == ETCD_GOOD)
        return true;
    claim->fresh = false;
    if (answer->verdict == ETCD_NO_LEASE) {
        claim->lease = 0;
        return false;
    }
    claim->pause_ms = clock_now_ms() + PAUSE_MS;
    if (claim->asking)
        end_ask(claim, COORDINATOR_UNKNOWN);
    frame->troubled(frame->owner, answer->trouble);
    return false;
}

/* Takes what an answer says, unless it is older than what is known. */
static void absorb(struct coordinator_claim *claim, const struct etcd_reply *reply)
{
    const struct coordinator_frame *frame = claim->frame;
    const struct coordinator_key record = coordinator_key_claim(frame->image, claim->main);
    const struct coordinator_key live = coordinator_key_live(frame->image, claim->main);
    char trouble[TEXT_BYTES_MAX];
    if (reply->revision < claim->revision)
        return;
    claim->revision = reply->revision;
    claim->known = coordinator_record_read(reply, &record, &claim->record) &&
                   coordinator_record_read(reply, &live, &claim->live);
    if (claim->known)
        return;
    snprintf(trouble, sizeof trouble,
             "what it keeps at %.150s or %.150s is none of Understudy's: delete it there",
             record.text, live.text);
    frame->troubled(frame->owner, trouble);
}

void coordinator_claim_see(struct coordinator_claim *claim, const struct etcd_reply *reply)
{
    absorb(claim, reply);
}

/* A transaction that could not be made whole is not sent: it is told that memory is out. */
static void commit(struct coordinator_claim *claim, struct etcd_txn *txn, bool whole,
                   etcd_done done)
{
    char *text = etcd_txn_end(txn);
    if (!whole) {
        free(text);
        text = NULL;
    }
    claim->busy = true;
    etcd_commit(claim->frame->etcd, text, wait_ms(claim), done, claim);
}

void coordinator_claim_forget(struct coordinator_claim *claim)
{
    claim->revision = 0;
    claim->fresh = false;
}

/* ---- reading ---- */

static void absorb_all(struct coordinator_claim *claim, const struct etcd_reply *reply)
{
    const uint32_t manager =
        limit_of(claim, claim->asking ? claim->ask.failover : claim->hold.failover);
    absorb(claim, reply);
    claim->fresh = claim->known;
    if (manager != IMAGE_NONE)
        claim->slots = coordinator_slots_read(reply, claim->frame->image, manager, claim->main);
}

static bool add_reading(const struct coordinator_claim *claim, struct etcd_txn *txn,
                        uint32_t manager)
{
    const struct image *image = claim->frame->image;
    const struct coordinator_key record = coordinator_key_claim(image, claim->main);
    const struct coordinator_key live = coordinator_key_live(image, claim->main);
    if (!etcd_txn_read(txn, record.text, false) || !etcd_txn_read(txn, live.text, false))
        return false;
    if (manager == IMAGE_NONE)
        return true;
    const struct coordinator_key slots = coordinator_key_slots(image, manager);
    return etcd_txn_read(txn, slots.text, true);
}

static void on_read(void *owner, const struct etcd_answer *answer)
{
    struct coordinator_claim *claim = owner;
    if (end_request(claim, answer))
        absorb_all(claim, answer->reply);
    if (answer->verdict == ETCD_GOOD && !claim->known)
        claim->pause_ms = clock_now_ms() + PAUSE_MS;
}

static void read_now(struct coordinator_claim *claim, uint32_t failover)
{
    struct etcd_txn txn;
    const bool made = etcd_txn_begin(&txn) && add_reading(claim, &txn, limit_of(claim, failover));
    commit(claim, &txn, made, on_read);
}

/* ---- leases ---- */

static void on_granted(void *owner, const struct etcd_answer *answer)
{
    struct coordinator_claim *claim = owner;
    if (!end_request(claim, answer))
        return;
    claim->lease = answer->reply->lease;
    claim->renew_ms = answer->sent_ms + answer->reply->ttl_s * 1000 / 3;
}

static void get_lease(struct coordinator_claim *claim)
{
    claim->busy = true;
    etcd_grant(claim->frame->etcd, (lease_ms(claim) + 999) / 1000, wait_ms(claim), on_granted,
               claim);
}

/* A renewal that is answered without a time is none: the lease is gone. One that is not answered
 * says nothing. */
static void on_renewed(void *owner, const struct etcd_answer *answer)
{
    struct coordinator_claim *claim = owner;
    if (!end_request(claim, answer)) {
        claim->known = claim->known && answer->verdict != ETCD_NO_LEASE;
        return;
    }
    if (answer->reply->ttl_s > 0) {
        claim->renew_ms = answer->sent_ms + answer->reply->ttl_s * 1000 / 3;
        return;
    }
    claim->lease = 0;
    claim->known = false;
}

static void renew(struct coordinator_claim *claim)
{
    claim->busy = true;
    etcd_renew(claim->frame->etcd, claim->lease, wait_ms(claim), on_renewed, claim);
}

/* Whatever became of it: a lease that is not renewed lapses. */
static void on_revoked(void *owner, const struct etcd_answer *answer)
{
    struct coordinator_claim *claim = owner;
    claim->busy = false;
    if (answer->verdict == ETCD_GOOD)
        claim->live = (struct coordinator_record){0};
    claim->known = claim->known && answer->verdict == ETCD_GOOD;
}

static void give_back(struct coordinator_claim *claim)
{
    const int64_t lease = claim->lease;
    claim->busy = true;
    claim->held = false;
    claim->lease = 0;
    etcd_revoke(claim->frame->etcd, lease, wait_ms(claim), on_revoked, claim);
}

/* ---- taking it ---- */

static void on_taken(void *owner, const struct etcd_answer *answer)
{
    struct coordinator_claim *claim = owner;
    if (!end_request(claim, answer))
        return;
    absorb_all(claim, answer->reply);
    /* By what stands there, for the transaction may have been done by a try that was given up. */
    if (claim->asking && coordinator_claim_is_ours(claim) &&
        claim->live.epoch == claim->ask.epoch && claim->live.lease == claim->lease)
        end_ask(claim, COORDINATOR_GRANTED);
}

static bool add_slot(const struct coordinator_claim *claim, struct etcd_txn *txn, uint32_t manager)
{
    const struct image *image = claim->frame->image;
    const struct coordinator_slots *slots = &claim->slots;
    const bool again = slots->own != IMAGE_NONE;
    const struct coordinator_key key =
        coordinator_key_slot(image, manager, again ? slots->own : slots->free);
    return etcd_txn_if_unchanged(txn, key.text, again ? slots->own_revision : 0) &&
           etcd_txn_put(txn, key.text, image_text(image, image_servers(image)[claim->main].name),
                        claim->lease);
}

/* All or nothing: if what was read still stands, the claim is ours, alive, with its slot. */
static void take(struct coordinator_claim *claim, const struct coordinator_wish *wish)
{
    const struct image *image = claim->frame->image;
    const struct coordinator_key record = coordinator_key_claim(image, claim->main);
    const struct coordinator_key live = coordinator_key_live(image, claim->main);
    const uint32_t manager = limit_of(claim, wish->failover);
    char value[COORDINATOR_VALUE_BYTES];
    struct etcd_txn txn;
    coordinator_record_write(wish->epoch, self_name(claim), value);
    bool made = etcd_txn_begin(&txn) &&
                etcd_txn_if_unchanged(&txn, record.text, claim->record.revision) &&
                etcd_txn_if_unchanged(&txn, live.text, claim->live.revision) &&
                etcd_txn_put(&txn, live.text, value, claim->lease);
    if (wish->epoch > claim->record.epoch)
        made = made && etcd_txn_put(&txn, record.text, value, 0);
    if (manager != IMAGE_NONE)
        made = made && add_slot(claim, &txn, manager);
    made = made && add_reading(claim, &txn, manager);
    claim->fresh = false;
    commit(claim, &txn, made, on_taken);
}

/* ---- what is due ---- */

static bool is_foreign_epoch(const struct coordinator_claim *claim, uint64_t epoch)
{
    return claim->record.epoch == epoch && !is_self(claim, claim->record.holder);
}

static void answer(struct coordinator_claim *claim)
{
    const uint32_t manager = limit_of(claim, claim->ask.failover);
    if (clock_now_ms() >= claim->ask_until_ms)
        end_ask(claim, COORDINATOR_UNKNOWN);
    else if (!claim->fresh)
        read_now(claim, claim->ask.failover);
    else if (claim->record.epoch > claim->ask.epoch || is_foreign_epoch(claim, claim->ask.epoch) ||
             coordinator_claim_is_others(claim))
        end_ask(claim, COORDINATOR_DENIED);
    else if (manager != IMAGE_NONE && claim->slots.own == IMAGE_NONE &&
             claim->slots.taken >= image_managers(claim->frame->image)[manager].max_running)
        end_ask(claim, COORDINATOR_FULL);
    else if (claim->lease == 0)
        get_lease(claim);
    else
        take(claim, &claim->ask);
}

/* What is held without an answer, or whose lease has lapsed, is entered; a slot is taken even
 * beyond the limit, for what runs is to be counted. */
static void enter(struct coordinator_claim *claim)
{
    if (coordinator_claim_is_ours(claim) && claim->lease == 0)
        claim->lease = claim->live.lease;
    if (claim->lease == 0)
        get_lease(claim);
    else if (!claim->fresh)
        read_now(claim, claim->hold.failover);
    else
        take(claim, &claim->hold);
}

static void keep(struct coordinator_claim *claim)
{
    const bool renewable = claim->hold.grows && claim->frame->turning;
    if (!claim->known || coordinator_claim_is_others(claim))
        return;
    if (coordinator_claim_is_ours(claim) && claim->live.epoch == claim->hold.epoch) {
        if (claim->lease != claim->live.lease) /* of the process before this one */
            claim->renew_ms = 0;
        claim->lease = claim->live.lease;
        claim->held = true;
        if (renewable && clock_now_ms() >= claim->renew_ms)
            renew(claim);
    } else if (renewable && !is_foreign_epoch(claim, claim->hold.epoch)) {
        enter(claim);
    }
}

/* What a main was granted while it still asks its standbys is left to lapse: it will want it. */
static bool is_to_be_given_back(const struct coordinator_claim *claim)
{
    if (claim->lease == 0 || claim->hold.number < claim->granted)
        return false;
    return claim->held || claim->ask.failover != IMAGE_NONE || claim->granted != claim->ask.number;
}

void coordinator_claim_turn(struct coordinator_claim *claim)
{
    if (claim->busy || clock_now_ms() < claim->pause_ms)
        return;
    if (claim->asking)
        answer(claim);
    else if (claim->hold.epoch > 0)
        keep(claim);
    else if (is_to_be_given_back(claim))
        give_back(claim);
}

/* ---- what is wished ---- */

void coordinator_claim_ask(struct coordinator_claim *claim, const struct coordinator_wish *ask)
{
    const int64_t claim_ms = claim->frame->image->site.claim_ms;
    claim->asking = true;
    claim->ask = *ask;
    claim->fresh = false;
    claim->pause_ms = 0;
    claim->ask_until_ms = clock_now_ms() + (claim_ms > WAIT_MS_MIN ? claim_ms : WAIT_MS_MIN);
}

void coordinator_claim_hold(struct coordinator_claim *claim, const struct coordinator_wish *hold)
{
    claim->hold = *hold;
}

void coordinator_claim_init(struct coordinator_claim *claim, const struct coordinator_frame *frame,
                            uint32_t main)
{
    *claim = (struct coordinator_claim){.frame = frame,
                                        .main = main,
                                        .ask = {.failover = IMAGE_NONE},
                                        .hold = {.failover = IMAGE_NONE},
                                        .slots = {.own = IMAGE_NONE}};
}
