/* The RTSP side of a test camera: requests parsed, answers written. No sockets here, and no clock.
 */
#ifndef TESTS_CAMERA_RTSP_H
#define TESTS_CAMERA_RTSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/camera/auth.h"

#define RTSP_REQUEST_MAX 4096 /* bytes of a request's head; a longer one is refused */
#define RTSP_ANSWER_MAX  4096
#define RTSP_BODY_MAX    65535
#define RTSP_TIMEOUT_S   60

/* X(SYMBOL, "NAME") */
#define RTSP_METHODS(X)                                                                            \
    X(RTSP_OPTIONS, "OPTIONS")                                                                     \
    X(RTSP_DESCRIBE, "DESCRIBE")                                                                   \
    X(RTSP_SETUP, "SETUP")                                                                         \
    X(RTSP_PLAY, "PLAY")                                                                           \
    X(RTSP_PAUSE, "PAUSE")                                                                         \
    X(RTSP_TEARDOWN, "TEARDOWN")                                                                   \
    X(RTSP_GET_PARAMETER, "GET_PARAMETER")                                                         \
    X(RTSP_SET_PARAMETER, "SET_PARAMETER")

enum rtsp_method {
#define X(symbol, name) symbol,
    RTSP_METHODS(X)
#undef X
        RTSP_UNKNOWN
};

struct rtsp_request {
    enum rtsp_method method;
    bool version_known; /* RTSP/1.0 */
    char uri[512];
    char sequence[16]; /* CSeq */
    char session[64];
    char transport[512];
    char authorization[1024];
    size_t body_size; /* bytes that follow the head and mean nothing here */
};

enum rtsp_verdict {
    RTSP_MORE,        /* the head is not complete */
    RTSP_REQUEST,     /* `used` bytes were a request's head */
    RTSP_INTERLEAVED, /* `used` bytes, of which some may not be here yet, are the client's RTCP */
    RTSP_BAD,         /* not RTSP: answer 400 and close */
};

/* Looks at the first bytes of what a client sent. Whatever they are, it reads no further than
 * `size`. */
enum rtsp_verdict rtsp_parse(const uint8_t *bytes, size_t size, struct rtsp_request *request,
                             size_t *used);

/* What all sessions of a camera share. The texts belong to the caller and hold no line breaks. */
struct rtsp_service {
    const char *name; /* of the camera */
    const char *path; /* begins with a slash */
    const char *address;
    uint16_t port;
    struct auth_user user; /* name NULL: everybody may look */
    const uint8_t *sps, *pps;
    size_t sps_size, pps_size;
    uint32_t fps;
    unsigned session_count;
    unsigned session_limit; /* 0: none */
};

/* One connection's session. It counts in the service from SETUP until rtsp_end. */
struct rtsp_session {
    char id[17];
    char nonce[AUTH_NONCE_SIZE];
    bool set_up, playing;
    bool over; /* the connection is to be closed once the answer is sent */
    uint8_t channel;
};

void rtsp_begin(struct rtsp_session *session);
void rtsp_end(struct rtsp_session *session, struct rtsp_service *service);

/* The RTP-Info of an answer to PLAY. */
struct rtsp_position {
    uint16_t sequence;
    uint32_t timestamp;
};

/* Writes the answer to a request and changes the session by it. Returns the answer's length. */
size_t rtsp_answer(struct rtsp_service *service, struct rtsp_session *session,
                   const struct rtsp_request *request, const struct rtsp_position *position,
                   char out[RTSP_ANSWER_MAX]);

/* Writes the answer to what was no request. */
size_t rtsp_answer_bad(char out[RTSP_ANSWER_MAX]);

#endif
