/* Boxes: how the flowchart puts servers together. A box is one server, or a group of mains of one
 * standby that differ in nothing that is drawn but their names and cameras. */
#ifndef COMPILER_GRAPH_BOX_H
#define COMPILER_GRAPH_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler/arena.h"
#include "compiler/resolve.h"

/* What is drawn of a server's duties, with its colours. */
#define ROLES(X)                                                                                   \
    X(ROLE_IDLE, "neither main nor standby", "#f3f4f6", "#6b7280")                                 \
    X(ROLE_MAIN, "main", "#dbeafe", "#1d4ed8")                                                     \
    X(ROLE_STANDBY, "standby", "#dcfce7", "#15803d")                                               \
    X(ROLE_BOTH, "main and standby", "#fef3c7", "#b45309")

#define X(symbol, name, fill, line) symbol,
enum role { ROLES(X) ROLE_COUNT };
#undef X

struct member {
    const char *key; /* equal for servers that may share a box */
    uint32_t server;
};

/* A flowchart that is being drawn. */
struct graph {
    FILE *out;
    const struct resolved *resolved;
    struct arena *arena;
    struct member *members; /* by box: a range, in order of declaration */
    uint32_t *box_first;    /* by box: its first member; one more than there are */
    uint32_t box_count;
    uint32_t *box_of;       /* by server */
    uint32_t *volume_users; /* by volume: how many servers name it */
    bool folded;
};

/* Sorts the servers into boxes; out, resolved, arena and folded are given. Without `folded`, each
 * has its own. */
void graph_find_boxes(struct graph *graph);

/* The duties of a server. */
enum role graph_role(const struct resolved_server *server);

/* A volume that is a disk of one server only. */
bool graph_is_own_disk(const struct graph *graph, uint32_t volume);

/* The first server of a box, which stands for all of it, and how many they are. */
const struct resolved_server *graph_box_server(const struct graph *graph, uint32_t box);
uint32_t graph_box_size(const struct graph *graph, uint32_t box);

#endif
