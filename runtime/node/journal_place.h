/* Where a journal may lie: on a local disk, in a folder that only its user reads. */
#ifndef RUNTIME_NODE_JOURNAL_PLACE_H
#define RUNTIME_NODE_JOURNAL_PLACE_H

#include <stdbool.h>

#include "runtime/limits.h"

/* Makes the folder if need be. False, with a sentence: it cannot be made, or lies on a network. */
bool journal_place(const char *folder, char error[static TEXT_BYTES_MAX]);

#endif
