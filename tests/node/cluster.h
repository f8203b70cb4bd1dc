/* A real etcd cluster of three members on loopback, with certificates, in a folder of the test; and
 * what goes wrong with one. Its members end with the test, however that ends. */
#ifndef TESTS_NODE_CLUSTER_H
#define TESTS_NODE_CLUSTER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLUSTER_MEMBERS 3

struct cluster {
    char root[64];
    char peers[256]; /* --initial-cluster */
    char endpoints[CLUSTER_MEMBERS][64];
    char ca[96], cert[96], key[96];
    unsigned peer_ports[CLUSTER_MEMBERS];
    pid_t members[CLUSTER_MEMBERS]; /* 0: it does not run */
};

static inline bool cluster_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline bool cluster_command(const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

/* A socket that listens on a free port of loopback. */
static inline int cluster_listen(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return listener;
}

static inline unsigned cluster_free_port(void)
{
    unsigned port = 0;
    close(cluster_listen(&port));
    return port;
}

static inline void cluster_start(struct cluster *cluster, int member)
{
    char name[8], data[96], log[96], client[64], peer[64];
    snprintf(name, sizeof name, "m%d", member);
    snprintf(data, sizeof data, "%s/%s", cluster->root, name);
    snprintf(log, sizeof log, "%s/%s.log", cluster->root, name);
    snprintf(client, sizeof client, "%s", cluster->endpoints[member]);
    snprintf(peer, sizeof peer, "http://127.0.0.1:%u", cluster->peer_ports[member]);
    cluster->members[member] = fork();
    if (cluster->members[member] != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execlp("etcd", "etcd", "--name", name, "--data-dir", data, "--listen-client-urls", client,
           "--advertise-client-urls", client, "--listen-peer-urls", peer,
           "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster->peers,
           "--heartbeat-interval", "50", "--election-timeout", "500", "--client-cert-auth",
           "--trusted-ca-file", cluster->ca, "--cert-file", cluster->cert, "--key-file",
           cluster->key, (char *)NULL);
    _exit(127);
}

static inline void cluster_kill(struct cluster *cluster, int member)
{
    if (cluster->members[member] <= 0)
        return;
    kill(cluster->members[member], SIGKILL);
    waitpid(cluster->members[member], NULL, 0);
    cluster->members[member] = 0;
}

/* False: it could not even be prepared. Its members are started, not yet ready. */
static inline bool cluster_begin(struct cluster *cluster)
{
    *cluster = (struct cluster){.root = "/tmp/understudy-test-etcd-XXXXXX"};
    if (mkdtemp(cluster->root) == NULL ||
        !cluster_command("sh examples/etcd-certificates.sh %s/certs 127.0.0.1", cluster->root))
        return false;
    snprintf(cluster->ca, sizeof cluster->ca, "%s/certs/ca.pem", cluster->root);
    snprintf(cluster->cert, sizeof cluster->cert, "%s/certs/127.0.0.1.pem", cluster->root);
    snprintf(cluster->key, sizeof cluster->key, "%s/certs/127.0.0.1.key", cluster->root);
    for (int i = 0; i < CLUSTER_MEMBERS; i++) {
        const size_t used = strlen(cluster->peers);
        cluster->peer_ports[i] = cluster_free_port();
        snprintf(cluster->endpoints[i], sizeof cluster->endpoints[i], "https://127.0.0.1:%u",
                 cluster_free_port());
        snprintf(cluster->peers + used, sizeof cluster->peers - used, "%sm%d=http://127.0.0.1:%u",
                 i > 0 ? "," : "", i, cluster->peer_ports[i]);
    }
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        cluster_start(cluster, i);
    return true;
}

static inline void cluster_end(struct cluster *cluster)
{
    for (int i = 0; i < CLUSTER_MEMBERS; i++)
        cluster_kill(cluster, i);
    cluster_command("rm -rf '%s'", cluster->root);
}

#endif
