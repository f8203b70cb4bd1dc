/* Every bound of the runtime with its unit and reason. */
#ifndef RUNTIME_LIMITS_H
#define RUNTIME_LIMITS_H

#define NAME_BYTES_MAX                                                                             \
    64 /* of a server, camera, volume, failover, with the final NUL; fits a path component */
#define URL_BYTES_MAX      1024  /* of a camera's URL */
#define PATH_BYTES_MAX     512   /* of a volume's path */
#define TEXT_BYTES_MAX     512   /* of one rendered sentence: an error, a transition, a reason */
#define SERVERS_MAX        20000 /* in one deployment: index arithmetic stays in 32 bits */
#define CAMERAS_MAX        2000000
#define FAILOVERS_MAX      40000
#define VOLUMES_MAX        20000
#define SERVER_VOLUMES_MAX 8     /* in one server's archive list, its fallback included */
#define WAIT_S_MAX         65535 /* expect_reconnection (R1) */
#define PREROLL_MS_MAX     60000 /* what memory holds of an armed camera at most */
#define HOST_BYTES_MAX     262   /* of "host:port": a domain name has 253 at most */
#define WITNESSES_MAX      8     /* of one server: all are asked at once (R29) */
#define ENDPOINTS_MAX      9     /* of a coordinator: etcd advises against more members */
#define HOOK_WORDS_MAX     32    /* a program and its arguments */
#define ZONE_BYTES_MAX     64    /* of the name of a time zone */
#define DAYS_MS(days)      ((days)*INT64_C(86400000))
#define CLAIM_MS_MAX       600000        /* longer than any take-over waits for another (R24) */
#define LEASE_MS_MIN       1000          /* room for a renewal on a slow NAS (R30) */
#define LEASE_MS_MAX       3600000       /* so long may a dead main look alive (R45) */
#define GRACE_MS_MAX       DAYS_MS(3660) /* ten years: licences, repairs and retention */
#define RETRY_MS_MAX       DAYS_MS(1)    /* a slot is not held longer for one that fails (R40) */

#endif
