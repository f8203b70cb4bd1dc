/* Writes the indexes of so many segments of ten seconds into the days of one writer's directory.
 * usage: index COUNT DIRECTORY; the first begins at 2020-01-01T00:00:00Z. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "recorder/index.h"
#include "recorder/moment.h"
#include "recorder/segment.h"

#define BEGIN_MS  INT64_C(1577836800000)
#define LENGTH_MS 10000

static FILE *begin_day(const char *writer, int64_t start_ms)
{
    char path[PATH_MAX], day[MOMENT_TEXT_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", writer, moment_print_day(day, start_ms));

    mkdir(path, 0755);
    snprintf(path + length, sizeof(path) - (size_t)length, "/" INDEX_FILE);
    return fopen(path, "w");
}

int main(int count, char **arguments)
{
    long segments = count > 2 ? atol(arguments[1]) : 0;
    struct index_row row = {.bytes = 305124,
                            .frames = 250,
                            .keyframes = 10,
                            .sha256 =
                                "24e88fea8ebcd66198c5b05f9d68b0f629a2d5fe0898864cc6de3a3212f0b687"};

    FILE *day = NULL;

    for (long i = 0; i < segments; i++) {
        int64_t start_ms = BEGIN_MS + i * LENGTH_MS;
        char line[INDEX_LINE_MAX];

        if (start_ms % SEGMENT_DAY_MS == 0) {
            if (day != NULL && fclose(day) != 0)
                return 1;
            day = begin_day(arguments[2], start_ms);
        }
        segment_name_print(row.name, start_ms, LENGTH_MS, MEDIA_TS);
        index_format(&row, line);
        if (day == NULL || fputs(line, day) == EOF)
            return 1;
    }
    return day == NULL || fclose(day) == 0 ? 0 : 1;
}
