/* Labels: text of a user, made fit to be shown. */
#ifndef RUNTIME_SIM_LABEL_H
#define RUNTIME_SIM_LABEL_H

#include <stdbool.h>

/* Whether a text is printable ASCII throughout, so that it is its own label. */
bool label_is_plain(const char *text);

/* A copy in which every byte that is no valid UTF-8 and every control character (which a terminal
 * could obey, and XML forbids) is replaced by U+FFFD. free() it. */
char *label_new(const char *text);

#endif
