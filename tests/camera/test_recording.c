/* Recordings read back: a clip that went through the encoder, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "tests/camera/child.h"
#include "tests/camera/recording.h"

#define FRAMES    250
#define TS_PACKET 188

static char folder[] = "/tmp/test_recording.XXXXXX";
static char clip_path[64], copy_path[64];
static uint8_t *clip;
static size_t clip_size;

static int make_clip(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(clip_path, sizeof clip_path, "%s/12:00:00.ts", folder); /* a colon is no protocol */
    snprintf(copy_path, sizeof copy_path, "%s/copy.ts", folder);
    if (child_wait(child_start(
            (const char *[]){"clip", "--frames", "250", "--camera", "7", clip_path, NULL}, NULL)) !=
        0)
        return -1;
    FILE *file = fopen(clip_path, "rb");
    clip = malloc(4 << 20);
    clip_size = file && clip ? fread(clip, 1, 4 << 20, file) : 0;
    if (file)
        fclose(file);
    return clip_size > 0 ? 0 : -1;
}

static int remove_clip(void **state)
{
    (void)state;
    free(clip);
    unlink(clip_path);
    unlink(copy_path);
    return rmdir(folder);
}

/* Writes the clip without the bytes of a hole. */
static void write_copy(size_t hole_begin, size_t hole_end)
{
    FILE *file = fopen(copy_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(clip, 1, hole_begin, file), hole_begin);
    assert_int_equal(fwrite(clip + hole_end, 1, clip_size - hole_end, file), clip_size - hole_end);
    assert_int_equal(fclose(file), 0);
}

static void test_every_frame_survives_the_encoder(void **state)
{
    (void)state;
    struct recording recording;
    assert_null(recording_read(&recording, clip_path));
    assert_int_equal(recording.frame_count, FRAMES);
    assert_int_equal(recording.undecoded, 0);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const struct recording_frame *frame = &recording.frames[i];
        assert_true(frame->readable);
        assert_int_equal(frame->counter.frame, i);
        assert_int_equal(frame->counter.length, FRAMES);
        assert_int_equal(frame->counter.camera, 7);
        assert_int_equal(frame->pts_us - recording.frames[0].pts_us, i * 40000);
    }
    recording_free(&recording);
}

/* A recorder killed while it writes leaves the last frame cut; nothing before it is lost. */
static void test_a_cut_end_costs_one_frame(void **state)
{
    (void)state;
    for (size_t part = 3; part < 10; part++) {
        struct recording recording;
        write_copy(clip_size * part / 10, clip_size);
        recording_read(&recording, copy_path);
        size_t readable = 0;
        for (; readable < recording.frame_count && recording.frames[readable].readable; readable++)
            assert_int_equal(recording.frames[readable].counter.frame, readable);
        assert_in_range(readable, FRAMES * part / 10 - FRAMES / 10,
                        FRAMES * part / 10 + FRAMES / 10);
        assert_true(recording.frame_count - readable + recording.undecoded <= 1);
        recording_free(&recording);
    }
}

/* What is read never lies, whatever is missing: numbers only grow, and the hole shows. */
static void test_a_hole_is_noticed(void **state)
{
    (void)state;
    for (size_t begin = 100 * TS_PACKET; begin + 40 * TS_PACKET < clip_size;
         begin += 333 * TS_PACKET) {
        struct recording recording;
        write_copy(begin, begin + 20 * TS_PACKET);
        recording_read(&recording, copy_path);
        size_t readable = 0;
        int64_t last = -1;
        for (size_t i = 0; i < recording.frame_count; i++) {
            const struct recording_frame *frame = &recording.frames[i];
            if (!frame->readable)
                continue;
            assert_true(frame->counter.frame > last);
            last = frame->counter.frame;
            readable++;
        }
        assert_true(readable < FRAMES && readable > FRAMES / 2);
        recording_free(&recording);
    }
}

static void test_what_is_no_video_is_named_so(void **state)
{
    (void)state;
    struct recording recording;
    write_copy(0, clip_size);
    assert_non_null(recording_read(&recording, copy_path));
    recording_free(&recording);
    FILE *file = fopen(copy_path, "w");
    assert_non_null(file);
    for (int i = 0; i < 5000; i++)
        fputs("not a video\n", file);
    fclose(file);
    assert_non_null(recording_read(&recording, copy_path));
    assert_int_equal(recording.frame_count, 0);
    recording_free(&recording);
    assert_non_null(recording_read(&recording, "/nonexistent"));
    recording_free(&recording);
}

static int frames(const char *one, const char *two)
{
    int output;
    pid_t child = child_start((const char *[]){"frames", one, two, NULL}, &output);
    int code = child_wait(child); /* a short report stays in the pipe */
    close(output);
    return code;
}

static void test_exit_codes_of_frames(void **state)
{
    (void)state;
    write_copy(0, 0);
    assert_int_equal(frames(clip_path, NULL), 0);
    assert_int_equal(frames(clip_path, copy_path), 0); /* the clip goes round */
    write_copy(clip_size / 3, clip_size / 2);
    assert_int_equal(frames(copy_path, NULL), 1);
    assert_int_equal(frames("/nonexistent", NULL), 3);
    assert_int_equal(frames("--unknown", clip_path), 2);
    assert_int_equal(frames(NULL, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_survives_the_encoder),
        cmocka_unit_test(test_a_cut_end_costs_one_frame),
        cmocka_unit_test(test_a_hole_is_noticed),
        cmocka_unit_test(test_what_is_no_video_is_named_so),
        cmocka_unit_test(test_exit_codes_of_frames),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, make_clip, remove_clip);
}
