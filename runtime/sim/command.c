#include "runtime/sim/command.h"

int command_failed(const char *error)
{
    fprintf(stderr, "understudy-sim: %s\n", error);
    return EXIT_SYSTEM;
}

bool command_close(FILE *file)
{
    const bool fine = fflush(file) == 0 && !ferror(file);
    return (file == stdout || fclose(file) == 0) && fine;
}

int command_worse(int a, int b)
{
    return a > b ? a : b;
}
