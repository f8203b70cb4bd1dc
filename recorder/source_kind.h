/* Between source.c and the kinds of sources: what each kind does. */
#ifndef RECORDER_SOURCE_KIND_H
#define RECORDER_SOURCE_KIND_H

#include "recorder/patience.h"
#include "recorder/source.h"

/* An open source is the kind's own. The three are as in source.h; the patience of the connection
 * has begun. */
struct source_kind {
    void *(*open)(const struct source_request *request, struct patience *patience, char *cause,
                  bool *hopeless);
    bool (*read)(void *opened, struct source_packet *packet, char *cause);
    void (*close)(void *opened);
};

extern const struct source_kind source_rtsp, source_http, source_udp, source_file;

#endif
