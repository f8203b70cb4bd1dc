#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"
#include "recorder/serve.h"

#define DAY_MS 86400000LL
/* The end of the year 9999. */
#define MS_MAX 253402300799999LL

static bool is_form(const char *text, const char *form)
{
    size_t i = 0;

    for (; form[i] != '\0'; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return text[i] == '\0';
}

bool serve_parse_day(const char *text, int64_t *from_ms, int64_t *to_ms)
{
    char day[40];
    int year, month;

    if (is_form(text, "0000-00-00")) {
        *to_ms = 0;
        if (!moment_parse(text, from_ms))
            return false;
        *to_ms = *from_ms + DAY_MS;
        return true;
    }
    if (!is_form(text, "0000-00"))
        return false;
    year = atoi(text);
    month = atoi(text + 5);
    snprintf(day, sizeof(day), "%.7s-01", text);
    if (!moment_parse(day, from_ms))
        return false;
    snprintf(day, sizeof(day), "%04d-%02d-01", month == 12 ? year + 1 : year,
             month == 12 ? 1 : month + 1);
    return moment_parse(day, to_ms);
}

bool serve_parse_ms(const char *text, int64_t *ms)
{
    char *end;

    if (text[0] < '0' || text[0] > '9' || strlen(text) > 15)
        return false;
    errno = 0;
    *ms = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && *ms <= MS_MAX;
}
