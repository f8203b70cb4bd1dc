/* Measures what a volume really does, as a recorder uses it: is a file made exclusively, is a lock
 * kept, does a rename spare what is there, and how long do the steps take that make a segment
 * durable. A NAS promises all that; some do not keep it. */
#ifndef RECORDER_VOLUME_PROBE_H
#define RECORDER_VOLUME_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* X(field, "name", "what a user calls it") */
#define VOLUME_PROBE_STEPS(X)                                                                      \
    X(create, "create", "make a file")                                                             \
    X(write, "write", "write 64 KiB")                                                              \
    X(sync, "sync", "make it durable")                                                             \
    X(rename, "rename", "give it its name")                                                        \
    X(directory, "directory", "make that durable")

enum volume_probe_step {
#define X(field, name, text) VOLUME_PROBE_##field,
    VOLUME_PROBE_STEPS(X)
#undef X
        VOLUME_PROBE_STEP_COUNT
};

struct volume_probe {
    char filesystem[32];
    bool is_network;
    bool exclusive; /* of several who make a file exclusively, one alone does */
    bool locks;     /* a lock keeps another process off */
    bool spares;    /* a rename that must not replace does not */
    bool fresh;     /* another process sees at once what was written and named */
    uint32_t rounds;
    struct {
        int64_t median_us, p99_us, max_us;
    } steps[VOLUME_PROBE_STEP_COUNT];
    uint64_t bytes_per_s; /* of 64 MiB in one file, made durable */
};

/* Probes the volume whose directory is open, in a folder of its own that it removes again. Waits
 * for the volume. 0, or the errno of the step named in `what`. */
int volume_probe(int volume, struct volume_probe *probe, const char **what);

#endif
