/* Parameter sets as MP4 and Matroska keep them: the decoder configuration record of ISO/IEC
 * 14496-15. It is made here, and not by libavformat's muxers, because those follow the counts that
 * stand in a camera's parameter sets without a bound, and take minutes over hostile ones. What is
 * read here is read bit by bit from the first bytes of one set. */
#ifndef RECORDER_NAL_RECORD_H
#define RECORDER_NAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

/* Room that the record of so many bytes of parameter sets never exceeds. */
#define NAL_RECORD_ROOM(size) ((size) + 64)

/* Makes the record of H.264's or H.265's parameter sets, which have start codes, at `to`. Its size;
 * 0 with the reason in `cause` (RECORDER_CAUSE_MAX bytes): they are not sound. */
size_t nal_record(enum media_codec codec, const uint8_t *sets, size_t size, uint8_t *to,
                  char *cause);

/* The size of a picture with start codes when its units have lengths of four bytes instead, as the
 * record says that they have; it is written to `to` unless that is NULL. */
size_t nal_with_lengths(enum media_codec codec, const uint8_t *data, size_t size, uint8_t *to);

#endif
