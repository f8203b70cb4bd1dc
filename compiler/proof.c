#include "compiler/proof.h"

#include <stdio.h>
#include <string.h>

#include "compiler/automaton.h"

#define SYMBOLS 256

struct judge {
    const struct spec_shape *shape;
    const struct automaton *automaton;
    struct proof *proof;
    char *error;
};

#define DIFFERS(judge, ...) (snprintf((judge)->error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* The marks that a state carries, "in_NAME": one, unless something went wrong. */
static int count_marks(const struct automaton *automaton, int state)
{
    int table = automaton->states[state].to_actions;
    return table < 0 ? 0 : automaton->tables[table].count;
}

static const char *mark_of(const struct automaton *automaton, int state)
{
    return automaton->actions[automaton->tables[automaton->states[state].to_actions].actions[0]];
}

static int state_of_mark(const struct spec_shape *shape, const char *mark)
{
    for (int state = 0; state < shape->state_count; state++)
        if (strncmp(mark, "in_", 3) == 0 &&
            strcmp(mark + 3, spec_state_name(shape->kind, state)) == 0)
            return state;
    return -1;
}

/* Gives each of our states the Ragel state that carries its mark: one each, none left over. */
static bool match_states(struct judge *judge)
{
    const struct automaton *automaton = judge->automaton;
    for (int number = 0; number < automaton->state_count; number++) {
        if (number == automaton->error_state)
            continue;
        int marks = count_marks(automaton, number);
        if (marks > 1)
            return DIFFERS(judge,
                           "Ragel's state %d stands for several states: the chart is not "
                           "deterministic",
                           number);
        int state = marks == 0 ? -1 : state_of_mark(judge->shape, mark_of(automaton, number));
        if (state < 0 || !judge->shape->has_state[state])
            return DIFFERS(judge, "Ragel's state %d is none of the specification", number);
        if (judge->proof->ragel_state[state] != 0)
            return DIFFERS(judge, "the state %s exists twice",
                           spec_state_name(judge->shape->kind, state));
        judge->proof->ragel_state[state] = (uint8_t)number;
        judge->proof->states++;
    }
    for (int state = 0; state < judge->shape->state_count; state++)
        if (judge->shape->has_state[state] && judge->proof->ragel_state[state] == 0)
            return DIFFERS(judge, "the state %s is lost",
                           spec_state_name(judge->shape->kind, state));
    if (automaton->start_state != judge->proof->ragel_state[0])
        return DIFFERS(judge, "the machine does not begin in the state %s",
                       spec_state_name(judge->shape->kind, 0));
    return true;
}

/* The names of the actions that the specification wants for a cell, in order; returns their count.
 */
static int wanted_actions(const struct machine_cell *cell, const char *names[MACHINE_EFFECTS_MAX])
{
    if (cell == NULL || cell->verdict == VERDICT_ABSENT) {
        names[0] = "outside";
        return 1;
    }
    if (cell->verdict != VERDICT_MOVE) {
        names[0] = spec_verdict_name(cell->verdict);
        return 1;
    }
    for (int i = 0; i < cell->effect_count; i++)
        names[i] = spec_effect_name(cell->effects[i]);
    return cell->effect_count;
}

static bool same_actions(const struct automaton *automaton, int table, const char *const *names,
                         int count)
{
    int found = table < 0 ? 0 : automaton->tables[table].count;
    if (found != count)
        return false;
    for (int i = 0; i < count; i++)
        if (strcmp(automaton->actions[automaton->tables[table].actions[i]], names[i]) != 0)
            return false;
    return true;
}

static bool check_cell(struct judge *judge, int state, int symbol)
{
    const struct spec_shape *shape = judge->shape;
    bool known = symbol < shape->event_count;
    const struct machine_cell *cell =
        known ? &shape->cells[state * shape->event_count + symbol] : NULL;
    const struct automaton_state *from =
        &judge->automaton->states[judge->proof->ragel_state[state]];
    bool stays_inside = cell != NULL && cell->verdict != VERDICT_ABSENT;
    int target = stays_inside ? judge->proof->ragel_state[cell->to] : judge->automaton->error_state;
    const char *names[MACHINE_EFFECTS_MAX];
    int count = wanted_actions(cell, names);
    const char *what = NULL;
    if (from->targets[symbol] != target)
        what = "goes to another state than specified";
    else if (!same_actions(judge->automaton, from->tables[symbol], names, count))
        what = "has other effects than specified";
    judge->proof->cells++;
    if (what == NULL)
        return true;
    return DIFFERS(judge, "in the state %s, the event %s (%d) %s",
                   spec_state_name(shape->kind, state),
                   known ? spec_event_name(shape->kind, symbol) : "without a name", symbol, what);
}

static bool check_cells(struct judge *judge)
{
    for (int state = 0; state < judge->shape->state_count; state++) {
        if (!judge->shape->has_state[state])
            continue;
        for (int symbol = 0; symbol < SYMBOLS; symbol++)
            if (!check_cell(judge, state, symbol))
                return false;
    }
    return true;
}

/* Walks the automaton itself, so that a state without a way to it is found whatever the
 * specification says. */
static bool check_reachable(struct judge *judge)
{
    const struct automaton *automaton = judge->automaton;
    bool reached[AUTOMATON_STATES_MAX] = {false};
    reached[automaton->start_state] = true;
    for (bool grown = true; grown;) {
        grown = false;
        for (int from = 0; from < automaton->state_count; from++)
            for (int symbol = 0; reached[from] && symbol < SYMBOLS; symbol++) {
                int to = automaton->states[from].targets[symbol];
                if (!reached[to])
                    reached[to] = grown = true;
            }
    }
    for (int state = 0; state < judge->shape->state_count; state++)
        if (judge->shape->has_state[state] && !reached[judge->proof->ragel_state[state]])
            return DIFFERS(judge, "nothing leads to the state %s",
                           spec_state_name(judge->shape->kind, state));
    return true;
}

bool proof_check(const struct spec_shape *shape, const char *xml, size_t size, struct proof *proof,
                 char error[static TEXT_BYTES_MAX])
{
    *proof = (struct proof){.cells = 0};
    struct automaton *automaton = automaton_read(xml, size, error);
    if (automaton == NULL)
        return false;
    struct judge judge = {.shape = shape, .automaton = automaton, .proof = proof, .error = error};
    bool fine = match_states(&judge) && check_cells(&judge) && check_reachable(&judge);
    automaton_free(automaton);
    return fine;
}
