/* FILE.json beside an export is one object: {"export": {...}, "signature": {...} or null}. What is
 * signed is the text of `export` as jansson writes it compactly with sorted keys, so that the file
 * may be reformatted but not changed. */
#include "recorder/export_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive_request.h"
#include "recorder/export.h"
#include "recorder/hash.h"
#include "recorder/sign.h"

#define CANONICAL (JSON_COMPACT | JSON_SORT_KEYS)

static json_t *make_signature(const json_t *content, const char *key_path, int *error)
{
    char public_key[SIGN_KEY_TEXT], signature[SIGN_TEXT];
    char *text = json_dumps(content, CANONICAL);

    *error = text == NULL ? ENOMEM : sign_text(key_path, text, strlen(text), public_key, signature);
    free(text);
    return *error != 0 ? NULL
                       : json_pack("{s:s, s:s, s:s}", "algorithm", "ed25519", "public_key",
                                   public_key, "signature", signature);
}

int export_write_sidecar(const char *path, json_t *content, const char *key_path)
{
    int error = 0, file;
    json_t *signature = key_path == NULL ? json_null() : make_signature(content, key_path, &error);
    json_t *root = json_pack("{s:o, s:o?}", "export", content, "signature", signature);

    if (error != 0 || root == NULL) {
        json_decref(root);
        return error != 0 ? error : ENOMEM;
    }
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        error = errno;
    else if (json_dumpfd(root, file, JSON_INDENT(2)) != 0 || write(file, "\n", 1) != 1 ||
             fsync(file) != 0)
        error = EIO;
    if (file >= 0)
        close(file);
    json_decref(root);
    return error;
}

static int wrong(const char *path, const char *text)
{
    fprintf(stderr, "understudy-recorder: archive: %s: %s\n", path, text);
    return ARCHIVE_WRONG;
}

/* NULL: it was said, and `*code` is set. */
static json_t *read_sidecar(const char *path, int *code)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    json_error_t error;
    json_t *root = NULL;

    *code = ARCHIVE_FAILED;
    if (file < 0 || fstat(file, &status) != 0) {
        archive_failed("%s cannot be read: %s", path, strerror(errno));
    } else if (status.st_size > EXPORT_SIDECAR_MAX) {
        *code = wrong(path, "it is too large for a sidecar");
    } else {
        root = json_loadfd(file, JSON_REJECT_DUPLICATES, &error);
        if (root == NULL)
            *code = wrong(path, "it is no sidecar of an export, or was damaged");
    }
    if (file >= 0)
        close(file);
    return root;
}

/* False: it was said. */
static bool check_signature(const char *path, const json_t *content, const json_t *signature,
                            const char *expected_key)
{
    const char *public_key = json_string_value(json_object_get(signature, "public_key"));
    const char *text = json_string_value(json_object_get(signature, "signature"));
    char *signed_text;
    bool valid;

    if (!json_is_object(signature)) {
        if (expected_key != NULL)
            wrong(path, "it is not signed");
        return expected_key == NULL;
    }
    signed_text = json_dumps(content, CANONICAL);
    valid = signed_text != NULL && public_key != NULL && text != NULL &&
            sign_check(public_key, signed_text, strlen(signed_text), text);
    free(signed_text);
    if (!valid)
        wrong(path, "its signature does not hold: it was changed after the export");
    else if (expected_key != NULL && strcmp(expected_key, public_key) != 0)
        valid =
            wrong(path, "it is signed, but with another key than the one given") == ARCHIVE_FINE;
    return valid;
}

/* False: it was said. */
static bool check_content(const char *path, const json_t *content)
{
    const char *sha256 = json_string_value(json_object_get(content, "sha256"));
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char found[HASH_TEXT_MAX];
    int error = file < 0 ? errno : export_digest(file, found);

    if (file >= 0)
        close(file);
    if (error != 0)
        wrong(path, strerror(error));
    else if (sha256 == NULL || strcmp(sha256, found) != 0)
        wrong(path, "its content is not what was exported (SHA-256)");
    return error == 0 && sha256 != NULL && strcmp(sha256, found) == 0;
}

int export_check(const char *path, const char *public_key_path)
{
    char sidecar_path[4096], expected_key[SIGN_KEY_TEXT];
    const json_t *content, *signature;
    json_t *root;
    int code, error;

    snprintf(sidecar_path, sizeof(sidecar_path), "%s.json", path);
    error = public_key_path == NULL ? 0 : sign_read_public(public_key_path, expected_key);
    if (error != 0)
        return archive_failed("%s is no public key: %s", public_key_path, strerror(error));
    root = read_sidecar(sidecar_path, &code);
    if (root == NULL)
        return code;
    content = json_object_get(root, "export");
    signature = json_object_get(root, "signature");
    code = check_signature(sidecar_path, content, signature,
                           public_key_path == NULL ? NULL : expected_key) &&
                   check_content(path, content)
               ? ARCHIVE_FINE
               : ARCHIVE_WRONG;
    if (code == ARCHIVE_FINE && json_is_object(signature))
        printf("%s is what was exported, signed by %s%s\n", path,
               json_string_value(json_object_get(signature, "public_key")),
               public_key_path == NULL ? " (give --key to tell whether that is whom you trust)"
                                       : "");
    else if (code == ARCHIVE_FINE)
        printf("%s is what was exported (it is not signed)\n", path);
    json_decref(root);
    return code;
}
