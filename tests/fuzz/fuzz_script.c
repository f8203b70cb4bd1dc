/* Compiled outage files, as the dry run reads them: the input is laid over a sound one by exclusive
 * or. What is let through can be walked. */
#include "tests/fuzz/in_process.h"

#include "compiler/emit.h"
#include "compiler/emit_outage.h"
#include "dsl/dsl.h"
#include "runtime/sim/script.h"
#include "tests/compiler/pair.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char outage_text[] =
    "outage \"one\" { at \"1 s\" { fail \"alpha\" }, at \"9 s\" { restore \"alpha\" },\n"
    "  at \"10 s\" { cut(\"alpha\", \"omega\"), force_start \"alpha-to-omega\" }, lasts = \"1 "
    "h\",\n"
    "  expect { gap \"lobby\" { at_most = \"4 s\" }, carried \"alpha\" { by = \"omega\" } } }\n"
    "outage \"two\" { lasts = \"1 min\" }\n";

static struct pair pair;
static const struct image *image;
static char *sound;
static size_t sound_size;
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct plan plan;
    struct model_outages outages;
    struct resolved_outages resolved;
    char path[64];
    int file = open_content(outage_text, sizeof outage_text - 1, path);
    pair_make(&pair, "site.lua");
    plan_topology(&pair.resolved, &plan);
    image = emit_image(&pair.resolved, &plan);
    struct diag *diag = diag_new(pair.arena);
    assert(dsl_read_outages(path, pair.arena, &outages, diag) &&
           resolve_outages(pair.arena, &pair.resolved, &outages, &resolved, diag));
    FILE *out = open_memstream(&sound, &sound_size);
    emit_outages(out, pair.arena, &resolved, image);
    fclose(out);
    close(file);
    nowhere = fopen("/dev/null", "w");
    return 0;
}

static void use(const struct script *script)
{
    char text[TEXT_BYTES_MAX];
    for (uint32_t i = 0; i < script->header->outage_count; i++) {
        fputs(script_text(script, script->outages[i].name), nowhere);
        script_judge(script, &script->outages[i], image, nowhere);
    }
    for (uint32_t i = 0; i < script->header->act_count; i++)
        fputs(script_act(image, &script->acts[i], text, sizeof text), nowhere);
    for (uint32_t i = 0; i < script->header->expect_count; i++)
        fputs(script_text(script, script->expects[i].text), nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script;
    char error[TEXT_BYTES_MAX];
    char path[64];
    size_t whole = size > sound_size ? size : sound_size;
    uint8_t *block = calloc(1, whole);
    memcpy(block, sound, sound_size);
    for (size_t i = 0; i < size; i++)
        block[i] ^= data[i];
    int file = open_content(block, whole, path);
    if (script_open(&script, path, image, error)) {
        use(&script);
        script_close(&script);
    }
    close(file);
    free(block);
    return 0;
}
