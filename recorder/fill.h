/* Back-fill (R34): what a standby recorded while it carried a main, copied to the main's volume,
 * under the same names: <main>/<camera>/<epoch>-<standby>/. A copy has a hidden name until it is
 * whole, durable and has the digest that the index states, so nothing half-copied is ever seen; the
 * original stays and is shown until then. What is there already is not copied again: after a crash
 * it is simply run once more.
 *
 * A directory that a fill has made bears a mark, FILL_MARK: its footage has become the main's, and
 * the main's clean-up drops it when it is due (keep.h). Where copies are made in the background,
 * the standby's directory gets a note of what has arrived where, FILL_NOTE, so that what the main
 * drops is not copied again. */
#ifndef RECORDER_FILL_H
#define RECORDER_FILL_H

#include "recorder/archive.h"

#define FILL_MARK ".filled"
#define FILL_NOTE ".filled-into"

struct fill {
    const struct archive_filter *filter;
    const char *server_name; /* only what this one recorded; NULL: every standby */
    const char *main_name;   /* only of this one's cameras; NULL: of all */
    bool mains_too;          /* what a main recorded of its own cameras, too */
    bool remembers;          /* by the server that recorded it: what a kill left there is
                              * finished first, and notes of what has arrived are kept */
    uint64_t bytes_per_s;    /* at most */
    int target;              /* the main's volume, open */
    char target_name[RECORDER_NAME_MAX]; /* "": it cannot be opened */
    /* What was done. */
    uint64_t copied, copied_bytes, there_already, failed;
    bool unfinished; /* a segment was still being written, or could not be finished */
    int64_t begun_us;
};

/* Opens the main's volume, which must be the one of this name (NULL: any). False with the reason in
 * `cause` (RECORDER_CAUSE_MAX bytes). */
bool fill_open(struct fill *fill, const char *target_path, const char *name, char *cause);
/* Copies from one volume; a problem with a segment is said on stderr and counted, and the rest goes
 * on. The target itself is passed over. False: the volume cannot be read. */
bool fill_from(struct fill *fill, const char *volume_path);
void fill_close(struct fill *fill);

/* Whether the footage of a writer's directory was brought there by a fill. */
bool fill_is_mark_set(int directory);

#endif
