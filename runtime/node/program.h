/* The programs of Understudy lie in one folder. */
#ifndef RUNTIME_NODE_PROGRAM_H
#define RUNTIME_NODE_PROGRAM_H

#include <stdbool.h>

#define PROGRAM_PATH_BYTES 512

/* Where the program of this name lies, beside the one that runs. False: that cannot be found out.
 */
bool program_beside(char path[static PROGRAM_PATH_BYTES], const char *name);

#endif
