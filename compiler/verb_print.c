/* understudy print: a topology as it was understood. */
#include <getopt.h>
#include <stdio.h>

#include "compiler/front.h"
#include "compiler/print.h"
#include "compiler/topology.h"

int verb_print(int argc, char **argv)
{
    static const struct option options[] = {{NULL, 0, NULL, 0}};
    if (getopt_long(argc, argv, "", options, NULL) != -1)
        return front_misused("print", "that is no option of this verb");
    if (argc - optind != 1)
        return front_misused("print", "one topology is needed, %d were given", argc - optind);
    struct topology topology;
    topology_load(&topology, argv[optind], false);
    topology_print_findings(&topology);
    int exit_code = topology.exit_code;
    if (exit_code == EXIT_FINE)
        print_topology(stdout, &topology.model);
    else
        fprintf(stderr, "understudy: %s is not sound, so it was not printed\n", argv[optind]);
    topology_free(&topology);
    return exit_code;
}
