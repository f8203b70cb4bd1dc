/* A trace as an outage file: its acts with times, and what happens between them as comments. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/label.h"
#include "runtime/sim/world.h"

#define ACTS_MAX   (2 * EXPLORE_FAULTS_MAX)
#define FIRST_MS   10000 /* when the first act happens */
#define LEAST_MS   200   /* between two acts */
#define TRIES_MAX  4096  /* dry runs in search of times */
#define LINE_BYTES (3 * TEXT_BYTES_MAX)

struct draft {
    struct exploration *exploration;
    const struct deployment *deployment;
    enum board_property property;
    struct outage_act acts[ACTS_MAX];
    uint32_t act_count;
    int64_t lasts_ms;
    bool shown; /* the dry run breaks the property at these times */
};

static bool can_be_judged(enum board_property property)
{
    return property == BOARD_ANSWER || property == BOARD_HOLDER || property == BOARD_LIMIT ||
           property == BOARD_QUEUE;
}

/* ---- in words ---- */

static const char *camera_name(const struct board *board, uint32_t camera)
{
    return image_text(board->image, image_cameras(board->image)[camera].name);
}

/* Whose wait runs out next at a server. */
static void describe_wait(const struct board *board, uint32_t server, char *text, size_t size)
{
    const struct engine *engine = board->engines[server];
    const struct image_list under = image_servers(board->image)[server].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (engine_failover_deadline(engine, f) == engine_deadline(engine)) {
            snprintf(text, size, "  the wait of %s runs out at %s",
                     image_text(board->image, image_failovers(board->image)[f].name),
                     board_name(board, server));
            return;
        }
    snprintf(text, size, "  %s waits no longer for answers", board_name(board, server));
}

/* What an act is done to, as an outage says it. */
static uint32_t target_of(struct board_move move)
{
    const bool coordinator = move.kind == ACT_LOSE || move.kind == ACT_REGAIN;
    return coordinator && move.a == BOARD_COORDINATOR ? IMAGE_NONE : move.a;
}

/* What a move does, before it is made. */
static void describe(const struct board *board, struct board_move move, char *text, size_t size)
{
    const char *a = move.kind < ACT_COUNT ? "" : board_name(board, move.a);
    if (move.kind < ACT_COUNT)
        script_act(board->image,
                   &(struct outage_act){.kind = move.kind, .a = target_of(move), .b = move.b}, text,
                   size);
    else if (move.kind == STEP_LOST)
        snprintf(text, size, "  %s loses %s", a, board_name(board, move.b));
    else if (move.kind == STEP_FOUND)
        snprintf(text, size, "  %s sees %s", a, board_name(board, move.b));
    else if (move.kind == STEP_MESSAGE)
        snprintf(text, size, "  %s hears \"%s\" of %s", a,
                 trace_message_kind(board_message(board, move.a, move.b)->kind),
                 board_name(board, move.b));
    else if (move.kind == STEP_ON_DISK)
        snprintf(text, size, "  %s is on disk at %s", camera_name(board, move.b), a);
    else if (move.kind == STEP_MUTE)
        snprintf(text, size, "  nothing of %s reaches the disk at %s", camera_name(board, move.b),
                 a);
    else if (move.kind == STEP_LAPSE)
        snprintf(text, size, "  the claim of %s lapses", a);
    else
        describe_wait(board, move.a, text, size);
}

static void write_steps(struct draft *draft, FILE *out)
{
    struct board *board = &draft->exploration->board;
    const struct explore_trace *trace = &draft->exploration->traces[draft->property];
    char line[LINE_BYTES];
    board_unpack(board, NULL, 0);
    for (size_t i = 0; i < trace->count; i++) {
        describe(board, trace->moves[i], line, sizeof line);
        char *label = label_new(line);
        fprintf(out, "--   %s\n", label);
        free(label);
        board_make(board, trace->moves[i]);
    }
}

/* ---- times ---- */

/* How long a move takes if nothing else happens meanwhile. */
static int64_t duration_ms(const struct board *board, struct board_move move)
{
    const struct image_site *site = &board->image->site;
    if (move.kind == STEP_LOST)
        return (int64_t)site->heartbeat_ms * site->misses;
    if (move.kind == STEP_ON_DISK)
        return site->start_ms;
    if (move.kind == STEP_MUTE)
        return SILENCE_MS;
    if (move.kind == STEP_LAPSE)
        return site->lease_ms;
    if (move.kind == STEP_TIME)
        return engine_deadline(board->engines[move.a]);
    return 0;
}

/* The acts of the trace, each after what happens before it. */
static void draft_acts(struct draft *draft)
{
    struct board *board = &draft->exploration->board;
    const struct explore_trace *trace = &draft->exploration->traces[draft->property];
    int64_t now_ms = FIRST_MS;
    board_unpack(board, NULL, 0);
    for (size_t i = 0; i < trace->count; i++) {
        const struct board_move move = trace->moves[i];
        const bool path = move.kind == ACT_CUT || move.kind == ACT_HEAL;
        if (move.kind < ACT_COUNT && draft->act_count < ACTS_MAX) {
            draft->acts[draft->act_count++] = (struct outage_act){.at_ms = now_ms,
                                                                  .kind = move.kind,
                                                                  .a = target_of(move),
                                                                  .b = path ? move.b : IMAGE_NONE};
            now_ms += LEAST_MS;
        }
        now_ms += duration_ms(board, move);
        board_make(board, move);
    }
    draft->lasts_ms = now_ms + FIRST_MS;
}

static bool dry_run_breaks(const struct draft *draft)
{
    const struct outage_header header = {
        .outage_count = 1, .act_count = draft->act_count, .strings_size = 1};
    const struct outage outage = {.act_count = draft->act_count, .lasts_ms = draft->lasts_ms};
    const struct script script = {
        .header = &header, .outages = &outage, .acts = draft->acts, .strings = ""};
    struct world *world = world_run(draft->deployment, &script, &outage);
    const bool breaks = world->fault_count > 0;
    world_free(world);
    return breaks;
}

void explore_tempos(const struct image *image, int64_t tempos_ms[static EXPLORE_TEMPOS])
{
    int64_t wait_ms = 0;
    int64_t hold_ms = 0;
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(image)[f];
        wait_ms = failover->wait_ms > wait_ms ? failover->wait_ms : wait_ms;
        hold_ms = failover->hold_down_ms > hold_ms ? failover->hold_down_ms : hold_ms;
    }
    tempos_ms[0] = LEAST_MS;
    tempos_ms[1] = (int64_t)image->site.heartbeat_ms * image->site.misses + LEAST_MS;
    tempos_ms[2] = tempos_ms[1] + (wait_ms > 2 * LEAST_MS ? wait_ms - 2 * LEAST_MS : 0);
    tempos_ms[3] = tempos_ms[1] + wait_ms;
    tempos_ms[4] = tempos_ms[3] + hold_ms + 5 * (int64_t)image->site.start_ms + FIRST_MS;
}

/* Tries times until the dry run breaks the property too; else keeps those of the trace. */
static void find_times(struct draft *draft)
{
    int64_t tempos_ms[EXPLORE_TEMPOS];
    const struct draft first = *draft;
    explore_tempos(draft->deployment->image, tempos_ms);
    draft->shown = dry_run_breaks(draft);
    for (uint32_t try = 0; try < TRIES_MAX && !draft->shown; try++) {
        uint32_t rest = try;
        int64_t now_ms = FIRST_MS;
        for (uint32_t i = 0; i < draft->act_count; i++) {
            draft->acts[i].at_ms = now_ms;
            now_ms += tempos_ms[rest % EXPLORE_TEMPOS];
            rest /= EXPLORE_TEMPOS;
        }
        if (rest > 0)
            break; /* all of them were tried */
        draft->lasts_ms = now_ms + tempos_ms[EXPLORE_TEMPOS - 1];
        draft->shown = dry_run_breaks(draft);
    }
    if (!draft->shown)
        *draft = first;
}

/* ---- the file ---- */

static const char *remark(const struct draft *draft)
{
    if (draft->shown)
        return "The dry run breaks it too, at these times.";
    if (!can_be_judged(draft->property))
        return "The dry run does not judge this property by itself; the times are estimates.";
    return "The dry run finds no fault at the times that were tried; these are estimates.";
}

char *explore_outage(struct exploration *exploration, const struct deployment *deployment,
                     enum board_property property)
{
    struct draft draft = {
        .exploration = exploration, .deployment = deployment, .property = property};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        array_no_memory();
    draft_acts(&draft);
    if (can_be_judged(property))
        find_times(&draft);
    char *wrong = label_new(exploration->traces[property].text);
    fprintf(out, "-- understudy explore: %s\n-- %s\n-- In this order:\n", wrong, remark(&draft));
    free(wrong);
    write_steps(&draft, out);
    fprintf(out, "outage \"explore: %s\" {\n", explore_property_name(property));
    for (uint32_t i = 0; i < draft.act_count; i++)
        script_write_act(out, deployment->image, &draft.acts[i]);
    fprintf(out, "  lasts = \"%lld ms\",\n}\n", (long long)draft.lasts_ms);
    if (fclose(out) != 0 || text == NULL)
        array_no_memory();
    return text;
}
