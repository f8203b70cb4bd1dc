/* Texts from outside: what may go on into names, paths, logs and other programs. */
#ifndef DSL_TEXT_H
#define DSL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Why a text may not go on, completing `the address ...`; NULL if it may: UTF-8 without control
 * characters, not empty, and with its final NUL at most bytes_max bytes. */
const char *text_fault(const char *text, size_t bytes, size_t bytes_max);

/* True if it may become a component of a path: 1 to 63 letters, digits, '-', '_', '.', the first a
 * letter or digit. */
bool text_is_name(const char *text, size_t bytes);

#endif
