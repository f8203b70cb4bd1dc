/* Files of the source tree that the compiler writes into gen/, carried inside the program. */
#ifndef COMPILER_EMBEDDED_H
#define COMPILER_EMBEDDED_H

/* compiler/host.rl, with @SHAPE@ where the name of a machine goes, and runtime/machine.h. Each ends
 * with a NUL. */
extern const char embedded_host_rl[];
extern const char embedded_machine_h[];

#endif
