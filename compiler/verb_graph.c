/* understudy graph: the flowchart of a topology, or the state chart of one failover, as SVG. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "compiler/arena.h"
#include "compiler/front.h"
#include "compiler/graph.h"
#include "compiler/staging.h"
#include "compiler/toolchain.h"
#include "compiler/topology.h"

struct request {
    const char *path;
    const char *output;   /* NULL: stdout */
    const char *failover; /* NULL: the flowchart */
};

static int write_dot(const struct request *request, const struct resolved *resolved,
                     const struct staging *staging)
{
    char error[TEXT_BYTES_MAX];
    uint32_t failover = IMAGE_NONE;
    if (request->failover != NULL) {
        failover = graph_find_failover(resolved, request->failover);
        if (failover == IMAGE_NONE) {
            struct diag_nearest nearest = {.wanted = request->failover};
            for (uint32_t i = 0; i < resolved->failover_count; i++)
                diag_offer(&nearest, resolved->failovers[i].model->name);
            return front_misused("graph", "%s has no failover \"%s\"%s%s%s", request->path,
                                 request->failover, nearest.best != NULL ? "; did you mean \"" : "",
                                 nearest.best != NULL ? nearest.best : "",
                                 nearest.best != NULL ? "\"?" : "");
        }
    }
    FILE *out = staging_create(staging, TOOLCHAIN_DOT_SOURCE, error);
    if (out == NULL)
        return front_failed("%s", error);
    if (request->failover != NULL)
        graph_machine(out, resolved, failover);
    else
        graph_site(out, resolved);
    return staging_close(out, TOOLCHAIN_DOT_SOURCE, error) ? EXIT_FINE : front_failed("%s", error);
}

static int copy_to_stdout(const char *path)
{
    char block[1 << 16];
    FILE *from = fopen(path, "re");
    if (from == NULL)
        return front_failed("the picture cannot be read: %s", strerror(errno));
    for (size_t got; (got = fread(block, 1, sizeof block, from)) > 0;)
        fwrite(block, 1, got, stdout);
    bool whole = ferror(from) == 0;
    fclose(from);
    return whole ? EXIT_FINE : front_failed("the picture cannot be read");
}

/* The private folder lies beside the file that is asked for, so that the picture gets there by a
 * rename. */
static bool folder_of(const struct request *request, char folder[static STAGING_PATH_BYTES])
{
    const char *temporary = getenv("TMPDIR");
    const char *path = request->output;
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    int length;
    if (path == NULL)
        length = snprintf(folder, STAGING_PATH_BYTES, "%s",
                          temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    else if (slash == NULL)
        length = snprintf(folder, STAGING_PATH_BYTES, ".");
    else
        length = snprintf(folder, STAGING_PATH_BYTES, "%.*s",
                          slash == path ? 1 : (int)(slash - path), path);
    return length < STAGING_PATH_BYTES;
}

static int publish(const struct request *request, const struct staging *staging)
{
    char picture[STAGING_PATH_BYTES + STAGING_NAME_BYTES];
    snprintf(picture, sizeof picture, "%s/" TOOLCHAIN_DOT_PICTURE, staging->path);
    if (request->output == NULL)
        return copy_to_stdout(picture);
    if (rename(picture, request->output) != 0)
        return front_failed("%s cannot be written: %s", request->output, strerror(errno));
    return EXIT_FINE;
}

static int draw(const struct request *request, const struct resolved *resolved)
{
    char folder[STAGING_PATH_BYTES];
    char error[TEXT_BYTES_MAX];
    struct staging staging;
    if (!folder_of(request, folder))
        return front_failed("%.100s... is too long for a path", request->output);
    if (!staging_begin(&staging, folder, error))
        return front_failed("%s", error);
    int exit_code = write_dot(request, resolved, &staging);
    if (exit_code == EXIT_FINE)
        exit_code = toolchain_dot(staging.path, error) ? publish(request, &staging)
                                                       : front_failed("%s", error);
    staging_end(&staging);
    return exit_code;
}

/* A name without an ending promises nothing. */
static bool is_svg_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *ending = strrchr(slash == NULL ? path : slash + 1, '.');
    return ending == NULL || strcasecmp(ending, ".svg") == 0;
}

int verb_graph(int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"machine", required_argument, NULL, 'm'},
                                            {NULL, 0, NULL, 0}};
    struct request request = {.path = NULL};
    for (int option; (option = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("graph", "that is no option of this verb");
        if (option == 'o')
            request.output = optarg;
        else
            request.failover = optarg;
    }
    if (request.output != NULL && !is_svg_name(request.output))
        return front_misused("graph",
                             "a graph is written as SVG, which every browser shows: %.200s needs a "
                             "name that ends in .svg",
                             request.output);
    if (argc - optind != 1)
        return front_misused("graph", "one topology is needed, %d were given", argc - optind);
    request.path = argv[optind];
    struct topology topology;
    topology_load(&topology, request.path, false);
    topology_print_findings(&topology);
    int exit_code = topology.exit_code;
    if (exit_code == EXIT_FINE)
        exit_code = draw(&request, &topology.resolved);
    else
        fprintf(stderr, "understudy: %s is not sound, so it was not drawn\n", request.path);
    topology_free(&topology);
    return exit_code;
}
