#include "recorder/keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/keep.h"
#include "recorder/moment.h"

/* Between two looks at a volume, in microseconds, and how many of them a turn is. */
#define PAUSE_US       2000000
#define LOOKS_PER_TURN 5
/* How long a volume may take to answer before it counts as hanging, in microseconds. */
#define PATIENCE_US 5000000

struct keeper {
    struct keeper *next;
    uint32_t number; /* the node's, of the volume */
    struct keep keep;
    struct recorder_volume target; /* "": what lies here belongs here */
    health_report *report;
    void *owner;
    bool started;
    atomic_llong asked_us; /* monotonic: since when an answer is awaited; 0: none is */
    bool hang_told;        /* the main thread's */
    char told[RECORDER_CAUSE_MAX];
};

static struct keeper *keepers; /* the main thread's */

static void post(const struct keeper *keeper, const char *cause, uint64_t segments, uint64_t bytes)
{
    struct recorder_report report = {.abi = RECORDER_ABI,
                                     .kind = REPORT_VOLUME,
                                     .camera = keeper->number,
                                     .frames = segments,
                                     .bytes = bytes};

    snprintf(report.cause, sizeof(report.cause), "%s", cause);
    keeper->report(keeper->owner, &report);
}

/* The figures count where nothing is wrong. */
static void post_space(const struct keeper *keeper, const char *cause, uint64_t own_bytes,
                       uint64_t free_bytes)
{
    struct recorder_report report = {.abi = RECORDER_ABI,
                                     .kind = REPORT_SPACE,
                                     .camera = keeper->number,
                                     .bytes = own_bytes,
                                     .free_bytes = free_bytes};

    snprintf(report.cause, sizeof(report.cause), "%s", cause);
    keeper->report(keeper->owner, &report);
}

/* A trouble is told once, and so is its end. */
static void tell(struct keeper *keeper, const char *cause)
{
    char well[RECORDER_CAUSE_MAX];

    if (strcmp(cause, keeper->told) == 0)
        return;
    snprintf(well, sizeof(well), "volume %s is well again", keeper->keep.volume.name);
    post(keeper, cause[0] != '\0' ? cause : well, 0, 0);
    snprintf(keeper->told, sizeof(keeper->told), "%s", cause);
}

static void tell_done(struct keeper *keeper, const char *format)
{
    const struct keep *keep = &keeper->keep;
    char text[RECORDER_CAUSE_MAX];

    if (keep->dropped == 0)
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), format, keep->volume.name, (unsigned long long)keep->dropped,
             (unsigned long long)(keep->dropped_bytes >> 20), keeper->target.name);
#pragma GCC diagnostic pop
    post(keeper, text, keep->dropped, keep->dropped_bytes);
}

static void tell_finished(const struct keeper *keeper)
{
    const struct keep *keep = &keeper->keep;
    char text[RECORDER_CAUSE_MAX];

    if (keep->finished == 0)
        return;
    snprintf(text, sizeof(text),
             "volume %s: %llu segments that a killed recorder of %s left unfinished are complete",
             keep->volume.name, (unsigned long long)keep->finished, keep->server_name);
    post(keeper, text, 0, 0);
}

static void on_answered(void *owner)
{
    struct keeper *keeper = owner;

    if (atomic_load(&keeper->asked_us) != 0)
        atomic_store(&keeper->asked_us, moment_monotonic_us());
}

/* What is moved or dropped may take long; only the volume's silence counts. */
static void take_turn(struct keeper *keeper)
{
    atomic_store(&keeper->asked_us, moment_monotonic_us());
    keep_turn(&keeper->keep, moment_wall_us() / 1000);
    atomic_store(&keeper->asked_us, 0);
    tell(keeper, keeper->keep.cause);
    tell_finished(keeper);
    post_space(keeper, keeper->keep.cause, keeper->keep.own_bytes, keeper->keep.free_bytes);
    tell_done(keeper, "volume %s: %llu old segments (%llu MiB) made room");
    if (keeper->target.name[0] == '\0' || keeper->keep.is_lost)
        return;
    keep_move(&keeper->keep, &keeper->target, moment_wall_us() / 1000);
    tell_done(keeper, "volume %s: %llu segments (%llu MiB) were moved to volume %s");
}

/* Looked at in between, so that its loss is told within seconds; a turn judges whether it is well
 * again. */
static bool is_there(struct keeper *keeper)
{
    bool there;

    atomic_store(&keeper->asked_us, moment_monotonic_us());
    there = keep_look(&keeper->keep);
    atomic_store(&keeper->asked_us, 0);
    if (!there) {
        tell(keeper, keeper->keep.cause);
        post_space(keeper, keeper->keep.cause, 0, 0);
    }
    return there;
}

static void *run(void *data)
{
    struct keeper *keeper = data;

    for (unsigned look = 0;; look++) {
        if (look % LOOKS_PER_TURN == 0 || (is_there(keeper) && keeper->told[0] != '\0'))
            take_turn(keeper);
        usleep(PAUSE_US);
    }
    return NULL;
}

static struct keeper *find(const struct recorder_order *order, health_report *report, void *owner)
{
    struct keeper *keeper = keepers;

    while (keeper != NULL && keeper->number != order->camera)
        keeper = keeper->next;
    if (keeper != NULL)
        return keeper;
    keeper = calloc(1, sizeof(*keeper));
    if (keeper == NULL)
        return NULL;
    keeper->number = order->camera;
    keeper->report = report;
    keeper->owner = owner;
    keeper->keep.volume = order->volumes[0];
    keeper->keep.newest_ms = KEEP_NEWEST_MS;
    keeper->keep.whole_ms = KEEP_WHOLE_MS;
    keeper->keep.answered = on_answered;
    keeper->keep.owner = keeper;
    strcpy(keeper->keep.server_name, order->server_name);
    if (order->volume_count > 1)
        keeper->target = order->volumes[1];
    keeper->next = keepers;
    keepers = keeper;
    return keeper;
}

static void add_rule(struct keep *keep, const struct recorder_order *order)
{
    struct keep_rule *larger = realloc(keep->rules, (keep->rule_count + 1) * sizeof(*larger));

    if (larger == NULL)
        return;
    keep->rules = larger;
    larger[keep->rule_count] = (struct keep_rule){.keep_ms = order->keep_ms};
    strcpy(larger[keep->rule_count].main_name, order->main_name);
    strcpy(larger[keep->rule_count].camera_name, order->camera_name);
    keep->rule_count++;
}

void keeper_order(const struct recorder_order *order, health_report *report, void *owner)
{
    struct keeper *keeper = find(order, report, owner);
    pthread_t thread;

    if (keeper == NULL || keeper->started)
        return;
    if (order->camera_name[0] != '\0') {
        add_rule(&keeper->keep, order);
        return;
    }
    keeper->started = pthread_create(&thread, NULL, run, keeper) == 0;
    if (keeper->started)
        pthread_detach(thread);
    else
        post(keeper, "old footage is not dropped: no thread can be started", 0, 0);
}

void keeper_tick(void)
{
    int64_t now_us = moment_monotonic_us();

    for (struct keeper *keeper = keepers; keeper != NULL; keeper = keeper->next) {
        int64_t since_us = atomic_load(&keeper->asked_us);
        bool hangs = since_us != 0 && now_us - since_us > PATIENCE_US;
        char cause[RECORDER_CAUSE_MAX];

        if (hangs == keeper->hang_told)
            continue;
        keeper->hang_told = hangs;
        snprintf(cause, sizeof(cause),
                 hangs ? "volume %s does not answer: it hangs" : "volume %s answers again",
                 keeper->keep.volume.name);
        post(keeper, cause, 0, 0);
        if (hangs)
            post_space(keeper, cause, 0, 0);
    }
}
