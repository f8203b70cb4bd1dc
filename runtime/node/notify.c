#include "runtime/node/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STATUS_BYTES 512

static struct {
    int socket; /* -1: nobody listens */
    socklen_t address_size;
    struct sockaddr_un address;
    int64_t interval_ms;
    char status[STATUS_BYTES]; /* as told */
} notify = {.socket = -1};

/* A path, or '@' and an abstract name. */
static bool take_address(const char *text)
{
    const size_t length = strlen(text);
    if (length < 2 || length >= sizeof notify.address.sun_path ||
        (text[0] != '/' && text[0] != '@'))
        return false;
    notify.address.sun_family = AF_UNIX;
    memcpy(notify.address.sun_path, text, length);
    if (text[0] == '@')
        notify.address.sun_path[0] = '\0';
    notify.address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

/* The watchdog may be meant for another process. */
static void take_watchdog(const char *usec, const char *pid)
{
    char *end;
    if (usec == NULL || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
        return;
    errno = 0;
    const long long wait_us = strtoll(usec, &end, 10);
    if (errno == 0 && end != usec && *end == '\0' && wait_us >= 3000)
        notify.interval_ms = wait_us / 3000;
}

void notify_open(void)
{
    const char *address = getenv("NOTIFY_SOCKET");
    if (address != NULL && take_address(address))
        notify.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify.socket >= 0)
        take_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static bool say(const char *text)
{
    return notify.socket >= 0 &&
           sendto(notify.socket, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&notify.address,
                  notify.address_size) == (ssize_t)strlen(text);
}

bool notify_ready(void)
{
    return notify.socket < 0 || say("READY=1");
}

void notify_stopping(void)
{
    say("STOPPING=1\nSTATUS=logs off");
}

void notify_status(const char *line)
{
    char text[STATUS_BYTES + 16];
    char status[STATUS_BYTES];
    snprintf(status, sizeof status, "%s", line);
    for (char *c = status; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    if (strcmp(status, notify.status) == 0)
        return;
    snprintf(text, sizeof text, "STATUS=%s", status);
    if (say(text))
        memcpy(notify.status, status, sizeof status);
}

void notify_alive(void)
{
    say("WATCHDOG=1");
}

int64_t notify_interval_ms(void)
{
    return notify.interval_ms;
}
