/* The factors of a fingerprint: where each word of a position is moved to by each way to rename
 * what is alike. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/abstract.h"
#include "runtime/sim/array.h"
#include "runtime/sim/explore_symmetry.h"

#define BYTE_PLACES ((uint64_t)1 << 32) /* apart from those of words */
#define BOX_PLACES  ((uint64_t)1 << 33)
#define NO_PLACE    UINT32_MAX

/* Of a place, for each half of a fingerprint. */
static uint64_t factor(int half, uint64_t place)
{
    static const uint64_t seeds[2] = {0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu};
    return symmetry_finish(symmetry_finish(place + seeds[half]) + seeds[half]) | 1;
}

/* ---- places ---- */

/* Where each thing of a position is moved to by one way. */
struct places {
    uint32_t *bytes; /* of the words before the boxes */
    uint32_t *words; /* NO_PLACE: it never changes */
    uint32_t *boxes;
};

static size_t byte_of(const struct board *board, const void *at)
{
    return (size_t)((const uint8_t *)at - (const uint8_t *)board->block);
}

static void place_byte(const struct symmetry *symmetry, struct places *places, const uint8_t *from,
                       const uint8_t *to)
{
    places->bytes[byte_of(symmetry->board, from)] = (uint32_t)byte_of(symmetry->board, to);
}

static void place_links(const struct symmetry *symmetry, struct places *places,
                        const struct alike_way *names)
{
    const struct board *board = symmetry->board;
    for (uint32_t l = 0; l < board->link_count; l++) {
        const uint32_t a = names->servers[board->links[l].a];
        const uint32_t b = names->servers[board->links[l].b];
        const uint32_t to = board_find_link(board, a, b);
        const uint32_t turned = a > b;
        place_byte(symmetry, places, &board->cuts[l], &board->cuts[to]);
        for (uint32_t end = 0; end < 2; end++) {
            place_byte(symmetry, places, &board->stale[l * 2 + end],
                       &board->stale[to * 2 + (end ^ turned)]);
            places->boxes[l * 2 + end] = to * 2 + (end ^ turned);
        }
    }
}

static void place_servers(const struct symmetry *symmetry, struct places *places,
                          const struct alike_way *names)
{
    const struct board *board = symmetry->board;
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        const uint32_t to = names->servers[s];
        place_byte(symmetry, places, &board->powers[s], &board->powers[to]);
        for (uint32_t c = 0; c < board->image->cameras.count; c++)
            place_byte(symmetry, places, board_once(board, s, c),
                       board_once(board, to, names->cameras[c]));
        for (uint32_t e = 0; e < BOARD_EPOCHS; e++)
            place_byte(symmetry, places, &board->holders[s * BOARD_EPOCHS + e],
                       &board->holders[to * BOARD_EPOCHS + e]);
        place_byte(symmetry, places, &board->claim_holders[s], &board->claim_holders[to]);
        place_byte(symmetry, places, &board->claim_epochs[s], &board->claim_epochs[to]);
    }
    for (uint32_t f = 0; f < board->image->failovers.count; f++)
        place_byte(symmetry, places, &board->claim_sights[f],
                   &board->claim_sights[names->failovers[f]]);
    for (uint32_t v = 0; v < board->image->volumes.count; v++)
        if (names->volumes[v] != IMAGE_NONE)
            place_byte(symmetry, places, &board->lost[v], &board->lost[names->volumes[v]]);
    for (uint32_t m = 0; m < board->image->managers.count; m++)
        place_byte(symmetry, places, &board->leaves[m], &board->leaves[names->managers[m]]);
}

static void place_engines(const struct symmetry *symmetry, struct places *places,
                          const struct alike_way *names)
{
    const struct board *board = symmetry->board;
    const struct engine_renaming renaming = {
        .servers = names->servers, .failovers = names->failovers, .cameras = names->cameras};
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        const uint32_t to = names->servers[s];
        const size_t first = byte_of(board, board->engines[s]) / sizeof(uint32_t);
        const size_t base = byte_of(board, board->engines[to]) / sizeof(uint32_t);
        uint32_t *words = places->words + first;
        engine_match(board->engines[s], board->engines[to], &renaming, words);
        const size_t count = engine_size(board->deployment, s) / sizeof *words;
        for (size_t i = 0; i < count; i++)
            if (words[i] != NO_PLACE)
                words[i] += (uint32_t)base;
    }
}

/* What is mixed for the holder of an epoch: nobody, or a server and one. */
static uint64_t mix_holder(const struct alike_way *names, uint32_t holder)
{
    return symmetry_mix(holder == 0 ? 0 : names->servers[holder - 1] + 1);
}

static void make_box_factors(struct symmetry *symmetry, uint32_t way, const uint32_t *boxes)
{
    const uint32_t ways = symmetry->alike.count;
    for (int half = 0; half < 2; half++)
        for (uint32_t b = 0; b < symmetry->board->link_count * 2; b++)
            for (uint32_t m = 0; m < BOARD_MESSAGES_MAX; m++)
                symmetry->box_factors[half][(b * BOARD_MESSAGES_MAX + m) * ways + way] =
                    factor(half, BOX_PLACES + (uint64_t)boxes[b] * BOARD_MESSAGES_MAX + m);
}

/* The factors of one way, and the sum of the start. */
static void make_factors(struct symmetry *symmetry, uint32_t way, const struct places *places)
{
    const struct board *board = symmetry->board;
    const uint32_t ways = symmetry->alike.count;
    for (int half = 0; half < 2; half++) {
        uint64_t *start = &symmetry->starts[half][way];
        for (size_t b = 0; b < symmetry->first_box * sizeof(uint32_t); b++) {
            const uint8_t byte = ((const uint8_t *)board->start)[b];
            const bool names = b >= symmetry->first_holder && b < symmetry->end_holder;
            const uint64_t by = factor(half, BYTE_PLACES + places->bytes[b]);
            symmetry->byte_factors[half][b * ways + way] = by;
            *start +=
                by * (names ? mix_holder(&symmetry->alike.ways[way], byte) : symmetry_mix(byte));
        }
        for (size_t w = symmetry->end_box; w < board->words; w++) {
            const uint64_t by = places->words[w] == NO_PLACE ? 0 : factor(half, places->words[w]);
            symmetry->word_factors[half][w * ways + way] = by;
            *start += by * symmetry_mix(board->start[w]);
        }
    }
}

static void make_way(struct symmetry *symmetry, uint32_t way)
{
    const struct board *board = symmetry->board;
    const struct alike_way *names = &symmetry->alike.ways[way];
    const size_t byte_count = symmetry->first_box * sizeof(uint32_t);
    struct places places = {.bytes = array_new(byte_count, sizeof *places.bytes),
                            .words = array_new(board->words, sizeof *places.words),
                            .boxes = array_new(board->link_count * 2, sizeof *places.boxes)};
    for (size_t i = 0; i < byte_count; i++)
        places.bytes[i] = (uint32_t)i;
    memset(places.words, 0xff, board->words * sizeof *places.words);
    place_servers(symmetry, &places, names);
    place_links(symmetry, &places, names);
    place_engines(symmetry, &places, names);
    make_factors(symmetry, way, &places);
    make_box_factors(symmetry, way, places.boxes);
    for (uint32_t holder = 0; holder <= board->image->servers.count; holder++)
        symmetry->holder_mixes[holder * symmetry->alike.count + way] = mix_holder(names, holder);
    free(places.bytes);
    free(places.words);
    free(places.boxes);
}

void symmetry_init(struct symmetry *symmetry, const struct board *board, bool reduce)
{
    const size_t word = sizeof(uint32_t);
    const size_t boxes_size = board->link_count * 2 * sizeof(struct board_box);
    *symmetry = (struct symmetry){.board = board};
    symmetry->first_box = byte_of(board, board->boxes) / word;
    symmetry->end_box = symmetry->first_box + boxes_size / word;
    symmetry->first_holder = byte_of(board, board->holders);
    symmetry->end_holder =
        symmetry->first_holder + (size_t)board->image->servers.count * (BOARD_EPOCHS + 1);
    alike_find(&symmetry->alike, board->image);
    assert(symmetry->alike.count > 0);
    if (!reduce)
        symmetry->alike.count = 1;
    const size_t ways = symmetry->alike.count;
    for (int half = 0; half < 2; half++) {
        symmetry->word_factors[half] = array_new(board->words * ways, sizeof(uint64_t));
        symmetry->byte_factors[half] =
            array_new(symmetry->first_box * word * ways, sizeof(uint64_t));
        symmetry->box_factors[half] =
            array_new(board->link_count * 2 * BOARD_MESSAGES_MAX * ways, sizeof(uint64_t));
    }
    symmetry->changes = array_new(board->words, sizeof *symmetry->changes);
    symmetry->holder_mixes = array_new((board->image->servers.count + 1) * ways, sizeof(uint64_t));
    for (uint32_t way = 0; way < ways; way++)
        make_way(symmetry, way);
}

void symmetry_free(struct symmetry *symmetry)
{
    for (int half = 0; half < 2; half++) {
        free(symmetry->word_factors[half]);
        free(symmetry->byte_factors[half]);
        free(symmetry->box_factors[half]);
    }
    free(symmetry->holder_mixes);
    free(symmetry->changes);
    alike_free(&symmetry->alike);
}
