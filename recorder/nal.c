#include "recorder/nal.h"

#include <string.h>

enum { H264_SLICE = 1, H264_IDR = 5, H264_SPS = 7, H264_PPS = 8 };
/* From BLA_W_LP to the last that is reserved for pictures at which decoding may begin; all below
 * 32 are slices. */
enum { H265_FIRST_KEY = 16, H265_LAST_KEY = 23, H265_VPS = 32, H265_SPS = 33, H265_PPS = 34 };

static void classify(enum media_codec codec, struct nal_unit *unit)
{
    if (codec == MEDIA_H265) {
        unit->type = unit->data[0] >> 1 & 0x3f;
        unit->slice = unit->type < H265_VPS;
        unit->key = unit->type >= H265_FIRST_KEY && unit->type <= H265_LAST_KEY;
        unit->parameter = unit->type >= H265_VPS && unit->type <= H265_PPS;
    } else {
        unit->type = unit->data[0] & 0x1f;
        unit->slice = unit->type >= H264_SLICE && unit->type <= H264_IDR;
        unit->key = unit->type == H264_IDR;
        unit->parameter = unit->type == H264_SPS || unit->type == H264_PPS;
    }
}

/* Where the next start code begins; `size` if there is none. */
static size_t find_code(const uint8_t *data, size_t size, size_t at)
{
    while (at + 3 <= size) {
        const uint8_t *one = memchr(data + at + 2, 1, size - at - 2);

        if (one == NULL)
            break;
        at = (size_t)(one - data) - 2;
        if (data[at] == 0 && data[at + 1] == 0)
            return at;
        at++;
    }
    return size;
}

bool nal_next(enum media_codec codec, const uint8_t *data, size_t size, size_t *at,
              struct nal_unit *unit)
{
    size_t begin, end;

    do {
        begin = find_code(data, size, *at);
        if (begin == size)
            return false;
        begin += 3;
        end = find_code(data, size, begin);
        *at = end;
        while (end > begin && data[end - 1] == 0)
            end--; /* the next start code's, or padding */
    } while (end == begin);
    *unit = (struct nal_unit){.data = data + begin, .size = end - begin};
    classify(codec, unit);
    return true;
}

struct nal_units nal_inspect(enum media_codec codec, const uint8_t *data, size_t size)
{
    struct nal_units units = {0};
    unsigned kinds = 0, wanted = codec == MEDIA_H265 ? 7 : 3;
    struct nal_unit unit;

    for (size_t at = 0; nal_next(codec, data, size, &at, &unit);) {
        units.key |= unit.key;
        units.slice |= unit.slice;
        if (unit.parameter)
            kinds |= 1u << (unit.type - (codec == MEDIA_H265 ? H265_VPS : H264_SPS));
    }
    units.parameters = kinds == wanted;
    return units;
}

size_t nal_parameters(enum media_codec codec, const uint8_t *data, size_t size, uint8_t *to,
                      size_t room)
{
    static const uint8_t code[] = {0, 0, 0, 1};
    struct nal_unit unit;
    size_t used = 0;

    for (size_t at = 0; nal_next(codec, data, size, &at, &unit);) {
        if (!unit.parameter)
            continue;
        if (unit.size > room || used + sizeof(code) + unit.size > room)
            return 0;
        memcpy(to + used, code, sizeof(code));
        memcpy(to + used + sizeof(code), unit.data, unit.size);
        used += sizeof(code) + unit.size;
    }
    return used;
}
