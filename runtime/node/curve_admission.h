/* Who may connect: ZeroMQ asks in the handshake of every connection (its ZAP protocol), and
 * connects nobody before it is answered.
 */
#ifndef RUNTIME_NODE_CURVE_ADMISSION_H
#define RUNTIME_NODE_CURVE_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURVE_ADMISSION_DOMAIN     "understudy"
#define CURVE_ADMISSION_KEY_BYTES  32
#define CURVE_ADMISSION_PART_BYTES 128

struct curve_admission_request {
    bool sound;                                   /* it is one for our socket, with a key */
    uint8_t key[CURVE_ADMISSION_KEY_BYTES];       /* that the sender has proved to hold */
    char address[CURVE_ADMISSION_PART_BYTES + 1]; /* where it comes from, or "" */
    uint8_t id[CURVE_ADMISSION_PART_BYTES];       /* ZeroMQ's own, to be given back */
    size_t id_size;
};

/* The socket on which ZeroMQ asks; to be closed with zmq_close. NULL: zmq_errno says why. */
void *curve_admission_open(void *context);

/* The next request; false if there is none. Each is to be answered before the next. */
bool curve_admission_read(void *socket, struct curve_admission_request *request);

/* Lets the sender in as the peer of this name, which its frames will carry; NULL refuses it. */
void curve_admission_answer(void *socket, const struct curve_admission_request *request,
                            const char *name);

#endif
