#include "compiler/resolve_acts.h"

#include <assert.h>
#include <string.h>

#include "runtime/judge.h"

#define X(symbol, word, target) [symbol] = {word, (enum act_target)(target)},
static const struct {
    const char *word;
    enum act_target target;
} act_kinds[] = {OUTAGE_ACTS(X)};
#undef X

void resolve_acts_report(struct outage_resolver *resolver, enum diag_code code, struct place place,
                         const char *value, const char *hint, const char *text)
{
    resolver->failed = true;
    struct diag_at at = {.place = place, .value = value};
    diag_report(resolver->diag, code, at, hint, "%s", text);
}

uint32_t resolve_acts_find(struct outage_resolver *resolver, const struct names *names,
                           const char *kind, const char *wanted, const char *user,
                           struct place place)
{
    uint32_t index = names_find(names, wanted);
    if (index == IMAGE_NONE) {
        resolve_acts_report(resolver, DIAG_E301, place, wanted,
                            names_suggestion(names, resolver->diag, wanted),
                            arena_format(resolver->arena, "%s: the topology declares no %s \"%s\"",
                                         user, kind, wanted));
    }
    return index;
}

/* What an act is done to, or IMAGE_NONE: unknown, which is reported, or the coordinator. */
static uint32_t link_target(struct outage_resolver *resolver, const struct model_act *model)
{
    const char *word = act_kinds[model->kind].word;
    switch (act_kinds[model->kind].target) {
    case TARGET_FAILOVER:
        return resolve_acts_find(resolver, &resolver->failovers, "failover", model->a, word,
                                 model->place);
    case TARGET_CAMERA:
        return resolve_acts_find(resolver, &resolver->cameras, "camera", model->a, word,
                                 model->place);
    case TARGET_STORE:
        if (strcmp(model->a, "coordinator") == 0) {
            return IMAGE_NONE;
        }
        return resolve_acts_find(resolver, &resolver->volumes, "volume", model->a, word,
                                 model->place);
    case TARGET_VOLUME:
        return resolve_acts_find(resolver, &resolver->volumes, "volume", model->a, word,
                                 model->place);
    case TARGET_SERVER:
    case TARGET_PATH:
    case TARGET_CLOCK:
        break;
    }
    return resolve_acts_find(resolver, &resolver->servers, "server", model->a, word, model->place);
}

static bool is_store(const struct outage_resolver *resolver, const char *name)
{
    return names_find(&resolver->servers, name) == IMAGE_NONE &&
           (names_find(&resolver->volumes, name) != IMAGE_NONE || strcmp(name, "coordinator") == 0);
}

/* The two ends of a path: of a server and a volume, or the coordinator, either may come first. */
static void link_path(struct outage_resolver *resolver, const struct model_act *model,
                      struct outage_act *act)
{
    const char *word = act_kinds[model->kind].word;
    const bool turned = is_store(resolver, model->a);
    const char *from = turned ? model->b : model->a, *to = turned ? model->a : model->b;
    act->a = resolve_acts_find(resolver, &resolver->servers, "server", from, word, model->place);
    if (is_store(resolver, to)) {
        act->b = names_find(&resolver->volumes, to);
        act->end = act->b == IMAGE_NONE ? END_COORDINATOR : END_VOLUME;
        return;
    }
    act->b = resolve_acts_find(resolver, &resolver->servers, "server", to, word, model->place);
    if (act->a == act->b && act->a != IMAGE_NONE) {
        resolve_acts_report(
            resolver, DIAG_E304, model->place, from, NULL,
            arena_format(resolver->arena, "%s: both ends of the path are \"%s\"", word, from));
    }
}

static void link_act(struct outage_resolver *resolver, const struct model_outage *outage,
                     const struct model_act *model, struct outage_act *act)
{
    assert(model->kind >= 0 && model->kind < ACT_COUNT);
    *act = (struct outage_act){.at_ms = model->at_ms,
                               .kind = (uint32_t)model->kind,
                               .a = IMAGE_NONE,
                               .b = IMAGE_NONE,
                               .line = (uint32_t)model->place.line,
                               .jump_ms = model->jump_ms};
    if (act_kinds[model->kind].target == TARGET_PATH) {
        link_path(resolver, model, act);
    } else {
        act->a = link_target(resolver, model);
    }
    if (model->at_ms > outage->lasts_ms && outage->lasts_ms > 0) {
        resolve_acts_report(
            resolver, DIAG_E303, model->place, model->a, NULL,
            arena_format(resolver->arena,
                         "%s \"%s\": this comes after the end of the outage (lasts)",
                         act_kinds[model->kind].word, model->a));
    }
    if (model->jump_ms > OUTAGE_JUMP_MS_MAX || model->jump_ms < -OUTAGE_JUMP_MS_MAX) {
        resolve_acts_report(resolver, DIAG_E114, model->place, NULL, NULL,
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

static bool lists(const void *context, uint32_t server, uint32_t volume)
{
    const struct resolved *topology = context;
    const struct resolved_list *volumes = &topology->servers[server].volumes;
    for (uint32_t i = 0; i < volumes->count; i++) {
        if (volumes->items[i] == volume) {
            return true;
        }
    }
    return false;
}

static bool is_nas(const void *context, uint32_t volume)
{
    const struct resolved *topology = context;
    return topology->volumes[volume].nas != NULL;
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
                                    .standby_of = standby_of,
                                    .lists = lists,
                                    .is_nas = is_nas};
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

void resolve_acts(struct outage_resolver *resolver, struct resolved_outage *outage)
{
    link_acts(resolver, outage);
    if (!resolver->failed) {
        judge_acts(resolver, outage);
    }
}
