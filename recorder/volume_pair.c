#include "recorder/volume_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/volume_remains.h"
#include "recorder/volume_side.h"

#define MEETING VOLUME_REMAINS_PREFIX "pair" /* of two servers */
#define RACES   100

/* What one side does and finds. */
struct trial {
    struct volume_side side;
    int look_s;
    struct volume_pair found;
    char made[RACES + 1], linked[RACES + 1]; /* '1': by this side */
};

/* A child that ends with its parent. */
static pid_t fork_bound(void)
{
    pid_t parent = getpid(), child = fork();

    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(1);
    return child;
}

/* ---- racing ---- */

static void race_to_make(struct trial *trial)
{
    for (int i = 0; i < RACES; i++) {
        char name[VOLUME_SIDE_NAME];
        int file;

        snprintf(name, sizeof(name), "make.%d", i);
        file = openat(trial->side.folder, name,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        trial->made[i] = file >= 0 ? '1' : '0';
        if (file >= 0)
            close(file);
    }
}

/* A claim as a node makes it: whole and durable under a name of its own, then linked, then read
 * back; what stands there counts, not the answer. */
static bool race_to_link(struct trial *trial)
{
    char mine[VOLUME_SIDE_NAME], name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT];

    snprintf(mine, sizeof(mine), "claim.%s", trial->side.self);
    trial->found.links = true;
    for (int i = 0; i < RACES; i++) {
        int64_t began_us = moment_monotonic_us(), took_us;

        snprintf(name, sizeof(name), "link.%d", i);
        unlinkat(trial->side.folder, mine, 0);
        if (!volume_side_write(trial->side.folder, mine, trial->side.self))
            return volume_side_fail_at(&trial->side, "a claim cannot be written");
        if (linkat(trial->side.folder, mine, trial->side.folder, name, 0) != 0 && errno != EEXIST) {
            trial->found.links = false;
            break;
        }
        if (!volume_side_read(trial->side.folder, name, text))
            return volume_side_fail_at(&trial->side, "a claim cannot be read back");
        trial->linked[i] = strcmp(text, trial->side.self) == 0 ? '1' : '0';
        took_us = moment_monotonic_us() - began_us;
        if (took_us > trial->found.claim_us)
            trial->found.claim_us = took_us;
    }
    unlinkat(trial->side.folder, mine, 0);
    return true;
}

/* Whether each was won by one alone. */
static bool is_won_once(const char *self, const char *other)
{
    for (int i = 0; i < RACES; i++)
        if ((self[i] == '1') == (other[i] == '1'))
            return false;
    return true;
}

/* ---- seeing ---- */

/* Renews a sign until it is ended; what a renewal takes at worst goes into the pipe. */
static void renew(const struct trial *trial, int pipe)
{
    char name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT];
    int64_t worst_us = 0;

    snprintf(name, sizeof(name), "sign.%s", trial->side.self);
    for (uint64_t count = 1;; count++) {
        int64_t began_us = moment_monotonic_us(), took_us;

        snprintf(text, sizeof(text), "%" PRIu64 "\n", count);
        if (!volume_side_write(trial->side.folder, name, text))
            _exit(1);
        took_us = moment_monotonic_us() - began_us;
        if (took_us > worst_us) {
            worst_us = took_us;
            if (write(pipe, &worst_us, sizeof(worst_us)) != (ssize_t)sizeof(worst_us))
                _exit(1);
        }
        if (took_us < VOLUME_SIDE_SIGN_US)
            usleep((useconds_t)(VOLUME_SIDE_SIGN_US - took_us));
    }
}

/* The longest time in which the other's sign stood still, beyond that after which it is renewed. */
static bool watch(struct trial *trial)
{
    char name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT], last[VOLUME_SIDE_CONTENT] = "";
    int64_t changed_us = 0, now_us = moment_monotonic_us(), longest_us = 0;
    int64_t until_us = now_us + trial->look_s * INT64_C(1000000), sign_us = now_us;
    int64_t give_up_us = now_us + VOLUME_SIDE_WAIT_S * INT64_C(1000000);

    snprintf(name, sizeof(name), "sign.%s", trial->side.other);
    while (now_us < until_us || changed_us == 0) {
        bool read = volume_side_read(trial->side.folder, name, text);

        now_us = moment_monotonic_us();
        if (changed_us > 0 && now_us - changed_us > longest_us)
            longest_us = now_us - changed_us;
        if (read && text[0] != '\0' && strcmp(text, last) != 0) {
            memcpy(last, text, sizeof(last));
            changed_us = now_us;
        }
        if (now_us > give_up_us)
            return volume_side_fail(&trial->side,
                                    "the other side's sign of life is not seen within %d s",
                                    VOLUME_SIDE_WAIT_S);
        if (now_us - sign_us > 10 * VOLUME_SIDE_SIGN_US) {
            sign_us = now_us;
            volume_side_sign(&trial->side);
        }
        usleep(VOLUME_SIDE_LOOK_US);
    }
    trial->found.seen_us = longest_us > VOLUME_SIDE_SIGN_US ? longest_us - VOLUME_SIDE_SIGN_US : 0;
    return true;
}

static bool see(struct trial *trial)
{
    int ends[2];
    pid_t writer;
    bool seen;

    if (pipe(ends) != 0)
        return volume_side_fail_at(&trial->side, "no pipe");
    writer = fork_bound();
    if (writer == 0) {
        close(ends[0]);
        renew(trial, ends[1]);
    }
    close(ends[1]);
    seen = writer > 0 ? watch(trial) : volume_side_fail_at(&trial->side, "no process");
    /* The other one looks on until it has seen enough too. */
    seen = seen && volume_side_wait_for(&trial->side, VOLUME_SIDE_SEEN);
    if (writer > 0) {
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
    }
    for (int64_t worst_us; read(ends[0], &worst_us, sizeof(worst_us)) == sizeof(worst_us);)
        trial->found.renewal_us = worst_us;
    close(ends[0]);
    return seen;
}

/* ---- what both have found ---- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool exchange(struct trial *trial)
{
    struct volume_pair *found = &trial->found;
    char name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT], made[RACES + 1] = "",
                                                                         linked[RACES + 1] = "";
    int64_t renewal_us, seen_us, claim_us;
    int links;

    snprintf(name, sizeof(name), "found.%s", trial->side.self);
    snprintf(text, sizeof(text), "%s %s %d %" PRId64 " %" PRId64 " %" PRId64 "\n", trial->made,
             trial->linked, (int)found->links, found->renewal_us, found->seen_us, found->claim_us);
    if (!volume_side_write(trial->side.folder, name, text))
        return volume_side_fail_at(&trial->side, "the result cannot be written");
    if (!volume_side_wait_for(&trial->side, VOLUME_SIDE_FOUND))
        return false;
    snprintf(name, sizeof(name), "found.%s", trial->side.other);
    if (!volume_side_read(trial->side.folder, name, text) ||
        sscanf(text, "%100[01] %100[01] %d %" SCNd64 " %" SCNd64 " %" SCNd64, made, linked, &links,
               &renewal_us, &seen_us, &claim_us) != 6)
        return volume_side_fail(&trial->side, "what the other side has found cannot be read");
    found->exclusive = is_won_once(trial->made, made);
    found->links = found->links && links != 0;
    found->linked_once = found->links && is_won_once(trial->linked, linked);
    found->renewal_us = larger(found->renewal_us, renewal_us);
    found->seen_us = larger(found->seen_us, seen_us);
    found->claim_us = larger(found->claim_us, claim_us);
    return true;
}

static bool run(int volume, const char *meeting, int look_s, struct volume_pair *pair, char *cause,
                uint32_t cause_size)
{
    struct trial trial = {.side = {.volume = volume, .cause = cause, .cause_size = cause_size},
                          .look_s = look_s};
    bool done;

    memset(trial.made, '0', RACES);
    memset(trial.linked, '0', RACES);
    done = volume_side_meet(&trial.side, meeting) &&
           volume_side_wait_for(&trial.side, VOLUME_SIDE_MET);
    if (done)
        race_to_make(&trial);
    done = done && race_to_link(&trial) && volume_side_wait_for(&trial.side, VOLUME_SIDE_RACED) &&
           see(&trial) && exchange(&trial);
    volume_side_leave(&trial.side, meeting, done);
    *pair = trial.found;
    return done;
}

bool volume_pair_alone(int volume, int look_s, struct volume_pair *pair, char *cause,
                       uint32_t cause_size)
{
    char meeting[VOLUME_SIDE_NAME];
    pid_t other;
    bool done;

    snprintf(meeting, sizeof(meeting), MEETING "-%d-%" PRId64, (int)getpid(),
             moment_monotonic_us());
    other = fork_bound();
    if (other == 0) {
        done = run(volume, meeting, look_s, pair, cause, cause_size);
        _exit(done ? 0 : 1);
    }
    if (other < 0) {
        snprintf(cause, cause_size, "no process: %s", strerror(errno));
        return false;
    }
    done = run(volume, meeting, look_s, pair, cause, cause_size);
    if (!done)
        kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    unlinkat(volume, meeting, AT_REMOVEDIR);
    return done;
}

bool volume_pair_meet(int volume, int look_s, struct volume_pair *pair, char *cause,
                      uint32_t cause_size)
{
    return run(volume, MEETING, look_s, pair, cause, cause_size);
}
