/* Labels: text of a user, made fit to be shown. */
#ifndef RUNTIME_SIM_LABEL_H
#define RUNTIME_SIM_LABEL_H

/* A copy in which every byte that is no valid UTF-8 and every control character (which a terminal
 * could obey, and XML forbids) is replaced by U+FFFD. free() it. */
char *label_new(const char *text);

#endif
