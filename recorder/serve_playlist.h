/* A view as an HLS playlist (RFC 8216): an entry for each part of a segment that is shown, with its
 * wall clock; what the entries name is asked for at serve.h's media.ts. */
#ifndef RECORDER_SERVE_PLAYLIST_H
#define RECORDER_SERVE_PLAYLIST_H

#include <stdio.h>

#include "recorder/archive_view.h"

void serve_playlist(FILE *out, const struct archive_view *view);

#endif
