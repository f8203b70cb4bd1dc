/* Which volumes answer. A network file system that hangs keeps whoever touches it for as long as it
 * likes: each volume is asked by a process of its own. */
#ifndef RECORDER_VOLUME_WATCH_H
#define RECORDER_VOLUME_WATCH_H

#include <stdbool.h>

struct volume_watch;

/* At first all are taken to answer. The paths stay the caller's. NULL: memory is out. */
struct volume_watch *volume_watch_new(char *const *paths, int count);
void volume_watch_free(struct volume_watch *watch);

/* Asks all that answered so far, and waits as long as one does not. Whatever the answer is, it is
 * one: whether the volume is sound is for others to tell. */
void volume_watch_ask(struct volume_watch *watch, int wait_ms);
/* Does this volume hang? One that did is seen to answer as soon as it does. */
bool volume_watch_hangs(struct volume_watch *watch, int i);

#endif
