#include "recorder/cutter.h"

#include <stdlib.h>
#include <string.h>

void cutter_init(struct cutter *cutter, cutter_sink *sink, void *owner)
{
    *cutter = (struct cutter){.sink = sink, .owner = owner};
}

void cutter_free(struct cutter *cutter)
{
    free(cutter->piece);
    cutter->piece = NULL;
}

static void append(struct cutter *cutter, const uint8_t *packet)
{
    if (cutter->piece_size + TS_PACKET > cutter->piece_room) {
        size_t room = cutter->piece_room == 0 ? 64 * TS_PACKET : 2 * cutter->piece_room;
        uint8_t *larger = realloc(cutter->piece, room);

        if (larger == NULL) {
            cutter->damaged++;
            return;
        }
        cutter->piece = larger;
        cutter->piece_room = room;
    }
    memcpy(cutter->piece + cutter->piece_size, packet, TS_PACKET);
    cutter->piece_size += TS_PACKET;
}

static void give_piece(struct cutter *cutter)
{
    struct cutter_piece piece = {.pts = cutter->picture.pts,
                                 .key = cutter->picture.key,
                                 .bytes = cutter->piece,
                                 .size = cutter->piece_size};

    if (!cutter->in_picture)
        return;
    cutter->in_picture = false;
    cutter->piece_size = 0;
    cutter->sink(cutter->owner, &piece);
}

static void keep_table(struct cutter *cutter, const uint8_t *packet)
{
    if (cutter->tables_used)
        cutter->table_count = 0;
    cutter->tables_used = false;
    if (cutter->table_count == CUTTER_TABLES_MAX) {
        cutter->damaged++;
        return;
    }
    memcpy(cutter->tables[cutter->table_count++], packet, TS_PACKET);
}

/* The set of tables is the same each time, so the place in the set stands for the table in the
 * counters. */
static void append_tables(struct cutter *cutter)
{
    for (size_t i = 0; i < cutter->table_count; i++) {
        uint8_t *table = cutter->tables[i];

        table[3] = (uint8_t)((table[3] & 0xf0) | (cutter->counters[i]++ & 0x0f));
        append(cutter, table);
    }
}

static void take_packet(struct cutter *cutter, const uint8_t *bytes)
{
    struct ts_packet packet;
    struct ts_picture picture;

    if (!ts_parse(bytes, &packet)) {
        cutter->damaged++;
        return;
    }
    if (ts_begins_picture(&packet, &picture)) {
        give_piece(cutter);
        cutter->picture = picture;
        cutter->in_picture = true;
        cutter->tables_used = true;
        if (picture.key)
            append_tables(cutter);
        append(cutter, bytes);
    } else if (packet.begins) {
        keep_table(cutter, bytes);
        return;
    } else if (cutter->in_picture) {
        append(cutter, bytes);
        if (cutter->picture.payload_left != SIZE_MAX)
            cutter->picture.payload_left -= packet.payload_size < cutter->picture.payload_left
                                                ? packet.payload_size
                                                : cutter->picture.payload_left;
    }
    if (cutter->picture.payload_left == 0)
        give_piece(cutter);
}

void cutter_feed(struct cutter *cutter, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t part = TS_PACKET - cutter->packet_size;

        part = part < size ? part : size;
        if (part == TS_PACKET) {
            take_packet(cutter, bytes);
        } else {
            memcpy(cutter->packet + cutter->packet_size, bytes, part);
            cutter->packet_size += part;
        }
        bytes += part;
        size -= part;
        if (cutter->packet_size == TS_PACKET) {
            cutter->packet_size = 0;
            take_packet(cutter, cutter->packet);
        }
    }
}

void cutter_end(struct cutter *cutter)
{
    give_piece(cutter);
}
