/* understudy plan: what a new topology changes. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "compiler/difference.h"
#include "compiler/emit.h"
#include "compiler/front.h"
#include "compiler/topology.h"
#include "compiler/unpack.h"
#include "runtime/deployment.h"

#define NAMES_SHOWN_MAX 8  /* of the cameras that a failover gains or loses */
#define ALIKE_SHOWN_MAX 12 /* of the cameras that are added, or removed */

/* One of the two, a topology or a deployment. */
struct subject {
    const char *path;
    struct topology topology; /* if it is one */
    struct model unpacked;    /* otherwise */
    struct resolved resolved;
    const struct image *image;
};

/* ---- reading ---- */

static int open_deployment(struct subject *subject, struct arena *arena)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(subject->path, error);
    if (deployment == NULL)
        return front_failed("%s", error);
    subject->image = deployment_image(deployment);
    unpack_deployment(deployment, arena, &subject->unpacked, &subject->resolved);
    return EXIT_FINE;
}

static int open_topology(struct subject *subject)
{
    struct plan plan;
    struct topology *topology = &subject->topology;
    topology_load(topology, subject->path, false);
    if (topology->exit_code != EXIT_FINE) {
        topology_print_findings(topology); /* warnings are for check to tell */
        fprintf(stderr, "understudy: %s is not sound, so nothing was compared\n", subject->path);
        return topology->exit_code;
    }
    subject->resolved = topology->resolved;
    plan_topology(&subject->resolved, &plan);
    subject->image = emit_image(&subject->resolved, &plan);
    return EXIT_FINE;
}

static int open_subject(struct subject *subject, struct arena *arena)
{
    return front_is_deployment(subject->path) ? open_deployment(subject, arena)
                                              : open_topology(subject);
}

static bool is_same_deployment(const struct subject subjects[2])
{
    return memcmp(subjects[0].image->hash, subjects[1].image->hash,
                  sizeof subjects[0].image->hash) == 0;
}

/* ---- for people ---- */

static bool is_same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void put_names(const char *what, const struct difference_names *names)
{
    for (size_t i = 0; i < names->count && i < NAMES_SHOWN_MAX; i++)
        printf("%s%s", i == 0 ? what : ", ", names->names[i]);
    if (names->count > NAMES_SHOWN_MAX)
        printf(" and %zu more", names->count - NAMES_SHOWN_MAX);
}

static void put_changed_field(const struct difference_field *field)
{
    printf("    %s: ", field->field);
    if (is_same_text(field->from, field->to))
        fputs(field->to, stdout);
    else
        printf("%s -> %s", field->from == NULL ? "none" : field->from,
               field->to == NULL ? "none" : field->to);
    put_names("; gains ", &field->gained);
    put_names("; loses ", &field->lost);
    putchar('\n');
}

static void put_difference(const struct difference *difference)
{
    static const char signs[] = {'+', '-', '~'};
    const char *of = strcmp(difference->kind, "worst_case") == 0 ? " of " : " ";
    printf("%c %s%s%s", signs[difference->what], difference->kind,
           *difference->name == '\0' ? "" : of, difference->name);
    if (difference->what == DIFFERENCE_CHANGED) {
        putchar('\n');
        for (size_t i = 0; i < difference->field_count; i++)
            put_changed_field(&difference->fields[i]);
        return;
    }
    for (size_t i = 0; i < difference->field_count; i++) {
        const struct difference_field *field = &difference->fields[i];
        printf("%s%s %s", i == 0 ? ": " : ", ", field->field,
               field->to == NULL ? field->from : field->to);
    }
    putchar('\n');
}

/* Long rows of cameras that come or go are cut short. */
static size_t alike_behind(const struct differences *differences, size_t at)
{
    const struct difference *first = &differences->items[at];
    size_t count = 0;
    if (first->what == DIFFERENCE_CHANGED || strcmp(first->kind, "camera") != 0)
        return 0;
    while (at + count < differences->count && differences->items[at + count].what == first->what &&
           strcmp(differences->items[at + count].kind, first->kind) == 0)
        count++;
    return count;
}

static void put_text(const struct subject subjects[2], const struct differences *differences)
{
    char hashes[2][13];
    image_short_hash(subjects[0].image, hashes[0]);
    image_short_hash(subjects[1].image, hashes[1]);
    size_t shown = 0;
    for (size_t i = 0; i < differences->count; i++) {
        size_t alike = alike_behind(differences, i);
        shown = alike > 0 ? shown + 1 : 0;
        put_difference(&differences->items[i]);
        if (shown == ALIKE_SHOWN_MAX && alike > 1) {
            printf("%c and %zu cameras more\n",
                   differences->items[i].what == DIFFERENCE_ADDED ? '+' : '-', alike - 1);
            i += alike - 1;
            shown = 0;
        } else if (alike == 1) {
            shown = 0;
        }
    }
    if (is_same_deployment(subjects))
        printf("nothing changes: both are deployment %s\n", hashes[1]);
    else if (differences->count == 0)
        printf("deployment %s -> %s: only the order of declarations changes\n", hashes[0],
               hashes[1]);
    else
        printf("deployment %s -> %s: %zu difference%s\n", hashes[0], hashes[1], differences->count,
               differences->count == 1 ? "" : "s");
}

/* ---- for programs ---- */

static json_t *json_of_names(const struct difference_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(list, json_string(names->names[i]));
    return list;
}

static json_t *json_of_field(const struct difference_field *field)
{
    json_t *object =
        json_pack("{s:s, s:s?, s:s?}", "field", field->field, "from", field->from, "to", field->to);
    if (field->gained.count > 0)
        json_object_set_new(object, "gained", json_of_names(&field->gained));
    if (field->lost.count > 0)
        json_object_set_new(object, "lost", json_of_names(&field->lost));
    return object;
}

static json_t *json_of_difference(const struct difference *difference)
{
    static const char *const whats[] = {"added", "removed", "changed"};
    json_t *fields = json_array();
    for (size_t i = 0; i < difference->field_count; i++)
        json_array_append_new(fields, json_of_field(&difference->fields[i]));
    return json_pack("{s:s, s:s, s:s, s:o}", "change", whats[difference->what], "kind",
                     difference->kind, "name", difference->name, "fields", fields);
}

static int print_json(const struct subject subjects[2], const struct differences *differences)
{
    char hashes[2][13];
    json_t *list = json_array();
    for (int i = 0; i < 2; i++)
        image_short_hash(subjects[i].image, hashes[i]);
    for (size_t i = 0; i < differences->count; i++)
        json_array_append_new(list, json_of_difference(&differences->items[i]));
    json_t *whole =
        json_pack("{s:s, s:s, s:b, s:o}", "old", hashes[0], "new", hashes[1], "same_deployment",
                  (int)is_same_deployment(subjects), "differences", list);
    if (whole == NULL || json_dumpf(whole, stdout, JSON_INDENT(2)) != 0)
        return front_failed("the result cannot be written");
    putchar('\n');
    json_decref(whole);
    return EXIT_FINE;
}

/* ---- the verb ---- */

static int plan(struct subject subjects[2], struct arena *arena, bool json)
{
    struct differences differences;
    for (int i = 0; i < 2; i++) {
        int exit_code = open_subject(&subjects[i], arena);
        if (exit_code != EXIT_FINE)
            return exit_code;
    }
    difference_find(&subjects[0].resolved, &subjects[1].resolved, arena, &differences);
    if (json)
        return print_json(subjects, &differences);
    put_text(subjects, &differences);
    return EXIT_FINE;
}

int verb_plan(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
    bool json = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("plan", "that is no option of this verb");
        json = true;
    }
    if (argc - optind != 2)
        return front_misused("plan", "the old and the new topology or deployment are needed");
    struct subject subjects[2] = {{.path = argv[optind]}, {.path = argv[optind + 1]}};
    struct arena *arena = arena_new();
    int exit_code = plan(subjects, arena, json);
    for (int i = 0; i < 2; i++)
        if (subjects[i].topology.arena != NULL)
            topology_free(&subjects[i].topology);
    arena_free(arena);
    return exit_code;
}
