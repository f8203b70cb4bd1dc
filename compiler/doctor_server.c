/* What the doctor looks at of one server of a deployment: its address, whom it must reach, its
 * memory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compiler/doctor.h"
#include "runtime/filesystem.h"

#define ANSWER_MS     3000                  /* how long a peer may take to accept a connection */
#define PEERS_TOLD    8                     /* by name; the others are counted */
#define RATE_BPS      4000000               /* of a camera that declares none */
#define MACHINE_BYTES ((uint64_t)256 << 20) /* what all but the pictures takes */

static const struct image_server *server_of(const struct doctor_patient *patient)
{
    return &image_servers(patient->image)[patient->server];
}

/* "host:port" or "https://host:port/...", taken apart; false: it is none. */
static bool split_address(const char *text, char host[static HOST_BYTES_MAX],
                          char port[static HOST_BYTES_MAX])
{
    const char *scheme = strstr(text, "://");
    const char *begin = scheme != NULL ? scheme + 3 : text;
    const size_t length = strcspn(begin, "/");
    char plain[HOST_BYTES_MAX];
    if (length >= sizeof plain)
        return false;
    snprintf(plain, sizeof plain, "%.*s", (int)length, begin);
    char *colon = strrchr(plain, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    const bool bracketed = plain[0] == '[' && colon > plain && colon[-1] == ']';
    if (bracketed)
        colon[-1] = '\0';
    snprintf(host, HOST_BYTES_MAX, "%s", plain + (bracketed ? 1 : 0));
    snprintf(port, HOST_BYTES_MAX, "%s", colon + 1);
    return true;
}

static int resolve(const char *address, struct addrinfo **found)
{
    char host[HOST_BYTES_MAX], port[HOST_BYTES_MAX];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    if (!split_address(address, host, port))
        return EAI_NONAME;
    return getaddrinfo(host, port, &hints, found);
}

/* ---- its own address ---- */

/* Whether a node holds the state folder: then the port is its. */
static bool is_running(const struct doctor_patient *patient)
{
    char path[PATH_BYTES_MAX + 16];
    if (patient->state == NULL)
        return false;
    snprintf(path, sizeof path, "%s/lock", patient->state);
    const int lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0)
        return false;
    const bool held = filesystem_is_taken(lock);
    close(lock);
    return held;
}

static int try_to_listen(const struct addrinfo *address)
{
    const int one = 1;
    const int listener = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return errno;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const bool listens =
        bind(listener, address->ai_addr, address->ai_addrlen) == 0 && listen(listener, 1) == 0;
    const int code = listens ? 0 : errno;
    close(listener);
    return code;
}

void doctor_address(const struct doctor_patient *patient, uint32_t which,
                    struct doctor_sheet *sheet)
{
    const char *address = image_text(patient->image, server_of(patient)->address);
    const char *name = image_text(patient->image, server_of(patient)->name);
    struct addrinfo *found = NULL;
    (void)which;
    const int failure = resolve(address, &found);
    if (failure != 0) {
        doctor_note(sheet, DOCTOR_WRONG, "address",
                    "%s: %s\ncorrect the address of server \"%s\", or the name service", address,
                    gai_strerror(failure), name);
        return;
    }
    const int code = try_to_listen(found);
    freeaddrinfo(found);
    if (code == 0)
        doctor_note(sheet, DOCTOR_FINE, "address", "%s is of this machine, its port is free",
                    address);
    else if (code == EADDRINUSE && is_running(patient))
        doctor_note(sheet, DOCTOR_FINE, "address", "%s: its node runs", address);
    else if (code == EADDRINUSE)
        doctor_note(sheet, DOCTOR_WRONG, "address",
                    "another program listens on %s\nsee which one: ss -ltnp; with --state DIR the "
                    "node itself is recognised",
                    address);
    else if (code == EADDRNOTAVAIL)
        doctor_note(sheet, DOCTOR_WRONG, "address",
                    "%s is no address of this machine\ncorrect the address of server \"%s\", or "
                    "run this on that server",
                    address, name);
    else
        doctor_note(sheet, DOCTOR_WRONG, "address",
                    "nothing can listen on %s: %s\ngive server \"%s\" a port above 1023", address,
                    strerror(code), name);
}

/* ---- whom it must reach ---- */

struct call {
    const char *what, *name, *address;
    int socket;
    int code; /* 0: reached; EINPROGRESS: not known yet; -1: no such name */
};

static void dial(struct call *call)
{
    struct addrinfo *found = NULL;
    call->socket = -1;
    call->code = -1;
    if (resolve(call->address, &found) != 0)
        return;
    call->socket = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (call->socket < 0 || connect(call->socket, found->ai_addr, found->ai_addrlen) != 0)
        call->code = errno;
    else
        call->code = 0;
    freeaddrinfo(found);
}

static void listen_to(struct call *call, int wait_ms)
{
    struct pollfd writable = {.fd = call->socket, .events = POLLOUT};
    socklen_t size = sizeof call->code;
    if (call->code != EINPROGRESS)
        return;
    if (poll(&writable, 1, wait_ms > 0 ? wait_ms : 0) <= 0)
        call->code = ETIMEDOUT;
    else if (getsockopt(call->socket, SOL_SOCKET, SO_ERROR, &call->code, &size) != 0)
        call->code = errno;
}

static void tell_call(const struct call *call, struct doctor_sheet *sheet)
{
    char subject[NAME_BYTES_MAX + 16];
    snprintf(subject, sizeof subject, "%s %s", call->what, call->name);
    if (call->code == ECONNREFUSED)
        doctor_note(sheet, DOCTOR_NOTE, subject,
                    "its machine answers, but nothing listens on %s\nstart what should run there",
                    call->address);
    else if (call->code == -1)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "the name in %s is not known here\ncorrect it, or the name service",
                    call->address);
    else
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%s cannot be reached: %s\nlook at its machine, the network and the firewall "
                    "between",
                    call->address, strerror(call->code));
}

static size_t list_calls(const struct doctor_patient *patient, struct call *calls)
{
    const struct image *image = patient->image;
    const struct image_server *server = server_of(patient);
    const uint32_t *numbers = image_numbers(image);
    size_t count = 0;
    for (uint32_t i = 0; i < server->peers.count; i++) {
        const struct image_server *peer = &image_servers(image)[numbers[server->peers.first + i]];
        calls[count++] = (struct call){.what = "peer",
                                       .name = image_text(image, peer->name),
                                       .address = image_text(image, peer->address)};
    }
    for (uint32_t i = 0; i < server->witnesses.count; i++) {
        const char *address = image_text(image, numbers[server->witnesses.first + i]);
        calls[count++] = (struct call){.what = "witness", .name = address, .address = address};
    }
    for (uint32_t c = 0; c < image->coordinators.count; c++) {
        const struct image_list endpoints = image_coordinators(image)[c].endpoints;
        for (uint32_t i = 0; i < endpoints.count; i++) {
            const char *address = image_text(image, numbers[endpoints.first + i]);
            calls[count++] = (struct call){.what = "etcd", .name = address, .address = address};
        }
    }
    return count;
}

void doctor_peers(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    const struct image_server *server = server_of(patient);
    const size_t room = (size_t)server->peers.count + server->witnesses.count +
                        patient->image->coordinators.count * (size_t)ENDPOINTS_MAX;
    struct call *calls = calloc(room + 1, sizeof *calls);
    struct timespec start, now;
    size_t reached = 0, told = 0;
    (void)which;
    if (calls == NULL)
        _exit(3);
    const size_t count = list_calls(patient, calls);
    for (size_t i = 0; i < count; i++)
        dial(&calls[i]);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < count; i++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        const int64_t passed_ms =
            (int64_t)(now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
        listen_to(&calls[i], (int)(ANSWER_MS - passed_ms));
        if (calls[i].code == 0)
            reached++;
        else if (told++ < PEERS_TOLD)
            tell_call(&calls[i], sheet);
    }
    if (count > 0 && (reached > 0 || told > PEERS_TOLD))
        doctor_note(sheet, told > PEERS_TOLD ? DOCTOR_WRONG : DOCTOR_FINE, "peers",
                    "%zu of %zu that it speaks with can be reached", reached, count);
    free(calls);
}

/* ---- memory ---- */

/* What one camera may take of memory: a minute of its pictures. */
static uint64_t camera_bytes(const struct image_camera *camera)
{
    const uint64_t rate_bps = camera->rate_bps != 0 ? camera->rate_bps : RATE_BPS;
    return rate_bps / 8 * (PREROLL_MS_MAX / 1000);
}

static uint64_t memory_bytes(const char *line_name)
{
    char line[128];
    uint64_t kib = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, line_name, strlen(line_name)) == 0)
            kib = strtoull(line + strlen(line_name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return kib << 10;
}

/* Its own cameras, and all that could fall on it at once. A camera that two failovers carry counts
 * once. */
void doctor_memory(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    const struct image *image = patient->image;
    const struct image_server *server = server_of(patient);
    const uint32_t *numbers = image_numbers(image);
    uint8_t *counted = calloc(image->cameras.count + 1, 1);
    uint64_t needed = MACHINE_BYTES;
    uint32_t cameras = 0;
    (void)which;
    if (counted == NULL)
        _exit(3);
    for (uint32_t i = 0; i < server->own_cameras.count; i++)
        counted[server->own_cameras.first + i] = 1;
    for (uint32_t f = 0; f < server->failovers.count; f++) {
        const struct image_list objects =
            image_failovers(image)[server->failovers.first + f].objects;
        for (uint32_t i = 0; i < objects.count; i++)
            counted[numbers[objects.first + i]] = 1;
    }
    for (uint32_t i = 0; i < image->cameras.count; i++)
        if (counted[i]) {
            cameras++;
            needed += camera_bytes(&image_cameras(image)[i]);
        }
    free(counted);
    const uint64_t total = memory_bytes("MemTotal:"), available = memory_bytes("MemAvailable:");
    const uint64_t needed_mib = needed >> 20;
    const char *end = cameras == 1 ? "" : "s";
    if (needed > total)
        doctor_note(sheet, DOCTOR_WRONG, "memory",
                    "%" PRIu64 " MiB may be needed for a minute of %u camera%s; the machine has "
                    "%" PRIu64 " MiB\ngive it more, or fewer cameras may fall on it at once",
                    needed_mib, cameras, end, total >> 20);
    else if (needed > available && !is_running(patient))
        doctor_note(sheet, DOCTOR_NOTE, "memory",
                    "%" PRIu64 " MiB may be needed for a minute of %u camera%s; %" PRIu64
                    " MiB are free now\nend what else runs here",
                    needed_mib, cameras, end, available >> 20);
    else
        doctor_note(sheet, DOCTOR_FINE, "memory",
                    "%" PRIu64 " MiB may be needed for %u camera%s; the machine has %" PRIu64
                    " MiB",
                    needed_mib, cameras, end, total >> 20);
}
