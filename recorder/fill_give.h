/* `archive give`: the standby's half of a back-fill over the link between two nodes (R34). */
#ifndef RECORDER_FILL_GIVE_H
#define RECORDER_FILL_GIVE_H

#include "recorder/archive_request.h"

/* As the help of `archive` says; started by a node. */
int fill_give_command(const struct archive_request *request);

#endif
