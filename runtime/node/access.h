/* Who may see the page of a node, and who may give orders on it.
 *
 * A token opens it: as `Authorization: Bearer TOKEN`, or typed into the page once, for which the
 * browser gets a session's cookie. Without a token everybody may look who reaches it, which is
 * allowed on the loopback alone; nobody gives orders without one. The token stands in no log, no
 * address and no answer. All of it belongs to the thread of the web server.
 */
#ifndef RUNTIME_NODE_ACCESS_H
#define RUNTIME_NODE_ACCESS_H

#include "runtime/node/http.h"

#define ACCESS_SECRET_BYTES     33 /* 128 bits in hex, and the final NUL */
#define ACCESS_TOKEN_CREDENTIAL "page-token"

struct access;

/* Reads the token from a file, or, without one, from the credential of systemd, if there is one.
 * Nothing is open beyond the loopback without a token, and no orders are given. NULL: error is set.
 */
struct access *access_open(const char *token_file, bool is_loopback, bool orders,
                           char error[static TEXT_BYTES_MAX]);
void access_free(struct access *access);

bool access_needs_token(const struct access *access);

/* What a request has shown of itself. */
struct access_right {
    bool reads;
    bool orders;             /* it may give orders... */
    bool is_session;         /* ...of a page, which must carry this: */
    const char *form_secret; /* of its session; NULL: none */
};
struct access_right access_right(struct access *access, const struct http_request *request);

/* Whether a form was sent by a page of ours: its secret is right, and no other origin is named. */
bool access_is_own_form(const struct access_right *right, const struct http_request *request);

/* Begins a session for whoever knows the token, with its cookie. False: he does not. */
bool access_log_in(struct access *access, const struct http_request *request,
                   char cookie[static 160]);
void access_log_out(struct access *access, const struct http_request *request,
                    char cookie[static 160]);

#endif
