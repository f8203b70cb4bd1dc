#include "recorder/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <nettle/eddsa.h>

static void to_text(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly this many bytes in hexadecimal. */
static bool from_text(const char *text, uint8_t *bytes, size_t size)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(16 * high + low);
    }
    return true;
}

static int write_key(const char *path, mode_t mode, const uint8_t *key)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    char text[SIGN_KEY_TEXT];
    int error = 0;

    if (file < 0)
        return errno;
    to_text(key, SIGN_KEY_BYTES, text);
    text[SIGN_KEY_TEXT - 1] = '\n';
    if (write(file, text, sizeof(text)) != (ssize_t)sizeof(text) || fsync(file) != 0)
        error = EIO;
    close(file);
    return error;
}

static int read_key(const char *path, uint8_t *key)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char text[SIGN_KEY_TEXT + 1];
    ssize_t length;

    if (file < 0)
        return errno;
    length = read(file, text, sizeof(text) - 1);
    close(file);
    if (length < 0)
        return EIO;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return from_text(text, key, SIGN_KEY_BYTES) ? 0 : EINVAL;
}

int sign_make_key(const char *path)
{
    uint8_t secret[ED25519_KEY_SIZE], public_key[ED25519_KEY_SIZE];
    char public_path[4096];
    int error;

    if (snprintf(public_path, sizeof(public_path), "%s.pub", path) >= (int)sizeof(public_path))
        return ENAMETOOLONG;
    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
        return errno;
    ed25519_sha512_public_key(public_key, secret);
    error = write_key(path, 0600, secret);
    explicit_bzero(secret, sizeof(secret));
    return error != 0 ? error : write_key(public_path, 0644, public_key);
}

int sign_text(const char *path, const void *bytes, size_t size, char *public_text, char *signature)
{
    uint8_t secret[ED25519_KEY_SIZE], public_key[ED25519_KEY_SIZE];
    uint8_t raw[ED25519_SIGNATURE_SIZE];
    int error = read_key(path, secret);

    if (error != 0)
        return error;
    ed25519_sha512_public_key(public_key, secret);
    ed25519_sha512_sign(public_key, secret, size, bytes, raw);
    explicit_bzero(secret, sizeof(secret));
    to_text(public_key, sizeof(public_key), public_text);
    to_text(raw, sizeof(raw), signature);
    return 0;
}

bool sign_check(const char *public_text, const void *bytes, size_t size, const char *signature)
{
    uint8_t public_key[ED25519_KEY_SIZE], raw[ED25519_SIGNATURE_SIZE];

    return from_text(public_text, public_key, sizeof(public_key)) &&
           from_text(signature, raw, sizeof(raw)) &&
           ed25519_sha512_verify(public_key, size, bytes, raw) == 1;
}

int sign_read_public(const char *path, char *public_text)
{
    uint8_t key[SIGN_KEY_BYTES];
    int error = read_key(path, key);

    if (error == 0)
        to_text(key, sizeof(key), public_text);
    return error;
}
