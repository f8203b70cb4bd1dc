#include "runtime/node/show_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/zone.h"

int reader_complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return 3;
}

void reader_use(struct reader *reader, const struct past_part *part)
{
    reader->deployment = part->deployment;
    reader->image = deployment_image(part->deployment);
}

bool reader_open(struct reader *reader, const char *state, char error[static TEXT_BYTES_MAX])
{
    *reader = (struct reader){0};
    if (!past_open(state, &reader->past, error))
        return false;
    reader_use(reader, past_last(&reader->past));
    for (uint32_t i = 0; i < reader->past.count; i++) {
        const struct past_part *part = &reader->past.parts[i];
        const uint32_t max = engine_output_max(part->deployment, part->server);
        reader->max = max > reader->max ? max : reader->max;
    }
    zone_use(image_text(reader->image, reader->image->site.time_zone));
    reader->transitions = calloc(reader->max, sizeof *reader->transitions);
    if (reader->transitions == NULL)
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
    return reader->transitions != NULL;
}

void reader_close(struct reader *reader)
{
    past_close(&reader->past);
    free(reader->transitions);
}

bool reader_entry(struct reader *reader, uint64_t number, const uint8_t *bytes, size_t size,
                  struct entry *entry)
{
    reader_use(reader, past_part(&reader->past, number));
    return entry_decode(bytes, size, reader->deployment, reader->transitions, reader->max, entry);
}

void reader_print_event(int64_t wall_ms, const char *text, const char *reason)
{
    char moment[CLOCK_TEXT_BYTES];
    printf("%s %s%s%s%s\n", zone_text(wall_ms, moment), text, reason[0] != '\0' ? " [" : "", reason,
           reason[0] != '\0' ? "]" : "");
}
