/* clip: makes a test clip, an H.264 transport stream with a burnt-in frame counter (counter.h).
 *
 * 25 frames a second, a closed group of pictures of exactly one second, no B-frames, the parameter
 * sets in front of every keyframe: what a plain surveillance camera sends. The same arguments give
 * the same bytes.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include "tests/camera/counter.h"

#define CLIP_WIDTH    320
#define CLIP_HEIGHT   180
#define CLIP_FPS      25
#define CLIP_RATE_BPS 200000
#define CLIP_FRAMES   15000 /* ten minutes */

#define STRIP_TOP  112 /* below the digits: the moving part of the picture */
#define SWEEP_SIZE 12

struct clip {
    struct counter counter;
    const char *path;
    AVCodecContext *encoder;
    AVFormatContext *file;
    AVFrame *picture;
    AVPacket *packet;
};

static int fail(const char *what, int error)
{
    fprintf(stderr, "clip: %s: %s\n", what, av_err2str(error));
    return 3;
}

/* What does not change: a grey wedge, and a tint of its own for each camera. */
static void paint_background(const struct clip *clip)
{
    const AVFrame *picture = clip->picture;
    for (int y = 0; y < CLIP_HEIGHT; y++)
        for (int x = 0; x < CLIP_WIDTH; x++)
            picture->data[0][y * picture->linesize[0] + x] = (uint8_t)(60 + x / 4 + y / 8);
    uint8_t blue = (uint8_t)(128 + ((clip->counter.camera * 37 + 3) % 7 - 3) * 16);
    uint8_t red = (uint8_t)(128 + ((clip->counter.camera * 53 + 2) % 5 - 2) * 20);
    memset(picture->data[1], blue, (size_t)picture->linesize[1] * CLIP_HEIGHT / 2);
    memset(picture->data[2], red, (size_t)picture->linesize[2] * CLIP_HEIGHT / 2);
}

/* What moves: grain that gives the stream a camera's rate, and a square that crosses the picture
 * every few seconds. */
static void paint_motion(const AVFrame *picture, uint32_t frame)
{
    uint32_t grain = frame * 2654435761u + 1;
    for (int y = STRIP_TOP; y < CLIP_HEIGHT; y++) {
        for (int x = 0; x < CLIP_WIDTH; x++) {
            grain = grain * 1664525u + 1013904223u;
            picture->data[0][y * picture->linesize[0] + x] =
                (uint8_t)(90 + x / 4 + (int)(grain >> 28));
        }
    }
    int left = (int)(frame * 3 % (CLIP_WIDTH - SWEEP_SIZE));
    for (int y = CLIP_HEIGHT - 2 * SWEEP_SIZE; y < CLIP_HEIGHT - SWEEP_SIZE; y++)
        memset(picture->data[0] + y * picture->linesize[0] + left, LUMA_WHITE, SWEEP_SIZE);
}

static int open_encoder(struct clip *clip)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *encoder = clip->encoder = avcodec_alloc_context3(codec);
    if (!encoder)
        return AVERROR(ENOMEM);
    encoder->width = CLIP_WIDTH;
    encoder->height = CLIP_HEIGHT;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = (AVRational){1, CLIP_FPS};
    encoder->framerate = (AVRational){CLIP_FPS, 1};
    encoder->gop_size = CLIP_FPS;
    encoder->max_b_frames = 0;
    encoder->bit_rate = CLIP_RATE_BPS;
    encoder->thread_count = 1; /* the bytes must not depend on the machine */
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "ultrafast", 0);
    av_dict_set(&options, "profile", "baseline", 0);
    av_dict_set(&options, "x264-params",
                "keyint=25:min-keyint=25:scenecut=0:open-gop=0:repeat-headers=1:force-cfr=1", 0);
    int error = avcodec_open2(encoder, codec, &options);
    av_dict_free(&options);
    return error;
}

static int open_file(struct clip *clip, const char *url)
{
    int error = avformat_alloc_output_context2(&clip->file, NULL, "mpegts", NULL);
    if (error < 0)
        return error;
    clip->file->flags |= AVFMT_FLAG_BITEXACT;
    AVStream *stream = avformat_new_stream(clip->file, NULL);
    if (!stream)
        return AVERROR(ENOMEM);
    stream->time_base = clip->encoder->time_base;
    stream->avg_frame_rate = clip->encoder->framerate;
    if ((error = avcodec_parameters_from_context(stream->codecpar, clip->encoder)) < 0)
        return error;
    if ((error = avio_open(&clip->file->pb, url, AVIO_FLAG_WRITE)) < 0)
        return error;
    return avformat_write_header(clip->file, NULL);
}

static int prepare(struct clip *clip, const char *url)
{
    clip->picture = av_frame_alloc();
    clip->packet = av_packet_alloc();
    if (!clip->picture || !clip->packet)
        return AVERROR(ENOMEM);
    clip->picture->format = AV_PIX_FMT_YUV420P;
    clip->picture->width = CLIP_WIDTH;
    clip->picture->height = CLIP_HEIGHT;
    int error = av_frame_get_buffer(clip->picture, 0);
    if (error < 0 || (error = open_encoder(clip)) < 0)
        return error;
    return open_file(clip, url);
}

/* Gives the encoder a picture, or NULL for "no more", and writes what it has ready. */
static int encode(struct clip *clip, const AVFrame *picture)
{
    int error = avcodec_send_frame(clip->encoder, picture);
    while (error >= 0) {
        error = avcodec_receive_packet(clip->encoder, clip->packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return 0;
        if (error < 0)
            return error;
        clip->packet->stream_index = 0;
        clip->packet->duration = 1;
        av_packet_rescale_ts(clip->packet, clip->encoder->time_base,
                             clip->file->streams[0]->time_base);
        error = av_interleaved_write_frame(clip->file, clip->packet);
    }
    return error;
}

static int make_frames(struct clip *clip)
{
    AVFrame *picture = clip->picture;
    paint_background(clip);
    for (uint32_t frame = 0; frame < clip->counter.length; frame++) {
        /* The encoder may still hold the last picture: it gets a copy where it does. */
        int error = av_frame_make_writable(picture);
        if (error < 0)
            return error;
        paint_motion(picture, frame);
        clip->counter.frame = frame;
        counter_draw(&clip->counter, &(struct luma){picture->data[0], (size_t)picture->linesize[0],
                                                    CLIP_WIDTH, CLIP_HEIGHT});
        picture->pts = frame;
        if ((error = encode(clip, picture)) < 0)
            return error;
    }
    int error = encode(clip, NULL);
    return error < 0 ? error : av_write_trailer(clip->file);
}

static void release(struct clip *clip)
{
    if (clip->file)
        avio_closep(&clip->file->pb);
    avformat_free_context(clip->file);
    avcodec_free_context(&clip->encoder);
    av_frame_free(&clip->picture);
    av_packet_free(&clip->packet);
}

/* Makes the clip beside its place and moves it there when it is whole. */
static int make_clip(struct clip *clip)
{
    char *url = NULL; /* a name with a colon in it must not become a protocol */
    if (asprintf(&url, "file:%s.part", clip->path) < 0)
        return fail(clip->path, AVERROR(ENOMEM));
    const char *part = url + strlen("file:");
    int error = prepare(clip, url);
    if (error >= 0)
        error = make_frames(clip);
    release(clip);
    if (error >= 0 && rename(part, clip->path) != 0)
        error = AVERROR(errno);
    if (error < 0)
        remove(part);
    free(url);
    return error < 0 ? fail(clip->path, error) : 0;
}

static void usage(FILE *to)
{
    fputs(
        "usage: clip [--frames N] [--camera NUMBER] FILE.ts\n"
        "  --frames N       length of the clip in frames, a multiple of 25 (default 15000: ten "
        "minutes)\n"
        "  --camera NUMBER  number of the camera, 0 to 255, burnt into each picture (default 0)\n",
        to);
}

static bool number(const char *text, unsigned long limit, unsigned long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && *value <= limit;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"frames", required_argument, NULL, 'f'},
                                            {"camera", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    unsigned long frames = CLIP_FRAMES, camera = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h')
            return usage(stdout), 0;
        bool good = (option == 'f' && number(optarg, COUNTER_FRAME_LIMIT - 1, &frames)) ||
                    (option == 'c' && number(optarg, 255, &camera));
        if (!good)
            return usage(stderr), 2;
    }
    if (optind + 1 != argc || frames == 0 || frames % CLIP_FPS != 0)
        return usage(stderr), 2;
    av_log_set_level(AV_LOG_ERROR);
    struct clip clip = {.counter = {0, (uint32_t)frames, (uint8_t)camera}, .path = argv[optind]};
    return make_clip(&clip);
}
