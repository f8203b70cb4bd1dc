#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/http.h"
#include "runtime/node/node.h"
#include "runtime/node/options.h"
#include "runtime/node/program.h"

#define PATH_BYTES      PROGRAM_PATH_BYTES
#define JOURNAL_MIB     256 /* months of a quiet site */
#define JOURNAL_MIB_MIN 16
#define JOURNAL_MIB_MAX 65536

static int fail(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return EXIT_SYSTEM;
}

bool options_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number >= min &&
           *number <= max;
}

static bool page_is_sound(const struct options *options)
{
    struct http_address address;
    if (options->page == NULL && (options->page_token != NULL || options->page_orders != NULL))
        fprintf(stderr, "understudy node: there is no page without --page ADDRESS:PORT\n");
    else if (options->page != NULL && !http_parse(options->page, &address))
        fprintf(stderr,
                "understudy node: --page takes an address and a port, such as 127.0.0.1:7480 or "
                "[::1]:7480, not \"%.60s\"\n",
                options->page);
    else
        return true;
    return false;
}

int node_command(const struct options *options)
{
    char recorder[PATH_BYTES];
    char keys[PATH_BYTES];
    if (options->recorder == NULL && !program_beside(recorder, "understudy-recorder"))
        return fail("the recorder program cannot be found: name it with --recorder");
    uint64_t journal_mib = JOURNAL_MIB;
    if (options->journal_size != NULL &&
        !options_number(options->journal_size, JOURNAL_MIB_MIN, JOURNAL_MIB_MAX, &journal_mib)) {
        fprintf(stderr, "understudy node: --journal-size takes MiB, from %d to %d\n",
                JOURNAL_MIB_MIN, JOURNAL_MIB_MAX);
        return EXIT_COMMAND_LINE;
    }
    if (!page_is_sound(options))
        return EXIT_COMMAND_LINE;
    if (snprintf(keys, sizeof keys, "%s/keys", options->state) >= (int)sizeof keys)
        return fail("the path of the state folder is too long");
    const struct node_setup setup = {
        .deployment = options->words[0],
        .server = options->server,
        .state = options->state,
        .syslog = options->syslog != NULL ? LOG_SYSLOG : NULL,
        .keeps_deployment = options->keep_deployment != NULL,
        .journal_bytes = journal_mib << 20,
        .page = {.address = options->page,
                 .token_file = options->page_token,
                 .orders = options->page_orders != NULL},
        .keys = options->keys != NULL ? options->keys : keys,
        .recorder = {.path = options->recorder != NULL ? options->recorder : recorder,
                     .secrets = options->secrets,
                     .clips = options->clips}};
    return node_run(&setup);
}
