/* The region is one shared anonymous mapping, reserved once and touched as it is used: what a child
 * process writes in it (dsl/child.h) is there for its parent, pointers included.
 */
#include "compiler/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_BYTES_MAX ((size_t)4 << 30)  /* a million cameras take a tenth of it */
#define ARENA_BYTES_MIN ((size_t)64 << 20) /* where the system lets nobody reserve more */

#define ARENA_STEP ((size_t)4 << 20) /* pages are got so many bytes at a time */

struct arena {
    size_t used;
    size_t size;
    size_t ready; /* pages up to here are there */
};

/* Only async-signal-safe calls: a forked child may end here. */
static _Noreturn void arena_out_of_memory(void)
{
    static const char text[] = "understudy: out of memory while reading or compiling a topology\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(3);
}

static size_t arena_aligned(size_t size)
{
    size_t align = _Alignof(max_align_t);
    return (size + align - 1) / align * align;
}

struct arena *arena_new(void)
{
    for (size_t size = ARENA_BYTES_MAX; size >= ARENA_BYTES_MIN; size /= 2) {
        void *region = mmap(NULL, size, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (region != MAP_FAILED) {
            struct arena *arena = region;
            arena->used = arena_aligned(sizeof *arena);
            arena->size = size;
            return arena;
        }
    }
    arena_out_of_memory();
}

void arena_free(struct arena *arena)
{
    if (arena != NULL) {
        munmap(arena, arena->size);
    }
}

size_t arena_used(const struct arena *arena)
{
    assert(arena != NULL);
    return arena->used;
}

size_t arena_left(const struct arena *arena)
{
    assert(arena != NULL);
    return arena->size - arena->used;
}

/* Page by page, a shared mapping costs more than what is written in it. A hint: where the system
 * cannot, pages come as they are touched. */
static void arena_prepare(struct arena *arena)
{
    size_t end = (arena->used + ARENA_STEP - 1) / ARENA_STEP * ARENA_STEP;
    end = end > arena->size ? arena->size : end;
    if (arena->used > ARENA_STEP && end - arena->ready <= 2 * ARENA_STEP) {
        madvise((char *)arena + arena->ready, end - arena->ready, MADV_POPULATE_WRITE);
    }
    arena->ready = end;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(arena != NULL && arena->used <= arena->size);
    if (size > arena->size - arena->used || arena_aligned(size) > arena->size - arena->used) {
        arena_out_of_memory();
    }
    void *memory = (char *)arena + arena->used;
    arena->used += arena_aligned(size);
    if (arena->used > arena->ready) {
        arena_prepare(arena);
    }
    return memory;
}

void arena_reset(struct arena *arena)
{
    size_t start = arena_aligned(sizeof *arena);
    memset((char *)arena + start, 0, arena->used - start);
    arena->used = start;
}

char *arena_text(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* Capacities are powers of two from four on, so that the count alone tells when an array is full.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size)
{
    assert(element_size > 0 && count <= SIZE_MAX / 2 / element_size);
    if (count == 0) {
        return arena_alloc(arena, 4 * element_size);
    }
    bool full = count >= 4 && (count & (count - 1)) == 0;
    if (!full) {
        return array;
    }
    void *larger = arena_alloc(arena, 2 * count * element_size);
    return memcpy(larger, array, count * element_size);
}
