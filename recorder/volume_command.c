#include "recorder/volume_command.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "recorder/volume_pair.h"
#include "recorder/volume_probe.h"
#include "recorder/volume_remains.h"

/* How long a volume may take to be probed before it counts as hanging, in seconds. */
#define PROBE_S 120
/* ... where it waits for another server, and looks at what that one does. */
#define TOGETHER_S 600
/* Signs are looked at so long where both sides share one cache; and where each has its own, longer
 * than the minute that a client of NFS keeps a directory by default. */
#define LOOK_ALONE_S    3
#define LOOK_TOGETHER_S 70
/* What was measured is kept with the volume, in the words of the topology. */
#define MEASURED ".understudy-measured"
/* A volume that takes longer to make a picture durable costs more of the last second at a power
 * loss, and slows an armed take-over; microseconds. */
#define SLOW_US 200000
/* What memory holds of a rich camera is full after about so long; microseconds. */
#define TOO_SLOW_US 10000000

static const char help[] =
    "usage: understudy-recorder volume init DIR --name NAME\n"
    "       understudy-recorder volume check DIR --name NAME\n"
    "       understudy-recorder volume probe DIR [--together] [--json]\n"
    "\n"
    "init writes the marker file " VOLUME_MARKER
    " into DIR, so that it is known for the volume NAME of the topology.\n"
    "Mount a NAS first: a directory without its marker is never recorded on, so that a NAS that is "
    "not there\n"
    "does not fill the disk under its mount point. check says whether DIR is that volume.\n"
    "probe measures what the volume DIR really does: whether a file is made by one alone, locks "
    "hold, how long\n"
    "a recorder waits until what it wrote is durable, and how late another server sees it. It "
    "writes some 70 MiB\n"
    "and removes them; run it while nothing else is going on, and once more under load. A NAS that "
    "servers share\n"
    "is probed with --together, on two of them within two minutes: each has caches of its own. "
    "What was measured\n"
    "is kept in DIR/" MEASURED ", as a line for the topology: the compiler refuses times below "
    "it.\n";

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
static bool is_unfit(const struct volume_probe *probe, const struct volume_pair *pair)
{
    return !probe->exclusive || !probe->locks || !probe->fresh || worst_us(probe) > TOO_SLOW_US ||
           !pair->exclusive || !pair->links || !pair->linked_once;
}

static void print_verdict(const struct volume_probe *probe, const struct volume_pair *pair)
{
    const struct {
        bool holds;
        const char *kind, *text;
    } verdicts[] = {
        {!probe->exclusive || !pair->exclusive, "wrong",
         "several can make the same file exclusively: claims and segments of two servers may "
         "collide"},
        {!pair->links, "wrong",
         "it has no hard links: servers that share it cannot claim a main there (SMB: let the "
         "servers share an NFS export instead)"},
        {pair->links && !pair->linked_once, "wrong",
         "two servers can claim the same: both would record under one claim"},
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

/* In whole milliseconds, rounded up. */
static int64_t ms_of(int64_t us)
{
    return us < 1000 ? 1 : (us + 999) / 1000;
}

/* A field of the volume, for the topology. */
static void measured_text(const struct volume_pair *pair, char *text, size_t size)
{
    snprintf(text, size,
             "measured = { renewal = \"%lld ms\", seen = \"%lld ms\", claim = \"%lld ms\" }",
             (long long)ms_of(pair->renewal_us), (long long)ms_of(pair->seen_us),
             (long long)ms_of(pair->claim_us));
}

/* False with errno. */
static bool keep_measured(int volume, const char *name, const struct volume_pair *pair,
                          bool together)
{
    char text[512], when[40], measured[200];
    char fresh[64];
    time_t now = time(NULL);
    struct tm utc;
    int file, length;
    bool written;

    /* Two servers may write theirs at once. */
    snprintf(fresh, sizeof(fresh), VOLUME_REMAINS_PREFIX "measured-%d-%lld", (int)getpid(),
             (long long)moment_monotonic_us());
    file = openat(volume, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    measured_text(pair, measured, sizeof(measured));
    length = snprintf(text, sizeof(text), "-- volume %s, %s, by two %s\n%s\n", name, when,
                      together ? "servers" : "processes of one server", measured);
    written = write(file, text, (size_t)length) == length && fsync(file) == 0;
    close(file);
    return written && renameat(volume, fresh, volume, MEASURED) == 0;
}

static void print_pair(const struct volume_pair *pair, bool is_network, bool together)
{
    char measured[200];

    measured_text(pair, measured, sizeof(measured));
    printf("  between two %s: a sign of life is renewed within %lld ms, seen up to %lld ms later; "
           "a main is claimed within %lld ms\n",
           together ? "servers" : "processes of this server", (long long)ms_of(pair->renewal_us),
           (long long)ms_of(pair->seen_us), (long long)ms_of(pair->claim_us));
    printf("  for the topology: %s\n", measured);
    if (is_network && !together)
        printf("  note: two processes share the caches of this server: probe it with --together "
               "on two servers at once\n");
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

static json_t *pair_json(const struct volume_pair *pair, bool together)
{
    return json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I}", "together", together, "exclusive",
                     pair->exclusive, "links", pair->links, "linked_once", pair->linked_once,
                     "renewal_ms", (json_int_t)ms_of(pair->renewal_us), "seen_ms",
                     (json_int_t)ms_of(pair->seen_us), "claim_ms",
                     (json_int_t)ms_of(pair->claim_us));
}

static void print_json(const char *name, const struct volume_probe *probe,
                       const struct volume_pair *pair, bool together)
{
    json_t *steps = json_object();
    json_t *report;

    for (int i = 0; i < VOLUME_PROBE_STEP_COUNT; i++)
        json_object_set_new(steps, step_names[i],
                            json_pack("{s:I, s:I, s:I}", "median_us",
                                      (json_int_t)probe->steps[i].median_us, "p99_us",
                                      (json_int_t)probe->steps[i].p99_us, "max_us",
                                      (json_int_t)probe->steps[i].max_us));
    report = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:o, s:I, s:o}", "volume", name,
                       "filesystem", probe->filesystem, "network", probe->is_network, "exclusive",
                       probe->exclusive, "locks", probe->locks, "spares", probe->spares, "fresh",
                       probe->fresh, "rounds", (int)probe->rounds, "steps", steps, "bytes_per_s",
                       (json_int_t)probe->bytes_per_s, "pair", pair_json(pair, together));
    json_dumpf(report, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(report);
}

static int probe_here(const char *directory, bool together, bool json)
{
    char cause[RECORDER_CAUSE_MAX], name[RECORDER_NAME_MAX];
    int volume = volume_open_any(directory, name, cause), error;
    struct volume_probe probe;
    struct volume_pair pair;
    const char *what;

    if (volume < 0) {
        fprintf(stderr, "understudy-recorder: %s\n", cause);
        return 1;
    }
    volume_remains_clear(volume);
    if (together && !json)
        printf("waiting for the other server, and then for a minute and a half\n");
    fflush(stdout);
    if (!(together ? volume_pair_meet(volume, LOOK_TOGETHER_S, &pair, cause, sizeof(cause))
                   : volume_pair_alone(volume, LOOK_ALONE_S, &pair, cause, sizeof(cause)))) {
        fprintf(stderr, "understudy-recorder: volume %s: %s\n", name, cause);
        close(volume);
        return 1;
    }
    error = volume_probe(volume, &probe, &what);
    if (error != 0) {
        fprintf(stderr, "understudy-recorder: volume %s: %s: %s\n", name, what, strerror(error));
    } else if (!keep_measured(volume, name, &pair, together)) {
        error = errno;
        fprintf(stderr, "understudy-recorder: %s/" MEASURED " cannot be written: %s\n", directory,
                strerror(error));
    }
    close(volume);
    if (error != 0)
        return 1;
    if (json) {
        print_json(name, &probe, &pair, together);
    } else {
        print_probe(name, &probe);
        print_pair(&pair, probe.is_network, together);
        print_verdict(&probe, &pair);
    }
    return is_unfit(&probe, &pair);
}

/* In a process that can be given up: a volume that hangs must not hang this command. */
static int probe(const char *directory, bool together, bool json)
{
    pid_t child = fork();
    int limit_s = together ? TOGETHER_S : PROBE_S;
    int64_t until_us = moment_monotonic_us() + limit_s * INT64_C(1000000);
    int status;

    if (child == 0) {
        status = probe_here(directory, together, json);
        fflush(stdout);
        _exit(status);
    }
    if (child < 0)
        return 3;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (moment_monotonic_us() > until_us) {
            kill(child, SIGKILL);
            fprintf(stderr, "understudy-recorder: %s does not answer within %d s: it hangs\n",
                    directory, limit_s);
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
    bool json = false, together = false, is_probe = strcmp(verb, "probe") == 0;

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
        else if (is_probe && strcmp(arguments[i], "--together") == 0)
            together = true;
        else if (arguments[i][0] == '-' || directory != NULL)
            return wrong(is_probe ? "one DIR is expected"
                                  : "one DIR and one --name NAME are expected");
        else
            directory = arguments[i];
    }
    if (is_probe)
        return directory == NULL ? wrong("one DIR is expected") : probe(directory, together, json);
    if (directory == NULL || name == NULL)
        return wrong("one DIR and one --name NAME are expected");
    if (!volume_is_name(name))
        return wrong(
            "a name has 1 to 63 characters, without spaces and slashes, and begins with no "
            "dot");
    return strcmp(verb, "init") == 0 ? init(directory, name) : check(directory, name);
}
