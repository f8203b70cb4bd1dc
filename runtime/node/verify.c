#include "runtime/node/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/history.h"
#include "runtime/node/past.h"
#include "runtime/node/snapshot.h"
#include "runtime/node/state.h"
#include "runtime/node/zone.h"

#define EXIT_UNSOUND 1
#define EXIT_SYSTEM  3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct verify {
    struct past past;
    struct history history;
    uint64_t first; /* the number of the first entry */
    int64_t first_wall_ms;
    int64_t last_wall_ms;
    uint64_t snapshots; /* sound ones */
    uint64_t damaged_snapshot;
};

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return EXIT_SYSTEM;
}

/* ---- reading all of it ---- */

static bool note_entry(void *context, struct history *history)
{
    struct verify *verify = context;
    if (verify->first == 0) {
        verify->first = history->number;
        verify->first_wall_ms = history->entry.wall_ms;
    }
    verify->last_wall_ms = history->entry.wall_ms;
    return true;
}

static bool is_sound(const struct past_part *part, const struct journal_snapshot *found)
{
    struct snapshot snapshot;
    void *memory = malloc(engine_size(part->deployment, part->server));
    const bool sound =
        memory != NULL && snapshot_decode(found->bytes, found->size, part->deployment, part->server,
                                          memory, &snapshot) != NULL;
    free(memory);
    return sound;
}

/* From the latest to the oldest. */
static bool read_snapshots(struct verify *verify, char error[static TEXT_BYTES_MAX])
{
    uint64_t at_most = UINT64_MAX;
    for (;;) {
        struct journal_snapshot found;
        if (!journal_read_snapshot(verify->past.journal, at_most, &found, error))
            return false;
        if (found.bytes == NULL)
            return true;
        if (is_sound(past_part(&verify->past, found.number + 1), &found))
            verify->snapshots++;
        else
            verify->damaged_snapshot = found.number;
        free(found.bytes);
        if (found.number == 0)
            return true;
        at_most = found.number - 1;
    }
}

static bool read_all(struct verify *verify, const char *state, char error[static TEXT_BYTES_MAX])
{
    if (!past_open(state, &verify->past, error))
        return false;
    const struct image *image = deployment_image(past_last(&verify->past)->deployment);
    zone_use(image_text(image, image->site.time_zone));
    if (!history_make(&verify->history, &verify->past))
        return FAIL(error, "out of memory");
    return history_run(&verify->history, HISTORY_WHOLE, note_entry, verify, error) &&
           read_snapshots(verify, error);
}

/* ---- telling ---- */

static void verdict(const struct verify *verify, char text[static TEXT_BYTES_MAX])
{
    const struct history *history = &verify->history;
    if (history->damaged > 0 && !history->damaged_snapshot)
        snprintf(text, TEXT_BYTES_MAX,
                 "entry %" PRIu64 " is damaged; a node goes on from a snapshot after it, or not at "
                 "all",
                 history->damaged);
    else if (verify->damaged_snapshot > 0)
        snprintf(text, TEXT_BYTES_MAX,
                 "the snapshot after entry %" PRIu64 " is damaged; a node goes on from the one "
                 "before it",
                 verify->damaged_snapshot);
    else
        snprintf(text, TEXT_BYTES_MAX, "the journal is sound");
}

static int tell(const struct verify *verify, bool json)
{
    char text[TEXT_BYTES_MAX], first[CLOCK_TEXT_BYTES], last[CLOCK_TEXT_BYTES];
    const struct history *history = &verify->history;
    const bool sound = history->damaged == 0 && verify->damaged_snapshot == 0;
    verdict(verify, text);
    zone_text(verify->first_wall_ms, first);
    zone_text(verify->last_wall_ms, last);
    if (json) {
        json_t *object =
            json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:I}", "sound", sound, "text", text,
                      "entries", (json_int_t)history->stepped, "first", (json_int_t)verify->first,
                      "snapshots", (json_int_t)verify->snapshots, "deployments",
                      (json_int_t)verify->past.count, "lost", (json_int_t)history->lost);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
        return sound ? 0 : EXIT_UNSOUND;
    }
    printf("%s: %" PRIu64 " entries", text, history->stepped);
    if (history->stepped > 0)
        printf(" from number %" PRIu64 " on, %s to %s", verify->first, first, last);
    printf(", %" PRIu64 " snapshots", verify->snapshots);
    if (verify->past.count > 1)
        printf(", %u deployments one after the other", verify->past.count);
    putchar('\n');
    if (history->lost > 0)
        printf("%" PRIu64 " entries were never written: there was no room for them\n",
               history->lost);
    return sound ? 0 : EXIT_UNSOUND;
}

static int verify_here(const char *state, bool json)
{
    char error[TEXT_BYTES_MAX];
    struct verify verify = {.first = 0};
    const int code = read_all(&verify, state, error) ? tell(&verify, json) : complain(error);
    past_close(&verify.past);
    free(verify.history.engine);
    history_free(&verify.history);
    return code;
}

/* LMDB trusts the pages of its file: damage in them may end the process that reads, so it is not
 * this one. */
int verify_state(const char *state, bool json)
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0)
        return complain(strerror(errno));
    if (child == 0) {
        const int code = verify_here(state, json);
        fflush(stdout);
        _exit(code);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return complain(strerror(errno));
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "understudy: the journal is damaged so that it cannot be read to its end\n");
    return EXIT_UNSOUND;
}

/* ---- export ---- */

/* A folder of an older version has its one deployment elsewhere. */
static bool copy_deployment(const char *state, const char *folder, const uint8_t *hash,
                            char error[static TEXT_BYTES_MAX])
{
    char from[STATE_PATH_BYTES];
    if (!state_shelf_path(from, state, hash, error))
        return false;
    if (access(from, F_OK) != 0 && !state_path(from, state, STATE_DEPLOYMENT, error))
        return false;
    return state_keep_deployment(folder, from, hash, error);
}

static bool copy_state(const char *state, const char *folder, const struct past *past,
                       char error[static TEXT_BYTES_MAX])
{
    char to[STATE_PATH_BYTES];
    for (uint32_t i = 0; i < past->count; i++)
        if (!copy_deployment(state, folder, past->parts[i].hash, error))
            return false;
    return state_path(to, folder, JOURNAL_FOLDER, error) &&
           journal_copy(past->journal, to, error) &&
           state_present_deployment(folder, past_last(past)->hash, error);
}

int export_state(const char *state, const char *folder)
{
    char error[TEXT_BYTES_MAX];
    struct past past;
    int code = 0;
    if (!past_open(state, &past, error)) {
        code = complain(error);
    } else if (mkdir(folder, 0700) != 0) {
        fprintf(stderr, "understudy: %s cannot be made: %s\n", folder, strerror(errno));
        code = errno == EEXIST ? EXIT_UNSOUND : EXIT_SYSTEM;
    } else if (!copy_state(state, folder, &past, error)) {
        code = complain(error);
    }
    past_close(&past);
    return code;
}
