/* Outage files, read and linked to a pair of servers. What is found sound can be written. */
#include "tests/fuzz/in_process.h"

#include "compiler/emit.h"
#include "compiler/emit_outage.h"
#include "dsl/dsl.h"
#include "tests/compiler/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pair pair;
    struct plan plan;
    struct model_outages outages = {.count = 0};
    struct resolved_outages resolved = {.count = 0};
    char path[64];
    FILE *nowhere = fopen("/dev/null", "w");
    int file = open_content(data, size, path);
    pair_make(&pair, "site.lua");
    struct diag *diag = diag_new(pair.arena);
    assert(dsl_read_outages(path, pair.arena, &outages, diag));
    bool linked = resolve_outages(pair.arena, &pair.resolved, &outages, &resolved, diag);
    diag_print(diag, nowhere, dsl_locate);
    if (linked && diag_error_count(diag) == 0) {
        plan_topology(&pair.resolved, &plan);
        emit_outages(nowhere, pair.arena, &resolved, emit_image(&pair.resolved, &plan));
    }
    fclose(nowhere);
    close(file);
    pair_free(&pair);
    return 0;
}
