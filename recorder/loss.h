/* What a writer received and could not keep, noted down beside its segments, so that the archive
 * can say so where it shows a gap:
 *
 *     <from, ms since 1970> <to> <pictures> <CRC-32 of all before it>
 *
 * Lines are only ever added; one that a crash tore fails its check sum and is passed over. */
#ifndef RECORDER_LOSS_H
#define RECORDER_LOSS_H

#include <stddef.h>
#include <stdint.h>

#define LOSS_FILE ".losses"

struct loss {
    int64_t from_ms, to_ms; /* wall clock */
    uint64_t frames;
};

/* Adds a line durably to the file in a writer's directory. 0, or an errno. */
int loss_append(int directory, const struct loss *loss);

/* Reads at most `room` losses of a directory; how many there are in `*count`. 0 (none is fine), or
 * an errno. */
int loss_load(int directory, struct loss *losses, size_t room, size_t *count);

#endif
