/* understudy archive: the recorder's program does the work and knows only folders; a deployment
 * among the arguments is replaced here by those of its volumes that this machine can see. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/front.h"
#include "compiler/program.h"
#include "runtime/deployment.h"

struct arguments {
    const char **items;
    size_t count;
    size_t room;
};

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Adds the paths of the volumes that are there; returns an exit code. */
static int add_volumes(struct arguments *to, const char *path)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(path, error);
    if (deployment == NULL)
        return front_failed("%s", error);
    const struct image *image = deployment_image(deployment);
    to->room += image->volumes.count;
    const char **larger = realloc(to->items, to->room * sizeof *to->items);
    if (larger == NULL)
        return front_failed("there is not enough memory");
    to->items = larger;
    size_t before = to->count;
    for (uint32_t i = 0; i < image->volumes.count; i++) {
        const char *volume = image_text(image, image_volumes(image)[i].path);
        if (is_folder(volume))
            to->items[to->count++] = volume; /* the deployment stays loaded */
    }
    if (to->count == before)
        return front_failed("none of the volumes of %s is on this machine", path);
    return EXIT_FINE;
}

/* Is this word the value of the option before it? */
static bool is_value(const char *before)
{
    static const char *const without[] = {"--json", "--fail", "--repair", "--check", "--help"};

    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (strcmp(before, without[i]) == 0)
            return false;
    return before[0] == '-';
}

int verb_archive(int argc, char **argv)
{
    struct arguments arguments = {.room = (size_t)argc + 2};
    int exit_code = EXIT_FINE;

    arguments.items = malloc(arguments.room * sizeof *arguments.items);
    if (arguments.items == NULL)
        return front_failed("there is not enough memory");
    arguments.items[arguments.count++] = NULL; /* the program's path goes here */
    arguments.items[arguments.count++] = "archive";
    for (int i = 1; i < argc && exit_code == EXIT_FINE; i++) {
        if (argv[i][0] != '-' && !is_value(argv[i - 1]) && front_is_deployment(argv[i])) {
            exit_code = add_volumes(&arguments, argv[i]);
            continue;
        }
        arguments.items[arguments.count++] = argv[i];
    }
    if (exit_code == EXIT_FINE) {
        arguments.items[arguments.count] = NULL;
        exit_code = program_become("understudy-recorder", arguments.items);
    }
    free(arguments.items);
    return exit_code;
}
