/* Fellows: the other standbys of a main. They tell each other who carries it (R23, R24). */
#include "runtime/engine/state.h"

#include <assert.h>

#define ELAPSED_NONE (-1)

static struct fellow *fellows_of(struct engine *engine, uint32_t local)
{
    return engine_fellows(engine) + engine_failovers(engine)[local].first_fellow;
}

static const struct fellow *fellows_shown(const struct engine *engine, uint32_t local)
{
    return engine_fellows_of(engine) + engine_failovers_of(engine)[local].first_fellow;
}

static uint32_t standby_of(const struct engine *engine, const struct fellow *fellow)
{
    return image_failovers(engine->image)[fellow->failover].standby;
}

bool fellow_covers(const struct engine *engine, uint32_t local)
{
    const struct fellow *fellows = fellows_shown(engine, local);
    for (uint32_t i = 0; i < engine_failovers_of(engine)[local].fellow_count; i++)
        if (fellows[i].includes && fellows[i].claim != CLAIM_NONE)
            return true;
    return false;
}

bool fellow_outbids(const struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers_of(engine)[local];
    const struct fellow *fellows = fellows_shown(engine, local);
    for (uint32_t i = 0; i < failover->fellow_count; i++)
        if (fellows[i].includes && fellows[i].claim == CLAIM_ON_DISK &&
            fellows[i].epoch > failover->epoch)
            return true;
    return false;
}

int64_t fellow_wait_ms(const struct engine *engine, uint32_t local)
{
    const struct fellow *fellows = fellows_shown(engine, local);
    int64_t longest_ms = 0;
    for (uint32_t i = 0; i < engine_failovers_of(engine)[local].fellow_count; i++) {
        const int64_t wait_ms = image_failover_wait_ms(engine->image, fellows[i].failover) +
                                engine->image->site.claim_ms;
        if (fellows[i].includes && engine_peer_up(engine, standby_of(engine, &fellows[i])) &&
            wait_ms > longest_ms)
            longest_ms = wait_ms;
    }
    return longest_ms;
}

int64_t fellow_elapsed(const struct engine *engine, uint32_t local)
{
    const struct fellow *fellows = fellows_shown(engine, local);
    int64_t longest_ms = 0;
    for (uint32_t i = 0; i < engine_failovers_of(engine)[local].fellow_count; i++) {
        const int64_t elapsed_ms = fellows[i].elapsed_ms + engine->now_ms - fellows[i].said_ms;
        if (fellows[i].elapsed_ms != ELAPSED_NONE && elapsed_ms > longest_ms)
            longest_ms = elapsed_ms;
    }
    return longest_ms;
}

static int64_t own_elapsed(const struct engine *engine, uint32_t local)
{
    const int64_t end_ms = engine_failovers_of(engine)[local].licence_end_ms;
    return end_ms == ENGINE_NEVER ? 0 : engine->image->site.grace_ms - (end_ms - engine->now_ms);
}

static void say_to(struct engine *engine, uint32_t local, const struct fellow *fellow,
                   enum engine_message_kind kind, struct engine_output *output)
{
    engine_send(engine, output, standby_of(engine, fellow),
                (struct engine_message){.kind = kind,
                                        .failover = engine_self(engine)->failovers.first + local,
                                        .camera = IMAGE_NONE,
                                        .epoch = engine_failovers(engine)[local].epoch,
                                        .elapsed_ms = own_elapsed(engine, local)});
}

void fellow_say(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                struct engine_output *output)
{
    for (uint32_t i = 0; i < engine_failovers(engine)[local].fellow_count; i++)
        say_to(engine, local, &fellows_of(engine, local)[i], kind, output);
}

/* Whether all that is carried has reached the disk here, or cannot: only then may another one stop.
 */
static bool all_on_disk(const struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers_of(engine)[local];
    const uint32_t count = engine_failover_entry(engine, local)->objects.count;
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t state = engine_cameras_of(engine)[failover->first_camera + i].state;
        if (state != CAMERA_RECORDING && state != CAMERA_SILENT)
            return false;
        any |= state == CAMERA_RECORDING;
    }
    return any;
}

void fellow_on_disk(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    if (failover->fellow_count > 0 && engine_state_carries(failover->state) &&
        failover->state != FAILOVER_RETURNING && all_on_disk(engine, local))
        fellow_say(engine, local, MESSAGE_CARRY, output);
}

/* Whether standbys that do not see each other may leave no room for the main of a camera that all
 * of them carry. */
static bool is_tight(const struct engine *engine, uint32_t local)
{
    const struct fellow *fellows = fellows_shown(engine, local);
    const struct image_list objects = engine_failover_entry(engine, local)->objects;
    uint32_t carriers = 1;
    for (uint32_t i = 0; i < engine_failovers_of(engine)[local].fellow_count; i++)
        carriers += !engine_peer_up(engine, standby_of(engine, &fellows[i]));
    for (uint32_t i = 0; i < objects.count && carriers > 1; i++) {
        const uint32_t camera = image_numbers(engine->image)[objects.first + i];
        const uint32_t sessions = image_cameras(engine->image)[camera].sessions;
        if (sessions > 1 && sessions <= carriers)
            return true;
    }
    return false;
}

void fellow_tell_main(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const uint32_t failover = engine_self(engine)->failovers.first + local;
    if (engine_failovers(engine)[local].state == FAILOVER_RETURNING && is_tight(engine, local) &&
        all_on_disk(engine, local))
        engine_send(engine, output, engine_failover_entry(engine, local)->monitor,
                    (struct engine_message){.kind = MESSAGE_CARRY,
                                            .failover = failover,
                                            .camera = IMAGE_NONE,
                                            .epoch = engine_failovers(engine)[local].epoch});
}

void fellow_boot(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->fellow_count; i++) {
        engine_fellows(engine)[i].claim = CLAIM_NONE;
        engine_fellows(engine)[i].elapsed_ms = ELAPSED_NONE;
    }
}

/* A main that is back has its cameras, and the grace is full again (R12). */
static void main_back(struct engine *engine, uint32_t local)
{
    for (uint32_t i = 0; i < engine_failovers(engine)[local].fellow_count; i++)
        fellows_of(engine, local)[i].elapsed_ms = ELAPSED_NONE;
}

/* A fellow that comes hears what we carry; of one that is lost nothing is known. */
static void fellow_link(struct engine *engine, uint32_t local, uint32_t server, bool up,
                        struct engine_output *output)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    for (uint32_t i = 0; i < failover->fellow_count; i++) {
        struct fellow *fellow = &fellows_of(engine, local)[i];
        if (standby_of(engine, fellow) != server)
            continue;
        if (up && engine_state_carries(failover->state))
            say_to(engine, local, fellow,
                   all_on_disk(engine, local) ? MESSAGE_CARRY : MESSAGE_CLAIM, output);
        if (!up)
            fellow->claim = CLAIM_NONE;
        failover_settle(engine, local);
    }
}

void fellow_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        if (up && engine_failover_entry(engine, f)->monitor == server)
            main_back(engine, f);
        fellow_link(engine, f, server, up, output);
    }
}

static void hear(struct engine *engine, uint32_t local, struct fellow *fellow,
                 const struct engine_message *message)
{
    struct failover *failover = &engine_failovers(engine)[local];
    if (failover->known_epoch < message->epoch)
        failover->known_epoch = message->epoch;
    fellow->epoch = message->epoch;
    fellow->claim = message->kind == MESSAGE_CLAIM   ? CLAIM_MADE
                    : message->kind == MESSAGE_CARRY ? CLAIM_ON_DISK
                                                     : CLAIM_NONE;
    fellow->elapsed_ms = fellow->claim == CLAIM_NONE ? ELAPSED_NONE : message->elapsed_ms;
    fellow->said_ms = engine->now_ms;
    if (message->kind == MESSAGE_FORBID && fellow->includes)
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_FORBID);
    else
        failover_settle(engine, local);
}

void fellow_message(struct engine *engine, uint32_t sender, const struct engine_message *message)
{
    const bool ours = message->kind == MESSAGE_CLAIM || message->kind == MESSAGE_CARRY ||
                      message->kind == MESSAGE_LET_GO || message->kind == MESSAGE_FORBID;
    if (!ours || image_failovers(engine->image)[message->failover].standby != sender)
        return;
    for (uint32_t f = 0; f < engine->failover_count; f++)
        for (uint32_t i = 0; i < engine_failovers(engine)[f].fellow_count; i++)
            if (fellows_of(engine, f)[i].failover == message->failover)
                hear(engine, f, &fellows_of(engine, f)[i], message);
}
