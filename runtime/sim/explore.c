#include "runtime/sim/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/stopwatch.h"

#define PROGRESS_STATES 16384 /* looked at between two lines of progress */

/* Positions that are still to be looked at, all of one depth: packed, each behind its head. */
struct level {
    uint8_t *bytes;
    size_t size;
    size_t max;
};

struct level_head {
    uint32_t node;
    uint32_t size;
};

struct search {
    struct exploration *exploration;
    const struct explore_options *options;
    struct level present;
    struct level next;
    struct board_moves moves;
    uint8_t *packed; /* one position */
    double begin_s;  /* s, of a clock that never goes back */
};

/* ---- levels ---- */

static void level_put(struct level *level, uint32_t node, const uint8_t *packed, size_t size)
{
    const struct level_head head = {.node = node, .size = (uint32_t)size};
    while (level->size + sizeof head + size > level->max) /* room for more than one byte more */
        level->bytes = array_grow(level->bytes, level->max, &level->max, 1);
    memcpy(level->bytes + level->size, &head, sizeof head);
    memcpy(level->bytes + level->size + sizeof head, packed, size);
    level->size += sizeof head + size;
}

static void swap_levels(struct search *search)
{
    const struct level done = search->present;
    search->present = search->next;
    search->next = (struct level){.bytes = done.bytes, .max = done.max};
}

/* ---- what is broken ---- */

/* The moves that lead from the start to a node, and one more if there is one. */
static void keep_trace(const struct visited *visited, uint32_t node, const struct board_move *last,
                       struct explore_trace *trace)
{
    size_t count = last != NULL;
    for (uint32_t n = node; visited->nodes[n].parent != VISITED_NONE; n = visited->nodes[n].parent)
        count++;
    trace->moves = array_new(count, sizeof *trace->moves);
    trace->count = count;
    if (last != NULL)
        trace->moves[--count] = *last;
    for (uint32_t n = node; visited->nodes[n].parent != VISITED_NONE; n = visited->nodes[n].parent)
        trace->moves[--count] = visited->nodes[n].move;
}

/* Breadth first, so the first trace is a shortest one. */
static void note_broken(struct exploration *exploration, uint32_t node,
                        const struct board_move *last)
{
    const struct board *board = &exploration->board;
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++) {
        struct explore_trace *trace = &exploration->traces[p];
        if ((board->broken & 1u << p) == 0 || trace->broken)
            continue;
        trace->broken = true;
        memcpy(trace->text, board->texts[p], sizeof trace->text);
        keep_trace(&exploration->visited, node, last, trace);
    }
}

bool explore_is_broken(const struct exploration *exploration)
{
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
        if (exploration->traces[p].broken)
            return true;
    return false;
}

/* ---- the search ---- */

static void stop_short(struct exploration *exploration, const char *why)
{
    exploration->complete = false;
    exploration->unready = why;
}

/* Puts a position that is new on the next level. */
static void reach(struct search *search, uint32_t node)
{
    const struct board *board = &search->exploration->board;
    const size_t size = board_pack(board, search->packed);
    if (search->options->reached != NULL)
        search->options->reached(search->options->context, board, search->packed, size);
    level_put(&search->next, node, search->packed, size);
}

/* Makes a move from a position; a new one that breaks nothing is kept. */
static void follow(struct search *search, uint32_t node, struct board_move move)
{
    struct exploration *exploration = search->exploration;
    struct board *board = &exploration->board;
    uint64_t fingerprint[2];
    if (!board_make(board, move))
        return;
    exploration->transitions++;
    if (board->overflow) {
        stop_short(exploration, "some positions have more messages on their way, or more epochs, "
                                "than can be told apart (with fewer kinds of faults, --acts, there "
                                "may be none)");
        return;
    }
    if (board->broken != 0) {
        note_broken(exploration, node, &move);
        return;
    }
    symmetry_follow(&exploration->symmetry, fingerprint);
    const uint32_t reached = visited_add(&exploration->visited, fingerprint, node, move);
    if (reached != VISITED_NONE)
        reach(search, reached);
}

static void look_at(struct search *search, const struct level_head *head, const uint8_t *packed)
{
    struct exploration *exploration = search->exploration;
    struct board *board = &exploration->board;
    board_unpack(board, packed, head->size);
    symmetry_stand(&exploration->symmetry, packed, head->size);
    board_list(board, search->options->faults, &search->moves);
    if (search->moves.step_count == 0) {
        board_judge_rest(board);
        note_broken(exploration, head->node, NULL);
    }
    for (size_t i = 0; i < search->moves.count; i++) {
        follow(search, head->node, search->moves.items[i]);
        board_take_back(board);
    }
}

static void show_progress(const struct search *search, bool last)
{
    const struct exploration *exploration = search->exploration;
    if (search->options->progress)
        fprintf(stderr, "\r%zu states, %llu transitions, depth %u%s", exploration->visited.count,
                (unsigned long long)exploration->transitions, exploration->depth,
                last ? "\n" : " ");
}

static bool may_go_on(const struct search *search)
{
    struct exploration *exploration = search->exploration;
    if (search->options->first_break && explore_is_broken(exploration)) {
        stop_short(exploration, "it ended at the first property that is broken");
        return false;
    }
    if (exploration->visited.count >= search->options->states) {
        stop_short(exploration, "the bound in states was reached");
        return false;
    }
    if (search->options->time_s > 0 && stopwatch_s() - search->begin_s > search->options->time_s) {
        stop_short(exploration, "the bound in time was reached");
        return false;
    }
    return true;
}

static bool look_at_level(struct search *search)
{
    struct level_head head;
    uint32_t looked_at = 0;
    for (size_t at = 0; at < search->present.size; at += sizeof head + head.size) {
        if (!may_go_on(search))
            return false;
        memcpy(&head, search->present.bytes + at, sizeof head);
        look_at(search, &head, search->present.bytes + at + sizeof head);
        if (++looked_at % PROGRESS_STATES == 0)
            show_progress(search, false);
    }
    return true;
}

static void run(struct search *search)
{
    struct exploration *exploration = search->exploration;
    uint64_t fingerprint[2];
    symmetry_fingerprint(&exploration->symmetry, search->packed,
                         board_pack(&exploration->board, search->packed), fingerprint);
    const uint32_t start = visited_add(&exploration->visited, fingerprint, VISITED_NONE,
                                       (struct board_move){.kind = 0});
    note_broken(exploration, start, NULL);
    reach(search, start);
    swap_levels(search);
    while (look_at_level(search) && search->next.size > 0) {
        swap_levels(search);
        exploration->depth++;
    }
    show_progress(search, true);
}

bool explore_run(struct exploration *exploration, const struct deployment *deployment,
                 const struct explore_options *options, char error[static TEXT_BYTES_MAX])
{
    const struct image *image = deployment->image;
    *exploration = (struct exploration){.complete = true,
                                        .faults = options->faults,
                                        .acts = options->acts != 0 ? options->acts : EXPLORE_ACTS,
                                        .prompt = options->prompt,
                                        .single = options->single,
                                        .camera_count = image->cameras.count};
    if (image->servers.count > BOARD_SERVERS_MAX) {
        snprintf(error, TEXT_BYTES_MAX, "the site has %u servers; up to %d can be explored",
                 image->servers.count, BOARD_SERVERS_MAX);
        return false;
    }
    exploration->reduced = explore_reduce(deployment, options->single ? 1 : EXPLORE_ALIKE);
    if (!board_init(&exploration->board, exploration->reduced, error))
        return false;
    exploration->board.prompt = options->prompt;
    exploration->board.faults_tried = exploration->acts;
    symmetry_init(&exploration->symmetry, &exploration->board, !options->unreduced);
    struct search search = {
        .exploration = exploration, .options = options, .begin_s = stopwatch_s()};
    search.packed = array_new(board_packed_max(&exploration->board), 1);
    run(&search);
    exploration->complete_faults = exploration->complete ? options->faults : 0;
    void *blocks[] = {search.packed, search.present.bytes, search.next.bytes, search.moves.items};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    return true;
}

void explore_free(struct exploration *exploration)
{
    symmetry_free(&exploration->symmetry);
    board_free(&exploration->board);
    visited_free(&exploration->visited);
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
        free(exploration->traces[p].moves);
    free(exploration->reduced);
}
