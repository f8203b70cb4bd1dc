/* An order to hand a deployment on: what travels, and what a state folder keeps of it. */
#ifndef RUNTIME_NODE_ROLLOUT_ORDER_H
#define RUNTIME_NODE_ROLLOUT_ORDER_H

#include <jansson.h>
#include <stdbool.h>

#include "runtime/hash.h"
#include "runtime/limits.h"

#define ROLLOUT_FILE           "rollout"
#define ROLLOUT_FILE_BYTES_MAX ((uint64_t)1 << 30) /* of a deployment */

struct rollout_order {
    uint64_t serial;            /* 0: there is none; a later order has a higher one */
    uint8_t hash[HASH_BYTES];   /* of the deployment */
    uint8_t digest[HASH_BYTES]; /* of its file */
    uint64_t size;              /* of its file, in bytes */
    json_t *servers;            /* an array of names, or NULL: all */
    char by[NAME_BYTES_MAX];    /* the server where it was given */
    bool done;                  /* here: it is carried out, or does not count any more */
};

/* Reads what came from outside. False: it is no sound order; nothing is to be freed. */
bool rollout_order_read(struct rollout_order *order, const char *text, size_t size);

/* As text, the caller's to free; NULL: out of memory. */
char *rollout_order_text(const struct rollout_order *order);

void rollout_order_free(struct rollout_order *order);

/* Whether a server is to go on under the deployment. */
bool rollout_order_concerns(const struct rollout_order *order, const char *server);

/* What the state folder keeps, durably. Loading: none is no error. */
bool rollout_order_load(struct rollout_order *order, const char *state,
                        char error[static TEXT_BYTES_MAX]);
bool rollout_order_store(const struct rollout_order *order, const char *state,
                         char error[static TEXT_BYTES_MAX]);

/* The digest and the size of a file. */
bool rollout_digest(const char *path, uint8_t digest[static HASH_BYTES], uint64_t *size,
                    char error[static TEXT_BYTES_MAX]);

/* 64 hex digits to a hash; false: they are none. */
bool rollout_hash(const char *text, uint8_t hash[static HASH_BYTES]);

#endif
