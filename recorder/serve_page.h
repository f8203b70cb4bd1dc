/* The files of the page, carried inside the program. */
#ifndef RECORDER_SERVE_PAGE_H
#define RECORDER_SERVE_PAGE_H

#include "recorder/http.h"

/* False: there is no such file. */
bool serve_page(const char *path, struct http_answer *answer);

#endif
