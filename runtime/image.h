/* The image: one compiled topology as a flat, versioned, hashed block without pointers.
 *
 * A header, then sections. A section is an array of one struct; an index is a position in its
 * section. Texts are offsets into the section of strings, each ended by a NUL; offset 0 is the
 * empty text, which stands for one that was not given. Lists (a server's volumes, a failover's
 * cameras...) are {first, count} into the section of numbers. Little-endian, every struct free of
 * padding.
 *
 * It holds what was compiled and nothing of how that was written: two topologies that mean the same
 * give the same image, whatever their files are called and wherever in them a line stands. So its
 * hash is the identity of a deployment.
 *
 * Order: servers, volumes, managers by declaration; cameras by (owner, declaration) so that a
 * server's own cameras are a range; failovers by (standby, declaration) so that a standby's
 * failovers are a range.
 */
#ifndef RUNTIME_IMAGE_H
#define RUNTIME_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/machine.h"

#define IMAGE_ABI         6u
#define IMAGE_MAGIC       "UNDERSTD"        /* 8 bytes, no NUL */
#define IMAGE_NONE        UINT32_MAX        /* no index */
#define IMAGE_COORDINATOR (UINT32_MAX - 1u) /* no index either: the arbiter is the coordinator */

struct image_list {
    uint32_t first; /* in the section of numbers */
    uint32_t count;
};

struct image_section {
    uint32_t offset; /* bytes from the start of the image; a multiple of 8 */
    uint32_t count;
};

struct image_site {
    uint32_t name;
    uint32_t heartbeat_ms;
    uint32_t misses;
    uint32_t start_ms; /* dry run: from an order to a recorder until the first frame is on disk */
    uint32_t claim_ms; /* how long a lower standby waits for the claim of a higher one (R24) */
    uint32_t lease_ms; /* how long a claim on shared storage holds without a renewal (R30, R45) */
    uint32_t licence_bound;     /* 1: carrying runs the licence clock (R9) */
    uint32_t time_zone;         /* in which times are shown to people: "Europe/Berlin" */
    int64_t grace_ms;           /* the licence clock when it is full (R9, R12) */
    int64_t repair_ms;          /* a dead server is back by then at the latest; 0: not declared */
    struct image_list on_alarm; /* a hook: see image_failover */
};

struct image_volume {
    uint32_t name;
    uint32_t path;
    uint32_t shared; /* 1: declared as `nas` */
    uint32_t reserved;
    uint64_t size_bytes;
    uint64_t reserve_bytes;
};

struct image_server {
    uint32_t name;
    uint32_t address; /* "host:port" */
    uint32_t ask_wait_ms;
    uint32_t machine; /* its main machine: index in deployment.machines */
    int32_t priority;
    struct image_list own_cameras; /* a range of cameras, not of numbers */
    struct image_list failovers;   /* under it: a range of failovers, not of numbers */
    struct image_list watchers;  /* numbers: the failovers that monitor it, in their order (R24) */
    struct image_list peers;     /* numbers: the servers that it has a link with, ascending */
    struct image_list volumes;   /* numbers: its archive in order, then its fallback */
    struct image_list witnesses; /* numbers: texts "host:port" (R29) */
    uint32_t fallback;           /* the volume that is the last of them (R35), or IMAGE_NONE */
    uint32_t capacity_cameras;   /* 0: not declared */
    uint32_t arbiter; /* who decides who holds its claim (R30): a volume on the network that all
                         its standbys name too, IMAGE_COORDINATOR, or IMAGE_NONE */
    uint64_t capacity_network_bps;
    uint64_t capacity_write_bps; /* bits per second too */
};

struct image_camera {
    uint32_t name;
    uint32_t url;
    uint32_t server; /* its main */
    uint32_t machine;
    uint16_t sessions;    /* 1: it accepts only one reader (R27) */
    uint16_t arm;         /* enum image_arm */
    uint32_t credentials; /* the name of the secret that opens it, never the secret; "": none */
    uint64_t rate_bps;    /* 0: not declared */
    int64_t keep_ms;      /* footage that is older is dropped; 0: until the space is needed */
};

enum image_arm { ARM_COLD, ARM_WARM, ARM_HOT };

/* Bits: further reasons for a take-over (R36). */
enum image_also_on { ALSO_ON_STORAGE = 1, ALSO_ON_RECORDING = 2 };

struct image_failover {
    uint32_t name;
    uint32_t standby; /* server */
    uint32_t monitor; /* server: the main */
    uint32_t machine;
    uint32_t wait_ms;
    uint32_t hold_down_ms;
    uint32_t manager;     /* who counts its slots; IMAGE_NONE: no limit applies */
    uint32_t own_manager; /* where that is the site's: the one of its standby, which limits it as
                             well (R14), or IMAGE_NONE */
    int32_t priority;
    struct image_list objects; /* numbers: cameras, ascending */
    uint32_t retry_for_ms;     /* how long a take-over that fails keeps its slot (R40) */
    uint32_t also_on;          /* enum image_also_on */
    uint8_t no_ping;           /* 1: transfer_if_no_ping (R19) */
    uint8_t manual;            /* 1: the return waits for an operator (R28) */
    uint8_t disabled;          /* 1: it watches nothing (R20) */
    uint8_t reserved;
    struct image_list on_start; /* numbers: texts, a program and its arguments, to be run at START
                                   (R16); empty: none */
    struct image_list on_stop;  /* likewise, at STOP */
};

struct image_manager {
    uint32_t name;
    uint32_t max_running;
    uint32_t host;    /* the server that keeps the count */
    uint32_t allow;   /* 1: when the host is out of reach, a take-over is allowed (R38) */
    uint32_t standby; /* it limits this server alone, its host; IMAGE_NONE: the whole site */
};

/* At most one: an etcd cluster that decides who carries whom. */
struct image_coordinator {
    struct image_list endpoints; /* numbers: texts "https://host:port" */
    uint32_t ca;                 /* paths of PEM files on each server; "": not given */
    uint32_t cert;
    uint32_t key;
    uint32_t credentials; /* the name of the secret with user and password; "": none */
    uint32_t allow;       /* 1: when it is out of reach, a take-over is allowed (R38) */
};

/* X(field, struct) */
#define IMAGE_SECTIONS(X)                                                                          \
    X(volumes, image_volume)                                                                       \
    X(servers, image_server)                                                                       \
    X(cameras, image_camera)                                                                       \
    X(failovers, image_failover)                                                                   \
    X(managers, image_manager)                                                                     \
    X(coordinators, image_coordinator)

struct image {
    char magic[8];
    uint32_t abi;
    uint32_t size;    /* of the whole image in bytes */
    uint8_t hash[32]; /* SHA-256 of the whole image with this field zero */
    struct image_site site;
#define X(field, type) struct image_section field;
    IMAGE_SECTIONS(X)
#undef X
    struct image_section numbers; /* uint32_t */
    struct image_section strings; /* char */
};

/* Checks a block of size bytes from outside so that everything below can trust it: magic, ABI,
 * bounds of every section, list, index and text. Returns NULL and writes a sentence to error if it
 * is not a sound image. */
const struct image *image_check(const void *block, size_t size, char error[static TEXT_BYTES_MAX]);

/* The text at an offset; never NULL. */
const char *image_text(const struct image *image, uint32_t offset);

/* image_volumes(image) ... image_coordinators(image): the sections as arrays. */
#define X(field, type)                                                                             \
    static inline const struct type *image_##field(const struct image *image)                      \
    {                                                                                              \
        return (const struct type *)(const void *)((const char *)image + image->field.offset);     \
    }
IMAGE_SECTIONS(X)
#undef X
static inline const uint32_t *image_numbers(const struct image *image)
{
    return (const uint32_t *)(const void *)((const char *)image + image->numbers.offset);
}

/* The index of the server, camera or failover with this name, or IMAGE_NONE. */
uint32_t image_find_server(const struct image *image, const char *name);
uint32_t image_find_camera(const struct image *image, const char *name);
uint32_t image_find_failover(const struct image *image, const char *name);

/* The position of a number in an ascending list, or IMAGE_NONE. */
uint32_t image_list_find(const struct image *image, struct image_list list, uint32_t number);

/* The place of a volume in a server's list (R35), or IMAGE_NONE. */
uint32_t image_server_volume(const struct image *image, uint32_t server, uint32_t volume);

/* The place of a failover among those that watch its main, 0 for the first. */
uint32_t image_failover_rank(const struct image *image, uint32_t failover);

/* Whether two failovers of one main share an object: only then do they compete (R24). */
bool image_failovers_overlap(const struct image *image, uint32_t a, uint32_t b);

/* Whether a lists all objects of b. */
bool image_failover_includes(const struct image *image, uint32_t a, uint32_t b);

/* Whether a manager limits a failover, alone or beside another one (R14). */
static inline bool image_failover_is_limited(const struct image_failover *failover,
                                             uint32_t manager)
{
    return manager != IMAGE_NONE &&
           (failover->manager == manager || failover->own_manager == manager);
}

/* Who counts the slots of a manager beside its host (R14, R38): a coordinator, or the volume that
 * decides about all mains that it limits. IMAGE_NONE: nobody, or there is no limit of the whole
 * site. */
uint32_t image_manager_arbiter(const struct image *image, uint32_t manager);

/* The same for one failover: whoever counts counts only those whose main it decides about. */
uint32_t image_failover_counter(const struct image *image, uint32_t failover);

/* How long its main may be away before it is taken over: expect_reconnection, and one claim time
 * for each standby above this one that competes with it (R24). */
int64_t image_failover_wait_ms(const struct image *image, uint32_t failover);

/* Writes the first 12 hex digits of the hash, the short name of a deployment for people. */
void image_short_hash(const struct image *image, char text[static 13]);

#endif
