#include "runtime/node/html.h"

#include <assert.h>
#include <stdarg.h>

/* Control characters but line ends and tabs are in no HTML. */
static void put_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else if (*text == '\'')
            fputs("&#39;", out);
        else if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') || *text == 0x7f)
            fputs("\xef\xbf\xbd", out);
        else
            fputc(*text, out);
    }
}

void html_write(FILE *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            fputc(*format, out);
            continue;
        }
        format++;
        if (*format == 's') {
            put_text(out, va_arg(arguments, const char *));
        } else if (*format == 'd') {
            fprintf(out, "%d", va_arg(arguments, int));
        } else if (format[0] == 'l' && format[1] == 'd') {
            format++;
            fprintf(out, "%ld", va_arg(arguments, long));
        } else {
            assert(*format == '%');
            fputc('%', out);
        }
    }
    va_end(arguments);
}
