/* A camera's answer to an HTTP(S) request, as a stream of bytes. The one place that includes
 * libcurl: it knows every kind of authentication, chunked bodies and TLS, and can wait for several
 * things at once. It speaks HTTP and HTTPS alone, follows no redirection, takes no proxy and no
 * file of settings into account, and believes a certificate that the system's store vouches for. */
#ifndef RECORDER_FETCH_H
#define RECORDER_FETCH_H

#include <stdbool.h>

#include "recorder/patience.h"

struct fetch;

/* Once for the process. */
void fetch_setup(void);

/* Asks, and waits for the beginning of a good answer. NULL with the reason in `cause`
 * (RECORDER_CAUSE_MAX bytes). */
struct fetch *fetch_open(const char *url, struct patience *patience, char *cause, bool *hopeless);

/* What the camera says that it sends, or "". */
const char *fetch_content_type(const struct fetch *fetch);

/* Waits for bytes: up to `size`, or 0 at the end, or -1 with the reason for fetch_explain. */
int fetch_read(struct fetch *fetch, void *to, int size);

/* Why nothing more comes. */
void fetch_explain(const struct fetch *fetch, char *cause);

void fetch_close(struct fetch *fetch);

#endif
