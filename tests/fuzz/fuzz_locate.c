/* The field locator: any bytes as a source, and every kind of question about it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/arena.h"
#include "dsl/dsl.h"
#include "dsl/locate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const char *path, int line)
{
    static const struct {
        const char *name;
        const char *field;
        const char *value;
    } questions[] = {
        {"alpha", NULL, NULL},         {"alpha", "address", NULL},
        {"alpha", "archive", "vault"}, {"", "misses", "4"},
        {"alpha", "archive", "x"},     {"alpha", "capacity.network", NULL},
        {"alpha", NULL, "alpha"},      {"alpha", "a.b.c.d", "\""},
        {NULL, "address", NULL},       {"alpha", "capacity.", "200"},
    };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        struct diag_at at = {.place = {.file = path, .line = line},
                             .name = questions[i].name,
                             .field = questions[i].field,
                             .value = questions[i].value};
        int found_line = 0;
        int column = 0;
        if (at.name != NULL && dsl_locate(path, &at, &found_line, &column))
            assert(found_line >= line && column > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    assert(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    struct source source = {.name = path, .text = text, .bytes = size};
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    locate_duplicates(&source, diag);
    for (int line = 0; line < 6; line++) {
        locate_token(&source, line, "alpha");
        locate_token(&source, line, "{");
        ask(path, line);
    }
    arena_free(arena);
    free(text);
    close(file);
    return 0;
}
