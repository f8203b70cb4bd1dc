/* Just enough of JPEG: how large a picture is. */
#ifndef RECORDER_JPEG_H
#define RECORDER_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: it is no JPEG picture, or says no size. Any bytes may come. */
bool jpeg_size(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height);

#endif
