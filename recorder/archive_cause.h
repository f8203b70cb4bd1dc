/* Why nobody recorded: the decisions of the servers, from what `understudy journal show --json`
 * printed of each node, beside the gaps. */
#ifndef RECORDER_ARCHIVE_CAUSE_H
#define RECORDER_ARCHIVE_CAUSE_H

#include <stdint.h>

#include <jansson.h>

/* Reads one or several objects, one after the other, from a file ("-": standard input). An array of
 * all decisions in the order of time; NULL with the reason on stderr. */
json_t *archive_cause_load(const char *path);

/* What was decided about a main, or its camera, while a gap came about and lasted: a new array, the
 * first of it first, each with at, server, machine, from, to, rule and why. */
json_t *archive_cause_find(const json_t *decisions, const char *main_name, const char *camera_name,
                           int64_t from_ms, int64_t to_ms);

#endif
