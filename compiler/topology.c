#include "compiler/topology.h"

#include "compiler/arena.h"
#include "compiler/check.h"
#include "compiler/front.h"
#include "dsl/dsl.h"

void topology_load(struct topology *topology, const char *path, bool strict)
{
    struct arena *arena = arena_new();
    *topology = (struct topology){.arena = arena, .diag = diag_new(arena)};
    topology->model.arena = arena;
    topology->model.source = arena_text(arena, path);
    if (!dsl_read_topology(path, &topology->model, topology->diag)) {
        topology->exit_code = EXIT_SYSTEM;
        return;
    }
    if (!topology->model.partial) {
        resolve_topology(&topology->model, &topology->resolved, topology->diag);
        check_topology(&topology->resolved, topology->diag);
        topology->linked = true;
    }
    bool wrong = topology->model.partial || diag_error_count(topology->diag) > 0 ||
                 (strict && diag_warning_count(topology->diag) > 0);
    topology->exit_code = wrong ? EXIT_MATTER : EXIT_FINE;
}

void topology_print_findings(struct topology *topology)
{
    diag_print(topology->diag, stderr, dsl_locate);
}

void topology_free(struct topology *topology)
{
    arena_free(topology->arena);
}
