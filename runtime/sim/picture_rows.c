/* The rows of a picture: who recorded each camera, and when nobody did. */
#include "runtime/sim/picture.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"
#include "runtime/sim/svg.h"

#define LEAST_BAR_WIDTH 0.6 /* so that nothing that was is invisible */
#define HEIGHT_OF_NAMES 12  /* of a bar that bears its server's name */

static struct svg_box bar_box(const struct picture *picture, int64_t from_ms, int64_t to_ms,
                              double y, double height)
{
    const double x = scale_x(&picture->scale, from_ms);
    const double width = scale_x(&picture->scale, to_ms) - x;
    return (struct svg_box){x, y, width > LEAST_BAR_WIDTH ? width : LEAST_BAR_WIDTH, height};
}

/* ---- who recorded ---- */

/* The server's name in the middle of its bar, where there is room for it beside the lengths of
 * narrow gaps. */
static void put_bar_name(const struct picture *picture, const struct timeline_row *row,
                         size_t server, const struct svg_box *box)
{
    const char *name = picture->timeline->servers[server];
    const double width = svg_text_width(name, 10.5);
    if (box->height < HEIGHT_OF_NAMES || box->width < width + 100 || row->heading != NULL)
        return;
    fprintf(picture->out, "<g fill=\"%s\">", picture_ink(picture, row, server));
    svg_text(picture->out, "in", box->x + (box->width - width) / 2, box->y + box->height / 2 + 3.8,
             10.5, box->width, name);
    fputs("</g>\n", picture->out);
}

/* The servers that record in all of [from_ms, to_ms), each once, in their order: so each keeps its
 * half while two record. */
static size_t servers_of(const struct timeline_row *row, int64_t from_ms, int64_t to_ms,
                         size_t *servers)
{
    size_t count = 0;
    for (size_t i = 0; i < row->span_count; i++) {
        const struct timeline_span *span = &row->spans[i];
        size_t at = 0;
        while (at < count && servers[at] < span->server)
            at++;
        if (span->from_ms > from_ms || span->to_ms < to_ms ||
            (at < count && servers[at] == span->server))
            continue;
        memmove(&servers[at + 1], &servers[at], (count - at) * sizeof *servers);
        servers[at] = span->server;
        count++;
    }
    return count;
}

static int64_t next_edge_ms(const struct timeline_row *row, int64_t at_ms, int64_t lasts_ms)
{
    int64_t next_ms = lasts_ms;
    for (size_t i = 0; i < row->span_count; i++) {
        if (row->spans[i].from_ms > at_ms && row->spans[i].from_ms < next_ms)
            next_ms = row->spans[i].from_ms;
        if (row->spans[i].to_ms > at_ms && row->spans[i].to_ms < next_ms)
            next_ms = row->spans[i].to_ms;
    }
    return next_ms;
}

/* A stretch with the same servers; they share the height of the row. */
static void put_stretch(const struct picture *picture, const struct timeline_row *row,
                        const size_t *servers, size_t count, int64_t from_ms, int64_t to_ms,
                        double y)
{
    const double height = picture->row_height / (double)(count > 0 ? count : 1);
    for (size_t i = 0; i < count; i++) {
        const struct svg_box box = bar_box(picture, from_ms, to_ms, y + height * (double)i, height);
        svg_rect(picture->out, &box, 0, picture_fill(picture, row, servers[i]));
        put_bar_name(picture, row, servers[i], &box);
    }
}

/* A server whose recording goes on in another file, under another epoch, has one bar. */
static void put_spans(const struct picture *picture, const struct timeline_row *row, double y)
{
    const int64_t lasts_ms = picture->timeline->lasts_ms;
    size_t *servers = array_new(row->span_count, sizeof *servers);
    size_t *next_servers = array_new(row->span_count, sizeof *next_servers);
    size_t count = 0;
    int64_t from_ms = 0;
    for (int64_t at_ms = 0, next_ms; at_ms < lasts_ms; at_ms = next_ms) {
        next_ms = next_edge_ms(row, at_ms, lasts_ms);
        const size_t next_count = servers_of(row, at_ms, next_ms, next_servers);
        if (next_count == count && memcmp(servers, next_servers, count * sizeof *servers) == 0)
            continue;
        put_stretch(picture, row, servers, count, from_ms, at_ms, y);
        memcpy(servers, next_servers, next_count * sizeof *servers);
        count = next_count;
        from_ms = at_ms;
    }
    put_stretch(picture, row, servers, count, from_ms, lasts_ms, y);
    free(servers);
    free(next_servers);
}

void picture_rows(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    const double names_width = picture->left - PICTURE_MARGIN - 16;
    picture->rows_top = picture->y;
    for (size_t r = 0; r < timeline->row_count; r++) {
        const struct timeline_row *row = &timeline->rows[r];
        if (picture_begins_group(timeline, r)) {
            svg_text(picture->out, "group", PICTURE_MARGIN, picture->y + 14, 12, names_width,
                     row->heading != NULL ? row->heading
                     : *row->main != '\0' ? row->main
                                          : "no main");
            picture->y += PICTURE_GROUP_PITCH;
        }
        svg_text(picture->out, "plain", PICTURE_MARGIN + 10,
                 picture->y + picture->row_height / 2 + 4, picture->text_size, names_width,
                 row->camera);
        put_spans(picture, row, picture->y);
        for (size_t g = 0; g < row->gap_count; g++) {
            const struct svg_box box = bar_box(picture, row->gaps[g].from_ms, row->gaps[g].to_ms,
                                               picture->y, picture->row_height);
            svg_rect(picture->out, &box, 0, SVG_GAP);
        }
        picture->y += picture->row_pitch;
    }
}

/* ---- how long nobody did ---- */

/* In the gap, or beside it where it is too narrow; returns where the label ends. A label that would
 * lie on the one before is left out. */
static double put_length(const struct picture *picture, const struct timeline_span *gap, double y,
                         double taken)
{
    const double size = picture->text_size - 1;
    const struct svg_box bar = bar_box(picture, gap->from_ms, gap->to_ms, y, picture->row_height);
    char duration[64];
    trace_duration(gap->to_ms - gap->from_ms, duration, sizeof duration);
    const double width = svg_text_width(duration, size);
    double x = bar.width > width + 14 ? bar.x + (bar.width - width) / 2 : bar.x + bar.width + 5;
    if (x + width > PICTURE_WIDTH - PICTURE_MARGIN)
        x = bar.x - width - 5;
    if (x < taken)
        return taken;
    const double middle = y + picture->row_height / 2;
    const struct svg_box ground = {x - 3, middle - size * 0.65, width + 6, size * 1.3};
    svg_rect(picture->out, &ground, 3, "#ffffff");
    svg_text(picture->out, "length", x, middle + size * 0.36, size, 200, duration);
    return x + width + 8;
}

void picture_lengths(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    double y = picture->rows_top;
    for (size_t r = 0; r < timeline->row_count; r++) {
        const struct timeline_row *row = &timeline->rows[r];
        double taken = 0;
        if (picture_begins_group(timeline, r))
            y += PICTURE_GROUP_PITCH;
        for (size_t g = 0; g < row->gap_count; g++)
            taken = put_length(picture, &row->gaps[g], y, taken);
        y += picture->row_pitch;
    }
}
