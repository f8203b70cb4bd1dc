#include "recorder/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "recorder/demux.h"
#include "recorder/fetch.h"
#include "recorder/recorder.h"
#include "recorder/source_kind.h"
#include "recorder/url.h"

struct source {
    const struct source_kind *kind;
    struct patience patience;
    void *opened;
    bool sound_came; /* last: that is no sign of life, the wait for a picture goes on */
};

void source_setup(void)
{
    demux_setup();
    fetch_setup();
}

static const struct source_kind *kind_of(enum url_kind kind)
{
    switch (kind) {
    case URL_RTSP:
    case URL_RTSPS:
        return &source_rtsp;
    case URL_HTTP:
    case URL_HTTPS:
        return &source_http;
    case URL_UDP:
    case URL_RTP:
        return &source_udp;
    case URL_FILE:
        return &source_file;
    }
    return NULL;
}

struct source *source_open(const struct source_request *request, char *cause, bool *hopeless)
{
    struct source *source;
    enum url_kind kind;

    *hopeless = true;
    request->remark[0] = '\0';
    if (!url_accept(request->url, &kind, cause))
        return NULL;
    *hopeless = false;
    snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
    source = calloc(1, sizeof(*source));
    if (source == NULL)
        return NULL;
    source->kind = kind_of(kind);
    patience_init(&source->patience, request->abandon);
    patience_begin(&source->patience, SOURCE_CONNECT_MS);
    source->opened = source->kind->open(request, &source->patience, cause, hopeless);
    if (source->opened == NULL) {
        free(source);
        return NULL;
    }
    source->patience.playing = true;
    return source;
}

bool source_read(struct source *source, struct source_packet *packet, char *cause)
{
    if (!source->sound_came)
        patience_begin(&source->patience, SOURCE_STALL_MS);
    *packet = (struct source_packet){.data = NULL};
    if (!source->kind->read(source->opened, packet, cause))
        return false;
    source->sound_came = packet->sound;
    return true;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    /* The farewell to a camera that does not listen must not take long. */
    patience_begin(&source->patience, 500);
    source->kind->close(source->opened);
    free(source);
}
