/* Just enough of H.264 and H.265 with start codes: which NAL units a picture holds. Any bytes may
 * come. */
#ifndef RECORDER_NAL_H
#define RECORDER_NAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

struct nal_unit {
    const uint8_t *data; /* behind its start code */
    size_t size;
    unsigned type;
    bool key, slice, parameter;
};

/* Reads the unit at or after `*at` and moves `*at` behind it. False: there is none. */
bool nal_next(enum media_codec codec, const uint8_t *data, size_t size, size_t *at,
              struct nal_unit *unit);

struct nal_units {
    bool key;        /* a slice at which decoding may begin */
    bool slice;      /* a slice of any kind */
    bool parameters; /* one of each kind of parameter sets */
};

/* Looks through `data`. */
struct nal_units nal_inspect(enum media_codec codec, const uint8_t *data, size_t size);

/* Copies the parameter sets, each behind a start code of four bytes, into `to`. Their size; 0 if
 * there are none, or more than `room` bytes of them. */
size_t nal_parameters(enum media_codec codec, const uint8_t *data, size_t size, uint8_t *to,
                      size_t room);

#endif
