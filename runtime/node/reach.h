/* Whether something answers at an address: a TCP connection, bounded in time. It blocks; only the
 * lookout process calls it. */
#ifndef RUNTIME_NODE_REACH_H
#define RUNTIME_NODE_REACH_H

#include <stdbool.h>

#include "runtime/limits.h"

struct reach_place {
    char host[HOST_BYTES_MAX];
    char port[8];
};

/* The place in "host:port", "[address]:port" or a URL rtsp://[user:password@]host[:port]/...;
 * false: there is none. */
bool reach_place(const char *text, struct reach_place *place);

/* X(SYMBOL, "name") */
#define REACH_ANSWERS(X)                                                                           \
    X(REACH_NOTHING, "nothing") /* no answer within the time, or no way there */                   \
    X(REACH_REFUSED, "refused") /* the machine is there, and nothing listens */                    \
    X(REACH_OPEN, "open")

#define X(symbol, name) symbol,
enum reach_answer { REACH_ANSWERS(X) REACH_ANSWER_COUNT };
#undef X

/* Connects and closes again. What the name service takes to answer is not bounded. */
enum reach_answer reach_ask(const struct reach_place *place, int wait_ms);

#endif
