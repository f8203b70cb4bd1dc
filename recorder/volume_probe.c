#include "recorder/volume_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/volume_remains.h"

#define ROUNDS      200
#define RACES       20 /* for one file each, between RACERS processes */
#define RACERS      4
#define PIECE_BYTES 65536
#define LARGE_BYTES (64u << 20)

/* X(magic, name, it is a network file system) */
#define FILESYSTEMS(X)                                                                             \
    X(0x6969, "NFS", true)                                                                         \
    X(0xff534d42, "CIFS", true)                                                                    \
    X(0xfe534d42, "SMB", true)                                                                     \
    X(0x517b, "SMB", true)                                                                         \
    X(0x00c36400, "Ceph", true)                                                                    \
    X(0x65735546, "FUSE", true)                                                                    \
    X(0x01021997, "9P", true)                                                                      \
    X(0xef53, "ext4", false)                                                                       \
    X(0x58465342, "XFS", false)                                                                    \
    X(0x9123683e, "Btrfs", false)                                                                  \
    X(0x2fc12fc1, "ZFS", false)                                                                    \
    X(0x01021994, "tmpfs", false)                                                                  \
    X(0x794c7630, "overlay", false)

static void name_filesystem(int directory, struct volume_probe *probe)
{
    static const struct {
        unsigned long magic;
        const char *name;
        bool is_network;
    } known[] = {
#define X(magic, name, is_network) {magic, name, is_network},
        FILESYSTEMS(X)
#undef X
    };
    struct statfs status;

    snprintf(probe->filesystem, sizeof(probe->filesystem), "unknown");
    if (fstatfs(directory, &status) != 0)
        return;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (((unsigned long)status.f_type & 0xffffffff) == known[i].magic) {
            snprintf(probe->filesystem, sizeof(probe->filesystem), "%s", known[i].name);
            probe->is_network = known[i].is_network;
        }
}

/* ---- what must be so ---- */

/* Runs a child; its exit code. */
static int in_child(int (*work)(int directory), int directory)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(work(directory));
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static int open_new(int directory, const char *name)
{
    return openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

/* Makes what files it can; how many it made. */
static int race(int directory)
{
    char name[32];
    int made = 0;

    for (int i = 0; i < RACES; i++) {
        int file;

        snprintf(name, sizeof(name), "race-%d", i);
        file = open_new(directory, name);
        made += file >= 0;
        if (file >= 0)
            close(file);
    }
    return made;
}

static bool is_exclusive(int directory)
{
    pid_t racers[RACERS];
    int made = 0, status;
    char name[32];

    for (int i = 0; i < RACERS; i++) {
        racers[i] = fork();
        if (racers[i] == 0)
            _exit(race(directory));
    }
    for (int i = 0; i < RACERS; i++)
        if (racers[i] > 0 && waitpid(racers[i], &status, 0) == racers[i])
            made += WEXITSTATUS(status);
    for (int i = 0; i < RACES; i++) {
        snprintf(name, sizeof(name), "race-%d", i);
        unlinkat(directory, name, 0);
    }
    return made == RACES;
}

static int try_lock(int directory)
{
    int file = openat(directory, "lock", O_RDWR | O_CLOEXEC); /* NFS: only then */

    return file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool keeps_lock(int directory)
{
    int file = open_new(directory, "lock");
    bool kept = file >= 0 && flock(file, LOCK_EX) == 0 && in_child(try_lock, directory) == 1;

    if (file >= 0)
        close(file);
    unlinkat(directory, "lock", 0);
    return kept;
}

static bool spares_target(int directory)
{
    int one = open_new(directory, "one"), other = open_new(directory, "other");
    bool spared =
        renameat2(directory, "one", directory, "other", RENAME_NOREPLACE) != 0 && errno == EEXIST;

    if (one >= 0)
        close(one);
    if (other >= 0)
        close(other);
    unlinkat(directory, "one", 0);
    unlinkat(directory, "other", 0);
    return spared;
}

static int sees_name(int directory)
{
    struct stat status;

    return fstatat(directory, "named", &status, 0) == 0 && status.st_size == 4 &&
           fstatat(directory, "unnamed", &status, 0) != 0;
}

static bool is_fresh(int directory)
{
    int file = open_new(directory, "unnamed");
    bool fresh = file >= 0 && write(file, "four", 4) == 4 &&
                 renameat(directory, "unnamed", directory, "named") == 0 &&
                 in_child(sees_name, directory) == 1;

    if (file >= 0)
        close(file);
    unlinkat(directory, "named", 0);
    return fresh;
}

/* ---- how long it takes ---- */

static int64_t since(int64_t *mark_us)
{
    int64_t now_us = moment_monotonic_us(), passed_us = now_us - *mark_us;

    *mark_us = now_us;
    return passed_us;
}

/* One segment's way; the errno of the step that fails. */
static int go_round(int directory, int64_t took_us[VOLUME_PROBE_STEP_COUNT], const char **what)
{
    static const uint8_t bytes[PIECE_BYTES];
    int64_t mark_us = moment_monotonic_us();
    int file = open_new(directory, "part"), error = 0;

    *what = "a file cannot be made";
    if (file < 0)
        return errno;
    took_us[VOLUME_PROBE_create] = since(&mark_us);
    *what = "writing fails";
    if (write(file, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
        error = errno != 0 ? errno : EIO;
    took_us[VOLUME_PROBE_write] = since(&mark_us);
    if (error == 0 && fsync(file) != 0)
        error = errno;
    took_us[VOLUME_PROBE_sync] = since(&mark_us);
    close(file);
    if (error != 0)
        return error;
    *what = "renaming fails";
    mark_us = moment_monotonic_us();
    if (renameat(directory, "part", directory, "whole") != 0)
        return errno;
    took_us[VOLUME_PROBE_rename] = since(&mark_us);
    *what = "a directory cannot be made durable";
    if (fsync(directory) != 0)
        return errno;
    took_us[VOLUME_PROBE_directory] = since(&mark_us);
    unlinkat(directory, "whole", 0);
    return 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int time_steps(int directory, struct volume_probe *probe, const char **what)
{
    static int64_t took_us[VOLUME_PROBE_STEP_COUNT][ROUNDS];
    int64_t round_us[VOLUME_PROBE_STEP_COUNT];

    for (uint32_t i = 0; i < ROUNDS; i++) {
        int error = go_round(directory, round_us, what);

        if (error != 0)
            return error;
        for (int step = 0; step < VOLUME_PROBE_STEP_COUNT; step++)
            took_us[step][i] = round_us[step];
    }
    probe->rounds = ROUNDS;
    for (int step = 0; step < VOLUME_PROBE_STEP_COUNT; step++) {
        qsort(took_us[step], ROUNDS, sizeof(int64_t), by_size);
        probe->steps[step].median_us = took_us[step][ROUNDS / 2];
        probe->steps[step].p99_us = took_us[step][ROUNDS * 99 / 100];
        probe->steps[step].max_us = took_us[step][ROUNDS - 1];
    }
    return 0;
}

static int time_large(int directory, struct volume_probe *probe, const char **what)
{
    static const uint8_t bytes[PIECE_BYTES];
    int64_t began_us = moment_monotonic_us();
    int file = open_new(directory, "large"), error = 0;

    *what = "writing 64 MiB fails";
    if (file < 0)
        return errno;
    for (size_t done = 0; done < LARGE_BYTES && error == 0; done += sizeof(bytes))
        if (write(file, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
            error = errno != 0 ? errno : EIO;
    if (error == 0 && fsync(file) != 0)
        error = errno;
    close(file);
    unlinkat(directory, "large", 0);
    probe->bytes_per_s =
        (uint64_t)(LARGE_BYTES * 1e6 / (double)(moment_monotonic_us() - began_us + 1));
    return error;
}

int volume_probe(int volume, struct volume_probe *probe, const char **what)
{
    char name[64];
    int directory, error;

    *probe = (struct volume_probe){.rounds = 0};
    snprintf(name, sizeof(name), VOLUME_REMAINS_PREFIX "%d-%lld", (int)getpid(),
             (long long)moment_monotonic_us());
    *what = "a folder cannot be made";
    if (mkdirat(volume, name, 0700) != 0)
        return errno;
    directory = openat(volume, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    error = directory < 0 ? errno : 0;
    if (error == 0) {
        name_filesystem(directory, probe);
        probe->exclusive = is_exclusive(directory);
        probe->locks = keeps_lock(directory);
        probe->spares = spares_target(directory);
        probe->fresh = is_fresh(directory);
        error = time_steps(directory, probe, what);
    }
    if (error == 0)
        error = time_large(directory, probe, what);
    if (directory >= 0) {
        static const char *const left[] = {"part", "whole", "large"};

        for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
            unlinkat(directory, left[i], 0);
        close(directory);
    }
    unlinkat(volume, name, AT_REMOVEDIR);
    return error;
}
