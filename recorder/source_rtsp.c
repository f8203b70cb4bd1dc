/* RTSP, by libavformat. TCP comes first, for nothing is lost on it; a camera that only sends UDP is
 * asked for that. With rtsps all of it goes through TLS; libavformat cannot be told to examine a
 * camera's certificate there, which most cameras have made themselves anyway. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/demux.h"
#include "recorder/recorder.h"
#include "recorder/secret.h"
#include "recorder/source_kind.h"
#include "recorder/url.h"

#define WHOLE_URL_MAX (RECORDER_URL_MAX + 3 * (SECRET_USER_MAX + SECRET_PASSWORD_MAX) + 4)

static void *open_rtsp(const struct source_request *request, struct patience *patience, char *cause,
                       bool *hopeless)
{
    static const char *const transports[] = {"tcp", "udp"};
    char url[WHOLE_URL_MAX];
    struct demux *demux = NULL;
    bool other = true;

    if (request->secret == NULL)
        snprintf(url, sizeof(url), "%s", request->url);
    else if (!url_with_user(request->url, request->secret->user, request->secret->password, url,
                            sizeof(url)))
        return NULL;
    for (size_t i = 0; i < sizeof(transports) / sizeof(*transports) && demux == NULL && other; i++)
        demux = demux_open_rtsp(url, transports[i], patience, cause, hopeless, &other);
    explicit_bzero(url, sizeof(url));
    return demux;
}

static bool read_rtsp(void *opened, struct source_packet *packet, char *cause)
{
    return demux_read(opened, packet, cause, NULL);
}

static void close_rtsp(void *opened)
{
    demux_close(opened);
}

const struct source_kind source_rtsp = {open_rtsp, read_rtsp, close_rtsp};
