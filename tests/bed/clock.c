/* A wall clock that can be set for the programs of one host alone: namespaces share the machine's.
 * Put before libc by LD_PRELOAD; by how many milliseconds the clock is ahead stands in the file
 * $BED_CLOCK, 24 bytes, and is looked up at every reading. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BYTES 24

static const char *ahead_ms;

/* Before the program can forbid itself to open files. */
__attribute__((constructor)) static void open_clock(void)
{
    const char *path = getenv("BED_CLOCK");
    const int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    const char *bytes = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (bytes != MAP_FAILED)
        ahead_ms = bytes;
}

static int64_t read_ahead_ms(void)
{
    char text[BYTES + 1] = "";
    for (int i = 0; ahead_ms != NULL && i < BYTES; i++)
        text[i] = ((const volatile char *)ahead_ms)[i];
    return strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        const int64_t ns = now->tv_nsec + read_ahead_ms() % 1000 * 1000000;
        now->tv_sec += read_ahead_ms() / 1000 + (ns < 0 ? -1 : ns / 1000000000);
        now->tv_nsec = ns < 0 ? ns + 1000000000 : ns % 1000000000;
    }
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
        return -1;
    *now = (struct timeval){.tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact = {0};
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now != NULL)
        *now = exact.tv_sec;
    return exact.tv_sec;
}
