#include "recorder/multipart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- beginning ---- */

/* The boundary stands in quotes or not; some cameras put the dashes of the separating line to it.
 */
bool multipart_init(struct multipart *multipart, const char *content_type, size_t picture_max)
{
    const char *boundary = strcasestr(content_type, "boundary=");
    size_t length, dashes;

    *multipart = (struct multipart){.picture_max = picture_max};
    if (strncasecmp(content_type, "multipart/", 10) != 0 || boundary == NULL)
        return false;
    boundary += strlen("boundary=");
    boundary += *boundary == '"';
    length = strcspn(boundary, "\"; \t\r\n");
    dashes = strncmp(boundary, "--", 2) == 0 ? 0 : 2;
    if (length == 0 || length + dashes >= MULTIPART_BOUNDARY_MAX)
        return false;
    memcpy(multipart->boundary, "--", dashes);
    memcpy(multipart->boundary + dashes, boundary, length);
    return true;
}

void multipart_free(struct multipart *multipart)
{
    free(multipart->picture);
    multipart->picture = NULL;
}

/* ---- lines ---- */

static bool is_boundary(const struct multipart *multipart, const char *line)
{
    return strncmp(line, multipart->boundary, strlen(multipart->boundary)) == 0;
}

static enum multipart_verdict take_header(struct multipart *multipart, const char *line)
{
    char *end;

    if (line[0] == '\0') {
        multipart->state = MULTIPART_IN_BODY;
        multipart->lines = 0;
        return MULTIPART_MORE;
    }
    if (strncasecmp(line, "Content-Length:", 15) != 0)
        return MULTIPART_MORE;
    line += 15 + strspn(line + 15, " \t");
    errno = 0;
    multipart->length = strtoul(line, &end, 10);
    multipart->length_known = *line >= '0' && *line <= '9' && errno == 0;
    return !multipart->length_known || multipart->length == 0 ||
                   multipart->length > multipart->picture_max
               ? MULTIPART_BROKEN
               : MULTIPART_MORE;
}

static enum multipart_verdict take_line(struct multipart *multipart)
{
    char *line = multipart->line;

    line[multipart->line_size] = '\0';
    if (multipart->line_size > 0 && line[multipart->line_size - 1] == '\r')
        line[multipart->line_size - 1] = '\0';
    multipart->line_size = 0;
    if (++multipart->lines > MULTIPART_LINES_MAX)
        return MULTIPART_BROKEN;
    if (multipart->state == MULTIPART_IN_HEAD)
        return take_header(multipart, line);
    if (!is_boundary(multipart, line))
        return MULTIPART_MORE;
    if (strcmp(line + strlen(multipart->boundary), "--") == 0)
        return MULTIPART_OVER;
    multipart->state = MULTIPART_IN_HEAD;
    multipart->length_known = false;
    return MULTIPART_MORE;
}

static enum multipart_verdict take_line_byte(struct multipart *multipart, uint8_t byte)
{
    if (byte == '\n')
        return take_line(multipart);
    if (multipart->line_size + 1 >= MULTIPART_LINE_MAX)
        return MULTIPART_BROKEN;
    multipart->line[multipart->line_size++] = (char)byte;
    return MULTIPART_MORE;
}

/* ---- pictures ---- */

static bool append(struct multipart *multipart, const uint8_t *bytes, size_t size)
{
    size_t needed = multipart->picture_size + size;

    if (needed > multipart->picture_room) {
        size_t room = needed < 65536 ? 65536 : 2 * needed;
        uint8_t *larger = realloc(multipart->picture, room);

        if (larger == NULL)
            return false;
        multipart->picture = larger;
        multipart->picture_room = room;
    }
    memcpy(multipart->picture + multipart->picture_size, bytes, size);
    multipart->picture_size = needed;
    return true;
}

static enum multipart_verdict finish_picture(struct multipart *multipart)
{
    multipart->given = true;
    return MULTIPART_PICTURE;
}

static enum multipart_verdict take_counted(struct multipart *multipart, const uint8_t *bytes,
                                           size_t size, size_t *used)
{
    size_t left = multipart->length - multipart->picture_size;

    *used = size < left ? size : left;
    if (!append(multipart, bytes, *used))
        return MULTIPART_BROKEN;
    if (multipart->picture_size < multipart->length)
        return MULTIPART_MORE;
    multipart->state = MULTIPART_LOOKS_FOR_PART;
    return finish_picture(multipart);
}

/* Without a length the picture ends before the next separating line, wherever that stands. */
static enum multipart_verdict take_uncounted(struct multipart *multipart, const uint8_t *bytes,
                                             size_t size, size_t *used)
{
    size_t old = multipart->picture_size, length = strlen(multipart->boundary);
    size_t from = old > length ? old - length : 0;
    const uint8_t *end;

    *used = size;
    if (!append(multipart, bytes, size))
        return MULTIPART_BROKEN;
    end = memmem(multipart->picture + from, multipart->picture_size - from, multipart->boundary,
                 length);
    if (end == NULL)
        return multipart->picture_size > multipart->picture_max ? MULTIPART_BROKEN : MULTIPART_MORE;
    /* The separating line is read as a line is: what of it lies in these bytes is left there, what
     * came before them is put back. */
    from = (size_t)(end - multipart->picture);
    *used = from > old ? from - old : 0;
    multipart->line_size = from < old ? old - from : 0;
    memcpy(multipart->line, multipart->picture + from, multipart->line_size);
    while (from > 0 &&
           (multipart->picture[from - 1] == '\n' || multipart->picture[from - 1] == '\r'))
        from--;
    multipart->picture_size = from;
    multipart->state = MULTIPART_LOOKS_FOR_PART;
    return from > multipart->picture_max ? MULTIPART_BROKEN : finish_picture(multipart);
}

enum multipart_verdict multipart_take(struct multipart *multipart, const uint8_t *bytes,
                                      size_t size, size_t *used)
{
    enum multipart_verdict verdict = MULTIPART_MORE;

    if (multipart->given)
        multipart->picture_size = 0;
    multipart->given = false;
    for (*used = 0; *used < size && verdict == MULTIPART_MORE;) {
        size_t part = 1;

        if (multipart->state != MULTIPART_IN_BODY)
            verdict = take_line_byte(multipart, bytes[*used]);
        else if (multipart->length_known)
            verdict = take_counted(multipart, bytes + *used, size - *used, &part);
        else
            verdict = take_uncounted(multipart, bytes + *used, size - *used, &part);
        *used += part;
    }
    return verdict;
}
