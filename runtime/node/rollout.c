#include "runtime/node/rollout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/node.h"
#include "runtime/node/renewal.h"
#include "runtime/node/rollout_order.h"

#define PIECES_AT_ONCE 32    /* sent for one wish */
#define TELL_TICKS     4     /* heartbeats between two times that everybody is told */
#define HAND_BACK_MS   60000 /* how long a return may hold a new deployment up */
#define TOLD_MAX       20000 /* servers of which something is known */

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct rollout {
    struct node *node;
    struct rollout_order order;
    bool has;                      /* the file is in the state folder */
    const struct deployment *next; /* loaded from it, and about to count here */
    int64_t loaded_ms;
    char refusal[256]; /* why this server does not go on under it, or "" */
    int file;          /* what has been fetched so far; -1: nothing */
    uint64_t fetched;
    uint64_t fetched_before; /* at the last heartbeat */
    uint32_t source;         /* the link that is asked */
    json_t *known;           /* links' serials, by the names of the servers */
    json_t *told;            /* by name: {"serial", "at", "state", "deployment", "text"} */
    uint32_t ticks;
    size_t next_told;
};

static const char *own_name(const struct rollout *rollout)
{
    const struct image *image = rollout->node->image;
    return image_text(image, image_servers(image)[rollout->node->server].name);
}

static const char *peer_name(const struct rollout *rollout, uint32_t server)
{
    const struct image *image = rollout->node->image;
    return image_text(image, image_servers(image)[server].name);
}

/* ---- what is told ---- */

static const char *own_state(const struct rollout *rollout)
{
    if (memcmp(rollout->node->image->hash, rollout->order.hash, HASH_BYTES) == 0)
        return "runs";
    if (rollout->refusal[0] != '\0')
        return "refuses";
    if (rollout->order.done || !rollout_order_concerns(&rollout->order, own_name(rollout)))
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

static void note_own(struct rollout *rollout)
{
    char hash[13];
    const char *state = own_state(rollout);
    const json_t *known = json_object_get(rollout->told, own_name(rollout));
    image_short_hash(rollout->node->image, hash);
    const char *before = json_string_value(json_object_get(known, "state"));
    const char *under = json_string_value(json_object_get(known, "deployment"));
    if (known != NULL &&
        json_integer_value(json_object_get(known, "serial")) == (json_int_t)rollout->order.serial &&
        strcmp(before, state) == 0 && strcmp(under, hash) == 0)
        return;
    json_object_set_new(rollout->told, own_name(rollout),
                        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "name", own_name(rollout),
                                  "serial", (json_int_t)rollout->order.serial, "at",
                                  (json_int_t)clock_wall_ms(), "state", state, "deployment", hash,
                                  "text", rollout->refusal));
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

static void hear_told(struct rollout *rollout, const struct parcel *parcel)
{
    json_t *words =
        json_loadb((const char *)parcel->bytes, parcel->size, JSON_REJECT_DUPLICATES, NULL);
    size_t at;
    json_t *word;
    json_array_foreach(words, at, word)
    {
        const char *name = is_word(word) ? json_string_value(json_object_get(word, "name")) : NULL;
        if (name != NULL && strcmp(name, own_name(rollout)) != 0 &&
            json_object_size(rollout->told) < TOLD_MAX &&
            is_news(json_object_get(rollout->told, name), word))
            json_object_set(rollout->told, name, word);
    }
    json_decref(words);
}

/* ---- sending ---- */

static void send_parcel(struct rollout *rollout, uint32_t server, const struct parcel *parcel)
{
    uint8_t bytes[PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX];
    const size_t size = parcel_encode(parcel, bytes);
    links_carry(rollout->node->links, server, bytes, size);
}

static void send_text(struct rollout *rollout, uint32_t server, enum parcel_kind kind,
                      const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    const struct parcel parcel = {.kind = kind,
                                  .serial = rollout->order.serial,
                                  .bytes = (const uint8_t *)text,
                                  .size = size};
    if (size > 0 && size <= PARCEL_BYTES_MAX)
        send_parcel(rollout, server, &parcel);
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

static void tell_peers(struct rollout *rollout)
{
    struct links *links = rollout->node->links;
    char *order = rollout_order_text(&rollout->order);
    char *told = next_told(rollout);
    for (uint32_t i = 0; i < links_count(links); i++) {
        const struct link_view view = links_view(links, i);
        const json_t *known = json_object_get(rollout->known, peer_name(rollout, view.server));
        if (!view.up)
            continue;
        if (json_integer_value(known) < (json_int_t)rollout->order.serial)
            send_text(rollout, view.server, PARCEL_ORDER, order);
        send_text(rollout, view.server, PARCEL_TOLD, told);
    }
    free(order);
    free(told);
}

/* ---- the file ---- */

static bool part_path(const struct rollout *rollout, char path[static STATE_PATH_BYTES],
                      char error[static TEXT_BYTES_MAX])
{
    return state_path(path, rollout->node->setup->state, "rollout.fetched", error);
}

static void drop_fetched(struct rollout *rollout)
{
    if (rollout->file >= 0)
        close(rollout->file);
    rollout->file = -1;
    rollout->fetched = rollout->fetched_before = 0;
}

static void refuse(struct rollout *rollout, const char *why)
{
    snprintf(rollout->refusal, sizeof rollout->refusal, "%.250s", why);
    log_line("ALARM: the deployment that %s hands on is not taken: %s", rollout->order.by, why);
}

/* All of it is there: it must be what the order says, byte for byte, before it lies where a node
 * would load it from. */
static void keep_fetched(struct rollout *rollout)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint8_t digest[HASH_BYTES];
    uint64_t size = 0;
    drop_fetched(rollout);
    if (!part_path(rollout, path, error) || !rollout_digest(path, digest, &size, error))
        refuse(rollout, error);
    else if (size != rollout->order.size || memcmp(digest, rollout->order.digest, HASH_BYTES) != 0)
        refuse(rollout, "what came over the link is not the file that was handed on");
    else if (!state_keep_deployment(rollout->node->setup->state, path, rollout->order.hash, error))
        refuse(rollout, error);
    else
        rollout->has = true;
    unlink(path);
}

static void hear_piece(struct rollout *rollout, const struct parcel *parcel)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    if (rollout->has || rollout->refusal[0] != '\0' || parcel->offset != rollout->fetched ||
        parcel->size == 0 || parcel->size > rollout->order.size - rollout->fetched)
        return;
    if (rollout->file < 0 && part_path(rollout, path, error))
        rollout->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (rollout->file < 0 ||
        write(rollout->file, parcel->bytes, parcel->size) != (ssize_t)parcel->size) {
        refuse(rollout, strerror(errno));
        drop_fetched(rollout);
        return;
    }
    rollout->fetched += parcel->size;
    if (rollout->fetched == rollout->order.size)
        keep_fetched(rollout);
}

static void send_want(struct rollout *rollout, uint32_t server)
{
    const struct parcel want = {
        .kind = PARCEL_WANT, .serial = rollout->order.serial, .offset = rollout->fetched};
    send_parcel(rollout, server, &want);
}

static void send_pieces(struct rollout *rollout, uint32_t server, uint64_t offset)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint8_t bytes[PARCEL_BYTES_MAX];
    if (!rollout->has ||
        !state_shelf_path(path, rollout->node->setup->state, rollout->order.hash, error))
        return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (int i = 0; file >= 0 && i < PIECES_AT_ONCE; i++) {
        const ssize_t size = pread(file, bytes, sizeof bytes, (off_t)offset);
        if (size <= 0)
            break;
        const struct parcel piece = {.kind = PARCEL_PIECE,
                                     .serial = rollout->order.serial,
                                     .offset = offset,
                                     .bytes = bytes,
                                     .size = (size_t)size};
        send_parcel(rollout, server, &piece);
        offset += (uint64_t)size;
    }
    if (file >= 0)
        close(file);
}

/* Whoever has it is asked; where nothing has come since the last heartbeat, another one. */
static void fetch(struct rollout *rollout)
{
    struct links *links = rollout->node->links;
    const uint32_t count = links_count(links);
    if (rollout->fetched == rollout->fetched_before)
        rollout->source++;
    rollout->fetched_before = rollout->fetched;
    for (uint32_t i = 0; i < count; i++) {
        const struct link_view view = links_view(links, (rollout->source + i) % count);
        const char *name = peer_name(rollout, view.server);
        if (!view.up || json_integer_value(json_object_get(rollout->known, name)) !=
                            (json_int_t)rollout->order.serial)
            continue;
        rollout->source += i;
        send_want(rollout, view.server);
        return;
    }
}

/* ---- orders ---- */

static void find_file(struct rollout *rollout)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint8_t digest[HASH_BYTES];
    uint64_t size;
    rollout->has =
        state_shelf_path(path, rollout->node->setup->state, rollout->order.hash, error) &&
        access(path, R_OK) == 0 && rollout_digest(path, digest, &size, error) &&
        memcmp(digest, rollout->order.digest, HASH_BYTES) == 0;
}

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
    drop_fetched(rollout);
    find_file(rollout);
    if (rollout->node->setup->keeps_deployment &&
        rollout_order_concerns(&rollout->order, own_name(rollout)))
        refuse(rollout, "this server was started with --keep-deployment");
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
    const char *name = peer_name(rollout, server);
    if (parcel->kind == PARCEL_ORDER)
        hear_order(rollout, parcel);
    if (parcel->serial == 0)
        return;
    json_object_set_new(rollout->known, name, json_integer((json_int_t)parcel->serial));
    if (parcel->kind == PARCEL_TOLD)
        hear_told(rollout, parcel);
    if (parcel->serial != rollout->order.serial)
        return;
    if (parcel->kind == PARCEL_WANT)
        send_pieces(rollout, server, parcel->offset);
    const uint64_t before = rollout->fetched;
    if (parcel->kind == PARCEL_PIECE)
        hear_piece(rollout, parcel);
    const bool asks_on = rollout->fetched / PARCEL_BYTES_MAX % PIECES_AT_ONCE == 0;
    if (rollout->fetched > before && asks_on && !rollout->has)
        send_want(rollout, server);
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
    snprintf(order->by, sizeof order->by, "%s", own_name(rollout));
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

/* ---- time ---- */

/* This server has been started with another one since: the order is told to nobody any more. */
static bool is_overtaken(const struct rollout *rollout)
{
    return rollout->order.done && rollout_order_concerns(&rollout->order, own_name(rollout)) &&
           memcmp(rollout->node->image->hash, rollout->order.hash, HASH_BYTES) != 0;
}

static void finish(struct rollout *rollout)
{
    char error[TEXT_BYTES_MAX];
    rollout->order.done = true;
    if (!rollout_order_store(&rollout->order, rollout->node->setup->state, error))
        log_line("%s", error);
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
        refuse(rollout, error);
        return;
    }
    if (renewal_hands_back(node, rollout->next) &&
        clock_now_ms() - rollout->loaded_ms < HAND_BACK_MS)
        return;
    if (!renewal_switch(node, rollout->next, error))
        refuse(rollout, error);
    else
        finish(rollout);
}

void rollout_tick(struct rollout *rollout)
{
    if (rollout->order.serial == 0 || is_overtaken(rollout))
        return;
    const bool concerned = !rollout->order.done && rollout->refusal[0] == '\0' &&
                           rollout_order_concerns(&rollout->order, own_name(rollout));
    if (!rollout->has && rollout->refusal[0] == '\0')
        fetch(rollout);
    else if (concerned && rollout->has)
        carry_out(rollout);
    note_own(rollout);
    if (rollout->ticks++ % TELL_TICKS == 0)
        tell_peers(rollout);
}

/* ---- showing, opening and closing ---- */

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
        json_array_append_new(list, server_json(rollout, peer_name(rollout, i)));
    for (int i = 0; i < 6; i++)
        snprintf(hash + 2 * i, 3, "%02x", rollout->order.hash[i]);
    return json_pack("{s:I, s:s, s:s, s:o}", "serial", (json_int_t)rollout->order.serial,
                     "deployment", hash, "by", rollout->order.by, "servers", list);
}

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
        find_file(rollout);
    if (rollout->order.serial != 0 && named)
        finish(rollout);
    return rollout;
}

void rollout_free(struct rollout *rollout)
{
    if (rollout == NULL)
        return;
    drop_fetched(rollout);
    rollout_order_free(&rollout->order);
    json_decref(rollout->known);
    json_decref(rollout->told);
    free(rollout);
}
