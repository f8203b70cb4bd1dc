#include "runtime/node/keeping.h"

#include <stdio.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/log.h"
#include "runtime/node/task.h"

#define RETRY_MS 5000

static void on_ended(void *owner, const char *how)
{
    struct keeping *keeping = owner;
    keeping->worker = NULL;
    keeping->ready = false;
    keeping->next_start_ms = clock_now_ms() + RETRY_MS;
    if (!keeping->closing)
        log_line("the recorder process that looks after the volumes %s; another one takes its "
                 "place",
                 how);
}

/* ---- what it is told: for each volume its rules, one a camera, then the volume itself ---- */

static const struct image_server *server_of(const struct keeping *keeping)
{
    return &image_servers(keeping->image)[keeping->server];
}

/* What lies on the fallback belongs on the first volume of the archive. */
static void fill_volumes(const struct keeping *keeping, uint32_t volume,
                         struct recorder_order *order)
{
    const struct image *image = keeping->image;
    const struct image_server *server = server_of(keeping);
    const uint32_t *numbers = image_numbers(image) + server->volumes.first;
    const struct image_volume *volumes = image_volumes(image);
    order->volume_count = 1;
    task_fill_volume(image, &volumes[numbers[volume]], &order->volumes[0]);
    if (numbers[volume] != server->fallback || numbers[0] == server->fallback)
        return;
    order->volume_count = 2;
    task_fill_volume(image, &volumes[numbers[0]], &order->volumes[1]);
}

/* The n-th order, counted over all volumes; false: there are no more. */
static bool fill_order(const struct keeping *keeping, uint32_t n, struct recorder_order *order)
{
    const struct image *image = keeping->image;
    const uint32_t cameras = image->cameras.count;
    const uint32_t volume = n / (cameras + 1);
    const uint32_t rule = n % (cameras + 1);
    if (volume >= server_of(keeping)->volumes.count)
        return false;
    *order = (struct recorder_order){.abi = RECORDER_ABI, .kind = ORDER_KEEP, .camera = volume};
    snprintf(order->server_name, sizeof order->server_name, "%s",
             image_text(image, server_of(keeping)->name));
    fill_volumes(keeping, volume, order);
    if (rule == cameras)
        return true;
    const struct image_camera *camera = &image_cameras(image)[rule];
    order->keep_ms = camera->keep_ms;
    snprintf(order->camera_name, sizeof order->camera_name, "%s", image_text(image, camera->name));
    snprintf(order->main_name, sizeof order->main_name, "%s",
             image_text(image, image_servers(image)[camera->server].name));
    return true;
}

static void tell(struct keeping *keeping)
{
    struct recorder_order order;
    while (keeping->worker != NULL && keeping->ready &&
           fill_order(keeping, keeping->told, &order)) {
        const bool is_rule = order.camera_name[0] != '\0';
        if ((!is_rule || order.keep_ms > 0) && !worker_order(keeping->worker, &order))
            return;
        keeping->told++;
    }
}

static void on_writable(void *owner)
{
    tell(owner);
}

/* ---- what it tells ---- */

static void take_space(struct keeping *keeping, const struct recorder_report *report)
{
    if (report->camera >= server_of(keeping)->volumes.count ||
        report->camera >= RECORDER_VOLUMES_MAX)
        return;
    struct keeping_view *view = &keeping->views[report->camera];
    view->heard_ms = clock_now_ms();
    memcpy(view->cause, report->cause, sizeof view->cause);
    if (report->cause[0] != '\0')
        return;
    view->own_bytes = report->bytes;
    view->free_bytes = report->free_bytes;
}

static void on_report(void *owner, const struct recorder_report *report)
{
    struct keeping *keeping = owner;
    if (report->kind == REPORT_READY) {
        keeping->ready = true;
        tell(keeping);
    } else if (report->kind == REPORT_SPACE) {
        take_space(keeping, report);
    } else if (report->cause[0] != '\0') {
        log_line("%s", report->cause);
    }
}

static void start(struct keeping *keeping)
{
    char error[TEXT_BYTES_MAX];
    keeping->told = 0;
    keeping->worker = worker_start(
        keeping->loop, keeping->program,
        (struct worker_handler){
            .owner = keeping, .report = on_report, .writable = on_writable, .ended = on_ended},
        error);
    keeping->next_start_ms = clock_now_ms() + RETRY_MS;
}

void keeping_open(struct keeping *keeping, uv_loop_t *loop, const struct image *image,
                  uint32_t server, const struct worker_program *program)
{
    *keeping = (struct keeping){.loop = loop, .image = image, .program = program, .server = server};
    if (server_of(keeping)->volumes.count > 0)
        start(keeping);
}

void keeping_tick(struct keeping *keeping)
{
    if (keeping->worker == NULL && !keeping->closing && clock_now_ms() >= keeping->next_start_ms &&
        server_of(keeping)->volumes.count > 0)
        start(keeping);
}

void keeping_close(struct keeping *keeping)
{
    keeping->closing = true;
    if (keeping->worker != NULL)
        worker_dismiss(keeping->worker);
}

void keeping_kill(struct keeping *keeping)
{
    keeping->closing = true;
    if (keeping->worker != NULL)
        worker_kill(keeping->worker);
}
