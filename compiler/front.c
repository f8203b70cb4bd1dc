#include "compiler/front.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int front_misused(const char *verb, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "understudy: %s: ", verb);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (understudy %s --help)\n", verb);
    return EXIT_USAGE;
}

int front_failed(const char *format, ...)
{
    va_list arguments;
    fputs("understudy: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_SYSTEM;
}

bool front_is_deployment(const char *path)
{
    char inside[PATH_MAX];
    struct stat status;
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".so") == 0)
        return true;
    return snprintf(inside, sizeof inside, "%s/deployment.so", path) < (int)sizeof inside &&
           stat(inside, &status) == 0;
}
