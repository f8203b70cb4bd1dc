#include "runtime/node/lookout.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/lifesign.h"

#define INHERITED_MS 5000 /* in which a new process has seen what there is */

struct lookout {
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    struct companion *companion;
    struct lookout *former; /* of the deployment before, which ends; or NULL */
    bool storage_lost;      /* what the engine was told */
    int64_t inherited_ms;   /* when that was another lookout's word; -1: it is all its own */
    struct view_told {
        uint8_t view;      /* what the engine was told, for each failover under this server */
        uint8_t inherited; /* by another lookout, and this one has said nothing yet */
    } views[];
};

/* ---- what it tells ---- */

static void announce_view(struct lookout *lookout, uint32_t n, enum lifesign_view view)
{
    static const enum engine_event_kind kinds[LIFESIGN_VIEW_COUNT] = {
        [LIFESIGN_NONE] = EVENT_VIEW_NONE,
        [LIFESIGN_SILENT] = EVENT_VIEW_SILENT,
        [LIFESIGN_ALIVE] = EVENT_VIEW_ALIVE};
    lookout->views[n].inherited = 0;
    if (lookout->views[n].view == view)
        return;
    lookout->views[n].view = (uint8_t)view;
    struct engine_event event = inbox_event(kinds[view]);
    event.failover = image_servers(lookout->image)[lookout->server].failovers.first + n;
    inbox_put(lookout->inbox, &event, NULL);
}

static void announce_storage(struct lookout *lookout, bool lost)
{
    if (lookout->storage_lost == lost)
        return;
    lookout->storage_lost = lost;
    const struct engine_event event = inbox_event(lost ? EVENT_STORAGE_LOST : EVENT_STORAGE_BACK);
    inbox_put(lookout->inbox, &event, NULL);
}

static void on_word(void *owner, const void *heard)
{
    struct lookout *lookout = owner;
    const struct lookout_word *word = heard;
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    struct engine_event event = inbox_event(word->value != 0 ? EVENT_REACHED : EVENT_UNREACHED);
    switch ((enum lookout_kind)word->kind) {
    case LOOKOUT_BEAT:
        break;
    case LOOKOUT_PROBE:
        event = inbox_event(word->value != 0 ? EVENT_NETWORK_FINE : EVENT_NETWORK_DOWN);
        inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_REACH:
        event.camera = word->subject;
        if (word->subject < lookout->image->cameras.count)
            inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_VIEW:
        if (word->subject - own.first < own.count && word->value < LIFESIGN_VIEW_COUNT)
            announce_view(lookout, word->subject - own.first, (enum lifesign_view)word->value);
        break;
    case LOOKOUT_STORAGE:
        announce_storage(lookout, word->value == 0);
        break;
    case LOOKOUT_KIND_COUNT:
        break;
    }
}

/* Without the process nothing can be said. */
static void on_gone(void *owner)
{
    struct lookout *lookout = owner;
    const uint32_t count = image_servers(lookout->image)[lookout->server].failovers.count;
    for (uint32_t n = 0; n < count; n++)
        announce_view(lookout, n, LIFESIGN_NONE);
}

/* ---- what it is told ---- */

static void tell(struct lookout *lookout, enum lookout_kind kind, uint32_t subject)
{
    const struct lookout_word word = {.kind = kind, .subject = subject};
    companion_tell(lookout->companion, &word);
}

static uint32_t find_name(const struct lookout *lookout, const char *name)
{
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    for (uint32_t n = 0; n < own.count; n++)
        if (strcmp(image_text(lookout->image, image_failovers(lookout->image)[own.first + n].name),
                   name) == 0)
            return n;
    return IMAGE_NONE;
}

void lookout_inherit(struct lookout *lookout, const struct lookout *former)
{
    const struct image *image = lookout->image;
    const struct image_list own = image_servers(image)[lookout->server].failovers;
    lookout->inherited_ms = clock_now_ms();
    lookout->storage_lost = former->storage_lost;
    for (uint32_t n = 0; n < own.count; n++) {
        const char *name = image_text(image, image_failovers(image)[own.first + n].name);
        const uint32_t old = find_name(former, name);
        if (old != IMAGE_NONE)
            lookout->views[n] = (struct view_told){.view = former->views[old].view, .inherited = 1};
    }
}

/* What nobody has said again is no longer seen. */
static void end_inheritance(struct lookout *lookout)
{
    const uint32_t count = image_servers(lookout->image)[lookout->server].failovers.count;
    if (lookout->inherited_ms < 0 || clock_now_ms() - lookout->inherited_ms < INHERITED_MS)
        return;
    lookout->inherited_ms = -1;
    for (uint32_t n = 0; n < count; n++)
        if (lookout->views[n].inherited)
            announce_view(lookout, n, LIFESIGN_NONE);
}

void lookout_tick(struct lookout *lookout)
{
    end_inheritance(lookout);
    companion_tick(lookout->companion);
    tell(lookout, LOOKOUT_BEAT, 0);
}

enum lifesign_view lookout_view(const struct lookout *lookout, uint32_t n)
{
    return (enum lifesign_view)lookout->views[n].view;
}

void lookout_probe(struct lookout *lookout)
{
    tell(lookout, LOOKOUT_PROBE, 0);
}

void lookout_reach(struct lookout *lookout, uint32_t camera)
{
    tell(lookout, LOOKOUT_REACH, camera);
}

/* ---- opening and closing ---- */

struct lookout *lookout_open(uv_loop_t *loop, const char *deployment, const struct image *image,
                             uint32_t server, struct inbox *inbox)
{
    const uint32_t count = image_servers(image)[server].failovers.count;
    struct lookout *lookout = calloc(1, sizeof *lookout + count * sizeof lookout->views[0]);
    if (lookout == NULL)
        return NULL;
    lookout->image = image;
    lookout->server = server;
    lookout->inbox = inbox;
    lookout->inherited_ms = -1;
    const struct companion_plan plan = {.name = "lookout",
                                        .deployment = deployment,
                                        .image = image,
                                        .server = server,
                                        .word_size = sizeof(struct lookout_word),
                                        .owner = lookout,
                                        .heard = on_word,
                                        .gone = on_gone};
    lookout->companion = companion_open(loop, &plan);
    if (lookout->companion == NULL) {
        free(lookout);
        return NULL;
    }
    return lookout;
}

void lookout_retire(struct lookout *lookout, struct lookout *former)
{
    lookout->former = former;
    companion_close(former->companion);
}

void lookout_close(struct lookout *lookout)
{
    companion_close(lookout->companion);
}

void lookout_abandon(struct lookout *lookout)
{
    for (; lookout != NULL; lookout = lookout->former)
        companion_abandon(lookout->companion);
}

void lookout_free(struct lookout *lookout)
{
    if (lookout == NULL)
        return;
    lookout_free(lookout->former);
    companion_free(lookout->companion);
    free(lookout);
}
