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

#define EXIT_UNSOUND 1
#define EXIT_SYSTEM  3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct verify {
    const struct deployment *deployment;
    uint32_t server;
    struct journal *journal;
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

/* From the latest to the oldest; the engine is spoilt by it. */
static bool read_snapshots(struct verify *verify, char error[static TEXT_BYTES_MAX])
{
    uint64_t at_most = UINT64_MAX;
    for (;;) {
        struct journal_snapshot found;
        struct snapshot snapshot;
        if (!journal_read_snapshot(verify->journal, at_most, &found, error))
            return false;
        if (found.bytes == NULL)
            return true;
        if (snapshot_decode(found.bytes, found.size, verify->deployment, verify->server,
                            verify->history.engine, &snapshot) != NULL)
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
    if (!past_open(state, &verify->deployment, &verify->server, &verify->journal, error))
        return false;
    if (!history_make(&verify->history, verify->deployment, verify->server, verify->journal))
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
    clock_text(verify->first_wall_ms, first);
    clock_text(verify->last_wall_ms, last);
    if (json) {
        json_t *object =
            json_pack("{s:b, s:s, s:I, s:I, s:I, s:I}", "sound", sound, "text", text, "entries",
                      (json_int_t)history->stepped, "first", (json_int_t)verify->first, "snapshots",
                      (json_int_t)verify->snapshots, "lost", (json_int_t)history->lost);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
        return sound ? 0 : EXIT_UNSOUND;
    }
    printf("%s: %" PRIu64 " entries", text, history->stepped);
    if (history->stepped > 0)
        printf(" from number %" PRIu64 " on, %s to %s", verify->first, first, last);
    printf(", %" PRIu64 " snapshots\n", verify->snapshots);
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
    journal_close(verify.journal);
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

static bool copy_state(const char *state, const char *folder, struct journal *journal,
                       char error[static TEXT_BYTES_MAX])
{
    char from[STATE_PATH_BYTES], to[STATE_PATH_BYTES];
    return state_path(from, state, STATE_DEPLOYMENT, error) &&
           state_path(to, folder, JOURNAL_FOLDER, error) && journal_copy(journal, to, error) &&
           state_keep_deployment(folder, from, error);
}

int export_state(const char *state, const char *folder)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment;
    struct journal *journal;
    uint32_t server;
    int code = 0;
    if (!past_open(state, &deployment, &server, &journal, error)) {
        code = complain(error);
    } else if (mkdir(folder, 0700) != 0) {
        fprintf(stderr, "understudy: %s cannot be made: %s\n", folder, strerror(errno));
        code = errno == EEXIST ? EXIT_UNSOUND : EXIT_SYSTEM;
    } else if (!copy_state(state, folder, journal, error)) {
        code = complain(error);
    }
    journal_close(journal);
    return code;
}
