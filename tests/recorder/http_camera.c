#include "tests/recorder/http_camera.h"

#include <arpa/inet.h>
#include <assert.h>
#include <nettle/base64.h>
#include <nettle/md5.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURN_MS   20
#define REALM     "a camera"
#define NONCE     "5ccc069c403ebaf9f0171e9517f40e41"
#define HEX_BYTES (2 * MD5_DIGEST_SIZE + 1)

static void put(int client, const char *text)
{
    if (write(client, text, strlen(text)) < 0)
        _exit(1);
}

/* ---- who asks ---- */

static void md5_hex(const char *text, char *hex)
{
    uint8_t digest[MD5_DIGEST_SIZE];
    struct md5_ctx context;

    md5_init(&context);
    md5_update(&context, strlen(text), (const uint8_t *)text);
    md5_digest(&context, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
}

/* Copies the value of name="value", or of name=value. */
static void find_value(const char *header, const char *name, char *value, size_t room)
{
    const char *at = strstr(header, name);

    value[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(name);
    at += *at == '"';
    snprintf(value, room, "%.*s", (int)strcspn(at, "\",\r\n"), at);
}

static bool proves_digest(const char *request)
{
    char user[64], response[64], cnonce[128], count[32], uri[256];
    char secret[HEX_BYTES], asked[HEX_BYTES], expected[HEX_BYTES], text[512];

    find_value(request, "username=", user, sizeof(user));
    find_value(request, " response=", response, sizeof(response));
    find_value(request, "cnonce=", cnonce, sizeof(cnonce));
    find_value(request, " nc=", count, sizeof(count));
    find_value(request, " uri=", uri, sizeof(uri));
    md5_hex(HTTP_CAMERA_USER ":" REALM ":" HTTP_CAMERA_PASSWORD, secret);
    snprintf(text, sizeof(text), "GET:%s", uri);
    md5_hex(text, asked);
    snprintf(text, sizeof(text), "%s:" NONCE ":%s:%s:auth:%s", secret, count, cnonce, asked);
    md5_hex(text, expected);
    return strcmp(user, HTTP_CAMERA_USER) == 0 && strcmp(response, expected) == 0;
}

static bool proves_basic(const char *request)
{
    static const char user[] = HTTP_CAMERA_USER ":" HTTP_CAMERA_PASSWORD;
    char expected[128] = "Authorization: Basic ";
    size_t size = strlen(expected);

    base64_encode_raw(expected + size, sizeof(user) - 1, (const uint8_t *)user);
    expected[size + BASE64_ENCODE_RAW_LENGTH(sizeof(user) - 1)] = '\0';
    return strstr(request, expected) != NULL;
}

static bool lets_in(const struct http_camera *camera, int client, const char *request)
{
    bool is_basic = camera->manner == HTTP_CAMERA_BASIC;

    if ((!is_basic && camera->manner != HTTP_CAMERA_DIGEST) ||
        (is_basic ? proves_basic(request) : proves_digest(request)))
        return true;
    put(client, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n");
    put(client, is_basic ? "WWW-Authenticate: Basic realm=\"" REALM "\"\r\n\r\n"
                         : "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"" NONCE
                           "\", qop=\"auth\"\r\n\r\n");
    return false;
}

/* ---- what is given ---- */

static void give_body(const struct http_camera *camera, int client, bool is_first)
{
    FILE *body = fopen(camera->body, "r");
    char *bytes;
    size_t size;

    if (body == NULL || fseek(body, 0, SEEK_END) != 0)
        _exit(1);
    size = (size_t)ftell(body) * TURN_MS / 1000 / camera->body_s + 1;
    bytes = malloc(size);
    rewind(body);
    for (int turn = 0; bytes != NULL; turn++) {
        size_t got = fread(bytes, 1, size, body);

        if (got == 0 || write(client, bytes, got) < 0)
            break;
        while (camera->manner == HTTP_CAMERA_STALLS && is_first && turn * TURN_MS > 2000)
            if (read(client, bytes, 1) <= 0)
                break;
        if (camera->manner == HTTP_CAMERA_STALLS && is_first && turn * TURN_MS > 2000)
            break;
        usleep(TURN_MS * 1000);
    }
    free(bytes);
    fclose(body);
}

static void give_garbage(int client)
{
    char bytes[1024];
    unsigned seed = 1;

    for (int i = 0; i < 5000; i++) {
        for (size_t j = 0; j < sizeof(bytes); j++)
            bytes[j] = (char)rand_r(&seed);
        if (write(client, bytes, sizeof(bytes)) < 0)
            return;
    }
}

static void answer(const struct http_camera *camera, int client, const char *request, bool is_first)
{
    char line[128];

    if (camera->manner == HTTP_CAMERA_SENDS_AWAY)
        put(client, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/other\r\n\r\n");
    if (camera->manner == HTTP_CAMERA_ENDLESS_HEAD) {
        put(client, "HTTP/1.1 200 OK\r\n");
        while (send(client, "X-More: and more\r\n", 18, MSG_NOSIGNAL) > 0)
            continue;
    }
    if (camera->content_type == NULL || !lets_in(camera, client, request))
        return;
    snprintf(line, sizeof(line), "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n",
             camera->content_type);
    put(client, line);
    if (camera->manner == HTTP_CAMERA_GARBAGE)
        give_garbage(client);
    else
        give_body(camera, client, is_first);
}

static void serve(const struct http_camera *camera, int listener)
{
    for (bool is_first = true;; is_first = false) {
        int client = accept(listener, NULL, NULL);
        char request[4096] = "";
        size_t size = 0;
        ssize_t got = 1;

        while (got > 0 && strstr(request, "\r\n\r\n") == NULL && size + 1 < sizeof(request)) {
            got = read(client, request + size, sizeof(request) - size - 1);
            size += got > 0 ? (size_t)got : 0;
            request[size] = '\0';
        }
        answer(camera, client, request, is_first);
        close(client);
    }
}

pid_t http_camera_start(const struct http_camera *camera, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(address);
    pid_t child;

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        serve(camera, listener);
    }
    close(listener);
    return child;
}
