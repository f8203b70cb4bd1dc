/* What a verb of `archive` was asked for, and its exit codes: 0 all well, 1 something is wrong in
 * the archive, 2 the command line is wrong, 3 the system failed. */
#ifndef RECORDER_ARCHIVE_REQUEST_H
#define RECORDER_ARCHIVE_REQUEST_H

#include "recorder/archive_view.h"

#define ARCHIVE_FINE   0
#define ARCHIVE_WRONG  1
#define ARCHIVE_USAGE  2
#define ARCHIVE_FAILED 3

/* X(SYMBOL, "--option", has a value) */
#define ARCHIVE_OPTIONS(X)                                                                         \
    X(OPTION_CAMERA, "--camera", true)                                                             \
    X(OPTION_FROM, "--from", true)                                                                 \
    X(OPTION_TO, "--to", true)                                                                     \
    X(OPTION_OUTPUT, "-o", true)                                                                   \
    X(OPTION_SIGN, "--sign", true)                                                                 \
    X(OPTION_CHECK, "--check", false)                                                              \
    X(OPTION_KEY, "--key", true)                                                                   \
    X(OPTION_REASON, "--reason", true)                                                             \
    X(OPTION_SERVER, "--server", true)                                                             \
    X(OPTION_INTO, "--into", true)                                                                 \
    X(OPTION_RATE, "--rate", true)                                                                 \
    X(OPTION_MAIN, "--main", true)                                                                 \
    X(OPTION_VOLUME, "--volume", true)                                                             \
    X(OPTION_BACKGROUND, "--background", false)                                                    \
    X(OPTION_LISTEN, "--listen", true)                                                             \
    X(OPTION_PORT, "--port", true)                                                                 \
    X(OPTION_JOURNAL, "--journal", true)                                                           \
    X(OPTION_JSON, "--json", false)                                                                \
    X(OPTION_FAIL, "--fail", false)                                                                \
    X(OPTION_REPAIR, "--repair", false)

enum archive_option {
#define X(symbol, text, valued) symbol,
    ARCHIVE_OPTIONS(X)
#undef X
        OPTION_COUNT
};

struct archive_request {
    const char *verb;
    struct archive_filter filter;    /* of --camera, --from, --to */
    const char *given[OPTION_COUNT]; /* the value; "" of an option without one; NULL: not given */
    char **volumes;                  /* what is no option: directories of volumes */
    int volume_count;
};

/* Says on stderr what is wrong with the command line; ARCHIVE_USAGE. */
int archive_usage(const char *what, const char *word);
/* Says on stderr what failed; ARCHIVE_FAILED. */
__attribute__((format(printf, 1, 2))) int archive_failed(const char *format, ...);

/* All that the volumes hold of what was asked for, and how it is seen. */
struct archive_views {
    struct archive archive;
    struct archive_view *views;
    size_t count;
    bool complete; /* all volumes could be read */
};

/* False: memory is out. Free it with archive_views_free either way. */
bool archive_views_make(struct archive_views *all, char *const *volumes, int volume_count,
                        const struct archive_filter *filter);
void archive_views_free(struct archive_views *all);

#endif
