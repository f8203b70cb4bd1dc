#include "compiler/report.h"

#include <inttypes.h>

#include "compiler/emit.h"

#define NAMES_SHOWN_MAX 12

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

void report_load(FILE *out, const struct resolved *resolved, const struct check_load *load)
{
    fprintf(out, "%s carries at worst %" PRIu32 " main%s: %" PRIu64 " camera%s in all, ",
            resolved->servers[load->server].model->name, load->worst_mains,
            plural(load->worst_mains), load->worst_cameras, plural(load->worst_cameras));
    if (load->worst_network_bps > 0)
        put_rate(out, load->worst_network_bps);
    else
        fputs("no rates declared", out);
    if (load->capacity_cameras == 0 && load->capacity_network_bps == 0) {
        fputs(" (no capacity declared)", out);
        return;
    }
    fputs(" (capacity", out);
    if (load->capacity_cameras > 0)
        fprintf(out, " %" PRIu64 " camera%s", load->capacity_cameras,
                plural(load->capacity_cameras));
    if (load->capacity_network_bps > 0) {
        fputs(load->capacity_cameras > 0 ? ", " : " ", out);
        put_rate(out, load->capacity_network_bps);
    }
    fputc(')', out);
}

static void put_standbys(FILE *out, const struct resolved *resolved)
{
    struct check_load *loads;
    size_t count = check_loads(resolved, &loads);
    fputs("\nStandbys\n", out);
    for (size_t i = 0; i < count; i++) {
        fputs("  ", out);
        report_load(out, resolved, &loads[i]);
        fputc('\n', out);
    }
    if (count == 0)
        fputs("  none\n", out);
}

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
    put_standbys(out, resolved);
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
