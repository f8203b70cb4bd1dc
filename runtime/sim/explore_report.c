#include <jansson.h>
#include <stdlib.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/label.h"

const char *explore_property_name(enum board_property property)
{
#define X(symbol, name, text) name,
    static const char *const names[] = {BOARD_PROPERTIES(X)};
#undef X
    return names[property];
}

const char *explore_property_text(enum board_property property)
{
#define X(symbol, name, text) text,
    static const char *const texts[] = {BOARD_PROPERTIES(X)};
#undef X
    return texts[property];
}

/* ---- text ---- */

static uint32_t count_broken(const struct exploration *exploration)
{
    uint32_t count = 0;
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
        count += exploration->traces[p].broken;
    return count;
}

static void print_verdict(FILE *out, const struct exploration *exploration)
{
    const uint32_t faults = exploration->faults;
    const uint32_t broken = count_broken(exploration);
    char orders[64] = "one fault and its repair";
    if (faults > 1)
        snprintf(orders, sizeof orders, "up to %u faults and their repairs", faults);
    if (broken > 0)
        fprintf(out, "%u of %d properties can be broken by %s: that is a fault of Understudy.\n",
                broken, BOARD_PROPERTY_COUNT, orders);
    else if (exploration->complete)
        fprintf(out, "All %d properties hold in every order of %s.\n", BOARD_PROPERTY_COUNT,
                orders);
    else
        fprintf(out, "No property was broken by what was tried of %s; not everything was tried.\n",
                orders);
    if (exploration->acts != EXPLORE_ACTS) {
        char acts[TEXT_BYTES_MAX];
        explore_name_acts(exploration->acts, acts, sizeof acts);
        fprintf(out, "The only faults were %s (--acts).\n", acts);
    }
    if (exploration->prompt)
        fputs("Words between servers were not slow (--prompt).\n", out);
    if (!exploration->complete)
        fprintf(out, "Not complete: %s.\n", exploration->unready);
    if (!exploration->complete && exploration->complete_faults > 0)
        fprintf(out, "All orders of up to %u fault%s were tried before.\n",
                exploration->complete_faults, exploration->complete_faults == 1 ? "" : "s");
}

static void print_property(FILE *out, const struct explore_trace *trace,
                           enum board_property property)
{
    fprintf(out, "  %-6s  %-33s %s\n", trace->broken ? "BROKEN" : "held",
            explore_property_name(property), explore_property_text(property));
    if (!trace->broken)
        return;
    char *text = label_new(trace->text);
    fprintf(out, "          after %zu steps: %s\n", trace->count, text);
    free(text);
}

void explore_report(FILE *out, struct exploration *exploration, const struct deployment *deployment,
                    bool outages)
{
    print_verdict(out, exploration);
    fprintf(out, "\n  states       %zu\n  transitions  %llu\n  depth        %u\n",
            exploration->visited.count, (unsigned long long)exploration->transitions,
            exploration->depth);
    if (exploration->board.image->cameras.count < exploration->camera_count)
        fprintf(out, "  cameras      %u stand for %u: of those that are alike, %s\n",
                exploration->board.image->cameras.count, exploration->camera_count,
                exploration->single ? "one" : "two");
    fputc('\n', out);
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
        print_property(out, &exploration->traces[p], (enum board_property)p);
    for (int p = 0; outages && p < BOARD_PROPERTY_COUNT; p++) {
        if (!exploration->traces[p].broken)
            continue;
        char *text = explore_outage(exploration, deployment, (enum board_property)p);
        fprintf(out, "\n%s", text);
        free(text);
    }
}

/* ---- JSON ---- */

static json_t *property_json(struct exploration *exploration, const struct deployment *deployment,
                             enum board_property property)
{
    const struct explore_trace *trace = &exploration->traces[property];
    char *text = trace->broken ? label_new(trace->text) : NULL;
    char *outage = trace->broken ? explore_outage(exploration, deployment, property) : NULL;
    json_t *object = json_pack("{s:s, s:b, s:s?, s:s?}", "name", explore_property_name(property),
                               "held", !trace->broken, "found", text, "outage", outage);
    free(outage);
    free(text);
    if (object == NULL)
        array_no_memory();
    return object;
}

void explore_json(FILE *out, struct exploration *exploration, const struct deployment *deployment)
{
    json_t *properties = json_array();
    for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
        json_array_append_new(properties,
                              property_json(exploration, deployment, (enum board_property)p));
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:s?, s:o}", "faults",
        (json_int_t)exploration->faults, "complete_faults",
        (json_int_t)exploration->complete_faults, "states", (json_int_t)exploration->visited.count,
        "transitions", (json_int_t)exploration->transitions, "depth",
        (json_int_t)exploration->depth, "cameras", (json_int_t)exploration->camera_count,
        "cameras_explored", (json_int_t)exploration->board.image->cameras.count, "prompt",
        exploration->prompt, "complete", exploration->complete, "incomplete_because",
        exploration->unready, "properties", properties);
    if (object == NULL || json_dumpf(object, out, JSON_INDENT(2)) != 0)
        array_no_memory();
    fputc('\n', out);
    json_decref(object);
}
