/* The contract between a node and a recorder worker process: orders one way, reports the other.
 *
 * A worker is `understudy-recorder worker [--secrets FILE] [--clips DIR]`, started by the node
 * before it is needed, with a SOCK_SEQPACKET socket as descriptor RECORDER_FD. One message is one
 * struct, written and read whole; every text in it ends with a NUL. A message of another size or
 * ABI is refused. The worker ends when the socket closes, and dies with its node.
 *
 * A worker serves a group of cameras. For each of them it keeps two independent wishes:
 *   armed      the source is open and what it sends is kept in memory, back to a keyframe, bounded;
 *   recording  what it sends is written, from a keyframe on: first what memory holds.
 *
 * An order states a wish, so giving it twice changes nothing (R44). The worker reconnects, retries
 * and falls back by itself for as long as the wish stands, and reports what it sees.
 *
 * What is on disk (R31), with an index beside the segments:
 *   <volume>/<main>/<camera>/<epoch>-<server>/<day>/<start>_<length>.ts (or .mkv; media.h)
 *
 * Order of duties at the end of a segment: write, fsync, rename, fsync of the directory, index row.
 */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include <stdint.h>

#define RECORDER_ABI 3u
#define RECORDER_FD  3 /* the worker's end of the socket */

/* Bounds of the texts in an order, in bytes with the final NUL. */
#define RECORDER_NAME_MAX    64
#define RECORDER_PATH_MAX    512
#define RECORDER_URL_MAX     1024
#define RECORDER_CAUSE_MAX   200
#define RECORDER_VOLUMES_MAX 8

/* How long a source that should be on disk may bring nothing before it is reported silent, in
 * milliseconds. */
#define RECORDER_SILENCE_MS 3000
/* What memory holds of an armed camera at most: time, and bytes where the stream is richer than
 * declared. */
#define RECORDER_PREROLL_MS    60000
#define RECORDER_PREROLL_BYTES (48u << 20)
/* A hole in a camera's pictures that is not longer counts as none, in milliseconds: the clocks of
 * two servers do not agree any better, and the length of a last picture is only estimated. A longer
 * one lies between two segments, and the archive states it. */
#define RECORDER_TOLERANCE_MS 500
/* A segment is cut at the first keyframe after this time, in milliseconds. */
#define RECORDER_SEGMENT_MS 10000

/* X(SYMBOL, "name") */
#define RECORDER_ORDERS(X)                                                                         \
    X(ORDER_ARM, "arm")       /* open the source, keep it in memory */                             \
    X(ORDER_DISARM, "disarm") /* forget what memory holds; close unless recording */               \
    X(ORDER_RECORD, "record") /* write, under this epoch; another epoch: new directory, no gap */  \
    X(ORDER_STOP, "stop")     /* end the segment durably; close unless armed */                    \
    X(ORDER_KEEP, "keep")     /* look after a volume: see recorder_order */

enum recorder_order_kind {
#define X(symbol, name) symbol,
    RECORDER_ORDERS(X)
#undef X
        RECORDER_ORDER_COUNT
};

/* A place to write, in order of preference. The directory carries a marker file with this name
 * (R32). */
struct recorder_volume {
    char name[RECORDER_NAME_MAX];
    char path[RECORDER_PATH_MAX];
    uint64_t size_bytes;    /* what this server may use of it; 0: all */
    uint64_t reserve_bytes; /* what stays free on it */
};

/* ORDER_KEEP: this server's footage on the first volume is cleaned up (R35): of this camera what is
 * older than keep_ms (no camera: nothing is dropped for its age), and the oldest of all where the
 * volume is full. What lies there is moved to the second volume, if one is given. One order for
 * each camera with a keep_ms, and one without a camera. */
struct recorder_order {
    uint32_t abi;
    uint32_t kind;   /* enum recorder_order_kind */
    uint32_t camera; /* the node's number of the camera, echoed in every report on it */
    uint32_t volume_count;
    uint64_t epoch;  /* ORDER_RECORD */
    int64_t keep_ms; /* ORDER_KEEP */
    char camera_name[RECORDER_NAME_MAX];
    char main_name[RECORDER_NAME_MAX];   /* the server that owns the camera */
    char server_name[RECORDER_NAME_MAX]; /* the server that writes: this one */
    char url[RECORDER_URL_MAX];
    char credentials[RECORDER_NAME_MAX]; /* the name of a secret; "": none */
    struct recorder_volume volumes[RECORDER_VOLUMES_MAX];
};

/* X(SYMBOL, "name") */
#define RECORDER_REPORTS(X)                                                                        \
    X(REPORT_READY, "ready") /* the worker is up; once, first */                                   \
    X(REPORT_ON_DISK,                                                                              \
      "on_disk") /* the first keyframe under this epoch is durable, or again after silence */      \
    X(REPORT_SILENT, "silent")   /* nothing reaches the disk; `cause` says why in a sentence */    \
    X(REPORT_STOPPED, "stopped") /* after ORDER_STOP: the last segment is durable */               \
    X(REPORT_ALIVE, "alive")     /* each second for each camera with a wish: how it grows */       \
    X(REPORT_SEGMENT, "segment") /* a segment is complete, durable and in the index */             \
    X(REPORT_VOLUME, "volume")   /* ORDER_KEEP: how a volume is doing, when that changes: `cause`  \
                                    says it; `bytes` and `frames` are what was dropped */          \
    X(REPORT_SPACE, "space")     /* ORDER_KEEP: every few seconds: what is wrong with a volume now \
                                    (`cause`), or ""; then `bytes` and `free_bytes` count */

enum recorder_report_kind {
#define X(symbol, name) symbol,
    RECORDER_REPORTS(X)
#undef X
        RECORDER_REPORT_COUNT
};

struct recorder_report {
    uint32_t abi;
    uint32_t kind; /* enum recorder_report_kind */
    uint32_t camera;
    uint32_t keyframe_age_ms; /* since the last keyframe written; REPORT_ALIVE */
    uint64_t epoch;
    int64_t from_wall_ms; /* wall clock of the first frame it speaks of, ms since 1970; REPORT_ALIVE
                             of what is only armed: of the first keyframe since its source was
                             opened, 0 if none has come */
    int64_t to_wall_ms;   /* REPORT_SEGMENT: end of the last frame */
    uint64_t bytes;       /* written under this epoch so far; REPORT_SEGMENT: of the segment */
    uint64_t frames;      /* likewise */
    uint64_t free_bytes;  /* REPORT_SPACE: of the file system */
    uint64_t lost;        /* REPORT_ALIVE: pictures that came, but found no room in memory while the
                             volumes took none; since the worker's start */
    char cause[RECORDER_CAUSE_MAX]; /* for people, never with a secret in it: REPORT_SILENT;
                                       REPORT_ALIVE of what is only armed: why no keyframe comes */
};

#endif
