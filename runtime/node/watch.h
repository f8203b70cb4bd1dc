/* `understudy watch`: the status of a node on a terminal, live. */
#ifndef RUNTIME_NODE_WATCH_H
#define RUNTIME_NODE_WATCH_H

/* Shows it until q is pressed, whether the node is there or not. Returns the exit code. */
int watch_state(const char *state);

#endif
