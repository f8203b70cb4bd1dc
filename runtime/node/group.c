#include "runtime/node/group.h"

#include "runtime/node/clock.h"
#include "runtime/node/log.h"

#define SILENT_WORKER_MS 5000  /* without a report while it has something to do */
#define READY_MS         10000 /* from its start to its first report */
#define BACK_OFF_MS      250   /* before the second start; doubled each time */
#define BACK_OFF_MAX_MS  5000
#define STEADY_MS        30000 /* after which a worker's earlier failures are forgotten */

bool group_is_busy(const struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (task_is_busy(&group->tasks[i]))
            return true;
    return false;
}

bool group_records(const struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (group->tasks[i].recording)
            return true;
    return false;
}

/* Whether it should have a process. */
static bool needs_worker(const struct group *group)
{
    return !group->closing && (group->waits || group_is_busy(group));
}

static bool is_leaving(const struct group *group)
{
    return group->tasks[0].frame->leaving;
}

/* ---- what the worker is told ---- */

void group_begin_wish(struct group *group)
{
    if (!group_is_busy(group))
        group->heard_ms = clock_now_ms();
}

void group_tell(struct group *group)
{
    if (group->worker == NULL || !group->ready)
        return;
    for (uint32_t i = 0; i < group->count; i++)
        if (!task_tell(&group->tasks[i], group->worker))
            return;
}

/* ---- what the worker tells ---- */

static struct task *find_task(struct group *group, uint32_t number)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (group->tasks[i].number == number && group->tasks[i].camera != IMAGE_NONE)
            return &group->tasks[i];
    return NULL;
}

static void on_report(void *owner, const struct recorder_report *report)
{
    struct group *group = owner;
    group->heard_ms = clock_now_ms();
    if (report->kind == REPORT_READY) {
        group->ready = true;
        group_tell(group);
        return;
    }
    struct task *task = find_task(group, report->camera);
    if (task != NULL)
        task_take_report(task, report);
}

static void on_writable(void *owner)
{
    group_tell(owner);
}

/* ---- starting and ending ---- */

static void lose_worker(struct group *group, const char *cause)
{
    for (uint32_t i = 0; i < group->count; i++)
        task_lose_worker(&group->tasks[i], cause);
}

static void back_off(struct group *group, int64_t now_ms)
{
    int64_t pause_ms = group->failures == 0 ? 0 : BACK_OFF_MS;
    for (uint32_t i = 1; i < group->failures && pause_ms < BACK_OFF_MAX_MS; i++)
        pause_ms *= 2;
    group->next_start_ms = now_ms + (pause_ms < BACK_OFF_MAX_MS ? pause_ms : BACK_OFF_MAX_MS);
    group->failures++;
}

static void on_ended(void *owner, const char *how)
{
    struct group *group = owner;
    const int64_t now_ms = clock_now_ms();
    group->worker = NULL;
    group->ready = false;
    lose_worker(group, "its recorder process has ended");
    if (!needs_worker(group))
        return;
    if (now_ms - group->started_ms > STEADY_MS)
        group->failures = 0;
    back_off(group, now_ms);
    log_line("a recorder process for %u camera%s %s; another one takes its place", group->count,
             group->count == 1 ? "" : "s", how);
    group_start(group);
}

static struct worker_handler handler_of(struct group *group)
{
    return (struct worker_handler){
        .owner = group, .report = on_report, .writable = on_writable, .ended = on_ended};
}

static void start_worker(struct group *group)
{
    const int64_t now_ms = clock_now_ms();
    char error[TEXT_BYTES_MAX];
    group->worker = worker_start(group->loop, group->program, handler_of(group), error);
    group->started_ms = group->heard_ms = now_ms;
    group->killed = false;
    if (group->worker != NULL)
        return;
    if (group->failures == 0 || group->failures % 12 == 0)
        log_line("no recorder process can be started: %s; it is tried again", error);
    back_off(group, now_ms);
    lose_worker(group, "no recorder process can be started");
}

void group_open(struct group *group, uv_loop_t *loop, const struct worker_program *program)
{
    group->loop = loop;
    group->program = program;
}

void group_start(struct group *group)
{
    if (group->worker == NULL && clock_now_ms() >= group->next_start_ms)
        start_worker(group);
}

bool group_take_worker(struct group *group, struct group *other)
{
    if (group->worker != NULL || other->worker == NULL || !other->ready || other->killed ||
        group_is_busy(other) || !worker_is_there(other->worker))
        return false;
    group->worker = other->worker;
    group->ready = true;
    group->killed = false;
    group->started_ms = other->started_ms;
    group->heard_ms = clock_now_ms();
    worker_hand_over(group->worker, handler_of(group));
    other->worker = NULL;
    other->ready = false;
    return true;
}

void group_wait(struct group *group, bool waits)
{
    group->waits = waits;
    if (waits)
        group_start(group);
    else if (group->worker != NULL && !group_is_busy(group))
        worker_dismiss(group->worker);
}

struct task *group_room(struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (task_is_free(&group->tasks[i]))
            return &group->tasks[i];
    return group->count < GROUP_CAMERAS ? &group->tasks[group->count++] : NULL;
}

/* A process that waits for a dead file system in the kernel does not even die: its cameras go on in
 * another one. */
static void give_up(struct group *group)
{
    log_line(
        "the recorder process %d does not end, a file system holds it; what it records goes on "
        "in another one",
        worker_pid(group->worker));
    worker_give_up(group->worker);
    group->worker = NULL;
    group->ready = false;
    lose_worker(group, "its recorder process is held by a file system");
    start_worker(group);
}

void group_tick(struct group *group, bool stalled)
{
    const int64_t now_ms = clock_now_ms();
    if (stalled)
        group->heard_ms = now_ms;
    if (group->worker == NULL) {
        if (needs_worker(group) && !is_leaving(group))
            group_start(group);
        return;
    }
    const int64_t silent_ms = now_ms - group->heard_ms;
    if (silent_ms < (group->ready ? SILENT_WORKER_MS : READY_MS) ||
        (group->ready && !group_is_busy(group)))
        return;
    if (group->killed) {
        give_up(group);
        return;
    }
    log_line("the recorder process %d has not reported for %lld ms; it is ended",
             worker_pid(group->worker), (long long)silent_ms);
    group->heard_ms = now_ms;
    group->killed = true;
    worker_kill(group->worker);
}

void group_close(struct group *group)
{
    group->closing = true;
    if (group->worker != NULL)
        worker_dismiss(group->worker);
}

void group_replace(struct group *group)
{
    if (group->worker != NULL)
        worker_dismiss(group->worker);
}

void group_kill(struct group *group)
{
    if (group->worker != NULL)
        worker_kill(group->worker);
}

int group_pid(const struct group *group)
{
    return group->worker != NULL ? worker_pid(group->worker) : 0;
}
