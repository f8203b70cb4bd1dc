#include "tests/camera/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* X(LETTER, "option", has argument, "its name", "help") */
#define OPTIONS(X)                                                                                 \
    X('P', "port", required_argument, "P", "port to listen on; 0: any free one, it is printed")    \
    X('A', "address", required_argument, "IP", "address to listen on (default: 127.0.0.1)")        \
    X('c', "clip", required_argument, "FILE", "the clip, H.264 (made by the program clip)")        \
    X('n', "name", required_argument, "NAME", "the camera's name (default: camera)")               \
    X('a', "path", required_argument, "PATH", "the path of its URL (default: /stream1)")           \
    X('u', "user", required_argument, "USER", "let in only this user (Digest or Basic) ...")       \
    X('p', "password", required_argument, "WORD", "... who knows this password")                   \
    X('m', "max-sessions", required_argument, "N", "refuse more viewers than this (0: no limit)")  \
    X('j', "jitter", required_argument, "MS", "let frames wait up to MS, and come in bursts")      \
    X('s', "seed", required_argument, "N", "of the jitter's random numbers (default: 1)")          \
    X('v', "verbose", no_argument, "", "a line on stderr for each viewer that comes or leaves")    \
    X('w', "with-parent", no_argument, "", "end when the process that started it ends")            \
    X('h', "help", no_argument, "", "this text")

void options_usage(FILE *to)
{
    fputs("usage: camera --port P --clip FILE [option ...]\n", to);
#define X(letter, name, argument, word, help) fprintf(to, "  --%-12s %-4s  %s\n", name, word, help);
    OPTIONS(X)
#undef X
    fputs("SIGUSR1: stop sending, or go on. SIGUSR2: break off all connections. SIGTERM: end.\n",
          to);
}

static bool number(const char *text, unsigned limit, unsigned *value)
{
    char *end = NULL;
    errno = 0;
    unsigned long parsed = strtoul(text, &end, 10);
    *value = (unsigned)parsed;
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && parsed <= limit;
}

/* Names and paths go into RTSP texts: letters that mean something there have no place in them. */
static bool plain(const char *text)
{
    return *text != '\0' && strlen(text) <= 128 &&
           text[strspn(
               text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")] == '\0';
}

static bool take_option(struct options *options, int letter)
{
    unsigned port = 0;
    switch (letter) {
    case 'P':
        if (!number(optarg, UINT16_MAX, &port))
            return false;
        options->port = (uint16_t)port;
        return true;
    case 'A':
        options->address = optarg;
        return inet_pton(AF_INET, optarg, &(struct in_addr){0}) == 1;
    case 'c':
        options->clip = optarg;
        return true;
    case 'n':
        options->name = optarg;
        return plain(optarg);
    case 'a':
        options->path = optarg;
        return plain(optarg) && optarg[0] == '/';
    case 'u':
        options->user = optarg;
        return true;
    case 'p':
        options->password = optarg;
        return true;
    case 'm':
        return number(optarg, OPTIONS_SESSIONS_MAX, &options->max_sessions);
    case 'j':
        return number(optarg, 60000, &options->jitter_ms);
    case 's':
        return number(optarg, UINT32_MAX, &options->seed);
    case 'v':
        options->verbose = true;
        return true;
    case 'w':
        options->with_parent = true;
        return true;
    default:
        return false;
    }
}

enum options_verdict options_read(struct options *options, int argc, char **argv)
{
    static const struct option table[] = {
#define X(letter, name, argument, word, help) {name, argument, NULL, letter},
        OPTIONS(X)
#undef X
            {0}};
    *options =
        (struct options){.address = "127.0.0.1", .name = "camera", .path = "/stream1", .seed = 1};
    bool has_port = false;
    for (int letter; (letter = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (letter == 'h')
            return OPTIONS_HELP;
        has_port |= letter == 'P';
        if (!take_option(options, letter))
            return OPTIONS_WRONG;
    }
    bool whole =
        has_port && options->clip && optind == argc && !options->user == !options->password;
    return whole ? OPTIONS_GOOD : OPTIONS_WRONG;
}
