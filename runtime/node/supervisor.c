#include "runtime/node/supervisor.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/node/clock.h"
#include "runtime/node/group.h"
#include "runtime/node/keeping.h"

struct supervisor {
    struct task_frame frame;
    struct worker_program program;
    struct task *tasks; /* ascending by camera */
    struct group *groups;
    uint32_t task_count;
    uint32_t group_count;
    struct keeping keeping;
    struct filling *filling;
};

/* ---- wishes ---- */

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
    assert(low < supervisor->task_count && supervisor->tasks[low].camera == camera);
    return &supervisor->tasks[low];
}

static struct group *group_of(const struct supervisor *supervisor, const struct task *task)
{
    return &supervisor->groups[(task - supervisor->tasks) / GROUP_CAMERAS];
}

void supervisor_arm(struct supervisor *supervisor, uint32_t camera, bool wanted)
{
    struct task *task = find_task(supervisor, camera);
    struct group *group = group_of(supervisor, task);
    group_begin_wish(group);
    task->armed = wanted && !supervisor->frame.leaving;
    group_tell(group);
}

void supervisor_record(struct supervisor *supervisor, uint32_t camera, uint64_t epoch)
{
    struct task *task = find_task(supervisor, camera);
    struct group *group = group_of(supervisor, task);
    if (supervisor->frame.leaving)
        return;
    group_begin_wish(group);
    task_record(task, epoch);
    if (group->worker == NULL && !task->mute)
        task_mute(task, "no recorder process is running");
    group_tell(group);
}

void supervisor_stop(struct supervisor *supervisor, uint32_t camera)
{
    struct task *task = find_task(supervisor, camera);
    task_stop(task);
    group_tell(group_of(supervisor, task));
}

void supervisor_fill(struct supervisor *supervisor, uint32_t failover)
{
    filling_want(supervisor->filling, failover);
}

/* ---- time ---- */

void supervisor_tick(struct supervisor *supervisor, bool stalled)
{
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        group_tick(&supervisor->groups[i], stalled);
    keeping_tick(&supervisor->keeping);
    filling_tick(supervisor->filling);
}

void supervisor_leave(struct supervisor *supervisor)
{
    supervisor->frame.leaving = true;
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        supervisor->tasks[i].armed = supervisor->tasks[i].recording = false;
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        group_tell(&supervisor->groups[i]);
}

bool supervisor_quiet(const struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        if (!task_is_quiet(&supervisor->tasks[i]))
            return false;
    return true;
}

/* ---- showing ---- */

struct supervisor_view supervisor_view(const struct supervisor *supervisor, uint32_t camera)
{
    const struct task *task = find_task(supervisor, camera);
    return (struct supervisor_view){
        .bytes = task->bytes,
        .bytes_per_s = task->bytes_per_s,
        .frames = task->frames,
        .lost = task->lost,
        .silences = task->silences,
        .keyframe_age_ms = task->keyframe_ms < 0 ? -1 : clock_now_ms() - task->keyframe_ms,
        .cause = task->cause,
        .worker_pid = group_pid(group_of(supervisor, task))};
}

struct keeping_view supervisor_volume(const struct supervisor *supervisor, uint32_t n)
{
    assert(n < RECORDER_VOLUMES_MAX);
    return supervisor->keeping.views[n];
}

struct filling_view supervisor_filling(const struct supervisor *supervisor, uint32_t failover)
{
    return filling_view(supervisor->filling, failover);
}

uint32_t supervisor_count(const struct supervisor *supervisor)
{
    return supervisor->task_count;
}

uint32_t supervisor_camera(const struct supervisor *supervisor, uint32_t n)
{
    assert(n < supervisor->task_count);
    return supervisor->tasks[n].camera;
}

/* ---- opening and closing ---- */

static void set_volumes(struct worker_program *program, const struct image *image, uint32_t server)
{
    const struct image_list list = image_servers(image)[server].volumes;
    for (uint32_t i = 0; i < list.count && i < RECORDER_VOLUMES_MAX; i++) {
        const uint32_t number = image_numbers(image)[list.first + i];
        program->volumes[i] = image_text(image, image_volumes(image)[number].path);
        program->volume_count = i + 1;
    }
}

static void open_groups(struct supervisor *supervisor, uv_loop_t *loop)
{
    for (uint32_t i = 0; i < supervisor->group_count; i++) {
        const uint32_t first = i * GROUP_CAMERAS;
        const uint32_t rest = supervisor->task_count - first;
        group_open(&supervisor->groups[i], loop, &supervisor->program, &supervisor->tasks[first],
                   rest < GROUP_CAMERAS ? rest : GROUP_CAMERAS);
    }
}

struct supervisor *supervisor_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                                   const uint32_t *cameras, uint32_t camera_count,
                                   const struct worker_program *program, struct inbox *inbox)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    const uint32_t groups = (camera_count + GROUP_CAMERAS - 1) / GROUP_CAMERAS;
    if (supervisor == NULL)
        return NULL;
    *supervisor = (struct supervisor){.frame = {.image = image, .server = server, .inbox = inbox},
                                      .program = *program,
                                      .tasks = calloc(camera_count + 1, sizeof *supervisor->tasks),
                                      .groups = calloc(groups + 1, sizeof *supervisor->groups),
                                      .task_count = camera_count,
                                      .group_count = groups};
    supervisor->filling = filling_open(loop, image, server, &supervisor->program);
    if (supervisor->tasks == NULL || supervisor->groups == NULL || supervisor->filling == NULL) {
        supervisor_free(supervisor);
        return NULL;
    }
    for (uint32_t i = 0; i < camera_count; i++) {
        assert(i == 0 || cameras[i - 1] < cameras[i]);
        task_init(&supervisor->tasks[i], &supervisor->frame, cameras[i]);
    }
    set_volumes(&supervisor->program, image, server);
    open_groups(supervisor, loop);
    keeping_open(&supervisor->keeping, loop, image, server, &supervisor->program);
    return supervisor;
}

void supervisor_close(struct supervisor *supervisor)
{
    supervisor->frame.leaving = true;
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        group_close(&supervisor->groups[i]);
    keeping_close(&supervisor->keeping);
    filling_close(supervisor->filling);
}

void supervisor_kill(struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->group_count; i++)
        group_kill(&supervisor->groups[i]);
    keeping_kill(&supervisor->keeping);
    filling_abandon(supervisor->filling);
}

void supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    filling_free(supervisor->filling);
    free(supervisor->tasks);
    free(supervisor->groups);
    free(supervisor);
}
