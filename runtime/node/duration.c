#include "runtime/node/duration.h"

#include <stddef.h>
#include <string.h>

#include "runtime/limits.h"

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", DAYS_MS(1)}};

/* One number with its unit; returns what comes behind it, or NULL. */
static const char *read_part(const char *text, int64_t *ms)
{
    int64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9)
        return NULL;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    text += digits;
    text += strspn(text, " ");
    const size_t letters = strcspn(text, " 0123456789");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (letters == strlen(units[i].name) && strncmp(text, units[i].name, letters) == 0) {
            *ms = number * units[i].ms;
            return text + letters;
        }
    return NULL;
}

bool duration_read(const char *text, int64_t *duration_ms)
{
    *duration_ms = 0;
    text += strspn(text, " ");
    while (text != NULL && *text != '\0') {
        int64_t ms;
        text = read_part(text, &ms);
        if (text == NULL || ms > GRACE_MS_MAX - *duration_ms)
            return false;
        *duration_ms += ms;
        text += strspn(text, " ");
    }
    return *duration_ms > 0;
}
