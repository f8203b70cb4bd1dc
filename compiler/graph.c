/* The flowchart. A box is one server, or one group of mains that differ in nothing that is drawn.
 */
#include "compiler/graph.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/dot.h"
#include "compiler/emit.h"
#include "compiler/graph_box.h"
#include "compiler/quantity.h"

#define VOLUMES_NAMED_MAX 6

static const struct {
    const char *name;
    const char *fill;
    const char *line;
} roles[] = {
#define X(symbol, name, fill, line) {name, fill, line},
    ROLES(X)
#undef X
};

#define LOCAL_FILL "#f3f4f6"
#define LOCAL_LINE "#4b5563"
#define NAS_FILL   "#ede9fe"
#define NAS_LINE   "#6d28d9"
#define FAINT      "#6b7280"
#define ALARM      "#b91c1c"

/* Sums of what a user declared stay within their type. */
static int64_t add_capped(int64_t sum, int64_t more)
{
    return __builtin_add_overflow(sum, more, &sum) ? INT64_MAX : sum;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- servers ---- */

static void put_row(const struct graph *graph, const char *colour, const char *before,
                    const char *text, const char *after)
{
    fputs("<TR><TD>", graph->out);
    if (colour != NULL)
        fprintf(graph->out, "<FONT POINT-SIZE=\"9.5\" COLOR=\"%s\">", colour);
    fputs(before, graph->out);
    dot_html(graph->out, text);
    fputs(after, graph->out);
    fputs(colour != NULL ? "</FONT></TD></TR>" : "</TD></TR>", graph->out);
}

static void put_cameras(const struct graph *graph, uint32_t box)
{
    const struct resolved *resolved = graph->resolved;
    uint64_t cameras = 0;
    int64_t rate_bps = 0;
    char rate[QUANTITY_TEXT_BYTES] = "";
    for (uint32_t m = graph->box_first[box]; m < graph->box_first[box + 1]; m++) {
        struct image_list own = resolved->servers[graph->members[m].server].own_cameras;
        cameras += own.count;
        for (uint32_t i = 0; i < own.count; i++)
            rate_bps = add_capped(rate_bps, resolved->cameras[own.first + i].model->rate_bps);
    }
    if (cameras == 0)
        return;
    fprintf(graph->out, "<TR><TD>%" PRIu64 " camera%s%s%s</TD></TR>", cameras, plural(cameras),
            rate_bps > 0 ? ", " : "",
            rate_bps > 0 ? quantity_text(QUANTITY_RATE, rate_bps, rate) : "");
}

/* The mains of a standby from top to bottom as they were declared, the standbys of a main in their
 * order. */
static const char *ordering_of(const struct resolved_server *server, enum role role)
{
    return role == ROLE_STANDBY                              ? "ordering=in, "
           : role == ROLE_MAIN && server->watchers.count > 1 ? "ordering=out, "
                                                             : "";
}

static void put_server(const struct graph *graph, uint32_t box)
{
    const struct resolved_server *server = graph_box_server(graph, box);
    const struct resolved_server *last =
        &graph->resolved->servers[graph->members[graph->box_first[box + 1] - 1].server];
    enum role role = graph_role(server);
    uint32_t size = graph_box_size(graph, box);
    bool exposed = server->own_cameras.count > 0 && server->watchers.count == 0;
    fprintf(graph->out,
            "  s%" PRIu32 " [shape=box, style=\"rounded,filled%s\", fillcolor=\"%s\", "
            "color=\"%s\", peripheries=%d, %stooltip=",
            box, exposed ? ",dashed" : "", roles[role].fill, exposed ? ALARM : roles[role].line,
            size > 1 ? 2 : 1, ordering_of(server, role));
    dot_string(graph->out, server->model->name);
    fputs(", label=<<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">", graph->out);
    put_row(graph, NULL, "<B>", server->model->name, "</B>");
    if (size > 1) {
        put_row(graph, NULL, "<B>\xe2\x80\xa6 ", last->model->name, "</B>");
        fprintf(graph->out, "<TR><TD>%" PRIu32 " servers alike</TD></TR>", size);
    } else {
        put_row(graph, FAINT, "", server->model->address, "");
    }
    put_cameras(graph, box);
    put_row(graph, roles[role].line, "", roles[role].name, "");
    if (server->model->priority != 0)
        put_row(graph, FAINT, "",
                arena_format(graph->arena, "priority %" PRId64, server->model->priority), "");
    if (exposed)
        put_row(graph, ALARM, "", "no standby", "");
    fputs("</TABLE>>]\n", graph->out);
}

/* ---- volumes ---- */

static void put_volume(const struct graph *graph, uint32_t index)
{
    const struct model_volume *volume = &graph->resolved->volumes[index];
    bool nas = volume->nas != NULL;
    char size[QUANTITY_TEXT_BYTES];
    fprintf(graph->out,
            "  v%" PRIu32 " [shape=cylinder, style=filled, fillcolor=\"%s\", color=\"%s\", "
            "tooltip=",
            index, nas ? NAS_FILL : LOCAL_FILL, nas ? NAS_LINE : LOCAL_LINE);
    dot_string(graph->out, volume->name);
    /* The first row is the lid of the cylinder. */
    fputs(", label=<<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">"
          "<TR><TD HEIGHT=\"10\"></TD></TR>",
          graph->out);
    put_row(graph, NULL, "<B>", volume->name, "</B>");
    put_row(graph, FAINT, nas ? "NAS " : "", nas ? volume->nas : volume->path, "");
    put_row(graph, NULL, "", quantity_text(QUANTITY_SIZE, volume->size_bytes, size), "");
    fputs("</TABLE>>]\n", graph->out);
}

/* The disks of a main stand at its left, so that no line to them crosses its failover; of two
 * servers that watch each other, the first one is the main. */
static bool stands_left(const struct graph *graph, uint32_t box)
{
    const struct resolved_server *server = graph_box_server(graph, box);
    uint32_t index = graph->members[graph->box_first[box]].server;
    if (server->watchers.count == 0)
        return false;
    return server->failovers.count == 0 ||
           index < graph->resolved->failovers[server->watchers.items[0]].standby;
}

/* To one volume, or to the own disks of a group (IMAGE_NONE). */
static void put_volume_edge(const struct graph *graph, uint32_t box, uint32_t volume, bool fallback)
{
    char disk[32];
    char server[32];
    bool group = volume == IMAGE_NONE;
    bool own = group || graph_is_own_disk(graph, volume);
    bool nas = !group && graph->resolved->volumes[volume].nas != NULL;
    bool left = own && stands_left(graph, box);
    snprintf(server, sizeof server, "s%" PRIu32, box);
    snprintf(disk, sizeof disk, "%c%" PRIu32, group ? 'p' : 'v', group ? box : volume);
    fprintf(graph->out,
            "  %s -> %s [dir=none, color=\"%s\", style=%s, weight=%d, penwidth=1, "
            "tooltip=\"%s\"%s]\n",
            left ? disk : server, left ? server : disk, nas ? NAS_LINE : "#9ca3af",
            fallback ? "dashed" : "solid", own ? 4 : 1, fallback ? "fallback" : "archive",
            fallback ? ", label=\"fallback\"" : "");
}

/* The own disks of all servers of a box, as one. */
static void put_private_volumes(const struct graph *graph, uint32_t box)
{
    uint32_t count = 0;
    int64_t bytes = 0;
    char size[QUANTITY_TEXT_BYTES];
    for (uint32_t m = graph->box_first[box]; m < graph->box_first[box + 1]; m++) {
        const struct resolved_list *volumes =
            &graph->resolved->servers[graph->members[m].server].volumes;
        for (uint32_t i = 0; i < volumes->count; i++)
            if (graph_is_own_disk(graph, volumes->items[i])) {
                count++;
                bytes = add_capped(bytes, graph->resolved->volumes[volumes->items[i]].size_bytes);
            }
    }
    if (count == 0)
        return;
    fprintf(graph->out,
            "  p%" PRIu32 " [shape=cylinder, style=filled, fillcolor=\"" LOCAL_FILL
            "\", color=\"" LOCAL_LINE
            "\", peripheries=1, tooltip=\"volumes of their own\", label=\"%" PRIu32
            " volumes of their own\\n%s in all\"]\n",
            box, count, quantity_text(QUANTITY_SIZE, bytes, size));
    put_volume_edge(graph, box, IMAGE_NONE, false);
}

static void put_volumes_of(const struct graph *graph, uint32_t box)
{
    const struct resolved_server *server = graph_box_server(graph, box);
    bool group = graph_box_size(graph, box) > 1;
    for (uint32_t i = 0; i < server->volumes.count; i++) {
        uint32_t volume = server->volumes.items[i];
        if (!group || !graph_is_own_disk(graph, volume))
            put_volume_edge(graph, box, volume, server->fallback == volume);
    }
    if (group)
        put_private_volumes(graph, box);
}

/* A volume is drawn unless it is one of many that a group has for its own, or nobody names it. */
static void put_volumes(const struct graph *graph)
{
    const struct resolved *resolved = graph->resolved;
    bool *drawn = arena_alloc(graph->arena, (resolved->volume_count + 1) * sizeof *drawn);
    for (uint32_t box = 0; box < graph->box_count; box++) {
        const struct resolved_server *server = graph_box_server(graph, box);
        for (uint32_t i = 0; i < server->volumes.count; i++) {
            uint32_t volume = server->volumes.items[i];
            if (drawn[volume] ||
                (graph_box_size(graph, box) > 1 && graph_is_own_disk(graph, volume)))
                continue;
            drawn[volume] = true;
            put_volume(graph, volume);
        }
        put_volumes_of(graph, box);
    }
}

/* ---- failovers ---- */

static void put_label_line(const struct graph *graph, const char *colour, const char *text)
{
    fprintf(graph->out, "<FONT COLOR=\"%s\">", colour);
    dot_html(graph->out, text);
    fputs("</FONT><BR/>", graph->out);
}

static uint32_t order_of(const struct resolved *resolved, uint32_t index)
{
    const struct resolved_list *watchers =
        &resolved->servers[resolved->failovers[index].monitor].watchers;
    for (uint32_t i = 0; i < watchers->count; i++)
        if (watchers->items[i] == index)
            return i + 1;
    return 1;
}

static bool is_manual(const struct resolved_failover *failover)
{
    return strcmp(failover->model->failback, "manual") == 0;
}

static void put_conditions(const struct graph *graph, uint32_t index)
{
    const struct resolved *resolved = graph->resolved;
    const struct resolved_failover *failover = &resolved->failovers[index];
    const struct resolved_server *main = &resolved->servers[failover->monitor];
    struct arena *arena = graph->arena;
    char text[QUANTITY_TEXT_BYTES];
    put_label_line(graph, "#111827",
                   arena_format(arena, "after %s",
                                quantity_text(QUANTITY_DURATION,
                                              failover->model->expect_reconnection_ms, text)));
    if (main->watchers.count > 1)
        put_label_line(graph, "#111827",
                       arena_format(arena, "no. %" PRIu32 " of %" PRIu32, order_of(resolved, index),
                                    main->watchers.count));
    if (failover->objects.count < main->own_cameras.count)
        put_label_line(graph, ALARM,
                       arena_format(arena, "%" PRIu32 " of %" PRIu32 " cameras",
                                    failover->objects.count, main->own_cameras.count));
    if (is_manual(failover))
        put_label_line(graph, "#111827", "manual return");
    else if (failover->model->hold_down_ms > 0)
        put_label_line(
            graph, "#111827",
            arena_format(arena, "return after %s",
                         quantity_text(QUANTITY_DURATION, failover->model->hold_down_ms, text)));
    if (failover->model->transfer_if_no_ping)
        put_label_line(graph, "#111827", "also if never seen");
    if ((failover->also_on & ALSO_ON_STORAGE) != 0)
        put_label_line(graph, "#111827", "also on a lost archive");
    if ((failover->also_on & ALSO_ON_RECORDING) != 0)
        put_label_line(graph, "#111827", "also on silent cameras");
    if (failover->model->disabled)
        put_label_line(graph, ALARM, "disabled");
}

/* Of two failovers between the same servers, the way of the second one does not place them. */
static bool is_way_back(const struct resolved *resolved, const struct resolved_failover *failover)
{
    const struct resolved_list *watchers = &resolved->servers[failover->standby].watchers;
    for (uint32_t i = 0; i < watchers->count; i++)
        if (resolved->failovers[watchers->items[i]].standby == failover->monitor)
            return failover->monitor > failover->standby;
    return false;
}

static void put_failover(const struct graph *graph, uint32_t index)
{
    const struct resolved_failover *failover = &graph->resolved->failovers[index];
    uint32_t box = graph->box_of[failover->monitor];
    if (graph->members[graph->box_first[box]].server != failover->monitor)
        return; /* another main of the box stands for it */
    uint32_t size = graph_box_size(graph, box);
    fprintf(graph->out,
            "  s%" PRIu32 " -> s%" PRIu32 " [color=\"%s\", style=%s, weight=8, constraint=%s, "
            "tooltip=",
            box, graph->box_of[failover->standby],
            failover->model->disabled ? FAINT : roles[ROLE_STANDBY].line,
            is_manual(failover) ? "dashed" : "solid",
            is_way_back(graph->resolved, failover) ? "false" : "true");
    dot_string(graph->out, failover->model->name);
    fputs(", label=<", graph->out);
    put_label_line(graph, FAINT,
                   size == 1 ? failover->model->name
                             : arena_format(graph->arena, "%" PRIu32 " failovers", size));
    put_conditions(graph, index);
    fputs(">]\n", graph->out);
}

/* ---- the limits, and what the picture means ---- */

static void put_manager(const struct graph *graph, uint32_t index)
{
    const struct resolved *resolved = graph->resolved;
    const struct resolved_manager *manager = &resolved->managers[index];
    fprintf(graph->out,
            "  m%" PRIu32 " [shape=note, style=filled, fillcolor=\"#fefce8\", color=\"#a16207\", "
            "tooltip=",
            index);
    dot_string(graph->out, manager->model->name);
    fputs(", label=<<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">", graph->out);
    put_row(graph, NULL, "<B>", manager->model->name, "</B>");
    put_row(graph, NULL, "",
            manager->model->max_running == 0
                ? "no limit"
                : arena_format(graph->arena, "at most %" PRId64 " failover%s at once",
                               manager->model->max_running,
                               plural((uint64_t)manager->model->max_running)),
            "");
    const char *host = resolved->servers[manager->host].model->name;
    put_row(
        graph, FAINT, "",
        arena_format(graph->arena,
                     manager->standby == IMAGE_NONE ? "in the whole site; counted by %s" : "on %s",
                     host),
        "");
    fprintf(graph->out,
            "</TABLE>>]\n  s%" PRIu32 " -> m%" PRIu32
            " [dir=none, style=dotted, color=\"#a16207\", tooltip=\"limit\"]\n",
            graph->box_of[manager->host], index);
}

static void put_legend(const struct graph *graph)
{
    const struct resolved *resolved = graph->resolved;
    char wait[QUANTITY_TEXT_BYTES];
    bool used[ROLE_COUNT] = {false};
    for (uint32_t i = 0; i < resolved->server_count; i++)
        used[graph_role(&resolved->servers[i])] = true;
    fputs("  label=<<TABLE BORDER=\"0\" CELLSPACING=\"4\"><TR><TD>", graph->out);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (used[role])
            fprintf(graph->out, "<FONT COLOR=\"%s\">\xe2\x96\xa0</FONT>&#160;%s &#160; ",
                    roles[role].line, roles[role].name);
    fprintf(graph->out, "<FONT COLOR=\"%s\">\xe2\x86\x92</FONT>&#160;failover</TD></TR><TR><TD>",
            roles[ROLE_STANDBY].line);
    dot_html(graph->out, emit_source_name(resolved));
    fprintf(graph->out,
            ": %" PRIu32 " server%s, %" PRIu32 " camera%s, %" PRIu32 " volume%s, %" PRIu32
            " failover%s. A silent server is noticed after %s.",
            resolved->server_count, plural(resolved->server_count), resolved->camera_count,
            plural(resolved->camera_count), resolved->volume_count, plural(resolved->volume_count),
            resolved->failover_count, plural(resolved->failover_count),
            quantity_text(QUANTITY_DURATION, resolved->site->heartbeat_ms * resolved->site->misses,
                          wait));
    if (graph->box_count < resolved->server_count)
        fputs("<BR/>A box with a double line stands for several mains of one standby that differ "
              "in their names and cameras only.",
              graph->out);
    fputs("</TD></TR></TABLE>>\n  labelloc=b\n", graph->out);
}

void graph_site(FILE *out, const struct resolved *resolved)
{
    assert(resolved->server_count > 0);
    struct graph graph = {.out = out,
                          .resolved = resolved,
                          .arena = resolved->model->arena,
                          .folded = resolved->server_count >= GRAPH_SERVERS_MAX};
    graph_find_boxes(&graph);
    dot_begin(out, "LR");
    for (uint32_t box = graph.box_count; box-- > 0;) /* Graphviz begins at the bottom */
        put_server(&graph, box);
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        put_failover(&graph, i);
    put_volumes(&graph);
    for (uint32_t i = 0; i < resolved->manager_count; i++)
        put_manager(&graph, i);
    put_legend(&graph);
    fputs("}\n", out);
}
