#include "compiler/prepare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/emit_outage.h"
#include "compiler/front.h"
#include "compiler/unpack.h"
#include "dsl/dsl.h"
#include "runtime/deployment.h"

#define OUTAGE_FILE "outage.bin"

/* ---- the deployment ---- */

static int prepare_topology(struct prepared *prepared, const char *path)
{
    char error[TEXT_BYTES_MAX];
    struct topology *topology = &prepared->topology;
    topology_load(topology, path, false);
    topology_print_findings(topology);
    if (topology->exit_code != EXIT_FINE)
        return topology->exit_code;
    if (!compile_topology(&topology->resolved, prepared->scratch, error))
        return front_failed("%s", error);
    prepared->deployment = prepared->scratch;
    prepared->resolved = topology->resolved;
    return EXIT_FINE;
}

/* What the outages speak of. */
static int open_image(struct prepared *prepared, bool given)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(prepared->deployment, error);
    if (deployment == NULL)
        return front_failed("%s", error);
    prepared->image = deployment_image(deployment);
    if (given)
        unpack_image(prepared->image, prepared->arena, &prepared->unpacked, &prepared->resolved);
    return EXIT_FINE;
}

/* ---- the outages ---- */

static void add_outages(struct prepared *prepared, const struct resolved_outages *more)
{
    struct resolved_outages *all = &prepared->compiled;
    for (uint32_t i = 0; i < more->count; i++) {
        all->outages = arena_grow(prepared->arena, all->outages, all->count, sizeof *all->outages);
        all->outages[all->count++] = more->outages[i];
    }
}

static int read_outages(struct prepared *prepared, char **files, int count)
{
    bool readable = true;
    for (int i = 0; i < count; i++) {
        struct model_outages outages = {.count = 0};
        struct resolved_outages resolved = {.count = 0};
        if (!dsl_read_outages(files[i], prepared->arena, &outages, prepared->diag))
            readable = false;
        else if (resolve_outages(prepared->arena, &prepared->resolved, &outages, &resolved,
                                 prepared->diag))
            add_outages(prepared, &resolved);
    }
    diag_print(prepared->diag, stderr, dsl_locate);
    if (!readable)
        return EXIT_SYSTEM;
    return diag_error_count(prepared->diag) > 0 ? EXIT_MATTER : EXIT_FINE;
}

static int write_outages(struct prepared *prepared)
{
    char error[TEXT_BYTES_MAX];
    const int memory = memfd_create(OUTAGE_FILE, 0);
    FILE *out = memory < 0 ? NULL : fdopen(dup(memory), "w");
    if (out == NULL)
        return front_failed("there is no memory for the outages: %s", strerror(errno));
    prepared->outages = arena_format(prepared->arena, "/proc/self/fd/%d", memory);
    emit_outages(out, prepared->arena, &prepared->compiled, prepared->image);
    return staging_close(out, OUTAGE_FILE, error) ? EXIT_FINE : front_failed("%s", error);
}

int prepare_begin(struct prepared *prepared, const char *subject, char **outage_files,
                  int outage_file_count)
{
    *prepared = (struct prepared){.deployment = subject, .arena = arena_new()};
    prepared->diag = diag_new(prepared->arena);
    const bool given = front_is_deployment(subject);
    char error[TEXT_BYTES_MAX];
    int exit_code = EXIT_FINE;
    if (!given && !staging_scratch(prepared->scratch, error))
        exit_code = front_failed("%s", error);
    else if (!given)
        exit_code = prepare_topology(prepared, subject);
    if (exit_code != EXIT_FINE || outage_file_count == 0)
        return exit_code;
    exit_code = open_image(prepared, given);
    if (exit_code == EXIT_FINE)
        exit_code = read_outages(prepared, outage_files, outage_file_count);
    return exit_code == EXIT_FINE ? write_outages(prepared) : exit_code;
}

void prepare_end(struct prepared *prepared)
{
    if (prepared->scratch[0] != '\0')
        staging_remove_tree(prepared->scratch);
    if (prepared->topology.arena != NULL)
        topology_free(&prepared->topology);
    arena_free(prepared->arena);
}
