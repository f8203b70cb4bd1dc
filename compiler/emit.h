/* The emitters: each writes one file of a deployment to a stream. Nothing here decides anything:
 * the plan and the specification have decided. What a user wrote is escaped on its way out. Errors
 * of the stream are the caller's to find. */
#ifndef COMPILER_EMIT_H
#define COMPILER_EMIT_H

#include <stdint.h>
#include <stdio.h>

#include "compiler/plan.h"
#include "compiler/resolve.h"
#include "compiler/spec.h"
#include "runtime/image.h"

/* Who a machine is for: "site.lua:14: failover "alpha-to-omega"", some of them, and how many more
 * there are. */
struct emit_origin {
    const char *const *lines;
    size_t line_count;
    size_t more;
};

/* chart_NAME.rl: states, events and effects of one shape, to be read. */
void emit_chart(FILE *out, const struct spec_shape *shape, const struct emit_origin *origin);

/* machine_NAME.rl: the host, under the name of the shape. */
void emit_host(FILE *out, const struct spec_shape *shape);

/* cells_NAME.c: the specification of the shape with rules and reasons, and Ragel's number of each
 * state. */
void emit_cells(FILE *out, const struct spec_shape *shape,
                const uint8_t ragel_state[static MACHINE_STATES_MAX]);

/* deployment.c: the list of the machines, in this order, and image.bin, which is image_size bytes
 * long. */
void emit_deployment(FILE *out, const struct spec_shape *shapes, size_t count, size_t image_size);

/* image.ld: has the linker take image.bin as it is; an assembler would copy it twice more. */
void emit_linker_script(FILE *out);

/* image.bin: a topology that was resolved and checked without errors. The result, image->size
 * bytes, belongs to the model's arena. */
const struct image *emit_image(const struct resolved *resolved, const struct plan *plan);

/* image.txt: an image in words. */
void emit_image_text(FILE *out, const struct image *image);

/* The topology's file name without its folder, for banners: what is emitted does not depend on
 * where it lies. */
const char *emit_source_name(const struct resolved *resolved);

/* A text as a C string literal with its quotes: every byte that is not plain ASCII becomes three
 * octal digits. */
void emit_c_text(FILE *out, const char *text);

/* A text inside a comment: what could end the comment or hide something becomes a question mark. */
void emit_comment_text(FILE *out, const char *text);

#endif
