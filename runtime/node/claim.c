#include "runtime/node/claim.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/entry.h"

#define MAGIC "USCLAIM1" /* 8 bytes, no NUL */

struct content {
    char magic[8];
    uint64_t turn;
    uint64_t epoch;
    uint64_t mark;
    char holder[NAME_BYTES_MAX];
    char main[NAME_BYTES_MAX];
    uint32_t reserved;
    uint32_t checksum; /* of all before it */
};

_Static_assert(sizeof(struct content) == 40 + 2 * NAME_BYTES_MAX, "no padding");

static uint32_t sum(const struct content *content)
{
    return entry_checksum((const uint8_t *)content, sizeof *content - sizeof content->checksum);
}

static struct turns_place place_of(const char *main)
{
    return (struct turns_place){.area = "claims", .name = main, .stem = "claim"};
}

static bool is_name(const char name[static NAME_BYTES_MAX])
{
    return memchr(name, '\0', NAME_BYTES_MAX) != NULL && name[0] != '\0' && name[0] != '.' &&
           strchr(name, '/') == NULL;
}

static bool is_sound(const struct content *content, uint64_t turn, const char *main)
{
    return memcmp(content->magic, MAGIC, sizeof content->magic) == 0 &&
           content->checksum == sum(content) && content->turn == turn && content->epoch > 0 &&
           turn < UINT64_MAX && is_name(content->holder) && is_name(content->main) &&
           strcmp(content->main, main) == 0;
}

static enum claim_reading read_turn(int folder, const char *main, uint64_t turn,
                                    struct claim_record *record)
{
    struct content content;
    size_t size = 0;
    const struct turns_place place = place_of(main);
    const enum turns_reading reading =
        turns_read(folder, &place, turn, &content, sizeof content, &size);
    if (reading == TURNS_FAILED)
        return CLAIM_FAILED;
    if (reading == TURNS_ODD || size != sizeof content || !is_sound(&content, turn, main))
        return CLAIM_DAMAGED;
    *record = (struct claim_record){.turn = turn, .epoch = content.epoch, .mark = content.mark};
    memcpy(record->holder, content.holder, sizeof record->holder);
    return CLAIM_READ;
}

enum claim_reading claim_read(int volume, const char *main, struct claim_record *record)
{
    uint64_t highest;
    int folder;
    const struct turns_place place = place_of(main);
    if (!turns_find(volume, &place, &highest, &folder))
        return CLAIM_FAILED;
    enum claim_reading reading = CLAIM_READ;
    if (highest == 0)
        *record = (struct claim_record){0};
    else if (highest != record->turn || record->epoch == 0)
        reading = read_turn(folder, main, highest, record);
    if (reading == CLAIM_DAMAGED)
        *record = (struct claim_record){.turn = highest};
    const int cause = errno;
    if (folder >= 0)
        close(folder);
    errno = cause;
    return reading;
}

enum turns_taking claim_take(int volume, const char *main, const struct claim_record *record)
{
    assert(record->turn > 0 && record->turn < UINT64_MAX && record->epoch > 0);
    struct content content = {
        .magic = MAGIC, .turn = record->turn, .epoch = record->epoch, .mark = record->mark};
    snprintf(content.holder, sizeof content.holder, "%s", record->holder);
    snprintf(content.main, sizeof content.main, "%s", main);
    content.checksum = sum(&content);
    const struct turns_place place = place_of(main);
    return turns_take(volume, &place, record->turn, record->holder, &content, sizeof content);
}
