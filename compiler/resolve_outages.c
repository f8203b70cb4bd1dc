#include <assert.h>

#include "compiler/resolve_acts.h"

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
    expect->subject = resolve_acts_find(resolver, &resolver->cameras, "camera", model->subject,
                                        "gap", model->place);
    return arena_format(resolver->arena, "gap %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_carried(struct outage_resolver *resolver, const struct model_expect *model,
                                struct outage_expect *expect)
{
    expect->subject = resolve_acts_find(resolver, &resolver->servers, "server", model->subject,
                                        "carried", model->place);
    if (model->by != NULL) {
        expect->by = resolve_acts_find(resolver, &resolver->servers, "server", model->by, "carried",
                                       model->place);
    }
    bool known = expect->subject != IMAGE_NONE && (model->by == NULL || expect->by != IMAGE_NONE);
    if (known && !may_carry(resolver->topology, expect->subject, expect->by)) {
        resolve_acts_report(
            resolver, DIAG_E306, model->place, model->subject, NULL,
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
    expect->subject = resolve_acts_find(resolver, &resolver->servers, "server", model->subject,
                                        "overload", model->place);
    if (!model->never) {
        resolve_acts_report(resolver, DIAG_E308, model->place, model->subject, "write never = true",
                            arena_format(resolver->arena,
                                         "overload \"%s\" { never = false } expects nothing",
                                         model->subject));
    }
    if (expect->subject != IMAGE_NONE && topology->servers[expect->subject].failovers.count == 0) {
        resolve_acts_report(resolver, DIAG_E306, model->place, model->subject, NULL,
                            arena_format(resolver->arena,
                                         "overload: \"%s\" is the standby of no failover",
                                         model->subject));
    }
    return arena_format(resolver->arena, "overload %s never", model->subject);
}

static const char *link_recorded(struct outage_resolver *resolver, const struct model_expect *model,
                                 struct outage_expect *expect)
{
    const char *at_least = model->limit_text == NULL ? "" : model->limit_text;
    expect->subject = resolve_acts_find(resolver, &resolver->cameras, "camera", model->subject,
                                        "recorded", model->place);
    if (model->by == NULL) {
        return arena_format(resolver->arena, "recorded %s at least %s", model->subject, at_least);
    }
    expect->by = resolve_acts_find(resolver, &resolver->servers, "server", model->by, "recorded",
                                   model->place);
    return arena_format(resolver->arena, "recorded %s by %s at least %s", model->subject, model->by,
                        at_least);
}

static const char *link_double(struct outage_resolver *resolver, const struct model_expect *model,
                               struct outage_expect *expect)
{
    expect->subject = resolve_acts_find(resolver, &resolver->cameras, "camera", model->subject,
                                        "double", model->place);
    return arena_format(resolver->arena, "double %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_queued(struct outage_resolver *resolver, const struct model_expect *model,
                               struct outage_expect *expect)
{
    expect->subject = resolve_acts_find(resolver, &resolver->failovers, "failover", model->subject,
                                        "queued", model->place);
    return arena_format(resolver->arena, "queued %s at most %s", model->subject,
                        model->limit_text == NULL ? "" : model->limit_text);
}

static const char *link_licence(struct outage_resolver *resolver, const struct model_expect *model,
                                struct outage_expect *expect)
{
    expect->subject = resolve_acts_find(resolver, &resolver->failovers, "failover", model->subject,
                                        "licence", model->place);
    expect->limit_ms = model->expired;
    if (!resolver->topology->site->licence_bound) {
        resolve_acts_report(resolver, DIAG_E306, model->place, model->subject,
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
        resolve_acts(&resolver, &out->outages[i]);
        link_expects(&resolver, &out->outages[i]);
        failed = failed || resolver.failed;
    }
    return !failed;
}
