/* The records of parameter sets are those that libavformat makes of sound ones; what is not sound
 * is refused at once, also where libavformat would count to four thousand millions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavformat/avformat.h>

#include "recorder/matroska.h"
#include "recorder/nal.h"
#include "recorder/nal_record.h"
#include "recorder/recorder.h"

struct sample {
    enum media_codec codec;
    const char *sets[3]; /* hexadecimal */
};

static const struct sample samples[] = {
    /* high, high 4:2:2 with 10 bits, baseline, by x264 */
    {MEDIA_H264, {"6764000cacd941419f9f011000000300100000030320f1429960", "68ebe3cb22c0"}},
    {MEDIA_H264, {"677a000cb6cd941419f8dc0440000003004000000c83c50a6580", "68ebe3cb22c0"}},
    {MEDIA_H264, {"6742c00cd901419f9f011000000300100000030320f142a480", "68cb83cb20"}},
    /* 4:2:2 with 10 bits, 4:2:0, by x265 */
    {MEDIA_H265,
     {"40010c01ffff0408000003009d0800000300003c959809",
      "4201010408000003009d0800000300003cb00a080b9f2b65959a4932bc05a02000000300200000030321",
      "4401c172b46240"}},
    {MEDIA_H265,
     {"40010c01ffff01600000030090000003000003003c959809",
      "42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840",
      "4401c172b46240"}},
};
#define SAMPLES (sizeof(samples) / sizeof(*samples))

static void add_set(struct media_track *track, const char *digits)
{
    static const uint8_t code[] = {0, 0, 0, 1};

    memcpy(track->setup + track->setup_size, code, sizeof(code));
    track->setup_size += sizeof(code);
    for (; *digits != '\0'; digits += 2) {
        char pair[3] = {digits[0], digits[1]};

        track->setup[track->setup_size++] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static struct media media_of(const struct sample *sample)
{
    struct media media = {.picture = {.codec = sample->codec, .width = 320, .height = 180}};

    for (size_t i = 0; i < 3 && sample->sets[i] != NULL; i++)
        add_set(&media.picture, sample->sets[i]);
    return media;
}

/* A Matroska head for which libavformat has made the record by itself. */
static size_t make_theirs(const struct media_track *track, uint8_t **bytes)
{
    AVFormatContext *format = NULL;
    AVStream *stream;
    int size;

    assert_true(avformat_alloc_output_context2(&format, NULL, "matroska", NULL) >= 0);
    assert_true(avio_open_dyn_buf(&format->pb) >= 0);
    format->pb->seekable = 0;
    format->flags |= AVFMT_FLAG_BITEXACT;
    stream = avformat_new_stream(format, NULL);
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = track->codec == MEDIA_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    stream->codecpar->width = (int)track->width;
    stream->codecpar->height = (int)track->height;
    stream->codecpar->extradata = av_mallocz(track->setup_size + AV_INPUT_BUFFER_PADDING_SIZE);
    memcpy(stream->codecpar->extradata, track->setup, track->setup_size);
    stream->codecpar->extradata_size = (int)track->setup_size;
    assert_true(avformat_write_header(format, NULL) >= 0);
    size = avio_close_dyn_buf(format->pb, bytes);
    format->pb = NULL;
    avformat_free_context(format);
    return (size_t)size;
}

static void records_are_as_libavformat_makes_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct media media = media_of(&samples[i]);
        struct matroska_bytes head = {0};
        char cause[RECORDER_CAUSE_MAX];
        uint8_t *theirs = NULL;
        size_t size = make_theirs(&media.picture, &theirs);

        assert_true(matroska_head(&media, &head, cause));
        assert_int_equal(head.size, size);
        assert_memory_equal(head.bytes, theirs, size);
        free(head.bytes);
        av_free(theirs);
    }
}

static void is_refused(const struct sample *sample)
{
    struct media media = media_of(sample);
    struct matroska_bytes head = {0};
    char cause[RECORDER_CAUSE_MAX] = "";

    assert_false(matroska_head(&media, &head, cause));
    assert_non_null(strstr(cause, "parameter sets"));
    assert_null(head.bytes);
}

static void what_is_not_sound_is_refused(void **state)
{
    static const struct sample unsound[] = {
        {MEDIA_H264, {NULL}},                                     /* nothing at all */
        {MEDIA_H264, {"6764000cacd941419f9f"}},                   /* no PPS */
        {MEDIA_H264, {"676400", "68ebe3cb22c0"}},                 /* cut off */
        {MEDIA_H264, {"6764000c00010001", "68ebe3cb22c0"}},       /* a number without an end */
        {MEDIA_H264, {"6764000c8401", "68ebe3cb22c0"}},           /* a format beyond 4:4:4 */
        {MEDIA_H265, {"40010c01", "42010101600000030090", "44"}}, /* cut off */
        {MEDIA_H265,
         {"40010c01", "42010f01600000030090000003000003003ca00a", "4401"}}, /* 8 layers */
        {MEDIA_H265, {"40010c01", "4401c172b46240"}},                       /* no SPS */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(unsound) / sizeof(*unsound); i++)
        is_refused(&unsound[i]);
}

/* What stands behind the format of the pictures in this one, found by fuzzing, keeps libavformat's
 * muxer busy for minutes. The record does not depend on it: what is recorded is what the camera
 * sends. */
static void counts_that_never_end_are_not_followed(void **state)
{
    static const struct sample endless = {
        MEDIA_H265,
        {"40010c01ffff016000000300900000030000030000003cba0240",
         "42010101600000030090000003000003003ca00a080c1f3e5ba4c2a49ce6200000030020000003032100",
         "4401c073c189"}};
    struct media media = media_of(&endless);
    struct matroska_bytes head = {0};
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    assert_true(matroska_head(&media, &head, cause));
    free(head.bytes);
}

/* Any bytes may come, and the record never grows beyond its room (ASan watches). */
static void any_bytes_may_come(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct media media = media_of(&samples[(size_t)i % SAMPLES]);
        struct media_track *track = &media.picture;
        uint8_t *record = malloc(NAL_RECORD_ROOM(track->setup_size));
        char cause[RECORDER_CAUSE_MAX];

        for (int j = 0; j < 4; j++)
            track->setup[(size_t)rand_r(&seed) % track->setup_size] =
                (uint8_t)(rand_r(&seed) % 3 == 0 ? rand_r(&seed) % 4 : rand_r(&seed));
        assert_true(nal_record(track->codec, track->setup, track->setup_size, record, cause) <=
                    NAL_RECORD_ROOM(track->setup_size));
        free(record);
    }
}

static void units_get_lengths(void **state)
{
    static const uint8_t picture[] = {0, 0, 0, 1, 9, 16, 0, 0, 1, 0x65, 1, 2, 3, 0, 0, 1, 0x65};
    static const uint8_t wanted[] = {0,    0, 0, 2, 9, 16, 0, 0, 0,   4,
                                     0x65, 1, 2, 3, 0, 0,  0, 1, 0x65};
    uint8_t made[sizeof(wanted)];

    (void)state;
    assert_int_equal(nal_with_lengths(MEDIA_H264, picture, sizeof(picture), NULL), sizeof(wanted));
    assert_int_equal(nal_with_lengths(MEDIA_H264, picture, sizeof(picture), made), sizeof(wanted));
    assert_memory_equal(made, wanted, sizeof(wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_are_as_libavformat_makes_them),
                                       cmocka_unit_test(what_is_not_sound_is_refused),
                                       cmocka_unit_test(counts_that_never_end_are_not_followed),
                                       cmocka_unit_test(any_bytes_may_come),
                                       cmocka_unit_test(units_get_lengths)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
