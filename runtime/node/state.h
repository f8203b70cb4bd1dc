/* The state folder of a node: its journal, its control socket, copies of its deployments, and the
 * lock that lets one node at a time use it.
 */
#ifndef RUNTIME_NODE_STATE_H
#define RUNTIME_NODE_STATE_H

#include <stdbool.h>
#include <sys/un.h>

#include "runtime/deployment.h"
#include "runtime/hash.h"

#define STATE_PATH_BYTES 512
#define STATE_DEPLOYMENT "deployment.so" /* the present one */
#define STATE_SHELF      "deployments"   /* each that the journal or an order speaks of: HASH.so */
#define STATE_SOCKET     "control.sock"

/* Writes FOLDER/NAME to path; false if it does not fit. */
bool state_path(char path[static STATE_PATH_BYTES], const char *folder, const char *name,
                char error[static TEXT_BYTES_MAX]);

/* The address of the control socket; its path is bounded by the system. */
bool state_socket(struct sockaddr_un *address, const char *folder,
                  char error[static TEXT_BYTES_MAX]);

/* Makes the folder if need be and locks it until the process ends. */
bool state_claim(const char *folder, char error[static TEXT_BYTES_MAX]);

/* Copies the deployment with this hash (a file, or a folder that holds deployment.so) into the
 * folder, durably, so that what lies there can be read without anything else. */
bool state_keep_deployment(const char *folder, const char *deployment,
                           const uint8_t hash[static HASH_BYTES],
                           char error[static TEXT_BYTES_MAX]);

/* Where the folder keeps the deployment with this hash. */
bool state_shelf_path(char path[static STATE_PATH_BYTES], const char *folder,
                      const uint8_t hash[static HASH_BYTES], char error[static TEXT_BYTES_MAX]);

/* Makes one that is kept the present one: it lies as deployment.so in the folder then. */
bool state_present_deployment(const char *folder, const uint8_t hash[static HASH_BYTES],
                              char error[static TEXT_BYTES_MAX]);

/* Removes from the shelf what is none of these, and has lain there for STATE_SHELF_S at least: what
 * was put there a moment ago is about to be handed on. Returns how many it removed. */
#define STATE_SHELF_S 3600
uint32_t state_tidy_shelf(const char *folder, const uint8_t (*kept)[HASH_BYTES], uint32_t count,
                          int64_t now_s);

/* Opens the deployment with this hash that the folder keeps. NULL: error says why. */
const struct deployment *state_open_deployment(const char *folder,
                                               const uint8_t hash[static HASH_BYTES],
                                               char error[static TEXT_BYTES_MAX]);

#endif
