/* Writing HTML: whatever is filled into a format is text, and becomes no markup. */
#ifndef RUNTIME_NODE_HTML_H
#define RUNTIME_NODE_HTML_H

#include <stdio.h>

/* Like fprintf, for %s, %d, %ld and %% alone; what a %s stands for is escaped, so that it is safe
 * between tags and in quoted attributes. */
void html_write(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
