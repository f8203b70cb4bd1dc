/* Writes the index of one writer's directory with so many segments of ten seconds, to stdout.
 * usage: index COUNT; the first begins at 2020-01-01T00:00:00Z. */
#include <stdio.h>
#include <stdlib.h>

#include "recorder/index.h"
#include "recorder/segment.h"

int main(int count, char **arguments)
{
    long segments = count > 1 ? atol(arguments[1]) : 0;
    struct index_row row = {.bytes = 305124,
                            .frames = 250,
                            .keyframes = 10,
                            .sha256 =
                                "24e88fea8ebcd66198c5b05f9d68b0f629a2d5fe0898864cc6de3a3212f0b687"};

    for (long i = 0; i < segments; i++) {
        char line[INDEX_LINE_MAX];

        segment_name_print(row.name, 1577836800000 + i * 10000, 10000, MEDIA_TS);
        index_format(&row, line);
        if (fputs(line, stdout) == EOF)
            return 1;
    }
    return 0;
}
