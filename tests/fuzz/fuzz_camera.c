/* Whatever a camera may send that the recorder takes apart by itself; the first byte says what it
 * is taken for. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/adts.h"
#include "recorder/jpeg.h"
#include "recorder/matroska_run.h"
#include "recorder/multipart.h"
#include "recorder/nal.h"
#include "recorder/recorder.h"
#include "recorder/rtp.h"
#include "recorder/secret.h"
#include "recorder/url.h"

#define PICTURE_MAX 4096
#define PIECE_MAX   97

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_parts(const uint8_t *data, size_t size)
{
    enum multipart_verdict verdict = MULTIPART_MORE;
    struct multipart multipart;

    assert(multipart_init(&multipart, "multipart/x-mixed-replace;boundary=b", PICTURE_MAX));
    while (size > 0 && verdict != MULTIPART_BROKEN && verdict != MULTIPART_OVER) {
        size_t part = size < PIECE_MAX ? size : PIECE_MAX, used;

        verdict = multipart_take(&multipart, data, part, &used);
        assert(used <= part && (used == part || verdict != MULTIPART_MORE));
        assert(verdict != MULTIPART_PICTURE || multipart.picture_size <= PICTURE_MAX);
        data += used;
        size -= used;
    }
    multipart_free(&multipart);
}

/* Packets of 20 bytes. */
static void take_packets(const uint8_t *data, size_t size)
{
    static struct rtp_order order;
    struct rtp_packet packet;
    size_t got;

    memset(&order, 0, sizeof(order));
    for (; size >= 20; data += 20, size -= 20) {
        if (rtp_parse(data, 20, &packet))
            rtp_order_put(&order, &packet);
        while (rtp_order_take(&order, &got) != NULL)
            assert(got > 0 && got <= RTP_PAYLOAD_MAX);
    }
}

static void take_picture(enum media_codec codec, const uint8_t *data, size_t size)
{
    struct media media = {.picture = {.codec = codec, .width = 320, .height = 180}};
    struct frame frame = {.data = (uint8_t *)(uintptr_t)data, .size = size, .key = true};
    char cause[RECORDER_CAUSE_MAX];
    struct matroska_run *run;
    struct matroska_piece piece;

    media.picture.setup_size =
        nal_parameters(codec, data, size, media.picture.setup, sizeof(media.picture.setup));
    nal_inspect(codec, data, size);
    run = matroska_run_open(&media, cause);
    if (run == NULL)
        return;
    assert(matroska_run_picture(run, &frame, 1000000, &piece));
    matroska_run_free(run);
}

static void take_text(const uint8_t *data, size_t size)
{
    char text[RECORDER_URL_MAX], to[4 * RECORDER_URL_MAX], host[URL_HOST_MAX];
    char cause[RECORDER_CAUSE_MAX];
    struct secret secret;
    enum url_kind kind;
    uint16_t port;

    secret_read((const char *)data, size, "door", &secret, cause);
    secret_read((const char *)data, size, NULL, &secret, cause);
    size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!url_accept(text, &kind, cause) || kind > URL_HTTPS)
        return;
    url_host(text, host, &port);
    assert(url_with_user(text, "us er", "pass@word", to, sizeof(to)));
    assert(url_accept(to, &kind, cause) || strlen(to) >= RECORDER_URL_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct adts_header header;
    uint32_t width, height;

    if (size == 0)
        return 0;
    switch (data[0] % 6) {
    case 0:
        take_parts(data + 1, size - 1);
        break;
    case 1:
        take_packets(data + 1, size - 1);
        break;
    case 2:
        take_picture(MEDIA_H264, data + 1, size - 1);
        break;
    case 3:
        take_picture(MEDIA_H265, data + 1, size - 1);
        break;
    case 4:
        take_text(data + 1, size - 1);
        break;
    default:
        jpeg_size(data + 1, size - 1, &width, &height);
        adts_parse(data + 1, size - 1, &header);
    }
    return 0;
}
