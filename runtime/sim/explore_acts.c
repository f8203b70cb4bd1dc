/* Which faults are tried, in words of the outage language. */
#include <string.h>

#include "runtime/sim/explore.h"
#include "runtime/sim/script.h"

static uint32_t find(const char *word, size_t length, uint32_t known)
{
    for (uint32_t kind = 0; kind < ACT_COUNT; kind++) {
        const char *name = script_act_word(kind);
        if ((known & 1u << kind) != 0 && strlen(name) == length && memcmp(name, word, length) == 0)
            return 1u << kind;
    }
    return 0;
}

bool explore_read_acts(const char *words, uint32_t known, uint32_t *acts)
{
    *acts = 0;
    for (const char *at = words;; at++) {
        const size_t length = strcspn(at, ",");
        const uint32_t act = find(at, length, known);
        if (act == 0)
            return false;
        *acts |= act;
        at += length;
        if (*at == '\0')
            return true;
    }
}

void explore_name_acts(uint32_t acts, char *text, size_t size)
{
    text[0] = '\0';
    for (uint32_t kind = 0; kind < ACT_COUNT; kind++) {
        const size_t length = strlen(text);
        const uint32_t after = acts >> kind >> 1;
        if ((acts & 1u << kind) != 0)
            snprintf(text + length, size - length, "%s%s",
                     length == 0  ? ""
                     : after == 0 ? " and "
                                  : ", ",
                     script_act_word(kind));
    }
}
