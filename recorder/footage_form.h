/* The form that a file's pictures have. H.264 and H.265 come with start codes in MPEG-TS, and with
 * lengths before their units, and a record of their parameter sets, in MP4 and Matroska. */
#ifndef RECORDER_FOOTAGE_FORM_H
#define RECORDER_FOOTAGE_FORM_H

#include <stdbool.h>

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>

#include "recorder/media.h"

/* H.264 or H.265; MEDIA_NONE: pictures of this codec have no units. */
enum media_codec footage_units(enum AVCodecID codec);

/* Brings pictures into the form with start codes, whichever container they come from. The caller
 * frees the filter also after an error. */
int footage_open_filter(const AVStream *stream, AVBSFContext **filter);

/* Replaces parameter sets with start codes by a record of our own: no muxer is given what a camera
 * says to parse (nal_record.h). False with the reason in `cause`. */
bool footage_make_record(AVCodecParameters *parameters, char *cause);

/* Replaces start codes by lengths. An AVERROR. */
int footage_put_lengths(enum media_codec codec, AVPacket *packet);

#endif
