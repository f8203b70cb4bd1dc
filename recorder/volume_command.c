#include "recorder/volume_command.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "recorder/volume_probe.h"

/* How long a volume may take to be probed before it counts as hanging, in seconds. */
#define PROBE_S 120
/* A volume that takes longer to make a picture durable costs more of the last second at a power
 * loss, and slows an armed take-over; microseconds. */
#define SLOW_US 200000
/* What memory holds of a rich camera is full after about so long; microseconds. */
#define TOO_SLOW_US 10000000

static const char help[] =
    "usage: understudy-recorder volume init DIR --name NAME\n"
    "       understudy-recorder volume check DIR --name NAME\n"
    "       understudy-recorder volume probe DIR [--json]\n"
    "\n"
    "init writes the marker file " VOLUME_MARKER
    " into DIR, so that it is known for the volume NAME of the topology.\n"
    "Mount a NAS first: a directory without its marker is never recorded on, so that a NAS that is "
    "not there\n"
    "does not fill the disk under its mount point. check says whether DIR is that volume.\n"
    "probe measures what the volume DIR really does: whether a file is made by one alone, locks "
    "hold, and how\n"
    "long a recorder waits until what it wrote is durable. It writes some 70 MiB and removes them; "
    "run it\n"
    "while nothing else is going on, and once more under load.\n";

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

/* ---- probe ---- */

static const char *const step_names[] = {
#define X(field, name, text) name,
    VOLUME_PROBE_STEPS(X)
#undef X
};

static const char *const step_texts[] = {
#define X(field, name, text) text,
    VOLUME_PROBE_STEPS(X)
#undef X
};

/* How long it takes until a picture that was written is durable, at the worst. */
static int64_t worst_us(const struct volume_probe *probe)
{
    return probe->steps[VOLUME_PROBE_write].max_us + probe->steps[VOLUME_PROBE_sync].max_us;
}

/* Whether it must not be recorded on as it is. */
static bool is_unfit(const struct volume_probe *probe)
{
    return !probe->exclusive || !probe->locks || !probe->fresh || worst_us(probe) > TOO_SLOW_US;
}

static void print_verdict(const struct volume_probe *probe)
{
    const struct {
        bool holds;
        const char *kind, *text;
    } verdicts[] = {
        {!probe->exclusive, "wrong",
         "several can make the same file exclusively: claims and segments of two servers may "
         "collide"},
        {!probe->locks, "wrong",
         "a lock does not keep other processes off: a recording that goes on may be taken for a "
         "left-over (NFS: mount it with local_lock=none)"},
        {!probe->spares, "note",
         "a rename cannot spare what is there: a look comes first instead, which is good enough "
         "unless two write in one directory, and they never do"},
        {!probe->fresh, "wrong",
         "another process does not see at once what was written: shared claims are judged late "
         "(NFS: mount it with actimeo=0 or lookupcache=none)"},
        {worst_us(probe) > TOO_SLOW_US, "wrong",
         "it stood still for over ten seconds: memory may be full before it goes on"},
        {worst_us(probe) > SLOW_US && worst_us(probe) <= TOO_SLOW_US, "note",
         "making a picture durable takes long at times: a power loss costs more than a second"},
    };

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
        if (verdicts[i].holds)
            printf("  %s: %s\n", verdicts[i].kind, verdicts[i].text);
}

static void print_probe(const char *name, const struct volume_probe *probe)
{
    printf("volume %s, on %s%s\n", name, probe->filesystem,
           probe->is_network ? ", a network file system" : "");
    printf("  %-22s %10s %10s %10s\n", "milliseconds", "median", "p99", "longest");
    for (int i = 0; i < VOLUME_PROBE_STEP_COUNT; i++)
        printf("  %-22s %10.2f %10.2f %10.2f\n", step_texts[i],
               (double)probe->steps[i].median_us / 1000, (double)probe->steps[i].p99_us / 1000,
               (double)probe->steps[i].max_us / 1000);
    printf("  64 MiB in a row: %.0f MB/s\n", (double)probe->bytes_per_s / 1e6);
}

static void print_json(const char *name, const struct volume_probe *probe)
{
    json_t *steps = json_object();
    json_t *report;

    for (int i = 0; i < VOLUME_PROBE_STEP_COUNT; i++)
        json_object_set_new(steps, step_names[i],
                            json_pack("{s:I, s:I, s:I}", "median_us",
                                      (json_int_t)probe->steps[i].median_us, "p99_us",
                                      (json_int_t)probe->steps[i].p99_us, "max_us",
                                      (json_int_t)probe->steps[i].max_us));
    report = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:o, s:I}", "volume", name,
                       "filesystem", probe->filesystem, "network", probe->is_network, "exclusive",
                       probe->exclusive, "locks", probe->locks, "spares", probe->spares, "fresh",
                       probe->fresh, "rounds", (int)probe->rounds, "steps", steps, "bytes_per_s",
                       (json_int_t)probe->bytes_per_s);
    json_dumpf(report, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(report);
}

static int probe_here(const char *directory, bool json)
{
    char cause[RECORDER_CAUSE_MAX], name[RECORDER_NAME_MAX];
    int volume = volume_open_any(directory, name, cause), error;
    struct volume_probe probe;
    const char *what;

    if (volume < 0) {
        fprintf(stderr, "understudy-recorder: %s\n", cause);
        return 1;
    }
    error = volume_probe(volume, &probe, &what);
    close(volume);
    if (error != 0) {
        fprintf(stderr, "understudy-recorder: volume %s: %s: %s\n", name, what, strerror(error));
        return 1;
    }
    if (json) {
        print_json(name, &probe);
    } else {
        print_probe(name, &probe);
        print_verdict(&probe);
    }
    return is_unfit(&probe);
}

/* In a process that can be given up: a volume that hangs must not hang this command. */
static int probe(const char *directory, bool json)
{
    pid_t child = fork();
    int64_t until_us = moment_monotonic_us() + PROBE_S * INT64_C(1000000);
    int status;

    if (child == 0) {
        status = probe_here(directory, json);
        fflush(stdout);
        _exit(status);
    }
    if (child < 0)
        return 3;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (moment_monotonic_us() > until_us) {
            kill(child, SIGKILL);
            fprintf(stderr, "understudy-recorder: %s does not answer within %d s: it hangs\n",
                    directory, PROBE_S);
            return 1;
        }
        usleep(10000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/* ---- the command ---- */

static int wrong(const char *what)
{
    fprintf(stderr, "understudy-recorder: volume: %s\n\n%s", what, help);
    return 2;
}

int volume_command(int count, char **arguments)
{
    const char *directory = NULL, *name = NULL, *verb = count > 1 ? arguments[1] : "";
    bool json = false, is_probe = strcmp(verb, "probe") == 0;

    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    if (!is_probe && strcmp(verb, "init") != 0 && strcmp(verb, "check") != 0)
        return wrong("init, check or probe?");
    for (int i = 2; i < count; i++) {
        if (!is_probe && strcmp(arguments[i], "--name") == 0 && i + 1 < count)
            name = arguments[++i];
        else if (is_probe && strcmp(arguments[i], "--json") == 0)
            json = true;
        else if (arguments[i][0] == '-' || directory != NULL)
            return wrong(is_probe ? "one DIR is expected"
                                  : "one DIR and one --name NAME are expected");
        else
            directory = arguments[i];
    }
    if (is_probe)
        return directory == NULL ? wrong("one DIR is expected") : probe(directory, json);
    if (directory == NULL || name == NULL)
        return wrong("one DIR and one --name NAME are expected");
    if (!volume_is_name(name))
        return wrong(
            "a name has 1 to 63 characters, without spaces and slashes, and begins with no "
            "dot");
    return strcmp(verb, "init") == 0 ? init(directory, name) : check(directory, name);
}
