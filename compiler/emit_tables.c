/* The tables of a deployment as C: the specification of each shape, and the list of all. */
#include <assert.h>

#include "compiler/emit.h"

#define BANNER "written by understudy; do not edit, compile the topology again"

static void put_effects(FILE *out, const struct machine_cell *cell)
{
    if (cell->effect_count == 0)
        return;
    fprintf(out, "\n        .effect_count = %d,\n        .effects = {", cell->effect_count);
    for (int i = 0; i < cell->effect_count; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", spec_effect_symbol(cell->effects[i]));
    fputs("},", out);
}

static void put_cell(FILE *out, const struct spec_shape *shape, int state, int event)
{
    const struct machine_cell *cell = &shape->cells[state * shape->event_count + event];
    if (cell->verdict == VERDICT_ABSENT)
        return;
    fprintf(out, "    CELL(%s, %s) = {\n        .verdict = %s,\n        .to = %s,",
            spec_state_symbol(shape->kind, state), spec_event_symbol(shape->kind, event),
            spec_verdict_symbol(cell->verdict), spec_state_symbol(shape->kind, cell->to));
    if (cell->rule != 0)
        fprintf(out, "\n        .rule = %d,", cell->rule);
    put_effects(out, cell);
    fputs("\n        .why = ", out);
    emit_c_text(out, cell->why);
    fputs(",\n    },\n", out);
}

void emit_cells(FILE *out, const struct spec_shape *shape,
                const uint8_t ragel_state[static MACHINE_STATES_MAX])
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(shape, name);
    fprintf(out, "/* What %s must answer, and why; " BANNER ".\n", name);
    fputs(" * A cell that is not here belongs to a state or an event that this machine does not "
          "have. */\n"
          "#include \"machine.h\"\n\n",
          out);
    fprintf(out, "#define CELL(state, event) [(state)*%d + (event)]\n\n", shape->event_count);
    fprintf(out, "extern const struct machine_cell %s_cells[];\n", name);
    fprintf(out, "extern const uint8_t %s_ragel_state[MACHINE_STATES_MAX];\n\n", name);
    fprintf(out, "const struct machine_cell %s_cells[%d * %d] = {\n", name, shape->state_count,
            shape->event_count);
    for (int state = 0; state < shape->state_count; state++)
        for (int event = 0; event < shape->event_count; event++)
            put_cell(out, shape, state, event);
    fputs("};\n\n", out);
    fprintf(out, "const uint8_t %s_ragel_state[MACHINE_STATES_MAX] = {\n", name);
    for (int state = 0; state < shape->state_count; state++)
        if (shape->has_state[state])
            fprintf(out, "    [%s] = %d,\n", spec_state_symbol(shape->kind, state),
                    ragel_state[state]);
    fputs("};\n", out);
}

static void put_machine(FILE *out, const struct spec_shape *shape)
{
    char name[SPEC_NAME_BYTES];
    spec_shape_name(shape, name);
    fprintf(out, "    {\n        .name = \"%s\",\n        .kind = %s,\n", name,
            spec_kind_symbol(shape->kind));
    fprintf(out, "        .state_count = %d,\n        .event_count = %d,\n", shape->state_count,
            shape->event_count);
    const char *separator = "        .features = ";
    for (int feature = 0; feature < FEATURE_COUNT; feature++) {
        if ((shape->features & (1u << feature)) == 0)
            continue;
        fprintf(out, "%s1u << %s", separator, spec_feature_symbol(feature));
        separator = " | ";
    }
    if (shape->features != 0)
        fputs(",\n", out);
    fprintf(out, "        .step = %s_step,\n        .cells = %s_cells,\n    },\n", name, name);
}

void emit_deployment(FILE *out, const struct spec_shape *shapes, size_t count, size_t image_size)
{
    assert(count > 0 && image_size > 0);
    fputs("/* The machines of this deployment and its image; " BANNER ". */\n"
          "#include \"machine.h\"\n\n",
          out);
    for (size_t i = 0; i < count; i++) {
        char name[SPEC_NAME_BYTES];
        spec_shape_name(&shapes[i], name);
        fprintf(out,
                "extern void %s_step(uint8_t state, uint8_t event, struct machine_step *step);\n"
                "extern const struct machine_cell %s_cells[];\n",
                name, name);
    }
    fputs("\nstatic const struct machine machines[] = {\n", out);
    for (size_t i = 0; i < count; i++)
        put_machine(out, &shapes[i]);
    fputs("};\n\n"
          "/* image.bin, where image.ld puts it. */\n"
          "extern const char deployment_image[] __attribute__((visibility(\"hidden\")));\n\n"
          "extern const struct deployment understudy_deployment;\n"
          "__attribute__((visibility(\"default\"))) "
          "const struct deployment understudy_deployment = {\n"
          "    .magic = DEPLOYMENT_MAGIC,\n"
          "    .abi = MACHINE_ABI,\n",
          out);
    fprintf(out, "    .machine_count = %zu,\n    .machines = machines,\n", count);
    fprintf(out, "    .image = deployment_image,\n    .image_size = %zu,\n};\n", image_size);
}

void emit_linker_script(FILE *out)
{
    fputs("/* Places image.bin among what is only read; " BANNER ". */\n"
          "SECTIONS\n{\n"
          "    .image (READONLY) : ALIGN(16) { HIDDEN(deployment_image = .); *image.bin(.data) }\n"
          "}\nINSERT AFTER .rodata;\n",
          out);
}
