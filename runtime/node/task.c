#include "runtime/node/task.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/log.h"

void task_init(struct task *task, const struct task_frame *frame, uint32_t camera, uint32_t number)
{
    *task = (struct task){.frame = frame,
                          .camera = camera,
                          .number = number,
                          .group = task->group,
                          .keyframe_ms = -1,
                          .memory_ms = -1};
}

/* ---- what the engine is told ---- */

static const char *camera_name(const struct task *task)
{
    const struct image *image = task->frame->image;
    return image_text(image, image_cameras(image)[task->camera].name);
}

static void announce(const struct task *task, enum engine_event_kind kind)
{
    struct engine_event event = inbox_event(kind);
    event.camera = task->camera;
    event.epoch = task->epoch;
    inbox_put(task->frame->inbox, &event, NULL);
}

static void set_on_disk(struct task *task)
{
    task->mute = false;
    task->cause[0] = '\0';
    if (!task->on_disk)
        announce(task, EVENT_ON_DISK);
    task->on_disk = true;
}

void task_mute(struct task *task, const char *cause)
{
    snprintf(task->cause, sizeof task->cause, "%s", cause);
    task->on_disk = false;
    if (task->mute)
        return;
    task->mute = true;
    task->silences++;
    log_line("camera %s: nothing reaches the disk: %s", camera_name(task), cause);
    announce(task, EVENT_MUTE);
}

/* ---- wishes ---- */

void task_arm(struct task *task, bool wanted)
{
    if (task->armed && !wanted && !task->recording)
        task->cause[0] = '\0';
    if (!wanted)
        task->memory_ms = -1;
    task->armed = wanted;
}

void task_record(struct task *task, uint64_t epoch)
{
    if (task->recording && task->epoch == epoch) {
        if (task->on_disk)
            announce(task, EVENT_ON_DISK);
        else if (task->mute)
            announce(task, EVENT_MUTE);
        return;
    }
    task->recording = true;
    task->epoch = epoch;
    task->on_disk = task->mute = false;
    task->bytes = task->bytes_per_s = task->frames = 0;
    task->keyframe_ms = -1;
    task->alive_ms = 0;
    task->cause[0] = '\0';
}

void task_stop(struct task *task)
{
    task->recording = task->on_disk = task->mute = false;
    task->bytes_per_s = 0;
    task->cause[0] = '\0';
}

bool task_is_busy(const struct task *task)
{
    return task->armed || task->recording || task->stopping;
}

bool task_is_quiet(const struct task *task)
{
    return !task->recording && !task->told_recording && !task->stopping;
}

/* ---- what the worker is told ---- */

void task_fill_volume(const struct image *image, const struct image_volume *volume,
                      struct recorder_volume *to)
{
    snprintf(to->name, sizeof to->name, "%s", image_text(image, volume->name));
    snprintf(to->path, sizeof to->path, "%s", image_text(image, volume->path));
    to->size_bytes = volume->size_bytes;
    to->reserve_bytes = volume->reserve_bytes;
}

static void fill_order(const struct task_frame *frame, uint32_t subject, uint32_t number,
                       enum recorder_order_kind kind, struct recorder_order *order)
{
    const struct image *image = frame->image;
    const struct image_camera *camera = &image_cameras(image)[subject];
    const struct image_server *server = &image_servers(image)[frame->server];
    memset(order, 0, sizeof *order);
    order->abi = RECORDER_ABI;
    order->kind = kind;
    order->camera = number;
    snprintf(order->camera_name, sizeof order->camera_name, "%s", image_text(image, camera->name));
    snprintf(order->main_name, sizeof order->main_name, "%s",
             image_text(image, image_servers(image)[camera->server].name));
    snprintf(order->server_name, sizeof order->server_name, "%s", image_text(image, server->name));
    snprintf(order->url, sizeof order->url, "%s", image_text(image, camera->url));
    snprintf(order->credentials, sizeof order->credentials, "%s",
             image_text(image, camera->credentials));
    for (uint32_t i = 0; i < server->volumes.count && i < RECORDER_VOLUMES_MAX; i++) {
        const uint32_t index = image_numbers(image)[server->volumes.first + i];
        const struct image_volume *volume = &image_volumes(image)[index];
        struct recorder_volume *to = &order->volumes[order->volume_count++];
        task_fill_volume(image, volume, to);
    }
}

static bool give_order(struct worker *worker, const struct task *task,
                       enum recorder_order_kind kind)
{
    struct recorder_order order;
    fill_order(task->frame, task->camera, task->number, kind, &order);
    order.epoch = kind == ORDER_RECORD ? task->epoch : 0;
    return worker_order(worker, &order);
}

/* What is no longer wanted as it was ends first. */
static bool end_former(struct task_former *former, struct worker *worker)
{
    struct recorder_order order;
    if (former->recording) {
        fill_order(former->frame, former->camera, former->number, ORDER_STOP, &order);
        if (!worker_order(worker, &order))
            return false;
        former->recording = false;
    }
    if (former->armed) {
        fill_order(former->frame, former->camera, former->number, ORDER_DISARM, &order);
        if (!worker_order(worker, &order))
            return false;
        former->armed = false;
    }
    return true;
}

/* ---- another deployment ---- */

/* As long as a former one is not ended, nothing has been told since. */
static void leave_former(struct task *task)
{
    if (!task->told_recording && !task->told_armed)
        return;
    task->former = (struct task_former){.frame = task->frame,
                                        .camera = task->camera,
                                        .number = task->number,
                                        .armed = task->told_armed,
                                        .recording = task->told_recording};
    task->told_recording = task->told_armed = task->stopping = false;
}

static bool is_same(const struct task *task, const struct task_frame *frame, uint32_t camera)
{
    static struct recorder_order before, after;
    fill_order(task->frame, task->camera, 0, ORDER_RECORD, &before);
    fill_order(frame, camera, 0, ORDER_RECORD, &after);
    return memcmp(&before, &after, sizeof before) == 0;
}

void task_renew(struct task *task, const struct task_frame *frame, uint32_t camera, uint32_t number)
{
    const bool same = is_same(task, frame, camera);
    if (!same) {
        leave_former(task);
        task->number = number;
        task->on_disk = task->mute = false;
        task->cause[0] = '\0';
    }
    task->frame = frame;
    task->camera = camera;
    if (!same && (task->armed || task->recording))
        log_line("camera %s is another one in the new deployment: it is opened again",
                 camera_name(task));
}

void task_retire(struct task *task)
{
    const struct task_former former = task->former;
    leave_former(task);
    const struct task_former last = task->former;
    task_init(task, task->frame, IMAGE_NONE, UINT32_MAX);
    task->former = former.recording || former.armed ? former : last;
}

bool task_is_free(const struct task *task)
{
    return task->camera == IMAGE_NONE && !task->former.recording && !task->former.armed;
}

/* Recording comes first: what memory holds of an armed camera is still there then. */
bool task_tell(struct task *task, struct worker *worker)
{
    if (!end_former(&task->former, worker))
        return false;
    if (task->recording && (!task->told_recording || task->told_epoch != task->epoch)) {
        if (!give_order(worker, task, ORDER_RECORD))
            return false;
        task->told_recording = true;
        task->told_epoch = task->epoch;
        task->stopping = false;
    }
    if (!task->recording && task->told_recording) {
        if (!give_order(worker, task, ORDER_STOP))
            return false;
        task->told_recording = false;
        task->stopping = true;
    }
    if (task->armed != task->told_armed) {
        if (!give_order(worker, task, task->armed ? ORDER_ARM : ORDER_DISARM))
            return false;
        task->told_armed = task->armed;
    }
    return true;
}

/* ---- what comes back ---- */

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
    task->lost += report->lost > task->worker_lost ? report->lost - task->worker_lost : 0;
    task->worker_lost = report->lost;
    task->keyframe_ms = report->bytes > 0 ? now_ms - report->keyframe_age_ms : -1;
}

/* The moment is told by the wall clock, which the worker shares; what jumped meanwhile is unknown.
 */
static void take_memory(struct task *task, const struct recorder_report *report, int64_t now_ms)
{
    const int64_t age_ms = clock_wall_ms() - report->from_wall_ms;
    memcpy(task->cause, report->cause, sizeof task->cause);
    if (report->from_wall_ms == 0)
        task->memory_ms = -1;
    else if (task->memory_ms < 0)
        task->memory_ms = now_ms - (age_ms > 0 ? age_ms : 0);
}

void task_take_report(struct task *task, const struct recorder_report *report)
{
    const bool current = task->recording && report->epoch == task->epoch;
    switch ((enum recorder_report_kind)report->kind) {
    case REPORT_ON_DISK:
        if (current)
            set_on_disk(task);
        break;
    case REPORT_SILENT:
        if (current)
            task_mute(task, report->cause);
        else
            memcpy(task->cause, report->cause, sizeof task->cause);
        break;
    case REPORT_STOPPED:
        task->stopping = false;
        break;
    case REPORT_ALIVE:
        if (current)
            take_growth(task, report, clock_now_ms());
        else if (task->armed && task->told_armed && !task->recording)
            take_memory(task, report, clock_now_ms());
        break;
    case REPORT_READY:
    case REPORT_SEGMENT:
    case REPORT_VOLUME:
    case REPORT_SPACE:
    case RECORDER_REPORT_COUNT:
        break;
    }
}

void task_lose_worker(struct task *task, const char *cause)
{
    task->told_armed = task->told_recording = task->stopping = false;
    task->former.recording = task->former.armed = false;
    task->bytes_per_s = 0;
    task->worker_lost = 0;
    task->memory_ms = -1;
    if (task->recording && !task->frame->leaving)
        task_mute(task, cause);
}
