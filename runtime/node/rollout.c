#include "runtime/node/rollout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/renewal.h"
#include "runtime/node/rollout_store.h"

#define TELL_TICKS   4     /* heartbeats between two times that everybody is told */
#define HAND_BACK_MS 60000 /* how long a return may hold a new deployment up */

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

const char *rollout_own_name(const struct rollout *rollout)
{
    const struct image *image = rollout->node->image;
    return image_text(image, image_servers(image)[rollout->node->server].name);
}

const char *rollout_peer_name(const struct rollout *rollout, uint32_t server)
{
    const struct image *image = rollout->node->image;
    return image_text(image, image_servers(image)[server].name);
}

void rollout_refuse(struct rollout *rollout, const char *why)
{
    snprintf(rollout->refusal, sizeof rollout->refusal, "%.250s", why);
    log_line("ALARM: the deployment that %s hands on is not taken: %s", rollout->order.by, why);
}

void rollout_send(struct rollout *rollout, uint32_t server, const struct parcel *parcel)
{
    links_carry(rollout->node->links, server, parcel);
}

/* ---- orders ---- */

static bool take_order(struct rollout *rollout, struct rollout_order *order,
                       char error[static TEXT_BYTES_MAX])
{
    if (!rollout_order_store(order, rollout->node->setup->state, error)) {
        rollout_order_free(order);
        return false;
    }
    rollout_order_free(&rollout->order);
    rollout->order = *order;
    rollout->refusal[0] = '\0';
    rollout->next = NULL;
    rollout->ticks = 0;
    rollout_drop_fetched(rollout);
    rollout_find_file(rollout);
    if (rollout->node->setup->keeps_deployment &&
        rollout_order_concerns(&rollout->order, rollout_own_name(rollout)))
        rollout_refuse(rollout, "this server was started with --keep-deployment");
    return true;
}

static void hear_order(struct rollout *rollout, const struct parcel *parcel)
{
    struct rollout_order order;
    char error[TEXT_BYTES_MAX];
    if (parcel->serial <= rollout->order.serial ||
        !rollout_order_read(&order, (const char *)parcel->bytes, parcel->size))
        return;
    order.done = false;
    if (order.serial != parcel->serial) {
        rollout_order_free(&order);
        return;
    }
    log_line("%s hands a deployment on (%02x%02x%02x%02x%02x%02x)", order.by, order.hash[0],
             order.hash[1], order.hash[2], order.hash[3], order.hash[4], order.hash[5]);
    if (!take_order(rollout, &order, error))
        log_line("it is not taken: %s", error);
}

void rollout_hear(struct rollout *rollout, uint32_t server, const struct parcel *parcel)
{
    const char *name = rollout_peer_name(rollout, server);
    if (parcel->kind == PARCEL_ORDER)
        hear_order(rollout, parcel);
    if (parcel->serial == 0)
        return;
    json_object_set_new(rollout->known, name, json_integer((json_int_t)parcel->serial));
    if (parcel->kind == PARCEL_TOLD)
        rollout_hear_told(rollout, parcel);
    if (parcel->serial != rollout->order.serial)
        return;
    if (parcel->kind == PARCEL_WANT)
        rollout_send_pieces(rollout, server, parcel->offset);
    if (parcel->kind == PARCEL_PIECE)
        rollout_hear_piece(rollout, server, parcel);
}

/* The deployment before the present one. */
static bool find_former(struct rollout *rollout, uint8_t hash[static HASH_BYTES],
                        char error[static TEXT_BYTES_MAX])
{
    struct journal_change *changes;
    uint32_t count;
    if (!journal_read_changes(rollout->node->journal, &changes, &count, error))
        return false;
    const bool found = count > 1;
    if (found)
        memcpy(hash, changes[count - 2].hash, HASH_BYTES);
    free(changes);
    return found || FAIL(error, "this server knows of no deployment before the present one");
}

static bool names_servers(const struct image *image, json_t *servers,
                          char error[static TEXT_BYTES_MAX])
{
    size_t at;
    json_t *name;
    json_array_foreach(servers, at, name)
    {
        const char *text = json_string_value(name);
        if (text == NULL || image_find_server(image, text) == IMAGE_NONE)
            return FAIL(error, "the deployment has no server \"%.60s\"", text != NULL ? text : "");
    }
    return true;
}

/* It is loaded here first: what this node cannot load is handed to nobody. */
static bool fill_order(struct rollout *rollout, struct rollout_order *order,
                       char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES];
    const char *state = rollout->node->setup->state;
    const int64_t now_ms = clock_wall_ms();
    const struct deployment *deployment = state_open_deployment(state, order->hash, error);
    order->serial =
        now_ms > (int64_t)rollout->order.serial ? (uint64_t)now_ms : rollout->order.serial + 1;
    snprintf(order->by, sizeof order->by, "%s", rollout_own_name(rollout));
    if (deployment == NULL || !names_servers(deployment_image(deployment), order->servers, error) ||
        !state_shelf_path(path, state, order->hash, error) ||
        !rollout_digest(path, order->digest, &order->size, error))
        return false;
    char *text = rollout_order_text(order);
    const bool fits = text != NULL && strlen(text) <= PARCEL_BYTES_MAX;
    free(text);
    return fits || FAIL(error, "too many servers are named: hand it on in several steps");
}

bool rollout_begin(struct rollout *rollout, const uint8_t *hash, json_t *servers,
                   char error[static TEXT_BYTES_MAX])
{
    struct rollout_order order = {.servers = json_incref(servers)};
    if (hash != NULL)
        memcpy(order.hash, hash, HASH_BYTES);
    if ((hash == NULL && !find_former(rollout, order.hash, error)) ||
        !fill_order(rollout, &order, error)) {
        rollout_order_free(&order);
        return false;
    }
    return take_order(rollout, &order, error);
}

/* ---- the shelf ---- */

/* What the journal speaks of is needed to read it, and the one before the present one to go back;
 * what is handed on, for those who have not got it yet. */
static void tidy_shelf(const struct rollout *rollout)
{
    char error[TEXT_BYTES_MAX];
    struct journal_change *changes;
    uint32_t count = 0;
    const struct node *node = rollout->node;
    if (!journal_read_changes(node->journal, &changes, &count, error))
        return;
    uint8_t(*kept)[HASH_BYTES] = calloc(count + 3, sizeof *kept);
    for (uint32_t i = 0; kept != NULL && i < count; i++)
        memcpy(kept[i], changes[i].hash, HASH_BYTES);
    free(changes);
    if (kept == NULL || !journal_named(node->journal, kept[count])) {
        free(kept);
        return;
    }
    memcpy(kept[count + 1], node->image->hash, HASH_BYTES);
    memcpy(kept[count + 2], rollout->order.hash, HASH_BYTES);
    const uint32_t removed = state_tidy_shelf(
        node->setup->state, (const uint8_t(*)[HASH_BYTES])kept, count + 3, clock_wall_ms() / 1000);
    if (removed > 0)
        log_line("%u former deployments, of which nothing is needed any more, are removed from the "
                 "state folder",
                 removed);
    free(kept);
}

/* ---- time ---- */

/* This server has been started with another one since: the order is told to nobody any more. */
static bool is_overtaken(const struct rollout *rollout)
{
    return rollout->order.done &&
           rollout_order_concerns(&rollout->order, rollout_own_name(rollout)) &&
           memcmp(rollout->node->image->hash, rollout->order.hash, HASH_BYTES) != 0;
}

static void finish(struct rollout *rollout)
{
    char error[TEXT_BYTES_MAX];
    rollout->order.done = true;
    if (!rollout_order_store(&rollout->order, rollout->node->setup->state, error))
        log_line("%s", error);
    tidy_shelf(rollout);
}

static void carry_out(struct rollout *rollout)
{
    char error[TEXT_BYTES_MAX];
    struct node *node = rollout->node;
    if (memcmp(node->image->hash, rollout->order.hash, HASH_BYTES) == 0) {
        finish(rollout);
        return;
    }
    if (rollout->next == NULL) {
        rollout->next = renewal_open(node, rollout->order.hash, error);
        rollout->loaded_ms = clock_now_ms();
    }
    if (rollout->next == NULL) {
        rollout_refuse(rollout, error);
        return;
    }
    if (renewal_hands_back(node, rollout->next) &&
        clock_now_ms() - rollout->loaded_ms < HAND_BACK_MS)
        return;
    if (!renewal_switch(node, rollout->next, error))
        rollout_refuse(rollout, error);
    else
        finish(rollout);
}

void rollout_tick(struct rollout *rollout)
{
    if (rollout->order.serial == 0 || is_overtaken(rollout))
        return;
    const bool concerned = !rollout->order.done && rollout->refusal[0] == '\0' &&
                           rollout_order_concerns(&rollout->order, rollout_own_name(rollout));
    if (!rollout->has && rollout->refusal[0] == '\0')
        rollout_fetch(rollout);
    else if (concerned && rollout->has)
        carry_out(rollout);
    rollout_note_own(rollout);
    if (rollout->ticks++ % TELL_TICKS == 0)
        rollout_tell_peers(rollout);
}

/* ---- showing, opening and closing ---- */

const char *rollout_refusal(const struct rollout *rollout)
{
    return rollout->refusal;
}

struct rollout *rollout_open(struct node *node, bool named, char error[static TEXT_BYTES_MAX])
{
    struct rollout *rollout = calloc(1, sizeof *rollout);
    if (rollout == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    rollout->node = node;
    rollout->file = -1;
    rollout->known = json_object();
    rollout->told = json_object();
    if (!rollout_order_load(&rollout->order, node->setup->state, error)) {
        rollout_free(rollout);
        return NULL;
    }
    if (rollout->order.serial != 0)
        rollout_find_file(rollout);
    if (rollout->order.serial != 0 && named)
        finish(rollout);
    else
        tidy_shelf(rollout);
    return rollout;
}

void rollout_free(struct rollout *rollout)
{
    if (rollout == NULL)
        return;
    rollout_drop_fetched(rollout);
    rollout_order_free(&rollout->order);
    json_decref(rollout->known);
    json_decref(rollout->told);
    free(rollout);
}
