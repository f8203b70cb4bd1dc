/* Outage files: declarations into model_outages. */
#include <assert.h>
#include <string.h>

#include "dsl/dsl.h"
#include "dsl/reading.h"
#include "dsl/text.h"

/* The reader of an outage file; lies in the arena while the child fills it. */
struct outages {
    struct model_outages model;
    struct arena *arena;
    struct diag *diag;
};

static struct fields_owner outage_owner(struct outages *outages, const struct term *term)
{
    const char *name = term->word->args > 0 ? arena_text(outages->arena, term->args[0].text) : "";
    return (struct fields_owner){.arena = outages->arena,
                                 .diag = outages->diag,
                                 .word = term->word,
                                 .name = name,
                                 .place = term->place};
}

/* Says that something stands where it does not belong; `wanted` is what belongs there. */
static void outage_misplaced(struct outages *outages, const struct term *block,
                             const struct value *item, const char *wanted)
{
    if (item->kind == VALUE_INVALID) {
        return;
    }
    struct place place = item->kind == VALUE_TERM ? item->term->place : block->place;
    const char *what = item->kind == VALUE_TERM ? item->term->word->name : item->key;
    const char *name = item->kind == VALUE_TERM ? item->term->args[0].text : NULL;
    diag_report(outages->diag, DIAG_E302, (struct diag_at){.place = place, .name = name}, NULL,
                what == NULL ? "only %s may stand in %s" : "only %s may stand in %s, not \"%.60s\"",
                wanted, block->word->name, what);
}

/* The name that a term takes, checked; NULL if reported. */
static const char *outage_name(struct outages *outages, const struct fields_owner *owner,
                               const struct value *value)
{
    struct diag_at at = {.place = owner->place, .value = value->text};
    return fields_name(owner, value, at) ? arena_text(outages->arena, value->text) : NULL;
}

/* "1 h", or "-1 h" for a clock that is set back. */
static void outage_jump(const struct fields_owner *owner, const struct value *value,
                        int64_t *jump_ms)
{
    struct value size = *value;
    bool back = value->bytes > 0 && value->text[0] == '-';
    size.text += back;
    size.bytes -= back;
    if (!fields_quantity(&size, FIELD_DURATION, jump_ms)) {
        struct diag_at at = {.place = owner->place, .value = value->text};
        fields_report_quantity(owner, value, FIELD_DURATION, at, owner->word->name);
    } else if (back) {
        *jump_ms = -*jump_ms;
    }
}

static void outage_act(struct outages *outages, struct model_outage *outage, int64_t at_ms,
                       const struct term *term)
{
    struct fields_owner owner = outage_owner(outages, term);
    struct model_act act = {.place = term->place, .at_ms = at_ms, .kind = term->word->code};
    act.a = outage_name(outages, &owner, &term->args[0]);
    if (term->word->target == TARGET_CLOCK) {
        outage_jump(&owner, &term->args[1], &act.jump_ms);
    } else if (term->word->args > 1) {
        act.b = outage_name(outages, &owner, &term->args[1]);
    }
    if (act.a != NULL && (act.b != NULL || term->word->target != TARGET_PATH)) {
        outage->acts =
            arena_grow(outages->arena, outage->acts, outage->act_count, sizeof *outage->acts);
        outage->acts[outage->act_count++] = act;
    }
}

/* at "10 s" { fail "alpha", ... } */
static void outage_at(struct outages *outages, struct model_outage *outage, const struct term *term)
{
    struct fields_owner owner = outage_owner(outages, term);
    int64_t at_ms = 0;
    if (!fields_quantity(&term->args[0], FIELD_DURATION, &at_ms)) {
        struct diag_at at = {.place = term->place, .value = term->args[0].text};
        fields_report_quantity(&owner, &term->args[0], FIELD_DURATION, at, "at");
        /* One finding is enough: what stands here is in order. */
        at_ms = outage->act_count > 0 ? outage->acts[outage->act_count - 1].at_ms : 0;
    }
    if (term->body == NULL) {
        diag_report(outages->diag, DIAG_E107, (struct diag_at){.place = term->place}, NULL,
                    "at \"%.60s\" has no acts; it is written %s", term->args[0].text,
                    term->word->form);
        return;
    }
    for (size_t i = 0; i < term->body->count; i++) {
        const struct value *item = &term->body->items[i];
        if (item->key == NULL && item->kind == VALUE_TERM && item->term->word->kind == WORD_ACT) {
            outage_act(outages, outage, at_ms, item->term);
        } else {
            outage_misplaced(outages, term, item, "acts");
        }
    }
}

/* The text of a field as it was written. */
static const char *outage_written(struct outages *outages, const struct value *body,
                                  const char *field)
{
    for (size_t i = 0; i < body->count; i++) {
        const struct value *item = &body->items[i];
        if (item->key != NULL && strcmp(item->key, field) == 0 && item->kind == VALUE_TEXT) {
            return arena_text(outages->arena, item->text);
        }
    }
    return NULL;
}

static void outage_expectation(struct outages *outages, struct model_outage *outage,
                               const struct term *term)
{
    struct fields_owner owner = outage_owner(outages, term);
    if (term->body == NULL) {
        diag_report(outages->diag, DIAG_E107,
                    (struct diag_at){.place = term->place, .name = owner.name}, NULL,
                    "%s \"%.60s\" has no body; it is written %s", term->word->name,
                    term->args[0].text, term->word->form);
        return;
    }
    struct model_expect expect = {.place = term->place, .kind = term->word->code};
    expect.subject = outage_name(outages, &owner, &term->args[0]);
    fields_take(&owner, term->body, &expect);
    const char *limit = term->word->code == EXPECT_RECORDED ? "at_least" : "at_most";
    expect.limit_text = outage_written(outages, term->body, limit);
    for (size_t i = 0; i < term->body->count; i++) {
        if (term->body->items[i].key == NULL) {
            outage_misplaced(outages, term, &term->body->items[i], "fields");
        }
    }
    if (expect.subject != NULL) {
        outage->expects = arena_grow(outages->arena, outage->expects, outage->expect_count,
                                     sizeof *outage->expects);
        outage->expects[outage->expect_count++] = expect;
    }
}

/* expect { gap "lobby" {...}, carried "alpha" {...} } */
static void outage_expect(struct outages *outages, struct model_outage *outage,
                          const struct term *term)
{
    for (size_t i = 0; i < term->body->count; i++) {
        const struct value *item = &term->body->items[i];
        if (item->key == NULL && item->kind == VALUE_TERM &&
            item->term->word->kind == WORD_EXPECTATION) {
            outage_expectation(outages, outage, item->term);
        } else {
            outage_misplaced(outages, term, item, "expectations");
        }
    }
}

static bool outage_title(const struct fields_owner *owner, const struct term *term)
{
    const char *fault = text_fault(term->args[0].text, term->args[0].bytes, NAME_BYTES_MAX * 2);
    if (fault != NULL) {
        diag_report(owner->diag, DIAG_E118,
                    (struct diag_at){.place = term->place, .value = term->args[0].text}, NULL,
                    "the name of the outage %s", fault);
    }
    return fault == NULL;
}

static void outage_declare(void *reader, const struct term *term)
{
    struct outages *outages = reader;
    struct fields_owner owner = outage_owner(outages, term);
    struct model_outage outage = {.name = owner.name, .place = term->place};
    bool sound = outage_title(&owner, term);
    fields_take(&owner, term->body, &outage);
    for (size_t i = 0; i < term->body->count; i++) {
        const struct value *item = &term->body->items[i];
        if (item->key != NULL) {
            continue;
        }
        if (item->kind == VALUE_TERM && item->term->word->kind == WORD_AT) {
            outage_at(outages, &outage, item->term);
        } else if (item->kind == VALUE_TERM && item->term->word->kind == WORD_EXPECT) {
            outage_expect(outages, &outage, item->term);
        } else {
            outage_misplaced(outages, term, item, "at, lasts and expect");
        }
    }
    if (sound) {
        struct model_outages *model = &outages->model;
        model->outages =
            arena_grow(outages->arena, model->outages, model->count, sizeof *model->outages);
        model->outages[model->count++] = outage;
    }
}

bool dsl_read_outages(const char *path, struct arena *arena, struct model_outages *model,
                      struct diag *diag)
{
    assert(path != NULL && arena != NULL && model != NULL && diag != NULL);
    struct outages *outages = arena_alloc(arena, sizeof *outages);
    outages->arena = arena;
    outages->diag = diag;
    bool partial = true;
    bool read = reading_run(path, FILE_OUTAGE, arena, diag, outage_declare, outages, &partial);
    *model = outages->model;
    if (read && !partial && model->count == 0) {
        diag_report(diag, DIAG_E305, (struct diag_at){.place = {.file = path}}, NULL,
                    "the file declares no outage");
    }
    return read;
}
