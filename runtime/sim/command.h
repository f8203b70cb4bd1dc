/* What the verbs of understudy-sim share: exit codes, a failure told, a file closed. */
#ifndef RUNTIME_SIM_COMMAND_H
#define RUNTIME_SIM_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

enum { EXIT_FINE, EXIT_MATTER, EXIT_USAGE, EXIT_SYSTEM };

/* Tells what has failed. Returns EXIT_SYSTEM. */
int command_failed(const char *error);

/* Closes a file, unless it is the standard output. True: whatever was written has reached it. */
bool command_close(FILE *file);

/* The graver of two exit codes. */
int command_worse(int a, int b);

#endif
