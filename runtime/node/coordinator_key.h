/* What a site keeps in etcd, all texts that an operator can read with etcdctl:
 *
 *     /understudy/claim/MAIN         EPOCH HOLDER    the highest epoch that was granted, and to
 * whom; it stays /understudy/live/MAIN          EPOCH HOLDER    the claim lives; hangs on the
 * holder's lease /understudy/slot/MANAGER/N     MAIN            a failover runs; hangs on the same
 * lease
 *
 * The epoch is our own counter, never a revision of etcd: a cluster that was restored from a backup
 * has lower ones.
 */
#ifndef RUNTIME_NODE_COORDINATOR_KEY_H
#define RUNTIME_NODE_COORDINATOR_KEY_H

#include "runtime/image.h"
#include "runtime/node/etcd_json.h"

#define COORDINATOR_PREFIX "/understudy/"

struct coordinator_key {
    char text[ETCD_KEY_BYTES];
};

struct coordinator_key coordinator_key_claim(const struct image *image, uint32_t main);
struct coordinator_key coordinator_key_live(const struct image *image, uint32_t main);
/* All slots of a manager, or one of them. */
struct coordinator_key coordinator_key_slots(const struct image *image, uint32_t manager);
struct coordinator_key coordinator_key_slot(const struct image *image, uint32_t manager,
                                            uint32_t slot);

/* A claim as it is kept; revision 0: it is not there. */
struct coordinator_record {
    uint64_t epoch;
    char holder[NAME_BYTES_MAX];
    uint64_t revision;
    int64_t lease;
};

#define COORDINATOR_VALUE_BYTES (NAME_BYTES_MAX + 24)

void coordinator_record_write(uint64_t epoch, const char *holder,
                              char text[static COORDINATOR_VALUE_BYTES]);
/* What an answer says of a key. False: something is there that is no record of ours. */
bool coordinator_record_read(const struct etcd_reply *reply, const struct coordinator_key *key,
                             struct coordinator_record *record);

/* The slots of a manager as an answer shows them. */
struct coordinator_slots {
    uint32_t taken;
    uint32_t own;          /* the slot of this main, or IMAGE_NONE */
    uint64_t own_revision; /* of its key */
    uint32_t free;         /* the lowest that nobody has */
};
struct coordinator_slots coordinator_slots_read(const struct etcd_reply *reply,
                                                const struct image *image, uint32_t manager,
                                                uint32_t main);

#endif
