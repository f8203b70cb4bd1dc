#include "recorder/fill_command.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <jansson.h>
#include <linux/ioprio.h>

#include "recorder/fill.h"

#define RATE_MBIT       80
#define RATE_MBIT_MAX   100000
#define BACKGROUND_NICE 15

bool fill_parse_rate(const char *text, uint64_t *bytes_per_s)
{
    char *end;
    long mbit = RATE_MBIT;

    if (text != NULL) {
        errno = 0;
        mbit = strtol(text, &end, 10);
        if (errno != 0 || *end != '\0' || end == text)
            return false;
    }
    *bytes_per_s = (uint64_t)mbit * 1000000 / 8;
    return mbit > 0 && mbit <= RATE_MBIT_MAX;
}

void fill_report(const struct archive_request *request, const struct fill *fill, const char *cause)
{
    json_t *told;

    if (request->given[OPTION_JSON] == NULL) {
        if (cause[0] != '\0')
            archive_failed("%s", cause);
        else
            printf("%" PRIu64 " segments copied, %" PRIu64 " were there already, %" PRIu64
                   " failed\n",
                   fill->copied, fill->there_already, fill->failed);
        return;
    }
    told = json_pack("{s:I, s:I, s:I, s:I, s:b, s:s}", "copied", (json_int_t)fill->copied,
                     "there_already", (json_int_t)fill->there_already, "failed",
                     (json_int_t)fill->failed, "bytes_read", (json_int_t)fill->copied_bytes,
                     "reached", fill->target_name[0] != '\0', "cause", cause);
    json_dumpf(told, stdout, 0);
    putchar('\n');
    json_decref(told);
}

const char *fill_not_all(const struct fill *fill)
{
    return fill->unfinished ? "a segment is still being written, or cannot be finished" : "";
}

void fill_step_back(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

int fill_command(const struct archive_request *request)
{
    struct fill fill = {.filter = &request->filter,
                        .server_name = request->given[OPTION_SERVER],
                        .main_name = request->given[OPTION_MAIN],
                        .remembers = request->given[OPTION_BACKGROUND] != NULL};
    char cause[RECORDER_CAUSE_MAX] = "";
    bool sound = true;

    if (request->given[OPTION_INTO] == NULL)
        return archive_usage("which volume is filled? --into DIR is missing", NULL);
    if (!fill_parse_rate(request->given[OPTION_RATE], &fill.bytes_per_s))
        return archive_usage("a rate is 1 to 100000 Mbit/s, not", request->given[OPTION_RATE]);
    if (request->given[OPTION_BACKGROUND] != NULL)
        fill_step_back();
    if (!fill_open(&fill, request->given[OPTION_INTO], request->given[OPTION_VOLUME], cause)) {
        fill_report(request, &fill, cause);
        return ARCHIVE_FAILED;
    }
    for (int i = 0; i < request->volume_count; i++)
        sound = fill_from(&fill, request->volumes[i]) && sound;
    fill_close(&fill);
    fill_report(request, &fill,
                sound ? fill_not_all(&fill) : "a volume of the standby's could not be read");
    return !sound || fill.unfinished || fill.failed > 0 ? ARCHIVE_FAILED : ARCHIVE_FINE;
}
