/* Measures what two servers see of each other on a volume that both have: whether of two who claim
 * the same, one alone gets it, and how late one sees what the other has written. Both do the same
 * at once: two processes of one machine, or two machines, of which each may answer from caches of
 * its own.
 *
 * They meet in a folder on the volume (volume_side.h). No clocks are compared: how late a sign is
 * seen is told by the longest time in which it did not change before the reader's eyes. */
#ifndef RECORDER_VOLUME_PAIR_H
#define RECORDER_VOLUME_PAIR_H

#include <stdbool.h>
#include <stdint.h>

struct volume_pair {
    bool exclusive;     /* of two who make one file, one alone does */
    bool links;         /* it has hard links, without which no main can be claimed there (R30) */
    bool linked_once;   /* of two who link to one name, one alone does */
    int64_t renewal_us; /* a sign of life is written, made durable and named; at worst */
    int64_t seen_us;    /* how much later the other one sees it, at worst */
    int64_t claim_us;   /* a claim is written, made durable, linked and read back; at worst */
};

/* Runs both sides on this machine, which look at each other's signs for so long. False: `cause`
 * says why, in cause_size bytes. */
bool volume_pair_alone(int volume, int look_s, struct volume_pair *pair, char *cause,
                       uint32_t cause_size);

/* Runs one side, with whoever does the same on the same volume; the figures are the worse ones of
 * both. Waits two minutes for the other. */
bool volume_pair_meet(int volume, int look_s, struct volume_pair *pair, char *cause,
                      uint32_t cause_size);

#endif
