/* What the text report takes from the JSON of an outage, in words. What is missing there is "" or
 * 0. */
#ifndef RUNTIME_SIM_REPORT_WORDS_H
#define RUNTIME_SIM_REPORT_WORDS_H

#include <jansson.h>
#include <stdint.h>

struct report_words {
    char text[64];
};

const char *report_text(const json_t *object, const char *key);
int64_t report_number(const json_t *object, const char *key);

/* The larger of a width and that of a text, in bytes; the widest text of this name in a list. */
int report_width(int width, const char *text);
int report_names_width(const json_t *list, const char *key);

/* "3 min 1 s" */
struct report_words report_duration(int64_t duration_ms);
struct report_words report_duration_in(const json_t *object, const char *key);
/* "00:00:12.000": the time since the start of the outage. */
struct report_words report_clock(int64_t at_ms);

#endif
