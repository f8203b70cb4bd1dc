#include "runtime/node/supervisor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/group.h"
#include "runtime/node/keeping.h"
#include "runtime/node/pool.h"

/* What looks after the volumes and the copies under one deployment; the former ones end. */
struct keeper {
    struct keeping keeping;
    struct filling *filling;
    struct taking *taking;
    struct keeper *former;
};

/* What the tasks of one deployment have in common; those of a former one end under theirs. */
struct frame {
    struct task_frame common;
    struct frame *former;
};

struct supervisor {
    uv_loop_t *loop;
    struct frame *frame;
    struct worker_program program;
    struct tunnel_way way;
    struct task **tasks; /* ascending by camera; each in its group */
    struct pool pool;
    uint32_t task_count;
    uint32_t numbers; /* given to tasks so far */
    struct keeper *keeper;
};

/* ---- wishes ---- */

/* NULL: none is of this camera. */
static struct task *seek_task(const struct supervisor *supervisor, uint32_t camera)
{
    uint32_t low = 0, high = supervisor->task_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (supervisor->tasks[middle]->camera < camera)
            low = middle + 1;
        else
            high = middle;
    }
    return low < supervisor->task_count && supervisor->tasks[low]->camera == camera
               ? supervisor->tasks[low]
               : NULL;
}

static struct task *find_task(const struct supervisor *supervisor, uint32_t camera)
{
    struct task *task = seek_task(supervisor, camera);
    assert(task != NULL);
    return task;
}

static struct group *group_of(const struct supervisor *supervisor, const struct task *task)
{
    return supervisor->pool.groups[task->group];
}

void supervisor_arm(struct supervisor *supervisor, uint32_t camera, bool wanted)
{
    struct task *task = find_task(supervisor, camera);
    struct group *group = group_of(supervisor, task);
    if (wanted && !supervisor->frame->common.leaving)
        pool_provide(&supervisor->pool, group, false);
    group_begin_wish(group);
    task_arm(task, wanted && !supervisor->frame->common.leaving);
    group_tell(group);
}

void supervisor_record(struct supervisor *supervisor, uint32_t camera, uint64_t epoch)
{
    struct task *task = find_task(supervisor, camera);
    struct group *group = group_of(supervisor, task);
    if (supervisor->frame->common.leaving)
        return;
    pool_provide(&supervisor->pool, group, true);
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
    filling_want(supervisor->keeper->filling, failover);
}

void supervisor_hear(struct supervisor *supervisor, uint32_t peer, const struct parcel *parcel)
{
    filling_hear(supervisor->keeper->filling, peer, parcel);
    taking_hear(supervisor->keeper->taking, peer, parcel);
}

bool supervisor_records(const struct supervisor *supervisor, uint32_t camera)
{
    return find_task(supervisor, camera)->recording;
}

/* ---- time ---- */

void supervisor_tick(struct supervisor *supervisor, bool stalled)
{
    if (!supervisor->frame->common.leaving)
        pool_let_wait(&supervisor->pool);
    pool_tick(&supervisor->pool, stalled);
    keeping_tick(&supervisor->keeper->keeping);
    filling_tick(supervisor->keeper->filling);
    taking_tick(supervisor->keeper->taking);
}

void supervisor_leave(struct supervisor *supervisor)
{
    supervisor->frame->common.leaving = true;
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        supervisor->tasks[i]->armed = supervisor->tasks[i]->recording = false;
    for (uint32_t i = 0; i < supervisor->pool.count; i++)
        group_tell(supervisor->pool.groups[i]);
}

bool supervisor_quiet(const struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        if (!task_is_quiet(supervisor->tasks[i]))
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
        .memory_ms = task->memory_ms,
        .cause = task->cause,
        .worker_pid = group_pid(group_of(supervisor, task))};
}

struct keeping_view supervisor_volume(const struct supervisor *supervisor, uint32_t n)
{
    assert(n < RECORDER_VOLUMES_MAX);
    return supervisor->keeper->keeping.views[n];
}

struct filling_view supervisor_filling(const struct supervisor *supervisor, uint32_t failover)
{
    return filling_view(supervisor->keeper->filling, failover);
}

uint32_t supervisor_count(const struct supervisor *supervisor)
{
    return supervisor->task_count;
}

uint32_t supervisor_camera(const struct supervisor *supervisor, uint32_t n)
{
    assert(n < supervisor->task_count);
    return supervisor->tasks[n]->camera;
}

/* ---- opening, another deployment, and closing ---- */

/* True: they are others than before. */
static bool set_volumes(struct worker_program *program, const struct image *image, uint32_t server)
{
    const struct worker_program before = *program;
    bool same;
    program->volume_count = 0;
    const struct image_list list = image_servers(image)[server].volumes;
    for (uint32_t i = 0; i < list.count && i < RECORDER_VOLUMES_MAX; i++) {
        const uint32_t number = image_numbers(image)[list.first + i];
        program->volumes[i] = image_text(image, image_volumes(image)[number].path);
        program->volume_count = i + 1;
    }
    same = before.volume_count == program->volume_count;
    for (uint32_t i = 0; same && i < program->volume_count; i++)
        same = strcmp(before.volumes[i], program->volumes[i]) == 0;
    return !same;
}

static bool add_frame(struct supervisor *supervisor, const struct image *image, uint32_t server,
                      struct inbox *inbox)
{
    struct frame *frame = calloc(1, sizeof *frame);
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper != NULL)
        keeper->filling =
            filling_open(supervisor->loop, image, server, &supervisor->program, &supervisor->way);
    if (keeper != NULL)
        keeper->taking =
            taking_open(supervisor->loop, image, server, &supervisor->program, &supervisor->way);
    if (frame == NULL || keeper == NULL || keeper->filling == NULL || keeper->taking == NULL) {
        if (keeper != NULL) {
            filling_free(keeper->filling);
            taking_free(keeper->taking);
        }
        free(frame);
        free(keeper);
        return false;
    }
    frame->common = (struct task_frame){.image = image, .server = server, .inbox = inbox};
    frame->former = supervisor->frame;
    keeper->former = supervisor->keeper;
    supervisor->frame = frame;
    supervisor->keeper = keeper;
    return true;
}

/* A free task in a group that has one, the first at or after `from`; a group of its own else. */
static struct task *add_task(struct supervisor *supervisor, uint32_t *from, uint32_t camera)
{
    struct task *task = NULL;
    for (; *from < supervisor->pool.count && task == NULL; *from += task == NULL)
        task = group_room(supervisor->pool.groups[*from]);
    if (task == NULL) {
        struct group *group = pool_add(&supervisor->pool);
        task = group != NULL ? group_room(group) : NULL;
    }
    if (task != NULL)
        task_init(task, &supervisor->frame->common, camera, supervisor->numbers++);
    return task;
}

static bool add_tasks(struct supervisor *supervisor, struct task **tasks, const uint32_t *cameras,
                      uint32_t count)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert(i == 0 || cameras[i - 1] < cameras[i]);
        if (tasks[i] == NULL)
            tasks[i] = add_task(supervisor, &from, cameras[i]);
        if (tasks[i] == NULL)
            return false;
    }
    return true;
}

static void open_keeper(struct supervisor *supervisor)
{
    const struct task_frame *frame = &supervisor->frame->common;
    keeping_open(&supervisor->keeper->keeping, supervisor->loop, frame->image, frame->server,
                 &supervisor->program);
}

struct supervisor *supervisor_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                                   const uint32_t *cameras, uint32_t camera_count,
                                   const struct worker_program *program, struct inbox *inbox,
                                   struct tunnel_way way)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor == NULL)
        return NULL;
    *supervisor = (struct supervisor){.loop = loop,
                                      .program = *program,
                                      .way = way,
                                      .tasks = calloc(camera_count + 1, sizeof *supervisor->tasks),
                                      .task_count = camera_count};
    supervisor->pool = (struct pool){.loop = loop, .program = &supervisor->program};
    if (supervisor->tasks == NULL || !add_frame(supervisor, image, server, inbox) ||
        !add_tasks(supervisor, supervisor->tasks, cameras, camera_count)) {
        supervisor_free(supervisor);
        return NULL;
    }
    set_volumes(&supervisor->program, image, server);
    pool_let_wait(&supervisor->pool);
    open_keeper(supervisor);
    return supervisor;
}

/* Both deployments have their cameras in much the same order: each search begins where the last one
 * ended. */
static struct task *find_former(const struct supervisor *supervisor, const char *name,
                                uint32_t *next)
{
    const struct image *before = supervisor->frame->former->common.image;
    for (uint32_t n = 0; n < supervisor->task_count; n++) {
        const uint32_t at = (*next + n) % supervisor->task_count;
        const uint32_t camera = supervisor->tasks[at]->camera;
        if (strcmp(image_text(before, image_cameras(before)[camera].name), name) != 0)
            continue;
        *next = at + 1;
        return supervisor->tasks[at];
    }
    return NULL;
}

/* The task of each camera that there was before, by its name; the others' end. All are found before
 * one of them has its new number. */
static void keep_tasks(struct supervisor *supervisor, struct task **tasks, const uint32_t *cameras,
                       uint32_t count)
{
    const struct task_frame *after = &supervisor->frame->common;
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t name = image_cameras(after->image)[cameras[i]].name;
        tasks[i] = find_former(supervisor, image_text(after->image, name), &next);
    }
    for (uint32_t i = 0; i < count; i++)
        if (tasks[i] != NULL)
            task_renew(tasks[i], after, cameras[i], supervisor->numbers++);
    for (uint32_t i = 0; i < supervisor->task_count; i++)
        if (supervisor->tasks[i]->frame != after)
            task_retire(supervisor->tasks[i]);
}

bool supervisor_renew(struct supervisor *supervisor, const struct image *image, uint32_t server,
                      const uint32_t *cameras, uint32_t camera_count)
{
    struct task **tasks = calloc(camera_count + 1, sizeof *tasks);
    const uint32_t groups = supervisor->pool.count;
    if (tasks == NULL || !add_frame(supervisor, image, server, supervisor->frame->common.inbox)) {
        free(tasks);
        return false;
    }
    keep_tasks(supervisor, tasks, cameras, camera_count);
    if (!add_tasks(supervisor, tasks, cameras, camera_count)) {
        free(tasks);
        return false;
    }
    free(supervisor->tasks);
    supervisor->tasks = tasks;
    supervisor->task_count = camera_count;
    const bool elsewhere = set_volumes(&supervisor->program, image, server);
    for (uint32_t i = 0; i < groups; i++) {
        group_tell(supervisor->pool.groups[i]);
        if (elsewhere) /* a process reaches no volumes but those that it was started with */
            group_replace(supervisor->pool.groups[i]);
    }
    pool_let_wait(&supervisor->pool);
    keeping_close(&supervisor->keeper->former->keeping);
    filling_close(supervisor->keeper->former->filling);
    taking_close(supervisor->keeper->former->taking);
    open_keeper(supervisor);
    return true;
}

void supervisor_close(struct supervisor *supervisor)
{
    supervisor->frame->common.leaving = true;
    for (uint32_t i = 0; i < supervisor->pool.count; i++)
        group_close(supervisor->pool.groups[i]);
    keeping_close(&supervisor->keeper->keeping);
    filling_close(supervisor->keeper->filling);
    taking_close(supervisor->keeper->taking);
}

void supervisor_kill(struct supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->pool.count; i++)
        group_kill(supervisor->pool.groups[i]);
    for (struct keeper *keeper = supervisor->keeper; keeper != NULL; keeper = keeper->former) {
        keeping_kill(&keeper->keeping);
        filling_abandon(keeper->filling);
        taking_abandon(keeper->taking);
    }
}

void supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    for (struct frame *frame = supervisor->frame, *former; frame != NULL; frame = former) {
        former = frame->former;
        free(frame);
    }
    for (struct keeper *keeper = supervisor->keeper, *former; keeper != NULL; keeper = former) {
        former = keeper->former;
        filling_free(keeper->filling);
        taking_free(keeper->taking);
        free(keeper);
    }
    pool_free(&supervisor->pool);
    free(supervisor->tasks);
    free(supervisor);
}
