#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/names.h"
#include "compiler/resolve.h"
#include "runtime/judge.h"

struct outage_resolver {
    struct arena *arena;
    struct diag *diag;
    const struct resolved *topology;
    struct names servers;
    struct names cameras;
    struct names failovers;
    struct names volumes;
    bool failed;
};

#define X(symbol, word, target) [symbol] = {word, (enum act_target)(target)},
static const struct {
    const char *word;
    enum act_target target;
} act_kinds[] = {OUTAGE_ACTS(X)};
#undef X

static void report(struct outage_resolver *resolver, enum diag_code code, struct place place,
                   const char *value, const char *hint, const char *text)
{
    resolver->failed = true;
    struct diag_at at = {.place = place, .value = value};
    diag_report(resolver->diag, code, at, hint, "%s", text);
}

static uint32_t find(struct outage_resolver *resolver, const struct names *names, const char *kind,
                     const char *wanted, const char *user, struct place place)
{
    uint32_t index = names_find(names, wanted);
    if (index == IMAGE_NONE) {
        report(resolver, DIAG_E301, place, wanted, names_suggestion(names, resolver->diag, wanted),
               arena_format(resolver->arena, "%s: the topology declares no %s \"%s\"", user, kind,
                            wanted));
    }
    return index;
}

/* ---- acts ---- */

/* What an act is done to, or IMAGE_NONE: unknown, which is reported, or the coordinator. */
static uint32_t link_target(struct outage_resolver *resolver, const struct model_act *model)
{
    const char *word = act_kinds[model->kind].word;
    switch (act_kinds[model->kind].target) {
    case TARGET_FAILOVER:
        return find(resolver, &resolver->failovers, "failover", model->a, word, model->place);
    case TARGET_CAMERA:
        return find(resolver, &resolver->cameras, "camera", model->a, word, model->place);
    case TARGET_STORE:
        if (strcmp(model->a, "coordinator") == 0) {
            return IMAGE_NONE;
        }
        return find(resolver, &resolver->volumes, "volume", model->a, word, model->place);
    case TARGET_VOLUME:
        return find(resolver, &resolver->volumes, "volume", model->a, word, model->place);
    case TARGET_SERVER:
    case TARGET_PATH:
    case TARGET_CLOCK:
        break;
    }
    return find(resolver, &resolver->servers, "server", model->a, word, model->place);
}

static void link_act(struct outage_resolver *resolver, const struct model_outage *outage,
                     const struct model_act *model, struct outage_act *act)
{
    assert(model->kind >= 0 && model->kind < ACT_COUNT);
    const char *word = act_kinds[model->kind].word;
    *act = (struct outage_act){.at_ms = model->at_ms,
                               .kind = (uint32_t)model->kind,
                               .a = link_target(resolver, model),
                               .b = IMAGE_NONE,
                               .line = (uint32_t)model->place.line,
                               .jump_ms = model->jump_ms};
    if (act_kinds[model->kind].target == TARGET_PATH) {
        act->b = find(resolver, &resolver->servers, "server", model->b, word, model->place);
        if (act->a == act->b && act->a != IMAGE_NONE) {
            report(resolver, DIAG_E304, model->place, model->a, NULL,
                   arena_format(resolver->arena, "%s: both ends of the path are \"%s\"", word,
                                model->a));
        }
    }
    if (model->at_ms > outage->lasts_ms && outage->lasts_ms > 0) {
        report(resolver, DIAG_E303, model->place, model->a, NULL,
               arena_format(resolver->arena,
                            "%s \"%s\": this comes after the end of the outage (lasts)", word,
                            model->a));
    }
    if (model->jump_ms > OUTAGE_JUMP_MS_MAX || model->jump_ms < -OUTAGE_JUMP_MS_MAX) {
        report(resolver, DIAG_E114, model->place, NULL, NULL,
               "jump: a clock jumps by a hundred years at most");
    }
}

/* Acts come in order of time, whatever order they are written in; who writes a later time first
 * may have mistyped it. */
static void warn_of_order(struct outage_resolver *resolver, const struct model_outage *outage)
{
    for (size_t i = 1; i < outage->act_count; i++) {
        const struct model_act *act = &outage->acts[i];
        const struct model_act *before = &outage->acts[i - 1];
        if (act->at_ms < before->at_ms) {
            diag_report(resolver->diag, DIAG_W301, (struct diag_at){.place = act->place},
                        "the earlier time first, if that is what is meant",
                        "this happens before what is written above it, from line %d on",
                        before->place.line);
            return;
        }
    }
}

static void link_acts(struct outage_resolver *resolver, struct resolved_outage *outage)
{
    const struct model_outage *model = outage->model;
    const size_t size = (model->act_count + 1) * sizeof *outage->acts;
    outage->act_count = (uint32_t)model->act_count;
    outage->acts = arena_alloc(resolver->arena, size);
    outage->models = arena_alloc(resolver->arena, (model->act_count + 1) * sizeof *outage->models);
    for (size_t i = 0; i < model->act_count; i++) {
        struct outage_act act;
        link_act(resolver, model, &model->acts[i], &act);
        /* Blocks mostly stand in order of time: an insertion that keeps the order of writing is
         * cheap. */
        size_t at = i;
        for (; at > 0 && outage->acts[at - 1].at_ms > act.at_ms; at--) {
            outage->acts[at] = outage->acts[at - 1];
            outage->models[at] = outage->models[at - 1];
        }
        outage->acts[at] = act;
        outage->models[at] = &model->acts[i];
    }
    warn_of_order(resolver, model);
}

/* ---- whether the acts can happen ---- */

static bool are_peers(const void *context, uint32_t a, uint32_t b)
{
    const struct resolved *topology = context;
    const struct resolved_list *peers = &topology->servers[a].peers;
    for (uint32_t i = 0; i < peers->count; i++) {
        if (peers->items[i] == b) {
            return true;
        }
    }
    return false;
}

static uint32_t standby_of(const void *context, uint32_t failover)
{
    const struct resolved *topology = context;
    return topology->failovers[failover].standby;
}

/* The names of an act that was linked: "cut alpha omega". */
static const char *act_text(struct outage_resolver *resolver, const struct model_act *model)
{
    const char *word = act_kinds[model->kind].word;
    return model->b == NULL
               ? arena_format(resolver->arena, "%s \"%s\"", word, model->a)
               : arena_format(resolver->arena, "%s(\"%s\", \"%s\")", word, model->a, model->b);
}

/* Says of every act that cannot happen when it is due why not. Only where all names are known. */
static void judge_acts(struct outage_resolver *resolver, const struct resolved_outage *outage)
{
    const struct resolved *topology = resolver->topology;
    const struct judge_site site = {.server_count = topology->server_count,
                                    .volume_count = topology->volume_count,
                                    .camera_count = topology->camera_count,
                                    .has_coordinator = topology->model->coordinators_count > 0,
                                    .context = topology,
                                    .are_peers = are_peers,
                                    .standby_of = standby_of};
    void *memory = arena_alloc(resolver->arena, judge_size(&site, outage->act_count));
    struct judge *judge = judge_init(memory, &site, outage->act_count);
    for (uint32_t i = 0; i < outage->act_count; i++) {
        const char *why = judge_act(judge, &outage->acts[i]);
        const struct model_act *model = outage->models[i];
        if (why != NULL) {
            resolver->failed = true;
            struct diag_at at = {
                .place = model->place, .value = model->a, .word = act_kinds[model->kind].word};
            diag_report(resolver->diag, DIAG_E307, at, NULL, "%s: %s", act_text(resolver, model),
                        why);
        }
    }
}

/* ---- expectations ---- */

/* Whether some failover lets `by` (IMAGE_NONE: anyone) carry the main. */
static bool may_carry(const struct resolved *topology, uint32_t main, uint32_t by)
{
    const struct resolved_list *watchers = &topology->servers[main].watchers;
    for (uint32_t i = 0; i < watchers->count; i++) {
        if (by == IMAGE_NONE || topology->failovers[watchers->items[i]].standby == by) {
            return true;
        }
    }
    return false;
}

static const char *link_gap(struct outage_resolver *resolver, const struct model_expect *model,
                            struct outage_expect *expect)
{
    expect->subject =
        find(resolver, &resolver->cameras, "camera", model->subject, "gap", model->place);
    return arena_format(resolver->arena, "gap %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_carried(struct outage_resolver *resolver, const struct model_expect *model,
                                struct outage_expect *expect)
{
    expect->subject =
        find(resolver, &resolver->servers, "server", model->subject, "carried", model->place);
    if (model->by != NULL) {
        expect->by =
            find(resolver, &resolver->servers, "server", model->by, "carried", model->place);
    }
    bool known = expect->subject != IMAGE_NONE && (model->by == NULL || expect->by != IMAGE_NONE);
    if (known && !may_carry(resolver->topology, expect->subject, expect->by)) {
        report(resolver, DIAG_E306, model->place, model->subject, NULL,
               model->by == NULL
                   ? arena_format(resolver->arena, "carried: no failover monitors \"%s\"",
                                  model->subject)
                   : arena_format(resolver->arena, "carried: no failover lets \"%s\" carry \"%s\"",
                                  model->by, model->subject));
    }
    return model->by == NULL
               ? arena_format(resolver->arena, "carried %s", model->subject)
               : arena_format(resolver->arena, "carried %s by %s", model->subject, model->by);
}

static const char *link_overload(struct outage_resolver *resolver, const struct model_expect *model,
                                 struct outage_expect *expect)
{
    const struct resolved *topology = resolver->topology;
    expect->subject =
        find(resolver, &resolver->servers, "server", model->subject, "overload", model->place);
    if (!model->never) {
        report(resolver, DIAG_E308, model->place, model->subject, "write never = true",
               arena_format(resolver->arena, "overload \"%s\" { never = false } expects nothing",
                            model->subject));
    }
    if (expect->subject != IMAGE_NONE && topology->servers[expect->subject].failovers.count == 0) {
        report(resolver, DIAG_E306, model->place, model->subject, NULL,
               arena_format(resolver->arena, "overload: \"%s\" is the standby of no failover",
                            model->subject));
    }
    return arena_format(resolver->arena, "overload %s never", model->subject);
}

static const char *link_recorded(struct outage_resolver *resolver, const struct model_expect *model,
                                 struct outage_expect *expect)
{
    const char *at_least = model->limit_text == NULL ? "" : model->limit_text;
    expect->subject =
        find(resolver, &resolver->cameras, "camera", model->subject, "recorded", model->place);
    if (model->by == NULL) {
        return arena_format(resolver->arena, "recorded %s at least %s", model->subject, at_least);
    }
    expect->by = find(resolver, &resolver->servers, "server", model->by, "recorded", model->place);
    return arena_format(resolver->arena, "recorded %s by %s at least %s", model->subject, model->by,
                        at_least);
}

static const char *link_double(struct outage_resolver *resolver, const struct model_expect *model,
                               struct outage_expect *expect)
{
    expect->subject =
        find(resolver, &resolver->cameras, "camera", model->subject, "double", model->place);
    return arena_format(resolver->arena, "double %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_queued(struct outage_resolver *resolver, const struct model_expect *model,
                               struct outage_expect *expect)
{
    expect->subject =
        find(resolver, &resolver->failovers, "failover", model->subject, "queued", model->place);
    return arena_format(resolver->arena, "queued %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_licence(struct outage_resolver *resolver, const struct model_expect *model,
                                struct outage_expect *expect)
{
    expect->subject =
        find(resolver, &resolver->failovers, "failover", model->subject, "licence", model->place);
    expect->limit_ms = model->expired;
    if (!resolver->topology->site->licence_bound) {
        report(resolver, DIAG_E306, model->place, model->subject,
               "site { licence_bound = true } binds cameras to their servers",
               "licence: no licence of this site is bound to a server");
    }
    return arena_format(resolver->arena, "licence %s %s", model->subject,
                        model->expired ? "expires" : "does not expire");
}

static const char *link_expect(struct outage_resolver *resolver, const struct model_expect *model,
                               struct outage_expect *expect)
{
    expect->limit_ms = model->limit_ms;
    switch ((enum outage_expect_kind)model->kind) {
    case EXPECT_GAP:
        return link_gap(resolver, model, expect);
    case EXPECT_CARRIED:
        return link_carried(resolver, model, expect);
    case EXPECT_OVERLOAD:
        return link_overload(resolver, model, expect);
    case EXPECT_RECORDED:
        return link_recorded(resolver, model, expect);
    case EXPECT_DOUBLE:
        return link_double(resolver, model, expect);
    case EXPECT_QUEUED:
        return link_queued(resolver, model, expect);
    case EXPECT_LICENCE:
        return link_licence(resolver, model, expect);
    case EXPECT_COUNT:
        break;
    }
    assert(!"an expectation of no kind");
    return "";
}

static void link_expects(struct outage_resolver *resolver, struct resolved_outage *outage)
{
    const struct model_outage *model = outage->model;
    size_t count = model->expect_count;
    outage->expect_count = (uint32_t)count;
    outage->expects = arena_alloc(resolver->arena, (count + 1) * sizeof *outage->expects);
    outage->expect_texts = arena_alloc(resolver->arena, (count + 1) * sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        struct outage_expect *expect = &outage->expects[i];
        expect->kind = (uint32_t)model->expects[i].kind;
        expect->by = IMAGE_NONE;
        expect->line = (uint32_t)model->expects[i].place.line;
        outage->expect_texts[i] = link_expect(resolver, &model->expects[i], expect);
    }
}

/* ---- the whole ---- */

static void start(struct outage_resolver *resolver)
{
    const struct resolved *topology = resolver->topology;
    names_start(&resolver->servers, resolver->arena, topology->server_count);
    for (uint32_t i = 0; i < topology->server_count; i++) {
        names_add(&resolver->servers, topology->servers[i].model->name);
    }
    names_start(&resolver->cameras, resolver->arena, topology->camera_count);
    for (uint32_t i = 0; i < topology->camera_count; i++) {
        names_add(&resolver->cameras, topology->cameras[i].model->name);
    }
    names_start(&resolver->volumes, resolver->arena, topology->volume_count);
    for (uint32_t i = 0; i < topology->volume_count; i++) {
        names_add(&resolver->volumes, topology->volumes[i].name);
    }
    names_start(&resolver->failovers, resolver->arena, topology->failover_count);
    for (uint32_t i = 0; i < topology->failover_count; i++) {
        names_add(&resolver->failovers, topology->failovers[i].model->name);
    }
}

bool resolve_outages(struct arena *arena, const struct resolved *resolved,
                     const struct model_outages *outages, struct resolved_outages *out,
                     struct diag *diag)
{
    assert(arena != NULL && resolved != NULL && outages != NULL && out != NULL && diag != NULL);
    struct outage_resolver resolver = {.arena = arena, .diag = diag, .topology = resolved};
    bool failed = false;
    start(&resolver);
    out->count = (uint32_t)outages->count;
    out->outages = arena_alloc(arena, (outages->count + 1) * sizeof *out->outages);
    for (size_t i = 0; i < outages->count; i++) {
        out->outages[i].model = &outages->outages[i];
        resolver.failed = false;
        link_acts(&resolver, &out->outages[i]);
        if (!resolver.failed) {
            judge_acts(&resolver, &out->outages[i]);
        }
        link_expects(&resolver, &out->outages[i]);
        failed = failed || resolver.failed;
    }
    return !failed;
}
