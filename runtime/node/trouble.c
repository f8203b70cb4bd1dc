#include "runtime/node/trouble.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/limits.h"

#define KEPT_MAX   50  /* of a level */
#define LINE_BYTES 512 /* of all of them in one line */

void trouble_begin(struct troubles *troubles)
{
    *troubles = (struct troubles){.lists = {json_array(), json_array()}};
}

static const char *name_of(enum trouble_level level)
{
    return level == TROUBLE_ALARM ? "alarm" : "attention";
}

void trouble_add(struct troubles *troubles, enum trouble_level level, const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    va_list arguments;
    if (++troubles->counts[level] > KEPT_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(troubles->lists[level],
                          json_pack("{s:s, s:s}", "level", name_of(level), "text", text));
}

/* Sentences are put into the line whole, or not at all. */
static bool put(char line[static LINE_BYTES], const char *text)
{
    const size_t used = strlen(line);
    const char *comma = used > 0 ? "; " : "";
    if (used + strlen(comma) + strlen(text) + sizeof "; and 4294967295 more" > LINE_BYTES)
        return false;
    snprintf(line + used, LINE_BYTES - used, "%s%s", comma, text);
    return true;
}

static void put_all(const json_t *list, size_t count, char line[static LINE_BYTES])
{
    size_t shown = 0;
    while (shown < json_array_size(list) &&
           put(line, json_string_value(json_object_get(json_array_get(list, shown), "text"))))
        shown++;
    if (shown == count)
        return;
    const size_t used = strlen(line);
    snprintf(line + used, LINE_BYTES - used, "%s%zu more", used > 0 ? "; and " : "", count - shown);
}

json_t *trouble_verdict(struct troubles *troubles)
{
    char line[LINE_BYTES] = "";
    const size_t *counts = troubles->counts;
    json_t *all = troubles->lists[TROUBLE_ALARM];
    put_all(all, counts[TROUBLE_ALARM], line);
    put_all(troubles->lists[TROUBLE_NOTICE], counts[TROUBLE_NOTICE], line);
    json_array_extend(all, troubles->lists[TROUBLE_NOTICE]);
    json_decref(troubles->lists[TROUBLE_NOTICE]);
    const bool well = counts[TROUBLE_ALARM] == 0 && counts[TROUBLE_NOTICE] == 0;
    return json_pack("{s:b, s:s, s:s, s:o}", "ok", well, "level",
                     well                        ? "well"
                     : counts[TROUBLE_ALARM] > 0 ? "alarm"
                                                 : "attention",
                     "text", well ? "all is well" : line, "troubles", all);
}
