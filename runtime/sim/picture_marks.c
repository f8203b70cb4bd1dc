/* The marks of a picture: what happened, as numbered lines through the rows, told in a list. */
#include "runtime/sim/picture.h"

#include <inttypes.h>

#include "runtime/sim/svg.h"

#define BADGE_RADIUS   8.5
#define BADGE_PITCH    20.0
#define LANES_MAX      6   /* of badges beneath each other */
#define GROUP_WIDTH    2.5 /* marks so close to each other share a number */
#define LIST_SIZE      11.5
#define WHAT_WIDTH_MAX 330.0

/* The marks from first to the returned one lie so close that they share a number. */
static size_t end_of_group(const struct picture *picture, size_t first)
{
    const struct timeline *timeline = picture->timeline;
    const double x = scale_x(&picture->scale, timeline->marks[first].at_ms);
    size_t end = first + 1;
    while (end < timeline->mark_count &&
           scale_x(&picture->scale, timeline->marks[end].at_ms) - x < GROUP_WIDTH)
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

/* A number that would touch the one before goes to the next lane. */
void picture_marks(struct picture *picture)
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
        svg_line(picture->out, act ? "act-line" : "move-line", x, picture->rows_top, x,
                 y - BADGE_RADIUS);
        put_badge(picture->out, x, y, number, act);
    }
    picture->y = top + (double)lanes * BADGE_PITCH + 4;
}

/* ---- the list ---- */

/* "00:12.000", with hours where the outage has any. */
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
        const double wide = svg_text_width(timeline->marks[i].what, LIST_SIZE);
        width = wide > width ? wide : width;
    }
    return width < WHAT_WIDTH_MAX ? width : WHAT_WIDTH_MAX;
}

static void put_entry(struct picture *picture, const struct timeline_mark *mark, double width)
{
    const double what_x = PICTURE_MARGIN + 36 + svg_text_width("00:00:00.000", LIST_SIZE);
    const double why_x = what_x + width + 16;
    char clock[32];
    clock_text(mark->at_ms, picture->timeline->lasts_ms, clock);
    svg_text(picture->out, "soft", PICTURE_MARGIN + 30, picture->y, LIST_SIZE, 100, clock);
    svg_text(picture->out, mark->act ? "strong" : "plain", what_x, picture->y, LIST_SIZE, width + 8,
             mark->what);
    const int lines = svg_wrapped(picture->out, "soft", why_x, picture->y, LIST_SIZE,
                                  PICTURE_WIDTH - PICTURE_MARGIN - why_x, mark->why);
    picture->y += lines * SVG_LINE_PITCH;
}

void picture_list(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    const double width = what_width(timeline);
    size_t number = 1;
    picture->y += 10;
    for (size_t first = 0, end; first < timeline->mark_count; first = end, number++) {
        end = end_of_group(picture, first);
        put_badge(picture->out, PICTURE_MARGIN + BADGE_RADIUS, picture->y - 4, number,
                  any_act(timeline, first, end));
        for (size_t i = first; i < end; i++)
            put_entry(picture, &timeline->marks[i], width);
        picture->y += 6;
    }
}
