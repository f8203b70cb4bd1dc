#include "recorder/fill_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/fill.h"

#define RATE_MBIT     80
#define RATE_MBIT_MAX 100000

static bool parse_rate(const char *text, uint64_t *bytes_per_s)
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

static void report(const struct archive_request *request, const struct fill *fill)
{
    if (request->given[OPTION_JSON] != NULL)
        printf("{\"copied\": %" PRIu64 ", \"there_already\": %" PRIu64 ", \"failed\": %" PRIu64
               ", \"bytes_read\": %" PRIu64 "}\n",
               fill->copied, fill->there_already, fill->failed, fill->copied_bytes);
    else
        printf("%" PRIu64 " segments copied, %" PRIu64 " were there already, %" PRIu64 " failed\n",
               fill->copied, fill->there_already, fill->failed);
}

int fill_command(const struct archive_request *request)
{
    struct fill fill = {.filter = &request->filter, .server_name = request->given[OPTION_SERVER]};
    bool sound = true;

    if (request->given[OPTION_INTO] == NULL)
        return archive_usage("which volume is filled? --into DIR is missing", NULL);
    if (!parse_rate(request->given[OPTION_RATE], &fill.bytes_per_s))
        return archive_usage("a rate is 1 to 100000 Mbit/s, not", request->given[OPTION_RATE]);
    if (!fill_open(&fill, request->given[OPTION_INTO]))
        return ARCHIVE_FAILED;
    for (int i = 0; i < request->volume_count; i++)
        sound = fill_from(&fill, request->volumes[i]) && sound;
    fill_close(&fill);
    report(request, &fill);
    return !sound || fill.failed > 0 ? ARCHIVE_FAILED : ARCHIVE_FINE;
}
