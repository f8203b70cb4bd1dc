/* One camera of a worker: what the node wishes of it, and two threads that see to it. One keeps the
 * source open and reconnects; the other feeds memory or the disk and follows the wishes. Neither
 * waits for a neighbour. */
#ifndef RECORDER_CAMERA_H
#define RECORDER_CAMERA_H

#include "recorder/recorder.h"
#include "recorder/vlc.h"

/* Takes a report for the node. Called from many threads; must not block. */
typedef void camera_report(void *owner, const struct recorder_report *report);

struct camera;

/* A camera without wishes. The order's names and address were accepted by camera_accepts. NULL:
 * memory or threads are out. */
struct camera *camera_open(struct vlc_library *library, const struct recorder_order *order,
                           camera_report *report, void *owner);

/* Are the order's names fit for a path and its address for a connection? Otherwise false and the
 * reason in `cause`. */
bool camera_accepts(const struct recorder_order *order, char *cause);

/* Changes the wishes. Does not wait for anything. */
void camera_order(struct camera *camera, const struct recorder_order *order);

/* Called about four times a second: REPORT_SILENT when it is due, REPORT_ALIVE if `alive`. */
void camera_tick(struct camera *camera, bool alive);

/* Ends the wishes, writes what was received, and frees the camera. */
void camera_close(struct camera *camera);

#endif
