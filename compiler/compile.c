#include "compiler/compile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/embedded.h"
#include "compiler/emit.h"
#include "compiler/proof.h"
#include "compiler/report.h"
#include "compiler/staging.h"
#include "compiler/toolchain.h"
#include "runtime/deployment.h"

#define GEN           "gen"
#define SHARED_OBJECT "deployment.so"
#define REPORT        "report.txt"
#define MANIFEST      "MANIFEST"
#define XML_BYTES_MAX (16u << 20) /* Ragel's XML of a sound chart has some 10 KB */
#define ORIGINS_MAX   8           /* lines of a topology that a chart's banner names */

struct build {
    const struct resolved *resolved;
    struct arena *arena;
    struct staging staging;
    struct plan plan;
    const struct image *image;
    const char **names; /* of the files for gen/ */
    size_t name_count;
    unsigned proved_cells;
    char *error; /* TEXT_BYTES_MAX bytes */
};

static const char *remember(struct build *build, const char *name)
{
    build->names = arena_grow(build->arena, build->names, build->name_count, sizeof *build->names);
    build->names[build->name_count++] = name;
    return name;
}

/* ---- one machine ---- */

/* The declarations that a shape is for, the first few by name. */
static struct emit_origin origin_of(struct build *build, uint32_t shape)
{
    const struct resolved *resolved = build->resolved;
    const char **lines = arena_alloc(build->arena, ORIGINS_MAX * sizeof *lines);
    const char *source = emit_source_name(resolved);
    struct emit_origin origin = {.lines = lines};
    size_t found = 0;
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        if (build->plan.failover_machines[i] == shape && found++ < ORIGINS_MAX)
            lines[origin.line_count++] = arena_format(
                build->arena, "%s:%d: failover \"%s\"", source,
                resolved->failovers[i].model->place.line, resolved->failovers[i].model->name);
    for (uint32_t i = 0; i < resolved->server_count; i++)
        if (build->plan.server_machines[i] == shape && found++ < ORIGINS_MAX)
            lines[origin.line_count++] = arena_format(build->arena, "%s:%d: server \"%s\"", source,
                                                      resolved->servers[i].model->place.line,
                                                      resolved->servers[i].model->name);
    if (build->plan.camera_machine == shape)
        lines[origin.line_count++] = "every camera of every server that may record it";
    origin.more = found > ORIGINS_MAX ? found - ORIGINS_MAX : 0;
    return origin;
}

static char *read_file(struct build *build, const char *name, size_t *size)
{
    char *path = arena_format(build->arena, "%s/%s", build->staging.path, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *content = malloc(XML_BYTES_MAX);
    if (content != NULL)
        *size = fread(content, 1, XML_BYTES_MAX, file);
    fclose(file);
    return content;
}

/* Has Ragel read the chart, and holds what it understood against the specification. */
static bool prove(struct build *build, uint32_t index, const char *name, struct proof *proof)
{
    char cause[TEXT_BYTES_MAX] = "";
    if (!toolchain_ragel_xml(build->staging.path, name, build->error))
        return false;
    size_t size = 0;
    char *xml = read_file(build, arena_format(build->arena, "machine_%s.xml", name), &size);
    if (xml == NULL) {
        snprintf(build->error, TEXT_BYTES_MAX, "what ragel wrote cannot be read");
        return false;
    }
    bool proved = proof_check(&build->plan.shapes[index], xml, size, proof, cause);
    free(xml);
    build->proved_cells += proof->cells;
    if (!proved)
        snprintf(
            build->error, TEXT_BYTES_MAX,
            "the machine %s is not what the specification says, so nothing was written: %.300s",
            name, cause);
    return proved;
}

static bool write_chart(struct build *build, uint32_t index, const char *name)
{
    FILE *out = staging_create(&build->staging, name, build->error);
    if (out == NULL)
        return false;
    struct emit_origin origin = origin_of(build, index);
    emit_chart(out, &build->plan.shapes[index], &origin);
    return staging_close(out, name, build->error);
}

static bool write_host(struct build *build, uint32_t index, const char *name)
{
    FILE *out = staging_create(&build->staging, name, build->error);
    if (out == NULL)
        return false;
    emit_host(out, &build->plan.shapes[index]);
    return staging_close(out, name, build->error);
}

static bool write_cells(struct build *build, uint32_t index, const char *name,
                        const struct proof *proof)
{
    FILE *out = staging_create(&build->staging, name, build->error);
    if (out == NULL)
        return false;
    emit_cells(out, &build->plan.shapes[index], proof->ragel_state);
    return staging_close(out, name, build->error);
}

static const char *file_of(struct build *build, const char *format_before, const char *name,
                           const char *after)
{
    return remember(build, arena_format(build->arena, "%s%s%s", format_before, name, after));
}

static bool make_machine(struct build *build, uint32_t index)
{
    char name[SPEC_NAME_BYTES];
    struct proof proof;
    spec_shape_name(&build->plan.shapes[index], name);
    const char *chart = file_of(build, "chart_", name, ".rl");
    const char *host = file_of(build, "machine_", name, ".rl");
    file_of(build, "machine_", name, ".c");
    const char *cells = file_of(build, "cells_", name, ".c");
    return write_chart(build, index, chart) && write_host(build, index, host) &&
           prove(build, index, name, &proof) &&
           toolchain_ragel_c(build->staging.path, name, build->error) &&
           write_cells(build, index, cells, &proof);
}

/* ---- the rest of gen/ ---- */

static void write_machine_h(FILE *out, struct build *build)
{
    (void)build;
    fputs(embedded_machine_h, out);
}

static void write_image(FILE *out, struct build *build)
{
    fwrite(build->image, 1, build->image->size, out);
}

static void write_image_text(FILE *out, struct build *build)
{
    emit_image_text(out, build->image);
}

static void write_deployment(FILE *out, struct build *build)
{
    emit_deployment(out, build->plan.shapes, build->plan.shape_count, build->image->size);
}

static void write_linker_script(FILE *out, struct build *build)
{
    (void)build;
    emit_linker_script(out);
}

static void write_manifest(FILE *out, struct build *build)
{
    for (size_t i = 0; i < build->name_count; i++)
        fprintf(out, "%s\n", build->names[i]);
}

static void write_report(FILE *out, struct build *build)
{
    struct report_proof proof = {.cells = build->proved_cells, .machines = build->plan.shape_count};
    report_write(out, build->resolved, &build->plan, build->image, &proof);
}

static bool write_file(struct build *build, const char *name,
                       void (*write)(FILE *out, struct build *build))
{
    FILE *out = staging_create(&build->staging, name, build->error);
    if (out == NULL)
        return false;
    write(out, build);
    return staging_close(out, name, build->error);
}

static bool make_sources(struct build *build)
{
    static const struct {
        const char *name;
        void (*write)(FILE *out, struct build *build);
    } files[] = {
        {"machine.h", write_machine_h},     {"image.bin", write_image},
        {"image.txt", write_image_text},    {"image.ld", write_linker_script},
        {"deployment.c", write_deployment},
    };
    for (uint32_t i = 0; i < build->plan.shape_count; i++)
        if (!make_machine(build, i))
            return false;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!write_file(build, remember(build, files[i].name), files[i].write))
            return false;
    return write_file(build, remember(build, MANIFEST), write_manifest) &&
           write_file(build, REPORT, write_report);
}

/* ---- the shared object ---- */

static bool is_c_source(const char *name)
{
    size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".c") == 0;
}

static bool make_shared_object(struct build *build)
{
    const char **sources = arena_alloc(build->arena, build->name_count * sizeof *sources);
    size_t count = 0;
    for (size_t i = 0; i < build->name_count; i++)
        if (is_c_source(build->names[i]))
            sources[count++] = build->names[i];
    return toolchain_cc(build->staging.path, sources, count, SHARED_OBJECT, build->error);
}

/* Opens what was made as a node would, which drives every cell of every machine. */
static bool try_shared_object(struct build *build)
{
    char cause[TEXT_BYTES_MAX];
    const char *path = arena_format(build->arena, "%s/" SHARED_OBJECT, build->staging.path);
    const struct deployment *deployment = deployment_open(path, cause);
    if (deployment != NULL && deployment->image_size == build->image->size &&
        memcmp(deployment->image, build->image, build->image->size) == 0)
        return true;
    snprintf(build->error, TEXT_BYTES_MAX,
             "what was compiled does not work, so nothing was written: %.400s",
             deployment == NULL ? cause : "its image has changed on the way");
    return false;
}

static bool publish(struct build *build)
{
    staging_remove_stale(&build->staging, GEN, build->names, build->name_count);
    for (size_t i = 0; i < build->name_count; i++)
        if (!staging_publish(&build->staging, GEN, build->names[i], build->error))
            return false;
    return staging_publish(&build->staging, NULL, REPORT, build->error) &&
           staging_publish(&build->staging, NULL, SHARED_OBJECT, build->error);
}

bool compile_topology(const struct resolved *resolved, const char *directory,
                      char error[static TEXT_BYTES_MAX])
{
    assert(resolved->server_count > 0);
    struct build build = {.resolved = resolved, .arena = resolved->model->arena, .error = error};
    if (!staging_begin(&build.staging, directory, error))
        return false;
    plan_topology(resolved, &build.plan);
    build.image = emit_image(resolved, &build.plan);
    bool made = make_sources(&build) && make_shared_object(&build) && try_shared_object(&build) &&
                publish(&build);
    staging_end(&build.staging);
    return made;
}
