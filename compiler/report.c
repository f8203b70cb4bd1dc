#include "compiler/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit.h"
#include "compiler/print.h"
#include "compiler/quantity.h"

#define NAMES_SHOWN_MAX    12
#define TAKEOVER_NAMES_MAX 3

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Bits per second as a person writes them: the largest unit that leaves no rest, or one decimal. */
static void put_rate(FILE *out, uint64_t bps)
{
    static const struct {
        uint64_t unit;
        const char *name;
    } units[] = {{1000000000, "Gbit/s"}, {1000000, "Mbit/s"}, {1000, "kbit/s"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (bps < units[i].unit)
            continue;
        uint64_t tenths = bps / (units[i].unit / 10);
        if (tenths % 10 == 0)
            fprintf(out, "%" PRIu64 " %s", tenths / 10, units[i].name);
        else
            fprintf(out, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[i].name);
        return;
    }
    fprintf(out, "%" PRIu64 " bit/s", bps);
}

/* ---- take-overs ---- */

struct takeover_row {
    struct check_takeover takeover;
    uint32_t failover;
};

static int compare_times(const struct check_takeover *left, const struct check_takeover *right)
{
    const int64_t differences[] = {right->worst_ms - left->worst_ms,
                                   right->cold_gap_ms - left->cold_gap_ms,
                                   right->warm_gap_ms - left->warm_gap_ms,
                                   right->hot_gap_ms - left->hot_gap_ms,
                                   left->claim_ms - right->claim_ms,
                                   left->lease_ms - right->lease_ms,
                                   left->disabled - right->disabled,
                                   (left->manager == IMAGE_NONE) - (right->manager == IMAGE_NONE),
                                   (left->own_manager == IMAGE_NONE) -
                                       (right->own_manager == IMAGE_NONE)};
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (differences[i] != 0)
            return differences[i] < 0 ? -1 : 1;
    return 0;
}

/* The slowest first; alike ones side by side. */
static int compare_rows(const void *a, const void *b)
{
    const struct takeover_row *left = a;
    const struct takeover_row *right = b;
    int times = compare_times(&left->takeover, &right->takeover);
    return times != 0 ? times
                      : (left->failover > right->failover) - (left->failover < right->failover);
}

static const char *duration(int64_t value_ms, char text[static QUANTITY_TEXT_BYTES])
{
    return quantity_text(QUANTITY_DURATION, value_ms, text);
}

/* "8 s = 2 s detection (4 x 500 ms) + 5 s wait + 1 s start"; a lower standby: "+ 2 s claim";
 * with a second view of the main: "+ 1 s lease". */
static void put_derivation(FILE *out, const struct resolved *resolved,
                           const struct check_takeover *takeover)
{
    char worst[QUANTITY_TEXT_BYTES];
    char detection[QUANTITY_TEXT_BYTES];
    char heartbeat[QUANTITY_TEXT_BYTES];
    char wait[QUANTITY_TEXT_BYTES];
    char claim[QUANTITY_TEXT_BYTES];
    char lease[QUANTITY_TEXT_BYTES];
    char start[QUANTITY_TEXT_BYTES];
    fprintf(out, "%s = %s detection (%" PRId64 " x %s) + %s wait",
            duration(takeover->worst_ms, worst), duration(takeover->detection_ms, detection),
            resolved->site->misses, duration(resolved->site->heartbeat_ms, heartbeat),
            duration(takeover->wait_ms, wait));
    if (takeover->claim_ms > 0)
        fprintf(out, " + %s claim", duration(takeover->claim_ms, claim));
    if (takeover->lease_ms > 0)
        fprintf(out, " + %s lease", duration(takeover->lease_ms, lease));
    fprintf(out, " + %s start", duration(takeover->start_ms, start));
}

/* "; warm cameras lose 3 s, cold ones 8 s" */
static void put_gaps(FILE *out, const struct check_takeover *takeover)
{
    const struct {
        const char *arm;
        int64_t gap_ms;
    } gaps[] = {{"hot", takeover->hot_gap_ms},
                {"warm", takeover->warm_gap_ms},
                {"cold", takeover->cold_gap_ms}};
    bool first = true;
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        char text[QUANTITY_TEXT_BYTES];
        if (gaps[i].gap_ms < 0)
            continue;
        fprintf(out, first ? "; %s cameras lose %s" : ", %s ones %s", gaps[i].arm,
                gaps[i].gap_ms == 0 ? "nothing" : duration(gaps[i].gap_ms, text));
        first = false;
    }
}

/* One line for all failovers that take the same time. */
static void put_takeover(FILE *out, const struct resolved *resolved,
                         const struct takeover_row *rows, size_t count)
{
    const struct check_takeover *takeover = &rows[0].takeover;
    for (size_t i = 0; i < count && i < TAKEOVER_NAMES_MAX; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", resolved->failovers[rows[i].failover].model->name);
    if (count > TAKEOVER_NAMES_MAX)
        fprintf(out, " and %zu more", count - TAKEOVER_NAMES_MAX);
    fputs(": taken over within ", out);
    put_derivation(out, resolved, takeover);
    put_gaps(out, takeover);
    if (takeover->manager != IMAGE_NONE)
        fputs(takeover->own_manager == IMAGE_NONE
                  ? "; longer while its failover manager has no free slot"
                  : "; longer while the site or its standby has no free slot",
              out);
    if (takeover->disabled)
        fputs("; disabled, so not before an operator enables it", out);
    fputc('\n', out);
}

static void put_more(FILE *out, size_t left)
{
    if (left > 0)
        fprintf(out, "and %zu more of this kind (--all shows them)\n", left);
}

static void put_takeovers(FILE *out, const struct resolved *resolved, size_t lines_max)
{
    uint32_t count = resolved->failover_count;
    struct takeover_row *rows =
        arena_alloc(resolved->model->arena, ((size_t)count + 1) * sizeof *rows);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (struct takeover_row){check_takeover(resolved, i), i};
    qsort(rows, count, sizeof *rows, compare_rows);
    size_t lines = 0;
    for (size_t i = 0, alike; i < count; i += alike) {
        for (alike = 1;
             i + alike < count && compare_times(&rows[i].takeover, &rows[i + alike].takeover) == 0;)
            alike++;
        if (lines_max == 0 || lines < lines_max)
            put_takeover(out, resolved, rows + i, alike);
        lines++;
    }
    put_more(out, lines_max > 0 && lines > lines_max ? lines - lines_max : 0);
}

/* ---- loads ---- */

static void put_capacity(FILE *out, const struct check_load *load)
{
    const char *before = " (capacity ";
    if (load->capacity_cameras > 0) {
        fprintf(out, "%s%" PRIu64 " camera%s", before, load->capacity_cameras,
                plural(load->capacity_cameras));
        before = ", ";
    }
    if (load->capacity_network_bps > 0) {
        fputs(before, out);
        put_rate(out, load->capacity_network_bps);
        before = ", ";
    }
    if (load->capacity_write_bps > 0) {
        fprintf(out, "%swriting ", before);
        put_rate(out, load->capacity_write_bps);
        before = ", ";
    }
    fputs(before[0] == ',' ? ")" : " (no capacity declared)", out);
}

static void put_load(FILE *out, const struct resolved *resolved, const struct check_load *load)
{
    fprintf(out, "%s carries at worst %" PRIu32 " main%s: %" PRIu64 " camera%s in all with %s, ",
            resolved->servers[load->server].model->name, load->worst_mains,
            plural(load->worst_mains), load->worst_cameras, plural(load->worst_cameras),
            check_names(resolved, load->most_cameras, load->worst_mains));
    if (load->worst_network_bps > 0)
        put_rate(out, load->worst_network_bps);
    else
        fputs("no rates declared", out);
    const char *names = check_names(resolved, load->most_network, load->worst_mains);
    if (load->worst_network_bps > 0 &&
        strcmp(names, check_names(resolved, load->most_cameras, load->worst_mains)) != 0)
        fprintf(out, " with %s", names);
    put_capacity(out, load);
    fputc('\n', out);
}

static void put_loads(FILE *out, const struct resolved *resolved, size_t lines_max)
{
    struct check_load *loads;
    size_t count = check_loads(resolved, &loads);
    size_t shown = lines_max > 0 && count > lines_max ? lines_max : count;
    for (size_t i = 0; i < shown; i++)
        put_load(out, resolved, &loads[i]);
    put_more(out, count - shown);
}

/* ---- hooks ---- */

/* "b runs "/usr/bin/ring", "--tone" at START of f": each of its texts for itself. */
static void put_hook(FILE *out, const char *server, const struct model_names *words,
                     const char *when, const char *failover)
{
    fprintf(out, "%s runs ", server);
    for (size_t i = 0; i < words->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_lua_text(out, words->names[i]);
    }
    fprintf(out, " %s%s\n", when, failover);
}

static void put_hooks(FILE *out, const struct resolved *resolved, size_t lines_max)
{
    size_t count = 0;
    if (resolved->site->on_alarm.count > 0)
        put_hook(out, "every server", &resolved->site->on_alarm, "when its alarms change", "");
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct model_failover *model = resolved->failovers[i].model;
        const struct model_names *hooks[] = {&model->on_start, &model->on_stop};
        for (int k = 0; k < 2; k++) {
            if (hooks[k]->count == 0 || (lines_max > 0 && count++ >= lines_max))
                continue;
            put_hook(out, model->standby, hooks[k], k == 0 ? "at START of " : "at STOP of ",
                     model->name);
        }
    }
    put_more(out, lines_max > 0 && count > lines_max ? count - lines_max : 0);
}

/* ---- notes ---- */

static void put_notes(FILE *out, const struct resolved *resolved, size_t lines_max)
{
    struct check_note *notes;
    size_t count = check_notes(resolved, &notes);
    size_t in_row = 0; /* of one code */
    for (size_t i = 0; i < count; i++) {
        in_row = i > 0 && notes[i].code == notes[i - 1].code ? in_row + 1 : 1;
        if (lines_max == 0 || in_row <= lines_max)
            fprintf(out, "note: %s [%s]\n", notes[i].text, diag_name(notes[i].code));
        bool last = i + 1 == count || notes[i + 1].code != notes[i].code;
        put_more(out, last && lines_max > 0 && in_row > lines_max ? in_row - lines_max : 0);
    }
    if (count > 0)
        fputs("note: switches, power and all else that is not declared cannot be seen here\n", out);
}

void report_findings(FILE *out, const struct resolved *resolved, size_t lines_max)
{
    put_takeovers(out, resolved, lines_max);
    put_loads(out, resolved, lines_max);
    put_hooks(out, resolved, lines_max);
    put_notes(out, resolved, lines_max);
}

/* ---- report.txt ---- */

static void put_users(FILE *out, const struct resolved *resolved, const struct plan *plan,
                      uint32_t shape)
{
    size_t found = 0;
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        if (plan->failover_machines[i] == shape && found++ < NAMES_SHOWN_MAX)
            fprintf(out, " %s", resolved->failovers[i].model->name);
    for (uint32_t i = 0; i < resolved->server_count; i++)
        if (plan->server_machines[i] == shape && found++ < NAMES_SHOWN_MAX)
            fprintf(out, " %s", resolved->servers[i].model->name);
    if (found > NAMES_SHOWN_MAX)
        fprintf(out, " and %zu more", found - NAMES_SHOWN_MAX);
    if (plan->camera_machine == shape)
        fputs(" every camera", out);
}

void report_write(FILE *out, const struct resolved *resolved, const struct plan *plan,
                  const struct image *image, const struct report_proof *proof)
{
    char hash[13];
    image_short_hash(image, hash);
    fprintf(out, "Deployment %s of %s\n", hash, emit_source_name(resolved));
    fprintf(out,
            "%" PRIu32 " server%s, %" PRIu32 " camera%s, %" PRIu32 " volume%s, %" PRIu32
            " failover%s, %" PRIu32 " failover manager%s\n",
            resolved->server_count, plural(resolved->server_count), resolved->camera_count,
            plural(resolved->camera_count), resolved->volume_count, plural(resolved->volume_count),
            resolved->failover_count, plural(resolved->failover_count), resolved->manager_count,
            plural(resolved->manager_count));
    fputs("\nTake-overs, standbys and notes\n", out);
    report_findings(out, resolved, 0);
    fputs("\nMachines, and what uses them\n", out);
    for (uint32_t i = 0; i < plan->shape_count; i++) {
        char name[SPEC_NAME_BYTES];
        spec_shape_name(&plan->shapes[i], name);
        fprintf(out, "  %s:", name);
        put_users(out, resolved, plan, i);
        fputc('\n', out);
    }
    fprintf(
        out,
        "\nProof\n  %u machine%s, %u cells (state x symbol) compared with the specification: no "
        "difference\n  the compiled machines were driven through every cell: no difference\n",
        proof->machines, plural(proof->machines), proof->cells);
}
