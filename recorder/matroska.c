#include "recorder/matroska.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/nal_record.h"

enum {
    ID_EBML = 0x1a45dfa3,
    ID_SEGMENT = 0x18538067,
    ID_CLUSTER = 0x1f43b675,
    ID_TIMESTAMP = 0xe7,
    ID_SIMPLE_BLOCK = 0xa3
};
#define SIZE_UNKNOWN UINT64_MAX
#define BLOCK_HEADER 4 /* the track in one byte, the time in two, the flags */
#define FLAG_KEY     0x80
/* A block's time is 16 bits with a sign, in milliseconds from its cluster's. */
#define CLUSTER_MAX_MS 20000
/* What is believed of a file: distances of it fit into microseconds. */
#define TIMESTAMP_MAX_MS (INT64_MAX / 4000)

/* Room for so many bytes more, behind those that are there. NULL: memory is out. */
static uint8_t *make_room(struct matroska_bytes *to, size_t size)
{
    if (to->size + size > to->room) {
        size_t room = 2 * (to->size + size);
        uint8_t *larger = realloc(to->bytes, room);

        if (larger == NULL)
            return NULL;
        to->bytes = larger;
        to->room = room;
    }
    return to->bytes + to->size;
}

bool matroska_append(struct matroska_bytes *to, const void *bytes, size_t size)
{
    uint8_t *place = make_room(to, size);

    if (place == NULL)
        return false;
    memcpy(place, bytes, size);
    to->size += size;
    return true;
}

/* Writes the low `count` bytes of a number, big end first. */
static size_t put(uint8_t *to, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        to[i] = (uint8_t)(value >> 8 * (count - 1 - i));
    return count;
}

static bool begin_cluster(struct matroska_cluster *cluster, int64_t at_ms,
                          struct matroska_bytes *to)
{
    uint8_t bytes[32];
    size_t size = put(bytes, ID_CLUSTER, 4);

    size += put(bytes + size, 0xff, 1); /* of unknown size */
    size += put(bytes + size, ID_TIMESTAMP, 1);
    size += put(bytes + size, 0x88, 1); /* 8 bytes */
    size += put(bytes + size, (uint64_t)at_ms, 8);
    cluster->begun = true;
    cluster->begin_ms = at_ms;
    return matroska_append(to, bytes, size);
}

static bool is_in_units(enum media_codec codec)
{
    return codec == MEDIA_H264 || codec == MEDIA_H265;
}

static size_t content_size(const struct matroska_block *block)
{
    return is_in_units(block->codec)
               ? nal_with_lengths(block->codec, block->data, block->size, NULL)
               : block->size;
}

static bool append_content(const struct matroska_block *block, size_t size,
                           struct matroska_bytes *to)
{
    uint8_t *place;

    if (!is_in_units(block->codec))
        return matroska_append(to, block->data, block->size);
    place = make_room(to, size);
    if (place != NULL)
        to->size += nal_with_lengths(block->codec, block->data, block->size, place);
    return place != NULL;
}

bool matroska_add(struct matroska_cluster *cluster, const struct matroska_block *block,
                  struct matroska_bytes *to)
{
    int64_t since_ms = block->at_ms - cluster->begin_ms;
    bool is_far = since_ms > CLUSTER_MAX_MS || since_ms < -CLUSTER_MAX_MS;
    size_t content = content_size(block), size;
    uint8_t header[16];

    if ((!cluster->begun || is_far || block->begins_cluster) &&
        !begin_cluster(cluster, block->at_ms, to))
        return false;
    size = put(header, ID_SIMPLE_BLOCK, 1);
    size += put(header + size, 0x0100000000000000 | (BLOCK_HEADER + content), 8);
    size += put(header + size, 0x80 | block->track, 1);
    size += put(header + size, (uint64_t)(block->at_ms - cluster->begin_ms), 2);
    size += put(header + size, block->key ? FLAG_KEY : 0, 1);
    return matroska_append(to, header, size) && append_content(block, content, to);
}

/* ---- reading ---- */

/* Reads an identity with its mark, or a size without it. The bytes used; 0: too few, or none. */
static size_t get(const uint8_t *bytes, size_t size, bool keeps_mark, uint64_t *value)
{
    size_t count = 1;
    bool all_ones = true;

    if (size == 0 || bytes[0] == 0)
        return 0;
    while ((bytes[0] & (0x80 >> (count - 1))) == 0)
        count++;
    if (count > size)
        return 0;
    *value = keeps_mark ? bytes[0] : bytes[0] & (0xffu >> count);
    all_ones = (bytes[0] & (0xffu >> count)) == (0xffu >> count);
    for (size_t i = 1; i < count; i++) {
        *value = *value << 8 | bytes[i];
        all_ones = all_ones && bytes[i] == 0xff;
    }
    if (!keeps_mark && all_ones)
        *value = SIZE_UNKNOWN;
    return count;
}

static bool read_timestamp(struct matroska_reader *reader, const uint8_t *bytes, size_t size,
                           uint64_t length)
{
    uint64_t value = 0;

    if (length > 8 || length > size)
        return false;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    if (value > TIMESTAMP_MAX_MS)
        return false;
    reader->cluster_ms = (int64_t)value;
    return true;
}

static bool read_block(const struct matroska_reader *reader, const uint8_t *bytes, size_t size,
                       uint64_t length, struct matroska_found *found)
{
    if (!reader->in_cluster || length < BLOCK_HEADER || size < BLOCK_HEADER)
        return false;
    found->is_picture = bytes[0] == (0x80 | MATROSKA_PICTURES);
    found->at_ms = reader->cluster_ms + (int16_t)((unsigned)bytes[1] << 8 | bytes[2]);
    found->key = (bytes[3] & FLAG_KEY) != 0;
    return true;
}

bool matroska_look(struct matroska_reader *reader, const uint8_t *bytes, size_t size,
                   uint64_t file_size, struct matroska_found *found)
{
    uint64_t id, length;
    size_t header = get(bytes, size, true, &id), more;

    *found = (struct matroska_found){.is_picture = false};
    if (header == 0 || header > 4 || (reader->place == 0) != (id == ID_EBML))
        return false;
    more = get(bytes + header, size - header, false, &length);
    header += more;
    if (more == 0)
        return false;
    found->end = reader->place + header;
    if (id == ID_SEGMENT || id == ID_CLUSTER) { /* what is inside comes next */
        reader->in_cluster = id == ID_CLUSTER;
    } else {
        if (length > file_size || found->end > file_size - length)
            return false;
        found->end += length;
        if (id == ID_TIMESTAMP && !read_timestamp(reader, bytes + header, size - header, length))
            return false;
        if (id == ID_SIMPLE_BLOCK &&
            !read_block(reader, bytes + header, size - header, length, found))
            return false;
    }
    reader->place = found->end;
    return true;
}
