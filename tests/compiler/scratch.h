/* A private folder of a test, and files in it. */
#ifndef TESTS_COMPILER_SCRATCH_H
#define TESTS_COMPILER_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH_PATH_BYTES 512

static char scratch[64];

static inline int scratch_remove_one(const char *path, const struct stat *status, int kind,
                                     struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static inline int scratch_make(void **context)
{
    (void)context;
    strcpy(scratch, "/tmp/understudy-test-XXXXXX");
    return mkdtemp(scratch) == NULL;
}

static inline int scratch_remove(void **context)
{
    (void)context;
    return nftw(scratch, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in it, until four more were asked for. */
static inline const char *scratch_path(const char *name)
{
    static char paths[4][SCRATCH_PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, SCRATCH_PATH_BYTES, "%s/%s", scratch, name);
    return path;
}

/* The content of a file, with a NUL behind it; the caller frees it. NULL if it is not there. */
static inline char *scratch_read(const char *name, size_t *size)
{
    *size = 0;
    FILE *file = fopen(scratch_path(name), "r");
    if (file == NULL)
        return NULL;
    char *content = malloc((1 << 20) + 1);
    *size = fread(content, 1, 1 << 20, file);
    content[*size] = '\0';
    fclose(file);
    return content;
}

static inline void scratch_write(const char *name, const void *content, size_t size)
{
    FILE *file = fopen(scratch_path(name), "w");
    fwrite(content, 1, size, file);
    fclose(file);
}

#endif
