/* An attacker on the network, for the test bed: keeps as many connections to a port as it may, and
 * begins a new one for each that is closed, some hundred a second. Each does something that no
 * Understudy server does.  usage: attacker ADDRESS PORT; ends by SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 1500 /* more than a process may have open by default */
#define TURN_MS     200
#define NEW_A_TURN  50
#define BURST_BYTES 4096

enum kind {
    SILENT,    /* says nothing and stays */
    GARBAGE,   /* says what makes no sense, as fast as it is taken */
    HALF_OPEN, /* begins the handshake and stays */
    OVERSIZED, /* begins it, and announces a frame of 2^60 bytes */
    SLOW,      /* begins it, a byte each turn, and reads nothing */
    FLEETING,  /* is gone as soon as it is there */
    KINDS
};

/* ZMTP 3.1: the greeting of a client that offers CURVE. */
static const uint8_t greeting[64] = {0xff, 0, 0, 0,   0,   0,   0,   0,  1,
                                     0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
static const uint8_t huge[] = {0x06, 0x10, 0, 0, 0, 0, 0, 0, 0};

static struct sockaddr_in target;
static uint8_t noise[BURST_BYTES];
static struct connection {
    int file; /* -1: none */
    enum kind kind;
    size_t sent;
} connections[CONNECTIONS];

static void start(struct connection *connection)
{
    connection->kind = (enum kind)(random() % KINDS);
    connection->sent = 0;
    connection->file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection->file >= 0)
        connect(connection->file, (struct sockaddr *)&target, sizeof target);
}

static void stop(struct connection *connection)
{
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(connection->file, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(connection->file);
    connection->file = -1;
}

/* Sends some of it, after what was sent. False: the connection is gone. */
static bool say(struct connection *connection, const uint8_t *bytes, size_t size)
{
    const ssize_t sent = send(connection->file, bytes, size, MSG_NOSIGNAL);
    if (sent > 0)
        connection->sent += (size_t)sent;
    return sent >= 0 || errno == EAGAIN;
}

static bool greet(struct connection *connection, size_t most)
{
    const size_t left = sizeof greeting - connection->sent;
    return say(connection, greeting + connection->sent, left < most ? left : most);
}

/* One turn of a connection that is there. False: it is over. */
static bool attack(struct connection *connection)
{
    const bool greeted = connection->sent >= sizeof greeting;
    switch (connection->kind) {
    case SILENT:
        return true;
    case GARBAGE:
        return say(connection, noise, sizeof noise);
    case HALF_OPEN:
        return greeted || greet(connection, sizeof greeting);
    case OVERSIZED:
        return greeted ? say(connection, huge, sizeof huge) : greet(connection, sizeof greeting);
    case SLOW:
        return greeted || greet(connection, 1);
    case FLEETING:
    case KINDS:
        break;
    }
    return false;
}

/* Whether the other end has closed it, or it never was. */
static bool is_over(const struct connection *connection, short found)
{
    uint8_t bytes[BURST_BYTES];
    return (found & (POLLERR | POLLHUP)) != 0 ||
           (connection->kind != SLOW && (found & POLLIN) != 0 &&
            recv(connection->file, bytes, sizeof bytes, 0) == 0);
}

static void turn(void)
{
    static struct pollfd found[CONNECTIONS];
    int begun = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].file < 0 && begun++ < NEW_A_TURN)
            start(&connections[i]);
        found[i] = (struct pollfd){.fd = connections[i].file, .events = POLLIN | POLLOUT};
    }
    poll(found, CONNECTIONS, 0);
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &connections[i];
        const bool is_there = (found[i].revents & POLLOUT) != 0;
        if (connection->file >= 0 &&
            (is_over(connection, found[i].revents) || (is_there && !attack(connection))))
            stop(connection);
    }
}

int main(int count, char **arguments)
{
    const struct rlimit many = {CONNECTIONS + 64, CONNECTIONS + 64};
    target = (struct sockaddr_in){.sin_family = AF_INET};
    if (count != 3 || inet_pton(AF_INET, arguments[1], &target.sin_addr) != 1) {
        fprintf(stderr, "usage: attacker ADDRESS PORT\n");
        return 2;
    }
    target.sin_port = htons((uint16_t)atoi(arguments[2]));
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)random();
    setrlimit(RLIMIT_NOFILE, &many);
    for (int i = 0; i < CONNECTIONS; i++)
        connections[i].file = -1;
    for (;;) {
        turn();
        poll(NULL, 0, TURN_MS);
    }
}
