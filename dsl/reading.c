#include "dsl/reading.h"

#include <assert.h>

#include "dsl/child.h"

#define TIME_BYTES_A_S ((size_t)16 << 20) /* of a flat file that Lua reads in a second at least */

static void reading_child(void *context)
{
    host_run(context);
}

static void reading_report_end(const struct host_run *run, enum child_end end, unsigned time_s)
{
    struct diag_at at = {.place = run->stopped_at};
    if (end == CHILD_OUT_OF_TIME) {
        diag_report(run->diag, DIAG_E105, at, "a loop, or a text pattern, may take for ever here",
                    "the file was stopped here after %u s of processor time", time_s);
    } else {
        diag_report(run->diag, DIAG_E105, at, NULL,
                    "the process that read the file has died; nothing is known of the rest of it");
    }
}

bool reading_run(const char *path, enum word_file file, struct arena *arena, struct diag *diag,
                 void (*declare)(void *, const struct term *), void *reader, bool *partial)
{
    assert(path != NULL && arena != NULL && diag != NULL && declare != NULL);
    const char *name = arena_text(arena, path);
    struct source source;
    const char *reason = source_read(name, &source);
    if (reason != NULL) {
        diag_report(diag, DIAG_E120, (struct diag_at){.place = {.file = name}}, NULL,
                    "the file cannot be read: %s", reason);
        return false;
    }
    struct host_run *run = arena_alloc(arena, sizeof *run);
    *run = (struct host_run){.file = file,
                             .source = &source,
                             .arena = arena,
                             .diag = diag,
                             .declare = declare,
                             .reader = reader,
                             .partial = true,
                             .stopped_at = {.file = name}};
    unsigned time_s = HOST_TIME_S + (unsigned)(source.bytes / TIME_BYTES_A_S);
    enum child_end end = child_run(reading_child, run, time_s);
    source_free(&source);
    *partial = run->partial;
    if (end == CHILD_FAILED) {
        diag_report(diag, DIAG_E120, (struct diag_at){.place = {.file = name}}, NULL,
                    "the file cannot be read: the process that reads it failed; is there enough "
                    "memory?");
        return false;
    }
    if (end != CHILD_DONE) {
        reading_report_end(run, end, time_s);
    }
    return true;
}
