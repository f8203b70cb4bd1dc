#include "runtime/node/program.h"

#include <string.h>
#include <unistd.h>

bool program_beside(char path[static PROGRAM_PATH_BYTES], const char *name)
{
    const size_t room = strlen(name) + 1;
    const ssize_t length = readlink("/proc/self/exe", path, PROGRAM_PATH_BYTES - room);
    if (length <= 0)
        return false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    memcpy(slash + 1, name, room);
    return true;
}
