#include "runtime/sim/svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"
#include "runtime/sim/scale.h"

#define PAGE_WIDTH     1000.0
#define MARGIN         20.0
#define NAME_WIDTH     170.0 /* of the column of names at most */
#define ROW_HEIGHT     20.0
#define ROW_PITCH      26.0
#define DENSE_ROWS     40 /* with more of them, rows are lower */
#define DENSE_HEIGHT   11.0
#define DENSE_PITCH    14.0
#define BADGE_RADIUS   8.5
#define BADGE_PITCH    20.0
#define GROUP_PITCH    20.0 /* of the name of a main above its cameras */
#define LINE_PITCH     15.0 /* of the list */
#define SERVER_COLOURS 8

/* Distinguishable with every common kind of colour blindness (after Okabe and Ito), and none of
 * them red: that is the colour of a gap. */
static const struct {
    const char *fill;
    const char *text;
} colours[SERVER_COLOURS] = {
    {"#0072b2", "#ffffff"}, {"#e69f00", "#1a1a1a"}, {"#009e73", "#ffffff"}, {"#56b4e9", "#1a1a1a"},
    {"#cc79a7", "#1a1a1a"}, {"#f0e442", "#1a1a1a"}, {"#5c5c5c", "#ffffff"}, {"#a6761d", "#ffffff"},
};

/* One picture in the making. */
struct picture {
    FILE *out;
    const struct timeline *timeline;
    struct scale scale;
    double y; /* where the next part goes */
    double left;
    double row_height;
    double row_pitch;
    double rows_top;
    double rows_bottom;
};

/* ---- text ---- */

/* About how wide a text is: counted in characters. */
static double text_width(const char *text, double size)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return (double)count * size * 0.58;
}

static void put_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(text[i], out);
            break;
        }
    }
}

/* A text of some class, "" for none, that ends with an ellipsis where it would become too wide. */
static void put_text(FILE *out, const char *class, double x, double y, double size,
                     double max_width, const char *text)
{
    const size_t fits = (size_t)(max_width / (size * 0.58));
    size_t bytes = 0;
    size_t count = 0;
    for (; text[bytes] != '\0'; bytes++) {
        count += ((unsigned char)text[bytes] & 0xc0) != 0x80;
        if (count > fits && text_width(text, size) > max_width)
            break;
    }
    fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\">", class, x, y, size);
    put_escaped(out, text, bytes);
    fputs(text[bytes] != '\0' ? "\xe2\x80\xa6</text>\n" : "</text>\n", out);
}

/* Breaks a text between words into lines of max_width; returns how many there are. */
static int put_wrapped(FILE *out, const char *class, double x, double y, double size,
                       double max_width, const char *text)
{
    const size_t fits = (size_t)(max_width / (size * 0.58));
    int lines = 0;
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > fits) {
            length = fits;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0)
                length = strcspn(text, " ");
        }
        fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\">", class, x,
                y + lines * LINE_PITCH, size);
        put_escaped(out, text, length);
        fputs("</text>\n", out);
        text += length;
        text += strspn(text, " ");
        lines++;
    }
    return lines > 0 ? lines : 1;
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

static void put_head(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    char duration[64];
    char text[256];
    put_text(picture->out, "title", MARGIN, picture->y + 20, 18, PAGE_WIDTH - 2 * MARGIN,
             *timeline->title != '\0' ? timeline->title : "timeline");
    int used = snprintf(text, sizeof text, "%zu camera%s, %s", timeline->row_count,
                        timeline->row_count == 1 ? "" : "s",
                        trace_duration(timeline->lasts_ms, duration, sizeof duration));
    const int64_t worst_ms = worst_gap_ms(timeline);
    if (worst_ms > 0)
        snprintf(text + used, sizeof text - (size_t)used, "; at most %s of one camera unrecorded",
                 trace_duration(worst_ms, duration, sizeof duration));
    else
        snprintf(text + used, sizeof text - (size_t)used, "; nothing unrecorded");
    put_text(picture->out, "soft", MARGIN, picture->y + 39, 12, PAGE_WIDTH - 2 * MARGIN, text);
    picture->y += 52;
}

/* Starts a new line where the legend would leave the page. */
static void put_legend_entry(struct picture *picture, double *x, const char *fill, bool halves,
                             const char *text)
{
    const double width = 24 + text_width(text, 12) + 18;
    if (*x + width > PAGE_WIDTH - MARGIN && *x > MARGIN) {
        *x = MARGIN;
        picture->y += 20;
    }
    const double height = halves ? 6.5 : 13;
    fprintf(picture->out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"%.1f\" rx=\"2\" fill=\"%s\"/>\n", *x,
            picture->y, height, fill);
    if (halves)
        fprintf(picture->out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"%.1f\" rx=\"2\" fill=\"%s\"/>\n",
                *x, picture->y + height, height, colours[1].fill);
    put_text(picture->out, "plain", *x + 24, picture->y + 11, 12, 300, text);
    *x += width;
}

static bool any_double(const struct timeline *timeline)
{
    for (size_t r = 0; r < timeline->row_count; r++) {
        const struct timeline_row *row = &timeline->rows[r];
        for (size_t a = 0; a < row->span_count; a++)
            for (size_t b = a + 1; b < row->span_count; b++)
                if (row->spans[a].server != row->spans[b].server &&
                    row->spans[a].from_ms < row->spans[b].to_ms &&
                    row->spans[b].from_ms < row->spans[a].to_ms)
                    return true;
    }
    return false;
}

static void put_legend(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    double x = MARGIN;
    for (size_t s = 0; s < timeline->server_count; s++) {
        char text[NAME_BYTES_MAX * 4];
        snprintf(text, sizeof text, "%s records", timeline->servers[s]);
        put_legend_entry(picture, &x, colours[s % SERVER_COLOURS].fill, false, text);
    }
    if (any_double(timeline))
        put_legend_entry(picture, &x, colours[0].fill, true, "two at once");
    put_legend_entry(picture, &x, "url(#gap)", false, "nobody records");
    picture->y += 28;
}

/* ---- axis ---- */

static double rows_height(const struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    double height = picture->row_pitch * (double)timeline->row_count;
    for (size_t r = 0; r < timeline->row_count; r++)
        if (r == 0 || strcmp(timeline->rows[r].main, timeline->rows[r - 1].main) != 0)
            height += GROUP_PITCH;
    return height;
}

/* A label above the rows and a fine line behind them; nothing where the label before is too near.
 */
static void put_tick(struct picture *picture, int64_t at_ms, double *taken)
{
    char text[64];
    trace_duration(at_ms, text, sizeof text);
    const double x = scale_x(&picture->scale, at_ms);
    const double width = text_width(text, 11);
    double left = x - width / 2;
    left = left + width > PAGE_WIDTH - 4 ? PAGE_WIDTH - 4 - width : left;
    if (left < *taken)
        return;
    *taken = left + width + 10;
    fprintf(picture->out,
            "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x,
            picture->y + 20, x, picture->y + 20 + rows_height(picture));
    fprintf(picture->out,
            "<line class=\"tick\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x,
            picture->y + 15, x, picture->y + 20);
    put_text(picture->out, "soft", left, picture->y + 11, 11, 200, text);
}

static void put_axis(struct picture *picture)
{
    const struct scale *scale = &picture->scale;
    double taken = 0;
    if (!scale->even) {
        put_text(picture->out, "note", MARGIN, picture->y + 6, 11, PAGE_WIDTH,
                 "The scale is not even: quiet stretches are shortened so that every gap can be "
                 "seen.");
        picture->y += 18;
    }
    if (scale->even)
        for (int64_t at_ms = 0; at_ms <= scale->lasts_ms; at_ms += scale_step_ms(scale))
            put_tick(picture, at_ms, &taken);
    else
        for (size_t i = 0; i < scale->count; i++)
            put_tick(picture, scale->times_ms[i], &taken);
    picture->y += 20;
    fprintf(picture->out,
            "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", scale->left,
            picture->y, scale->left + scale->width, picture->y);
}

/* ---- rows ---- */

static void put_bar(struct picture *picture, const char *fill, int64_t from_ms, int64_t to_ms,
                    double y, double height)
{
    const double x = scale_x(&picture->scale, from_ms);
    double width = scale_x(&picture->scale, to_ms) - x;
    width = width > 0.6 ? width : 0.6;
    fprintf(picture->out,
            "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y,
            width, height, fill);
}

/* The server's name in the middle of its bar, where there is room for it beside the lengths of
 * narrow gaps. */
static void put_bar_name(struct picture *picture, size_t server, int64_t from_ms, int64_t to_ms,
                         double y, double height)
{
    const double x = scale_x(&picture->scale, from_ms);
    const double width = scale_x(&picture->scale, to_ms) - x;
    const char *name = picture->timeline->servers[server];
    const double wide = text_width(name, 10.5);
    if (height < 10 || width < wide + 100)
        return;
    fprintf(picture->out, "<g fill=\"%s\">", colours[server % SERVER_COLOURS].text);
    put_text(picture->out, "in", x + (width - wide) / 2, y + height / 2 + 3.8, 10.5, width, name);
    fputs("</g>\n", picture->out);
}

/* The servers that record in [from_ms, to_ms), each once. */
static size_t servers_of(const struct timeline_row *row, int64_t from_ms, int64_t to_ms,
                         size_t *servers)
{
    size_t count = 0;
    for (size_t i = 0; i < row->span_count; i++) {
        const struct timeline_span *span = &row->spans[i];
        bool known = span->from_ms > from_ms || span->to_ms < to_ms;
        for (size_t k = 0; k < count; k++)
            known = known || servers[k] == span->server;
        if (!known)
            servers[count++] = span->server;
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
static void put_stretch(struct picture *picture, const size_t *servers, size_t count,
                        int64_t from_ms, int64_t to_ms, double y)
{
    const double height = picture->row_height / (double)(count > 0 ? count : 1);
    for (size_t i = 0; i < count; i++) {
        const double top = y + height * (double)i;
        put_bar(picture, colours[servers[i] % SERVER_COLOURS].fill, from_ms, to_ms, top, height);
        put_bar_name(picture, servers[i], from_ms, to_ms, top, height);
    }
}

static void put_spans(struct picture *picture, const struct timeline_row *row, double y)
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
        put_stretch(picture, servers, count, from_ms, at_ms, y);
        memcpy(servers, next_servers, next_count * sizeof *servers);
        count = next_count;
        from_ms = at_ms;
    }
    put_stretch(picture, servers, count, from_ms, lasts_ms, y);
    free(servers);
    free(next_servers);
}

/* The length of a gap stands in it, or beside it where it is too narrow. */
static void put_gaps(struct picture *picture, const struct timeline_row *row, double y)
{
    const double size = picture->row_height < ROW_HEIGHT ? 9 : 11;
    double taken = 0;
    for (size_t i = 0; i < row->gap_count; i++) {
        const struct timeline_span *gap = &row->gaps[i];
        char duration[64];
        trace_duration(gap->to_ms - gap->from_ms, duration, sizeof duration);
        put_bar(picture, "url(#gap)", gap->from_ms, gap->to_ms, y, picture->row_height);
        const double from = scale_x(&picture->scale, gap->from_ms);
        const double to = scale_x(&picture->scale, gap->to_ms);
        const double width = text_width(duration, size);
        double x = to - from > width + 14 ? (from + to - width) / 2 : to + 5;
        if (x + width > PAGE_WIDTH - MARGIN)
            x = from - width - 5;
        if (x < taken)
            continue;
        fprintf(picture->out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" "
                "fill=\"#ffffff\"/>\n",
                x - 3, y + picture->row_height / 2 - size * 0.65, width + 6, size * 1.3);
        put_text(picture->out, "length", x, y + picture->row_height / 2 + size * 0.36, size, 200,
                 duration);
        taken = x + width + 8;
    }
}

static void put_rows(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    const double size = picture->row_height < ROW_HEIGHT ? 9 : 12;
    picture->rows_top = picture->y;
    for (size_t r = 0; r < timeline->row_count; r++) {
        const struct timeline_row *row = &timeline->rows[r];
        if (r == 0 || strcmp(row->main, timeline->rows[r - 1].main) != 0) {
            put_text(picture->out, "group", MARGIN, picture->y + 14, 12, picture->left - MARGIN - 8,
                     *row->main != '\0' ? row->main : "no main");
            picture->y += GROUP_PITCH;
        }
        put_text(picture->out, "plain", MARGIN + 10, picture->y + picture->row_height / 2 + 4, size,
                 picture->left - MARGIN - 16, row->camera);
        put_spans(picture, row, picture->y);
        put_gaps(picture, row, picture->y);
        picture->y += picture->row_pitch;
    }
    picture->rows_bottom = picture->y;
}

/* ---- what happened ---- */

/* The marks from first to *end lie so close that they share a number. */
static size_t end_of_group(const struct picture *picture, size_t first)
{
    const struct timeline *timeline = picture->timeline;
    const double x = scale_x(&picture->scale, timeline->marks[first].at_ms);
    size_t end = first + 1;
    while (end < timeline->mark_count &&
           scale_x(&picture->scale, timeline->marks[end].at_ms) - x < 2.5)
        end++;
    return end;
}

static bool any_act(const struct timeline *timeline, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (timeline->marks[i].act)
            return true;
    return false;
}

static void put_badge(FILE *out, double x, double y, size_t number, bool act)
{
    fprintf(out,
            "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>"
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"10\" "
            "text-anchor=\"middle\">%zu</text>\n",
            act ? "act" : "move", x, y, BADGE_RADIUS, act ? "act-number" : "move-number", x,
            y + 3.6, number);
}

#define LANES_MAX 6

/* Numbers that would touch go to the next lane; the picture never needs more lanes than fit. */
static void put_marks(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    double ends[LANES_MAX] = {0};
    size_t lanes = 0;
    size_t number = 1;
    const double top = picture->y + BADGE_RADIUS + 2;
    for (size_t first = 0, end; first < timeline->mark_count; first = end, number++) {
        end = end_of_group(picture, first);
        const double x = scale_x(&picture->scale, timeline->marks[first].at_ms);
        const bool act = any_act(timeline, first, end);
        size_t lane = 0;
        while (lane + 1 < LANES_MAX && ends[lane] > x - BADGE_RADIUS)
            lane++;
        ends[lane] = x + BADGE_RADIUS + 2;
        lanes = lane + 1 > lanes ? lane + 1 : lanes;
        const double y = top + (double)lane * BADGE_PITCH;
        fprintf(picture->out,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                act ? "act-line" : "move-line", x, picture->rows_top, x, y - BADGE_RADIUS);
        put_badge(picture->out, x, y, number, act);
    }
    picture->y = top + (double)lanes * BADGE_PITCH + 4;
}

/* "00:00:12.000" without hours that nobody needs. */
static void clock_text(int64_t at_ms, int64_t lasts_ms, char text[static 32])
{
    const int64_t ms = at_ms % 1000;
    const int64_t s = at_ms / 1000 % 60;
    const int64_t min = at_ms / 60000;
    if (lasts_ms < 3600000)
        snprintf(text, 32, "%02" PRId64 ":%02" PRId64 ".%03" PRId64, min, s, ms);
    else
        snprintf(text, 32, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64, min / 60,
                 min % 60, s, ms);
}

static double what_width(const struct timeline *timeline)
{
    double width = 0;
    for (size_t i = 0; i < timeline->mark_count; i++) {
        const double wide = text_width(timeline->marks[i].what, 11.5);
        width = wide > width ? wide : width;
    }
    return width < 330 ? width : 330;
}

static void put_list(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    const double what_x = MARGIN + 30 + text_width("00:00:00.000", 11.5) + 6;
    const double width = what_width(timeline);
    const double why_x = what_x + width + 16;
    size_t number = 1;
    picture->y += 10;
    for (size_t first = 0, end; first < timeline->mark_count; first = end, number++) {
        end = end_of_group(picture, first);
        put_badge(picture->out, MARGIN + BADGE_RADIUS, picture->y - 4, number,
                  any_act(timeline, first, end));
        for (size_t i = first; i < end; i++) {
            const struct timeline_mark *mark = &timeline->marks[i];
            char clock[32];
            clock_text(mark->at_ms, timeline->lasts_ms, clock);
            put_text(picture->out, "soft", MARGIN + 30, picture->y, 11.5, 100, clock);
            put_text(picture->out, mark->act ? "strong" : "plain", what_x, picture->y, 11.5,
                     width + 8, mark->what);
            const int lines = put_wrapped(picture->out, "soft", why_x, picture->y, 11.5,
                                          PAGE_WIDTH - MARGIN - why_x, mark->why);
            picture->y += lines * LINE_PITCH;
        }
        picture->y += 6;
    }
}

/* ---- whole ---- */

static double names_width(const struct timeline *timeline)
{
    double width = 50;
    for (size_t r = 0; r < timeline->row_count; r++) {
        const double name = text_width(timeline->rows[r].camera, 12) + 14;
        const double group = text_width(timeline->rows[r].main, 12) + 6;
        width = name > width ? name : width;
        width = group > width ? group : width;
    }
    return width < NAME_WIDTH ? width : NAME_WIDTH;
}

/* Draws one picture from y on; returns where it ends. */
static double put_picture(FILE *out, const struct timeline *timeline, double y)
{
    struct picture picture = {.out = out, .timeline = timeline, .y = y};
    const bool dense = timeline->row_count > DENSE_ROWS;
    picture.row_height = dense ? DENSE_HEIGHT : ROW_HEIGHT;
    picture.row_pitch = dense ? DENSE_PITCH : ROW_PITCH;
    picture.left = MARGIN + names_width(timeline) + 12;
    picture.scale = scale_new(timeline, picture.left, PAGE_WIDTH - MARGIN - picture.left);
    put_head(&picture);
    put_legend(&picture);
    put_axis(&picture);
    put_rows(&picture);
    put_marks(&picture);
    put_list(&picture);
    scale_free(&picture.scale);
    return picture.y + MARGIN;
}

static const char style[] =
    "<style>text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif}"
    ".title{font-weight:bold;fill:#1a1a1a}.group{font-weight:bold;fill:#1a1a1a}"
    ".strong{font-weight:bold;fill:#1a1a1a}.plain{fill:#1a1a1a}.soft{fill:#555}"
    ".note{fill:#8a4b00;font-style:italic}"
    ".length{fill:#a50f15;font-weight:bold}"
    ".axis,.tick{stroke:#888;stroke-width:1}.grid{stroke:#ddd;stroke-width:1}"
    ".act-line{stroke:#1a1a1a;stroke-width:1.2}"
    ".move-line{stroke:#1a1a1a;stroke-width:0.8;stroke-dasharray:2 3;opacity:0.65}"
    ".act{fill:#1a1a1a}.act-number{fill:#fff;font-weight:bold}"
    ".move{fill:#fff;stroke:#1a1a1a;stroke-width:1.2}.move-number{fill:#1a1a1a}</style>\n";

static const char pattern[] =
    "<defs><pattern id=\"gap\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fde0dd\"/>"
    "<rect width=\"2.6\" height=\"6\" fill=\"#cb181d\"/></pattern></defs>\n";

void svg_write(FILE *out, const struct timeline *timelines, size_t count)
{
    char *body = NULL;
    size_t body_bytes = 0;
    FILE *pictures = open_memstream(&body, &body_bytes);
    if (pictures == NULL)
        array_no_memory();
    double height = MARGIN / 2;
    for (size_t i = 0; i < count; i++)
        height = put_picture(pictures, &timelines[i], height);
    if (fclose(pictures) != 0)
        array_no_memory();
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\">\n",
            PAGE_WIDTH, height, PAGE_WIDTH, height);
    fputs(style, out);
    fputs(pattern, out);
    fprintf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", PAGE_WIDTH, height);
    fwrite(body, 1, body_bytes, out);
    fputs("</svg>\n", out);
    free(body);
}
