/* The front: what the verbs of `understudy` share. */
#ifndef COMPILER_FRONT_H
#define COMPILER_FRONT_H

#include <stdbool.h>

/* Exit codes of every program of Understudy. */
enum {
    EXIT_FINE = 0,
    EXIT_MATTER = 1, /* something is wrong in the user's matter: a topology, an expectation */
    EXIT_USAGE = 2,  /* the command line is wrong */
    EXIT_SYSTEM = 3, /* a file, a tool or a socket failed */
};

/* One verb. argv[0] is "understudy VERB", as getopt wants it for its messages; returns an exit
 * code. */
typedef int front_verb(int argc, char **argv);

front_verb verb_check;
front_verb verb_compile;
front_verb verb_words;
front_verb verb_explain;
front_verb verb_simulate;
front_verb verb_explore;
front_verb verb_forecast;
front_verb verb_archive;
front_verb verb_print;
front_verb verb_graph;
front_verb verb_plan;
front_verb verb_doctor;

/* Says on stderr what is wrong with the command line, and how help is found. Returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int front_misused(const char *verb, const char *format, ...);

/* Says on stderr what failed. Returns EXIT_SYSTEM. */
__attribute__((format(printf, 1, 2))) int front_failed(const char *format, ...);

/* Whether a path names a deployment: a .so, or a folder with a deployment.so in it. */
bool front_is_deployment(const char *path);

#endif
