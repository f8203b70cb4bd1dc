#include "runtime/sim/forecast_failure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

#define X(symbol, word, breaks, repairs) word,
static const char *const kind_words[] = {FAILURE_KINDS(X)};
#undef X
#define X(symbol, word, breaks, repairs) {breaks, repairs},
static const struct {
    enum outage_act_kind breaks, repairs;
} kind_acts[] = {FAILURE_KINDS(X)};
#undef X

const char *failure_word(enum failure_kind kind)
{
    assert(kind < FAILURE_KIND_COUNT);
    return kind_words[kind];
}

/* ---- reading ---- */

/* The next part of a text up to a slash; false if it is longer than there is room. */
static bool read_part(const char **text, char *part, size_t size)
{
    const size_t bytes = strcspn(*text, "/");
    if (bytes >= size)
        return false;
    memcpy(part, *text, bytes);
    part[bytes] = '\0';
    *text += bytes + ((*text)[bytes] == '/');
    return true;
}

static bool read_ms(const char **text, double *ms)
{
    char part[32];
    if (!read_part(text, part, sizeof part) || part[0] < '1' || part[0] > '9' ||
        strspn(part, "0123456789") != strlen(part) || strlen(part) > 15)
        return false;
    *ms = strtod(part, NULL);
    return true;
}

bool failure_rate_read(const char *text, struct failure_rate *rate)
{
    char word[16];
    *rate = (struct failure_rate){.kind = FAILURE_KIND_COUNT};
    if (!read_part(&text, word, sizeof word))
        return false;
    for (uint32_t k = 0; k < FAILURE_KIND_COUNT; k++)
        if (strcmp(word, kind_words[k]) == 0)
            rate->kind = (enum failure_kind)k;
    if (rate->kind == FAILURE_KIND_COUNT || !read_ms(&text, &rate->mtbf_ms) ||
        !read_ms(&text, &rate->mttr_ms) || !read_part(&text, rate->a, sizeof rate->a) ||
        !read_part(&text, rate->b, sizeof rate->b) || *text != '\0')
        return false;
    const bool second = rate->kind == FAILURE_LINK && rate->a[0] != '\0';
    return second == (rate->b[0] != '\0');
}

/* ---- random numbers ---- */

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static uint64_t mix_text(uint64_t value, const char *text)
{
    for (; *text != '\0'; text++)
        value = (value ^ (uint8_t)*text) * 0x100000001b3u;
    return mix(value + 0x9e3779b97f4a7c15u);
}

static double draw_ms(struct failure *failure, double mean_ms)
{
    failure->random += 0x9e3779b97f4a7c15u;
    const double share = ((double)(mix(failure->random) >> 11) + 1) / 9007199254740993.0;
    return -log(share) * mean_ms;
}

/* At least one ms later, so that what fails is away for a moment, and what is back is there for
 * one. */
static void draw_next(struct failure *failure)
{
    const double ms = draw_ms(failure, failure->failed ? failure->mttr_ms : failure->mtbf_ms);
    failure->next_ms += ms < 1 ? 1 : (int64_t)ms;
}

/* ---- all that fails ---- */

static bool rate_fits(const struct failure_rate *rate, enum failure_kind kind, const char *a,
                      const char *b)
{
    if (rate->kind != kind)
        return false;
    return rate->a[0] == '\0' || (strcmp(rate->a, a) == 0 && strcmp(rate->b, b) == 0) ||
           (strcmp(rate->a, b) == 0 && strcmp(rate->b, a) == 0);
}

struct setting {
    struct failures *failures;
    uint32_t site;
    const struct image *image;
    const struct failure_rate *rates;
    size_t rate_count;
    uint64_t seed;
};

static const char *server_name(const struct setting *setting, uint32_t server)
{
    return image_text(setting->image, image_servers(setting->image)[server].name);
}

/* The name of the thing, or of the first server of a link. */
static const char *name_of(const struct setting *setting, enum failure_kind kind, uint32_t a)
{
    return kind == FAILURE_VOLUME
               ? image_text(setting->image, image_volumes(setting->image)[a].name)
               : server_name(setting, a);
}

static void add_thing(const struct setting *setting, enum failure_kind kind, uint32_t a, uint32_t b)
{
    struct failures *failures = setting->failures;
    const char *name_a = name_of(setting, kind, a);
    const char *name_b = b == IMAGE_NONE ? "" : server_name(setting, b);
    struct failure failure = {.kind = kind, .a = a, .b = b};
    for (size_t r = 0; r < setting->rate_count; r++) {
        const struct failure_rate *rate = &setting->rates[r];
        if ((rate->site != 0 && rate->site != setting->site) ||
            !rate_fits(rate, kind, name_a, name_b))
            continue;
        failure.mtbf_ms = rate->mtbf_ms;
        failure.mttr_ms = rate->mttr_ms;
    }
    if (failure.mtbf_ms == 0)
        return;
    failure.random = mix_text(mix_text(mix(setting->seed) + kind, name_a), name_b);
    draw_next(&failure);
    size_t max = failures->max;
    failures->items = array_grow(failures->items, failures->count, &max, sizeof *failures->items);
    failures->max = (uint32_t)max;
    failures->items[failures->count++] = failure;
}

static void add_links(const struct setting *setting, uint32_t server)
{
    const struct image_list peers = image_servers(setting->image)[server].peers;
    for (uint32_t p = 0; p < peers.count; p++) {
        const uint32_t peer = image_numbers(setting->image)[peers.first + p];
        if (peer > server)
            add_thing(setting, FAILURE_LINK, server, peer);
    }
}

void failures_init(struct failures *failures, uint32_t site, const struct image *image,
                   const struct failure_rate *rates, size_t rate_count, uint64_t seed)
{
    *failures = (struct failures){.count = 0};
    const struct setting setting = {failures, site, image, rates, rate_count, seed};
    for (uint32_t s = 0; s < image->servers.count; s++) {
        add_thing(&setting, FAILURE_SERVER, s, IMAGE_NONE);
        add_links(&setting, s);
    }
    for (uint32_t v = 0; v < image->volumes.count; v++)
        add_thing(&setting, FAILURE_VOLUME, v, IMAGE_NONE);
}

void failures_free(struct failures *failures)
{
    free(failures->items);
    free(failures->acts);
}

double failures_expected(const struct failures *failures, double ms)
{
    double count = 0;
    for (uint32_t i = 0; i < failures->count; i++)
        count += ms / (failures->items[i].mtbf_ms + failures->items[i].mttr_ms);
    return count;
}

double failures_longest_ms(const struct failures *failures)
{
    double longest_ms = 0;
    for (uint32_t i = 0; i < failures->count; i++)
        longest_ms = fmax(longest_ms, failures->items[i].mttr_ms);
    return longest_ms;
}

void failures_draw(struct failures *failures, int64_t until_ms)
{
    failures->act_count = 0;
    for (uint32_t i = 0; i < failures->count; i++) {
        struct failure *failure = &failures->items[i];
        while (failure->next_ms <= until_ms) {
            failures->acts = array_grow(failures->acts, failures->act_count, &failures->act_max,
                                        sizeof *failures->acts);
            failures->acts[failures->act_count++] =
                (struct outage_act){.at_ms = failure->next_ms,
                                    .kind = failure->failed ? kind_acts[failure->kind].repairs
                                                            : kind_acts[failure->kind].breaks,
                                    .a = failure->a,
                                    .b = failure->b};
            failure->failed = !failure->failed;
            draw_next(failure);
        }
    }
}
