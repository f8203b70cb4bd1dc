#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "recorder/archive_command.h"
#include "recorder/confine.h"
#include "recorder/intake.h"
#include "recorder/volume_command.h"
#include "recorder/worker.h"

static const char help[] =
    "usage: understudy-recorder COMMAND ...\n"
    "\n"
    "  volume init DIR --name NAME    make DIR the volume NAME: only then is it recorded on\n"
    "  volume check DIR --name NAME   is DIR the volume NAME?\n"
    "  volume probe DIR               what a volume really does, and how long it takes\n"
    "  archive list VOLUME_DIR...     what was recorded, whoever recorded it; also gaps, play, "
    "export,\n"
    "                                 verify, fill, lock, unlock: archive --help\n"
    "  worker [--secrets FILE] [--clips DIR] [--volume DIR]...\n"
    "                                 records; started by understudy-node with its options, and "
    "kept to the volumes\n"
    "\n"
    "`understudy-recorder COMMAND --help` says more.\n"
    "Exit codes: 0 all well, 1 something is wrong in the archive, 2 wrong command line, 3 the "
    "system failed.\n";

static bool take_option(struct confine *confine, const char *name, const char *value)
{
    if (strcmp(name, "--secrets") == 0)
        confine->secrets = value;
    else if (strcmp(name, "--clips") == 0)
        confine->clips = value;
    else if (strcmp(name, "--volume") == 0 && confine->volume_count < CONFINE_PATHS_MAX)
        confine->volumes[confine->volume_count++] = value;
    else
        return false;
    return true;
}

static int worker_command(int count, char **arguments)
{
    struct confine confine = {.volume_count = 0};
    int i = 1;

    while (i + 1 < count && take_option(&confine, arguments[i], arguments[i + 1]))
        i += 2;
    if (i < count) {
        fprintf(stderr,
                "understudy-recorder: `worker` takes --secrets FILE, --clips DIR and --volume DIR, "
                "not %s\n",
                arguments[i]);
        return 2;
    }
    intake_setup(confine.secrets, confine.clips);
    return worker_run(&confine);
}

static const struct {
    const char *name;
    int (*run)(int count, char **arguments);
} commands[] = {
    {"worker", worker_command}, {"archive", archive_command}, {"volume", volume_command}};

int main(int count, char **arguments)
{
    if (count == 2 && (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0)) {
        fputs(help, stdout);
        return 0;
    }
    for (size_t i = 0; count > 1 && i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(arguments[1], commands[i].name) == 0)
            return commands[i].run(count - 1, arguments + 1);
    if (count > 1)
        fprintf(stderr, "understudy-recorder: there is no command %s\n\n", arguments[1]);
    fputs(help, stderr);
    return 2;
}
