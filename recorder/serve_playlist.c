#include "recorder/serve_playlist.h"

#include <inttypes.h>
#include <string.h>

#include "recorder/moment.h"

static void put_encoded(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fprintf(out,
                (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                        (*text >= '0' && *text <= '9')
                    ? "%c"
                    : "%%%02X",
                (unsigned char)*text);
}

/* A decoder begins afresh where the writer changes and after a gap. */
static void put_slice(FILE *out, const struct archive_slice *slice,
                      const struct archive_slice *before)
{
    char from[MOMENT_TEXT_MAX];
    int64_t length_ms = slice->to_ms - slice->from_ms;

    if (before != NULL && (slice->from_ms - before->to_ms > RECORDER_TOLERANCE_MS ||
                           slice->segment->epoch != before->segment->epoch ||
                           strcmp(slice->segment->server_name, before->segment->server_name) != 0))
        fputs("#EXT-X-DISCONTINUITY\n", out);
    fprintf(out, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:%" PRId64 ".%03d,\nmedia.ts?main=",
            moment_print(from, slice->from_ms), length_ms / 1000, (int)(length_ms % 1000));
    put_encoded(out, slice->segment->main_name);
    fputs("&camera=", out);
    put_encoded(out, slice->segment->camera_name);
    fprintf(out, "&from=%" PRId64 "&to=%" PRId64 "\n", slice->from_ms, slice->to_ms);
}

void serve_playlist(FILE *out, const struct archive_view *view)
{
    int64_t longest_ms = 1000;

    for (size_t i = 0; i < view->slice_count; i++)
        if (view->slices[i].to_ms - view->slices[i].from_ms > longest_ms)
            longest_ms = view->slices[i].to_ms - view->slices[i].from_ms;
    fprintf(out,
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:%" PRId64
            "\n",
            (longest_ms + 999) / 1000);
    for (size_t i = 0; i < view->slice_count; i++)
        put_slice(out, &view->slices[i], i > 0 ? &view->slices[i - 1] : NULL);
    fputs("#EXT-X-ENDLIST\n", out);
}
