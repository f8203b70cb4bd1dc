#include "recorder/h264.h"

enum { UNIT_SLICE = 1, UNIT_IDR = 5, UNIT_SPS = 7, UNIT_PPS = 8, UNIT_TYPE_MASK = 0x1f };

struct h264_units h264_inspect(const uint8_t *data, size_t size)
{
    struct h264_units units = {0};
    bool sps = false, pps = false;

    for (size_t i = 0; i + 3 < size; i++) {
        int type;

        if (data[i] != 0 || data[i + 1] != 0 || data[i + 2] != 1)
            continue;
        type = data[i + 3] & UNIT_TYPE_MASK;
        units.idr |= type == UNIT_IDR;
        units.slice |= type >= UNIT_SLICE && type <= UNIT_IDR;
        sps |= type == UNIT_SPS;
        pps |= type == UNIT_PPS;
        i += 2;
    }
    units.parameters = sps && pps;
    return units;
}
