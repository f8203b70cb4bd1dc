#include "runtime/sim/label.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "runtime/sim/array.h"

#define REPLACEMENT       "\xef\xbf\xbd"
#define REPLACEMENT_BYTES 3

/* How many bytes the character at text takes, and its code; 0 if it is not valid UTF-8. */
static size_t decode(const unsigned char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t bytes = 1;
    *code = text[0];
    if (text[0] >= 0xf0 && text[0] <= 0xf4)
        bytes = 4;
    else if (text[0] >= 0xe0 && text[0] < 0xf0)
        bytes = 3;
    else if (text[0] >= 0xc2 && text[0] < 0xe0)
        bytes = 2;
    else if (text[0] >= 0x80)
        return 0;
    if (bytes > 1)
        *code = text[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    return *code >= least[bytes] ? bytes : 0;
}

/* Controls, surrogates, line separators, marks that turn the direction of writing, and the two that
 * are no characters: all of which could make a line show what is not in it, or no XML. */
static bool is_shown(uint32_t code)
{
    return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && !(code >= 0xd800 && code < 0xe000) &&
           !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069) &&
           code != 0xfffe && code != 0xffff && code <= 0x10ffff;
}

bool label_is_plain(const char *text)
{
    while (*text >= 0x20 && *text < 0x7f)
        text++;
    return *text == '\0';
}

char *label_new(const char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    char *label = array_new(strlen(text) + 1, REPLACEMENT_BYTES);
    char *to = label;
    while (*from != '\0') {
        uint32_t code;
        const size_t bytes = decode(from, &code);
        if (bytes > 0 && is_shown(code)) {
            memcpy(to, from, bytes);
            to += bytes;
        } else {
            memcpy(to, REPLACEMENT, REPLACEMENT_BYTES);
            to += REPLACEMENT_BYTES;
        }
        from += bytes > 0 ? bytes : 1;
    }
    return label;
}
