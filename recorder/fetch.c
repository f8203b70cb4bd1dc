#include "recorder/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "recorder/recorder.h"
#include "recorder/source.h"

/* What waits for the reader; libcurl gives at most CURL_MAX_WRITE_SIZE at once. */
#define ROOM_BYTES   (16 * CURL_MAX_WRITE_SIZE)
#define HEADER_BYTES 32768

struct fetch {
    struct patience *patience;
    CURL *easy;
    CURLM *multi;
    uint8_t bytes[ROOM_BYTES];
    size_t from, to;
    size_t header_bytes;
    bool paused, ended;
    CURLcode result;
};

void fetch_setup(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- what libcurl brings ---- */

static size_t on_body(char *bytes, size_t unit, size_t size, void *data)
{
    struct fetch *fetch = data;

    size *= unit;
    if (fetch->from > 0) {
        memmove(fetch->bytes, fetch->bytes + fetch->from, fetch->to - fetch->from);
        fetch->to -= fetch->from;
        fetch->from = 0;
    }
    if (size > ROOM_BYTES - fetch->to) {
        fetch->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(fetch->bytes + fetch->to, bytes, size);
    fetch->to += size;
    return size;
}

/* A head that does not end is none. */
static size_t on_header(char *bytes, size_t unit, size_t size, void *data)
{
    struct fetch *fetch = data;

    (void)bytes;
    fetch->header_bytes += unit * size;
    return fetch->header_bytes > HEADER_BYTES ? 0 : unit * size;
}

/* False: nothing more will come. */
static bool turn(struct fetch *fetch)
{
    int running = 0, left;
    CURLMsg *message;

    if (fetch->paused) {
        fetch->paused = false;
        curl_easy_pause(fetch->easy, CURLPAUSE_CONT);
    }
    if (patience_is_over(fetch->patience) || curl_multi_perform(fetch->multi, &running) != CURLM_OK)
        return false;
    while ((message = curl_multi_info_read(fetch->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE) {
            fetch->ended = true;
            fetch->result = message->data.result;
        }
    if (fetch->to == fetch->from && !fetch->ended)
        curl_multi_poll(fetch->multi, NULL, 0, patience_turn_ms(fetch->patience), NULL);
    return !fetch->ended || fetch->to > fetch->from;
}

int fetch_read(struct fetch *fetch, void *to, int size)
{
    size_t part;

    while (fetch->to == fetch->from)
        if (!turn(fetch))
            return fetch->ended && fetch->result == CURLE_OK ? 0 : -1;
    part = fetch->to - fetch->from < (size_t)size ? fetch->to - fetch->from : (size_t)size;
    memcpy(to, fetch->bytes + fetch->from, part);
    fetch->from += part;
    return (int)part;
}

/* ---- what went wrong ---- */

/* X(error, sentence) */
#define FAILURES(X)                                                                                \
    X(CURLE_OK, "the camera closed the connection")                                                \
    X(CURLE_COULDNT_RESOLVE_HOST, "the camera's name cannot be resolved")                          \
    X(CURLE_COULDNT_CONNECT, "the camera refuses the connection, or there is no way to it")        \
    X(CURLE_PARTIAL_FILE, "the camera closed the connection")                                      \
    X(CURLE_RECV_ERROR, "the camera broke the connection")                                         \
    X(CURLE_SEND_ERROR, "the camera broke the connection")                                         \
    X(CURLE_GOT_NOTHING, "the camera closed the connection without an answer")                     \
    X(CURLE_UNSUPPORTED_PROTOCOL, "the camera's answer is not HTTP")                               \
    X(CURLE_WEIRD_SERVER_REPLY, "the camera's answer is not HTTP")                                 \
    X(CURLE_WRITE_ERROR, "the head of the camera's answer does not end")                           \
    X(CURLE_SSL_CONNECT_ERROR, "the camera and this server agree on no encryption")

/* What is wrong with a certificate, as libcurl has it from GnuTLS (gnutls_certificate_status_t).
 * 0: nothing but its name. */
#define NOT_VALID_YET 512
#define EXPIRED       1024

static const char *certificate_fault(const struct fetch *fetch)
{
    long faults = 0;

    curl_easy_getinfo(fetch->easy, CURLINFO_SSL_VERIFYRESULT, &faults);
    if (faults == 0)
        return "the camera's certificate is for another name than that in its url: use the name of "
               "the certificate there, or give the camera a certificate for this one";
    if ((faults & (NOT_VALID_YET | EXPIRED)) != 0)
        return "the camera's certificate has expired, or is not valid yet: renew it, or set this "
               "server's clock";
    return "the camera's certificate is not trusted here: put it, or its issuer's, as a .crt into "
           "/usr/local/share/ca-certificates and run update-ca-certificates";
}

void fetch_explain(const struct fetch *fetch, char *cause)
{
    if (atomic_load(&fetch->patience->over)) {
        patience_explain(fetch->patience, cause);
        return;
    }
    snprintf(cause, RECORDER_CAUSE_MAX, "the connection to the camera failed (%s)",
             curl_easy_strerror(fetch->result));
#define X(code, sentence)                                                                          \
    if (fetch->result == (code))                                                                   \
        snprintf(cause, RECORDER_CAUSE_MAX, "%s", sentence);
    FAILURES(X)
#undef X
    if (fetch->result == CURLE_PEER_FAILED_VERIFICATION)
        snprintf(cause, RECORDER_CAUSE_MAX, "%s", certificate_fault(fetch));
}

/* X(from, to, sentence), the first that fits; none fits a good answer */
#define STATUSES(X)                                                                                \
    X(300, 399,                                                                                    \
      "the camera sends us to another address, which is not followed; the topology should name "   \
      "that address")                                                                              \
    X(401, 401, "the camera does not accept the user name and password (401)")                     \
    X(403, 403, "the camera forbids the access (403)")                                             \
    X(404, 404, "the camera has no such stream (404)")                                             \
    X(400, 499, "the camera declines the request (4xx)")                                           \
    X(500, 599, "the camera has an error of its own (5xx)")                                        \
    X(0, 199, "the camera's answer is not understood")                                             \
    X(600, 999, "the camera's answer is not understood")

static bool is_good_answer(const struct fetch *fetch, char *cause)
{
    long status = 0;

    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
#define X(from, to, sentence)                                                                      \
    if (status >= (from) && status <= (to)) {                                                      \
        snprintf(cause, RECORDER_CAUSE_MAX, "%s", sentence);                                       \
        return false;                                                                              \
    }
    STATUSES(X)
#undef X
    return true;
}

/* ---- asking ---- */

static bool prepare(struct fetch *fetch, const char *url)
{
    CURL *easy = fetch->easy = curl_easy_init();

    fetch->multi = curl_multi_init();
    if (easy == NULL || fetch->multi == NULL)
        return false;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name server that is silent is left alone */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)SOURCE_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_multi_add_handle(fetch->multi, easy) == CURLM_OK;
}

struct fetch *fetch_open(const char *url, struct patience *patience, char *cause, bool *hopeless)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));
    bool good = fetch != NULL;

    if (good) {
        fetch->patience = patience;
        good = prepare(fetch, url);
    }
    while (good && fetch->to == fetch->from && turn(fetch))
        continue;
    if (good && (fetch->to > fetch->from || (fetch->ended && fetch->result == CURLE_OK))) {
        good = is_good_answer(fetch, cause);
    } else if (good) {
        good = false;
        fetch_explain(fetch, cause);
        *hopeless = fetch->result == CURLE_PEER_FAILED_VERIFICATION;
    }
    if (good)
        return fetch;
    if (fetch != NULL)
        fetch_close(fetch);
    return NULL;
}

const char *fetch_content_type(const struct fetch *fetch)
{
    char *type = NULL;

    curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
    return type == NULL ? "" : type;
}

void fetch_close(struct fetch *fetch)
{
    if (fetch->multi != NULL && fetch->easy != NULL)
        curl_multi_remove_handle(fetch->multi, fetch->easy);
    if (fetch->easy != NULL)
        curl_easy_cleanup(fetch->easy);
    if (fetch->multi != NULL)
        curl_multi_cleanup(fetch->multi);
    free(fetch);
}
