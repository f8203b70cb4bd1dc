#include "runtime/node/supervisor.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/log.h"
#include "runtime/node/worker.h"

#define GROUP_CAMERAS    16
#define SILENT_WORKER_MS 5000  /* without a report while it has something to do */
#define READY_MS         10000 /* from its start to its first report */
#define BACK_OFF_MS      250   /* before the second start; doubled each time */
#define BACK_OFF_MAX_MS  5000
#define STEADY_MS        30000 /* after which a worker's earlier failures are forgotten */

/* One camera. */
struct task {
    uint32_t camera;
    bool armed; /* the wishes */
    bool recording;
    uint64_t epoch;
    bool told_armed; /* what its worker has been told */
    bool told_recording;
    uint64_t told_epoch;
    bool stopping; /* told to stop, and not done yet */
    bool on_disk;  /* what the engine has been told under this epoch */
    bool mute;
    int64_t keyframe_ms; /* -1: none yet */
    int64_t alive_ms;    /* of the last report on its growth */
    uint64_t bytes;
    uint64_t bytes_per_s;
    uint64_t frames;
    char cause[RECORDER_CAUSE_MAX];
};

/* The cameras of one worker. */
struct group {
    struct supervisor *supervisor;
    struct worker *worker; /* NULL: none */
    bool ready;
    int64_t started_ms;
    int64_t heard_ms;
    int64_t next_start_ms;
    uint32_t failures; /* in a row */
    uint32_t first;    /* of its tasks */
    uint32_t count;
};

struct supervisor {
    uv_loop_t *loop;
    const struct image *image;
    uint32_t server;
    const char *program;
    struct inbox *inbox;
    bool leaving;
    bool closing;
    struct task *tasks;
    struct group *groups;
    uint32_t task_count;
    uint32_t group_count;
};

/* ---- what the engine is told ---- */

static const char *camera_name(const struct supervisor *supervisor, const struct task *task)
{
    return image_text(supervisor->image, image_cameras(supervisor->image)[task->camera].name);
}

static void announce(struct supervisor *supervisor, const struct task *task,
                     enum engine_event_kind kind)
{
    struct engine_event event = inbox_event(kind);
    event.camera = task->camera;
    event.epoch = task->epoch;
    inbox_put(supervisor->inbox, &event, NULL);
}

static void set_on_disk(struct supervisor *supervisor, struct task *task)
{
    task->mute = false;
    task->cause[0] = '\0';
    if (!task->on_disk)
        announce(supervisor, task, EVENT_ON_DISK);
    task->on_disk = true;
}

static void set_mute(struct supervisor *supervisor, struct task *task, const char *cause)
{
    snprintf(task->cause, sizeof task->cause, "%s", cause);
    task->on_disk = false;
    if (task->mute)
        return;
    task->mute = true;
    log_line("camera %s: nothing reaches the disk: %s", camera_name(supervisor, task), cause);
    announce(supervisor, task, EVENT_MUTE);
}

/* ---- what a worker is told ---- */

static void fill_order(const struct supervisor *supervisor, const struct task *task,
                       enum recorder_order_kind kind, struct recorder_order *order)
{
    const struct image *image = supervisor->image;
    const struct image_camera *camera = &image_cameras(image)[task->camera];
    const struct image_server *server = &image_servers(image)[supervisor->server];
    *order = (struct recorder_order){.abi = RECORDER_ABI,
                                     .kind = kind,
                                     .camera = task->camera,
                                     .epoch = kind == ORDER_RECORD ? task->epoch : 0};
    snprintf(order->camera_name, sizeof order->camera_name, "%s", image_text(image, camera->name));
    snprintf(order->main_name, sizeof order->main_name, "%s",
             image_text(image, image_servers(image)[camera->server].name));
    snprintf(order->server_name, sizeof order->server_name, "%s", image_text(image, server->name));
    snprintf(order->url, sizeof order->url, "%s", image_text(image, camera->url));
    for (uint32_t i = 0; i < server->volumes.count && i < RECORDER_VOLUMES_MAX; i++) {
        const uint32_t index = image_numbers(image)[server->volumes.first + i];
        const struct image_volume *volume = &image_volumes(image)[index];
        struct recorder_volume *to = &order->volumes[order->volume_count++];
        snprintf(to->name, sizeof to->name, "%s", image_text(image, volume->name));
        snprintf(to->path, sizeof to->path, "%s", image_text(image, volume->path));
    }
}

static bool give_order(struct group *group, const struct task *task, enum recorder_order_kind kind)
{
    struct recorder_order order;
    fill_order(group->supervisor, task, kind, &order);
    return worker_order(group->worker, &order);
}

/* Recording comes first: what memory holds of an armed camera is still there then. */
static bool tell_task(struct group *group, struct task *task)
{
    if (task->recording && (!task->told_recording || task->told_epoch != task->epoch)) {
        if (!give_order(group, task, ORDER_RECORD))
            return false;
        task->told_recording = true;
        task->told_epoch = task->epoch;
        task->stopping = false;
    }
    if (!task->recording && task->told_recording) {
        if (!give_order(group, task, ORDER_STOP))
            return false;
        task->told_recording = false;
        task->stopping = true;
    }
    if (task->armed != task->told_armed) {
        if (!give_order(group, task, task->armed ? ORDER_ARM : ORDER_DISARM))
            return false;
        task->told_armed = task->armed;
    }
    return true;
}

static void tell_worker(struct group *group)
{
    struct task *tasks = &group->supervisor->tasks[group->first];
    if (group->worker == NULL || !group->ready)
        return;
    for (uint32_t i = 0; i < group->count; i++)
        if (!tell_task(group, &tasks[i]))
            return;
}

static bool has_wishes(const struct group *group)
{
    const struct task *tasks = &group->supervisor->tasks[group->first];
    for (uint32_t i = 0; i < group->count; i++)
        if (tasks[i].armed || tasks[i].recording || tasks[i].stopping)
            return true;
    return false;
}

/* ---- what a worker tells ---- */

static struct task *find_task(const struct supervisor *supervisor, uint32_t camera)
{
    uint32_t low = 0, high = supervisor->task_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (supervisor->tasks[middle].camera < camera)
            low = middle + 1;
        else
            high = middle;
    }
    return low < supervisor->task_count && supervisor->tasks[low].camera == camera
               ? &supervisor->tasks[low]
               : NULL;
}

static void take_growth(struct task *task, const struct recorder_report *report, int64_t now_ms)
{
    const int64_t passed_ms = now_ms - task->alive_ms;
    if (report->bytes >= task->bytes && task->alive_ms > 0 && passed_ms > 0)
        task->bytes_per_s = (report->bytes - task->bytes) * 1000 / (uint64_t)passed_ms;
    else
        task->bytes_per_s = 0;
    task->alive_ms = now_ms;
    task->bytes = report->bytes;
    task->frames = report->frames;
    task->keyframe_ms = report->bytes > 0 ? now_ms - report->keyframe_age_ms : -1;
}

static void take_report(struct supervisor *supervisor, struct task *task,
                        const struct recorder_report *report)
{
    const bool current = task->recording && report->epoch == task->epoch;
    switch ((enum recorder_report_kind)report->kind) {
    case REPORT_ON_DISK:
        if (current)
            set_on_disk(supervisor, task);
        break;
    case REPORT_SILENT:
        if (current)
            set_mute(supervisor, task, report->cause);
        else
            memcpy(task->cause, report->cause, sizeof task->cause);
        break;
    case REPORT_STOPPED:
        task->stopping = false;
        break;
    case REPORT_ALIVE:
        if (current)
            take_growth(task, report, clock_now_ms());
        break;
    case REPORT_READY:
    case REPORT_SEGMENT:
    case RECORDER_REPORT_COUNT:
        break;
    }
}

static void on_report(void *owner, const struct recorder_report *report)
{
    struct group *group = owner;
    group->heard_ms = clock_now_ms();
    if (report->kind == REPORT_READY) {
        group->ready = true;
        tell_worker(group);
        return;
    }
    struct task *task = find_task(group->supervisor, report->camera);
    const struct task *first = &group->supervisor->tasks[group->first];
    if (task != NULL && task >= first && task < first + group->count)
        take_report(group->supervisor, task, report);
}

static void on_writable(void *owner)
{
    tell_worker(owner);
}

/* ---- starting and ending ---- */

static void fail_group(struct group *group, const char *cause)
{
    struct task *tasks = &group->supervisor->tasks[group->first];
    for (uint32_t i = 0; i < group->count; i++) {
        struct task *task = &tasks[i];
        task->told_armed = task->told_recording = task->stopping = false;
        task->bytes_per_s = 0;
        if (task->recording && !group->supervisor->leaving)
            set_mute(group->supervisor, task, cause);
    }
}

static void back_off(struct group *group, int64_t now_ms)
{
    int64_t pause_ms = group->failures == 0 ? 0 : BACK_OFF_MS;
    for (uint32_t i = 1; i < group->failures && pause_ms < BACK_OFF_MAX_MS; i++)
        pause_ms *= 2;
    group->next_start_ms = now_ms + (pause_ms < BACK_OFF_MAX_MS ? pause_ms : BACK_OFF_MAX_MS);
    group->failures++;
}

static void start_worker(struct group *group);

static void on_ended(void *owner, const char *how)
{
    struct group *group = owner;
    const int64_t now_ms = clock_now_ms();
    group->worker = NULL;
    group->ready = false;
    fail_group(group, "its recorder process has ended");
    if (group->supervisor->closing)
        return;
    if (now_ms - group->started_ms > STEADY_MS)
        group->failures = 0;
    back_off(group, now_ms);
    log_line("a recorder process for %u cameras %s; another one takes its place", group->count,
             how);
    if (group->next_start_ms <= now_ms)
        start_worker(group);
}

static void start_worker(struct group *group)
{
    struct supervisor *supervisor = group->supervisor;
    const int64_t now_ms = clock_now_ms();
    char error[TEXT_BYTES_MAX];
    group->worker = worker_start(
        supervisor->loop, supervisor->program,
        (struct worker_handler){
            .owner = group, .report = on_report, .writable = on_writable, .ended = on_ended},
        error);
    group->started_ms = group->heard_ms = now_ms;
    if (group->worker != NULL)
        return;
    if (group->failures == 0 || group->failures % 12 == 0)
        log_line("no recorder process can be started: %s; it is tried again", error);
    back_off(group, now_ms);
    fail_group(group, "no recorder process can be started");
}

static void tick_group(struct group *group, int64_t now_ms)
{
    if (group->worker == NULL) {
        if (now_ms >= group->next_start_ms && !group->supervisor->leaving)
            start_worker(group);
        return;
    }
    const int64_t silent_ms = now_ms - group->heard_ms;
    if (silent_ms < (group->ready ? SILENT_WORKER_MS : READY_MS) ||
        (group->ready && !has_wishes(group)))
        return;
    log_line("the recorder process %d has not reported for %lld ms; it is ended",
             worker_pid(group->worker), (long long)silent_ms);
    group->heard_ms = now_ms;
    worker_kill(group->worker);
}

void supervisor_tick(struct supervisor *supervisor, bool stalled)
{
    const int64_t now_ms = clock_now_ms();
    for (uint32_t i = 0; i < supervisor->group_count; i++) {
        if (stalled)
            supervisor->groups[i].heard_ms = now_ms;
        tick_group(&supervisor->groups[i], now_ms);
    }
}

/* ---- wishes ---- */

static struct group *group_of(struct supervisor *supervisor, const struct task *task)
{
    const uint32_t at = (uint32_t)(task - supervisor->tasks);
    return &supervisor->groups[at / GROUP_CAMERAS];
}

/* An idle worker owes no reports: its silence counts from its first task. */
static struct task *begin_wish(struct supervisor *supervisor, uint32_t camera)
{
    struct task *task = find_task(supervisor, camera);
    assert(task != NULL);
    struct group *group = group_of(supervisor, task);
    if (!has_wishes(group))
        group->heard_ms = clock_now_ms();
    return task;
}

void supervisor_arm(struct supervisor *supervisor, uint32_t camera, bool wanted)
{
    struct task *task = begin_wish(supervisor, camera);
    task->armed = wanted && !supervisor->leaving;
    tell_worker(group_of(supervisor, task));
}

void supervisor_record(struct supervisor *supervisor, uint32_t camera, uint64_t epoch)
{
    struct task *task = begin_wish(supervisor, camera);
    if (supervisor->leaving)
        return;
    if (task->recording && task->epoch == epoch) {
        if (task->on_disk)
            announce(supervisor, task, EVENT_ON_DISK);
        else if (task->mute)
            announce(supervisor, task, EVENT_MUTE);
        return;
    }
    task->recording = true;
    task->epoch = epoch;
    task->on_disk = task->mute = false;
    task->bytes = task->bytes_per_s = task->frames = 0;
    task->keyframe_ms = -1;
    task->alive_ms = 0;
    task->cause[0] = '\0';
    struct group *group = group_of(supervisor, task);
    if (group->worker == NULL)
        set_mute(supervisor, task, "no recorder process is running");
    tell_worker(group);
}

void supervisor_stop(struct supervisor *supervisor, uint32_t camera)
{
    struct task *task = find_task(supervisor, camera);
    assert(task != NULL);
    task->recording = task->on_disk = task->mute = false;
    task->bytes_per_s = 0;
    task->cause[0] = '\0';
    tell_worker(group_of(supervisor, task));
}

void supervisor_leave(struct supervisor *supervisor)
{
    supervisor->leaving = true;
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        supervisor->tasks[i].armed = supervisor->tasks[i].recording = false;
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        tell_worker(&supervisor->groups[i]);
}

bool supervisor_quiet(const struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->task_count; i++) {
        const struct task *task = &supervisor->tasks[i];
        if (task->recording || task->told_recording || task->stopping)
            return false;
    }
    return true;
}

struct supervisor_view supervisor_view(const struct supervisor *supervisor, uint32_t camera)
{
    const struct task *task = find_task(supervisor, camera);
    assert(task != NULL);
    const struct group *group = &supervisor->groups[(task - supervisor->tasks) / GROUP_CAMERAS];
    return (struct supervisor_view){
        .bytes = task->bytes,
        .bytes_per_s = task->bytes_per_s,
        .frames = task->frames,
        .keyframe_age_ms = task->keyframe_ms < 0 ? -1 : clock_now_ms() - task->keyframe_ms,
        .cause = task->cause,
        .worker_pid = group->worker != NULL ? worker_pid(group->worker) : 0};
}

/* ---- opening and closing ---- */

struct supervisor *supervisor_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                                   const uint32_t *cameras, uint32_t camera_count,
                                   const char *program, struct inbox *inbox)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    const uint32_t groups = (camera_count + GROUP_CAMERAS - 1) / GROUP_CAMERAS;
    if (supervisor == NULL)
        return NULL;
    *supervisor = (struct supervisor){.loop = loop,
                                      .image = image,
                                      .server = server,
                                      .program = program,
                                      .inbox = inbox,
                                      .tasks = calloc(camera_count + 1, sizeof(struct task)),
                                      .groups = calloc(groups + 1, sizeof(struct group)),
                                      .task_count = camera_count,
                                      .group_count = groups};
    if (supervisor->tasks == NULL || supervisor->groups == NULL) {
        supervisor_free(supervisor);
        return NULL;
    }
    for (uint32_t i = 0; i < camera_count; i++) {
        assert(i == 0 || cameras[i - 1] < cameras[i]);
        supervisor->tasks[i] = (struct task){.camera = cameras[i], .keyframe_ms = -1};
    }
    for (uint32_t i = 0; i < groups; i++) {
        const uint32_t first = i * GROUP_CAMERAS;
        const uint32_t rest = camera_count - first;
        supervisor->groups[i] =
            (struct group){.supervisor = supervisor,
                           .first = first,
                           .count = rest < GROUP_CAMERAS ? rest : GROUP_CAMERAS};
        start_worker(&supervisor->groups[i]);
    }
    return supervisor;
}

void supervisor_close(struct supervisor *supervisor)
{
    supervisor->leaving = supervisor->closing = true;
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        if (supervisor->groups[i].worker != NULL)
            worker_dismiss(supervisor->groups[i].worker);
}

void supervisor_kill(struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        if (supervisor->groups[i].worker != NULL)
            worker_kill(supervisor->groups[i].worker);
}

void supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    free(supervisor->tasks);
    free(supervisor->groups);
    free(supervisor);
}
