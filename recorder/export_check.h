/* Is an exported file what was exported, and by whom? */
#ifndef RECORDER_EXPORT_CHECK_H
#define RECORDER_EXPORT_CHECK_H

#include <jansson.h>

#define EXPORT_SIDECAR_MAX (64 << 20) /* bytes of a sidecar */

/* Writes the sidecar of an export durably: `content` as text, signed if a key's path is given (else
 * NULL). 0, or an errno. Takes the content over. */
int export_write_sidecar(const char *path, json_t *content, const char *key_path);

/* Checks FILE against FILE.json, and its signature; with a public key's path also who signed. Says
 * what it found and returns the exit code. */
int export_check(const char *path, const char *public_key_path);

#endif
