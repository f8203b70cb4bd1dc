/* Bodies of many parts as cameras send them, in pieces of every size; and RTP packets in any order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/adts.h"
#include "recorder/jpeg.h"
#include "recorder/multipart.h"
#include "recorder/rtp.h"

#define PICTURE_MAX 64

/* Feeds a body in pieces; writes the pictures, each behind a `|`. Returns the last verdict. */
static enum multipart_verdict feed(const char *type, const char *body, size_t size, size_t piece,
                                   char *pictures)
{
    enum multipart_verdict verdict = MULTIPART_MORE;
    struct multipart multipart;
    size_t at = 0, length = 0;

    assert_true(multipart_init(&multipart, type, PICTURE_MAX));
    while (at < size && verdict != MULTIPART_BROKEN && verdict != MULTIPART_OVER) {
        size_t part = size - at < piece ? size - at : piece, used = 0;

        verdict = multipart_take(&multipart, (const uint8_t *)body + at, part, &used);
        assert_true(used <= part);
        at += used;
        if (verdict != MULTIPART_PICTURE)
            continue;
        length += (size_t)sprintf(pictures + length, "|%.*s", (int)multipart.picture_size,
                                  (const char *)multipart.picture);
    }
    multipart_free(&multipart);
    return verdict;
}

static void gives(const char *type, const char *body, const char *expected,
                  enum multipart_verdict last)
{
    for (size_t piece = 1; piece <= strlen(body); piece++) {
        char pictures[256] = "";

        assert_int_equal(feed(type, body, strlen(body), piece, pictures), last);
        assert_string_equal(pictures, expected);
    }
}

static void pictures_come_whole_in_any_pieces(void **state)
{
    (void)state;
    gives("multipart/x-mixed-replace; boundary=frame",
          "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nab--f\r\n"
          "--frame\r\ncontent-length:3\r\n\r\nxyz\r\n--frame--\r\n",
          "|ab--f|xyz", MULTIPART_OVER);
    /* No lengths, and a boundary that has its dashes already. */
    gives("multipart/x-mixed-replace;boundary=\"--cut\"",
          "--cut\r\nContent-Type: image/jpeg\r\n\r\none--cu\r\n--cut\r\n\r\ntwo\n--cut--\n",
          "|one--cu|two", MULTIPART_OVER);
}

static void what_is_none_is_broken(void **state)
{
    static const char type[] = "multipart/x-mixed-replace; boundary=b";
    struct multipart multipart;
    char body[4096];

    (void)state;
    assert_false(multipart_init(&multipart, "video/mp2t", PICTURE_MAX));
    assert_false(multipart_init(&multipart, "multipart/mixed", PICTURE_MAX));
    assert_false(multipart_init(&multipart, "multipart/mixed; boundary=", PICTURE_MAX));
    gives(type, "--b\nContent-Length: 65\n\n", "", MULTIPART_BROKEN);
    gives(type, "--b\nContent-Length: -1\n\n", "", MULTIPART_BROKEN);
    gives(type, "--b\nContent-Length: 0\n\n", "", MULTIPART_BROKEN);
    snprintf(body, sizeof(body), "--b\n\n%080d", 0); /* a picture that does not end */
    assert_int_equal(feed(type, body, strlen(body), 7, (char[256]){0}), MULTIPART_BROKEN);
    memset(body, 'x', sizeof(body)); /* nor a line */
    assert_int_equal(feed(type, body, sizeof(body), 7, (char[256]){0}), MULTIPART_BROKEN);
    memset(body, '\n', sizeof(body)); /* nor the lines */
    assert_int_equal(feed(type, body, sizeof(body), 7, (char[256]){0}), MULTIPART_BROKEN);
}

/* ---- RTP ---- */

static void put(struct rtp_order *order, uint16_t sequence)
{
    uint8_t bytes[14] = {0x80, 33, (uint8_t)(sequence >> 8), (uint8_t)sequence};
    struct rtp_packet packet;

    bytes[12] = (uint8_t)(sequence >> 8);
    bytes[13] = (uint8_t)sequence;
    assert_true(rtp_parse(bytes, sizeof(bytes), &packet));
    rtp_order_put(order, &packet);
}

static void expect(struct rtp_order *order, uint16_t sequence)
{
    size_t size;
    const uint8_t *payload = rtp_order_take(order, &size);

    assert_non_null(payload);
    assert_int_equal(size, 2);
    assert_int_equal(payload[0] << 8 | payload[1], sequence);
}

static void packets_come_into_order(void **state)
{
    static struct rtp_order order;
    size_t size;

    (void)state;
    put(&order, 65534);
    expect(&order, 65534);
    put(&order, 0); /* overtook another, over the end of the numbers */
    assert_null(rtp_order_take(&order, &size));
    put(&order, 65535);
    put(&order, 65535);
    put(&order, 65534); /* late */
    expect(&order, 65535);
    expect(&order, 0);
    assert_null(rtp_order_take(&order, &size));
    for (uint16_t i = 2; i < 2 + RTP_WINDOW / 2; i++) /* 1 is lost */
        put(&order, i);
    for (uint16_t i = 2; i < 2 + RTP_WINDOW / 2; i++)
        expect(&order, i);
    put(&order, 30000); /* began anew */
    expect(&order, 30000);
}

static void what_is_no_packet_is_dropped(void **state)
{
    static const uint8_t whole[16] = {0xb1, 33, 0, 1, [12] = 1};
    uint8_t bytes[64] = {0x80, 33};
    struct rtp_packet packet;

    (void)state;
    assert_false(rtp_parse(bytes, 12, &packet)); /* nothing in it */
    assert_true(rtp_parse(bytes, 13, &packet));
    bytes[1] = 0; /* sound */
    assert_false(rtp_parse(bytes, 13, &packet));
    bytes[1] = 33;
    bytes[0] = 0x40;
    assert_false(rtp_parse(bytes, 13, &packet));
    bytes[0] = 0xa0; /* padding longer than the packet */
    bytes[63] = 60;
    assert_false(rtp_parse(bytes, 64, &packet));
    bytes[0] = 0x90; /* an extension longer than the packet */
    bytes[14] = 0xff;
    assert_false(rtp_parse(bytes, 64, &packet));
    for (size_t size = 0; size < sizeof(whole); size++) {
        uint8_t *exact = malloc(size + 1); /* a byte too far shows under ASan */

        memcpy(exact + 1, whole, size);
        rtp_parse(exact + 1, size, &packet);
        free(exact);
    }
}

/* ---- heads of pictures and sounds ---- */

static void heads_are_read(void **state)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xe0, 0,   4, 1,  2, 0xff, 0xff, 0xc0,
                                   0,    11,   8,    0,    180, 1, 64, 1, 1,    17,   0};
    static const uint8_t adts[] = {0xff, 0xf1, 0x4c, 0x80, 0x01, 0x3f, 0xfc, 1, 2};
    struct adts_header header;
    uint32_t width, height;

    (void)state;
    assert_true(jpeg_size(jpeg, sizeof(jpeg), &width, &height));
    assert_int_equal(width, 320);
    assert_int_equal(height, 180);
    for (size_t size = 0; size < 18; size++)
        assert_false(jpeg_size(jpeg, size, &width, &height));
    assert_true(adts_parse(adts, sizeof(adts), &header));
    assert_int_equal(header.rate_hz, 48000);
    assert_int_equal(header.channels, 2);
    assert_int_equal(header.size, 7);
    assert_memory_equal(header.setup, "\x11\x90", 2);
    for (size_t size = 0; size < sizeof(adts); size++)
        assert_false(adts_parse(adts, size, &header));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_come_whole_in_any_pieces),
        cmocka_unit_test(what_is_none_is_broken), cmocka_unit_test(packets_come_into_order),
        cmocka_unit_test(what_is_no_packet_is_dropped), cmocka_unit_test(heads_are_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
