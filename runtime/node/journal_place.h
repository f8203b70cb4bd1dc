/* Where a journal may lie: on a local disk, in a folder that only its user reads. */
#ifndef RUNTIME_NODE_JOURNAL_PLACE_H
#define RUNTIME_NODE_JOURNAL_PLACE_H

#include <stdbool.h>

#include "runtime/limits.h"

/* Makes the folder if need be. False, with a sentence: it cannot be made, or lies on a network. */
bool journal_place(const char *folder, char error[static TEXT_BYTES_MAX]);

/* An empty folder in which a new journal is made; what a start that was broken off has left in it
 * goes. */
bool journal_place_new(const char *made, char error[static TEXT_BYTES_MAX]);

/* Moves the whole journal that was made there into its own folder, durably, and takes the other
 * away. */
bool journal_place_name(const char *made, const char *folder, char error[static TEXT_BYTES_MAX]);

#endif
