#include "runtime/sim/explore_symmetry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/abstract.h"
#include "runtime/sim/array.h"

#define BYTE_PLACES ((uint64_t)1 << 32) /* apart from those of words */
#define BOX_PLACES  ((uint64_t)1 << 33)
#define NO_PLACE    UINT32_MAX

/* ---- what a thing adds ---- */

static uint64_t finish(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* Of a place, for each half of a fingerprint. */
static uint64_t factor(int half, uint64_t place)
{
    static const uint64_t seeds[2] = {0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu};
    return finish(finish(place + seeds[half]) + seeds[half]) | 1;
}

static uint64_t mix(uint64_t value)
{
    return finish(value + 0x632be59bd9b4e019u);
}

/* The ways whose sums are made: all of them, or one. */
struct range {
    uint32_t first;
    uint32_t end;
};

/* A word of the head that was before and is now something else. */
static void add_bytes(const struct symmetry *symmetry, int half, struct range ways, size_t word,
                      uint32_t was, uint32_t is, uint64_t *sums)
{
    for (size_t i = 0; i < sizeof is; i++) {
        const size_t at = word * sizeof is + i;
        const size_t byte = (uint8_t)(is >> 8 * i);
        const size_t before = (uint8_t)(was >> 8 * i);
        if (byte == before)
            continue;
        const uint64_t *factors = symmetry->byte_factors[half] + at * symmetry->alike.count;
        if (at >= symmetry->first_holder && at < symmetry->end_holder) {
            const uint64_t *to = symmetry->holder_mixes + byte * symmetry->alike.count;
            const uint64_t *from = symmetry->holder_mixes + before * symmetry->alike.count;
            for (uint32_t way = ways.first; way < ways.end; way++)
                sums[way] += factors[way] * (to[way] - from[way]);
        } else {
            const uint64_t adds = mix(byte) - mix(before);
            for (uint32_t way = ways.first; way < ways.end; way++)
                sums[way] += factors[way] * adds;
        }
    }
}

/* Likewise a word of an engine. */
static void add_word(const struct symmetry *symmetry, int half, struct range ways, size_t word,
                     uint64_t adds, uint64_t *sums)
{
    const uint64_t *factors = symmetry->word_factors[half] + word * symmetry->alike.count;
    for (uint32_t way = ways.first; way < ways.end; way++)
        sums[way] += factors[way] * adds;
}

static void add_words(const struct symmetry *symmetry, int half, struct range ways,
                      const uint8_t *packed, size_t size, uint64_t *sums)
{
    for (size_t at = 0; at < size; at += BOARD_PACKED_WORD) {
        uint16_t word;
        uint32_t value;
        memcpy(&word, packed + at, sizeof word);
        memcpy(&value, packed + at + sizeof word, sizeof value);
        const uint32_t start = symmetry->board->start[word];
        if (word < symmetry->first_box)
            add_bytes(symmetry, half, ways, word, start, value, sums);
        else if (word >= symmetry->end_box)
            add_word(symmetry, half, ways, word, mix(value) - mix(start), sums);
    }
}

static uint64_t mix_message(const struct alike_way *names, const struct board_box *box,
                            uint32_t number)
{
    const struct engine_message *message = &box->messages[number];
    const uint32_t camera =
        message->camera == IMAGE_NONE ? IMAGE_NONE : names->cameras[message->camera];
    const uint64_t outlived = box->outlived >> number & 1u;
    const uint64_t what =
        outlived << 63 | (uint64_t)message->kind << 32 | names->failovers[message->failover];
    return mix(mix(what) + ((uint64_t)camera << 32) + message->epoch) +
           mix((uint64_t)message->elapsed_ms);
}

static void add_boxes(const struct symmetry *symmetry, int half, struct range ways, uint64_t *sums)
{
    const struct board *board = symmetry->board;
    for (uint32_t b = 0; b < board->link_count * 2; b++)
        for (uint32_t m = 0; m < board->boxes[b].count; m++)
            for (uint32_t way = ways.first; way < ways.end; way++) {
                const size_t place = (b * BOARD_MESSAGES_MAX + m) * symmetry->alike.count + way;
                sums[way] += symmetry->box_factors[half][place] *
                             mix_message(&symmetry->alike.ways[way], &board->boxes[b], m);
            }
}

static void sum_up(const struct symmetry *symmetry, int half, struct range ways,
                   const uint8_t *packed, size_t size, uint64_t *sums)
{
    memcpy(sums, symmetry->starts[half], symmetry->alike.count * sizeof *sums);
    add_words(symmetry, half, ways, packed, size, sums);
    add_boxes(symmetry, half, ways, sums);
}

void symmetry_fingerprint(const struct symmetry *symmetry, const uint8_t *packed, size_t size,
                          uint64_t fingerprint[static 2])
{
    uint64_t sums[ALIKE_WAYS_MAX];
    uint32_t least = 0;
    sum_up(symmetry, 0, (struct range){0, symmetry->alike.count}, packed, size, sums);
    for (uint32_t way = 1; way < symmetry->alike.count; way++)
        if (sums[way] < sums[least])
            least = way;
    fingerprint[0] = sums[least];
    sum_up(symmetry, 1, (struct range){least, least + 1}, packed, size, sums);
    fingerprint[1] = sums[least];
}

/* ---- what a move changes ---- */

void symmetry_stand(struct symmetry *symmetry, const uint8_t *packed, size_t size)
{
    for (int half = 0; half < 2; half++)
        sum_up(symmetry, half, (struct range){0, symmetry->alike.count}, packed, size,
               symmetry->heres[half]);
}

/* Words that are compared at once: a move changes few of them. */
#define AT_ONCE 8

static bool are_equal(const uint32_t *a, const uint32_t *b)
{
    uint32_t differences = 0;
    for (size_t i = 0; i < AT_ONCE; i++)
        differences |= a[i] ^ b[i];
    return differences == 0;
}

static void note_changes(struct symmetry *symmetry, const struct board_part *part)
{
    const uint32_t *here = symmetry->board->here;
    const uint32_t *block = symmetry->board->block;
    for (uint32_t w = part->first; w < part->end;) {
        const uint32_t next = w + AT_ONCE < part->end ? w + AT_ONCE : part->end;
        if (next == w + AT_ONCE && are_equal(here + w, block + w))
            w = next;
        for (; w < next; w++)
            if (here[w] != block[w])
                symmetry->changes[symmetry->change_count++] = w;
    }
}

static void find_changes(struct symmetry *symmetry)
{
    const struct board *board = symmetry->board;
    symmetry->change_count = 0;
    note_changes(symmetry, &board->parts[0]);
    for (uint32_t p = 1 + board->link_count * 2; p < board->part_count; p++)
        if (board->parts[p].touched)
            note_changes(symmetry, &board->parts[p]);
}

static void follow_word(const struct symmetry *symmetry, int half, struct range ways, uint32_t w,
                        uint64_t *sums)
{
    const uint32_t was = symmetry->board->here[w];
    const uint32_t is = symmetry->board->block[w];
    if (w < symmetry->first_box)
        add_bytes(symmetry, half, ways, w, was, is, sums);
    else
        add_word(symmetry, half, ways, w, mix(is) - mix(was), sums);
}

static uint64_t mix_place(const struct alike_way *names, const struct board_box *box,
                          uint32_t number)
{
    return number < box->count ? mix_message(names, box, number) : 0;
}

static void follow_box(const struct symmetry *symmetry, int half, struct range ways, uint32_t b,
                       uint64_t *sums)
{
    const struct board_box *is = &symmetry->board->boxes[b];
    const struct board_box *was =
        (const void *)(symmetry->board->here + ((const uint32_t *)is - symmetry->board->block));
    const uint32_t count = is->count > was->count ? is->count : was->count;
    for (uint32_t m = 0; m < count; m++) {
        if (memcmp(&is->messages[m], &was->messages[m], sizeof is->messages[m]) == 0 &&
            ((is->outlived ^ was->outlived) >> m & 1u) == 0 && m < is->count && m < was->count)
            continue;
        const uint64_t *factors = symmetry->box_factors[half] +
                                  (b * BOARD_MESSAGES_MAX + m) * (size_t)symmetry->alike.count;
        for (uint32_t way = ways.first; way < ways.end; way++) {
            const struct alike_way *names = &symmetry->alike.ways[way];
            sums[way] += factors[way] * (mix_place(names, is, m) - mix_place(names, was, m));
        }
    }
}

static void follow(const struct symmetry *symmetry, int half, struct range ways, uint64_t *sums)
{
    const struct board *board = symmetry->board;
    const size_t size = (ways.end - ways.first) * sizeof *sums;
    memcpy(sums + ways.first, symmetry->heres[half] + ways.first, size);
    for (size_t i = 0; i < symmetry->change_count; i++)
        follow_word(symmetry, half, ways, symmetry->changes[i], sums);
    for (uint32_t b = 0; b < board->link_count * 2; b++)
        if (board->parts[1 + b].touched)
            follow_box(symmetry, half, ways, b, sums);
}

void symmetry_follow(struct symmetry *symmetry, uint64_t fingerprint[static 2])
{
    uint64_t sums[ALIKE_WAYS_MAX];
    uint32_t least = 0;
    find_changes(symmetry);
    follow(symmetry, 0, (struct range){0, symmetry->alike.count}, sums);
    for (uint32_t way = 1; way < symmetry->alike.count; way++)
        if (sums[way] < sums[least])
            least = way;
    fingerprint[0] = sums[least];
    follow(symmetry, 1, (struct range){least, least + 1}, sums);
    fingerprint[1] = sums[least];
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
    return mix(holder == 0 ? 0 : names->servers[holder - 1] + 1);
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
            *start += by * (names ? mix_holder(&symmetry->alike.ways[way], byte) : mix(byte));
        }
        for (size_t w = symmetry->end_box; w < board->words; w++) {
            const uint64_t by = places->words[w] == NO_PLACE ? 0 : factor(half, places->words[w]);
            symmetry->word_factors[half][w * ways + way] = by;
            *start += by * mix(board->start[w]);
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
