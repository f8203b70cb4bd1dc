/* One connection to a camera, of whichever kind its address names (url.h). */
#ifndef RECORDER_SOURCE_H
#define RECORDER_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

/* How long a camera may take to connect, describe its stream and begin to play, in milliseconds. */
#define SOURCE_CONNECT_MS 5000
/* How long it may then send no picture before the connection counts as stalled, in milliseconds:
 * less than RECORDER_SILENCE_MS, so that the cause is known when the silence is reported. */
#define SOURCE_STALL_MS 2500
/* The largest picture taken, in bytes; and the largest piece of memory that a library gets for
 * anything that a camera says. */
#define SOURCE_PICTURE_MAX (8u << 20)
#define SOURCE_PIECE_MAX   (24u << 20)

struct source;
struct secret;

/* A picture, or a piece of sound. */
struct source_packet {
    const uint8_t *data; /* valid until the next call on the source */
    size_t size;
    struct media *media; /* what it is one of; the source's, a user is to be added to keep it */
    bool sound;
    bool keeps;     /* what comes next loses nothing if it is not read for a third of a second */
    bool key;       /* decoding may begin here; its parameter sets are with it */
    int64_t pts_us; /* the camera's clock */
    int64_t arrival_us; /* monotonic clock: when its first bytes came */
};

struct source_request {
    const char *url;
    const struct secret *secret; /* NULL: none is named; those of the address are used */
    const char *files;           /* the directory that `file:` addresses stand in; NULL: none */
    const atomic_bool *abandon;  /* given up soon after this becomes true */
    char *remark; /* gets a sentence where the source is awaited, but not as it should be; else "".
                     RECORDER_CAUSE_MAX bytes */
};

/* Connects. NULL with the reason in `cause` (RECORDER_CAUSE_MAX bytes; no part of the address and
 * no secret in it); `*hopeless` says that trying again will not help as long as the request is the
 * same. The secret is not needed any more then; all else that the request
 * points to must stay until the source is closed. */
struct source *source_open(const struct source_request *request, char *cause, bool *hopeless);

/* Waits for the next packet. False with the reason in `cause`: the connection is over. */
bool source_read(struct source *source, struct source_packet *packet, char *cause);

/* Ends the connection and frees the source. NULL is allowed. */
void source_close(struct source *source);

/* Once for the process, before the first source. */
void source_setup(void);

#endif
