/* One connection to a camera: RTSP over TCP, H.264, by libavformat. The one place that includes
 * libavformat. */
#ifndef RECORDER_SOURCE_H
#define RECORDER_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long a camera may take to connect, describe its stream and begin to play, in milliseconds. */
#define SOURCE_CONNECT_MS 5000
/* How long it may then send nothing before the connection counts as stalled, in milliseconds: less
 * than RECORDER_SILENCE_MS, so that the cause is known when the silence is reported. */
#define SOURCE_STALL_MS 2500
/* The largest picture taken, in bytes. */
#define SOURCE_PICTURE_MAX (8u << 20)

struct source;

struct source_picture {
    const uint8_t *data; /* valid until the next call on the source */
    size_t size;
    bool key;           /* has an IDR slice, and the parameter sets with it */
    int64_t pts_us;     /* the camera's clock */
    int64_t arrival_us; /* monotonic clock: when its first packet came */
};

/* Connects. NULL with the reason in `cause` (RECORDER_CAUSE_MAX bytes; no part of the address in
 * it); `*hopeless` says that trying again will not help as long as the address is the same. The
 * connection, and every later call, is given up soon after `*abandon` becomes true. */
struct source *source_open(const char *url, const atomic_bool *abandon, char *cause,
                           bool *hopeless);

/* Waits for the next picture. False with the reason in `cause`: the connection is over. */
bool source_read(struct source *source, struct source_picture *picture, char *cause);

/* Ends the connection and frees the source. NULL is allowed. */
void source_close(struct source *source);

/* Once for the process, before the first source: libavformat says nothing on stderr, as addresses
 * hold passwords. */
void source_setup(void);

#endif
