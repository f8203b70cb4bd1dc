#include "runtime/node/status_site.h"

#include <stdlib.h>

#include "runtime/engine/trace.h"
#include "runtime/node/node.h"

/* Which servers are shown: all of a small site, of a large one this server and its peers. NULL: out
 * of memory. */
static bool *find_shown(const struct node *node)
{
    const struct image_list peers = image_servers(node->image)[node->server].peers;
    const uint32_t count = node->image->servers.count;
    bool *shown = calloc(count, sizeof *shown);
    if (shown == NULL)
        return NULL;
    for (uint32_t s = 0; count <= STATUS_SITE_SERVERS && s < count; s++)
        shown[s] = true;
    for (uint32_t p = 0; p < peers.count; p++)
        shown[image_numbers(node->image)[peers.first + p]] = true;
    shown[node->server] = true;
    return shown;
}

static const char *text_of(const struct node *node, uint32_t text)
{
    return image_text(node->image, text);
}

static json_t *servers_json(const struct node *node, const bool *shown, uint32_t *left_out)
{
    json_t *list = json_array();
    for (uint32_t s = 0; s < node->image->servers.count; s++) {
        const struct image_server *server = &image_servers(node->image)[s];
        if (shown[s])
            json_array_append_new(
                list, json_pack("{s:s, s:I, s:b}", "name", text_of(node, server->name), "cameras",
                                (json_int_t)server->own_cameras.count, "here", s == node->server));
        else
            ++*left_out;
    }
    return list;
}

static json_t *state_json(const struct node *node, uint32_t failover)
{
    if (image_failovers(node->image)[failover].standby != node->server)
        return json_null();
    const uint8_t state = engine_failover_state(node->engine, failover);
    return json_string(trace_state(MACHINE_FAILOVER, state));
}

static json_t *failovers_json(const struct node *node, const bool *shown)
{
    const struct image_server *servers = image_servers(node->image);
    json_t *list = json_array();
    for (uint32_t f = 0; f < node->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(node->image)[f];
        if (!shown[failover->standby] || !shown[failover->monitor])
            continue;
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o}", "name", text_of(node, failover->name),
                      "standby", text_of(node, servers[failover->standby].name), "monitor",
                      text_of(node, servers[failover->monitor].name), "objects",
                      (json_int_t)failover->objects.count, "wait_ms", (json_int_t)failover->wait_ms,
                      "rank", (json_int_t)image_failover_rank(node->image, f), "state",
                      state_json(node, f)));
    }
    return list;
}

json_t *status_site_json(const struct node *node)
{
    uint32_t left_out = 0;
    bool *shown = find_shown(node);
    if (shown == NULL)
        return NULL;
    json_t *servers = servers_json(node, shown, &left_out);
    json_t *failovers = failovers_json(node, shown);
    free(shown);
    return json_pack("{s:s, s:s, s:o, s:I, s:o}", "name", text_of(node, node->image->site.name),
                     "time_zone", text_of(node, node->image->site.time_zone), "servers", servers,
                     "servers_left_out", (json_int_t)left_out, "failovers", failovers);
}
