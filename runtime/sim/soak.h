/* The random soak: years of random faults and repairs on a whole site, in the world of the dry run,
 * whose properties are held after every step. Seed and version tell what happened: the same two do
 * it again. */
#ifndef RUNTIME_SIM_SOAK_H
#define RUNTIME_SIM_SOAK_H

#include <stdbool.h>
#include <stdio.h>

#include "runtime/image.h"

#define SOAK_YEARS     10
#define SOAK_YEARS_MAX 1000000

struct soak_options {
    uint64_t seed;
    uint32_t years;  /* to simulate */
    uint32_t time_s; /* at most, in reality; 0: any */
    bool progress;   /* to stderr */
};

struct soak {
    char deployment[13]; /* image_short_hash */
    uint64_t months;     /* of 30 days; each begins with a site at rest */
    uint64_t acts;       /* faults, repairs and orders */
    uint64_t moves;      /* of all machines */
    double seconds;      /* in reality */
    bool broken;
    char *story; /* if broken: what is wrong, and the month as an outage file */
};

/* Soaks until a property is broken or a bound is reached. Free it. */
void soak_run(struct soak *soak, const struct deployment *deployment,
              const struct soak_options *options);
void soak_free(struct soak *soak);

void soak_report(FILE *out, const struct soak *soak, const struct soak_options *options);
void soak_json(FILE *out, const struct soak *soak, const struct soak_options *options);

#endif
