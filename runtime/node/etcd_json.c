#include "runtime/node/etcd_json.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>

#define VALUE_BYTES_MAX 4096 /* of one of ours; what is longer is not ours */

/* ---- base64 ---- */

static json_t *encoded(const char *text, size_t size)
{
    char *room = malloc(BASE64_ENCODE_RAW_LENGTH(size) + 1);
    if (room == NULL)
        return NULL;
    base64_encode_raw(room, size, (const uint8_t *)text);
    json_t *value = json_stringn(room, BASE64_ENCODE_RAW_LENGTH(size));
    free(room);
    return value;
}

static json_t *encoded_text(const char *text)
{
    return encoded(text, strlen(text));
}

/* A text of at most max bytes, to be freed; NULL: it is none. */
static char *decoded(const json_t *value, size_t max)
{
    struct base64_decode_ctx context;
    const size_t length = value == NULL ? 0 : json_string_length(value);
    size_t size = BASE64_DECODE_LENGTH(length);
    if (size > max + 3 || (value != NULL && !json_is_string(value)))
        return NULL;
    char *text = malloc(size + 1);
    base64_decode_init(&context);
    if (text != NULL && length > 0 &&
        (!base64_decode_update(&context, &size, (uint8_t *)text, length,
                               json_string_value(value)) ||
         !base64_decode_final(&context) || memchr(text, '\0', size) != NULL)) {
        free(text);
        return NULL;
    }
    if (text != NULL)
        text[length > 0 ? size : 0] = '\0';
    return text;
}

/* The first key after all those that begin with the prefix, which ends in '/'. */
static json_t *end_of(const char *prefix)
{
    char text[ETCD_KEY_BYTES];
    const size_t length = strlen(prefix);
    assert(length > 0 && length < sizeof text && prefix[length - 1] == '/');
    memcpy(text, prefix, length);
    text[length - 1] = '/' + 1;
    return encoded(text, length);
}

static json_t *number(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

/* ---- transactions ---- */

bool etcd_txn_begin(struct etcd_txn *txn)
{
    *txn = (struct etcd_txn){json_array(), json_array(), json_array()};
    return txn->compare != NULL && txn->success != NULL && txn->failure != NULL;
}

static bool add(json_t *list, json_t *item)
{
    if (json_array_size(list) < ETCD_OPS_MAX)
        return json_array_append_new(list, item) == 0;
    json_decref(item);
    return false;
}

bool etcd_txn_if_unchanged(struct etcd_txn *txn, const char *key, uint64_t mod_revision)
{
    return add(txn->compare,
               json_pack("{s:s, s:s, s:o, s:o}", "target", "MOD", "result", "EQUAL", "key",
                         encoded_text(key), "mod_revision", number(mod_revision)));
}

bool etcd_txn_if_leased(struct etcd_txn *txn, const char *key, int64_t lease)
{
    return add(txn->compare, json_pack("{s:s, s:s, s:o, s:o}", "target", "LEASE", "result", "EQUAL",
                                       "key", encoded_text(key), "lease", number((uint64_t)lease)));
}

bool etcd_txn_put(struct etcd_txn *txn, const char *key, const char *value, int64_t lease)
{
    return add(txn->success,
               json_pack("{s:{s:o, s:o, s:o}}", "request_put", "key", encoded_text(key), "value",
                         encoded_text(value), "lease", number((uint64_t)lease)));
}

bool etcd_txn_delete(struct etcd_txn *txn, const char *key)
{
    return add(txn->success,
               json_pack("{s:{s:o}}", "request_delete_range", "key", encoded_text(key)));
}

bool etcd_txn_read(struct etcd_txn *txn, const char *key, bool prefix)
{
    json_t *range = json_pack("{s:o}", "key", encoded_text(key));
    if (prefix && range != NULL)
        json_object_set_new(range, "range_end", end_of(key));
    json_t *item = json_pack("{s:o}", "request_range", range);
    if (item == NULL)
        return false;
    const bool added = add(txn->failure, json_incref(item));
    return add(txn->success, item) && added;
}

char *etcd_txn_end(struct etcd_txn *txn)
{
    json_t *whole = json_pack("{s:o, s:o, s:o}", "compare", txn->compare, "success", txn->success,
                              "failure", txn->failure);
    char *text = whole == NULL ? NULL : json_dumps(whole, JSON_COMPACT);
    json_decref(whole);
    *txn = (struct etcd_txn){0};
    return text;
}

/* ---- the other requests ---- */

static char *dumped(json_t *object)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

char *etcd_json_lease(int64_t lease, int64_t ttl_s)
{
    json_t *object = json_object();
    if (lease != 0)
        json_object_set_new(object, "ID", number((uint64_t)lease));
    if (ttl_s != 0)
        json_object_set_new(object, "TTL", number((uint64_t)ttl_s));
    return dumped(object);
}

char *etcd_json_watch(const char *prefix)
{
    return dumped(json_pack("{s:{s:o, s:o}}", "create_request", "key", encoded_text(prefix),
                            "range_end", end_of(prefix)));
}

char *etcd_json_login(const char *user, const char *password)
{
    return dumped(json_pack("{s:s, s:s}", "name", user, "password", password));
}

/* ---- answers ---- */

/* A whole number of 64 bits, as a string or as a number; what is left out is 0. False: it is
 * something else. */
static bool read_number(const json_t *object, const char *key, uint64_t *to)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    char *end;
    *to = 0;
    if (value == NULL)
        return true;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *to = (uint64_t)json_integer_value(value);
        return true;
    }
    if (text == NULL || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
        return false;
    errno = 0;
    *to = text[0] == '-' ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool read_signed(const json_t *object, const char *key, int64_t *to)
{
    uint64_t value;
    const bool read = read_number(object, key, &value);
    *to = (int64_t)value;
    return read;
}

static bool read_pair(const json_t *entry, struct etcd_pair *pair)
{
    const json_t *key = json_object_get(entry, "key");
    pair->key = key == NULL ? NULL : decoded(key, ETCD_KEY_BYTES);
    pair->value = decoded(json_object_get(entry, "value"), VALUE_BYTES_MAX);
    return pair->key != NULL && pair->value != NULL &&
           read_number(entry, "mod_revision", &pair->mod_revision) &&
           read_signed(entry, "lease", &pair->lease);
}

/* Adds what one reading of a transaction, or one of a range, has found. */
static bool read_range(const json_t *range, struct etcd_reply *reply)
{
    const json_t *list = json_object_get(range, "kvs");
    const size_t count = json_array_size(list);
    if (count == 0)
        return true;
    struct etcd_pair *pairs =
        realloc(reply->pairs, (reply->pair_count + count) * sizeof *reply->pairs);
    if (pairs == NULL)
        return false;
    reply->pairs = pairs;
    for (size_t i = 0; i < count; i++) {
        struct etcd_pair *pair = &reply->pairs[reply->pair_count++];
        *pair = (struct etcd_pair){0};
        if (!read_pair(json_array_get(list, i), pair))
            return false;
    }
    return true;
}

static bool read_result(const json_t *result, struct etcd_reply *reply)
{
    const json_t *header = json_object_get(result, "header");
    const json_t *responses = json_object_get(result, "responses");
    const char *token = json_string_value(json_object_get(result, "token"));
    if (token != NULL && strlen(token) >= sizeof reply->token)
        return false;
    snprintf(reply->token, sizeof reply->token, "%s", token != NULL ? token : "");
    reply->succeeded = json_is_true(json_object_get(result, "succeeded"));
    for (size_t i = 0; i < json_array_size(responses); i++)
        if (!read_range(json_object_get(json_array_get(responses, i), "response_range"), reply))
            return false;
    return json_is_object(header) && read_number(header, "cluster_id", &reply->cluster) &&
           read_number(header, "raft_term", &reply->term) &&
           read_number(header, "revision", &reply->revision) &&
           read_signed(result, "ID", &reply->lease) && read_signed(result, "TTL", &reply->ttl_s);
}

/* ---- refusals ---- */

/* What etcd says of itself, by words or by the code of gRPC: X(code or 0, "words" or NULL,
 * verdict), the first that fits. The words go first, for the codes of 3.4 are not always the
 * fitting ones. */
#define REFUSALS(X)                                                                                \
    X(0, "requested lease not found", ETCD_NO_LEASE)                                               \
    X(0, "invalid auth token", ETCD_STRANGER)                                                      \
    X(0, "user name is empty", ETCD_STRANGER)                                                      \
    X(0, "revision of auth store is old", ETCD_STRANGER)                                           \
    X(0, "not a primary lessor", ETCD_UNABLE)                                                      \
    X(0, "no leader", ETCD_UNABLE)                                                                 \
    X(0, "leader changed", ETCD_UNABLE)                                                            \
    X(0, "timed out", ETCD_UNABLE)                                                                 \
    X(0, "too many requests", ETCD_UNABLE)                                                         \
    X(0, "authentication failed", ETCD_NO)                                                         \
    X(0, "permission denied", ETCD_NO)                                                             \
    X(16, NULL, ETCD_STRANGER)                                                                     \
    X(3, NULL, ETCD_NO)                                                                            \
    X(7, NULL, ETCD_NO)                                                                            \
    X(9, NULL, ETCD_NO)                                                                            \
    X(11, NULL, ETCD_NO)                                                                           \
    X(12, NULL, ETCD_NO)

static enum etcd_verdict judge(uint64_t code, const char *words)
{
#define X(number, part, verdict)                                                                   \
    if ((part) != NULL ? strstr(words, (part) != NULL ? (part) : "") != NULL                       \
                       : code == (uint64_t)(number))                                               \
        return verdict;
    REFUSALS(X)
#undef X
    return ETCD_UNABLE;
}

static void set_trouble(struct etcd_reply *reply, const char *begin, const char *words)
{
    snprintf(reply->trouble, sizeof reply->trouble, "%s%.200s", begin, words);
    for (char *at = reply->trouble; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at >= 127)
            *at = '?';
}

/* {"error", "code", "message"}, or within a stream {"error": {"grpc_code", "message"}}. */
static enum etcd_verdict read_refusal(const json_t *body, struct etcd_reply *reply)
{
    const json_t *error = json_object_get(body, "error");
    const json_t *inner = json_is_object(error) ? error : body;
    const char *words = json_string_value(json_object_get(inner, "message"));
    uint64_t code = 0;
    if (words == NULL)
        words = json_string_value(error);
    if (!read_number(inner, json_object_get(inner, "grpc_code") != NULL ? "grpc_code" : "code",
                     &code) ||
        words == NULL)
        return ETCD_GARBAGE;
    set_trouble(reply, "it says: ", words);
    return judge(code, words);
}

static enum etcd_verdict read_body(int status, const json_t *body, struct etcd_reply *reply)
{
    const json_t *result = json_object_get(body, "result");
    if (json_object_get(body, "error") != NULL)
        return read_refusal(body, reply);
    if (status == 200 && read_result(json_is_object(result) ? result : body, reply))
        return ETCD_GOOD;
    return ETCD_GARBAGE;
}

enum etcd_verdict etcd_reply_read(int status, const char *body, size_t size,
                                  struct etcd_reply *reply)
{
    json_error_t error;
    *reply = (struct etcd_reply){0};
    if (status >= 300 && status < 400) {
        set_trouble(reply, "it sends us to another address, which is not followed", "");
        return ETCD_GARBAGE;
    }
    json_t *whole = json_loadb(body, size, JSON_DISABLE_EOF_CHECK, &error);
    const enum etcd_verdict verdict =
        json_is_object(whole) ? read_body(status, whole, reply) : ETCD_GARBAGE;
    json_decref(whole);
    if (verdict == ETCD_GARBAGE)
        set_trouble(reply, "its answer is not one of etcd, version 3.4 or later", "");
    return verdict;
}

void etcd_reply_free(struct etcd_reply *reply)
{
    for (size_t i = 0; i < reply->pair_count; i++) {
        free(reply->pairs[i].key);
        free(reply->pairs[i].value);
    }
    free(reply->pairs);
    explicit_bzero(reply, sizeof *reply);
}

const struct etcd_pair *etcd_reply_find(const struct etcd_reply *reply, const char *key)
{
    for (size_t i = 0; i < reply->pair_count; i++)
        if (strcmp(reply->pairs[i].key, key) == 0)
            return &reply->pairs[i];
    return NULL;
}
