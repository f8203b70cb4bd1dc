#include "runtime/node/etcd_http.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define HEAD_BYTES_MAX  32768
#define URL_BYTES       (HOST_BYTES_MAX + 64)
#define CONNECT_MS      2000 /* within the time of the exchange */
#define STREAM_SILENT_S 600  /* etcd says at least that often that a watch lives */

struct post {
    struct post *next;
    struct post *previous;
    CURL *easy;
    struct curl_slist *headers;
    char *answer;
    size_t size;
    size_t head_size;
    etcd_stream_part part; /* NULL: the answer is kept */
    etcd_exchange_done done;
    void *owner;
};

struct etcd_http {
    const struct etcd_place *place;
    CURLM *multi;
    struct post *posts;
};

/* ---- what libcurl brings ---- */

static size_t on_body(char *bytes, size_t unit, size_t count, void *data)
{
    struct post *post = data;
    const size_t size = unit * count;
    if (post->part != NULL) {
        post->part(post->owner, bytes, size);
        return size;
    }
    if (size > ETCD_BODY_BYTES_MAX - post->size)
        return 0;
    char *answer = realloc(post->answer, post->size + size);
    if (answer == NULL && size > 0)
        return 0;
    memcpy(answer + post->size, bytes, size);
    post->answer = answer;
    post->size += size;
    return size;
}

static size_t on_head(char *bytes, size_t unit, size_t count, void *data)
{
    struct post *post = data;
    (void)bytes;
    post->head_size += unit * count;
    return post->head_size > HEAD_BYTES_MAX ? 0 : unit * count;
}

/* X(error, sentence) */
#define FAILURES(X)                                                                                \
    X(CURLE_COULDNT_RESOLVE_HOST, "its name cannot be resolved")                                   \
    X(CURLE_COULDNT_CONNECT, "it refuses the connection, or there is no way to it")                \
    X(CURLE_OPERATION_TIMEDOUT, "it does not answer in time")                                      \
    X(CURLE_GOT_NOTHING, "it closed the connection without an answer")                             \
    X(CURLE_PARTIAL_FILE, "it closed the connection amid its answer")                              \
    X(CURLE_RECV_ERROR, "it broke the connection")                                                 \
    X(CURLE_SEND_ERROR, "it broke the connection")                                                 \
    X(CURLE_UNSUPPORTED_PROTOCOL, "its answer is not HTTP")                                        \
    X(CURLE_WEIRD_SERVER_REPLY, "its answer is not HTTP")                                          \
    X(CURLE_WRITE_ERROR, "its answer does not end")                                                \
    X(CURLE_PEER_FAILED_VERIFICATION,                                                              \
      "its certificate is not signed by the ca of the topology, or is for another address")        \
    X(CURLE_SSL_CACERT_BADFILE, "the file ca of the topology cannot be read on this server")       \
    X(CURLE_SSL_CERTPROBLEM,                                                                       \
      "the files cert and key of the topology cannot be read on this server, or do not belong "    \
      "together")                                                                                  \
    X(CURLE_SSL_CONNECT_ERROR,                                                                     \
      "no encryption is agreed on: it may not accept the cert of this server, or not speak TLS")

static const char *explain(CURLcode result)
{
#define X(code, sentence)                                                                          \
    if (result == (code))                                                                          \
        return sentence;
    FAILURES(X)
#undef X
    return curl_easy_strerror(result);
}

/* ---- one exchange ---- */

static void free_post(struct etcd_http *http, struct post *post)
{
    if (post->previous != NULL)
        post->previous->next = post->next;
    else if (http->posts == post)
        http->posts = post->next;
    if (post->next != NULL)
        post->next->previous = post->previous;
    if (post->easy != NULL) {
        curl_multi_remove_handle(http->multi, post->easy);
        curl_easy_cleanup(post->easy);
    }
    curl_slist_free_all(post->headers);
    free(post->answer);
    free(post);
}

static void end_post(struct etcd_http *http, struct post *post, CURLcode result)
{
    const struct etcd_exchange failed = {.trouble = explain(result)};
    long status = 0;
    curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
    const struct etcd_exchange whole = {.status = (int)status,
                                        .body = post->answer != NULL ? post->answer : "",
                                        .size = post->size,
                                        .trouble = ""};
    post->done(post->owner, result == CURLE_OK && status > 0 ? &whole : &failed);
    free_post(http, post);
}

static bool set_headers(struct post *post, const char *token)
{
    char line[1024];
    post->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (post->headers == NULL)
        return false;
    snprintf(line, sizeof line, "Authorization: %s", token);
    if (token[0] != '\0' && curl_slist_append(post->headers, line) == NULL)
        return false;
    explicit_bzero(line, sizeof line);
    return curl_slist_append(post->headers, "Expect:") != NULL;
}

static bool set_security(CURL *easy, const struct etcd_place *place)
{
    bool set =
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    if (place->ca[0] != '\0')
        set = set && curl_easy_setopt(easy, CURLOPT_CAINFO, place->ca) == CURLE_OK;
    if (place->cert[0] != '\0')
        set = set && curl_easy_setopt(easy, CURLOPT_SSLCERT, place->cert) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSLKEY, place->key) == CURLE_OK;
    return set;
}

static bool set_exchange(struct post *post, const char *url, const char *body, int64_t timeout_ms)
{
    CURL *easy = post->easy;
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STREAM_SILENT_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, post) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, post) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, post) == CURLE_OK;
}

/* timeout_ms 0: it does not end by itself. */
static bool begin(struct etcd_http *http, uint32_t member, const char *path, const char *token,
                  const char *body, int64_t timeout_ms, const struct post *how)
{
    char url[URL_BYTES];
    assert(member < http->place->count);
    struct post *post = malloc(sizeof *post);
    if (post == NULL)
        return false;
    *post = *how;
    post->next = http->posts;
    if (post->next != NULL)
        post->next->previous = post;
    http->posts = post;
    post->easy = curl_easy_init();
    snprintf(url, sizeof url, "%s%s", http->place->endpoints[member], path);
    if (post->easy != NULL && set_headers(post, token) && set_security(post->easy, http->place) &&
        set_exchange(post, url, body, timeout_ms) &&
        curl_multi_add_handle(http->multi, post->easy) == CURLM_OK)
        return true;
    free_post(http, post);
    return false;
}

bool etcd_http_post(struct etcd_http *http, uint32_t member, const char *path, const char *token,
                    const char *body, int64_t timeout_ms, etcd_exchange_done done, void *owner)
{
    const struct post how = {.done = done, .owner = owner};
    assert(timeout_ms > 0);
    return begin(http, member, path, token, body, timeout_ms, &how);
}

bool etcd_http_stream(struct etcd_http *http, uint32_t member, const char *path, const char *token,
                      const char *body, etcd_stream_part part, etcd_exchange_done done, void *owner)
{
    const struct post how = {.part = part, .done = done, .owner = owner};
    return begin(http, member, path, token, body, 0, &how);
}

/* ---- all of them ---- */

struct etcd_http *etcd_http_open(const struct etcd_place *place)
{
    struct etcd_http *http = calloc(1, sizeof *http);
    if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        return NULL;
    }
    http->place = place;
    http->multi = curl_multi_init();
    if (http->multi == NULL) {
        free(http);
        return NULL;
    }
    return http;
}

void etcd_http_turn(struct etcd_http *http, int fd, int wait_ms)
{
    struct curl_waitfd also = {.fd = fd, .events = CURL_WAIT_POLLIN};
    CURLMsg *message;
    int running, left;
    curl_multi_perform(http->multi, &running); /* what was begun since is to be waited for */
    curl_multi_poll(http->multi, &also, fd >= 0 ? 1 : 0, wait_ms, NULL);
    curl_multi_perform(http->multi, &running);
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        const CURLcode result = message->data.result;
        char *post = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &post) == CURLE_OK)
            end_post(http, (struct post *)(void *)post, result);
    }
}

void etcd_http_close(struct etcd_http *http)
{
    while (http->posts != NULL)
        free_post(http, http->posts);
    curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    free(http);
}
