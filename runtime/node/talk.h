/* A conversation with a node over its control socket: a line of JSON asks, the answer comes back,
 * and it ends. It may be waited for together with other things. */
#ifndef RUNTIME_NODE_TALK_H
#define RUNTIME_NODE_TALK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/limits.h"

#define TALK_MS 6000 /* for the whole conversation */

struct talk {
    int socket; /* to be polled for reading; -1: there is none */
    int64_t end_ms;
    char *text;
    size_t size, capacity;
};

/* Asks the node on a state folder. False: error is set, and there is nothing to end. */
bool talk_begin(struct talk *talk, const char *state, const json_t *request,
                char error[static TEXT_BYTES_MAX]);

/* Reads what has come, without waiting. Answered: *answer is the caller's. Failed: error is set. In
 * both cases the conversation has ended. */
enum talk_outcome { TALK_WAITS, TALK_ANSWERED, TALK_FAILED };
enum talk_outcome talk_hear(struct talk *talk, json_t **answer, char error[static TEXT_BYTES_MAX]);

/* Ends it before its time; one that has ended may be ended again. */
void talk_end(struct talk *talk);

#endif
