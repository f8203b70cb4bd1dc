#include "runtime/node/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/hash.h"
#include "runtime/node/clock.h"
#include "runtime/node/log.h"

#define TOKEN_BYTES_MIN 16
#define TOKEN_BYTES_MAX 256
#define SESSIONS_MAX    32
#define SESSION_MS      (INT64_C(12) * 3600000)
#define COOKIE          "understudy-page"
#define PATH_BYTES      512

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct session {
    char cookie[ACCESS_SECRET_BYTES]; /* "": free */
    char form_secret[ACCESS_SECRET_BYTES];
    int64_t end_ms;
};

struct access {
    bool has_token;
    bool orders;
    uint8_t token_hash[HASH_BYTES];
    struct session sessions[SESSIONS_MAX];
    struct log_limit limit;
};

/* ---- secrets ---- */

static void hash_text(const char *text, uint8_t hash[static HASH_BYTES])
{
    const struct hash_part part = {.data = text, .size = strlen(text)};
    hash_sha256(&part, 1, hash);
}

/* Takes the same time wherever the two differ, and whatever their lengths are: hashes are compared.
 */
static bool is_hash_of(const char *text, const uint8_t expected[static HASH_BYTES])
{
    uint8_t hash[HASH_BYTES];
    volatile uint8_t difference = 0;
    hash_text(text, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        difference |= hash[i] ^ expected[i];
    return difference == 0;
}

static bool are_equal(const char *given, const char *expected)
{
    uint8_t hash[HASH_BYTES];
    hash_text(expected, hash);
    return is_hash_of(given, hash);
}

static void make_secret(char text[static ACCESS_SECRET_BYTES])
{
    uint8_t bytes[(ACCESS_SECRET_BYTES - 1) / 2];
    while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        continue;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- the token ---- */

static bool read_file(const char *path, bool private, char token[static TOKEN_BYTES_MAX + 2],
                      char error[static TEXT_BYTES_MAX])
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0) {
        snprintf(error, TEXT_BYTES_MAX, "the page's token %.200s cannot be read: %s", path,
                 strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    const ssize_t size = read(file, token, TOKEN_BYTES_MAX + 1);
    close(file);
    if (private && (status.st_mode & 077) != 0)
        return FAIL(error,
                    "the page's token %.200s can be read by others than its owner: chmod 600 it",
                    path);
    token[size > 0 ? size : 0] = '\0';
    return true;
}

static bool take_token(struct access *access, char *token, char error[static TEXT_BYTES_MAX])
{
    const size_t size = strcspn(token, "\r\n");
    const bool ends = token[size + strspn(token + size, "\r\n")] == '\0';
    token[size] = '\0';
    bool sound = ends && size >= TOKEN_BYTES_MIN && size <= TOKEN_BYTES_MAX;
    for (size_t i = 0; i < size; i++)
        sound = sound && token[i] > ' ' && token[i] < 0x7f;
    if (sound)
        hash_text(token, access->token_hash);
    access->has_token = sound;
    return sound || FAIL(error,
                         "the page's token is one line of %d to %d letters, digits and signs "
                         "without blanks: make one by `head -c 24 /dev/urandom | base64`",
                         TOKEN_BYTES_MIN, TOKEN_BYTES_MAX);
}

static bool read_token(struct access *access, const char *token_file,
                       char error[static TEXT_BYTES_MAX])
{
    char token[TOKEN_BYTES_MAX + 2] = "", path[PATH_BYTES] = "";
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    struct stat status;
    if (token_file == NULL && credentials != NULL)
        snprintf(path, sizeof path, "%s/" ACCESS_TOKEN_CREDENTIAL, credentials);
    if (token_file == NULL && (path[0] == '\0' || stat(path, &status) != 0))
        return true;
    const bool read =
        read_file(token_file != NULL ? token_file : path, token_file != NULL, token, error) &&
        take_token(access, token, error);
    explicit_bzero(token, sizeof token);
    return read;
}

static bool judge(const struct access *access, bool is_loopback, char error[static TEXT_BYTES_MAX])
{
    if (!access->has_token && !is_loopback)
        return FAIL(error, "a page beyond this machine (127.0.0.1) needs a token: --page-token "
                           "FILE, or the credential " ACCESS_TOKEN_CREDENTIAL);
    if (!access->has_token && access->orders)
        return FAIL(error, "a page that takes orders needs a token: --page-token FILE, or the "
                           "credential " ACCESS_TOKEN_CREDENTIAL);
    return true;
}

struct access *access_open(const char *token_file, bool is_loopback, bool orders,
                           char error[static TEXT_BYTES_MAX])
{
    struct access *access = calloc(1, sizeof *access);
    if (access == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    access->orders = orders;
    if (read_token(access, token_file, error) && judge(access, is_loopback, error))
        return access;
    free(access);
    return NULL;
}

void access_free(struct access *access)
{
    free(access);
}

bool access_needs_token(const struct access *access)
{
    return access->has_token;
}

/* ---- requests ---- */

static struct session *find_session(struct access *access, const struct http_request *request)
{
    const char *cookie = http_cookie(request, COOKIE);
    const int64_t now_ms = clock_now_ms();
    for (size_t i = 0; cookie != NULL && i < SESSIONS_MAX; i++) {
        struct session *session = &access->sessions[i];
        if (session->cookie[0] != '\0' && now_ms < session->end_ms &&
            are_equal(cookie, session->cookie))
            return session;
    }
    return NULL;
}

static bool bears_token(struct access *access, const struct http_request *request)
{
    static const char scheme[] = "Bearer ";
    const char *given = http_header(request, "Authorization");
    if (given == NULL || strncmp(given, scheme, sizeof scheme - 1) != 0)
        return false;
    if (is_hash_of(given + sizeof scheme - 1, access->token_hash))
        return true;
    log_limited(&access->limit, "a wrong token was shown to the status page");
    return false;
}

struct access_right access_right(struct access *access, const struct http_request *request)
{
    if (!access->has_token)
        return (struct access_right){.reads = true};
    const struct session *session = find_session(access, request);
    if (session != NULL)
        return (struct access_right){.reads = true,
                                     .orders = access->orders,
                                     .is_session = true,
                                     .form_secret = session->form_secret};
    const bool bears = bears_token(access, request);
    return (struct access_right){.reads = bears, .orders = bears && access->orders};
}

/* A browser names the origin of a form; one that is not this page is another site's. */
static bool is_own_origin(const struct http_request *request)
{
    const char *origin = http_header(request, "Origin");
    const char *host = http_header(request, "Host");
    if (origin == NULL)
        return true;
    const char *named = strstr(origin, "://");
    return named != NULL && host != NULL && strcmp(named + 3, host) == 0;
}

bool access_is_own_form(const struct access_right *right, const struct http_request *request)
{
    const char *secret = http_field(request, "secret");
    if (!is_own_origin(request))
        return false;
    return !right->is_session || (secret != NULL && are_equal(secret, right->form_secret));
}

/* Where all are taken, the one that ends first gives way. */
static struct session *free_session(struct access *access)
{
    const int64_t now_ms = clock_now_ms();
    struct session *first = &access->sessions[0];
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *session = &access->sessions[i];
        if (session->cookie[0] == '\0' || session->end_ms <= now_ms)
            return session;
        if (session->end_ms < first->end_ms)
            first = session;
    }
    return first;
}

bool access_log_in(struct access *access, const struct http_request *request,
                   char cookie[static 160])
{
    const char *token = http_field(request, "token");
    if (!access->has_token || token == NULL || !is_own_origin(request))
        return false;
    if (!is_hash_of(token, access->token_hash)) {
        log_limited(&access->limit, "a wrong token was given to the status page");
        return false;
    }
    struct session *session = free_session(access);
    make_secret(session->cookie);
    make_secret(session->form_secret);
    session->end_ms = clock_now_ms() + SESSION_MS;
    snprintf(cookie, 160, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d",
             session->cookie, (int)(SESSION_MS / 1000));
    return true;
}

void access_log_out(struct access *access, const struct http_request *request,
                    char cookie[static 160])
{
    struct session *session = find_session(access, request);
    if (session != NULL)
        *session = (struct session){.cookie = ""};
    snprintf(cookie, 160, COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}
