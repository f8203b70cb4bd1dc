/* The command line of the test camera. */
#ifndef TESTS_CAMERA_OPTIONS_H
#define TESTS_CAMERA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OPTIONS_SESSIONS_MAX 256

/* The texts are the command line's own. */
struct options {
    uint16_t port; /* 0: any free one */
    const char *address, *clip, *name, *path, *user, *password;
    unsigned max_sessions, jitter_ms, seed;
    bool verbose, with_parent;
};

enum options_verdict { OPTIONS_GOOD, OPTIONS_HELP, OPTIONS_WRONG };

/* Reads the command line. What is not given gets its default. */
enum options_verdict options_read(struct options *options, int argc, char **argv);

void options_usage(FILE *to);

#endif
