#include "tests/camera/auth.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <libavutil/base64.h>
#include <libavutil/md5.h>

#define MD5_SIZE   16
#define VALUE_SIZE 256

static void hex(char *to, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

void auth_random_hex(char *to, size_t count)
{
    uint8_t bytes[64];
    assert(count > 0 && count <= sizeof bytes);
    ssize_t got = getrandom(bytes, count, 0);
    assert(got == (ssize_t)count); /* so small a request is never cut short */
    hex(to, bytes, count);
}

/* The digest of three texts joined by colons, in hexadecimal. False where they are too long to be
 * honest. */
static bool digest_of(char to[2 * MD5_SIZE + 1], const char *a, const char *b, const char *c)
{
    char joined[3 * VALUE_SIZE];
    uint8_t sum[MD5_SIZE];
    int length = snprintf(joined, sizeof joined, "%s:%s%s%s", a, b, c ? ":" : "", c ? c : "");
    if (length < 0 || (size_t)length >= sizeof joined)
        return false;
    av_md5_sum(sum, (const uint8_t *)joined, (size_t)length);
    hex(to, sum, sizeof sum);
    return true;
}

/* Takes the quoted value of `key` from a list of key="value" pairs. */
static bool take_value(const char *list, const char *key, char value[VALUE_SIZE])
{
    size_t key_length = strlen(key);
    for (const char *at = list; (at = strcasestr(at, key)) != NULL; at += key_length) {
        bool whole = at == list || at[-1] == ' ' || at[-1] == ',';
        if (!whole || strncmp(at + key_length, "=\"", 2) != 0)
            continue;
        const char *begin = at + key_length + 2, *end = strchr(begin, '"');
        if (!end || (size_t)(end - begin) >= VALUE_SIZE)
            return false;
        memcpy(value, begin, (size_t)(end - begin));
        value[end - begin] = '\0';
        return true;
    }
    return false;
}

static bool digest_proves(const struct auth_user *user, const char *nonce, const char *method,
                          const char *list)
{
    char name[VALUE_SIZE], given_nonce[VALUE_SIZE], uri[VALUE_SIZE], response[VALUE_SIZE];
    if (!take_value(list, "username", name) || !take_value(list, "nonce", given_nonce) ||
        !take_value(list, "uri", uri) || !take_value(list, "response", response))
        return false;
    char secret[2 * MD5_SIZE + 1], request[2 * MD5_SIZE + 1], expected[2 * MD5_SIZE + 1];
    return strcmp(name, user->name) == 0 && strcmp(given_nonce, nonce) == 0 &&
           digest_of(secret, user->name, AUTH_REALM, user->password) &&
           digest_of(request, method, uri, NULL) && digest_of(expected, secret, nonce, request) &&
           strcasecmp(response, expected) == 0;
}

static bool basic_proves(const struct auth_user *user, const char *encoded)
{
    uint8_t decoded[2 * VALUE_SIZE];
    char expected[2 * VALUE_SIZE];
    int size = av_base64_decode(decoded, encoded, sizeof decoded);
    int length = snprintf(expected, sizeof expected, "%s:%s", user->name, user->password);
    return size > 0 && size == length && memcmp(decoded, expected, (size_t)size) == 0;
}

bool auth_proves(const struct auth_user *user, const char *nonce, const char *method,
                 const char *header)
{
    if (strncasecmp(header, "Basic ", 6) == 0)
        return basic_proves(user, header + 6);
    if (strncasecmp(header, "Digest ", 7) == 0)
        return digest_proves(user, nonce, method, header + 7);
    return false;
}
