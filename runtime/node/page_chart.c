/* The flowchart of the site: mains on the left, standbys on the right, failovers as arrows between
 * them, in the colours of what is known here. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/html.h"
#include "runtime/node/page_html.h"
#include "runtime/node/status_read.h"

#define BOX_WIDTH  164
#define BOX_HEIGHT 60
#define BOX_GAP    18
#define MARGIN     4
#define WIDTH      480
#define BULGE      78 /* of an arrow within a column */

struct box {
    const json_t *server;
    const char *name;
    bool is_standby;
    bool on_right;
    int y;
    int ends, placed; /* of arrows at its inner side: all, and those drawn so far */
};

struct chart {
    const json_t *status;
    const json_t *failovers;
    size_t count;
    struct box *boxes;
    int height;
};

static struct box *find_box(const struct chart *chart, const char *name)
{
    for (size_t i = 0; i < chart->count; i++)
        if (strcmp(chart->boxes[i].name, name) == 0)
            return &chart->boxes[i];
    return NULL;
}

/* ---- the places ---- */

static void note_arrows(struct chart *chart)
{
    for (size_t i = 0; i < json_array_size(chart->failovers); i++) {
        const json_t *failover = json_array_get(chart->failovers, i);
        struct box *standby = find_box(chart, status_text(failover, "standby"));
        struct box *monitor = find_box(chart, status_text(failover, "monitor"));
        if (standby == NULL || monitor == NULL)
            continue;
        standby->is_standby = true;
        standby->ends++;
        monitor->ends++;
    }
}

/* Where all are standbys of each other, half of them stand on each side. */
static void choose_sides(struct chart *chart)
{
    size_t mains = 0;
    for (size_t i = 0; i < chart->count; i++)
        mains += !chart->boxes[i].is_standby;
    for (size_t i = 0; i < chart->count; i++)
        chart->boxes[i].on_right =
            mains > 0 ? chart->boxes[i].is_standby : i >= (chart->count + 1) / 2;
}

static void place(struct chart *chart)
{
    int rows[2] = {0, 0}, next[2];
    for (size_t i = 0; i < chart->count; i++)
        rows[chart->boxes[i].on_right]++;
    const int most = rows[0] > rows[1] ? rows[0] : rows[1];
    chart->height = most * (BOX_HEIGHT + BOX_GAP) - BOX_GAP + 2 * MARGIN;
    for (int side = 0; side < 2; side++)
        next[side] = MARGIN + (most - rows[side]) * (BOX_HEIGHT + BOX_GAP) / 2;
    for (size_t i = 0; i < chart->count; i++) {
        chart->boxes[i].y = next[chart->boxes[i].on_right];
        next[chart->boxes[i].on_right] += BOX_HEIGHT + BOX_GAP;
    }
}

/* ---- servers ---- */

struct box_words {
    enum status_tone tone;
    char text[STATUS_WORDS_BYTES];
};

static const json_t *find_named(const json_t *list, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(status_text(json_array_get(list, i), key), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

static bool is_carried_here(const struct chart *chart, const char *main)
{
    const json_t *own = json_object_get(chart->status, "failovers");
    for (size_t i = 0; i < json_array_size(own); i++)
        if (strcmp(status_text(json_array_get(own, i), "monitor"), main) == 0 &&
            status_true(json_array_get(own, i), "carries"))
            return true;
    return false;
}

static struct box_words words_of_self(const struct chart *chart, const struct box *box)
{
    struct box_words words = {.tone = TONE_WELL};
    const char *state = status_text(chart->status, "state");
    const char *level = status_text(json_object_get(chart->status, "verdict"), "level");
    if (status_number(box->server, "cameras") == 0)
        state = "standby";
    else if (!status_is(chart->status, "recording"))
        words.tone = status_is(chart->status, "off") ? TONE_IDLE : TONE_ATTENTION;
    if (status_tone_of_level(level) == TONE_ALARM)
        words.tone = TONE_ALARM;
    snprintf(words.text, sizeof words.text, "%.40s", state);
    return words;
}

static struct box_words words_of(const struct chart *chart, const struct box *box)
{
    struct box_words words = {.tone = TONE_IDLE};
    const json_t *peer = find_named(json_object_get(chart->status, "peers"), "name", box->name);
    if (status_true(box->server, "here"))
        return words_of_self(chart, box);
    const int64_t heard_ms = status_number(peer, "heard_ms_ago");
    if (peer == NULL)
        snprintf(words.text, sizeof words.text, "no link from here");
    else if (status_true(peer, "up"))
        words.tone = TONE_WELL, snprintf(words.text, sizeof words.text, "connected");
    else if (status_true(peer, "logged_off"))
        snprintf(words.text, sizeof words.text, "logged off");
    else if (heard_ms < 0)
        words.tone = TONE_ALARM, snprintf(words.text, sizeof words.text, "not seen yet");
    else {
        char ago[STATUS_WORDS_BYTES];
        words.tone = TONE_ALARM;
        snprintf(words.text, sizeof words.text, "seen %.40s ago",
                 trace_duration(heard_ms / 1000 * 1000, ago, sizeof ago));
    }
    if (is_carried_here(chart, box->name) && words.tone != TONE_WELL)
        words.tone = TONE_ATTENTION;
    return words;
}

static int left_of(const struct box *box)
{
    return box->on_right ? WIDTH - MARGIN - BOX_WIDTH : MARGIN;
}

/* What does not fit into a box is squeezed into it. */
static void put_line(FILE *out, const struct box *box, int y, const char *class, const char *text)
{
    html_write(out, "<text class=\"%s\" x=\"%d\" y=\"%d\"", class, left_of(box) + 12, box->y + y);
    if (strlen(text) > (strcmp(class, "name") == 0 ? 18 : 24))
        html_write(out, " textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\"", BOX_WIDTH - 22);
    html_write(out, ">%s</text>", text);
}

static void put_box(FILE *out, const struct chart *chart, const struct box *box)
{
    char cameras[STATUS_WORDS_BYTES];
    const struct box_words words = words_of(chart, box);
    const int64_t count = status_number(box->server, "cameras");
    html_write(out, "<g class=\"box %s%s\"><title>%s</title>", status_tone_name(words.tone),
               status_true(box->server, "here") ? " here" : "", box->name);
    html_write(out,
               "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\"/><rect class=\"edge\" "
               "x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\" rx=\"2.5\"/>",
               left_of(box), box->y, BOX_WIDTH, BOX_HEIGHT, left_of(box), box->y, BOX_HEIGHT);
    put_line(out, box, 19, "name", box->name);
    put_line(out, box, 36, "state", words.text);
    put_line(out, box, 52, "soft",
             count > 0 ? status_count(count, "camera of its own", "cameras of its own", cameras)
                       : "no cameras of its own");
    html_write(out, "</g>");
}

/* ---- failovers ---- */

/* Ends of arrows share the inner side of a box. */
static int next_end(struct box *box)
{
    return box->y + BOX_HEIGHT * ++box->placed / (box->ends + 1);
}

static void put_arrow(FILE *out, struct chart *chart, const json_t *failover)
{
    struct box *standby = find_box(chart, status_text(failover, "standby"));
    struct box *monitor = find_box(chart, status_text(failover, "monitor"));
    const char *state = status_text(failover, "state");
    char label[STATUS_WORDS_BYTES], wait[STATUS_WORDS_BYTES];
    if (standby == NULL || monitor == NULL)
        return;
    const int64_t wait_ms = status_number(failover, "wait_ms");
    const bool known = state[0] != '\0';
    const int from_x = left_of(monitor) + (monitor->on_right ? 0 : BOX_WIDTH);
    const int to_x = left_of(standby) + (standby->on_right ? -2 : BOX_WIDTH + 2);
    const int from_y = next_end(monitor), to_y = next_end(standby);
    const int from_bend = from_x + (monitor->on_right ? -BULGE : BULGE);
    const int to_bend = to_x + (standby->on_right ? -BULGE : BULGE);
    const enum status_tone tone = known ? status_failover_words(state).tone : TONE_IDLE;
    snprintf(label, sizeof label, "%.30s",
             known ? state : trace_duration(wait_ms > 0 ? wait_ms : 0, wait, sizeof wait));
    html_write(out, "<g class=\"arrow %s%s%s\"><title>%s</title>", status_tone_name(tone),
               known ? "" : " elsewhere",
               is_carried_here(chart, monitor->name) && known ? " carries" : "",
               status_text(failover, "name"));
    html_write(out,
               "<path marker-end=\"url(#tip-%s)\" d=\"M%d %dC%d %d %d %d %d %d\"/><text x=\"%d\" "
               "y=\"%d\">%s</text></g>",
               status_tone_name(tone), from_x, from_y, from_bend, from_y, to_bend, to_y, to_x, to_y,
               (from_x + to_x + 3 * (from_bend + to_bend)) / 8, (from_y + to_y) / 2 - 4, label);
}

static void put_tips(FILE *out)
{
    html_write(out, "<defs>");
    for (enum status_tone tone = TONE_IDLE; tone <= TONE_ALARM; tone++)
        html_write(out,
                   "<marker id=\"tip-%s\" class=\"tip %s\" viewBox=\"0 0 8 8\" refX=\"7\" "
                   "refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
                   "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>",
                   status_tone_name(tone), status_tone_name(tone));
    html_write(out, "</defs>");
}

void page_html_site(FILE *out, const json_t *status)
{
    const json_t *site = json_object_get(status, "site");
    const json_t *servers = json_object_get(site, "servers");
    struct chart chart = {.status = status,
                          .failovers = json_object_get(site, "failovers"),
                          .count = json_array_size(servers)};
    const int64_t left_out = status_number(site, "servers_left_out");
    chart.boxes = calloc(chart.count + 1, sizeof *chart.boxes);
    if (chart.boxes == NULL)
        return;
    for (size_t i = 0; i < chart.count; i++) {
        chart.boxes[i].server = json_array_get(servers, i);
        chart.boxes[i].name = status_text(chart.boxes[i].server, "name");
    }
    note_arrows(&chart);
    choose_sides(&chart);
    place(&chart);
    html_write(out,
               "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
               "aria-label=\"Servers, and the failovers between them\">",
               WIDTH, chart.height > 0 ? chart.height : 1);
    put_tips(out);
    for (size_t i = 0; i < json_array_size(chart.failovers); i++)
        put_arrow(out, &chart, json_array_get(chart.failovers, i));
    for (size_t i = 0; i < chart.count; i++)
        put_box(out, &chart, &chart.boxes[i]);
    html_write(out, "</svg>");
    if (left_out > 0)
        html_write(out,
                   "<p class=\"none\">and %ld more servers, which this one has no link with.</p>",
                   (long)left_out);
    free(chart.boxes);
}
