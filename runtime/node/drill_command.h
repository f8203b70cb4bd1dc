/* `understudy drill`: begins a drill, shows what comes of it, and says how it went. */
#ifndef RUNTIME_NODE_DRILL_COMMAND_H
#define RUNTIME_NODE_DRILL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define DRILL_USAGE                                                                                \
    "drill FAILOVER --state DIR --reason TEXT [--open] [--dead] [--for TIME] [--json]\n"           \
    "Plays that the connection to the main is lost now: its standby notices, waits, looks at\n"    \
    "second views, slots and claims as ever, by what really is, and says what it would have\n"     \
    "done when. Nothing of it is done: nothing is recorded, claimed or told to other servers.\n"   \
    "With --open the cameras are read into memory as a take-over would, to see whether they\n"     \
    "deliver; a camera with sessions = 1 is left to its main. With --dead the main's signs of\n"   \
    "life elsewhere lapse as well. All is as before when it ends: when the take-over has been\n"   \
    "played, when TIME (\"2 min\") is over, when anything real happens to the main (which is "     \
    "met\n"                                                                                        \
    "as ever, at once), or with the node. Exit code 0: all cameras would have been recorded.\n"    \
    "drill FAILOVER --state DIR --end\n"                                                           \
    "Ends it now."

struct drill_request {
    const char *state;
    const char *failover;
    const char *reason;
    int64_t for_ms; /* 0: what it needs */
    bool open, dead, end, json;
};

/* Returns the exit code; troubles go to stderr. */
int drill_command(const struct drill_request *request);

#endif
