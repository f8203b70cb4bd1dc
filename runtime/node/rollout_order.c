#include "runtime/node/rollout_order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/state.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- text ---- */

bool rollout_hash(const char *text, uint8_t hash[static HASH_BYTES])
{
    if (text == NULL || strlen(text) != 2 * HASH_BYTES ||
        strspn(text, "0123456789abcdef") != 2 * HASH_BYTES)
        return false;
    for (int i = 0; i < HASH_BYTES; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        hash[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static json_t *hash_json(const uint8_t hash[static HASH_BYTES])
{
    char text[2 * HASH_BYTES + 1];
    for (int i = 0; i < HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    return json_string(text);
}

static bool are_names(json_t *servers)
{
    size_t at;
    json_t *name;
    json_array_foreach(servers, at, name)
    {
        if (!json_is_string(name) || json_string_length(name) >= NAME_BYTES_MAX)
            return false;
    }
    return json_array_size(servers) > 0;
}

/* ---- to and fro ---- */

static bool read_object(struct rollout_order *order, json_t *object)
{
    json_t *servers = json_object_get(object, "servers");
    const json_int_t serial = json_integer_value(json_object_get(object, "serial"));
    const json_int_t size = json_integer_value(json_object_get(object, "size"));
    const char *by = json_string_value(json_object_get(object, "by"));
    if (serial <= 0 || size <= 0 || (uint64_t)size > ROLLOUT_FILE_BYTES_MAX || by == NULL ||
        strlen(by) >= sizeof order->by || (servers != NULL && !are_names(servers)) ||
        !rollout_hash(json_string_value(json_object_get(object, "hash")), order->hash) ||
        !rollout_hash(json_string_value(json_object_get(object, "digest")), order->digest))
        return false;
    order->serial = (uint64_t)serial;
    order->size = (uint64_t)size;
    snprintf(order->by, sizeof order->by, "%s", by);
    order->done = json_is_true(json_object_get(object, "done"));
    order->servers = json_incref(servers);
    return true;
}

bool rollout_order_read(struct rollout_order *order, const char *text, size_t size)
{
    *order = (struct rollout_order){.serial = 0};
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const bool sound = json_is_object(object) && read_object(order, object);
    json_decref(object);
    if (!sound)
        *order = (struct rollout_order){.serial = 0};
    return sound;
}

char *rollout_order_text(const struct rollout_order *order)
{
    json_t *object =
        json_pack("{s:I, s:o, s:o, s:I, s:s, s:b}", "serial", (json_int_t)order->serial, "hash",
                  hash_json(order->hash), "digest", hash_json(order->digest), "size",
                  (json_int_t)order->size, "by", order->by, "done", order->done);
    if (object != NULL && order->servers != NULL)
        json_object_set(object, "servers", order->servers);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}

void rollout_order_free(struct rollout_order *order)
{
    json_decref(order->servers);
    *order = (struct rollout_order){.serial = 0};
}

bool rollout_order_concerns(const struct rollout_order *order, const char *server)
{
    size_t at;
    json_t *name;
    json_array_foreach(order->servers, at, name)
    {
        if (strcmp(json_string_value(name), server) == 0)
            return true;
    }
    return order->servers == NULL;
}

/* ---- the state folder ---- */

bool rollout_order_load(struct rollout_order *order, const char *state,
                        char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES];
    static char text[65536];
    *order = (struct rollout_order){.serial = 0};
    if (!state_path(path, state, ROLLOUT_FILE, error))
        return false;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT || FAIL(error, "%.300s cannot be read: %s", path, strerror(errno));
    const ssize_t size = read(file, text, sizeof text);
    close(file);
    return (size > 0 && rollout_order_read(order, text, (size_t)size)) ||
           FAIL(error, "%.300s is damaged: remove it; the deployment is to be handed on again",
                path);
}

bool rollout_order_store(const struct rollout_order *order, const char *state,
                         char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES], part[STATE_PATH_BYTES];
    if (!state_path(path, state, ROLLOUT_FILE, error) ||
        !state_path(part, state, ROLLOUT_FILE ".part", error))
        return false;
    char *text = rollout_order_text(order);
    const size_t size = text != NULL ? strlen(text) : 0;
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    const bool written = file >= 0 && text != NULL && write(file, text, size) == (ssize_t)size &&
                         fsync(file) == 0 && rename(part, path) == 0;
    const int code = errno;
    if (file >= 0)
        close(file);
    free(text);
    return written || FAIL(error, "%.300s cannot be written: %s", path, strerror(code));
}

bool rollout_digest(const char *path, uint8_t digest[static HASH_BYTES], uint64_t *size,
                    char error[static TEXT_BYTES_MAX])
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
        snprintf(error, TEXT_BYTES_MAX, "%.300s cannot be read: %s", path, strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (bytes == MAP_FAILED)
        return FAIL(error, "%.300s cannot be read: %s", path, strerror(errno));
    const struct hash_part part = {bytes, (size_t)status.st_size};
    hash_sha256(&part, 1, digest);
    munmap(bytes, (size_t)status.st_size);
    *size = (uint64_t)status.st_size;
    return true;
}
