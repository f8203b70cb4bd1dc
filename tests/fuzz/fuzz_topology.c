/* Topologies: the host, the fields, resolve, check and the messages; what is found sound must have
 * a sound image, and must be the same when it is printed and read again. */
#include "tests/fuzz/in_process.h"

#include <jansson.h>

#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/print.h"
#include "dsl/dsl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    struct arena *arena;
    struct diag *diag;
    struct model model;
    struct resolved resolved;
    bool sound;
};

static void read_topology(struct reading *reading, const void *data, size_t size)
{
    char path[64];
    FILE *nowhere = fopen("/dev/null", "w");
    int file = open_content(data, size, path);
    *reading = (struct reading){.arena = arena_new()};
    reading->diag = diag_new(reading->arena);
    reading->model.arena = reading->arena;
    assert(dsl_read_topology(path, &reading->model, reading->diag));
    if (!reading->model.partial) {
        resolve_topology(&reading->model, &reading->resolved, reading->diag);
        check_topology(&reading->resolved, reading->diag);
        reading->sound = diag_error_count(reading->diag) == 0;
    }
    diag_print(reading->diag, nowhere, dsl_locate);
    json_decref(diag_json(reading->diag, true, dsl_locate));
    fclose(nowhere);
    close(file);
}

static const struct image *image_of(struct reading *reading)
{
    char error[TEXT_BYTES_MAX];
    struct plan plan;
    plan_topology(&reading->resolved, &plan);
    const struct image *image = emit_image(&reading->resolved, &plan);
    assert(image_check(image, image->size, error) == image);
    return image;
}

static void print_and_read_again(struct reading *reading)
{
    struct reading again;
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    print_topology(out, &reading->model);
    fclose(out);
    read_topology(&again, text, bytes);
    assert(again.sound);
    const struct image *first = image_of(reading);
    const struct image *second = image_of(&again);
    assert(first->size == second->size && memcmp(first, second, first->size) == 0);
    arena_free(again.arena);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading reading;
    read_topology(&reading, data, size);
    if (reading.sound)
        print_and_read_again(&reading);
    arena_free(reading.arena);
    return 0;
}
