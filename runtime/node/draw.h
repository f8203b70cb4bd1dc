/* A random number, not 0: a session of a link, the name of a tunnel. No other is like it. */
#ifndef RUNTIME_NODE_DRAW_H
#define RUNTIME_NODE_DRAW_H

#include <stdint.h>

uint64_t draw_number(void);

#endif
