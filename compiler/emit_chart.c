/* One shape as a chart in Ragel's language. Every state answers every event of the shape, so that
 * Ragel's error state is met only by what is outside the shape, and every state carries a mark of
 * its own, which keeps Ragel from merging two states that behave alike. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "compiler/embedded.h"
#include "compiler/emit.h"

#define HOLE "@SHAPE@"

/* Events stand in capitals, states and effects in small letters. */
static void put_event(FILE *out, const struct spec_shape *shape, int event)
{
    for (const char *c = spec_event_name(shape->kind, event); *c != '\0'; c++)
        fputc(toupper((unsigned char)*c), out);
}

static const struct machine_cell *cell_at(const struct spec_shape *shape, int state, int event)
{
    return &shape->cells[state * shape->event_count + event];
}

static void put_banner(FILE *out, const struct spec_shape *shape, const struct emit_origin *origin)
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(shape, name);
    fprintf(out,
            "/* The chart of %s, written by understudy; do not edit, compile the topology again.\n",
            name);
    for (size_t i = 0; i < origin->line_count; i++) {
        fputs(i == 0 ? " * For " : " *     ", out);
        emit_comment_text(out, origin->lines[i]);
        fputc('\n', out);
    }
    if (origin->more > 0)
        fprintf(out, " *     and %zu more\n", origin->more);
    fputs(" *\n * state: ( EVENT @effect @effect -> next | ... )\n */\n", out);
}

static void put_events(FILE *out, const struct spec_shape *shape)
{
    for (int event = 0; event < shape->event_count; event++) {
        if (!shape->has_event[event])
            continue;
        fputs("    ", out);
        put_event(out, shape, event);
        fprintf(out, " = %d;\n", event);
    }
    fputc('\n', out);
}

static void put_marks(FILE *out, const struct spec_shape *shape)
{
    for (int state = 0; state < shape->state_count; state++)
        if (shape->has_state[state])
            fprintf(out, "    action in_%s { step->to = %s; }\n",
                    spec_state_name(shape->kind, state), spec_state_symbol(shape->kind, state));
    fputc('\n', out);
}

static void put_moves(FILE *out, const struct spec_shape *shape, int state, const char **separator)
{
    for (int event = 0; event < shape->event_count; event++) {
        const struct machine_cell *cell = cell_at(shape, state, event);
        if (cell->verdict != VERDICT_MOVE)
            continue;
        fputs(*separator, out);
        put_event(out, shape, event);
        for (int i = 0; i < cell->effect_count; i++)
            fprintf(out, " @%s", spec_effect_name(cell->effects[i]));
        fprintf(out, " -> %s", spec_state_name(shape->kind, cell->to));
        *separator = " |\n        ";
    }
}

/* The events of a state that leave it as it is, with one verdict. */
static void put_stays(FILE *out, const struct spec_shape *shape, int state,
                      enum machine_verdict verdict, const char **separator)
{
    int count = 0;
    for (int event = 0; event < shape->event_count; event++) {
        if (cell_at(shape, state, event)->verdict != verdict)
            continue;
        fputs(count == 0 ? *separator : " | ", out);
        if (count == 0)
            fputs("( ", out);
        put_event(out, shape, event);
        count++;
    }
    if (count == 0)
        return;
    fprintf(out, " ) @%s -> %s", spec_verdict_name(verdict), spec_state_name(shape->kind, state));
    *separator = " |\n        ";
}

static void put_state(FILE *out, const struct spec_shape *shape, int state)
{
    const char *separator = "\n        ";
    const char *name = spec_state_name(shape->kind, state);
    fprintf(out, ",\n    %s: (", name);
    put_moves(out, shape, state, &separator);
    put_stays(out, shape, state, VERDICT_IGNORE, &separator);
    put_stays(out, shape, state, VERDICT_ILLEGAL, &separator);
    fprintf(out, "\n    ) >~in_%s", name);
}

void emit_chart(FILE *out, const struct spec_shape *shape, const struct emit_origin *origin)
{
    assert(shape->has_state[0]);
    char name[SPEC_NAME_BYTES];
    spec_shape_name(shape, name);
    put_banner(out, shape, origin);
    fprintf(out, "%%%%{\n    machine %s;\n\n", name);
    put_events(out, shape);
    put_marks(out, shape);
    fprintf(out, "    chart = (\n    start: ( \"\" -> %s )", spec_state_name(shape->kind, 0));
    for (int state = 0; state < shape->state_count; state++)
        if (shape->has_state[state])
            put_state(out, shape, state);
    fputs(" );\n}%%\n", out);
}

void emit_host(FILE *out, const struct spec_shape *shape)
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(shape, name);
    const char *from = embedded_host_rl;
    for (const char *hole; (hole = strstr(from, HOLE)) != NULL; from = hole + strlen(HOLE)) {
        fwrite(from, 1, (size_t)(hole - from), out);
        fputs(name, out);
    }
    fputs(from, out);
}
