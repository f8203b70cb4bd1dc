#include "runtime/node/past.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/state.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* One that is the same as an earlier part's is loaded once. */
static const struct deployment *known(const struct past *past, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (memcmp(past->parts[i].hash, past->parts[at].hash, HASH_BYTES) == 0)
            return past->parts[i].deployment;
    return NULL;
}

static void open_part(struct past *past, uint32_t at, const char *state, const char *server,
                      char error[static TEXT_BYTES_MAX])
{
    struct past_part *part = &past->parts[at];
    part->server = IMAGE_NONE;
    part->deployment = known(past, at);
    if (part->deployment == NULL)
        part->deployment = state_open_deployment(state, part->hash, error);
    if (part->deployment != NULL)
        part->server = image_find_server(deployment_image(part->deployment), server);
    if (part->deployment != NULL && part->server == IMAGE_NONE) {
        part->deployment = NULL;
        snprintf(error, TEXT_BYTES_MAX,
                 "the deployment that the journal belongs to has no server %.60s", server);
    }
}

bool past_read(struct past *past, const char *state, const char *server,
               char error[static TEXT_BYTES_MAX])
{
    struct journal_change *changes;
    if (!journal_read_changes(past->journal, &changes, &past->count, error))
        return false;
    past->parts = calloc(past->count + 1, sizeof *past->parts);
    for (uint32_t i = 0; past->parts != NULL && i < past->count; i++) {
        past->parts[i].after = changes[i].after;
        memcpy(past->parts[i].hash, changes[i].hash, HASH_BYTES);
        open_part(past, i, state, server, error);
    }
    free(changes);
    if (past->parts == NULL)
        return FAIL(error, "out of memory");
    return past->count > 0 && past_last(past)->deployment != NULL;
}

bool past_open(const char *state, struct past *past, char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES];
    struct journal_owner owner;
    *past = (struct past){.journal = NULL};
    if (!state_path(folder, state, JOURNAL_FOLDER, error))
        return false;
    past->journal = journal_open_to_read(folder, &owner, error);
    if (past->journal == NULL || !past_read(past, state, owner.server, error))
        return false;
    for (uint32_t i = 0; i < past->count; i++)
        if (past->parts[i].deployment == NULL)
            return false;
    return true;
}

void past_close(struct past *past)
{
    journal_close(past->journal);
    free(past->parts);
    *past = (struct past){.journal = NULL};
}

const struct past_part *past_part(const struct past *past, uint64_t number)
{
    assert(past->count > 0);
    uint32_t at = 0;
    while (at + 1 < past->count && past->parts[at + 1].after < number)
        at++;
    return &past->parts[at];
}

const struct past_part *past_last(const struct past *past)
{
    assert(past->count > 0);
    return &past->parts[past->count - 1];
}
