/* How servers are getting on with a deployment that is handed on: it goes from node to node. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/rollout_store.h"

#define TOLD_MAX 20000 /* servers of which something is known */

static const char *own_state(const struct rollout *rollout)
{
    if (memcmp(rollout->node->image->hash, rollout->order.hash, HASH_BYTES) == 0)
        return "runs";
    if (rollout->refusal[0] != '\0')
        return "refuses";
    if (rollout->order.done || !rollout_order_concerns(&rollout->order, rollout_own_name(rollout)))
        return "stays";
    return rollout->has ? "has" : "fetches";
}

/* Of two words about a server the one of the later order counts, then the later one. */
static bool is_news(const json_t *known, const json_t *word)
{
    const json_int_t serial = json_integer_value(json_object_get(known, "serial"));
    const json_int_t at = json_integer_value(json_object_get(known, "at"));
    const json_int_t new_serial = json_integer_value(json_object_get(word, "serial"));
    return new_serial > serial ||
           (new_serial == serial && json_integer_value(json_object_get(word, "at")) > at);
}

void rollout_note_own(struct rollout *rollout)
{
    char hash[13];
    const char *state = own_state(rollout);
    const json_t *known = json_object_get(rollout->told, rollout_own_name(rollout));
    image_short_hash(rollout->node->image, hash);
    const char *before = json_string_value(json_object_get(known, "state"));
    const char *under = json_string_value(json_object_get(known, "deployment"));
    if (known != NULL &&
        json_integer_value(json_object_get(known, "serial")) == (json_int_t)rollout->order.serial &&
        strcmp(before, state) == 0 && strcmp(under, hash) == 0)
        return;
    json_object_set_new(
        rollout->told, rollout_own_name(rollout),
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "name", rollout_own_name(rollout), "serial",
                  (json_int_t)rollout->order.serial, "at", (json_int_t)clock_wall_ms(), "state",
                  state, "deployment", hash, "text", rollout->refusal));
}

static bool is_word(const json_t *word)
{
    static const char *const texts[] = {"name", "state", "deployment", "text"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const json_t *text = json_object_get(word, texts[i]);
        if (!json_is_string(text) ||
            json_string_length(text) >= sizeof((struct rollout){0}).refusal)
            return false;
    }
    return json_is_integer(json_object_get(word, "serial")) &&
           json_is_integer(json_object_get(word, "at"));
}

void rollout_hear_told(struct rollout *rollout, const struct parcel *parcel)
{
    json_t *words =
        json_loadb((const char *)parcel->bytes, parcel->size, JSON_REJECT_DUPLICATES, NULL);
    size_t at;
    json_t *word;
    json_array_foreach(words, at, word)
    {
        const char *name = is_word(word) ? json_string_value(json_object_get(word, "name")) : NULL;
        if (name != NULL && strcmp(name, rollout_own_name(rollout)) != 0 &&
            json_object_size(rollout->told) < TOLD_MAX &&
            is_news(json_object_get(rollout->told, name), word))
            json_object_set(rollout->told, name, word);
    }
    json_decref(words);
}

/* ---- to the peers ---- */

static void send_text(struct rollout *rollout, uint32_t server, enum parcel_kind kind,
                      const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    const struct parcel parcel = {.kind = kind,
                                  .serial = rollout->order.serial,
                                  .bytes = (const uint8_t *)text,
                                  .size = size};
    if (size > 0 && size <= PARCEL_BYTES_MAX)
        rollout_send(rollout, server, &parcel);
}

/* As many words as one parcel holds, from the next on. */
static char *next_told(struct rollout *rollout)
{
    json_t *words = json_array();
    const char *name;
    json_t *word;
    size_t at = 0, bytes = 2, next = 0;
    json_object_foreach(rollout->told, name, word)
    {
        char *text = at >= rollout->next_told && next == 0 ? json_dumps(word, JSON_COMPACT) : NULL;
        const size_t size = text != NULL ? strlen(text) + 1 : 0;
        free(text);
        if (size > 0 && bytes + size > PARCEL_BYTES_MAX)
            next = at;
        else if (size > 0) {
            bytes += size;
            json_array_append(words, word);
        }
        at++;
    }
    rollout->next_told = next;
    char *text = json_dumps(words, JSON_COMPACT);
    json_decref(words);
    return text;
}

void rollout_tell_peers(struct rollout *rollout)
{
    struct links *links = rollout->node->links;
    char *order = rollout_order_text(&rollout->order);
    char *told = next_told(rollout);
    for (uint32_t i = 0; i < links_count(links); i++) {
        const struct link_view view = links_view(links, i);
        const json_t *known =
            json_object_get(rollout->known, rollout_peer_name(rollout, view.server));
        if (!view.up)
            continue;
        if (json_integer_value(known) < (json_int_t)rollout->order.serial)
            send_text(rollout, view.server, PARCEL_ORDER, order);
        send_text(rollout, view.server, PARCEL_TOLD, told);
    }
    free(order);
    free(told);
}

/* ---- shown ---- */

static json_t *server_json(const struct rollout *rollout, const char *name)
{
    const json_t *word = json_object_get(rollout->told, name);
    const bool present =
        json_integer_value(json_object_get(word, "serial")) == (json_int_t)rollout->order.serial;
    const char *state = json_string_value(json_object_get(word, "state"));
    const char *under = json_string_value(json_object_get(word, "deployment"));
    const char *text = json_string_value(json_object_get(word, "text"));
    return json_pack("{s:s, s:s, s:b, s:s, s:s}", "name", name, "state",
                     present ? state : "unheard", "concerned",
                     rollout_order_concerns(&rollout->order, name), "deployment",
                     under != NULL ? under : "", "text", present && text != NULL ? text : "");
}

json_t *rollout_json(const struct rollout *rollout)
{
    char hash[13];
    if (rollout->order.serial == 0)
        return json_null();
    json_t *list = json_array();
    const struct image *image = rollout->node->image;
    for (uint32_t i = 0; i < image->servers.count; i++)
        json_array_append_new(list, server_json(rollout, rollout_peer_name(rollout, i)));
    for (int i = 0; i < 6; i++)
        snprintf(hash + 2 * i, 3, "%02x", rollout->order.hash[i]);
    return json_pack("{s:I, s:s, s:s, s:o}", "serial", (json_int_t)rollout->order.serial,
                     "deployment", hash, "by", rollout->order.by, "servers", list);
}
