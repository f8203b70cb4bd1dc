/* The file of a deployment that is handed on, from peer to peer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/rollout_store.h"

#define PIECES_AT_ONCE 32 /* sent for one wish */

static bool part_path(const struct rollout *rollout, char path[static STATE_PATH_BYTES],
                      char error[static TEXT_BYTES_MAX])
{
    return state_path(path, rollout->node->setup->state, "rollout.fetched", error);
}

void rollout_drop_fetched(struct rollout *rollout)
{
    if (rollout->file >= 0)
        close(rollout->file);
    rollout->file = -1;
    rollout->fetched = rollout->fetched_before = 0;
}

/* All of it is there: it must be what the order says, byte for byte, before it lies where a node
 * would load it from. */
static void keep_fetched(struct rollout *rollout)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint8_t digest[HASH_BYTES];
    uint64_t size = 0;
    rollout_drop_fetched(rollout);
    if (!part_path(rollout, path, error) || !rollout_digest(path, digest, &size, error))
        rollout_refuse(rollout, error);
    else if (size != rollout->order.size || memcmp(digest, rollout->order.digest, HASH_BYTES) != 0)
        rollout_refuse(rollout, "what came over the link is not the file that was handed on");
    else if (!state_keep_deployment(rollout->node->setup->state, path, rollout->order.hash, error))
        rollout_refuse(rollout, error);
    else
        rollout->has = true;
    unlink(path);
}

static void take_piece(struct rollout *rollout, const struct parcel *parcel)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    if (rollout->has || rollout->refusal[0] != '\0' || parcel->offset != rollout->fetched ||
        parcel->size == 0 || parcel->size > rollout->order.size - rollout->fetched)
        return;
    if (rollout->file < 0 && part_path(rollout, path, error))
        rollout->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (rollout->file < 0 ||
        write(rollout->file, parcel->bytes, parcel->size) != (ssize_t)parcel->size) {
        rollout_refuse(rollout, strerror(errno));
        rollout_drop_fetched(rollout);
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
    rollout_send(rollout, server, &want);
}

void rollout_send_pieces(struct rollout *rollout, uint32_t server, uint64_t offset)
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
        rollout_send(rollout, server, &piece);
        offset += (uint64_t)size;
    }
    if (file >= 0)
        close(file);
}

/* Whoever has it is asked; where nothing has come since the last heartbeat, another one. */
void rollout_fetch(struct rollout *rollout)
{
    struct links *links = rollout->node->links;
    const uint32_t count = links_count(links);
    if (rollout->fetched == rollout->fetched_before)
        rollout->source++;
    rollout->fetched_before = rollout->fetched;
    for (uint32_t i = 0; i < count; i++) {
        const struct link_view view = links_view(links, (rollout->source + i) % count);
        const char *name = rollout_peer_name(rollout, view.server);
        if (!view.up || json_integer_value(json_object_get(rollout->known, name)) !=
                            (json_int_t)rollout->order.serial)
            continue;
        rollout->source += i;
        send_want(rollout, view.server);
        return;
    }
}

void rollout_find_file(struct rollout *rollout)
{
    char path[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint8_t digest[HASH_BYTES];
    uint64_t size;
    rollout->has =
        state_shelf_path(path, rollout->node->setup->state, rollout->order.hash, error) &&
        access(path, R_OK) == 0 && rollout_digest(path, digest, &size, error) &&
        memcmp(digest, rollout->order.digest, HASH_BYTES) == 0;
}

/* More is asked for when all that was asked for has come. */
void rollout_hear_piece(struct rollout *rollout, uint32_t server, const struct parcel *parcel)
{
    const uint64_t before = rollout->fetched;
    take_piece(rollout, parcel);
    if (rollout->fetched > before && !rollout->has &&
        rollout->fetched / PARCEL_BYTES_MAX % PIECES_AT_ONCE == 0)
        send_want(rollout, server);
}
