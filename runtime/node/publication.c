#include "runtime/node/publication.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/entry.h"
#include "runtime/node/hook.h"
#include "runtime/node/log.h"
#include "runtime/node/mark.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct publication {
    struct publications *all;
    uint64_t number; /* of its entry in the journal */
    uint32_t failover;
    bool starts; /* START, or STOP */
    bool noted;  /* and not durable yet */
    char *text;  /* what the hook is to read; NULL once it runs */
    struct hook *hook;
};

struct publications {
    uv_loop_t *loop;
    const struct deployment *deployment;
    const struct image *image;
    uint32_t server;
    int64_t limit_ms;
    struct mark mark;
    uint64_t last; /* the number of the last entry that was noted */
    uint32_t running;
    bool hooked; /* some failover under this server has a hook */
    bool closing;
    bool retired;                /* the mark is another one's */
    struct publications *former; /* of the deployment before, or NULL */
    struct log_limit limit;
    struct hook_result trouble;
    struct publication **items; /* in order of their numbers */
    uint32_t count;
};

/* ---- what a hook is told ---- */

static const struct image_failover *failover_of(const struct publications *all, uint32_t failover)
{
    return &image_failovers(all->image)[failover];
}

static const char *server_name(const struct publications *all, uint32_t server)
{
    return image_text(all->image, image_servers(all->image)[server].name);
}

static char *text_of(const struct publications *all, const struct publication_source *source,
                     bool starts, bool repeated)
{
    const struct engine_transition *transition = source->transition;
    const struct image_failover *failover = failover_of(all, transition->subject);
    const char *name = image_text(all->image, failover->name);
    const char *event = starts ? "START" : "STOP";
    char why[TEXT_BYTES_MAX], moment[CLOCK_TEXT_BYTES], rule[8], hash[13], key[256];
    image_short_hash(all->image, hash);
    snprintf(rule, sizeof rule, "R%u", transition->rule);
    snprintf(key, sizeof key, "%s/%s/%" PRIu64 "/%s", hash, server_name(all, all->server),
             source->number, event);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:b}", "event", event,
                  "failover", name, "main", server_name(all, failover->monitor), "standby",
                  server_name(all, failover->standby), "server", server_name(all, all->server),
                  "deployment", hash, "epoch", (json_int_t)transition->epoch, "rule", rule, "why",
                  trace_why(all->deployment, transition, why, sizeof why), "at",
                  clock_text(source->wall_ms, moment), "key", key, "repeated", repeated);
    if (object != NULL && source->reason[0] != '\0')
        json_object_set_new(object, "reason", json_string(source->reason));
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    const size_t length = text != NULL ? strlen(text) : 0;
    if (text != NULL)
        text[length] = '\n'; /* in the place of the final NUL, which comes after it */
    char *line = text != NULL ? malloc(length + 2) : NULL;
    if (line != NULL) {
        memcpy(line, text, length + 1);
        line[length + 1] = '\0';
    }
    free(text);
    return line;
}

/* ---- the queue ---- */

static void keep_mark(struct publications *all)
{
    if (all->retired)
        return;
    mark_set(&all->mark, all->count > 0 ? all->items[0]->number - 1 : all->last);
}

static void drop(struct publication *publication)
{
    struct publications *all = publication->all;
    uint32_t i = 0;
    while (all->items[i] != publication)
        i++;
    memmove(&all->items[i], &all->items[i + 1], (--all->count - i) * sizeof *all->items);
    free(publication->text);
    free(publication);
}

static struct image_list hook_of(const struct publications *all, uint32_t failover, bool starts)
{
    const struct image_failover *entry = failover_of(all, failover);
    return starts ? entry->on_start : entry->on_stop;
}

static void add(struct publications *all, const struct publication_source *source, bool repeated)
{
    const enum engine_action_kind published = trace_published(all->deployment, source->transition);
    const bool starts = published == ACTION_PUBLISH_START;
    if (published == ENGINE_ACTION_COUNT || source->transition->server != all->server ||
        hook_of(all, source->transition->subject, starts).count == 0)
        return;
    struct publication *publication =
        all->count < PUBLICATIONS_MAX ? calloc(1, sizeof *publication) : NULL;
    if (publication != NULL)
        publication->text = text_of(all, source, starts, repeated);
    if (publication == NULL || publication->text == NULL) {
        log_limited(&all->limit, "ALARM: too many hooks wait; %s of %s is told to nobody",
                    starts ? "START" : "STOP", trace_subject(all->deployment, source->transition));
        free(publication);
        return;
    }
    publication->all = all;
    publication->number = source->number;
    publication->failover = source->transition->subject;
    publication->starts = starts;
    publication->noted = !repeated;
    all->items[all->count++] = publication;
}

void publications_note(struct publications *all, const struct publication_source *source)
{
    if (!all->hooked)
        return;
    all->last = source->number;
    add(all, source, false);
}

/* ---- running ---- */

static void set_trouble(struct publications *all, const char *name,
                        const struct hook_result *result)
{
    if (result->well) {
        all->trouble.text[0] = '\0';
        return;
    }
    snprintf(all->trouble.text, sizeof all->trouble.text, "%s %.300s", name, result->text);
    log_line("ALARM: the hook %s", all->trouble.text);
}

static void name_of(const struct publication *publication, char name[static HOOK_NAME_BYTES])
{
    const struct publications *all = publication->all;
    snprintf(name, HOOK_NAME_BYTES, "%s of %s", publication->starts ? "on_start" : "on_stop",
             image_text(all->image, failover_of(all, publication->failover)->name));
}

static void on_ended(void *owner, const struct hook_result *result)
{
    struct publication *publication = owner;
    struct publications *all = publication->all;
    char name[HOOK_NAME_BYTES];
    name_of(publication, name);
    all->running--;
    if (all->closing) { /* it may have been ended: it is told again */
        publication->hook = NULL;
        return;
    }
    set_trouble(all, name, result);
    drop(publication);
    keep_mark(all);
    publications_run(all);
}

/* False: it cannot be started, and is given up. */
static bool run(struct publication *publication)
{
    struct publications *all = publication->all;
    const struct image_list list = hook_of(all, publication->failover, publication->starts);
    const char *words[HOOK_WORDS_MAX + 1];
    char name[HOOK_NAME_BYTES];
    struct hook_result result = {.well = false};
    assert(list.count <= HOOK_WORDS_MAX);
    for (uint32_t i = 0; i < list.count; i++)
        words[i] = image_text(all->image, image_numbers(all->image)[list.first + i]);
    words[list.count] = NULL;
    name_of(publication, name);
    const struct hook_order order = {
        .name = name, .words = words, .input = publication->text, .limit_ms = all->limit_ms};
    publication->text = NULL;
    publication->hook = hook_start(all->loop, &order, on_ended, publication, result.text);
    all->running += publication->hook != NULL;
    if (publication->hook == NULL)
        set_trouble(all, name, &result);
    return publication->hook != NULL;
}

/* Whether an earlier one of the same failover is still there. */
static bool is_behind(const struct publications *all, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (all->items[i]->failover == all->items[index]->failover)
            return true;
    return false;
}

static void start_next(struct publications *all)
{
    for (uint32_t i = 0; i < all->count && all->running < PUBLICATION_AT_ONCE;) {
        struct publication *publication = all->items[i];
        if (publication->hook != NULL || publication->noted || is_behind(all, i)) {
            i++;
            continue;
        }
        if (run(publication))
            i++;
        else
            drop(publication);
    }
}

void publications_run(struct publications *all)
{
    if (!all->hooked || all->closing)
        return;
    for (uint32_t i = 0; i < all->count; i++)
        all->items[i]->noted = false;
    start_next(all);
    keep_mark(all);
}

struct publications_view publications_view(const struct publications *all)
{
    return (struct publications_view){.waiting = all->count - all->running,
                                      .running = all->running,
                                      .trouble = all->trouble.text};
}

/* ---- opening and closing ---- */

struct recovery {
    struct publications *all;
    struct engine_transition *transitions;
    uint32_t max;
};

/* What an earlier version published otherwise, or cannot be read, is no matter here: the replay has
 * judged it. */
static bool recover(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    const struct recovery *recovery = context;
    struct publications *all = recovery->all;
    struct entry entry;
    if (!entry_decode(bytes, size, all->deployment, recovery->transitions, recovery->max, &entry))
        return true;
    for (uint32_t i = 0; i < entry.transition_count; i++) {
        const struct publication_source source = {.number = number,
                                                  .wall_ms = entry.wall_ms,
                                                  .reason = entry.reason,
                                                  .transition = &recovery->transitions[i]};
        add(all, &source, true);
    }
    return true;
}

static bool recover_all(struct publications *all, const char *state, struct journal *journal,
                        char error[static TEXT_BYTES_MAX])
{
    struct recovery recovery = {.all = all, .max = engine_output_max(all->deployment, all->server)};
    all->last = journal_count(journal);
    if (!mark_open(&all->mark, state, all->image, all->last, error))
        return false;
    recovery.transitions = calloc(recovery.max, sizeof *recovery.transitions);
    const bool read = recovery.transitions == NULL
                          ? FAIL(error, "out of memory")
                          : journal_walk(journal, all->mark.number + 1, recover, &recovery, error);
    free(recovery.transitions);
    if (all->count > 0)
        log_line("%u hooks were not run to their end before; they are run now", all->count);
    return read;
}

static bool has_hooks(const struct image *image, uint32_t server)
{
    const struct image_list own = image_servers(image)[server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(image)[f].on_start.count + image_failovers(image)[f].on_stop.count > 0)
            return true;
    return false;
}

struct publications *publications_open(uv_loop_t *loop, const char *state,
                                       const struct deployment *deployment, uint32_t server,
                                       struct journal *journal, int64_t limit_ms,
                                       char error[static TEXT_BYTES_MAX])
{
    struct publications *all = calloc(1, sizeof *all);
    struct publication **items = calloc(PUBLICATIONS_MAX, sizeof *items);
    if (all == NULL || items == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        free(all);
        free(items);
        return NULL;
    }
    *all = (struct publications){.loop = loop,
                                 .deployment = deployment,
                                 .image = deployment->image,
                                 .server = server,
                                 .limit_ms = limit_ms,
                                 .items = items,
                                 .hooked = has_hooks(deployment->image, server)};
    if (!all->hooked || recover_all(all, state, journal, error))
        return all;
    publications_free(all);
    return NULL;
}

void publications_retire(struct publications *all, struct publications *former)
{
    assert(all->former == NULL);
    all->former = former;
    former->retired = true;
    if (former->hooked)
        mark_close(&former->mark);
}

void publications_close(struct publications *all)
{
    for (; all != NULL; all = all->former)
        all->closing = true;
}

void publications_kill(struct publications *all)
{
    for (; all != NULL; all = all->former)
        for (uint32_t i = 0; i < all->count; i++)
            if (all->items[i]->hook != NULL)
                hook_kill(all->items[i]->hook);
}

void publications_free(struct publications *all)
{
    if (all == NULL)
        return;
    publications_free(all->former);
    while (all->count > 0)
        drop(all->items[all->count - 1]);
    if (all->hooked && !all->retired)
        mark_close(&all->mark);
    free(all->items);
    free(all);
}
