/* The licences of a picture: a bar for each time in which the grace of a failover ran (R9, R10). */
#include "runtime/sim/picture.h"

#include "runtime/sim/svg.h"

#define FILL  "#8fb3d9"
#define PITCH 22.0

/* In the bar, or beside it where that is too narrow. */
static void put_left(const struct picture *picture, const struct svg_box *bar, const char *text)
{
    const double width = svg_text_width(text, 10.5);
    double x = bar->width > width + 12 ? bar->x + 6 : bar->x + bar->width + 5;
    if (x + width > PICTURE_WIDTH - PICTURE_MARGIN)
        x = bar->x - width - 5;
    svg_text(picture->out, "plain", x, bar->y + bar->height / 2 + 3.8, 10.5, width + 40, text);
}

static void put_licence(struct picture *picture, const struct timeline_licence *licence)
{
    const double x = scale_x(&picture->scale, licence->from_ms);
    const struct svg_box bar = {x, picture->y, scale_x(&picture->scale, licence->to_ms) - x, 16};
    svg_text(picture->out, "plain", PICTURE_MARGIN + 10, picture->y + 12, picture->text_size,
             picture->left - PICTURE_MARGIN - 16, licence->failover);
    svg_rect(picture->out, &bar, 0, FILL);
    put_left(picture, &bar, licence->left);
    picture->y += PITCH;
}

void picture_licences(struct picture *picture)
{
    const struct timeline *timeline = picture->timeline;
    if (timeline->licence_count == 0)
        return;
    svg_text(picture->out, "group", PICTURE_MARGIN, picture->y + 14, 12,
             PICTURE_WIDTH - 2 * PICTURE_MARGIN, "licences: what is left of their grace");
    picture->y += PICTURE_GROUP_PITCH;
    for (size_t i = 0; i < timeline->licence_count; i++)
        put_licence(picture, &timeline->licences[i]);
}
