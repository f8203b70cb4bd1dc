/* A compiled outage file: what `understudy simulate` hands to the dry run. Flat, without pointers,
 * like the image whose indices it uses. Order in the file: header, outages, acts, expectations,
 * strings (offsets from the start of the strings). */
#ifndef RUNTIME_OUTAGE_H
#define RUNTIME_OUTAGE_H

#include <stdint.h>

#include "runtime/limits.h"

#define OUTAGE_ABI         3u
#define OUTAGE_MAGIC       "UNDEROUT"                  /* 8 bytes, no NUL */
#define OUTAGE_JUMP_MS_MAX (INT64_C(36600) * 86400000) /* of a clock: a century */

/* What an act takes. */
enum act_target {
    TARGET_SERVER,
    TARGET_PATH, /* a server, and what it is cut from: enum outage_end */
    TARGET_FAILOVER,
    TARGET_VOLUME,
    TARGET_STORE, /* a volume, or the coordinator */
    TARGET_CAMERA,
    TARGET_CLOCK, /* a server, and by how much its wall clock jumps */
};

/* X(SYMBOL, "word", target) */
#define OUTAGE_ACTS(X)                                                                             \
    X(ACT_FAIL, "fail", TARGET_SERVER)                                                             \
    X(ACT_RESTORE, "restore", TARGET_SERVER)                                                       \
    X(ACT_LOG_OFF, "log_off", TARGET_SERVER)                                                       \
    X(ACT_LOG_ON, "log_on", TARGET_SERVER)                                                         \
    X(ACT_CUT, "cut", TARGET_PATH)                                                                 \
    X(ACT_HEAL, "heal", TARGET_PATH)                                                               \
    X(ACT_FORCE_START, "force_start", TARGET_FAILOVER)                                             \
    X(ACT_FORCE_STOP, "force_stop", TARGET_FAILOVER)                                               \
    X(ACT_ISOLATE, "isolate", TARGET_SERVER)                                                       \
    X(ACT_REJOIN, "rejoin", TARGET_SERVER)                                                         \
    X(ACT_PAUSE, "pause", TARGET_SERVER)                                                           \
    X(ACT_WAKE, "wake", TARGET_SERVER)                                                             \
    X(ACT_LOSE, "lose", TARGET_STORE)                                                              \
    X(ACT_REGAIN, "regain", TARGET_STORE)                                                          \
    X(ACT_FILL, "fill", TARGET_VOLUME)                                                             \
    X(ACT_EMPTY, "empty", TARGET_VOLUME)                                                           \
    X(ACT_STALL, "stall", TARGET_CAMERA)                                                           \
    X(ACT_RESUME, "resume", TARGET_CAMERA)                                                         \
    X(ACT_JUMP, "jump", TARGET_CLOCK)                                                              \
    X(ACT_DISABLE, "disable", TARGET_FAILOVER)                                                     \
    X(ACT_ENABLE, "enable", TARGET_FAILOVER)

#define X(symbol, word, target) symbol,
enum outage_act_kind { OUTAGE_ACTS(X) ACT_COUNT };
#undef X

/* Where a path from a server leads. */
enum outage_end { END_SERVER, END_VOLUME, END_COORDINATOR, END_COUNT };

enum outage_expect_kind {
    EXPECT_GAP,     /* the camera's whole gap is at most limit_ms */
    EXPECT_CARRIED, /* the main is carried at some time: by the server `by`, or by any if IMAGE_NONE
                     */
    EXPECT_OVERLOAD, /* the standby never has more to do than its capacity */
    EXPECT_RECORDED, /* the camera is recorded at least limit_ms: by the server `by`, or by any */
    EXPECT_DOUBLE,   /* the camera is recorded by two at once at most limit_ms */
    EXPECT_QUEUED,   /* the failover waits for a slot at most limit_ms */
    EXPECT_LICENCE,  /* the failover's grace runs out (limit_ms is 1) or does not (0) */
    EXPECT_COUNT
};

/* Whether a server runs, and if not, why. */
enum power {
    POWER_ON,
    POWER_FAILED,
    POWER_OFF,    /* logged off */
    POWER_PAUSED, /* it stands still and does not know */
};

struct outage_header {
    char magic[8];
    uint32_t abi;
    uint32_t outage_count;
    uint32_t act_count;
    uint32_t expect_count;
    uint32_t strings_size;
    uint32_t reserved;
    uint8_t image_hash[32]; /* of the image that the indices belong to */
};

struct outage {
    uint32_t name;
    uint32_t line;
    int64_t lasts_ms;
    uint32_t first_act; /* its acts in order of time, then of writing */
    uint32_t act_count;
    uint32_t first_expect;
    uint32_t expect_count;
};

struct outage_act {
    int64_t at_ms;
    uint32_t kind; /* enum outage_act_kind */
    uint32_t a;    /* what it is done to, by its target; the coordinator: IMAGE_NONE */
    uint32_t b;    /* the other end of a path, but for the coordinator; else IMAGE_NONE */
    uint32_t line;
    uint32_t end; /* of a path: enum outage_end */
    uint32_t reserved;
    int64_t jump_ms; /* TARGET_CLOCK: negative is back */
};

struct outage_expect {
    uint32_t kind;    /* enum outage_expect_kind */
    uint32_t subject; /* camera, server or failover */
    uint32_t by;      /* server or IMAGE_NONE */
    uint32_t text;    /* as the user would read it: "gap lobby at most 25 s" */
    int64_t limit_ms; /* at most, or at least */
    uint32_t line;
    uint32_t reserved;
};

#endif
