#include "runtime/node/lookout.h"

#include <stdlib.h>

#include "runtime/node/companion.h"
#include "runtime/node/lifesign.h"

struct lookout {
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    struct companion *companion;
    bool storage_lost; /* what the engine was told */
    uint8_t views[];   /* what the engine was told, for each failover under this server */
};

/* ---- what it tells ---- */

static void announce_view(struct lookout *lookout, uint32_t n, enum lifesign_view view)
{
    static const enum engine_event_kind kinds[LIFESIGN_VIEW_COUNT] = {
        [LIFESIGN_NONE] = EVENT_VIEW_NONE,
        [LIFESIGN_SILENT] = EVENT_VIEW_SILENT,
        [LIFESIGN_ALIVE] = EVENT_VIEW_ALIVE};
    if (lookout->views[n] == view)
        return;
    lookout->views[n] = (uint8_t)view;
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

void lookout_tick(struct lookout *lookout)
{
    companion_tick(lookout->companion);
    tell(lookout, LOOKOUT_BEAT, 0);
}

enum lifesign_view lookout_view(const struct lookout *lookout, uint32_t n)
{
    return (enum lifesign_view)lookout->views[n];
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
    struct lookout *lookout = calloc(1, sizeof *lookout + count);
    if (lookout == NULL)
        return NULL;
    lookout->image = image;
    lookout->server = server;
    lookout->inbox = inbox;
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

void lookout_close(struct lookout *lookout)
{
    companion_close(lookout->companion);
}

void lookout_abandon(struct lookout *lookout)
{
    companion_abandon(lookout->companion);
}

void lookout_free(struct lookout *lookout)
{
    if (lookout != NULL)
        companion_free(lookout->companion);
    free(lookout);
}
