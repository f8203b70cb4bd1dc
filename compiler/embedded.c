#include "compiler/embedded.h"

/* gcc 12 has no #embed. The paths are relative to the top of the tree, where make runs. */
#define EMBED(symbol, path)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #symbol "\n"                                                                \
            ".type " #symbol ", @object\n" #symbol ":\n"                                           \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".size " #symbol ", . - " #symbol "\n"                                                 \
            ".previous\n")

EMBED(embedded_host_rl, "compiler/host.rl");
EMBED(embedded_machine_h, "runtime/machine.h");
