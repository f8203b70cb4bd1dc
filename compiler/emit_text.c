/* What a user wrote, on its way into generated sources. */
#include <ctype.h>
#include <string.h>

#include "compiler/emit.h"

const char *emit_source_name(const struct resolved *resolved)
{
    const char *slash = strrchr(resolved->model->source, '/');
    return slash == NULL ? resolved->model->source : slash + 1;
}

void emit_c_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        /* '?' would let a trigraph in; a short octal escape would swallow a digit that follows it.
         */
        if (byte < 0x20 || byte > 0x7e || strchr("\"\\?", byte) != NULL)
            fprintf(out, "\\%03o", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

void emit_comment_text(FILE *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        bool plain = byte < 0x80 && (isalnum(byte) || strchr(" _-.,:;()\"'/+", byte) != NULL);
        bool opens = *at == '/' && at[1] == '/';
        fputc(plain && !opens ? byte : '?', out);
    }
}
