/* spec.def, expanded to rows, and the shapes made of them. */
#include "compiler/spec.h"

#include <assert.h>
#include <stddef.h>

#define WHY_ILLEGAL "this event does not belong in this state, so nothing is done"

struct spec_row {
    enum machine_kind kind;
    int state;
    int event;
    enum machine_verdict verdict;
    int to;
    uint32_t needs;
    uint32_t lacks;
    uint8_t effects[MACHINE_EFFECTS_MAX + 1]; /* code + 1 each; 0 ends the list */
    uint8_t rule;
    const char *why;
};

enum {
    F_QUEUE = 1 << FEATURE_QUEUE,
    F_PREROLL = 1 << FEATURE_PREROLL,
    F_HOLD_DOWN = 1 << FEATURE_HOLD_DOWN,
    F_MANUAL = 1 << FEATURE_MANUAL,
    F_NO_PING = 1 << FEATURE_NO_PING,
    F_WATCHED = 1 << FEATURE_WATCHED,
    F_LICENCE = 1 << FEATURE_LICENCE,
    F_RANKED = 1 << FEATURE_RANKED,
    F_VIEW = 1 << FEATURE_VIEW,
    F_NETWORK = 1 << FEATURE_NETWORK,
    F_ALSO_ON = 1 << FEATURE_ALSO_ON,
    F_FILL = 1 << FEATURE_FILL,
    F_ARBITER = 1 << FEATURE_ARBITER,
};

/* EFFECTS(A, B) becomes {EFFECT_A + 1, EFFECT_B + 1}; EFFECTS(0) becomes {0}, the empty list. */
enum { EFFECT_0 = -1 };
#define CODE(name)                                 (uint8_t)(EFFECT_##name + 1)
#define LIST1(a)                                   CODE(a)
#define LIST2(a, ...)                              CODE(a), LIST1(__VA_ARGS__)
#define LIST3(a, ...)                              CODE(a), LIST2(__VA_ARGS__)
#define LIST4(a, ...)                              CODE(a), LIST3(__VA_ARGS__)
#define LIST5(a, ...)                              CODE(a), LIST4(__VA_ARGS__)
#define LIST6(a, ...)                              CODE(a), LIST5(__VA_ARGS__)
#define LIST7(a, ...)                              CODE(a), LIST6(__VA_ARGS__)
#define LIST8(a, ...)                              CODE(a), LIST7(__VA_ARGS__)
#define LIST_OF(a, b, c, d, e, f, g, h, list, ...) list
#define EFFECTS(...)                                                                               \
    {                                                                                              \
        LIST_OF(__VA_ARGS__, LIST8, LIST7, LIST6, LIST5, LIST4, LIST3, LIST2, LIST1, )             \
        (__VA_ARGS__)                                                                              \
    }

#define MOVE(kind_, from_, event_, to_, needs_, lacks_, effects_, rule_, why_)                     \
    {.kind = MACHINE_##kind_,                                                                      \
     .state = kind_##_##from_,                                                                     \
     .event = kind_##_##event_,                                                                    \
     .verdict = VERDICT_MOVE,                                                                      \
     .to = kind_##_##to_,                                                                          \
     .needs = needs_,                                                                              \
     .lacks = lacks_,                                                                              \
     .effects = effects_,                                                                          \
     .rule = rule_,                                                                                \
     .why = why_},
#define IGNORE(kind_, state_, event_, rule_, why_)                                                 \
    {.kind = MACHINE_##kind_,                                                                      \
     .state = kind_##_##state_,                                                                    \
     .event = kind_##_##event_,                                                                    \
     .verdict = VERDICT_IGNORE,                                                                    \
     .to = kind_##_##state_,                                                                       \
     .rule = rule_,                                                                                \
     .why = why_},

static const struct spec_row rows[] = {
#include "compiler/spec.def"
};
static const size_t row_count = sizeof rows / sizeof rows[0];

/* Effects that exist only where a feature does. */
static const struct {
    enum machine_effect effect;
    uint32_t features; /* one of them is enough */
} effect_needs[] = {
    {EFFECT_SLOT_ASK, F_QUEUE},
    {EFFECT_SLOT_TAKE, F_QUEUE},
    {EFFECT_SLOT_FREE, F_QUEUE},
    {EFFECT_SLOT_YIELD, F_QUEUE},
    {EFFECT_RETRY_START, F_QUEUE | F_RANKED},
    {EFFECT_ARM, F_PREROLL},
    {EFFECT_DISARM, F_PREROLL},
    {EFFECT_LICENCE_START, F_LICENCE},
    {EFFECT_LICENCE_STOP, F_LICENCE},
    {EFFECT_WAIT_LAST, F_RANKED},
    {EFFECT_SAY_CLAIM, F_RANKED},
    {EFFECT_SAY_LET_GO, F_RANKED},
    {EFFECT_SAY_FORBID, F_RANKED},
    {EFFECT_FILL, F_FILL},
    {EFFECT_CLAIM_ASK, F_ARBITER},
};

/* The words of machine.h: the symbol as C spells it, and the name. */
struct spec_word {
    const char *symbol;
    const char *name;
};

#define X(symbol, name) {#symbol, name},
static const struct spec_word kinds[] = {MACHINE_KINDS(X)};
static const struct spec_word features_[] = {MACHINE_FEATURES(X)};
static const struct spec_word effects_[] = {MACHINE_EFFECTS(X)};
static const struct spec_word verdicts[] = {MACHINE_VERDICTS(X)};
static const struct spec_word failover_states[] = {FAILOVER_STATES(X)};
static const struct spec_word failover_events[] = {FAILOVER_EVENTS(X)};
static const struct spec_word main_states[] = {MAIN_STATES(X)};
static const struct spec_word main_events[] = {MAIN_EVENTS(X)};
static const struct spec_word camera_states[] = {CAMERA_STATES(X)};
static const struct spec_word camera_events[] = {CAMERA_EVENTS(X)};
#undef X

static const struct {
    const struct spec_word *states;
    int state_count;
    const struct spec_word *events;
    int event_count;
    uint32_t features;
} alphabets[MACHINE_KIND_COUNT] = {
    [MACHINE_FAILOVER] = {failover_states, FAILOVER_STATE_COUNT, failover_events,
                          FAILOVER_EVENT_COUNT,
                          F_QUEUE | F_PREROLL | F_HOLD_DOWN | F_MANUAL | F_NO_PING | F_LICENCE |
                              F_RANKED | F_VIEW | F_NETWORK | F_ALSO_ON | F_FILL | F_ARBITER},
    [MACHINE_MAIN] = {main_states, MAIN_STATE_COUNT, main_events, MAIN_EVENT_COUNT,
                      F_WATCHED | F_ALSO_ON | F_ARBITER},
    [MACHINE_CAMERA] = {camera_states, CAMERA_STATE_COUNT, camera_events, CAMERA_EVENT_COUNT, 0},
};

uint32_t spec_features_of_kind(enum machine_kind kind)
{
    assert(kind < MACHINE_KIND_COUNT);
    return alphabets[kind].features;
}

static bool row_applies(const struct spec_row *row, const struct spec_shape *shape)
{
    return row->kind == shape->kind && (row->needs & ~shape->features) == 0 &&
           (row->lacks & shape->features) == 0;
}

static bool effect_applies(int effect, uint32_t features)
{
    for (size_t i = 0; i < sizeof effect_needs / sizeof effect_needs[0]; i++)
        if ((int)effect_needs[i].effect == effect)
            return (features & effect_needs[i].features) != 0;
    return true;
}

/* States are those that moves reach from the initial one, which is the first of its list. */
static void find_states(struct spec_shape *shape)
{
    shape->has_state[0] = true;
    for (bool grown = true; grown;) {
        grown = false;
        for (size_t i = 0; i < row_count; i++) {
            const struct spec_row *row = &rows[i];
            if (row->verdict == VERDICT_MOVE && row_applies(row, shape) &&
                shape->has_state[row->state] && !shape->has_state[row->to])
                shape->has_state[row->to] = grown = true;
        }
    }
}

static void fill_effects(struct machine_cell *cell, const struct spec_row *row, uint32_t features)
{
    for (int i = 0; row->effects[i] != 0; i++) {
        assert(i < MACHINE_EFFECTS_MAX);
        uint8_t effect = (uint8_t)(row->effects[i] - 1);
        if (!effect_applies(effect, features))
            continue;
        for (int k = 0; k < cell->effect_count; k++)
            assert(cell->effects[k] != effect); /* Ragel would drop the second one */
        cell->effects[cell->effect_count++] = effect;
    }
}

static struct machine_cell *cell_of(struct spec_shape *shape, int state, int event)
{
    return &shape->cells[state * shape->event_count + event];
}

static void fill_moves(struct spec_shape *shape)
{
    for (size_t i = 0; i < row_count; i++) {
        const struct spec_row *row = &rows[i];
        if (row->verdict != VERDICT_MOVE || !row_applies(row, shape) ||
            !shape->has_state[row->state])
            continue;
        struct machine_cell *cell = cell_of(shape, row->state, row->event);
        assert(cell->verdict == VERDICT_ABSENT); /* two moves for one cell */
        cell->verdict = VERDICT_MOVE;
        cell->to = (uint8_t)row->to;
        cell->rule = row->rule;
        cell->why = row->why;
        fill_effects(cell, row, shape->features);
        shape->has_event[row->event] = true;
    }
}

static void fill_ignores(struct spec_shape *shape)
{
    for (size_t i = 0; i < row_count; i++) {
        const struct spec_row *row = &rows[i];
        if (row->verdict != VERDICT_IGNORE || row->kind != shape->kind ||
            !shape->has_state[row->state] || !shape->has_event[row->event])
            continue;
        struct machine_cell *cell = cell_of(shape, row->state, row->event);
        assert(cell->verdict != VERDICT_IGNORE); /* two ignores for one cell */
        if (cell->verdict == VERDICT_MOVE)
            continue;
        cell->verdict = VERDICT_IGNORE;
        cell->to = (uint8_t)row->state;
        cell->rule = row->rule;
        cell->why = row->why;
    }
}

static void fill_illegals(struct spec_shape *shape)
{
    for (int state = 0; state < shape->state_count; state++)
        for (int event = 0; event < shape->event_count; event++) {
            struct machine_cell *cell = cell_of(shape, state, event);
            if (!shape->has_state[state] || !shape->has_event[event] ||
                cell->verdict != VERDICT_ABSENT)
                continue;
            cell->verdict = VERDICT_ILLEGAL;
            cell->to = (uint8_t)state;
            cell->why = WHY_ILLEGAL;
        }
}

void spec_shape(struct spec_shape *shape, enum machine_kind kind, uint32_t features)
{
    assert(kind < MACHINE_KIND_COUNT);
    *shape = (struct spec_shape){
        .kind = kind,
        .features = features & spec_features_of_kind(kind),
        .state_count = alphabets[kind].state_count,
        .event_count = alphabets[kind].event_count,
    };
    assert(shape->state_count <= MACHINE_STATES_MAX && shape->event_count <= MACHINE_EVENTS_MAX);
    find_states(shape);
    fill_moves(shape);
    fill_ignores(shape);
    fill_illegals(shape);
}

#define WORD(function, table, count, part)                                                         \
    const char *function(int code)                                                                 \
    {                                                                                              \
        assert(code >= 0 && code < (int)(count));                                                  \
        return table[code].part;                                                                   \
    }
WORD(spec_effect_name, effects_, EFFECT_COUNT, name)
WORD(spec_effect_symbol, effects_, EFFECT_COUNT, symbol)
WORD(spec_feature_name, features_, FEATURE_COUNT, name)
WORD(spec_feature_symbol, features_, FEATURE_COUNT, symbol)
WORD(spec_verdict_name, verdicts, VERDICT_COUNT, name)
WORD(spec_verdict_symbol, verdicts, VERDICT_COUNT, symbol)
#undef WORD

const char *spec_kind_name(enum machine_kind kind)
{
    assert(kind < MACHINE_KIND_COUNT);
    return kinds[kind].name;
}

const char *spec_kind_symbol(enum machine_kind kind)
{
    assert(kind < MACHINE_KIND_COUNT);
    return kinds[kind].symbol;
}

static const struct spec_word *state_word(enum machine_kind kind, int state)
{
    assert(kind < MACHINE_KIND_COUNT && state >= 0 && state < alphabets[kind].state_count);
    return &alphabets[kind].states[state];
}

static const struct spec_word *event_word(enum machine_kind kind, int event)
{
    assert(kind < MACHINE_KIND_COUNT && event >= 0 && event < alphabets[kind].event_count);
    return &alphabets[kind].events[event];
}

const char *spec_state_name(enum machine_kind kind, int state)
{
    return state_word(kind, state)->name;
}

const char *spec_state_symbol(enum machine_kind kind, int state)
{
    return state_word(kind, state)->symbol;
}

const char *spec_event_name(enum machine_kind kind, int event)
{
    return event_word(kind, event)->name;
}

const char *spec_event_symbol(enum machine_kind kind, int event)
{
    return event_word(kind, event)->symbol;
}

void spec_shape_name(const struct spec_shape *shape, char name[static SPEC_NAME_BYTES])
{
    size_t used = 0;
    const char *part = spec_kind_name(shape->kind);
    for (int feature = -1; feature < FEATURE_COUNT; feature++) {
        if (feature >= 0) {
            if ((shape->features & (1u << feature)) == 0)
                continue;
            name[used++] = '_';
            part = spec_feature_name(feature);
        }
        for (; *part != '\0'; part++) {
            assert(used < SPEC_NAME_BYTES - 2);
            name[used++] = *part;
        }
    }
    name[used] = '\0';
}
