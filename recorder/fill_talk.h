/* What `archive give` on the standby and `archive take` on the main say to each other where only
 * the main reaches its volume (R34). The nodes carry it; it comes and goes on RECORDER_FD. Lines,
 * and the bytes of segments. The taker asks:
 *
 *     into VOLUME      the next day's directory, of those that are not known to be on VOLUME
 *                          writer CAMERA EPOCH DAY ROWS LOCKS
 *                          so many lines of its index, and so many: lock FROM_MS TO_MS REASON
 *                      or that there is none any more
 *                          end
 *     get NAME         a segment of it
 *                          bytes COUNT, and they follow
 *                      or why not
 *                          gone
 *                          spoilt
 *     done             all of this directory is there; the giver notes it
 *     bye COPIED THERE FAILED BYTES CAUSE
 *                      and that was it; CAUSE is why nothing could be done at all, or nothing
 *
 * Either may talk nonsense, or fall silent: a line is bounded, a name is only compared. */
#ifndef RECORDER_FILL_TALK_H
#define RECORDER_FILL_TALK_H

#include <stdbool.h>
#include <stdio.h>

#define FILL_LINE_MAX 512

struct fill_talk {
    FILE *in, *out;
};

/* False: there is nobody on RECORDER_FD. */
bool fill_talk_open(struct fill_talk *talk);
void fill_talk_close(struct fill_talk *talk);

/* Says a line, and sends it. False: nobody hears it. */
__attribute__((format(printf, 2, 3))) bool fill_say(struct fill_talk *talk, const char *format,
                                                    ...);
/* The next line, without its end. False: it is none, or there are no more. */
bool fill_hear(struct fill_talk *talk, char line[static FILL_LINE_MAX]);

#endif
