/* The text of Graphviz's language, as far as the graphs need it. Whatever a user wrote goes through
 * here. */
#ifndef COMPILER_DOT_H
#define COMPILER_DOT_H

#include <stdio.h>

/* Inside an HTML-like label: nothing in the text is markup or an escape of Graphviz; control
 * characters are shown as a question mark. */
void dot_html(FILE *out, const char *text);

/* The same as a string with its quotes, for tooltips; a line end stays one. */
void dot_string(FILE *out, const char *text);

/* What both graphs begin with: fonts, colours, the background. */
void dot_begin(FILE *out, const char *rank_direction);

#endif
