#include "compiler/dot.h"

#include <string.h>

/* Graphviz puts names of its own in the place of \N, \G and others, in some versions before and in
 * some after it has read entities, once or twice: so it gets no backslash at all, but a sign that
 * looks like one. */
#define BACKSLASH "\xef\xbc\xbc"

static void put_byte(FILE *out, unsigned char byte)
{
    if (byte < 0x20 || byte == 0x7f)
        putc('?', out);
    else if (byte == '\\')
        fputs(BACKSLASH, out);
    else if (strchr("<>&\"'", byte) != NULL)
        fprintf(out, "&#%u;", byte);
    else
        putc(byte, out);
}

void dot_html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        put_byte(out, (unsigned char)*text);
}

void dot_string(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else
            put_byte(out, (unsigned char)*text);
    putc('"', out);
}

void dot_begin(FILE *out, const char *rank_direction)
{
    fprintf(out,
            "digraph understudy {\n"
            "  graph [rankdir=%s, bgcolor=\"white\", fontname=\"Helvetica,Arial,sans-serif\", "
            "fontsize=11, pad=0.3, nodesep=0.35, ranksep=0.9, tooltip=\" \"]\n"
            "  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, penwidth=1.4]\n"
            "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9.5, penwidth=1.3, "
            "arrowsize=0.8]\n",
            rank_direction);
}
