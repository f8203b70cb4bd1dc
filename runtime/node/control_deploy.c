#include "runtime/node/control_deploy.h"

#include "runtime/node/node.h"
#include "runtime/node/rollout_order.h"

static json_t *refuse(const char *text)
{
    return json_pack("{s:b, s:s}", "ok", 0, "text", text);
}

json_t *control_deploy(struct node *node, const char *text, size_t size)
{
    char error[TEXT_BYTES_MAX];
    uint8_t hash[HASH_BYTES];
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *named = json_object_get(object, "hash");
    json_t *servers = json_object_get(object, "servers");
    json_t *answer = NULL;
    if (named != NULL && !rollout_hash(json_string_value(named), hash))
        answer = refuse("the hash of a deployment has 64 hex digits");
    else if (servers != NULL && (!json_is_array(servers) || json_array_size(servers) == 0))
        answer = refuse("no server is named");
    else if (node->leaving)
        answer = refuse("this server is logging off");
    else if (!rollout_begin(node->rollout, named != NULL ? hash : NULL, servers, error))
        answer = refuse(error);
    else
        answer = control_rollout(node);
    json_decref(object);
    return answer;
}

json_t *control_rollout(const struct node *node)
{
    return json_pack("{s:b, s:o}", "ok", 1, "rollout", rollout_json(node->rollout));
}
