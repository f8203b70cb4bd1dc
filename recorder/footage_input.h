/* Between footage.c and footage_picture.c: an open segment. */
#ifndef RECORDER_FOOTAGE_INPUT_H
#define RECORDER_FOOTAGE_INPUT_H

#include <libavformat/avformat.h>

#include "recorder/footage.h"

struct footage_input {
    AVFormatContext *format;
    AVIOContext *io;
    int file;
    int64_t place;             /* in the file */
    AVStream *picture, *sound; /* sound: NULL if there is none */
    int64_t first_us;          /* the stream's clock at the first picture */
    int64_t start_ms;
};

bool footage_open(struct footage_input *input, const struct footage_piece *piece, char *cause);
void footage_close(struct footage_input *input);
/* The wall clock of a packet, in microseconds. */
int64_t footage_wall_us(const struct footage_input *input, const AVPacket *packet);
bool footage_fail(char *cause, const char *what, int error);

#endif
