/* Matroska as the recorder writes it: what is torn anywhere is measured up to its last whole block,
 * and begins at any keyframe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/index.h"
#include "recorder/matroska.h"
#include "recorder/matroska_run.h"
#include "recorder/measure.h"
#include "recorder/recorder.h"

#define PICTURES 40
#define GROUP    10

static const struct media media = {.picture = {.codec = MEDIA_MJPEG, .width = 320, .height = 180},
                                   .sound = {.codec = MEDIA_PCMU, .rate_hz = 8000, .channels = 1}};

/* Where each picture ends in the file. */
struct made {
    int file;
    size_t size, ends[PICTURES];
    bool keys[PICTURES];
};

/* A file that begins at this picture of a run. */
static struct made make(int first)
{
    struct made made = {.file = memfd_create("segment", MFD_CLOEXEC)};
    char cause[RECORDER_CAUSE_MAX];
    struct matroska_run *run = matroska_run_open(&media, cause);
    uint8_t bytes[32] = {0xff, 0xd8};

    assert_non_null(run);
    for (int i = 0; i < PICTURES; i++) {
        struct frame frame = {.data = bytes, .size = 5 + (size_t)i % 7, .key = i % GROUP == 0};
        struct frame sound = {.data = bytes, .size = 8, .sound = true};
        struct matroska_piece piece;

        assert_true(matroska_run_sound(run, &sound, 1000000 + i * 40000 - 10000));
        assert_true(matroska_run_picture(run, &frame, 1000000 + i * 40000, &piece));
        assert_int_equal(piece.head_size > 0, frame.key);
        if (i < first)
            continue;
        if (i > first) {
            piece.bytes += piece.head_size;
            piece.size -= piece.head_size;
        }
        assert_int_equal(write(made.file, piece.bytes, piece.size), piece.size);
        made.keys[i] = frame.key;
        made.ends[i] = made.size += piece.size;
    }
    matroska_run_free(run);
    return made;
}

static void a_torn_file_is_measured(void **state)
{
    struct made made = make(0);

    (void)state;
    for (size_t size = made.size;; size--) {
        struct index_row row = {.frames = 99};
        int64_t length_ms = -1;
        uint64_t pictures = 0, keys = 0;

        assert_int_equal(ftruncate(made.file, (off_t)size), 0);
        assert_int_equal(measure_segment(made.file, &row, &length_ms), 0);
        for (int i = 0; i < PICTURES; i++) {
            pictures += made.ends[i] <= size;
            keys += made.ends[i] <= size && made.keys[i];
        }
        assert_int_equal(row.frames, pictures);
        assert_int_equal(row.keyframes, keys);
        assert_true(row.bytes <= size);
        assert_int_equal(length_ms, 40 * (int64_t)pictures);
        if (size == 0)
            break;
    }
    close(made.file);
}

static void a_file_begins_at_any_keyframe(void **state)
{
    (void)state;
    for (int first = 0; first < PICTURES; first += GROUP) {
        struct made made = make(first);
        struct index_row row;
        int64_t length_ms;

        assert_int_equal(measure_segment(made.file, &row, &length_ms), 0);
        assert_int_equal(row.frames, PICTURES - first);
        assert_int_equal(row.bytes, made.size);
        assert_int_equal(length_ms, 40 * (PICTURES - first));
        close(made.file);
    }
}

/* Nothing is believed of a file that somebody changed, and nothing is read beyond its end. */
static void any_bytes_may_come(void **state)
{
    struct made made = make(0);
    uint8_t *bytes = malloc(made.size);
    unsigned seed = 1;

    (void)state;
    assert_non_null(bytes);
    for (int i = 0; i < 2000; i++) {
        struct index_row row;
        int64_t length_ms;

        assert_int_equal(pread(made.file, bytes, made.size, 0), made.size);
        for (int j = 0; j < 4; j++)
            bytes[(size_t)rand_r(&seed) % made.size] = (uint8_t)rand_r(&seed);
        bytes[0] = MATROSKA_FIRST_BYTE;
        int file = memfd_create("changed", MFD_CLOEXEC);

        assert_int_equal(write(file, bytes, made.size), made.size);
        assert_int_equal(measure_segment(file, &row, &length_ms), 0);
        assert_true(row.bytes <= made.size && row.frames <= made.size && length_ms >= 0);
        close(file);
    }
    free(bytes);
    close(made.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_torn_file_is_measured),
                                       cmocka_unit_test(a_file_begins_at_any_keyframe),
                                       cmocka_unit_test(any_bytes_may_come)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
