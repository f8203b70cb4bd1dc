#include "recorder/volume_command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/volume.h"

static const char help[] =
    "usage: understudy-recorder volume init DIR --name NAME\n"
    "       understudy-recorder volume check DIR --name NAME\n"
    "\n"
    "init writes the marker file " VOLUME_MARKER
    " into DIR, so that it is known for the volume NAME of the topology.\n"
    "Mount a NAS first: a directory without its marker is never recorded on, so that a NAS that is "
    "not there\n"
    "does not fill the disk under its mount point. check says whether DIR is that volume.\n";

static int init(const char *directory, const char *name)
{
    char cause[RECORDER_CAUSE_MAX];

    if (!volume_init(directory, name, cause)) {
        fprintf(stderr, "understudy-recorder: %s\n", cause);
        return 1;
    }
    printf("%s is volume %s\n", directory, name);
    return 0;
}

static int check(const char *directory, const char *name)
{
    char cause[RECORDER_CAUSE_MAX];
    int opened = volume_open(directory, name, cause);

    if (opened < 0) {
        fprintf(stderr, "understudy-recorder: %s\n", cause);
        return 1;
    }
    close(opened);
    printf("%s is volume %s\n", directory, name);
    return 0;
}

static int wrong(const char *what)
{
    fprintf(stderr, "understudy-recorder: %s\n\n%s", what, help);
    return 2;
}

int volume_command(int count, char **arguments)
{
    const char *directory = NULL, *name = NULL;
    bool is_init = count > 1 && strcmp(arguments[1], "init") == 0;

    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    if (count < 2 || (!is_init && strcmp(arguments[1], "check") != 0))
        return wrong("volume: init or check?");
    for (int i = 2; i < count; i++) {
        if (strcmp(arguments[i], "--name") == 0 && i + 1 < count)
            name = arguments[++i];
        else if (arguments[i][0] == '-' || directory != NULL)
            return wrong("volume: one DIR and one --name NAME are expected");
        else
            directory = arguments[i];
    }
    if (directory == NULL || name == NULL)
        return wrong("volume: one DIR and one --name NAME are expected");
    if (!volume_is_name(name))
        return wrong("volume: a name has 1 to 63 characters, without spaces and slashes, and "
                     "begins with no dot");
    return is_init ? init(directory, name) : check(directory, name);
}
