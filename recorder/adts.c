#include "recorder/adts.h"

#define HEADER_BYTES 7
#define CHECK_BYTES  2

bool adts_parse(const uint8_t *data, size_t size, struct adts_header *header)
{
    static const uint32_t rates_hz[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                        22050, 16000, 12000, 11025, 8000,  7350};
    unsigned profile, rate, channels;
    size_t length;

    if (size < HEADER_BYTES || data[0] != 0xff || (data[1] & 0xf6) != 0xf0)
        return false;
    profile = data[2] >> 6;
    rate = data[2] >> 2 & 0xf;
    channels = (data[2] & 1u) << 2 | data[3] >> 6;
    length = (size_t)(data[3] & 3) << 11 | (size_t)data[4] << 3 | data[5] >> 5;
    header->size = (data[1] & 1) != 0 ? HEADER_BYTES : HEADER_BYTES + CHECK_BYTES;
    if (rate >= sizeof(rates_hz) / sizeof(*rates_hz) || channels == 0 || length != size ||
        length < header->size)
        return false;
    header->rate_hz = rates_hz[rate];
    header->channels = channels == 7 ? 8 : channels;
    header->setup[0] = (uint8_t)((profile + 1) << 3 | rate >> 1);
    header->setup[1] = (uint8_t)(rate << 7 | channels << 3);
    return true;
}
