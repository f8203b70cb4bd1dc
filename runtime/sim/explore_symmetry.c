#include "runtime/sim/explore_symmetry.h"

#include <string.h>

/* ---- what a thing adds ---- */

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
            const uint64_t adds = symmetry_mix(byte) - symmetry_mix(before);
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
            add_word(symmetry, half, ways, word, symmetry_mix(value) - symmetry_mix(start), sums);
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
    return symmetry_mix(symmetry_mix(what) + ((uint64_t)camera << 32) + message->epoch) +
           symmetry_mix((uint64_t)message->elapsed_ms);
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
        add_word(symmetry, half, ways, w, symmetry_mix(is) - symmetry_mix(was), sums);
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
