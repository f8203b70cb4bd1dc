/* The reading of Lua files without its child process: a fuzzer sees only what runs in its own. The
 * host is included, not linked, because it is made for one run in a process and has to be cleared
 * away after each; child_run of dsl/child.c is replaced. One file of a target includes this. */
#ifndef TESTS_FUZZ_IN_PROCESS_H
#define TESTS_FUZZ_IN_PROCESS_H

#include "dsl/host.c"

#include <setjmp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define IN_PROCESS_TIME_S 2

static sigjmp_buf out_of_time;
static int jumped; /* what was allocated when a run was broken off is lost */

int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return jumped;
}

static void on_time(int signal)
{
    (void)signal;
    siglongjmp(out_of_time, 1);
}

static void clear_host(void)
{
    struct host *host = running;
    if (host == NULL)
        return;
    lua_close(host->lua);
    for (int i = 1; i < host->file_count; i++)
        source_free(&host->files[i].source);
    arena_free(host->scratch);
    free(host);
    running = NULL;
}

static void run_timer(time_t time_s)
{
    const struct itimerval timer = {.it_value = {.tv_sec = time_s}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

enum child_end child_run(void (*body)(void *context), void *context, unsigned time_s)
{
    (void)time_s;
    signal(SIGVTALRM, on_time);
    enum child_end end = CHILD_OUT_OF_TIME;
    if (sigsetjmp(out_of_time, 1) == 0) {
        run_timer(IN_PROCESS_TIME_S);
        body(context);
        end = CHILD_DONE;
    } else {
        jumped = 1;
    }
    run_timer(0);
    clear_host();
    return end;
}

void child_out_of_time(void)
{
    siglongjmp(out_of_time, 1);
}

/* A file in memory with this content, and its path. Close it after use. */
static int open_content(const void *data, size_t size, char path[static 64])
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    assert(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

#endif
