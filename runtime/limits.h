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

#endif
