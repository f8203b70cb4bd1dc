/* Back-fill (R34): what a standby recorded while it carried a main, copied to the main's volume,
 * under the same names: <main>/<camera>/<epoch>-<standby>/. A copy has a hidden name until it is
 * whole, durable and has the digest that the index states, so nothing half-copied is ever seen; the
 * original stays and is shown until then. What is there already is not copied again: after a crash
 * it is simply run once more. */
#ifndef RECORDER_FILL_H
#define RECORDER_FILL_H

#include "recorder/archive.h"

struct fill {
    const struct archive_filter *filter;
    const char *server_name; /* only what this one recorded; NULL: every standby */
    bool mains_too;          /* what a main recorded of its own cameras, too */
    uint64_t bytes_per_s;    /* at most */
    int target;              /* the main's volume, open */
    char target_name[RECORDER_NAME_MAX];
    /* What was done. */
    uint64_t copied, copied_bytes, there_already, failed;
    int64_t begun_us;
};

/* Opens the main's volume. False: it was said on stderr. */
bool fill_open(struct fill *fill, const char *target_path);
/* Copies from one volume; a problem with a segment is said on stderr and counted, and the rest goes
 * on. The target itself is passed over. False: the volume cannot be read. */
bool fill_from(struct fill *fill, const char *volume_path);
void fill_close(struct fill *fill);

#endif
