/* MPEG transport stream packets, as far as a recording needs to understand them. */
#ifndef RECORDER_TS_H
#define RECORDER_TS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_PACKET    188
#define TS_PTS_TICKS 90000 /* a second */
#define TS_PTS_MASK  ((INT64_C(1) << 33) - 1)

struct ts_packet {
    unsigned pid;
    bool begins; /* a PES packet or a table begins here */
    const uint8_t *payload;
    size_t payload_size;
};

/* What a packet that begins a picture says. */
struct ts_picture {
    int64_t pts;         /* 33 bits of 1/90000 s */
    size_t payload_left; /* bytes of the picture beyond this packet; SIZE_MAX: it does not say */
    bool key;            /* parameter sets or an IDR slice stand in this packet */
};

/* Reads TS_PACKET bytes, whatever they are. False: not a packet. */
bool ts_parse(const uint8_t *bytes, struct ts_packet *packet);

/* True if the packet begins a PES packet of video with a timestamp. */
bool ts_begins_picture(const struct ts_packet *packet, struct ts_picture *picture);

/* The way from one timestamp to another, across the wrap of 33 bits; negative if `to` comes first.
 */
int64_t ts_distance(int64_t from, int64_t to);

#endif
