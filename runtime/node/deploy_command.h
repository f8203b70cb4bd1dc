/* `understudy deploy`: hands a deployment to the servers of a site, by way of the node on a state
 * folder. */
#ifndef RUNTIME_NODE_DEPLOY_COMMAND_H
#define RUNTIME_NODE_DEPLOY_COMMAND_H

#include <stdbool.h>

#define DEPLOY_USAGE                                                                               \
    "deploy [DEPLOYMENT|--roll-back] --state DIR [--servers NAME,NAME...] [--yes] [--json]\n"      \
    "Hands a deployment to all servers of the site, or to those that are named, by way of the\n"   \
    "node on this state folder; each loads and proves it before it goes on under it, and what "    \
    "is\n"                                                                                         \
    "recorded and unchanged goes on. Shows what it changes and asks first, unless --yes. A "       \
    "server\n"                                                                                     \
    "that is away gets it when it is back. --roll-back hands the one before on again. Without\n"   \
    "either, shows how far it is."

struct deploy_request {
    const char *state;
    const char *deployment; /* NULL: none is given */
    const char *servers;    /* names, by commas; NULL: all */
    bool roll_back;
    bool yes;
    bool json;
};

/* Returns the exit code: 0 all that it is for run it, 1 some do not. */
int deploy_command(const struct deploy_request *request);

#endif
