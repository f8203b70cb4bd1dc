#include "runtime/sim/picture.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"
#include "runtime/sim/picture_fold.h"
#include "runtime/sim/svg.h"

#define NAMES_WIDTH_MAX 170.0
#define ROW_HEIGHT      20.0
#define ROW_PITCH       26.0
#define DENSE_ROWS      40 /* with more of them, those alike become one; then, rows are lower */
#define DENSE_HEIGHT    11.0
#define DENSE_PITCH     14.0

/* Distinguishable with every common kind of colour blindness (after Okabe and Ito), and none of
 * them red: that is the colour of a gap. */
static const struct {
    const char *fill;
    const char *ink;
} colours[] = {
    {"#0072b2", "#ffffff"}, {"#e69f00", "#1a1a1a"}, {"#009e73", "#ffffff"}, {"#56b4e9", "#1a1a1a"},
    {"#cc79a7", "#1a1a1a"}, {"#f0e442", "#1a1a1a"}, {"#5c5c5c", "#ffffff"}, {"#a6761d", "#ffffff"},
};

#define COLOUR_COUNT (sizeof colours / sizeof colours[0])

#define NO_COLOUR SIZE_MAX

static size_t colour_of(const struct picture *picture, const struct timeline_row *row,
                        size_t server)
{
    const bool own = strcmp(picture->timeline->servers[server], row->main) == 0;
    return picture->by_role && own ? 0 : picture->colours[server];
}

const char *picture_fill(const struct picture *picture, const struct timeline_row *row,
                         size_t server)
{
    return colours[colour_of(picture, row, server)].fill;
}

const char *picture_ink(const struct picture *picture, const struct timeline_row *row,
                        size_t server)
{
    return colours[colour_of(picture, row, server)].ink;
}

/* Whether the server recorded a camera that is not its own. */
static bool carries(const struct timeline *timeline, size_t server)
{
    for (size_t r = 0; r < timeline->row_count; r++) {
        const struct timeline_row *row = &timeline->rows[r];
        if (strcmp(row->main, timeline->servers[server]) == 0)
            continue;
        for (size_t s = 0; s < row->span_count; s++)
            if (row->spans[s].server == server)
                return true;
    }
    return false;
}

static void choose_colours(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    picture->colours = array_new(timeline->server_count, sizeof *picture->colours);
    size_t carriers = 0;
    for (size_t s = 0; s < timeline->server_count; s++) {
        picture->colours[s] = s;
        if (picture->by_role)
            picture->colours[s] =
                carries(timeline, s) ? 1 + carriers++ % (COLOUR_COUNT - 1) : NO_COLOUR;
    }
}

bool picture_begins_group(const struct timeline *timeline, size_t row)
{
    return row == 0 || strcmp(timeline->rows[row].main, timeline->rows[row - 1].main) != 0;
}

/* ---- head ---- */

static int64_t worst_gap_ms(const struct timeline *timeline)
{
    int64_t worst_ms = 0;
    for (size_t r = 0; r < timeline->row_count; r++) {
        int64_t gap_ms = 0;
        for (size_t g = 0; g < timeline->rows[r].gap_count; g++)
            gap_ms += timeline->rows[r].gaps[g].to_ms - timeline->rows[r].gaps[g].from_ms;
        worst_ms = gap_ms > worst_ms ? gap_ms : worst_ms;
    }
    return worst_ms;
}

static void put_head(struct picture *picture, const struct timeline *timeline)
{
    const double width = PICTURE_WIDTH - 2 * PICTURE_MARGIN;
    const int64_t worst_ms = worst_gap_ms(timeline);
    char lasts[64];
    char worst[64];
    char text[256];
    svg_text(picture->out, "title", PICTURE_MARGIN, picture->y + 20, 18, width,
             *timeline->title != '\0' ? timeline->title : "timeline");
    snprintf(text, sizeof text, "%zu camera%s, %s; %s%s", timeline->row_count,
             timeline->row_count == 1 ? "" : "s",
             trace_duration(timeline->lasts_ms, lasts, sizeof lasts),
             worst_ms > 0 ? "no camera misses more than " : "no camera misses anything",
             worst_ms > 0 ? trace_duration(worst_ms, worst, sizeof worst) : "");
    svg_text(picture->out, "soft", PICTURE_MARGIN, picture->y + 39, 12, width, text);
    picture->y += 52;
}

/* Starts a new line where the legend would leave the page. Two fills share the height. */
static void put_legend_entry(struct picture *picture, double *x, const char *fill,
                             const char *other_fill, const char *text)
{
    const double width = 24 + svg_text_width(text, 12) + 18;
    if (*x + width > PICTURE_WIDTH - PICTURE_MARGIN && *x > PICTURE_MARGIN) {
        *x = PICTURE_MARGIN;
        picture->y += 20;
    }
    struct svg_box box = {*x, picture->y, 18, 13};
    svg_rect(picture->out, &box, 2, fill);
    box.y += box.height /= 2;
    if (other_fill != NULL)
        svg_rect(picture->out, &box, 2, other_fill);
    svg_text(picture->out, "plain", *x + 24, picture->y + 11, 12, 300, text);
    *x += width;
}

static bool row_has_double(const struct timeline_row *row)
{
    for (size_t a = 0; a < row->span_count; a++)
        for (size_t b = a + 1; b < row->span_count; b++)
            if (row->spans[a].server != row->spans[b].server &&
                row->spans[a].from_ms < row->spans[b].to_ms &&
                row->spans[b].from_ms < row->spans[a].to_ms)
                return true;
    return false;
}

static void put_legend(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    double x = PICTURE_MARGIN;
    if (picture->by_role)
        put_legend_entry(picture, &x, colours[0].fill, NULL, "its main records");
    for (size_t s = 0; s < timeline->server_count; s++) {
        char text[NAME_BYTES_MAX * 4];
        if (picture->colours[s] == NO_COLOUR)
            continue;
        snprintf(text, sizeof text, "%s %s", timeline->servers[s],
                 picture->by_role ? "carries it" : "records");
        put_legend_entry(picture, &x, colours[picture->colours[s]].fill, NULL, text);
    }
    size_t row = 0;
    while (row < timeline->row_count && !row_has_double(&timeline->rows[row]))
        row++;
    if (row < timeline->row_count)
        put_legend_entry(picture, &x, colours[0].fill, colours[1].fill, "two at once");
    put_legend_entry(picture, &x, SVG_GAP, NULL, "nobody records");
    picture->y += 28;
}

/* ---- axis ---- */

static double rows_height(const struct picture *picture)
{
    double height = 0;
    for (size_t r = 0; r < picture->timeline->row_count; r++)
        height += picture->row_pitch +
                  (picture_begins_group(picture->timeline, r) ? PICTURE_GROUP_PITCH : 0);
    return height;
}

/* A label above the rows and a fine line behind them; nothing where the label before is too near.
 */
static void put_tick(struct picture *picture, int64_t at_ms, double *taken)
{
    char text[64];
    trace_duration(at_ms, text, sizeof text);
    const double x = scale_x(&picture->scale, at_ms);
    const double y = picture->y + 20;
    const double width = svg_text_width(text, 11);
    const double last = PICTURE_WIDTH - 4 - width;
    const double left = x - width / 2 < last ? x - width / 2 : last;
    if (left < *taken)
        return;
    *taken = left + width + 10;
    svg_line(picture->out, "grid", x, y, x, y + rows_height(picture));
    svg_line(picture->out, "tick", x, y - 5, x, y);
    svg_text(picture->out, "soft", left, y - 9, 11, 200, text);
}

static void put_axis(struct picture *picture)
{
    const struct scale *scale = &picture->scale;
    double taken = 0;
    if (!scale->even) {
        svg_text(picture->out, "note", PICTURE_MARGIN, picture->y + 4, 11, PICTURE_WIDTH,
                 "The scale is not even: quiet stretches are shortened so that every gap can be "
                 "seen.");
        picture->y += 20;
    }
    if (scale->even)
        for (int64_t at_ms = 0; at_ms <= scale->lasts_ms; at_ms += scale_step_ms(scale))
            put_tick(picture, at_ms, &taken);
    else
        for (size_t i = 0; i < scale->count; i++)
            put_tick(picture, scale->times_ms[i], &taken);
    picture->y += 20;
    svg_line(picture->out, "tick", scale->left, picture->y, scale->left + scale->width, picture->y);
}

/* ---- whole ---- */

static double names_width(const struct timeline *timeline)
{
    double width = 50;
    for (size_t r = 0; r < timeline->row_count; r++) {
        const double name = svg_text_width(timeline->rows[r].camera, 12) + 14;
        const char *heading = timeline->rows[r].heading;
        const double group =
            svg_text_width(heading != NULL ? heading : timeline->rows[r].main, 12) + 6;
        width = name > width ? name : width;
        width = group > width ? group : width;
    }
    for (size_t l = 0; l < timeline->licence_count; l++) {
        const double name = svg_text_width(timeline->licences[l].failover, 12) + 14;
        width = name > width ? name : width;
    }
    return width < NAMES_WIDTH_MAX ? width : NAMES_WIDTH_MAX;
}

/* Draws one picture from y on; returns where it ends. */
static double put_picture(FILE *out, const struct timeline *whole, double y)
{
    const bool by_role = whole->server_count > COLOUR_COUNT;
    struct timeline folded = {.row_count = 0};
    const struct timeline *timeline = whole;
    if (whole->row_count > DENSE_ROWS) {
        folded = picture_fold(whole, by_role);
        timeline = &folded;
    }
    const bool dense = timeline->row_count > DENSE_ROWS;
    const double left = PICTURE_MARGIN + names_width(timeline) + 12;
    struct picture picture = {
        .out = out,
        .timeline = timeline,
        .scale = scale_new(timeline, left, PICTURE_WIDTH - PICTURE_MARGIN - left),
        .y = y,
        .left = left,
        .row_height = dense ? DENSE_HEIGHT : ROW_HEIGHT,
        .row_pitch = dense ? DENSE_PITCH : ROW_PITCH,
        .text_size = dense ? 9 : 12,
        .by_role = by_role,
    };
    choose_colours(&picture);
    put_head(&picture, whole);
    put_legend(&picture);
    put_axis(&picture);
    picture_rows(&picture);
    picture_licences(&picture);
    picture_marks(&picture);
    picture_lengths(&picture);
    picture_list(&picture);
    scale_free(&picture.scale);
    free(picture.colours);
    picture_fold_free(&folded);
    return picture.y + PICTURE_MARGIN;
}

void picture_write(FILE *out, const struct timeline *timelines, size_t count)
{
    char *body = NULL;
    size_t body_bytes = 0;
    FILE *pictures = open_memstream(&body, &body_bytes);
    if (pictures == NULL)
        array_no_memory();
    double height = PICTURE_MARGIN / 2;
    for (size_t i = 0; i < count; i++)
        height = put_picture(pictures, &timelines[i], height);
    if (fclose(pictures) != 0)
        array_no_memory();
    svg_begin(out, PICTURE_WIDTH, height);
    fwrite(body, 1, body_bytes, out);
    svg_end(out);
    free(body);
}
