/* The exploration of a site: every order of up to a number of faults, each repaired or not, with
 * the site's own steps in every order between them (explore_board.h). Breadth first, so that the
 * first trace that breaks a property is a shortest one.
 *
 * Cameras that the machines treat alike (same main, sessions, arm and failovers) are represented by
 * two of them, one that is done and one that is not; or by a single one, where that is asked for.
 * Positions that differ only in which of several
 * servers, failovers or cameras that are alike is in which state are one (explore_symmetry.h).
 */
#ifndef RUNTIME_SIM_EXPLORE_H
#define RUNTIME_SIM_EXPLORE_H

#include <stdio.h>

#include "runtime/sim/explore_board.h"
#include "runtime/sim/explore_symmetry.h"
#include "runtime/sim/explore_visited.h"

#define EXPLORE_FAULTS_MAX 16
#define EXPLORE_STATES     10000000u   /* about 1.5 GB */
#define EXPLORE_STATES_MAX 4000000000u /* their numbers have 32 bits */

/* The faults that can be tried: 1 << enum outage_act_kind of each. */
#define EXPLORE_ACTS                                                                               \
    (1u << ACT_FAIL | 1u << ACT_LOG_OFF | 1u << ACT_CUT | 1u << ACT_FORCE_START |                  \
     1u << ACT_FORCE_STOP | 1u << ACT_DISABLE | 1u << ACT_LOSE)

struct explore_options {
    uint32_t faults;  /* at most, in one trace */
    uint32_t acts;    /* of EXPLORE_ACTS; 0: all of them */
    uint64_t states;  /* at most, in memory */
    uint32_t time_s;  /* at most; 0: any */
    bool prompt;      /* words between servers are not slow (explore_board.h) */
    bool single;      /* one camera of each kind instead of two */
    bool unreduced;   /* what is alike is told apart */
    bool progress;    /* to stderr */
    bool first_break; /* end at the first property that is broken */
    /* Called for each new position on the board, if set. */
    void (*reached)(void *context, const struct board *board, const uint8_t *packed, size_t size);
    void *context;
};

/* The shortest trace that breaks a property, if there is one. */
struct explore_trace {
    bool broken;
    char text[TEXT_BYTES_MAX]; /* what is wrong at its end */
    struct board_move *moves;
    size_t count;
};

struct exploration {
    struct deployment *reduced; /* the site with few cameras of each kind */
    struct board board;
    struct symmetry symmetry;
    struct visited visited;
    uint64_t transitions;
    uint32_t depth;           /* moves of the longest shortest way to a position */
    bool complete;            /* every position was looked at */
    const char *unready;      /* if not: why */
    uint32_t faults;          /* at most, in one trace */
    uint32_t acts;            /* that were tried */
    bool prompt;              /* words between servers were not slow */
    bool single;              /* one camera of each kind */
    uint32_t complete_faults; /* every order of up to so many was tried */
    uint32_t camera_count;    /* of the site; the board has fewer where some are alike */
    struct explore_trace traces[BOARD_PROPERTY_COUNT];
};

/* Explores. Returns false, with a sentence in error, if the site is too large to begin with. The
 * deployment must stay. Free it in either case. */
bool explore_run(struct exploration *exploration, const struct deployment *deployment,
                 const struct explore_options *options, char error[static TEXT_BYTES_MAX]);
void explore_free(struct exploration *exploration);

/* Whether any property is broken. */
bool explore_is_broken(const struct exploration *exploration);

/* What the trace shows as an outage file, in the language of outages; free() it. Its times are such
 * that the dry run breaks the property too, if there are any and it judges that property; a comment
 * in the file says what is the case. */
char *explore_outage(struct exploration *exploration, const struct deployment *deployment,
                     enum board_property property);

/* How long it may be from an act to the next: at once, as soon as it is noticed, just before
 * the longest wait runs out, while a take-over begins, when all of it is over. */
#define EXPLORE_TEMPOS 5
void explore_tempos(const struct image *image, int64_t tempos_ms[static EXPLORE_TEMPOS]);

/* Prints the report, with the outage files if outages is set; or the JSON of the language
 * reference. */
void explore_report(FILE *out, struct exploration *exploration, const struct deployment *deployment,
                    bool outages);
void explore_json(FILE *out, struct exploration *exploration, const struct deployment *deployment);

/* The name of a property, and what holds if it holds. */
const char *explore_property_name(enum board_property property);
const char *explore_property_text(enum board_property property);

/* The verb `explore` of understudy-sim (explore_command.c): its arguments after the verb. Returns
 * the exit code. */
int explore_command(int argc, char **argv);

/* Reads words of faults with commas between them; false if one is not of those that are known. What
 * they are called, in a sentence (explore_acts.c). */
bool explore_read_acts(const char *words, uint32_t known, uint32_t *acts);
void explore_name_acts(uint32_t acts, char *text, size_t size);

/* ---- for the parts of the exploration ---- */

/* Cameras of a kind that stand for all. */
#define EXPLORE_ALIKE 2

/* The deployment with only so many cameras of each kind (explore_site.c); free() it. */
struct deployment *explore_reduce(const struct deployment *deployment, uint32_t alike_max);

#endif
