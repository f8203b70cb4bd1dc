/* A camera by HTTP, for tests: a process that gives a file as its body, as fast as it plays. */
#ifndef TESTS_RECORDER_HTTP_CAMERA_H
#define TESTS_RECORDER_HTTP_CAMERA_H

#include <stdint.h>
#include <sys/types.h>

enum http_camera_manner {
    HTTP_CAMERA_OPEN,   /* gives it to everybody */
    HTTP_CAMERA_BASIC,  /* to the user alone */
    HTTP_CAMERA_DIGEST, /* likewise */
    HTTP_CAMERA_STALLS, /* stops for ever after two seconds, in the first connection */
    HTTP_CAMERA_SENDS_AWAY,
    HTTP_CAMERA_ENDLESS_HEAD,
    HTTP_CAMERA_GARBAGE /* for a body */
};

#define HTTP_CAMERA_USER     "viewer"
#define HTTP_CAMERA_PASSWORD "pass:wo rd"

struct http_camera {
    enum http_camera_manner manner;
    const char *content_type, *body; /* a path */
    unsigned body_s;                 /* how long the body plays */
};

/* Starts it on a free port of 127.0.0.1. The caller ends it by its process id, and may free
 * nothing. */
pid_t http_camera_start(const struct http_camera *camera, uint16_t *port);

#endif
