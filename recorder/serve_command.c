#include "recorder/serve_command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/serve_reader.h"
#include "recorder/volume.h"

#define PORT 7480
/* Beside the folder of this program. */
#define PLAYER "../player/hls.js"

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    long number = PORT;

    if (text != NULL)
        number = text[0] < '0' || text[0] > '9' ? -1 : strtol(text, &end, 10);
    if (number < 0 || number > 65535 || (text != NULL && *end != '\0'))
        return false;
    *port = (uint16_t)number;
    return true;
}

static void find_player(char *path, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", path, room - sizeof(PLAYER));
    char *slash;

    path[length < 0 ? 0 : length] = '\0';
    slash = strrchr(path, '/');
    strcpy(slash == NULL ? path : slash + 1, PLAYER);
}

/* A volume that is not there at the start is a mistake in the command line. */
static bool volumes_are_there(const struct archive_request *request)
{
    char name[RECORDER_NAME_MAX], cause[RECORDER_CAUSE_MAX];

    for (int i = 0; i < request->volume_count; i++) {
        int volume = volume_open_any(request->volumes[i], name, cause);

        if (volume < 0) {
            archive_failed("%s", cause);
            return false;
        }
        close(volume);
    }
    return true;
}

int serve_command(const struct archive_request *request)
{
    const char *address = request->given[OPTION_LISTEN];
    char player[4096], cause[RECORDER_CAUSE_MAX];
    struct serve serve = {request->volumes, request->volume_count, player};
    struct serve_reader *reader;
    struct http *http;
    sigset_t ends;
    uint16_t port;
    int signal_number;

    if (!parse_port(request->given[OPTION_PORT], &port))
        return archive_usage("a port is a number up to 65535, not", request->given[OPTION_PORT]);
    if (!volumes_are_there(request))
        return ARCHIVE_FAILED;
    find_player(player, sizeof(player));
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* for the threads that follow too */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (address == NULL)
        address = "127.0.0.1";
    reader = serve_reader_new(&serve);
    http = reader == NULL ? NULL : http_start(address, port, serve_reader_answer, reader, cause);
    if (http == NULL) {
        archive_failed("%s", reader == NULL ? "memory is out" : cause);
        serve_reader_free(reader);
        return ARCHIVE_FAILED;
    }
    printf(strchr(address, ':') != NULL ? "http://[%s]:%u/\n" : "http://%s:%u/\n", address,
           http_port(http));
    fflush(stdout);
    sigwait(&ends, &signal_number);
    http_stop(http);
    serve_reader_free(reader);
    return ARCHIVE_FINE;
}
