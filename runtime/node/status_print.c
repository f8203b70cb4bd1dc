#include "runtime/node/status_print.h"

#include <stdio.h>
#include <unistd.h>

#include "runtime/node/status_lines.h"

#define DECISIONS 5

/* Colours are for people in front of a terminal. */
static void print_line(void *owner, enum status_line_kind kind, enum status_tone tone,
                       const char *text)
{
    static const char *const colours[] = {[TONE_IDLE] = "",
                                          [TONE_WELL] = "\033[32m",
                                          [TONE_ATTENTION] = "\033[33m",
                                          [TONE_ALARM] = "\033[31m"};
    const bool *in_colour = owner;
    if (!*in_colour)
        printf("%s\n", text);
    else if (kind == STATUS_LINE_PLAIN)
        printf("%s%s\033[0m\n", colours[tone], text);
    else
        printf("\033[1m%s%s\033[0m\n", colours[tone], text);
}

bool status_print(const json_t *status)
{
    bool in_colour = isatty(STDOUT_FILENO);
    return status_lines(status, DECISIONS, print_line, &in_colour);
}
