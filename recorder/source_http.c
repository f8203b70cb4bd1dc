/* HTTP and HTTPS: an MPEG-TS, or MJPEG as a body of many parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/demux.h"
#include "recorder/fetch.h"
#include "recorder/jpeg.h"
#include "recorder/moment.h"
#include "recorder/multipart.h"
#include "recorder/recorder.h"
#include "recorder/secret.h"
#include "recorder/source_kind.h"
#include "recorder/url.h"

#define WHOLE_URL_MAX (RECORDER_URL_MAX + 3 * (SECRET_USER_MAX + SECRET_PASSWORD_MAX) + 4)
#define READ_BYTES    16384
/* Files count in milliseconds. */
#define PICTURE_MIN_US 1000

struct http {
    struct fetch *fetch;
    struct demux *demux; /* NULL: a body of parts */
    struct multipart parts;
    uint8_t bytes[READ_BYTES];
    size_t from, to;
    int64_t part_came_us; /* monotonic: the first bytes of the picture in hand */
    struct media *media;
};

static void close_http(void *opened)
{
    struct http *http = opened;

    demux_close(http->demux);
    if (http->fetch != NULL)
        fetch_close(http->fetch);
    multipart_free(&http->parts);
    media_release(http->media);
    free(http);
}

static int on_feed(void *owner, uint8_t *to, int size)
{
    struct http *http = owner;

    return fetch_read(http->fetch, to, size);
}

static struct fetch *ask(const struct source_request *request, struct patience *patience,
                         char *cause, bool *hopeless)
{
    char url[WHOLE_URL_MAX];
    struct fetch *fetch = NULL;

    if (request->secret == NULL)
        snprintf(url, sizeof(url), "%s", request->url);
    if (request->secret == NULL || url_with_user(request->url, request->secret->user,
                                                 request->secret->password, url, sizeof(url)))
        fetch = fetch_open(url, patience, cause, hopeless);
    explicit_bzero(url, sizeof(url));
    return fetch;
}

static void *open_http(const struct source_request *request, struct patience *patience, char *cause,
                       bool *hopeless)
{
    struct http *http = calloc(1, sizeof(*http));

    if (http == NULL)
        return NULL;
    http->fetch = ask(request, patience, cause, hopeless);
    if (http->fetch != NULL &&
        !multipart_init(&http->parts, fetch_content_type(http->fetch), SOURCE_PICTURE_MAX))
        http->demux = demux_open_feed(on_feed, NULL, http, patience, cause, hopeless);
    if (http->demux != NULL || http->parts.boundary[0] != '\0')
        return http;
    close_http(http);
    return NULL;
}

/* ---- a body of parts ---- */

/* Two pictures that come at once are of two times all the same. */
static void note_arrival(struct http *http)
{
    int64_t now_us = moment_monotonic_us();

    http->part_came_us =
        now_us < http->part_came_us + PICTURE_MIN_US ? http->part_came_us + PICTURE_MIN_US : now_us;
}

/* The next picture in `parts`. False with the reason in `cause`. */
static bool next_part(struct http *http, char *cause)
{
    enum multipart_verdict verdict = MULTIPART_MORE;

    while (verdict == MULTIPART_MORE) {
        bool was_empty = http->parts.picture_size == 0 || http->parts.given;
        size_t used;

        if (http->from == http->to) {
            int got = fetch_read(http->fetch, http->bytes, READ_BYTES);

            if (got <= 0) {
                fetch_explain(http->fetch, cause);
                return false;
            }
            http->from = 0;
            http->to = (size_t)got;
        }
        verdict =
            multipart_take(&http->parts, http->bytes + http->from, http->to - http->from, &used);
        http->from += used;
        if (was_empty && http->parts.picture_size > 0)
            note_arrival(http);
    }
    if (verdict == MULTIPART_PICTURE)
        return true;
    snprintf(cause, RECORDER_CAUSE_MAX, "%s",
             verdict == MULTIPART_OVER ? "the camera ended the stream"
                                       : "the camera sends something else than pictures, or one "
                                         "that is too large to be one (over 8 MiB)");
    return false;
}

static bool describe(struct http *http)
{
    struct media media = {.picture = {.codec = MEDIA_MJPEG}};

    if (!jpeg_size(http->parts.picture, http->parts.picture_size, &media.picture.width,
                   &media.picture.height))
        return false;
    if (http->media != NULL && media_goes_on(http->media, &media))
        return true;
    media_release(http->media);
    http->media = media_create(&media);
    return http->media != NULL;
}

/* Such a stream has no clock of its own: a picture is of when it came. What is no picture is passed
 * over; some cameras put texts between them. */
static bool read_http(void *opened, struct source_packet *packet, char *cause)
{
    struct http *http = opened;

    if (http->demux != NULL) {
        if (demux_read(http->demux, packet, cause, NULL))
            return true;
        fetch_explain(http->fetch, cause);
        return false;
    }
    do {
        if (!next_part(http, cause))
            return false;
    } while (!describe(http));
    *packet = (struct source_packet){.data = http->parts.picture,
                                     .size = http->parts.picture_size,
                                     .media = http->media,
                                     .key = true,
                                     .pts_us = http->part_came_us,
                                     .arrival_us = http->part_came_us};
    return true;
}

const struct source_kind source_http = {open_http, read_http, close_http};
