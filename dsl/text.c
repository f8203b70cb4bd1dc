#include "compiler/model.h"
#include "dsl/text.h"

/* The length of the UTF-8 character here, or 0: overlong forms, surrogates and what lies beyond
 * Unicode are none. */
static size_t text_step(const unsigned char *at, size_t left)
{
    size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (bytes == 0 || bytes > left || at[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool wrong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
                 (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f);
    return wrong ? 0 : bytes;
}

const char *text_fault(const char *text, size_t bytes, size_t bytes_max)
{
    for (size_t i = 0; i < bytes;) {
        const unsigned char *at = (const unsigned char *)text + i;
        if (*at >= 0x20 && *at < 0x7f) { /* most of what there is */
            i++;
            continue;
        }
        size_t step = text_step(at, bytes - i);
        if (step == 0) {
            return "is not UTF-8";
        }
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0)) {
            return "holds a control character";
        }
        i += step;
    }
    return bytes == 0 ? "is empty" : bytes >= bytes_max ? "is too long" : NULL;
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool text_is_name(const char *text, size_t bytes)
{
    bool sound = bytes >= 1 && bytes < NAME_BYTES_MAX && is_letter_or_digit(text[0]);
    for (size_t i = 0; sound && i < bytes; i++) {
        char c = text[i];
        sound = is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
    }
    return sound;
}
