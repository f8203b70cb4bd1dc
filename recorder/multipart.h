/* MJPEG as cameras send it by HTTP: a body of many parts, each a JPEG picture behind a line that
 * separates and a few lines that describe (RFC 2046, 5.1, and what cameras make of it). */
#ifndef RECORDER_MULTIPART_H
#define RECORDER_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MULTIPART_BOUNDARY_MAX 80   /* bytes, by the RFC with the dashes and the NUL */
#define MULTIPART_LINE_MAX     1024 /* bytes of a line */
#define MULTIPART_LINES_MAX    64   /* lines between two pictures */

struct multipart {
    char boundary[MULTIPART_BOUNDARY_MAX]; /* with its two dashes */
    char line[MULTIPART_LINE_MAX];
    size_t line_size, lines;
    enum { MULTIPART_LOOKS_FOR_PART, MULTIPART_IN_HEAD, MULTIPART_IN_BODY } state;
    bool length_known;
    size_t length;
    uint8_t *picture; /* grows up to picture_max */
    size_t picture_size, picture_room, picture_max;
    bool given; /* the picture was given out, the next begins anew */
};

/* Begins with what the camera says of its body. False: that is no body of parts. */
bool multipart_init(struct multipart *multipart, const char *content_type, size_t picture_max);
void multipart_free(struct multipart *multipart);

enum multipart_verdict {
    MULTIPART_MORE,    /* all bytes were taken */
    MULTIPART_PICTURE, /* `picture` is one, until the next call */
    MULTIPART_BROKEN,  /* this is none, or too large */
    MULTIPART_OVER     /* the last part is behind us */
};

/* Takes bytes, up to the end of a picture at most; `*used` says how many. Any bytes may come. */
enum multipart_verdict multipart_take(struct multipart *multipart, const uint8_t *bytes,
                                      size_t size, size_t *used);

#endif
