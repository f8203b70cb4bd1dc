#include "recorder/measure.h"

#include <errno.h>
#include <unistd.h>

#include "recorder/hash.h"
#include "recorder/matroska.h"
#include "recorder/pace.h"
#include "recorder/ts.h"

/* The length of a last picture that has no other to be measured by, in microseconds. */
#define USUAL_PICTURE_US 40000
#define READ_BYTES       (256 * TS_PACKET)

struct measure {
    struct index_row *row;
    int64_t first, last_us; /* of the pictures; the last one from the first */
    struct pace pace;
    int64_t hole_us; /* where the pictures cease for a while; 0: nowhere */
};

static int64_t picture_us(const struct measure *measure)
{
    int64_t frames = (int64_t)measure->row->frames;

    return frames > 1 ? measure->last_us / (frames - 1) : USUAL_PICTURE_US;
}

/* A hole is found as the writer finds it (writer.h). It would have begun a new segment at the next
 * keyframe, so after a hole there is none. */
static void note_picture(struct measure *measure, int64_t at_us, bool key)
{
    if (measure->row->frames > 0 &&
        pace_note(&measure->pace, at_us - measure->last_us, picture_us(measure)) &&
        measure->hole_us == 0)
        measure->hole_us = measure->last_us + picture_us(measure);
    if (at_us > measure->last_us)
        measure->last_us = at_us;
    measure->row->frames++;
    measure->row->keyframes += key;
}

static int64_t length_ms_of(const struct measure *measure)
{
    int64_t us = measure->hole_us > 0 ? measure->hole_us : measure->last_us + picture_us(measure);

    return measure->row->frames == 0 ? 0 : us / 1000;
}

/* ---- MPEG-TS ---- */

static bool take_packet(struct measure *measure, const uint8_t *bytes)
{
    struct ts_packet packet;
    struct ts_picture picture;

    if (!ts_parse(bytes, &packet))
        return false;
    measure->row->bytes += TS_PACKET;
    if (!ts_begins_picture(&packet, &picture))
        return true;
    if (measure->row->frames == 0)
        measure->first = picture.pts;
    note_picture(measure, ts_distance(measure->first, picture.pts) * 1000 / (TS_PTS_TICKS / 1000),
                 picture.key);
    return true;
}

static int measure_ts(struct measure *measure, int file)
{
    uint8_t bytes[READ_BYTES];
    bool whole = true;
    ssize_t size;

    while (whole && (size = pread(file, bytes, sizeof(bytes), (off_t)measure->row->bytes)) > 0) {
        whole = size >= TS_PACKET;
        for (ssize_t i = 0; whole && i + TS_PACKET <= size; i += TS_PACKET)
            whole = take_packet(measure, bytes + i);
    }
    return size < 0 ? errno : 0;
}

/* ---- Matroska ---- */

/* An element counts when all of it is there. */
static int measure_matroska(struct measure *measure, int file)
{
    struct matroska_reader reader = {.place = 0};
    off_t file_size = lseek(file, 0, SEEK_END);
    uint8_t bytes[MATROSKA_LOOK];
    struct matroska_found found;
    ssize_t size;

    if (file_size < 0)
        return errno;
    while ((size = pread(file, bytes, sizeof(bytes), (off_t)reader.place)) > 0 &&
           matroska_look(&reader, bytes, (size_t)size, (uint64_t)file_size, &found)) {
        measure->row->bytes = found.end;
        if (!found.is_picture)
            continue;
        if (measure->row->frames == 0)
            measure->first = found.at_ms;
        note_picture(measure, (found.at_ms - measure->first) * 1000, found.key);
    }
    return size < 0 ? errno : 0;
}

/* ---- both ---- */

static int add_digest(struct index_row *row, int file)
{
    struct hash *digest = hash_open();
    uint8_t bytes[READ_BYTES];
    uint64_t place = 0;
    int error = 0;

    if (digest == NULL)
        return ENOMEM;
    while (error == 0 && place < row->bytes) {
        uint64_t left = row->bytes - place;
        ssize_t size =
            pread(file, bytes, left < sizeof(bytes) ? (size_t)left : sizeof(bytes), (off_t)place);

        if (size > 0)
            hash_add(digest, bytes, (size_t)size);
        else
            error = size < 0 ? errno : EIO;
        place += size > 0 ? (uint64_t)size : 0;
    }
    hash_close(digest, row->sha256);
    return error;
}

int measure_segment(int file, struct index_row *row, int64_t *length_ms)
{
    struct measure measure = {.row = row};
    uint8_t first = 0;
    int error;

    row->bytes = row->frames = row->keyframes = 0;
    if (pread(file, &first, 1, 0) < 0)
        return errno;
    error = first == MATROSKA_FIRST_BYTE ? measure_matroska(&measure, file)
                                         : measure_ts(&measure, file);
    *length_ms = length_ms_of(&measure);
    return error != 0 ? error : add_digest(row, file);
}
