/* Positions: how the board lies in one block, how it is made comparable, packed and unpacked. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/abstract.h"
#include "runtime/sim/array.h"
#include "runtime/sim/explore_board.h"
#include "runtime/sim/script.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* Words that are compared at once: most of a position is as it was at the start. */
#define PACKED_AT_ONCE 4

/* ---- parts ---- */

static struct board_part *engine_part(const struct board *board, uint32_t server)
{
    return &board->parts[1 + board->link_count * 2 + server];
}

void board_touch_box(struct board *board, const struct board_box *box)
{
    board->parts[1 + (box - board->boxes)].touched = true;
}

void board_touch_engine(struct board *board, uint32_t server)
{
    engine_part(board, server)->touched = true;
}

/* ---- epochs ---- */

struct bases {
    struct board *board;
    uint64_t lowest[BOARD_SERVERS_MAX]; /* of each main, among those in use */
};

static void find_lowest(void *context, uint32_t main, uint64_t *epoch)
{
    struct bases *bases = context;
    if (*epoch > 0 && *epoch < bases->lowest[main])
        bases->lowest[main] = *epoch;
}

/* Whose an epoch may be is told by its residue (engine_next_epoch), which stays. */
static uint64_t moved_by(const struct bases *bases, uint32_t main)
{
    const uint64_t writers = image_servers(bases->board->image)[main].watchers.count + 1u;
    return (bases->lowest[main] - 1) / writers * writers;
}

static void move_down(void *context, uint32_t main, uint64_t *epoch)
{
    const struct bases *bases = context;
    if (*epoch > 0)
        *epoch -= moved_by(bases, main);
}

static bool are_low(const struct bases *bases)
{
    for (uint32_t m = 0; m < bases->board->image->servers.count; m++)
        if (bases->lowest[m] != UINT64_MAX && moved_by(bases, m) > 0)
            return false;
    return true;
}

static void visit_boxes(struct board *board, engine_epoch_visit *visit, void *context)
{
    for (uint32_t i = 0; i < board->link_count * 2; i++)
        for (uint32_t m = 0; m < board->boxes[i].count; m++) {
            struct engine_message *message = &board->boxes[i].messages[m];
            visit(context, image_failovers(board->image)[message->failover].monitor,
                  &message->epoch);
        }
}

/* Nobody can claim an epoch again that is lower than all that are known: who held it is forgotten.
 */
static void move_holders_down(struct board *board, const struct bases *bases)
{
    for (uint32_t m = 0; m < board->image->servers.count; m++) {
        uint8_t *holders = board->holders + m * BOARD_EPOCHS;
        const uint64_t by = bases->lowest[m] == UINT64_MAX ? 0 : moved_by(bases, m);
        const uint64_t kept = by < BOARD_EPOCHS ? BOARD_EPOCHS - by : 0;
        memmove(holders, holders + (BOARD_EPOCHS - kept), kept);
        memset(holders + kept, 0, BOARD_EPOCHS - kept);
        holders[0] = 0;
    }
}

uint32_t board_hold(struct board *board, uint32_t main, uint64_t epoch, uint32_t server)
{
    if (epoch >= BOARD_EPOCHS) {
        board->overflow = true;
        return server;
    }
    uint8_t *holder = &board->holders[main * BOARD_EPOCHS + epoch];
    if (*holder == 0)
        *holder = (uint8_t)(server + 1);
    return *holder - 1u;
}

static void move_all_down(struct board *board, struct bases *bases)
{
    for (uint32_t p = 0; p < board->part_count; p++)
        board->parts[p].touched = true;
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        engine_visit_epochs(board->engines[s], move_down, bases);
    visit_boxes(board, move_down, bases);
    arbiter_visit_epochs(board, move_down, bases);
    move_holders_down(board, bases);
}

/* What no event has met is comparable as it was. */
void board_abstract(struct board *board)
{
    struct bases bases = {.board = board};
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        bases.lowest[s] = UINT64_MAX;
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        if (engine_part(board, s)->touched)
            engine_abstract(board->engines[s]);
        engine_visit_epochs(board->engines[s], find_lowest, &bases);
        board->holders[s * BOARD_EPOCHS] = 0;
    }
    visit_boxes(board, find_lowest, &bases);
    arbiter_visit_epochs(board, find_lowest, &bases);
    if (!are_low(&bases))
        move_all_down(board, &bases);
}

/* ---- the block ---- */

static size_t place(size_t *end, size_t count, size_t size)
{
    const size_t at = (*end + 15u) & ~(size_t)15u;
    *end = at + count * size;
    return at;
}

static uint32_t word_of(const struct board *board, const void *at)
{
    return (uint32_t)((const uint32_t *)at - board->block);
}

static void list_parts(struct board *board)
{
    const uint32_t boxes = board->link_count * 2;
    board->part_count = 1 + boxes + board->image->servers.count;
    board->parts = array_new(board->part_count, sizeof *board->parts);
    struct board_part *part = board->parts;
    *part++ = (struct board_part){.end = word_of(board, board->boxes)};
    for (uint32_t b = 0; b < boxes; b++)
        *part++ = (struct board_part){.first = word_of(board, &board->boxes[b]),
                                      .end = word_of(board, &board->boxes[b + 1])};
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        const uint32_t first = word_of(board, board->engines[s]);
        *part++ = (struct board_part){
            .first = first,
            .end = first + (uint32_t)(engine_size(board->deployment, s) / sizeof *board->block)};
    }
}

static void lay_out(struct board *board)
{
    const struct image *image = board->image;
    const uint32_t servers = image->servers.count;
    size_t at_engines[BOARD_SERVERS_MAX];
    size_t end = 0;
    const size_t at_powers = place(&end, servers, 1);
    const size_t at_cuts = place(&end, board->link_count, 1);
    const size_t at_stale = place(&end, (size_t)board->link_count * 2, 1);
    const size_t at_leaves = place(&end, image->managers.count, 1);
    const size_t at_faults = place(&end, 1, 1);
    const size_t at_once = place(&end, (size_t)servers * image->cameras.count, 1);
    const size_t at_holders = place(&end, (size_t)servers * (BOARD_EPOCHS + 1), 1);
    const size_t at_claim_epochs = place(&end, servers, 1);
    const size_t at_claim_sights = place(&end, image->failovers.count, 1);
    const size_t at_lost = place(&end, image->volumes.count + 1u, 1);
    const size_t at_boxes = place(&end, board->link_count * 2, sizeof(struct board_box));
    for (uint32_t s = 0; s < servers; s++)
        at_engines[s] = place(&end, 1, engine_size(board->deployment, s));
    board->words = (end + 15u) / 16 * 4;
    board->block = array_new(board->words, sizeof *board->block);
    board->start = array_new(board->words, sizeof *board->start);
    board->here = array_new(board->words, sizeof *board->here);
    uint8_t *bytes = (uint8_t *)board->block;
    board->powers = bytes + at_powers;
    board->cuts = bytes + at_cuts;
    board->stale = bytes + at_stale;
    board->leaves = bytes + at_leaves;
    board->faults = bytes + at_faults;
    board->once = bytes + at_once;
    board->holders = bytes + at_holders;
    board->claim_holders = board->holders + (size_t)servers * BOARD_EPOCHS;
    board->claim_epochs = bytes + at_claim_epochs;
    board->claim_sights = bytes + at_claim_sights;
    board->lost = bytes + at_lost;
    board->boxes = (struct board_box *)(void *)(bytes + at_boxes);
    board->engines = array_new(servers, sizeof(struct engine *));
    for (uint32_t s = 0; s < servers; s++)
        board->engines[s] = engine_init(bytes + at_engines[s], board->deployment, s);
    list_parts(board);
}

static void make_links(struct board *board)
{
    const struct image *image = board->image;
    size_t max = 0;
    for (uint32_t a = 0; a < image->servers.count; a++) {
        const struct image_list peers = image_servers(image)[a].peers;
        for (uint32_t p = 0; p < peers.count; p++) {
            const uint32_t b = image_numbers(image)[peers.first + p];
            if (b < a)
                continue;
            board->links = array_grow(board->links, board->link_count, &max, sizeof *board->links);
            board->links[board->link_count++] = (struct board_link){.a = a, .b = b};
        }
    }
}

static void make_output(struct board *board)
{
    uint32_t max = 0;
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        const uint32_t wanted = engine_output_max(board->deployment, s);
        max = wanted > max ? wanted : max;
    }
    board->output.max = max;
    board->output.transitions = array_new(max, sizeof *board->output.transitions);
    board->output.actions = array_new(max, sizeof *board->output.actions);
}

/* The number of servers was judged before. */
static bool fits(const struct image *image, char error[static TEXT_BYTES_MAX])
{
    assert(image->servers.count <= BOARD_SERVERS_MAX);
    if (image->cameras.count >= BOARD_INDICES_MAX || image->failovers.count >= BOARD_INDICES_MAX)
        return FAIL(error, "the site has too many cameras or failovers to be explored");
    return true;
}

bool board_init(struct board *board, const struct deployment *deployment,
                char error[static TEXT_BYTES_MAX])
{
    *board = (struct board){
        .deployment = deployment, .image = deployment->image, .faults_tried = UINT32_MAX};
    if (!fits(board->image, error))
        return false;
    make_links(board);
    make_output(board);
    lay_out(board);
    if (board->words > UINT16_MAX)
        return FAIL(error, "the site is too large to be explored");
    board_come_to_rest(board);
    memcpy(board->start, board->block, board->words * sizeof *board->block);
    memcpy(board->here, board->block, board->words * sizeof *board->block);
    return true;
}

void board_free(struct board *board)
{
    void *blocks[] = {board->block,
                      board->start,
                      board->here,
                      board->parts,
                      board->engines,
                      board->links,
                      board->output.transitions,
                      board->output.actions};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

/* ---- packing ---- */

size_t board_packed_max(const struct board *board)
{
    return board->words * BOARD_PACKED_WORD;
}

static bool are_equal(const uint32_t *a, const uint32_t *b)
{
    uint32_t differences = 0;
    for (size_t i = 0; i < PACKED_AT_ONCE; i++)
        differences |= a[i] ^ b[i];
    return differences == 0;
}

/* Appends the words from first to end that differ from the start. */
static uint8_t *pack(const struct board *board, size_t first, size_t end, uint8_t *to)
{
    for (size_t i = first; i < end;) {
        const size_t next = i + PACKED_AT_ONCE < end ? i + PACKED_AT_ONCE : end;
        if (next == i + PACKED_AT_ONCE && are_equal(board->block + i, board->start + i))
            i = next;
        for (; i < next; i++) {
            const uint16_t number = (uint16_t)i;
            if (board->block[i] == board->start[i])
                continue;
            memcpy(to, &number, sizeof number);
            memcpy(to + sizeof number, &board->block[i], sizeof board->block[i]);
            to += BOARD_PACKED_WORD;
        }
    }
    return to;
}

/* Boxes are the largest part, and mostly empty: what lies beyond their messages is 0. */
size_t board_pack(const struct board *board, uint8_t *bytes)
{
    const size_t first_box = word_of(board, board->boxes);
    uint8_t *to = pack(board, 0, first_box, bytes);
    for (uint32_t b = 0; b < board->link_count * 2; b++) {
        const struct board_box *box = &board->boxes[b];
        const size_t at = word_of(board, box);
        const struct board_box *before = (const void *)(board->start + at);
        const uint32_t count = box->count > before->count ? box->count : before->count;
        if (count > 0)
            to = pack(board, at, word_of(board, box->messages + count), to);
    }
    to = pack(board, word_of(board, board->boxes + board->link_count * 2), board->words, to);
    return (size_t)(to - bytes);
}

void board_unpack(struct board *board, const uint8_t *bytes, size_t size)
{
    memcpy(board->here, board->start, board->words * sizeof *board->here);
    for (size_t at = 0; at < size; at += BOARD_PACKED_WORD) {
        uint16_t number;
        memcpy(&number, bytes + at, sizeof number);
        assert(number < board->words);
        memcpy(&board->here[number], bytes + at + sizeof number, sizeof *board->here);
    }
    memcpy(board->block, board->here, board->words * sizeof *board->block);
    for (uint32_t p = 0; p < board->part_count; p++)
        board->parts[p].touched = false;
}

/* Of a box only what its messages can have changed: beyond them it is 0. */
static uint32_t end_of_box(const struct board *board, uint32_t box)
{
    const struct board_box *there = &board->boxes[box];
    const struct board_box *here = (const void *)(board->here + word_of(board, there));
    const uint32_t count = there->count > here->count ? there->count : here->count;
    return word_of(board, there->messages + count);
}

void board_take_back(struct board *board)
{
    board->parts[0].touched = true;
    for (uint32_t p = 0; p < board->part_count; p++) {
        struct board_part *part = &board->parts[p];
        if (!part->touched)
            continue;
        const bool box = p > 0 && p <= board->link_count * 2;
        const uint32_t end = box ? end_of_box(board, p - 1) : part->end;
        memcpy(board->block + part->first, board->here + part->first,
               (end - part->first) * sizeof *board->block);
        part->touched = false;
    }
}
