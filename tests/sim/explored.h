/* A site, explored in every order of so many faults. Three take minutes, under the sanitizers much
 * longer. Two standbys of one main have too many positions, so that their words are not slow here;
 * make explore-long takes the rest. */
#ifndef TESTS_SIM_EXPLORED_H
#define TESTS_SIM_EXPLORED_H

#include <stdio.h>

#include "runtime/sim/explore.h"
#include "tests/compiled.h"

#ifdef __SANITIZE_ADDRESS__
enum { FAULTS = 2, FAULTS_OF_TWO = 1, TWO_STATES = 1000 };
#else
enum { FAULTS = 3, FAULTS_OF_TWO = 2, TWO_STATES = 400000 };
#endif

struct site {
    const char *topology;
    uint32_t faults;
    size_t states; /* of the whole exploration: a change shows that the machines have changed */
    bool prompt;   /* words are not slow */
};

static inline const struct deployment *compile(const char *site)
{
    char topology[128];
    snprintf(topology, sizeof topology, "%s.lua", site);
    return compiled(topology);
}

static inline void run(struct exploration *exploration, const struct deployment *deployment,
                       const struct explore_options *options)
{
    char error[TEXT_BYTES_MAX];
    if (!explore_run(exploration, deployment, options, error))
        fail_msg("%s", error);
}

/* To its end; nothing breaks. */
static inline void hold(struct exploration *exploration, const struct deployment *deployment,
                        const struct explore_options *options)
{
    run(exploration, deployment, options);
    if (explore_is_broken(exploration))
        explore_report(stderr, exploration, deployment, true);
    assert_false(explore_is_broken(exploration));
    assert_true(exploration->complete);
    print_message("  %u servers, %u faults%s: %zu states, %llu transitions, depth %u\n",
                  deployment_image(deployment)->servers.count, options->faults,
                  options->prompt ? ", prompt words" : "", exploration->visited.count,
                  (unsigned long long)exploration->transitions, exploration->depth);
}

static inline void explore_site(struct exploration *exploration,
                                const struct deployment *deployment, const struct site *site)
{
    print_message("%s\n", site->topology);
    hold(exploration, deployment,
         &(struct explore_options){
             .faults = site->faults, .states = 20000000, .prompt = site->prompt});
    assert_true(exploration->visited.count > site->states);
}

#endif
