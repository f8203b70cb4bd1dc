#include "runtime/node/status_site.h"

#include "runtime/engine/trace.h"
#include "runtime/node/node.h"

static bool is_shown(const struct node *node, uint32_t server)
{
    const struct image_list peers = image_servers(node->image)[node->server].peers;
    return node->image->servers.count <= STATUS_SITE_SERVERS || server == node->server ||
           image_list_find(node->image, peers, server) != IMAGE_NONE;
}

static const char *text_of(const struct node *node, uint32_t text)
{
    return image_text(node->image, text);
}

static json_t *servers_json(const struct node *node, uint32_t *left_out)
{
    json_t *list = json_array();
    for (uint32_t s = 0; s < node->image->servers.count; s++) {
        const struct image_server *server = &image_servers(node->image)[s];
        if (is_shown(node, s))
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

static json_t *failovers_json(const struct node *node)
{
    const struct image_server *servers = image_servers(node->image);
    json_t *list = json_array();
    for (uint32_t f = 0; f < node->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(node->image)[f];
        if (!is_shown(node, failover->standby) || !is_shown(node, failover->monitor))
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
    json_t *servers = servers_json(node, &left_out);
    return json_pack("{s:s, s:s, s:o, s:I, s:o}", "name", text_of(node, node->image->site.name),
                     "time_zone", text_of(node, node->image->site.time_zone), "servers", servers,
                     "servers_left_out", (json_int_t)left_out, "failovers", failovers_json(node));
}
