#include "runtime/sim/report_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"

const char *report_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

int64_t report_number(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

int report_width(int width, const char *text)
{
    const int length = (int)strlen(text);
    return length > width ? length : width;
}

int report_names_width(const json_t *list, const char *key)
{
    int width = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        width = report_width(width, report_text(json_array_get(list, i), key));
    return width;
}

struct report_words report_duration(int64_t duration_ms)
{
    struct report_words duration;
    trace_duration(duration_ms, duration.text, sizeof duration.text);
    return duration;
}

struct report_words report_duration_in(const json_t *object, const char *key)
{
    return report_duration(report_number(object, key));
}

struct report_words report_clock(int64_t at_ms)
{
    struct report_words clock;
    snprintf(clock.text, sizeof clock.text, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64,
             at_ms / 3600000, at_ms / 60000 % 60, at_ms / 1000 % 60, at_ms % 1000);
    return clock;
}
