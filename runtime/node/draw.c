#include "runtime/node/draw.h"

#include <sys/random.h>

uint64_t draw_number(void)
{
    uint64_t number = 0;
    while (number == 0)
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            number = 0;
    return number;
}
