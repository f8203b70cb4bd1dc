/* A client of an etcd cluster (version 3.4 or later, by its JSON gateway): any member will do, and
 * whatever they do, every request is answered by its time.
 *
 * A request goes to the member that answered last, and from there to the others, until one answers
 * or the time is over; so it may be done twice, which a transaction must bear. A member that cannot
 * now (no leader, say) is no answer. A member of another cluster, and one whose term has gone back,
 * is not believed.
 */
#ifndef RUNTIME_NODE_ETCD_H
#define RUNTIME_NODE_ETCD_H

#include "runtime/node/etcd_http.h"
#include "runtime/node/etcd_json.h"

#define ETCD_USER_BYTES     128
#define ETCD_PASSWORD_BYTES 256

/* How a request has ended; valid during the call. */
struct etcd_answer {
    /* ETCD_GOOD, ETCD_NO_LEASE, ETCD_NO; ETCD_UNABLE: nobody answered in time, and whether the
     * request was done is not known. */
    enum etcd_verdict verdict;
    const struct etcd_reply *reply; /* of ETCD_GOOD, else empty */
    const char *trouble;            /* else: a sentence with the member, or "" */
    int64_t sent_ms; /* when it was sent for the first time: leases count from then */
};
typedef void (*etcd_done)(void *owner, const struct etcd_answer *answer);

struct etcd;

/* The place and its texts must stay. NULL: out of memory. */
struct etcd *etcd_open(const struct etcd_place *place);

/* With these a token is fetched when the cluster asks for one. Copied; "" for none. */
void etcd_set_login(struct etcd *etcd, const char *user, const char *password);

/* Requests. done is called once, from a later etcd_turn, within wait_ms. */
void etcd_grant(struct etcd *etcd, int64_t ttl_s, int64_t wait_ms, etcd_done done, void *owner);
void etcd_renew(struct etcd *etcd, int64_t lease, int64_t wait_ms, etcd_done done, void *owner);
void etcd_revoke(struct etcd *etcd, int64_t lease, int64_t wait_ms, etcd_done done, void *owner);
/* What etcd_txn_end has given; it is taken. NULL: done is told that memory is out. */
void etcd_commit(struct etcd *etcd, char *txn, int64_t wait_ms, etcd_done done, void *owner);

/* Has etcd tell when something changes under a prefix, as far as it can: only a hint that it is
 * time to read. The prefix must stay. */
void etcd_watch(struct etcd *etcd, const char *prefix);
/* Whether there was such a hint since the last call. */
bool etcd_hinted(struct etcd *etcd);

/* Waits until something happens there or at this descriptor (-1: none), for wait_ms at most. */
void etcd_turn(struct etcd *etcd, int fd, int wait_ms);

/* The endpoint that is asked first. */
const char *etcd_member(const struct etcd *etcd);

/* Nobody hears of what is still under way. */
void etcd_close(struct etcd *etcd);

#endif
