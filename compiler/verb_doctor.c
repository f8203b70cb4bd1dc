/* understudy doctor: what this machine lacks, each with what to do. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/doctor.h"
#include "compiler/front.h"
#include "runtime/deployment.h"

struct doctor_options {
    const char *server, *deployment, *state, *keys, *secrets;
    bool json;
};

static int read_options(int argc, char **argv, struct doctor_options *options)
{
    static const struct option known[] = {
        {"server", required_argument, NULL, 's'}, {"state", required_argument, NULL, 'd'},
        {"keys", required_argument, NULL, 'k'},   {"secrets", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (option) {
        case 's':
            options->server = optarg;
            break;
        case 'd':
            options->state = optarg;
            break;
        case 'k':
            options->keys = optarg;
            break;
        case 'c':
            options->secrets = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        default:
            return EXIT_USAGE;
        }
    options->deployment = argv[optind];
    if (argc - optind > 1)
        return front_misused("doctor", "one DEPLOYMENT at most is expected");
    if ((options->server == NULL) != (options->deployment == NULL))
        return front_misused("doctor", "a DEPLOYMENT and --server NAME belong together");
    if (options->keys != NULL && options->server == NULL)
        return front_misused("doctor", "--keys needs --server NAME and a DEPLOYMENT");
    return EXIT_FINE;
}

static int open_server(const struct doctor_options *options, struct doctor_patient *patient)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(options->deployment, error);
    if (deployment == NULL)
        return front_failed("%s", error);
    patient->image = deployment_image(deployment);
    patient->server = image_find_server(patient->image, options->server);
    if (patient->server == IMAGE_NONE)
        return front_misused("doctor", "the deployment has no server \"%s\"", options->server);
    return EXIT_FINE;
}

/* What is to be looked at, by what is known of this machine. */
static size_t plan_visits(const struct doctor_patient *patient, struct doctor_visit *visits)
{
    size_t count = 0;
    visits[count++] = (struct doctor_visit){"kernel", doctor_kernel, 0};
    visits[count++] = (struct doctor_visit){"limits", doctor_limits, 0};
    visits[count++] = (struct doctor_visit){"clock", doctor_clock, 0};
    if (patient->image == NULL && patient->state == NULL) {
        static const char *const tools[] = {"ragel", "gcc", "dot"};
        for (uint32_t i = 0; i < 3; i++)
            visits[count++] = (struct doctor_visit){tools[i], doctor_compiler, i};
    } else {
        visits[count++] = (struct doctor_visit){"recording", doctor_recorder, 0};
    }
    if (patient->state != NULL)
        visits[count++] = (struct doctor_visit){"state", doctor_state, 0};
    if (patient->secrets != NULL)
        visits[count++] = (struct doctor_visit){"secrets", doctor_secrets, 0};
    if (patient->image == NULL)
        return count;
    if (patient->state != NULL || patient->keys != NULL)
        visits[count++] = (struct doctor_visit){"keys", doctor_keys, 0};
    visits[count++] = (struct doctor_visit){"address", doctor_address, 0};
    visits[count++] = (struct doctor_visit){"peers", doctor_peers, 0};
    visits[count++] = (struct doctor_visit){"memory", doctor_memory, 0};
    const struct image_list volumes = image_servers(patient->image)[patient->server].volumes;
    for (uint32_t i = 0; i < volumes.count; i++) {
        const uint32_t volume = image_numbers(patient->image)[volumes.first + i];
        visits[count++] = (struct doctor_visit){
            image_text(patient->image, image_volumes(patient->image)[volume].name), doctor_volume,
            i};
    }
    return count;
}

static void print_findings(const struct doctor_finding *findings, size_t count,
                           const size_t counts[static DOCTOR_GRADE_COUNT])
{
    static const char *const grades[] = {"ok", "note", "WRONG"};
    if (counts[DOCTOR_WRONG] == 0 && counts[DOCTOR_NOTE] == 0)
        printf("Nothing is wrong.\n\n");
    else
        printf("%zu wrong, %zu to be noted.\n\n", counts[DOCTOR_WRONG], counts[DOCTOR_NOTE]);
    for (size_t i = 0; i < count; i++) {
        printf("  %-5s  %-16s %s\n", grades[findings[i].grade], findings[i].subject,
               findings[i].text);
        if (findings[i].advice[0] != '\0')
            printf("         %-16s do: %s\n", "", findings[i].advice);
    }
}

static void print_json(const struct doctor_finding *findings, size_t count,
                       const size_t counts[static DOCTOR_GRADE_COUNT])
{
    static const char *const grades[] = {"fine", "note", "wrong"};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s}", "grade", grades[findings[i].grade],
                                        "subject", findings[i].subject, "text", findings[i].text,
                                        "advice", findings[i].advice));
    json_t *report = json_pack("{s:I, s:I, s:o}", "wrong", (json_int_t)counts[DOCTOR_WRONG],
                               "notes", (json_int_t)counts[DOCTOR_NOTE], "findings", list);
    json_dumpf(report, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(report);
}

int verb_doctor(int argc, char **argv)
{
    static struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    struct doctor_options options = {0};
    struct doctor_visit visits[32];
    size_t counts[DOCTOR_GRADE_COUNT] = {0};
    int exit_code = read_options(argc, argv, &options);
    struct doctor_patient patient = {
        .state = options.state, .keys = options.keys, .secrets = options.secrets};
    if (exit_code == EXIT_FINE && options.deployment != NULL)
        exit_code = open_server(&options, &patient);
    if (exit_code != EXIT_FINE)
        return exit_code;
    const size_t count = doctor_visit(&patient, visits, plan_visits(&patient, visits), findings);
    for (size_t i = 0; i < count; i++)
        counts[findings[i].grade]++;
    if (options.json)
        print_json(findings, count, counts);
    else
        print_findings(findings, count, counts);
    return counts[DOCTOR_WRONG] > 0 ? EXIT_MATTER : EXIT_FINE;
}
