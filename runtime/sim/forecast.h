/* The forecast: what share of each camera's time a site records over many years, if its servers and
 * links fail and are repaired at random, and what it would be with one thing more.
 *
 * Method. The world of the dry run bears failures that are drawn (forecast_failure.h) for a time in
 * which nothing is counted, so that the site is as it is on any day, and then for the years that
 * are asked for, cut into FORECAST_BATCHES batches of one length. What is lost in one batch says
 * nothing of what is lost in the next, as long as a batch is much longer than any repair; so their
 * mean and its deviation give the expected loss, and an interval by Student's t in which it lies
 * with a probability of 95 % (the method of batch means). Sites are compared batch by batch, in
 * which the same things fail at the same moments: the interval is that of the difference.
 *
 * What is kept of a run is bounded: it is played in pieces, and each is forgotten when it is
 * tallied.
 */
#ifndef RUNTIME_SIM_FORECAST_H
#define RUNTIME_SIM_FORECAST_H

#include <stdio.h>

#include "runtime/sim/forecast_failure.h"
#include "runtime/sim/forecast_tally.h"

#define FORECAST_BATCHES   20
#define FORECAST_YEARS_MAX 1000000
#define FORECAST_SITES_MAX 8
#define YEAR_MS            DAYS_MS(365)

struct forecast_options {
    uint64_t seed;
    uint32_t years;  /* to count; 0: as many as make the figures sound */
    uint32_t time_s; /* about, at most, in reality; 0: any */
    bool progress;   /* to stderr */
    struct failure_rate *rates;
    size_t rate_count;
    const char **without; /* sentences: what more was not tried, and why */
    size_t without_count;
};

/* One site: the one that is asked about, or one with something more. */
struct forecast_site {
    const char *label; /* what is more; "" for the first */
    const struct deployment *deployment;
    struct outage outage;
    struct script script;
    struct failures failures;
    struct world *world;
    struct tally tally;
    double lost_ms[FORECAST_BATCHES]; /* of all cameras together */
};

struct forecast {
    struct forecast_site sites[FORECAST_SITES_MAX];
    uint32_t site_count;
    double years;         /* that were counted */
    double planned_years; /* more than that if time was out */
    int64_t batch_ms;
    uint32_t batch_count; /* fewer than FORECAST_BATCHES if time was out */
    double begin_s;       /* of the stopwatch */
    double seconds;       /* in reality */
    double told_s;        /* when progress was told */
    bool fitted;          /* the batches to the time there is */
};

/* A figure and its interval. */
struct estimate {
    double mean;
    double low;
    double high;
};

/* Sets up the first site; more may follow. */
void forecast_add(struct forecast *forecast, const char *label,
                  const struct deployment *deployment);

/* Runs all sites. On failure returns false and writes a sentence to error: something about the
 * options, or, if fault is set then, a fault of Understudy. */
bool forecast_run(struct forecast *forecast, const struct forecast_options *options, bool *fault,
                  char error[static TEXT_BYTES_MAX]);
void forecast_free(struct forecast *forecast);

/* Shares of time from 0 to 1. Of a camera, of the cameras of a site together, and what a site gains
 * beside the first one. */
struct estimate forecast_camera_lost(const struct forecast *forecast,
                                     const struct forecast_site *site, uint32_t camera);
struct estimate forecast_site_lost(const struct forecast *forecast,
                                   const struct forecast_site *site);
struct estimate forecast_site_gained(const struct forecast *forecast,
                                     const struct forecast_site *site);

/* What share of all its cameras' time a site loses to each cause. */
void forecast_sum_losses(const struct forecast *forecast, const struct forecast_site *site,
                         double shares[LOSS_COUNT]);

/* `understudy-sim forecast`: its words after that; returns an exit code. */
int forecast_command(int argc, char **argv);

void forecast_report(FILE *out, const struct forecast *forecast,
                     const struct forecast_options *options);
void forecast_json(FILE *out, const struct forecast *forecast,
                   const struct forecast_options *options);

#endif
