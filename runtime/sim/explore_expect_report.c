#include <jansson.h>
#include <stdlib.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore_expect.h"
#include "runtime/sim/label.h"

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static void print_verdict(FILE *out, const struct expect_run *run,
                          const struct expect_options *options)
{
    if (run->own_fault != NULL)
        fputs("Understudy itself does something wrong: that is a fault of Understudy.\n", out);
    if (run->broken > 0)
        fprintf(out, "%u of %u expectations can be broken by up to %u fault%s and their repairs.\n",
                run->broken, run->verdict_count, options->faults, plural(options->faults));
    else if (run->complete)
        fprintf(out,
                "What is expected holds in every order of up to %u fault%s and their repairs.\n",
                options->faults, plural(options->faults));
    else
        fputs("Nothing that is expected was broken by what was tried.\n", out);
    if (!run->complete && run->faults > 0)
        fprintf(out, "Not complete: the time ran out; all orders of up to %u fault%s were tried.\n",
                run->faults, plural(run->faults));
    else if (!run->complete)
        fputs("Not complete: the time ran out before every single fault was tried.\n", out);
}

void expect_report(FILE *out, const struct expect_run *run, const struct expect_options *options,
                   bool outages)
{
    print_verdict(out, run, options);
    fprintf(out, "\n  orders  %llu, each of them once for each of its times\n\n",
            (unsigned long long)run->orders);
    for (uint32_t i = 0; i < run->verdict_count; i++) {
        const struct expect_verdict *verdict = &run->verdicts[i];
        char *text = label_new(script_text(run->script, verdict->expect->text));
        if (verdict->broken)
            fprintf(out, "  BROKEN  %s   by %u fault%s: found %s\n", text, verdict->faults,
                    plural(verdict->faults), verdict->found);
        else
            fprintf(out, "  held    %s\n", text);
        free(text);
    }
    for (uint32_t i = 0; outages && i < run->verdict_count; i++)
        if (run->verdicts[i].broken)
            fprintf(out, "\n%s", run->verdicts[i].story);
    if (run->own_fault != NULL)
        fprintf(out, "\n%s", run->own_fault);
}

static json_t *verdict_json(const struct expect_run *run, const struct expect_verdict *verdict)
{
    char *text = label_new(script_text(run->script, verdict->expect->text));
    char *name = label_new(script_text(run->script, verdict->outage->name));
    json_t *object = json_pack(
        "{s:s, s:s, s:b, s:s?, s:o, s:s?}", "of", name, "text", text, "held", !verdict->broken,
        "found", verdict->broken ? verdict->found : NULL, "faults",
        verdict->broken ? json_integer(verdict->faults) : json_null(), "outage", verdict->story);
    free(name);
    free(text);
    if (object == NULL)
        array_no_memory();
    return object;
}

void expect_json(FILE *out, const struct expect_run *run, const struct expect_options *options)
{
    json_t *expectations = json_array();
    for (uint32_t i = 0; i < run->verdict_count; i++)
        json_array_append_new(expectations, verdict_json(run, &run->verdicts[i]));
    json_t *object = json_pack(
        "{s:I, s:I, s:b, s:I, s:s?, s:o}", "faults", (json_int_t)options->faults, "orders",
        (json_int_t)run->orders, "complete", run->complete, "complete_faults",
        (json_int_t)run->faults, "own_fault", run->own_fault, "expectations", expectations);
    if (object == NULL || json_dumpf(object, out, JSON_INDENT(2)) != 0)
        array_no_memory();
    fputc('\n', out);
    json_decref(object);
}
