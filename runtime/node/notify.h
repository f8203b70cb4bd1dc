/* What a node tells systemd (sd_notify): that it is up, how it is doing, that its loop turns, that
 * it ends. A datagram to the socket that systemd names in the environment, in the words that its
 * documentation lays down; without one, nothing is done.
 */
#ifndef RUNTIME_NODE_NOTIFY_H
#define RUNTIME_NODE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no process
 * that the node starts speaks in its name. */
void notify_open(void);

/* The node is up. False: systemd could not take it just now; it is to be said again, for systemd
 * waits for it. */
bool notify_ready(void);
void notify_stopping(void);

/* One line on how it is doing; the same as before is not said again. */
void notify_status(const char *line);

/* The loop turns. Within half of what systemd waits for it. */
void notify_alive(void);

/* How often notify_alive is to be called, in milliseconds; 0: nobody waits for it. */
int64_t notify_interval_ms(void);

#endif
