#include "compiler/failure_rate.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/diag.h"
#include "dsl/dsl.h"

#define YEAR_MS     DAYS_MS(365)
#define MTBF_MS_MIN 60000 /* what fails more often is no failure but a state */
#define MTTR_MS_MIN 1000  /* what is shorter nobody notices */
#define TIME_MS_MAX (10000 * YEAR_MS)
#define FORM                                                                                       \
    "write KIND [NAME] TIME, as in \"server 2 y\", \"server alpha 90 d\" or \"link alpha omega "   \
    "30 d\""

/* ---- times ---- */

/* "2 y", or years before anything that the language takes. */
static const char *read_time(const char *text, int64_t *time_ms)
{
    char *rest;
    *time_ms = 0;
    if (!isdigit((unsigned char)*text))
        return "does not begin with a number";
    const unsigned long long years = strtoull(text, &rest, 10);
    rest += strspn(rest, " ");
    if (*rest != 'y' || (rest[1] != '\0' && rest[1] != ' '))
        return dsl_read_duration(text, time_ms);
    if (years > TIME_MS_MAX / YEAR_MS)
        return "is too large";
    rest += 1 + strspn(rest + 1, " ");
    const char *wrong = *rest == '\0' ? NULL : dsl_read_duration(rest, time_ms);
    *time_ms += (int64_t)years * YEAR_MS;
    return wrong;
}

/* ---- one text ---- */

static const char *const kinds[] = {"server", "volume", "link"};

static const char *judge_kind(struct arena *arena, const char *kind)
{
    struct diag_nearest nearest = {.wanted = kind};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0)
            return NULL;
        diag_offer(&nearest, kinds[i]);
    }
    if (strcmp(kind, "coordinator") == 0)
        return "there is no coordinator: in this version the servers judge by themselves";
    return arena_format(
        arena, "\"%s\" is not a kind of thing that fails: server, volume or link%s%s%s", kind,
        nearest.best != NULL ? "; did you mean \"" : "", nearest.best != NULL ? nearest.best : "",
        nearest.best != NULL ? "\"?" : "");
}

/* Cuts a text into kind, name and time: the time is the longest end of it that can be read as one.
 */
static const char *cut(struct arena *arena, const char *text, struct failure_rate *rate,
                       int64_t *time_ms)
{
    text += strspn(text, " ");
    const size_t kind_bytes = strcspn(text, " ");
    rate->kind = arena_format(arena, "%.*s", (int)kind_bytes, text);
    const char *wrong = kind_bytes > 0 ? judge_kind(arena, rate->kind) : FORM;
    if (wrong != NULL)
        return wrong;
    const char *name = text + kind_bytes + strspn(text + kind_bytes, " ");
    const char *last_wrong = NULL;
    for (const char *time = name; *time != '\0';) {
        const char *why = read_time(time, time_ms);
        if (why == NULL) {
            size_t bytes = (size_t)(time - name);
            while (bytes > 0 && name[bytes - 1] == ' ')
                bytes--;
            rate->a = arena_format(arena, "%.*s", (int)bytes, name);
            rate->b = "";
            return NULL;
        }
        if (isdigit((unsigned char)*time) && last_wrong == NULL)
            last_wrong =
                arena_format(arena, "\"%s\" %s; units are y (365 d), d, h, min, s, ms", time, why);
        time += strcspn(time, " ");
        time += strspn(time, " ");
    }
    return last_wrong != NULL ? last_wrong : "it names no time; " FORM;
}

static struct failure_rate *find_rate(const struct failure_rates *rates, const char *kind,
                                      const char *a, const char *b)
{
    for (size_t i = 0; i < rates->count; i++) {
        struct failure_rate *rate = &rates->rates[i];
        if (strcmp(rate->kind, kind) == 0 && strcmp(rate->a, a) == 0 && strcmp(rate->b, b) == 0)
            return rate;
    }
    return NULL;
}

static const char *judge_time(int64_t time_ms, bool mttr)
{
    if (time_ms > TIME_MS_MAX)
        return "more than 10000 years is as good as never: leave it out";
    if (!mttr && time_ms < MTBF_MS_MIN)
        return "what fails more often than once a minute cannot be planned for";
    if (mttr && time_ms < MTTR_MS_MIN)
        return "a repair takes a second at least";
    return NULL;
}

const char *failure_rate_take(struct failure_rates *rates, struct arena *arena, const char *text,
                              bool mttr)
{
    int64_t time_ms = 0;
    struct failure_rate taken = {.kind = ""};
    const char *wrong = cut(arena, text, &taken, &time_ms);
    if (wrong == NULL)
        wrong = judge_time(time_ms, mttr);
    if (wrong != NULL)
        return wrong;
    struct failure_rate *rate = find_rate(rates, taken.kind, taken.a, taken.b);
    if (rate == NULL) {
        rates->rates = arena_grow(arena, rates->rates, rates->count, sizeof *rates->rates);
        rate = &rates->rates[rates->count++];
        *rate = taken;
    }
    int64_t *field = mttr ? &rate->mttr_ms : &rate->mtbf_ms;
    if (*field != 0)
        return "it is said twice";
    *field = time_ms;
    return NULL;
}

/* ---- all of them ---- */

/* The name of a declaration of a kind by its number, or NULL beyond the last one. */
static const char *name_at(const struct model *model, const char *kind, size_t at)
{
    if (strcmp(kind, "volume") == 0)
        return at < model->volumes_count ? model->volumes[at].name : NULL;
    return at < model->servers_count ? model->servers[at].name : NULL;
}

static bool is_named(const char *name, const char *text, size_t bytes)
{
    return strlen(name) == bytes && memcmp(name, text, bytes) == 0;
}

static uint32_t find_server(const struct model *model, const char *name, size_t bytes)
{
    for (uint32_t s = 0; s < model->servers_count; s++)
        if (is_named(model->servers[s].name, name, bytes))
            return s;
    return IMAGE_NONE;
}

static bool are_connected(const struct resolved *resolved, uint32_t a, uint32_t b)
{
    const struct resolved_list peers = resolved->servers[a].peers;
    for (uint32_t p = 0; p < peers.count; p++)
        if (peers.items[p] == b)
            return true;
    return false;
}

/* A link is written as its two servers; names may have blanks in them. */
static const char *link_names(struct arena *arena, const struct resolved *resolved,
                              struct failure_rate *rate)
{
    const struct model *model = resolved->model;
    const char *both = rate->a;
    for (const char *at = strchr(both, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        const char *other = at + strspn(at, " ");
        const uint32_t first = find_server(model, both, (size_t)(at - both));
        const uint32_t second = find_server(model, other, strlen(other));
        if (first == IMAGE_NONE || second == IMAGE_NONE)
            continue;
        const char *a = model->servers[first].name;
        const char *b = model->servers[second].name;
        rate->a = strcmp(a, b) < 0 ? a : b;
        rate->b = strcmp(a, b) < 0 ? b : a;
        return are_connected(resolved, first, second)
                   ? NULL
                   : arena_format(arena,
                                  "no link connects \"%s\" and \"%s\": no failover is "
                                  "between them",
                                  a, b);
    }
    return arena_format(
        arena, "\"%s\" is no link: write the names of the two servers that it connects", both);
}

static const char *judge_names(struct arena *arena, const struct resolved *resolved,
                               struct failure_rate *rate)
{
    if (rate->a[0] == '\0')
        return NULL;
    if (strcmp(rate->kind, "link") == 0)
        return link_names(arena, resolved, rate);
    struct diag_nearest nearest = {.wanted = rate->a};
    const char *name;
    for (size_t i = 0; (name = name_at(resolved->model, rate->kind, i)) != NULL; i++) {
        if (strcmp(name, rate->a) == 0)
            return NULL;
        diag_offer(&nearest, name);
    }
    return arena_format(arena, "there is no such %s%s%s%s", rate->kind,
                        nearest.best != NULL ? "; did you mean \"" : "",
                        nearest.best != NULL ? nearest.best : "",
                        nearest.best != NULL ? "\"?" : "");
}

/* "server alpha" */
static const char *label(struct arena *arena, const struct failure_rate *rate)
{
    return arena_format(arena, "%s%s%s%s%s", rate->kind, rate->a[0] != '\0' ? " " : "", rate->a,
                        rate->b[0] != '\0' ? " " : "", rate->b);
}

static const char *complete(struct arena *arena, const struct failure_rates *rates,
                            struct failure_rate *rate)
{
    const struct failure_rate *kind = find_rate(rates, rate->kind, "", "");
    if (rate->mtbf_ms == 0 && kind != NULL)
        rate->mtbf_ms = kind->mtbf_ms;
    if (rate->mttr_ms == 0 && kind != NULL)
        rate->mttr_ms = kind->mttr_ms;
    const char *name = label(arena, rate);
    if (rate->mtbf_ms == 0)
        return arena_format(arena, "how often does it fail? add --mtbf \"%s TIME\"", name);
    if (rate->mttr_ms == 0)
        return arena_format(arena, "how long does its repair take? add --mttr \"%s TIME\"", name);
    if (rate->mttr_ms >= rate->mtbf_ms)
        return "its repair takes longer than it runs until it fails; are --mtbf and --mttr mixed "
               "up?";
    return NULL;
}

static bool is_needed_by_name(const struct failure_rates *rates, const char *kind)
{
    for (size_t i = 0; i < rates->count; i++)
        if (rates->rates[i].a[0] != '\0' && strcmp(rates->rates[i].kind, kind) == 0)
            return true;
    return false;
}

/* A kind of which only one time is said, and that some of its things take, says nothing of the
 * others: those never fail. */
static bool is_only_a_part(const struct failure_rates *rates, const struct failure_rate *rate)
{
    return rate->a[0] == '\0' && (rate->mtbf_ms == 0 || rate->mttr_ms == 0) &&
           is_needed_by_name(rates, rate->kind);
}

/* A link may have been written from either end. */
static const char *merge(struct failure_rates *rates, size_t at)
{
    struct failure_rate *rate = &rates->rates[at];
    struct failure_rate *first = find_rate(rates, rate->kind, rate->a, rate->b);
    if (first == rate)
        return NULL;
    if ((first->mtbf_ms != 0 && rate->mtbf_ms != 0) || (first->mttr_ms != 0 && rate->mttr_ms != 0))
        return "it is said twice";
    first->mtbf_ms += rate->mtbf_ms;
    first->mttr_ms += rate->mttr_ms;
    *rate = *first; /* twice the same is as good as once */
    return NULL;
}

/* Whole kinds first, for the later one of two that fit holds. */
static void sort_rates(struct failure_rates *rates, struct arena *arena)
{
    struct failure_rate *sorted = arena_alloc(arena, (rates->count + 1) * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < rates->count; i++)
        if (rates->rates[i].a[0] == '\0' && !is_only_a_part(rates, &rates->rates[i]))
            sorted[count++] = rates->rates[i];
    for (size_t i = 0; i < rates->count; i++)
        if (rates->rates[i].a[0] != '\0' &&
            find_rate(rates, rates->rates[i].kind, rates->rates[i].a, rates->rates[i].b) ==
                &rates->rates[i])
            sorted[count++] = rates->rates[i];
    *rates = (struct failure_rates){.rates = sorted, .count = count};
}

const char *failure_rates_complete(struct failure_rates *rates, struct arena *arena,
                                   const struct resolved *resolved)
{
    for (size_t i = 0; i < rates->count; i++) {
        struct failure_rate *rate = &rates->rates[i];
        const char *wrong = judge_names(arena, resolved, rate);
        if (wrong == NULL)
            wrong = merge(rates, i);
        if (wrong != NULL)
            return arena_format(arena, "%s: %s", label(arena, rate), wrong);
    }
    for (size_t i = 0; i < rates->count; i++) {
        struct failure_rate *rate = &rates->rates[i];
        const char *wrong = is_only_a_part(rates, rate) ? NULL : complete(arena, rates, rate);
        if (wrong != NULL)
            return arena_format(arena, "%s: %s", label(arena, rate), wrong);
    }
    sort_rates(rates, arena);
    return NULL;
}
