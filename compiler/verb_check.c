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

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static void print_loads(const struct topology *topology)
{
    struct check_load *loads;
    size_t count = check_loads(&topology->resolved, &loads);
    for (size_t i = 0; i < count; i++) {
        report_load(stdout, &topology->resolved, &loads[i]);
        putchar('\n');
    }
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

static json_t *json_of_load(const struct topology *topology, const struct check_load *load)
{
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I}", "name", topology->resolved.servers[load->server].model->name,
        "worst_mains", (json_int_t)load->worst_mains, "worst_cameras",
        (json_int_t)load->worst_cameras, "worst_network_bps", (json_int_t)load->worst_network_bps,
        "capacity_network_bps", (json_int_t)load->capacity_network_bps);
}

static int print_json(const struct topology *topology, bool strict)
{
    json_t *errors = diag_json(topology->diag, true, dsl_locate);
    json_t *warnings = diag_json(topology->diag, false, dsl_locate);
    json_t *standbys = json_array();
    if (strict) {
        json_array_extend(errors, warnings);
        json_array_clear(warnings);
    }
    struct check_load *loads;
    size_t count = topology->exit_code == EXIT_FINE ? check_loads(&topology->resolved, &loads) : 0;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(standbys, json_of_load(topology, &loads[i]));
    json_t *whole =
        json_pack("{s:o, s:o, s:o}", "errors", errors, "warnings", warnings, "standbys", standbys);
    if (whole == NULL || json_dumpf(whole, stdout, JSON_INDENT(2)) != 0)
        return front_failed("the result cannot be written");
    putchar('\n');
    json_decref(whole);
    return topology->exit_code;
}

int verb_check(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"strict", no_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
    bool json = false;
    bool strict = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("check", "that is no option of this verb");
        json = json || option == 'j';
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
            print_loads(&topology);
        print_verdict(&topology);
    }
    topology_free(&topology);
    return exit_code;
}
