/* The user's own expectations, held against every order of up to a number of faults and their
 * repairs.
 *
 * Expectations speak of times, so that each order is played in the world of the dry run, with each
 * of a few times between one act and the next (explore_tempos). The faults are those of servers
 * (fail, pause, isolate), paths (cut), volumes and the coordinator (lose). They come after the acts
 * of the outage that has the expectations; as long as that outage lasts after its own last act, the
 * site is watched after the last fault or repair. Orders of fewer faults come first, then those of
 * fewer acts: the first that breaks an expectation is a shortest one.
 */
#ifndef RUNTIME_SIM_EXPLORE_EXPECT_H
#define RUNTIME_SIM_EXPLORE_EXPECT_H

#include <stdbool.h>
#include <stdio.h>

#include "runtime/deployment.h"
#include "runtime/sim/script.h"

/* The faults that can be tried: 1 << enum outage_act_kind of each. */
#define EXPECT_ACTS                                                                                \
    (1u << ACT_FAIL | 1u << ACT_CUT | 1u << ACT_ISOLATE | 1u << ACT_PAUSE | 1u << ACT_LOSE)

struct expect_options {
    uint32_t faults; /* at most, in one order */
    uint32_t acts;   /* of EXPECT_ACTS */
    uint32_t time_s; /* at most, in reality; 0: any */
    bool progress;   /* to stderr */
};

/* What came of one expectation. */
struct expect_verdict {
    const struct outage *outage; /* whose it is */
    const struct outage_expect *expect;
    bool broken;
    uint32_t faults; /* of the order that breaks it */
    char found[TEXT_BYTES_MAX];
    char *story; /* that order as an outage file */
};

struct expect_run {
    const struct script *script;
    uint64_t orders; /* that were played, each with each of its times */
    uint32_t faults; /* all orders of up to so many were played */
    bool complete;   /* that is all that was asked for */
    uint32_t broken; /* expectations */
    char *own_fault; /* what Understudy itself has done wrong, as an outage file; or NULL */
    struct expect_verdict *verdicts;
    uint32_t verdict_count;
};

/* Plays. The outages must have been judged; deployment and script must stay. Free it. */
void expect_run(struct expect_run *run, const struct deployment *deployment,
                const struct script *script, const struct expect_options *options);
void expect_free(struct expect_run *run);

void expect_report(FILE *out, const struct expect_run *run, const struct expect_options *options,
                   bool outages);
void expect_json(FILE *out, const struct expect_run *run, const struct expect_options *options);

#endif
