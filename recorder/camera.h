/* One camera of a worker: what the node wishes of it, and two threads that see to it. One keeps the
 * source open and reconnects; the other feeds memory or the disk and follows the wishes. Neither
 * waits for a neighbour. */
#ifndef RECORDER_CAMERA_H
#define RECORDER_CAMERA_H

#include "recorder/health.h"
#include "recorder/recorder.h"
#include "recorder/vlc.h"

struct camera;

/* A camera without wishes, which reports from many threads. The order's names and address were
 * accepted by order_accept. NULL: memory or threads are out. */
struct camera *camera_open(struct vlc_library *library, const struct recorder_order *order,
                           health_report *report, void *owner);

/* Changes the wishes. Does not wait for anything. */
void camera_order(struct camera *camera, const struct recorder_order *order);

/* Called about four times a second: REPORT_SILENT when it is due, REPORT_ALIVE if `alive`. */
void camera_tick(struct camera *camera, bool alive);

/* Ends the wishes, writes what was received, and frees the camera. */
void camera_close(struct camera *camera);

#endif
