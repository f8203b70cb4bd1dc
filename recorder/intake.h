/* Keeps a camera's source open on a thread of its own: connects, reads, and after a failure tries
 * again with a growing pause. Gives every picture and sound its wall-clock moment and its stream.
 */
#ifndef RECORDER_INTAKE_H
#define RECORDER_INTAKE_H

#include "recorder/frame.h"

/* From the beginning of one attempt to that of the next, but never less than the least after its
 * end: who waited for an answer in vain need not wait once more. */
#define INTAKE_PAUSE_MIN_MS      500
#define INTAKE_PAUSE_MAX_MS      2000
#define INTAKE_PAUSE_HOPELESS_MS 5000 /* some cameras lock out who comes too often in vain */

/* Both are called from the intake's thread, and must not block for long. */
struct intake_events {
    void *owner;
    /* A picture or a sound came; one user is handed over with it. `reordered`: the camera has been
     * seen to send pictures in another order than they are shown in. */
    void (*frame)(void *owner, struct frame *frame, bool reordered);
    /* Those that came since the last time may be dealt with: most of what a camera costs is waking
     * threads up, so that is done for several at once while nobody is in a hurry. */
    void (*together)(void *owner);
    /* The source is not there, or no more; a sentence that says why. `hopeless`: it will not come
     * by itself. */
    void (*trouble)(void *owner, const char *cause, bool hopeless);
    /* The source is awaited, but not as it should be; a sentence that says why. Told once, not at
     * each connection. */
    void (*remark)(void *owner, const char *remark);
};

struct intake;

/* Once for the process, before the first intake: the file of secrets and the directory of clips, as
 * the command line names them; NULL: there is none. */
void intake_setup(const char *secrets, const char *clips);

/* Begins to open a source. `credentials` is the name of a secret, looked up at each connection; "":
 * none. NULL: memory or threads are out. */
struct intake *intake_open(const char *url, const char *credentials,
                           const struct intake_events *events);
/* Somebody waits for what the camera sends: for some seconds each frame is given at once. */
void intake_hurry(struct intake *intake);
/* Likewise, and waits until all is given that the camera has sent so far, a fifth of a second at
 * most.
 */
void intake_catch_up(struct intake *intake);
/* Ends the connection, waits for the thread and frees it. */
void intake_close(struct intake *intake);

#endif
