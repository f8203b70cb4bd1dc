/* What fails in a forecast, how often, and how long until it is repaired: each thing by itself, for
 * a time that is drawn from an exponential distribution, with random numbers of its own. So a thing
 * fails at the same moments in two sites that have it both, whatever else they have, and what one
 * more standby changes is not lost in the noise. */
#ifndef RUNTIME_SIM_FORECAST_FAILURE_H
#define RUNTIME_SIM_FORECAST_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/image.h"
#include "runtime/outage.h"

/* What can fail. X(SYMBOL, "word", act that breaks it, act that repairs it) */
#define FAILURE_KINDS(X)                                                                           \
    X(FAILURE_SERVER, "server", ACT_FAIL, ACT_RESTORE)                                             \
    X(FAILURE_VOLUME, "volume", ACT_LOSE, ACT_REGAIN)                                              \
    X(FAILURE_LINK, "link", ACT_CUT, ACT_HEAL)

#define X(symbol, word, breaks, repairs) symbol,
enum failure_kind { FAILURE_KINDS(X) FAILURE_KIND_COUNT };
#undef X

/* How often things of a kind fail, or one of them. Of two that fit, the later one holds. */
struct failure_rate {
    uint32_t site; /* it holds for this site alone; 0: for all of them */
    enum failure_kind kind;
    double mtbf_ms;         /* it runs so long on average until it fails */
    double mttr_ms;         /* and stays away so long */
    char a[NAME_BYTES_MAX]; /* "": all of the kind */
    char b[NAME_BYTES_MAX]; /* the other server of a link */
};

/* One thing that fails. */
struct failure {
    uint32_t kind;
    uint32_t a; /* a server or a volume */
    uint32_t b; /* the other server of a link, else IMAGE_NONE */
    bool failed;
    double mtbf_ms;
    double mttr_ms;
    uint64_t random;
    int64_t next_ms; /* of the next act */
};

struct failures {
    struct failure *items;
    uint32_t count;
    uint32_t max;
    struct outage_act *acts; /* of the time that was drawn last */
    uint32_t act_count;
    size_t act_max;
};

const char *failure_word(enum failure_kind kind);

/* Reads "KIND/MTBF_MS/MTTR_MS[/NAME]", for a link "link/MTBF_MS/MTTR_MS[/NAME/NAME]"; no name has a
 * slash in it. */
bool failure_rate_read(const char *text, struct failure_rate *rate);

/* Sets up all things of a site, given by its number, that a rate fits, all whole at 0. Free it in
 * any case. */
void failures_init(struct failures *failures, uint32_t site, const struct image *image,
                   const struct failure_rate *rates, size_t rate_count, uint64_t seed);
void failures_free(struct failures *failures);

/* How many failures to expect in so many ms; the longest mean time to repair. */
double failures_expected(const struct failures *failures, double ms);
double failures_longest_ms(const struct failures *failures);

/* Draws what fails and is repaired until a moment and has not been drawn before: acts. */
void failures_draw(struct failures *failures, int64_t until_ms);

#endif
