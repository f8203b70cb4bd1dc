/* understudy check: all that is wrong or unwise in a topology, and what each standby may have to
 * carry. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "compiler/check.h"
#include "compiler/front.h"
#include "compiler/report.h"
#include "compiler/topology.h"
#include "dsl/dsl.h"

#define LINES_SHOWN_MAX 3 /* of take-overs, of standbys, and of each kind of note */

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static void print_verdict(const struct topology *topology)
{
    int errors = diag_error_count(topology->diag);
    int warnings = diag_warning_count(topology->diag);
    const char *source = topology->model.source;
    if (topology->exit_code == EXIT_SYSTEM)
        printf("%s: not checked\n", source);
    else if (topology->exit_code == EXIT_FINE && warnings == 0)
        printf("%s: sound\n", source);
    else if (topology->exit_code == EXIT_FINE)
        printf("%s: sound, with %d warning%s\n", source, warnings, plural(warnings));
    else if (errors == 0)
        printf("%s: not sound: %d warning%s, which --strict counts as errors\n", source, warnings,
               plural(warnings));
    else
        printf("%s: not sound: %d error%s, %d warning%s\n", source, errors, plural(errors),
               warnings, plural(warnings));
}

static json_t *json_of_names(const struct resolved *resolved, const uint32_t *servers, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(resolved->servers[servers[i]].model->name));
    return names;
}

static json_t *json_of_loads(const struct resolved *resolved)
{
    json_t *standbys = json_array();
    struct check_load *loads;
    size_t count = check_loads(resolved, &loads);
    for (size_t i = 0; i < count; i++) {
        const struct check_load *load = &loads[i];
        json_array_append_new(
            standbys, json_pack("{s:s, s:I, s:I, s:o, s:I, s:o, s:I, s:I, s:I, s:I}", "name",
                                resolved->servers[load->server].model->name, "worst_mains",
                                (json_int_t)load->worst_mains, "worst_cameras",
                                (json_int_t)load->worst_cameras, "worst_cameras_with",
                                json_of_names(resolved, load->most_cameras, load->worst_mains),
                                "worst_network_bps", (json_int_t)load->worst_network_bps,
                                "worst_network_with",
                                json_of_names(resolved, load->most_network, load->worst_mains),
                                "worst_write_bps", (json_int_t)load->worst_write_bps,
                                "capacity_cameras", (json_int_t)load->capacity_cameras,
                                "capacity_network_bps", (json_int_t)load->capacity_network_bps,
                                "capacity_write_bps", (json_int_t)load->capacity_write_bps));
    }
    return standbys;
}

/* A gap that there is none of is null. */
static json_t *json_of_gap(int64_t gap_ms)
{
    return gap_ms < 0 ? json_null() : json_integer(gap_ms);
}

static const char *manager_name(const struct resolved *resolved, uint32_t manager)
{
    return manager == IMAGE_NONE ? NULL : resolved->managers[manager].model->name;
}

static json_t *json_of_takeovers(const struct resolved *resolved)
{
    json_t *takeovers = json_array();
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        struct check_takeover takeover = check_takeover(resolved, i);
        json_array_append_new(
            takeovers,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:b, s:s?, s:s?}",
                      "failover", resolved->failovers[i].model->name, "worst_ms",
                      (json_int_t)takeover.worst_ms, "detection_ms",
                      (json_int_t)takeover.detection_ms, "wait_ms", (json_int_t)takeover.wait_ms,
                      "claim_ms", (json_int_t)takeover.claim_ms, "lease_ms",
                      (json_int_t)takeover.lease_ms, "start_ms", (json_int_t)takeover.start_ms,
                      "cold_gap_ms", json_of_gap(takeover.cold_gap_ms), "warm_gap_ms",
                      json_of_gap(takeover.warm_gap_ms), "hot_gap_ms",
                      json_of_gap(takeover.hot_gap_ms), "disabled", (int)takeover.disabled,
                      "queues_for", manager_name(resolved, takeover.manager), "queues_also_for",
                      manager_name(resolved, takeover.own_manager)));
    }
    return takeovers;
}

static json_t *json_of_notes(const struct resolved *resolved)
{
    json_t *array = json_array();
    struct check_note *notes;
    size_t count = check_notes(resolved, &notes);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_pack("{s:s, s:s}", "code", diag_name(notes[i].code),
                                               "text", notes[i].text));
    return array;
}

static int print_json(const struct topology *topology, bool strict)
{
    json_t *errors = diag_json(topology->diag, true, dsl_locate);
    json_t *warnings = diag_json(topology->diag, false, dsl_locate);
    if (strict) {
        json_array_extend(errors, warnings);
        json_array_clear(warnings);
    }
    bool sound = topology->exit_code == EXIT_FINE;
    const struct resolved *resolved = &topology->resolved;
    /* Of very many, the first are listed: the counts are those of all. */
    int error_count = diag_error_count(topology->diag);
    int warning_count = diag_warning_count(topology->diag);
    json_t *whole = json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "error_count",
                              strict ? error_count + warning_count : error_count, "warning_count",
                              strict ? 0 : warning_count, "errors", errors, "warnings", warnings,
                              "standbys", sound ? json_of_loads(resolved) : json_array(),
                              "takeovers", sound ? json_of_takeovers(resolved) : json_array(),
                              "notes", sound ? json_of_notes(resolved) : json_array());
    if (whole == NULL || json_dumpf(whole, stdout, JSON_INDENT(2)) != 0)
        return front_failed("the result cannot be written");
    putchar('\n');
    json_decref(whole);
    return topology->exit_code;
}

int verb_check(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"strict", no_argument, NULL, 's'},
                                            {"all", no_argument, NULL, 'a'},
                                            {NULL, 0, NULL, 0}};
    bool json = false;
    bool all = false;
    bool strict = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("check", "that is no option of this verb");
        json = json || option == 'j';
        all = all || option == 'a';
        strict = strict || option == 's';
    }
    if (argc - optind != 1)
        return front_misused("check", "one topology is needed, %d were given", argc - optind);

    struct topology topology;
    topology_load(&topology, argv[optind], strict);
    int exit_code = topology.exit_code;
    if (json) {
        exit_code = print_json(&topology, strict);
    } else {
        topology_print_findings(&topology);
        if (topology.exit_code == EXIT_FINE)
            report_findings(stdout, &topology.resolved, all ? 0 : LINES_SHOWN_MAX);
        print_verdict(&topology);
    }
    topology_free(&topology);
    return exit_code;
}
