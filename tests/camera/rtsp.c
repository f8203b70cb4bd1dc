#include "tests/camera/rtsp.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libavutil/base64.h>

#include "tests/camera/rtp.h"

#define TRACK            "trackID=0"
#define UNIT_MAX         256 /* bytes of a parameter set that fits into a description */
#define TEXT_SIZE(array) (sizeof(array) - 1)

static const char *const method_names[] = {
#define X(symbol, name) [symbol] = name,
    RTSP_METHODS(X)
#undef X
};

/* ---- requests ---- */

/* Copies a text that fits; a longer one is as good as none, and the request fails by its absence.
 */
static void take(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size)
        length = 0;
    memcpy(to, text, length);
    to[length] = '\0';
}

static enum rtsp_method method_of(const char *name)
{
    for (int i = 0; i < RTSP_UNKNOWN; i++)
        if (strcmp(method_names[i], name) == 0)
            return (enum rtsp_method)i;
    return RTSP_UNKNOWN;
}

static bool parse_first_line(char *line, struct rtsp_request *request)
{
    char *rest = NULL;
    const char *method = strtok_r(line, " ", &rest);
    const char *uri = strtok_r(NULL, " ", &rest);
    const char *version = strtok_r(NULL, " ", &rest);
    if (!method || !uri || !version || strncmp(version, "RTSP/", 5) != 0)
        return false;
    request->method = method_of(method);
    request->version_known = strcmp(version, "RTSP/1.0") == 0;
    take(request->uri, sizeof request->uri, uri);
    return request->uri[0] != '\0';
}

static bool digits_only(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool parse_header(char *line, struct rtsp_request *request)
{
    char *value = strchr(line, ':');
    if (!value)
        return false;
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(line, "CSeq") == 0) {
        take(request->sequence, sizeof request->sequence, value);
        return digits_only(request->sequence);
    }
    if (strcasecmp(line, "Content-Length") == 0) {
        request->body_size = strtoul(value, NULL, 10);
        return digits_only(value) && request->body_size <= RTSP_BODY_MAX;
    }
    if (strcasecmp(line, "Session") == 0)
        take(request->session, sizeof request->session, value);
    else if (strcasecmp(line, "Transport") == 0)
        take(request->transport, sizeof request->transport, value);
    else if (strcasecmp(line, "Authorization") == 0)
        take(request->authorization, sizeof request->authorization, value);
    return true;
}

static bool parse_head(char *head, struct rtsp_request *request)
{
    *request = (struct rtsp_request){.method = RTSP_UNKNOWN};
    char *rest = NULL;
    char *line = strtok_r(head, "\r\n", &rest);
    if (!line || !parse_first_line(line, request))
        return false;
    while ((line = strtok_r(NULL, "\r\n", &rest)))
        if (!parse_header(line, request))
            return false;
    return request->sequence[0] != '\0';
}

static bool plain_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isprint(bytes[i]) && bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\t')
            return false;
    return true;
}

enum rtsp_verdict rtsp_parse(const uint8_t *bytes, size_t size, struct rtsp_request *request,
                             size_t *used)
{
    if (size == 0)
        return RTSP_MORE;
    if (bytes[0] == '$') {
        if (size < 4)
            return RTSP_MORE;
        *used = 4 + ((size_t)bytes[2] << 8 | bytes[3]);
        return RTSP_INTERLEAVED;
    }
    const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
    size_t head_size = end ? (size_t)(end - bytes) : size;
    if (head_size >= RTSP_REQUEST_MAX || !plain_text(bytes, head_size))
        return RTSP_BAD;
    if (!end)
        return RTSP_MORE;
    char head[RTSP_REQUEST_MAX];
    memcpy(head, bytes, head_size);
    head[head_size] = '\0';
    *used = head_size + 4;
    return parse_head(head, request) ? RTSP_REQUEST : RTSP_BAD;
}

/* ---- answers ---- */

struct answer {
    char *text;
    size_t length;
};

static void __attribute__((format(printf, 2, 3)))
add(struct answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = RTSP_ANSWER_MAX - answer->length;
    int length = vsnprintf(answer->text + answer->length, room, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < room); /* all that goes in is bounded */
    answer->length += (size_t)length;
}

static void status(struct answer *answer, const struct rtsp_request *request, int code,
                   const char *reason)
{
    add(answer, "RTSP/1.0 %d %s\r\nCSeq: %s\r\n", code, reason, request->sequence);
}

/* An answer that is only a status. */
static void reply(struct answer *answer, const struct rtsp_request *request, int code,
                  const char *reason)
{
    status(answer, request, code, reason);
    add(answer, "\r\n");
}

static void answer_options(struct answer *answer, const struct rtsp_request *request)
{
    status(answer, request, 200, "OK");
    for (int i = 0; i < RTSP_UNKNOWN; i++)
        add(answer, "%s%s", i == 0 ? "Public: " : ", ", method_names[i]);
    add(answer, "\r\n\r\n");
}

static void answer_unauthorized(struct answer *answer, const struct rtsp_request *request,
                                const struct rtsp_session *session)
{
    status(answer, request, 401, "Unauthorized");
    add(answer, "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\"\r\n", AUTH_REALM,
        session->nonce);
    add(answer, "WWW-Authenticate: Basic realm=\"%s\"\r\n\r\n", AUTH_REALM);
}

/* Base64 of a parameter set; empty where it is too large for a description: it also comes in the
 * stream. */
static const char *encode_unit(char to[AV_BASE64_SIZE(UNIT_MAX)], const uint8_t *unit, size_t size)
{
    to[0] = '\0';
    if (size <= UNIT_MAX)
        av_base64_encode(to, AV_BASE64_SIZE(UNIT_MAX), unit, (int)size);
    return to;
}

static void answer_describe(struct answer *answer, const struct rtsp_request *request,
                            const struct rtsp_service *service)
{
    char text[2048], sps[AV_BASE64_SIZE(UNIT_MAX)], pps[AV_BASE64_SIZE(UNIT_MAX)];
    struct answer body = {.text = text};
    assert(service->sps_size >= 4);
    int length =
        snprintf(text, sizeof text,
                 "v=0\r\no=- 1 1 IN IP4 %s\r\ns=%s\r\nt=0 0\r\na=control:*\r\na=range:npt=now-\r\n"
                 "m=video 0 RTP/AVP %d\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:%d H264/%d\r\n"
                 "a=fmtp:%d packetization-mode=1;profile-level-id=%02X%02X%02X;"
                 "sprop-parameter-sets=%s,%s\r\na=framerate:%u\r\na=control:" TRACK "\r\n",
                 service->address, service->name, RTP_PAYLOAD_TYPE, RTP_PAYLOAD_TYPE, RTP_CLOCK_HZ,
                 RTP_PAYLOAD_TYPE, service->sps[1], service->sps[2], service->sps[3],
                 encode_unit(sps, service->sps, service->sps_size),
                 encode_unit(pps, service->pps, service->pps_size), service->fps);
    assert(length > 0 && (size_t)length < sizeof text);
    body.length = (size_t)length;
    status(answer, request, 200, "OK");
    add(answer,
        "Content-Base: rtsp://%s:%u%s/\r\nContent-Type: application/sdp\r\nContent-Length: "
        "%zu\r\n\r\n%s",
        service->address, service->port, service->path, body.length, text);
}

/* Finds a TCP transport in the list a client offers, and the channel it wants for RTP. */
static bool choose_channel(const char *transport, uint8_t *channel)
{
    const char *tcp = strcasestr(transport, "RTP/AVP/TCP");
    if (!tcp)
        return false;
    const char *wanted = strcasestr(tcp, "interleaved=");
    unsigned long number = wanted ? strtoul(wanted + TEXT_SIZE("interleaved="), NULL, 10) : 0;
    if (number > 254)
        return false;
    *channel = (uint8_t)number;
    return true;
}

static void answer_setup(struct answer *answer, const struct rtsp_request *request,
                         struct rtsp_service *service, struct rtsp_session *session)
{
    uint8_t channel = 0;
    if (session->playing) {
        reply(answer, request, 455, "Method Not Valid in This State");
    } else if (!choose_channel(request->transport, &channel)) {
        reply(answer, request, 461, "Unsupported Transport");
    } else if (!session->set_up && service->session_limit &&
               service->session_count >= service->session_limit) {
        reply(answer, request, 453, "Not Enough Bandwidth");
    } else {
        if (!session->set_up)
            service->session_count++;
        session->set_up = true;
        session->channel = channel;
        status(answer, request, 200, "OK");
        add(answer,
            "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u\r\nSession: %s;timeout=%d\r\n\r\n",
            channel, channel + 1u, session->id, RTSP_TIMEOUT_S);
    }
}

static void answer_play(struct answer *answer, const struct rtsp_request *request,
                        const struct rtsp_service *service, struct rtsp_session *session,
                        const struct rtsp_position *position)
{
    session->playing = true;
    status(answer, request, 200, "OK");
    add(answer,
        "Session: %s\r\nRange: npt=now-\r\nRTP-Info: url=rtsp://%s:%u%s/" TRACK
        ";seq=%u;rtptime=%u\r\n\r\n",
        session->id, service->address, service->port, service->path, position->sequence,
        position->timestamp);
}

/* Whether the URI's path is the camera's: `whole` as it stands, else also the track under it. */
static bool is_our_path(const struct rtsp_service *service, const char *uri)
{
    const char *host = strstr(uri, "://");
    if (!host || (strncasecmp(uri, "rtsp://", 7) != 0 && strncasecmp(uri, "rtsps://", 8) != 0))
        return false;
    const char *path = strchr(host + 3, '/');
    size_t length = strlen(service->path);
    if (!path || strncmp(path, service->path, length) != 0)
        return false;
    const char *rest = path + length;
    return *rest == '\0' || strcmp(rest, "/") == 0 || strcmp(rest, "/" TRACK) == 0;
}

static bool needs_session(enum rtsp_method method)
{
    return method == RTSP_PLAY || method == RTSP_PAUSE || method == RTSP_TEARDOWN;
}

static bool is_our_session(const struct rtsp_session *session, const char *header)
{
    size_t length = strlen(session->id);
    return strncmp(header, session->id, length) == 0 &&
           (header[length] == '\0' || header[length] == ';');
}

/* Answers a request that has passed every general check. */
static void dispatch(struct answer *answer, struct rtsp_service *service,
                     struct rtsp_session *session, const struct rtsp_request *request,
                     const struct rtsp_position *position)
{
    switch (request->method) {
    case RTSP_OPTIONS:
        answer_options(answer, request);
        break;
    case RTSP_DESCRIBE:
        answer_describe(answer, request, service);
        break;
    case RTSP_SETUP:
        answer_setup(answer, request, service, session);
        break;
    case RTSP_PLAY:
        answer_play(answer, request, service, session, position);
        break;
    case RTSP_PAUSE:
        session->playing = false;
        reply(answer, request, 200, "OK");
        break;
    case RTSP_TEARDOWN:
        session->playing = false;
        session->over = true;
        reply(answer, request, 200, "OK");
        break;
    case RTSP_GET_PARAMETER: /* a sign of life */
        reply(answer, request, 200, "OK");
        break;
    case RTSP_SET_PARAMETER:
        reply(answer, request, 451, "Parameter Not Understood");
        break;
    case RTSP_UNKNOWN:
        reply(answer, request, 501, "Not Implemented");
        break;
    }
}

size_t rtsp_answer(struct rtsp_service *service, struct rtsp_session *session,
                   const struct rtsp_request *request, const struct rtsp_position *position,
                   char out[RTSP_ANSWER_MAX])
{
    struct answer answer = {.text = out};
    bool open = request->method == RTSP_OPTIONS || request->method == RTSP_UNKNOWN;
    if (!request->version_known)
        reply(&answer, request, 505, "RTSP Version Not Supported");
    else if (!open && service->user.name &&
             !auth_proves(&service->user, session->nonce, method_names[request->method],
                          request->authorization))
        answer_unauthorized(&answer, request, session);
    else if (!open && !is_our_path(service, request->uri))
        reply(&answer, request, 404, "Not Found");
    else if (needs_session(request->method) && !session->set_up)
        reply(&answer, request, 455, "Method Not Valid in This State");
    else if (needs_session(request->method) && !is_our_session(session, request->session))
        reply(&answer, request, 454, "Session Not Found");
    else
        dispatch(&answer, service, session, request, position);
    return answer.length;
}

size_t rtsp_answer_bad(char out[RTSP_ANSWER_MAX])
{
    struct answer answer = {.text = out};
    add(&answer, "RTSP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n");
    return answer.length;
}

void rtsp_begin(struct rtsp_session *session)
{
    *session = (struct rtsp_session){0};
    auth_random_hex(session->id, 8);
    auth_random_hex(session->nonce, 16);
}

void rtsp_end(struct rtsp_session *session, struct rtsp_service *service)
{
    if (session->set_up) {
        assert(service->session_count > 0);
        service->session_count--;
    }
    session->set_up = session->playing = false;
    session->over = true;
}
