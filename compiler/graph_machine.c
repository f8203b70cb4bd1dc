/* The state chart of one failover, from the specification of its shape. An arrow stands for all
 * moves between two states; its reasons are in its tooltip. What a state answers without leaving
 * it, what a restart of the standby does to it, and one event that leads to it from many states
 * stand in its box. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/dot.h"
#include "compiler/graph.h"
#include "compiler/quantity.h"
#include "compiler/spec.h"

/* Who causes a move; an arrow has one colour. */
enum cause { CAUSE_EVENT, CAUSE_OPERATOR, CAUSE_COUNT };

static const char *const colours[CAUSE_COUNT] = {"#1f2937", "#9333ea"};

#define FAINT "#6b7280"
#define GATHERED_MIN                                                                               \
    4 /* so many arrows into one state, of one event and one rule, are no picture */
#define NAMES_IN_A_ROW 3

struct chart {
    FILE *out;
    const struct resolved *resolved;
    const struct resolved_failover *failover;
    struct arena *arena;
    struct spec_shape shape;
};

static const struct machine_cell *cell_at(const struct chart *chart, int state, int event)
{
    return &chart->shape.cells[state * chart->shape.event_count + event];
}

static const char *event_name(int event)
{
    return spec_event_name(MACHINE_FAILOVER, event);
}

static const char *state_name(int state)
{
    return spec_state_name(MACHINE_FAILOVER, state);
}

static enum cause cause_of(int event)
{
    switch (event) {
    case FAILOVER_FORCE_START:
    case FAILOVER_FORCE_STOP:
    case FAILOVER_DISABLE:
    case FAILOVER_ENABLE:
        return CAUSE_OPERATOR;
    default:
        return CAUSE_EVENT;
    }
}

/* ---- reasons ---- */

static const char *arbiter_name(const struct chart *chart)
{
    const uint32_t main = chart->failover->monitor;
    const uint32_t arbiter =
        main < chart->resolved->server_count ? chart->resolved->servers[main].arbiter : IMAGE_NONE;
    return arbiter < chart->resolved->volume_count
               ? arena_format(chart->arena, "volume %s", chart->resolved->volumes[arbiter].name)
               : "the coordinator";
}

/* What a {word} in a reason stands for in this failover. */
static const char *meaning(const struct chart *chart, const char *word, size_t bytes)
{
    const struct model_failover *model = chart->failover->model;
    char text[QUANTITY_TEXT_BYTES];
    const struct {
        const char *word;
        const char *text;
    } words[] = {
        {"main", model->monitor},
        {"standby", model->standby},
        {"epoch", "of its own"},
        {"arbiter", arbiter_name(chart)},
        {"wait", arena_text(chart->arena,
                            quantity_text(QUANTITY_DURATION, model->expect_reconnection_ms, text))},
        {"hold",
         arena_text(chart->arena, quantity_text(QUANTITY_DURATION, model->hold_down_ms, text))},
        {"retry",
         arena_text(chart->arena, quantity_text(QUANTITY_DURATION, model->retry_for_ms, text))},
        {"grace", arena_text(chart->arena, quantity_text(QUANTITY_DURATION,
                                                         chart->resolved->site->grace_ms, text))},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == bytes && memcmp(words[i].word, word, bytes) == 0)
            return words[i].text;
    return arena_format(chart->arena, "{%.*s}", (int)bytes, word);
}

static const char *reason(const struct chart *chart, const char *why)
{
    const char *text = "";
    while (*why != '\0') {
        size_t plain = strcspn(why, "{");
        size_t word = why[plain] == '{' ? strcspn(why + plain + 1, "}") : 0;
        const char *filled = word > 0 ? meaning(chart, why + plain + 1, word) : "";
        text = arena_format(chart->arena, "%s%.*s%s", text, (int)plain, why, filled);
        why += word > 0 ? plain + word + 2 : plain;
    }
    return text;
}

static const char *effects_text(const struct chart *chart, const struct machine_cell *cell)
{
    const char *text = "";
    for (int i = 0; i < cell->effect_count; i++)
        text = arena_format(chart->arena, "%s%s%s", text, i == 0 ? " \xe2\x80\x94 " : ", ",
                            spec_effect_name(cell->effects[i]));
    return text;
}

/* "R1 link_lost: the connection to alpha is lost... - wait_start, arm", and a line end. */
static const char *explain(const struct chart *chart, int state, int event)
{
    const struct machine_cell *cell = cell_at(chart, state, event);
    return arena_format(chart->arena, "R%d %s: %s%s\n", cell->rule, event_name(event),
                        reason(chart, cell->why), effects_text(chart, cell));
}

/* ---- moves ---- */

/* Whether an event leads from one state to another; a restart is told of in the box. */
static bool is_move(const struct chart *chart, int from, int to, int event)
{
    if (!chart->shape.has_state[from] || !chart->shape.has_state[to])
        return false;
    const struct machine_cell *cell = cell_at(chart, from, event);
    return cell->verdict == VERDICT_MOVE && cell->to == to && from != to && event != FAILOVER_BOOT;
}

/* Whether the move from a state is one of many alike, which stand in the box of their target. */
static bool is_gathered(const struct chart *chart, int from, int to, int event)
{
    int alike = 0;
    int rule = cell_at(chart, from, event)->rule;
    for (int state = 0; state < chart->shape.state_count; state++)
        alike += is_move(chart, state, to, event) && cell_at(chart, state, event)->rule == rule;
    return alike >= GATHERED_MIN;
}

/* ---- states ---- */

static void put_state_tooltip(const struct chart *chart, int state)
{
    const char *text = arena_format(chart->arena, "%s\n", state_name(state));
    for (int event = 0; event < chart->shape.event_count; event++) {
        const struct machine_cell *cell = cell_at(chart, state, event);
        bool stays =
            cell->verdict == VERDICT_IGNORE ||
            (cell->verdict == VERDICT_MOVE && (cell->to == state || event == FAILOVER_BOOT));
        if (stays)
            text = arena_format(chart->arena, "%s%s", text, explain(chart, state, event));
        for (int from = 0; from < chart->shape.state_count; from++)
            if (is_move(chart, from, state, event) && is_gathered(chart, from, state, event))
                text = arena_format(chart->arena, "%sfrom %s: %s", text, state_name(from),
                                    explain(chart, from, event));
    }
    dot_string(chart->out, text);
}

/* "disable R20 from unseen, watching, suspect": one row for each rule. */
static void put_gathered(const struct chart *chart, int state, int event)
{
    int count = chart->shape.state_count;
    bool told[MACHINE_STATES_MAX] = {false};
    for (int first = 0; first < count; first++) {
        if (told[first] || !is_move(chart, first, state, event) ||
            !is_gathered(chart, first, state, event))
            continue;
        int rule = cell_at(chart, first, event)->rule;
        int names = 0;
        fprintf(chart->out, "<TR><TD><FONT POINT-SIZE=\"8.5\" COLOR=\"%s\">%s R%d from",
                colours[cause_of(event)], event_name(event), rule);
        for (int from = first; from < count; from++) {
            if (!is_move(chart, from, state, event) || cell_at(chart, from, event)->rule != rule)
                continue;
            told[from] = true;
            fprintf(chart->out, "%s%s%s", names == 0 ? " " : ", ",
                    names > 0 && names % NAMES_IN_A_ROW == 0 ? "<BR/>" : "", state_name(from));
            names++;
        }
        fputs("</FONT></TD></TR>", chart->out);
    }
}

/* Events that a state answers with work of its own, without leaving. */
static void put_inner_moves(const struct chart *chart, int state)
{
    for (int event = 0; event < chart->shape.event_count; event++) {
        const struct machine_cell *cell = cell_at(chart, state, event);
        if (cell->verdict != VERDICT_MOVE || (cell->to != state && event != FAILOVER_BOOT))
            continue;
        fprintf(chart->out,
                "<TR><TD><FONT POINT-SIZE=\"8.5\" COLOR=\"" FAINT "\">%s R%d%s%s</FONT></TD></TR>",
                event == FAILOVER_BOOT ? "restart" : event_name(event), cell->rule,
                cell->to == state ? "" : " \xe2\x86\x92 ",
                cell->to == state ? "" : state_name(cell->to));
    }
}

static const char *state_fill(int state)
{
    switch ((enum failover_state)state) {
    case FAILOVER_UNSEEN:
    case FAILOVER_STOPPED:
    case FAILOVER_LOGGED_OFF:
    case FAILOVER_DISABLED:
    case FAILOVER_UNLOADED:
    case FAILOVER_ISOLATED:
        return "#f3f4f6";
    case FAILOVER_WATCHING:
    case FAILOVER_COVERED:
        return "#dbeafe";
    case FAILOVER_SUSPECT:
    case FAILOVER_QUEUED:
    case FAILOVER_WITHHELD:
    case FAILOVER_CLAIMING:
    case FAILOVER_TROUBLED:
        return "#fee2e2";
    case FAILOVER_TAKING_OVER:
    case FAILOVER_CARRYING:
    case FAILOVER_HOLDING:
    case FAILOVER_FORCED:
    case FAILOVER_KEEPING:
    case FAILOVER_REPLACING:
    case FAILOVER_RETURNING:
        return "#dcfce7";
    case FAILOVER_STATE_COUNT:
        break;
    }
    return "white";
}

static void put_state(const struct chart *chart, int state)
{
    fprintf(chart->out,
            "  s%d [shape=box, style=\"rounded,filled\", fillcolor=\"%s\", color=\"#374151\", "
            "tooltip=",
            state, state_fill(state));
    put_state_tooltip(chart, state);
    fprintf(chart->out,
            ", label=<<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\"><TR><TD><B>%s</B>"
            "</TD></TR>",
            state_name(state));
    put_inner_moves(chart, state);
    for (int event = 0; event < chart->shape.event_count; event++)
        put_gathered(chart, state, event);
    fputs("</TABLE>>]\n", chart->out);
}

/* ---- arrows ---- */

static bool is_arrow(const struct chart *chart, int from, int to, int event, enum cause cause)
{
    return cause_of(event) == cause && is_move(chart, from, to, event) &&
           !is_gathered(chart, from, to, event);
}

static void put_arrow(const struct chart *chart, int from, int to, enum cause cause)
{
    const char *reasons = "";
    const char *separator = "";
    for (int event = 0; event < chart->shape.event_count; event++)
        if (is_arrow(chart, from, to, event, cause))
            reasons = arena_format(chart->arena, "%s%s", reasons, explain(chart, from, event));
    if (*reasons == '\0')
        return;
    fprintf(chart->out,
            "  s%d -> s%d [color=\"%s\", fontcolor=\"%s\", style=%s, weight=%d, label=\"", from, to,
            colours[cause], colours[cause], cause == CAUSE_OPERATOR ? "dashed" : "solid",
            cause == CAUSE_OPERATOR ? 1 : 6);
    for (int event = 0; event < chart->shape.event_count; event++)
        if (is_arrow(chart, from, to, event, cause)) {
            fprintf(chart->out, "%s %s R%d ", separator, event_name(event),
                    cell_at(chart, from, event)->rule);
            separator = "\\n";
        }
    fputs("\", tooltip=", chart->out);
    dot_string(chart->out, reasons);
    fputs(", labeltooltip=", chart->out);
    dot_string(chart->out, reasons);
    fputs("]\n", chart->out);
}

static void put_arrows(const struct chart *chart)
{
    int count = chart->shape.state_count;
    for (int from = 0; from < count; from++)
        for (int to = 0; to < count; to++)
            for (int cause = 0; cause < CAUSE_COUNT; cause++)
                put_arrow(chart, from, to, (enum cause)cause);
}

static void put_caption(const struct chart *chart)
{
    char name[SPEC_NAME_BYTES];
    char text[QUANTITY_TEXT_BYTES];
    const struct model_failover *model = chart->failover->model;
    spec_shape_name(&chart->shape, name);
    fputs("  label=<<TABLE BORDER=\"0\" CELLSPACING=\"2\"><TR><TD>failover <B>", chart->out);
    dot_html(chart->out, model->name);
    fputs("</B>: ", chart->out);
    dot_html(chart->out, model->standby);
    fputs(" watches ", chart->out);
    dot_html(chart->out, model->monitor);
    fprintf(
        chart->out,
        "</TD></TR><TR><TD>machine %s; wait %s</TD></TR><TR><TD><FONT COLOR=\"%s\">"
        "violet: an operator's order</FONT>; restart: of the standby; from: what leads here from "
        "many states; R: the rule that decides</TD></TR></TABLE>>\n  labelloc=t\n",
        name, quantity_text(QUANTITY_DURATION, model->expect_reconnection_ms, text),
        colours[CAUSE_OPERATOR]);
}

void graph_machine(FILE *out, const struct resolved *resolved, uint32_t failover)
{
    assert(failover < resolved->failover_count);
    struct chart *chart = arena_alloc(resolved->model->arena, sizeof *chart);
    *chart = (struct chart){.out = out,
                            .resolved = resolved,
                            .failover = &resolved->failovers[failover],
                            .arena = resolved->model->arena};
    spec_shape(&chart->shape, MACHINE_FAILOVER, chart->failover->features);
    dot_begin(out, "TB");
    put_caption(chart);
    fputs("  begin [shape=circle, label=\"\", width=0.12, style=filled, fillcolor=black, "
          "tooltip=\"the standby starts\"]\n  begin -> s0 [tooltip=\"the standby starts\"]\n",
          out);
    for (int state = 0; state < chart->shape.state_count; state++)
        if (chart->shape.has_state[state])
            put_state(chart, state);
    put_arrows(chart);
    fputs("}\n", out);
}

uint32_t graph_find_failover(const struct resolved *resolved, const char *name)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        if (strcmp(resolved->failovers[i].model->name, name) == 0)
            return i;
    return IMAGE_NONE;
}
