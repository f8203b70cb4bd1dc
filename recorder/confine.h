/* What a recorder process gives up before it meets a camera, so that one that is taken over by what
 * a camera sends can do little: it may write on its volumes alone, read what the system's libraries
 * need, run no other program, and gain no privileges.
 *
 * There is no list of system calls (seccomp) beside that: what the C library, its name service, the
 * TLS library and libvlc call differs from one update to the next, and a call that is missing in a
 * list ends a recording. What such a list would keep from a process like this, which has to open
 * sockets, files and threads, is mostly holes in the kernel itself. */
#ifndef RECORDER_CONFINE_H
#define RECORDER_CONFINE_H

#include <stddef.h>

#define CONFINE_PATHS_MAX 16

struct confine {
    /* Directories of volumes. What stands beside one may be written as well: a volume that is
     * mounted later comes into view only through the directory above it. */
    const char *volumes[CONFINE_PATHS_MAX];
    size_t volume_count;
    const char *secrets; /* a file that is read, and a directory; NULL: none */
    const char *clips;
};

/* Confines this process: to be called before it has threads. What this kernel does not have
 * (Landlock) is said on stderr and done without; without volumes the file system stays as it is. */
void confine_process(const struct confine *confine);

#endif
