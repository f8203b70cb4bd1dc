#include "runtime/sim/script.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/label.h"

#define SCRIPT_BYTES_MAX (256L * 1024 * 1024)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

#define X(symbol, word, target) word,
static const char *const act_words[] = {OUTAGE_ACTS(X)};
#undef X
#define X(symbol, word, target) target,
static const enum act_target act_targets[] = {OUTAGE_ACTS(X)};
#undef X

const char *script_text(const struct script *script, uint32_t offset)
{
    assert(offset < script->header->strings_size);
    return script->strings + offset;
}

char *script_act(const struct image *image, const struct outage_act *act, char *text, size_t size)
{
    assert(act->kind < ACT_COUNT);
    const char *a = act_targets[act->kind] == TARGET_FAILOVER
                        ? image_text(image, image_failovers(image)[act->a].name)
                        : image_text(image, image_servers(image)[act->a].name);
    if (act_targets[act->kind] == TARGET_PATH)
        snprintf(text, size, "%s %s %s", act_words[act->kind], a,
                 image_text(image, image_servers(image)[act->b].name));
    else
        snprintf(text, size, "%s %s", act_words[act->kind], a);
    return text;
}

/* ---- checking a block from outside ---- */

static bool act_fits(const struct image *image, const struct outage_act *act)
{
    if (act->kind >= ACT_COUNT || act->at_ms < 0)
        return false;
    if (act_targets[act->kind] == TARGET_FAILOVER)
        return act->a < image->failovers.count;
    if (act_targets[act->kind] == TARGET_PATH && act->b >= image->servers.count)
        return false;
    return act->a < image->servers.count;
}

static bool expect_fits(const struct script *script, const struct image *image,
                        const struct outage_expect *expect)
{
    if (expect->text >= script->header->strings_size)
        return false;
    if (expect->kind == EXPECT_GAP)
        return expect->subject < image->cameras.count && expect->at_most_ms >= 0;
    return expect->kind == EXPECT_CARRIED && expect->subject < image->servers.count &&
           (expect->by == IMAGE_NONE || expect->by < image->servers.count);
}

static bool outage_fits(const struct script *script, const struct outage *outage)
{
    const struct outage_header *header = script->header;
    if (outage->name >= header->strings_size || outage->lasts_ms <= 0 ||
        outage->lasts_ms > INT64_MAX / 4 || outage->first_act > header->act_count ||
        outage->act_count > header->act_count - outage->first_act ||
        outage->first_expect > header->expect_count ||
        outage->expect_count > header->expect_count - outage->first_expect)
        return false;
    for (uint32_t i = 1; i < outage->act_count; i++)
        if (script->acts[outage->first_act + i].at_ms <
            script->acts[outage->first_act + i - 1].at_ms)
            return false;
    return true;
}

static bool rows_fit(const struct script *script, const struct image *image)
{
    for (uint32_t i = 0; i < script->header->act_count; i++)
        if (!act_fits(image, &script->acts[i]))
            return false;
    for (uint32_t i = 0; i < script->header->expect_count; i++)
        if (!expect_fits(script, image, &script->expects[i]))
            return false;
    for (uint32_t i = 0; i < script->header->outage_count; i++)
        if (!outage_fits(script, &script->outages[i]))
            return false;
    return true;
}

/* Sets the arrays; false if they do not fill the block exactly. */
static bool sections_fit(struct script *script, uint64_t size)
{
    const struct outage_header *header = script->header;
    const uint64_t outages = sizeof *header;
    const uint64_t acts = outages + (uint64_t)header->outage_count * sizeof(struct outage);
    const uint64_t expects = acts + (uint64_t)header->act_count * sizeof(struct outage_act);
    const uint64_t strings =
        expects + (uint64_t)header->expect_count * sizeof(struct outage_expect);
    if (strings + header->strings_size != size || header->strings_size == 0)
        return false;
    const char *block = script->block;
    script->outages = (const void *)(block + outages);
    script->acts = (const void *)(block + acts);
    script->expects = (const void *)(block + expects);
    script->strings = block + strings;
    return block[size - 1] == '\0';
}

static bool script_check(struct script *script, size_t size, const char *path,
                         const struct image *image, char error[static TEXT_BYTES_MAX])
{
    script->header = script->block;
    if (size < sizeof *script->header ||
        memcmp(script->header->magic, OUTAGE_MAGIC, sizeof script->header->magic) != 0)
        return FAIL(error, "%.200s is not a compiled outage file (understudy simulate makes one)",
                    path);
    if (script->header->abi != OUTAGE_ABI)
        return FAIL(error,
                    "%.200s was made by another version of Understudy (outages %u, this one reads "
                    "%u)",
                    path, script->header->abi, OUTAGE_ABI);
    if (!sections_fit(script, size))
        return FAIL(error, "%.200s is not complete", path);
    if (memcmp(script->header->image_hash, image->hash, sizeof image->hash) != 0)
        return FAIL(error, "%.200s was made for another deployment than this one", path);
    return rows_fit(script, image) || FAIL(error, "%.200s is damaged", path);
}

static void *read_whole(const char *path, size_t *size, char error[static TEXT_BYTES_MAX])
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "%.200s: %s", path, strerror(errno));
        return NULL;
    }
    size_t max = 1 << 16;
    char *block = array_new(max, 1);
    *size = 0;
    while (*size < SCRIPT_BYTES_MAX) {
        const size_t got = fread(block + *size, 1, max - *size, file);
        *size += got;
        if (got == 0)
            break;
        block = array_grow(block, *size, &max, 1);
    }
    const bool whole = feof(file) && !ferror(file);
    fclose(file);
    if (whole)
        return block;
    snprintf(error, TEXT_BYTES_MAX, "%.200s cannot be read to its end", path);
    free(block);
    return NULL;
}

bool script_open(struct script *script, const char *path, const struct image *image,
                 char error[static TEXT_BYTES_MAX])
{
    size_t size = 0;
    *script = (struct script){.block = read_whole(path, &size, error)};
    if (script->block == NULL)
        return false;
    if (script_check(script, size, path, image, error))
        return true;
    script_close(script);
    return false;
}

void script_close(struct script *script)
{
    free(script->block);
    *script = (struct script){0};
}

/* ---- judging ---- */

struct judgement {
    const struct image *image;
    uint8_t *power; /* of each server, enum power */
    struct {
        uint32_t a, b;
    } * cuts;
    size_t cut_count;
    size_t cut_max;
};

static size_t find_cut(const struct judgement *judgement, const struct outage_act *act)
{
    size_t i = 0;
    while (i < judgement->cut_count &&
           !(judgement->cuts[i].a == act->a && judgement->cuts[i].b == act->b) &&
           !(judgement->cuts[i].a == act->b && judgement->cuts[i].b == act->a))
        i++;
    return i;
}

static bool are_peers(const struct image *image, uint32_t a, uint32_t b)
{
    const struct image_list peers = image_servers(image)[a].peers;
    for (uint32_t i = 0; i < peers.count; i++)
        if (image_numbers(image)[peers.first + i] == b)
            return true;
    return false;
}

/* Why the path cannot be cut or healed now; NULL if it can, and then it is. */
static const char *judge_path(struct judgement *judgement, const struct outage_act *act)
{
    if (!are_peers(judgement->image, act->a, act->b))
        return "no failover connects these two servers, so there is no path between them";
    const size_t at = find_cut(judgement, act);
    const bool is_cut = at < judgement->cut_count;
    if (act->kind == ACT_CUT && is_cut)
        return "this path is cut already";
    if (act->kind == ACT_HEAL && !is_cut)
        return "this path is not cut";
    if (is_cut) {
        judgement->cuts[at] = judgement->cuts[--judgement->cut_count];
        return NULL;
    }
    judgement->cuts = array_grow(judgement->cuts, judgement->cut_count, &judgement->cut_max,
                                 sizeof *judgement->cuts);
    judgement->cuts[judgement->cut_count].a = act->a;
    judgement->cuts[judgement->cut_count++].b = act->b;
    return NULL;
}

/* Why the act cannot happen now; NULL if it can, and then it has. */
static const char *judge_act(struct judgement *judgement, const struct outage_act *act)
{
    uint8_t *power = &judgement->power[act->a];
    uint32_t standby;
    switch ((enum outage_act_kind)act->kind) {
    case ACT_FAIL:
        if (*power == POWER_FAILED)
            return "this server has failed already";
        *power = POWER_FAILED;
        return NULL;
    case ACT_RESTORE:
        if (*power != POWER_FAILED)
            return *power == POWER_ON ? "this server has not failed"
                                      : "this server is logged off: log_on starts it";
        *power = POWER_ON;
        return NULL;
    case ACT_LOG_OFF:
        if (*power != POWER_ON)
            return *power == POWER_OFF ? "this server is logged off already"
                                       : "this server has failed: it cannot log off";
        *power = POWER_OFF;
        return NULL;
    case ACT_LOG_ON:
        if (*power != POWER_OFF)
            return *power == POWER_ON ? "this server is not logged off"
                                      : "this server has failed: restore starts it";
        *power = POWER_ON;
        return NULL;
    case ACT_CUT:
    case ACT_HEAL:
        return judge_path(judgement, act);
    case ACT_FORCE_START:
    case ACT_FORCE_STOP:
        standby = image_failovers(judgement->image)[act->a].standby;
        return judgement->power[standby] == POWER_ON
                   ? NULL
                   : "its standby is down, so nobody can take the order";
    case ACT_COUNT:
        break;
    }
    assert(!"an act of no kind");
    return NULL;
}

uint32_t script_judge(const struct script *script, const struct outage *outage,
                      const struct image *image, FILE *out)
{
    struct judgement judgement = {.image = image, .power = array_new(image->servers.count, 1)};
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < outage->act_count; i++) {
        const struct outage_act *act = &script->acts[outage->first_act + i];
        const char *why = act->at_ms > outage->lasts_ms
                              ? "this comes after the end of the outage (lasts)"
                              : judge_act(&judgement, act);
        if (why == NULL)
            continue;
        char words[TEXT_BYTES_MAX];
        char *name = label_new(script_text(script, outage->name));
        char *what = label_new(script_act(image, act, words, sizeof words));
        fprintf(out, "understudy: outage \"%s\", line %u: error: %s: %s\n", name, act->line, what,
                why);
        free(what);
        free(name);
        wrong++;
    }
    free(judgement.power);
    free(judgement.cuts);
    return wrong;
}
