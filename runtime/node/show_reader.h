/* A journal opened to read: what `journal show` and `why` have in common. */
#ifndef RUNTIME_NODE_SHOW_READER_H
#define RUNTIME_NODE_SHOW_READER_H

#include "runtime/node/entry.h"
#include "runtime/node/past.h"

/* With what its entries are read with. */
struct reader {
    struct past past;
    const struct deployment *deployment; /* of the entry that was read last */
    const struct image *image;           /* likewise */
    struct engine_transition *transitions;
    uint32_t max;
};

/* Opens the journal of a state folder, and shows times as its site does from now on. False: error
 * is set. To be closed either way. */
bool reader_open(struct reader *reader, const char *state, char error[static TEXT_BYTES_MAX]);
void reader_close(struct reader *reader);

/* Reads on under this deployment. */
void reader_use(struct reader *reader, const struct past_part *part);

/* Reads an entry, under the deployment of its time. False: it is damaged. */
bool reader_entry(struct reader *reader, uint64_t number, const uint8_t *bytes, size_t size,
                  struct entry *entry);

/* A line on what an event tells by itself. */
void reader_print_event(int64_t wall_ms, const char *text, const char *reason);

/* Returns the exit code for a system that failed. */
int reader_complain(const char *error);

#endif
