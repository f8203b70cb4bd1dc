/* What is said to etcd and what it answers, as the JSON of its gateway (version 3). Nothing here
 * talks to anybody, and any bytes may come.
 *
 * Keys and values travel in base64 and are texts here; what holds a NUL is no text of ours and is
 * refused. Its 64-bit numbers are JSON strings, and a field that is zero or false is left out.
 */
#ifndef RUNTIME_NODE_ETCD_JSON_H
#define RUNTIME_NODE_ETCD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "runtime/limits.h"

#define ETCD_KEY_BYTES   256
#define ETCD_TOKEN_BYTES 512
#define ETCD_OPS_MAX     128 /* etcd takes no more in one transaction */

/* ---- what is said ---- */

/* A transaction: if all that is compared holds, the puts and deletes are done; else what is read is
 * answered. The readings of both branches are the same. Keys are texts shorter than
 * ETCD_KEY_BYTES. */
struct etcd_txn {
    json_t *compare;
    json_t *success;
    json_t *failure;
};

/* False from any of these, or a NULL in it: out of memory, or too much in one transaction. */
bool etcd_txn_begin(struct etcd_txn *txn);
/* The key is as it was at this revision of its last change; 0: it is not there. */
bool etcd_txn_if_unchanged(struct etcd_txn *txn, const char *key, uint64_t mod_revision);
/* The key hangs on this lease. */
bool etcd_txn_if_leased(struct etcd_txn *txn, const char *key, int64_t lease);
/* lease 0: it stays until it is deleted. */
bool etcd_txn_put(struct etcd_txn *txn, const char *key, const char *value, int64_t lease);
bool etcd_txn_delete(struct etcd_txn *txn, const char *key);
/* Reads a key, or all that begin with it. */
bool etcd_txn_read(struct etcd_txn *txn, const char *key, bool prefix);
/* Its text, to be freed, or NULL. The transaction is gone. */
char *etcd_txn_end(struct etcd_txn *txn);

/* Bodies of the other requests; to be freed; NULL: out of memory. */
char *etcd_json_lease(int64_t lease, int64_t ttl_s);
char *etcd_json_watch(const char *prefix);
char *etcd_json_login(const char *user, const char *password);

/* ---- what is answered ---- */

struct etcd_pair {
    char *key;
    char *value;
    uint64_t mod_revision;
    int64_t lease; /* 0: none */
};

/* X(SYMBOL, "name") */
#define ETCD_VERDICTS(X)                                                                           \
    X(ETCD_GOOD, "good")                                                                           \
    X(ETCD_GARBAGE, "garbage")   /* it is no answer of etcd */                                     \
    X(ETCD_UNABLE, "unable")     /* this member cannot now; another may, or it itself later */     \
    X(ETCD_STRANGER, "stranger") /* it does not know who asks: a new token is needed */            \
    X(ETCD_NO_LEASE, "no_lease") /* there is no such lease */                                      \
    X(ETCD_NO, "no")             /* asking another way is of no use */

#define X(symbol, name) symbol,
enum etcd_verdict { ETCD_VERDICTS(X) ETCD_VERDICT_COUNT };
#undef X

struct etcd_reply {
    uint64_t cluster; /* 0: the answer has no header */
    uint64_t term;
    uint64_t revision;
    int64_t lease;
    int64_t ttl_s; /* 0: none is said, which for a renewal means that the lease is gone */
    bool succeeded;
    struct etcd_pair *pairs; /* all that was read, in the order asked for */
    size_t pair_count;
    char token[ETCD_TOKEN_BYTES];
    char trouble[TEXT_BYTES_MAX]; /* unless it is good: printable, without what was sent */
};

/* Reads the body of an answer with its HTTP status. The reply is to be freed in any case. */
enum etcd_verdict etcd_reply_read(int status, const char *body, size_t size,
                                  struct etcd_reply *reply);
void etcd_reply_free(struct etcd_reply *reply);

/* The pair of this key, or NULL. */
const struct etcd_pair *etcd_reply_find(const struct etcd_reply *reply, const char *key);

#endif
