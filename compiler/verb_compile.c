/* understudy compile: a topology becomes a deployment. */
#include <getopt.h>
#include <stdio.h>

#include "compiler/compile.h"
#include "compiler/front.h"
#include "compiler/topology.h"

static int compile_into(const char *path, const char *directory, bool strict)
{
    struct topology topology;
    char error[TEXT_BYTES_MAX] = "";
    topology_load(&topology, path, strict);
    topology_print_findings(&topology);
    int exit_code = topology.exit_code;
    if (exit_code != EXIT_FINE)
        fprintf(stderr, "understudy: %s is not sound, so nothing was compiled\n", path);
    else if (!compile_topology(&topology.resolved, directory, error))
        exit_code = front_failed("%s", error);
    else
        printf("%s: compiled to %s/deployment.so, its sources in %s/gen, the report in "
               "%s/report.txt\n",
               path, directory, directory, directory);
    topology_free(&topology);
    return exit_code;
}

int verb_compile(int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"strict", no_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    const char *directory = NULL;
    bool strict = false;
    for (int option; (option = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("compile", "that is no option of this verb");
        if (option == 'o')
            directory = optarg;
        strict = strict || option == 's';
    }
    if (argc - optind != 1)
        return front_misused("compile", "one topology is needed, %d were given", argc - optind);
    if (directory == NULL)
        return front_misused("compile", "-o DIR is needed: the folder for the deployment");
    return compile_into(argv[optind], directory, strict);
}
