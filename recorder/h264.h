/* Just enough of H.264 with start codes: which NAL units a picture holds. */
#ifndef RECORDER_H264_H
#define RECORDER_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_units {
    bool idr;        /* an IDR slice: decoding may begin here */
    bool slice;      /* a slice of any kind */
    bool parameters; /* both a sequence and a picture parameter set */
};

/* Looks through `data`. Any bytes may come. */
struct h264_units h264_inspect(const uint8_t *data, size_t size);

#endif
