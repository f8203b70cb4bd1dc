/* The archive as a page: what each address of it answers. Read-only. Names in a question are only
 * compared with those that lie on the volumes; no path is ever made of them. */
#ifndef RECORDER_SERVE_H
#define RECORDER_SERVE_H

#include <jansson.h>

#include "recorder/archive.h"
#include "recorder/http.h"

struct serve {
    char *const *volumes;
    int volume_count;
    const char *player_path; /* of hls.js, made by the build; it may be missing */
};

/* An http_handler; its owner is a struct serve. It reads the volumes. */
void serve_answer(void *owner, const struct http_request *request, struct http_answer *answer);

/* Answers with this value, which is taken over; NULL: memory is out. */
void serve_json(struct http_answer *answer, json_t *root);

/* What a question asks for. Any text may come. */
struct serve_question {
    const char *main_name, *camera_name;
    int64_t from_ms, to_ms;
};
/* "2026-11-23": its day; "2026-11": its month, in UTC. False: neither. */
bool serve_parse_day(const char *text, int64_t *from_ms, int64_t *to_ms);
/* Milliseconds since 1970. False: no number within the years that a segment may name. */
bool serve_parse_ms(const char *text, int64_t *ms);

#endif
