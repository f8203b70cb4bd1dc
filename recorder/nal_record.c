#include "recorder/nal_record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "recorder/nal.h"
#include "recorder/recorder.h"

#define LENGTH_BYTES 4
/* What is wanted of a sequence parameter set lies within so many bytes. */
#define LOOK_BYTES 256
/* The largest side of a picture that the levels of H.265 allow, with room to spare. */
#define SIDE_MAX 65535
enum { H264_SPS = 7, H264_PPS = 8, H265_VPS = 32, H265_SPS = 33, H265_PPS = 34 };

/* ---- reading bits ---- */

struct bits {
    uint8_t bytes[LOOK_BYTES];
    size_t count, at; /* in bits */
    bool over;        /* more was asked for than there is */
};

/* Takes a unit without the bytes that only keep start codes out of it. */
static void bits_open(struct bits *bits, const uint8_t *data, size_t size)
{
    unsigned zeros = 0;

    bits->count = bits->at = 0;
    bits->over = false;
    for (size_t i = 0; i < size && bits->count < 8 * LOOK_BYTES; i++) {
        if (zeros >= 2 && data[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = data[i] == 0 ? zeros + 1 : 0;
        bits->bytes[bits->count / 8] = data[i];
        bits->count += 8;
    }
}

static uint32_t take(struct bits *bits, unsigned count)
{
    uint32_t value = 0;

    assert(count <= 32);
    for (unsigned i = 0; i < count; i++, bits->at++) {
        bits->over |= bits->at >= bits->count;
        value = value << 1;
        if (!bits->over)
            value |= (unsigned)bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1u;
    }
    return value;
}

/* A number of H.264's variable length; at most 16 bits of it are of use here. */
static uint32_t take_number(struct bits *bits)
{
    unsigned zeros = 0;

    while (zeros < 16 && !bits->over && take(bits, 1) == 0)
        zeros++;
    bits->over |= zeros == 16;
    return bits->over ? 0 : (1u << zeros) - 1 + take(bits, zeros);
}

static void skip(struct bits *bits, size_t count)
{
    bits->at += count;
    bits->over |= bits->at > bits->count;
}

/* ---- H.264 ---- */

struct format {
    uint32_t chroma, luma_depth, chroma_depth; /* depths less 8 */
};

static bool is_sound(const struct format *format, const struct bits *bits)
{
    return !bits->over && format->chroma <= 3 && format->luma_depth <= 8 &&
           format->chroma_depth <= 8;
}

/* Profiles whose sets tell the format of the pictures. */
static bool has_format(uint8_t profile)
{
    static const uint8_t profiles[] = {44,  83,  86,  100, 110, 118, 122,
                                       128, 134, 135, 138, 139, 144, 244};

    return memchr(profiles, profile, sizeof(profiles)) != NULL;
}

/* Profiles whose records do not tell it: those of before there was a choice. */
static bool is_plain(uint8_t profile)
{
    return profile == 66 || profile == 77 || profile == 88;
}

static bool read_h264(const struct nal_unit *set, struct format *format)
{
    struct bits bits;

    if (set->size < 4)
        return false;
    if (!has_format(set->data[1]))
        return true;
    bits_open(&bits, set->data + 4, set->size - 4);
    take_number(&bits); /* of the set */
    format->chroma = take_number(&bits);
    if (format->chroma == 3)
        skip(&bits, 1);
    format->luma_depth = take_number(&bits);
    format->chroma_depth = take_number(&bits);
    return is_sound(format, &bits);
}

/* ---- H.265 ---- */

struct h265 {
    uint8_t profile[11]; /* profile, compatibility and constraints as they stand */
    uint8_t level;
    uint32_t layers; /* less one */
    bool nested;
    struct format format;
};

static void skip_layers(struct bits *bits, uint32_t layers)
{
    bool profiled[8] = {false}, levelled[8] = {false};

    for (uint32_t i = 0; i < layers; i++) {
        profiled[i] = take(bits, 1) != 0;
        levelled[i] = take(bits, 1) != 0;
    }
    if (layers > 0)
        skip(bits, 2 * (8 - layers));
    for (uint32_t i = 0; i < layers; i++)
        skip(bits, (profiled[i] ? 88u : 0u) + (levelled[i] ? 8u : 0u));
}

static bool read_h265(const struct nal_unit *set, struct h265 *found)
{
    uint32_t width, height;
    struct bits bits;

    if (set->size < 3)
        return false;
    bits_open(&bits, set->data + 2, set->size - 2);
    skip(&bits, 4); /* which VPS */
    found->layers = take(&bits, 3);
    found->nested = take(&bits, 1) != 0;
    if (found->layers > 6)
        return false;
    for (size_t i = 0; i < sizeof(found->profile); i++)
        found->profile[i] = (uint8_t)take(&bits, 8);
    found->level = (uint8_t)take(&bits, 8);
    skip_layers(&bits, found->layers);
    take_number(&bits); /* of the set */
    found->format.chroma = take_number(&bits);
    if (found->format.chroma == 3)
        skip(&bits, 1);
    width = take_number(&bits);
    height = take_number(&bits);
    if (take(&bits, 1) != 0) /* what of it is shown */
        for (int i = 0; i < 4; i++)
            take_number(&bits);
    found->format.luma_depth = take_number(&bits);
    found->format.chroma_depth = take_number(&bits);
    return is_sound(&found->format, &bits) && width > 0 && width <= SIDE_MAX && height > 0 &&
           height <= SIDE_MAX;
}

/* ---- writing ---- */

static size_t put_length(uint8_t *to, size_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    return bytes;
}

struct sets {
    enum media_codec codec;
    const uint8_t *data;
    size_t size;
};

/* The first set of a type, and how many there are. */
static size_t count_sets(const struct sets *sets, unsigned type, struct nal_unit *first)
{
    struct nal_unit unit;
    size_t count = 0;

    for (size_t at = 0; nal_next(sets->codec, sets->data, sets->size, &at, &unit);)
        if (unit.type == type && count++ == 0)
            *first = unit;
    return count;
}

static size_t put_sets(const struct sets *sets, unsigned type, uint8_t *to)
{
    struct nal_unit unit;
    size_t used = 0;

    for (size_t at = 0; nal_next(sets->codec, sets->data, sets->size, &at, &unit);) {
        if (unit.type != type)
            continue;
        used += put_length(to + used, unit.size, 2);
        memcpy(to + used, unit.data, unit.size);
        used += unit.size;
    }
    return used;
}

static size_t record_h264(const struct sets *sets, uint8_t *to)
{
    struct nal_unit first = {0}, other = {0};
    struct format format = {.chroma = 1};
    size_t sps = count_sets(sets, H264_SPS, &first), pps = count_sets(sets, H264_PPS, &other);
    size_t used;

    if (sps == 0 || sps > 31 || pps == 0 || pps > 255 || !read_h264(&first, &format))
        return 0;
    to[0] = 1;
    memcpy(to + 1, first.data + 1, 3);
    to[4] = 0xfc | (LENGTH_BYTES - 1);
    to[5] = (uint8_t)(0xe0 | sps);
    used = 6 + put_sets(sets, H264_SPS, to + 6);
    to[used++] = (uint8_t)pps;
    used += put_sets(sets, H264_PPS, to + used);
    if (is_plain(first.data[1]))
        return used;
    to[used++] = (uint8_t)(0xfc | format.chroma);
    to[used++] = (uint8_t)(0xf8 | format.luma_depth);
    to[used++] = (uint8_t)(0xf8 | format.chroma_depth);
    to[used++] = 0; /* no extensions */
    return used;
}

static size_t record_h265(const struct sets *sets, uint8_t *to)
{
    static const uint8_t types[] = {H265_VPS, H265_SPS, H265_PPS};
    struct nal_unit first = {0}, other = {0};
    struct h265 found = {0};
    size_t used = 23;

    if (count_sets(sets, H265_SPS, &first) == 0 || !read_h265(&first, &found))
        return 0;
    memset(to, 0, used);
    to[0] = 1;
    memcpy(to + 1, found.profile, sizeof(found.profile));
    to[12] = found.level;
    to[13] = 0xf0; /* pictures are not said to be in parts that are decoded at once */
    to[15] = 0xfc;
    to[16] = (uint8_t)(0xfc | found.format.chroma);
    to[17] = (uint8_t)(0xf8 | found.format.luma_depth);
    to[18] = (uint8_t)(0xf8 | found.format.chroma_depth);
    to[21] = (uint8_t)((found.layers + 1) << 3 | (found.nested ? 4 : 0) | (LENGTH_BYTES - 1));
    to[22] = sizeof(types);
    for (size_t i = 0; i < sizeof(types); i++) {
        size_t count = count_sets(sets, types[i], &other);

        if (count == 0 || count > 64)
            return 0;
        to[used++] = types[i]; /* others may come with the pictures */
        used += put_length(to + used, count, 2);
        used += put_sets(sets, types[i], to + used);
    }
    return used;
}

size_t nal_record(enum media_codec codec, const uint8_t *sets, size_t size, uint8_t *to,
                  char *cause)
{
    struct sets all = {codec, sets, size};
    size_t used;

    assert(codec == MEDIA_H264 || codec == MEDIA_H265);
    used = size > UINT16_MAX     ? 0
           : codec == MEDIA_H264 ? record_h264(&all, to)
                                 : record_h265(&all, to);
    assert(used <= NAL_RECORD_ROOM(size));
    if (used == 0)
        snprintf(
            cause, RECORDER_CAUSE_MAX,
            "a recording cannot begin: the camera's description of its %s (its parameter sets) "
            "is not sound",
            media_codec_name(codec));
    return used;
}

size_t nal_with_lengths(enum media_codec codec, const uint8_t *data, size_t size, uint8_t *to)
{
    struct nal_unit unit;
    size_t used = 0;

    for (size_t at = 0; nal_next(codec, data, size, &at, &unit);) {
        if (to != NULL) {
            put_length(to + used, unit.size, LENGTH_BYTES);
            memcpy(to + used + LENGTH_BYTES, unit.data, unit.size);
        }
        used += LENGTH_BYTES + unit.size;
    }
    return used;
}
