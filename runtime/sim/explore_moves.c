/* Which moves can be made from a position. */
#include "runtime/sim/array.h"
#include "runtime/sim/explore_board.h"

static void add(struct board_moves *moves, uint32_t kind, uint32_t a, uint32_t b)
{
    moves->items = array_grow(moves->items, moves->count, &moves->max, sizeof *moves->items);
    moves->items[moves->count++] =
        (struct board_move){.kind = kind & 0xff, .a = a & 0xfff, .b = b & 0xfff};
}

static void list_end(const struct board *board, uint32_t link, uint32_t server, uint32_t peer,
                     struct board_moves *moves)
{
    const bool path = board_is_path(board, link);
    const bool stale = *board_stale_at(board, link, server) != 0;
    if (board_sees(board, server, peer) && (stale || (!path && !board_speaks_still(board, link))))
        add(moves, STEP_LOST, server, peer);
    if (!board_sees(board, server, peer) && path && *board_stale_at(board, link, peer) == 0)
        add(moves, STEP_FOUND, server, peer);
}

static void list_words(const struct board *board, struct board_moves *moves)
{
    for (uint32_t l = 0; l < board->link_count; l++) {
        const struct board_link *link = &board->links[l];
        if (board_can_hear(board, l, link->a, link->b))
            add(moves, STEP_MESSAGE, link->a, link->b);
        if (board_can_hear(board, l, link->b, link->a))
            add(moves, STEP_MESSAGE, link->b, link->a);
    }
}

/* Nothing but a lost volume keeps a camera from the disk here, so that it is there long before
 * retry_for is over (R40). */
static bool is_about_to_record(const struct board *board, uint32_t server)
{
    if (!board_has_volume(board, server))
        return false;
    const struct engine *engine = board->engines[server];
    const struct image_list under = image_servers(board->image)[server].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (engine_failover_state(engine, f) == FAILOVER_TAKING_OVER &&
            engine_failover_deadline(engine, f) == engine_deadline(engine))
            return true;
    return false;
}

static void list_recorder(const struct board *board, uint32_t server, uint32_t camera,
                          struct board_moves *moves)
{
    const uint8_t state = engine_camera_state(board->engines[server], camera);
    const bool volume = board_has_volume(board, server);
    if (volume && (state == CAMERA_STARTING || state == CAMERA_SILENT))
        add(moves, STEP_ON_DISK, server, camera);
    if (!volume && (state == CAMERA_STARTING || state == CAMERA_RECORDING))
        add(moves, STEP_MUTE, server, camera);
}

static void list_server(const struct board *board, uint32_t server, struct board_moves *moves)
{
    const struct engine *engine = board->engines[server];
    if (!board_is_on(board, server))
        return;
    for (uint32_t c = 0; c < board->image->cameras.count; c++)
        if (engine_knows_camera(engine, c))
            list_recorder(board, server, c, moves);
    if (engine_deadline(engine) != ENGINE_NEVER && !is_about_to_record(board, server))
        add(moves, STEP_TIME, server, 0);
}

static void add_fault(const struct board *board, uint32_t kind, uint32_t a, uint32_t b,
                      struct board_moves *moves)
{
    if ((board->faults_tried & 1u << kind) != 0)
        add(moves, kind, a, b);
}

static void list_losses(const struct board *board, struct board_moves *moves)
{
    for (uint32_t v = 0; v < board->image->volumes.count; v++)
        if (board_is_volume_used(board, v) && *board_lost(board, v) == 0)
            add_fault(board, ACT_LOSE, v, 0, moves);
    if (board->image->coordinators.count > 0 && *board_lost(board, BOARD_COORDINATOR) == 0)
        add_fault(board, ACT_LOSE, BOARD_COORDINATOR, 0, moves);
}

static void list_faults(const struct board *board, struct board_moves *moves)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s)) {
            add_fault(board, ACT_FAIL, s, 0, moves);
            add_fault(board, ACT_LOG_OFF, s, 0, moves);
        }
    for (uint32_t l = 0; l < board->link_count; l++)
        if (!board->cuts[l])
            add_fault(board, ACT_CUT, board->links[l].a, board->links[l].b, moves);
    for (uint32_t f = 0; f < board->image->failovers.count; f++)
        if (board_is_on(board, image_failovers(board->image)[f].standby)) {
            add_fault(board, ACT_FORCE_START, f, 0, moves);
            add_fault(board, ACT_DISABLE, f, 0, moves);
            if (board_is_fault(board, (struct board_move){.kind = ACT_FORCE_STOP, .a = f & 0xfff}))
                add_fault(board, ACT_FORCE_STOP, f, 0, moves);
        }
    list_losses(board, moves);
}

static void list_repairs(const struct board *board, struct board_moves *moves)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (!board_is_on(board, s))
            add(moves, board->powers[s] == POWER_OFF ? ACT_LOG_ON : ACT_RESTORE, s, 0);
    for (uint32_t l = 0; l < board->link_count; l++)
        if (board->cuts[l])
            add(moves, ACT_HEAL, board->links[l].a, board->links[l].b);
    for (uint32_t f = 0; f < board->image->failovers.count; f++)
        if (board_is_on(board, image_failovers(board->image)[f].standby) &&
            !board_is_fault(board, (struct board_move){.kind = ACT_FORCE_STOP, .a = f & 0xfff}))
            add(moves, ACT_FORCE_STOP, f, 0);
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const uint32_t standby = image_failovers(board->image)[f].standby;
        if (board_is_on(board, standby) &&
            engine_failover_state(board->engines[standby], f) == FAILOVER_DISABLED)
            add(moves, ACT_ENABLE, f, 0);
    }
    for (uint32_t v = 0; v < board->image->volumes.count; v++)
        if (*board_lost(board, v) != 0)
            add(moves, ACT_REGAIN, v, 0);
    if (*board_lost(board, BOARD_COORDINATOR) != 0)
        add(moves, ACT_REGAIN, BOARD_COORDINATOR, 0);
}

/* What the site does by itself and takes its time for. */
static void list_slow_steps(const struct board *board, struct board_moves *moves)
{
    for (uint32_t l = 0; l < board->link_count; l++) {
        list_end(board, l, board->links[l].a, board->links[l].b, moves);
        list_end(board, l, board->links[l].b, board->links[l].a, moves);
    }
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        list_server(board, s, moves);
    for (uint32_t m = 0; m < board->image->servers.count; m++)
        if (arbiter_lapses(board, m))
            add(moves, STEP_LAPSE, m, 0);
}

void board_list(const struct board *board, uint32_t fault_max, struct board_moves *moves)
{
    moves->count = 0;
    list_words(board, moves);
    if (!board->prompt || moves->count == 0)
        list_slow_steps(board, moves);
    moves->step_count = moves->count;
    list_repairs(board, moves);
    if (board->faults[0] < fault_max)
        list_faults(board, moves);
}
