#include "runtime/sim/script.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/judge.h"
#include "runtime/sim/array.h"
#include "runtime/sim/label.h"

#define SCRIPT_BYTES_MAX (256L * 1024 * 1024)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

const char *script_act_word(uint32_t kind)
{
#define X(symbol, word, target) word,
    static const char *const words[] = {OUTAGE_ACTS(X)};
#undef X
    assert(kind < ACT_COUNT);
    return words[kind];
}

enum act_target script_act_target(uint32_t kind)
{
#define X(symbol, word, target) target,
    static const enum act_target targets[] = {OUTAGE_ACTS(X)};
#undef X
    assert(kind < ACT_COUNT);
    return targets[kind];
}

const char *script_text(const struct script *script, uint32_t offset)
{
    assert(offset < script->header->strings_size);
    return script->strings + offset;
}

/* The name of what an act is done to. */
static const char *target_name(const struct image *image, const struct outage_act *act)
{
    switch (script_act_target(act->kind)) {
    case TARGET_FAILOVER:
        return image_text(image, image_failovers(image)[act->a].name);
    case TARGET_STORE:
        if (act->a == IMAGE_NONE)
            return "coordinator";
        return image_text(image, image_volumes(image)[act->a].name);
    case TARGET_VOLUME:
        return image_text(image, image_volumes(image)[act->a].name);
    case TARGET_CAMERA:
        return image_text(image, image_cameras(image)[act->a].name);
    case TARGET_SERVER:
    case TARGET_PATH:
    case TARGET_CLOCK:
        break;
    }
    return image_text(image, image_servers(image)[act->a].name);
}

const char *script_end_name(const struct image *image, const struct outage_act *act)
{
    switch ((enum outage_end)act->end) {
    case END_SERVER:
        return image_text(image, image_servers(image)[act->b].name);
    case END_VOLUME:
        return image_text(image, image_volumes(image)[act->b].name);
    case END_COORDINATOR:
    case END_COUNT:
        break;
    }
    return "coordinator";
}

char *script_act(const struct image *image, const struct outage_act *act, char *text, size_t size)
{
    assert(act->kind < ACT_COUNT);
    char duration[64];
    const char *a = target_name(image, act);
    const int64_t jump_ms = act->jump_ms;
    if (script_act_target(act->kind) == TARGET_PATH)
        snprintf(text, size, "%s %s %s", script_act_word(act->kind), a,
                 script_end_name(image, act));
    else if (script_act_target(act->kind) == TARGET_CLOCK)
        snprintf(text, size, "%s %s %s%s", script_act_word(act->kind), a, jump_ms < 0 ? "-" : "",
                 trace_duration(jump_ms < 0 ? -jump_ms : jump_ms, duration, sizeof duration));
    else
        snprintf(text, size, "%s %s", script_act_word(act->kind), a);
    return text;
}

/* ---- checking a block from outside ---- */

/* How many there are of what an act of this kind is done to. */
static uint32_t target_count(const struct image *image, enum act_target target)
{
    switch (target) {
    case TARGET_FAILOVER:
        return image->failovers.count;
    case TARGET_STORE:
    case TARGET_VOLUME:
        return image->volumes.count;
    case TARGET_CAMERA:
        return image->cameras.count;
    case TARGET_SERVER:
    case TARGET_PATH:
    case TARGET_CLOCK:
        break;
    }
    return image->servers.count;
}

static bool end_fits(const struct image *image, const struct outage_act *act)
{
    return (act->end == END_SERVER && act->b < image->servers.count) ||
           (act->end == END_VOLUME && act->b < image->volumes.count) ||
           (act->end == END_COORDINATOR && act->b == IMAGE_NONE);
}

static bool act_fits(const struct image *image, const struct outage_act *act)
{
    if (act->kind >= ACT_COUNT || act->at_ms < 0)
        return false;
    const enum act_target target = script_act_target(act->kind);
    if (target == TARGET_PATH && !end_fits(image, act))
        return false;
    if (target == TARGET_CLOCK &&
        (act->jump_ms < -OUTAGE_JUMP_MS_MAX || act->jump_ms > OUTAGE_JUMP_MS_MAX))
        return false;
    return act->a < target_count(image, target) || (target == TARGET_STORE && act->a == IMAGE_NONE);
}

static bool expect_fits(const struct script *script, const struct image *image,
                        const struct outage_expect *expect)
{
    if (expect->text >= script->header->strings_size || expect->limit_ms < 0 ||
        (expect->by != IMAGE_NONE && expect->by >= image->servers.count))
        return false;
    switch (expect->kind) {
    case EXPECT_GAP:
    case EXPECT_RECORDED:
    case EXPECT_DOUBLE:
        return expect->subject < image->cameras.count;
    case EXPECT_CARRIED:
    case EXPECT_OVERLOAD:
        return expect->subject < image->servers.count;
    case EXPECT_QUEUED:
    case EXPECT_LICENCE:
        return expect->subject < image->failovers.count;
    default:
        return false;
    }
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

static bool are_peers(const void *context, uint32_t a, uint32_t b)
{
    const struct image *image = context;
    return image_list_find(image, image_servers(image)[a].peers, b) != IMAGE_NONE;
}

static uint32_t standby_of(const void *context, uint32_t failover)
{
    const struct image *image = context;
    return image_failovers(image)[failover].standby;
}

static bool lists(const void *context, uint32_t server, uint32_t volume)
{
    return image_server_volume(context, server, volume) != IMAGE_NONE;
}

static bool is_nas(const void *context, uint32_t volume)
{
    const struct image *image = context;
    return image_volumes(image)[volume].shared == 1;
}

uint32_t script_judge(const struct script *script, const struct outage *outage,
                      const struct image *image, FILE *out)
{
    const struct judge_site site = {.server_count = image->servers.count,
                                    .volume_count = image->volumes.count,
                                    .camera_count = image->cameras.count,
                                    .has_coordinator = image->coordinators.count > 0,
                                    .context = image,
                                    .are_peers = are_peers,
                                    .standby_of = standby_of,
                                    .lists = lists,
                                    .is_nas = is_nas};
    void *memory = array_new(judge_size(&site, outage->act_count), 1);
    struct judge *judge = judge_init(memory, &site, outage->act_count);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < outage->act_count; i++) {
        const struct outage_act *act = &script->acts[outage->first_act + i];
        const char *why = act->at_ms > outage->lasts_ms
                              ? "this comes after the end of the outage (lasts)"
                              : judge_act(judge, act);
        wrong += why != NULL;
        if (why == NULL || out == NULL)
            continue;
        char words[TEXT_BYTES_MAX];
        char *name = label_new(script_text(script, outage->name));
        char *what = label_new(script_act(image, act, words, sizeof words));
        fprintf(out, "understudy: outage \"%s\", line %u: error: %s: %s\n", name, act->line, what,
                why);
        free(what);
        free(name);
    }
    free(memory);
    return wrong;
}
