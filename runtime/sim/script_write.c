/* Acts and expectations as lines of an outage file, in the language of outages. */
#include "runtime/sim/script.h"

#include <assert.h>
#include <inttypes.h>

/* A text as a string of Lua. */
static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\' || byte < 0x20 || byte == 0x7f)
            fprintf(out, "\\%03u", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

static void write_server(FILE *out, const struct image *image, uint32_t server)
{
    write_quoted(out, image_text(image, image_servers(image)[server].name));
}

static void write_camera(FILE *out, const struct image *image, uint32_t camera)
{
    write_quoted(out, image_text(image, image_cameras(image)[camera].name));
}

static void write_failover(FILE *out, const struct image *image, uint32_t failover)
{
    write_quoted(out, image_text(image, image_failovers(image)[failover].name));
}

static void write_target(FILE *out, const struct image *image, const struct outage_act *act)
{
    switch (script_act_target(act->kind)) {
    case TARGET_SERVER:
        write_server(out, image, act->a);
        break;
    case TARGET_PATH:
        write_server(out, image, act->a);
        fputs(", ", out);
        write_quoted(out, script_end_name(image, act));
        break;
    case TARGET_FAILOVER:
        write_failover(out, image, act->a);
        break;
    case TARGET_STORE:
        if (act->a == IMAGE_NONE) {
            fputs("\"coordinator\"", out);
            break;
        }
        /* fall through */
    case TARGET_VOLUME:
        write_quoted(out, image_text(image, image_volumes(image)[act->a].name));
        break;
    case TARGET_CAMERA:
        write_camera(out, image, act->a);
        break;
    case TARGET_CLOCK:
        write_server(out, image, act->a);
        fprintf(out, ", \"%s%" PRId64 " ms\"", act->jump_ms < 0 ? "-" : "",
                act->jump_ms < 0 ? -act->jump_ms : act->jump_ms);
        break;
    }
}

void script_write_act(FILE *out, const struct image *image, const struct outage_act *act)
{
    const enum act_target target = script_act_target(act->kind);
    const bool several = target == TARGET_PATH || target == TARGET_CLOCK;
    fprintf(out, "  at \"%" PRId64 " ms\" { %s%c", act->at_ms, script_act_word(act->kind),
            several ? '(' : ' ');
    write_target(out, image, act);
    fputs(several ? ") },\n" : " },\n", out);
}

static void write_by(FILE *out, const struct image *image, uint32_t server)
{
    if (server == IMAGE_NONE)
        return;
    fputs(", by = ", out);
    write_server(out, image, server);
}

static void write_at_most(FILE *out, const struct outage_expect *expect)
{
    fprintf(out, " { at_most = \"%" PRId64 " ms\" }", expect->limit_ms);
}

void script_write_expect(FILE *out, const struct image *image, const struct outage_expect *expect)
{
    fputs("  expect { ", out);
    switch ((enum outage_expect_kind)expect->kind) {
    case EXPECT_GAP:
        fputs("gap ", out);
        write_camera(out, image, expect->subject);
        write_at_most(out, expect);
        break;
    case EXPECT_CARRIED:
        fputs("carried ", out);
        write_server(out, image, expect->subject);
        fputs(expect->by == IMAGE_NONE ? " {" : " { by = ", out);
        if (expect->by != IMAGE_NONE)
            write_server(out, image, expect->by);
        fputs(" }", out);
        break;
    case EXPECT_OVERLOAD:
        fputs("overload ", out);
        write_server(out, image, expect->subject);
        fputs(" { never = true }", out);
        break;
    case EXPECT_RECORDED:
        fputs("recorded ", out);
        write_camera(out, image, expect->subject);
        fprintf(out, " { at_least = \"%" PRId64 " ms\"", expect->limit_ms);
        write_by(out, image, expect->by);
        fputs(" }", out);
        break;
    case EXPECT_DOUBLE:
        fputs("double ", out);
        write_camera(out, image, expect->subject);
        write_at_most(out, expect);
        break;
    case EXPECT_QUEUED:
        fputs("queued ", out);
        write_failover(out, image, expect->subject);
        write_at_most(out, expect);
        break;
    case EXPECT_LICENCE:
        fputs("licence ", out);
        write_failover(out, image, expect->subject);
        fprintf(out, " { expired = %s }", expect->limit_ms == 1 ? "true" : "false");
        break;
    case EXPECT_COUNT:
        assert(!"an expectation of no kind");
        break;
    }
    fputs(" },\n", out);
}
