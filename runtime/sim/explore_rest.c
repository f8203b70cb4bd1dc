/* Properties of an exploration that must hold where the site makes no step by itself: it rests. */
#include "runtime/engine/trace.h"
#include "runtime/sim/explore_board.h"

static bool is_full(const struct board *board, uint32_t manager, uint32_t from)
{
    return board_count_running(board, manager, from) >=
           image_managers(board->image)[manager].max_running;
}

/* Whether a queue is a good reason to wait: all slots of one of its limits are in use, or nobody
 * can be asked (R38). */
static bool may_wait(const struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const struct image_manager *manager = &image_managers(board->image)[entry->manager];
    if (entry->own_manager != IMAGE_NONE && is_full(board, entry->own_manager, entry->standby))
        return true;
    if (entry->standby != manager->host &&
        !engine_peer_up(board->engines[entry->standby], manager->host))
        return manager->allow == 0;
    return is_full(board, entry->manager, manager->host);
}

/* Whether the standby sees another one that carries the main. */
static bool is_covered(const struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *other = &image_failovers(board->image)[f];
        if (f != failover && other->monitor == entry->monitor &&
            engine_peer_up(board->engines[entry->standby], other->standby) &&
            engine_state_carries(board_failover_state(board, f)))
            return true;
    }
    return false;
}

/* Whether a state is one that passes by itself, where the site makes no step. A take-over is
 * withheld for as long as others see the main (R45) or hold its claim (R30), a main is covered for
 * as long as another standby carries it (R24), and a hand-over lasts for as long as whoever takes
 * has no volume (R27). */
static bool should_pass(const struct board *board, uint32_t failover, uint8_t state)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    switch (state) {
    case FAILOVER_SUSPECT:
        return true;
    case FAILOVER_TAKING_OVER:
    case FAILOVER_HOLDING:
        return board_has_volume(board, entry->standby);
    case FAILOVER_RETURNING:
        return board_has_volume(board, entry->monitor);
    case FAILOVER_QUEUED:
        return !may_wait(board, failover);
    case FAILOVER_WITHHELD:
        return !board_is_on(board, entry->monitor) &&
               !arbiter_is_claimed_elsewhere(board, failover);
    case FAILOVER_CLAIMING:
        return !arbiter_is_lost(board, entry->monitor);
    case FAILOVER_COVERED:
        return !is_covered(board, failover);
    default:
        return false;
    }
}

/* What a standby does only for a main that it sees. */
static bool needs_main(uint8_t state)
{
    return state == FAILOVER_WATCHING || state == FAILOVER_FORCED || state == FAILOVER_KEEPING ||
           state == FAILOVER_TROUBLED || state == FAILOVER_REPLACING;
}

static void judge_resting_failover(struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const uint8_t state = board_failover_state(board, failover);
    if (should_pass(board, failover, state))
        board_break(board, BOARD_STUCK, "the failover %s stays %s for ever",
                    board_failover_name(board, failover), trace_state(MACHINE_FAILOVER, state));
    if (!engine_peer_up(board->engines[entry->standby], entry->monitor) && needs_main(state))
        board_break(board, BOARD_WATCHED, "%s does not see %s, and %s stays %s",
                    board_name(board, entry->standby), board_name(board, entry->monitor),
                    board_failover_name(board, failover), trace_state(MACHINE_FAILOVER, state));
    if (!engine_state_carries(state) || !board_has_volume(board, entry->standby))
        return;
    const uint32_t *objects = image_numbers(board->image) + entry->objects.first;
    for (uint32_t i = 0; i < entry->objects.count; i++)
        if (engine_camera_state(board->engines[entry->standby], objects[i]) != CAMERA_RECORDING &&
            !board_is_on(board, entry->monitor) && state == FAILOVER_CARRYING)
            board_break(board, BOARD_RECORDED, "%s carries %s but does not record %s",
                        board_name(board, entry->standby), board_name(board, entry->monitor),
                        board_camera_name(board, objects[i]));
}

/* At rest a manager counts what is so. */
static void judge_resting_manager(struct board *board, uint32_t manager)
{
    const struct image_manager *entry = &image_managers(board->image)[manager];
    if (!board_is_on(board, entry->host))
        return;
    const uint32_t held = engine_slots_held(board->engines[entry->host], manager);
    const uint32_t running = board_count_running(board, manager, entry->host);
    if (held != running)
        board_break(board, BOARD_STUCK, "%s counts %u slots as taken for ever, %u are in use",
                    image_text(board->image, entry->name), held, running);
}

static bool is_recorded(const struct board *board, uint32_t camera)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s) && engine_knows_camera(board->engines[s], camera) &&
            engine_camera_state(board->engines[s], camera) == CAMERA_RECORDING)
            return true;
    return false;
}

/* A living main has lent its camera to a standby that has lost its last volume (R35). */
static bool is_lost_elsewhere(const struct board *board, uint32_t camera)
{
    const uint32_t main = image_cameras(board->image)[camera].server;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(board->image)[f];
        if (entry->monitor == main && board_is_on(board, entry->standby) &&
            engine_state_carries(board_failover_state(board, f)) &&
            !board_has_volume(board, entry->standby))
            return true;
    }
    return false;
}

/* Whether a standby that has a volume is to record for a main that has none (R36). Whom a limit
 * binds may have to wait. */
static bool is_owed(const struct board *board, uint32_t camera)
{
    const uint32_t main = image_cameras(board->image)[camera].server;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(board->image)[f];
        const struct engine *standby = board->engines[entry->standby];
        if (entry->monitor == main && (entry->also_on & ALSO_ON_STORAGE) != 0 &&
            entry->manager == IMAGE_NONE && engine_knows_camera(standby, camera) &&
            board_is_on(board, entry->standby) && board_has_volume(board, entry->standby) &&
            engine_peer_up(standby, main) && !engine_failover_disabled(standby, f))
            return true;
    }
    return false;
}

static void judge_resting_main(struct board *board, uint32_t server)
{
    const struct image_list own = image_servers(board->image)[server].own_cameras;
    const uint8_t state = engine_main_state(board->engines[server]);
    const bool able = board_has_volume(board, server);
    if (able && state != MAIN_RECORDING && state != MAIN_LENT)
        board_break(board, BOARD_STUCK, "the main %s stays %s for ever", board_name(board, server),
                    trace_state(MACHINE_MAIN, state));
    for (uint32_t c = own.first; c < own.first + own.count; c++)
        if (!is_recorded(board, c) && (able ? !is_lost_elsewhere(board, c) : is_owed(board, c)))
            board_break(board, BOARD_RECORDED, "nobody records %s, although %s is there",
                        board_camera_name(board, c), board_name(board, server));
}

static bool is_healthy(const struct board *board)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (!board_is_on(board, s))
            return false;
    for (uint32_t l = 0; l < board->link_count; l++)
        if (board->cuts[l])
            return false;
    for (uint32_t v = 0; v <= board->image->volumes.count; v++)
        if (board->lost[v] != 0)
            return false;
    return true;
}

/* Whether a main's objects are elsewhere because an operator wants it so. */
static bool is_moved(const struct board *board, uint32_t main)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const uint8_t state = board_failover_state(board, f);
        if (image_failovers(board->image)[f].monitor == main &&
            (state == FAILOVER_FORCED || state == FAILOVER_KEEPING))
            return true;
    }
    return false;
}

/* A standby holds the hot cameras of its mains in memory all the time, unless it watches nothing
 * (R20). */
static uint8_t resting_camera(const struct board *board, uint32_t camera, uint32_t server)
{
    const struct image_camera *entry = &image_cameras(board->image)[camera];
    if (entry->server == server)
        return CAMERA_RECORDING;
    if (entry->arm != ARM_HOT)
        return CAMERA_IDLE;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(board->image)[f];
        if (failover->standby == server && failover->monitor == entry->server &&
            board_failover_state(board, f) == FAILOVER_DISABLED)
            return CAMERA_IDLE;
    }
    return CAMERA_ARMED;
}

static void judge_health(struct board *board)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const uint8_t state = board_failover_state(board, f);
        if (state != FAILOVER_WATCHING && state != FAILOVER_FORCED && state != FAILOVER_KEEPING &&
            state != FAILOVER_DISABLED)
            board_break(board, BOARD_REST, "all is whole again, and %s rests in %s",
                        board_failover_name(board, f), trace_state(MACHINE_FAILOVER, state));
    }
    for (uint32_t c = 0; c < board->image->cameras.count; c++) {
        const uint32_t main = image_cameras(board->image)[c].server;
        if (is_moved(board, main))
            continue;
        for (uint32_t s = 0; s < board->image->servers.count; s++) {
            if (!engine_knows_camera(board->engines[s], c))
                continue;
            const uint8_t state = engine_camera_state(board->engines[s], c);
            if (state != resting_camera(board, c, s))
                board_break(board, BOARD_REST, "all is whole again, and %s is %s at %s",
                            board_camera_name(board, c), trace_state(MACHINE_CAMERA, state),
                            board_name(board, s));
        }
    }
}

void board_judge_rest(struct board *board)
{
    board->broken = 0;
    for (uint32_t f = 0; f < board->image->failovers.count; f++)
        if (board_is_on(board, image_failovers(board->image)[f].standby))
            judge_resting_failover(board, f);
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s))
            judge_resting_main(board, s);
    for (uint32_t m = 0; m < board->image->managers.count; m++)
        judge_resting_manager(board, m);
    if (is_healthy(board))
        judge_health(board);
}
