#include "runtime/node/tunnel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"

#define TELL_MS 5000 /* the peer hears so often that there is somebody */

static bool send_parcel(struct tunnel *tunnel, enum parcel_kind kind, uint64_t offset,
                        const void *bytes, size_t size)
{
    const struct parcel parcel = {
        .kind = kind, .serial = tunnel->id, .offset = offset, .bytes = bytes, .size = size};
    return tunnel->way->send(tunnel->way->owner, tunnel->peer, &parcel);
}

void tunnel_refuse(const struct tunnel_way *way, uint32_t peer, uint64_t id, const char *why)
{
    const struct parcel parcel = {.kind = PARCEL_END,
                                  .serial = id,
                                  .bytes = (const uint8_t *)why,
                                  .size = strnlen(why, TUNNEL_WHY_BYTES)};
    way->send(way->owner, peer, &parcel);
}

/* ---- the end ---- */

/* What the peer's process said last is passed on first. */
static void close_when_passed(struct tunnel *tunnel)
{
    if (tunnel->over && tunnel->passed == tunnel->received &&
        !uv_is_closing((uv_handle_t *)&tunnel->stream))
        uv_close((uv_handle_t *)&tunnel->stream, tunnel->closed);
}

static void end(struct tunnel *tunnel, const char *why)
{
    if (tunnel->over)
        return;
    tunnel->over = true;
    snprintf(tunnel->why, sizeof tunnel->why, "%s", why);
    uv_read_stop((uv_stream_t *)&tunnel->stream);
    close_when_passed(tunnel);
}

static void end_both(struct tunnel *tunnel, const char *why)
{
    if (!tunnel->over)
        send_parcel(tunnel, PARCEL_END, 0, NULL, 0);
    end(tunnel, why);
}

void tunnel_close(struct tunnel *tunnel)
{
    end_both(tunnel, "");
    if (!uv_is_closing((uv_handle_t *)&tunnel->stream))
        uv_close((uv_handle_t *)&tunnel->stream, tunnel->closed);
}

/* ---- from our process to the peer ---- */

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct tunnel *tunnel = (struct tunnel *)handle;
    const uint64_t left = TUNNEL_WINDOW - (tunnel->sent - tunnel->taken);
    (void)wanted;
    *buffer = uv_buf_init((char *)tunnel->room,
                          (unsigned)(left < sizeof tunnel->room ? left : sizeof tunnel->room));
}

static void on_bytes(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct tunnel *tunnel = (struct tunnel *)stream;
    if (size < 0) {
        end_both(tunnel, "");
        return;
    }
    if (size == 0)
        return;
    if (!send_parcel(tunnel, PARCEL_BYTES, tunnel->sent, buffer->base, (size_t)size))
        end(tunnel, "the link was lost");
    tunnel->sent += (uint64_t)size;
    if (tunnel->sent - tunnel->taken >= TUNNEL_WINDOW)
        uv_read_stop(stream);
}

static void hear_taken(struct tunnel *tunnel, uint64_t offset)
{
    if (offset <= tunnel->taken || offset > tunnel->sent)
        return;
    tunnel->taken = offset;
    uv_read_start((uv_stream_t *)&tunnel->stream, on_room, on_bytes);
}

/* ---- from the peer to our process ---- */

struct passing {
    uv_write_t write;
    struct tunnel *tunnel;
    size_t size;
    uint8_t bytes[];
};

static void tell_passed(struct tunnel *tunnel)
{
    tunnel->told_ms = clock_now_ms();
    send_parcel(tunnel, PARCEL_TAKEN, tunnel->passed, NULL, 0);
}

static void on_passed(uv_write_t *write, int status)
{
    struct passing *passing = write->data;
    struct tunnel *tunnel = passing->tunnel;
    tunnel->passed += passing->size;
    free(passing);
    if (status < 0)
        end_both(tunnel, "");
    else if (!tunnel->over)
        tell_passed(tunnel);
    close_when_passed(tunnel);
}

static void hear_bytes(struct tunnel *tunnel, const struct parcel *parcel)
{
    if (parcel->offset != tunnel->received ||
        parcel->size > TUNNEL_WINDOW - (tunnel->received - tunnel->passed)) {
        end_both(tunnel, "part of what was sent has been lost");
        return;
    }
    struct passing *passing = malloc(sizeof *passing + parcel->size);
    if (passing == NULL) {
        end_both(tunnel, "out of memory");
        return;
    }
    passing->tunnel = tunnel;
    passing->size = parcel->size;
    passing->write.data = passing;
    memcpy(passing->bytes, parcel->bytes, parcel->size);
    tunnel->received += parcel->size;
    const uv_buf_t buffer = uv_buf_init((char *)passing->bytes, (unsigned)parcel->size);
    if (uv_write(&passing->write, (uv_stream_t *)&tunnel->stream, &buffer, 1, on_passed) != 0) {
        tunnel->passed += parcel->size;
        free(passing);
        end_both(tunnel, "");
    }
}

/* ---- what a peer says ---- */

static void hear_end(struct tunnel *tunnel, const struct parcel *parcel)
{
    char why[TUNNEL_WHY_BYTES];
    const size_t size = parcel->size < sizeof why ? parcel->size : sizeof why - 1;
    memcpy(why, parcel->bytes, size);
    why[size] = '\0';
    for (char *c = why; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = ' ';
    end(tunnel, why);
}

void tunnel_hear(struct tunnel *tunnel, uint32_t peer, const struct parcel *parcel)
{
    if (peer != tunnel->peer || parcel->serial != tunnel->id || tunnel->over)
        return;
    tunnel->heard_ms = clock_now_ms();
    if (parcel->kind == PARCEL_BYTES)
        hear_bytes(tunnel, parcel);
    if (parcel->kind == PARCEL_TAKEN)
        hear_taken(tunnel, parcel->offset);
    if (parcel->kind == PARCEL_END)
        hear_end(tunnel, parcel);
}

/* ---- its life ---- */

void tunnel_init(struct tunnel *tunnel, uv_loop_t *loop, const struct tunnel_way *way,
                 uint32_t peer, uint64_t id, uv_close_cb closed)
{
    assert(id != 0);
    *tunnel = (struct tunnel){.way = way, .peer = peer, .id = id, .closed = closed};
    tunnel->heard_ms = tunnel->told_ms = clock_now_ms();
    uv_pipe_init(loop, &tunnel->stream, 0);
}

void tunnel_start(struct tunnel *tunnel)
{
    uv_read_start((uv_stream_t *)&tunnel->stream, on_room, on_bytes);
}

void tunnel_tick(struct tunnel *tunnel)
{
    if (tunnel->over)
        return;
    if (clock_now_ms() - tunnel->told_ms >= TELL_MS)
        tell_passed(tunnel);
    if (clock_now_ms() - tunnel->heard_ms >= TUNNEL_SILENCE_MS)
        end_both(tunnel, "the peer says nothing any more");
}
