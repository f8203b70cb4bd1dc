/* Answers what asks for the volumes in a process of its own for each question: a volume that hangs
 * keeps neither the others' footage nor the page from whoever looks at it. */
#ifndef RECORDER_SERVE_READER_H
#define RECORDER_SERVE_READER_H

#include "recorder/serve.h"

struct serve_reader;

/* `serve` stays the caller's. NULL: memory is out. */
struct serve_reader *serve_reader_new(const struct serve *serve);
void serve_reader_free(struct serve_reader *reader);

/* An http_handler; its owner is a struct serve_reader. */
void serve_reader_answer(void *owner, const struct http_request *request,
                         struct http_answer *answer);

#endif
