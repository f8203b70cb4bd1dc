#include "runtime/sim/forecast.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/stopwatch.h"

#define WARM_UP         10.0 /* so many of the longest mean repairs nothing is counted */
#define BATCH_REPAIRS   10.0 /* a batch is at least so many of them */
#define PIECE_MS        DAYS_MS(30)
#define PIECE_FAILURES  4096.0   /* a piece of a run has about so many at most */
#define CAMERA_FAILURES 500000.0 /* that make figures sound: failures, each times its cameras */
#define YEARS_LEAST     20.0
#define FIT_AFTER       0.01 /* of the time there is: then it is known how fast the run is */
#define TELL_EACH_S     0.5

void forecast_add(struct forecast *forecast, const char *label, const struct deployment *deployment)
{
    assert(forecast->site_count < FORECAST_SITES_MAX);
    forecast->sites[forecast->site_count++] =
        (struct forecast_site){.label = label, .deployment = deployment};
}

void forecast_free(struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->site_count; i++) {
        struct forecast_site *site = &forecast->sites[i];
        failures_free(&site->failures);
        tally_free(&site->tally);
        if (site->world != NULL)
            world_free(site->world);
    }
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* ---- how long ---- */

/* How much work a failure makes: the cameras of a server, or of those of a volume on average. */
static double weight_of(const struct image *image, const struct failure *failure)
{
    const double average = (double)image->cameras.count / image->servers.count;
    switch ((enum failure_kind)failure->kind) {
    case FAILURE_SERVER:
        return 1 + image_servers(image)[failure->a].own_cameras.count;
    case FAILURE_VOLUME:
        return 1 + average;
    case FAILURE_LINK:
    case FAILURE_KIND_COUNT:
        break;
    }
    return 1;
}

/* A round number of years in which enough fails. */
static double choose_years(const struct forecast_site *site)
{
    const struct image *image = deployment_image(site->deployment);
    double a_year = 0;
    for (uint32_t i = 0; i < site->failures.count; i++) {
        const struct failure *failure = &site->failures.items[i];
        a_year += YEAR_MS / (failure->mtbf_ms + failure->mttr_ms) * weight_of(image, failure);
    }
    const double wanted = fmin(fmax(CAMERA_FAILURES / a_year, YEARS_LEAST), FORECAST_YEARS_MAX);
    const double decade = pow(10, floor(log10(wanted)));
    const double times = wanted / decade;
    return decade * (times < 2 ? 1 : times < 5 ? 2 : 5);
}

static double years_needed(const struct forecast_site *site)
{
    return ceil(failures_longest_ms(&site->failures) * BATCH_REPAIRS * FORECAST_BATCHES / YEAR_MS);
}

static bool plan_years(struct forecast *forecast, const struct forecast_options *options,
                       char error[static TEXT_BYTES_MAX])
{
    const double needed = years_needed(&forecast->sites[0]);
    double years = options->years;
    if (years == 0)
        years = fmax(choose_years(&forecast->sites[0]), needed);
    if (years > FORECAST_YEARS_MAX || years < needed) {
        snprintf(error, TEXT_BYTES_MAX,
                 years < needed ? "with repairs that take so long, %.0f years say too little: at "
                                  "least %.0f are needed (--years)"
                                : "repairs that take so long need %.0f years, more than the %.0f "
                                  "that can be simulated",
                 years, years < needed ? needed : (double)FORECAST_YEARS_MAX);
        return false;
    }
    forecast->planned_years = years;
    forecast->batch_ms = (int64_t)(years * YEAR_MS / FORECAST_BATCHES);
    return true;
}

/* ---- the run ---- */

static void play(struct forecast_site *site, int64_t until_ms)
{
    failures_draw(&site->failures, until_ms);
    site->script.acts = site->failures.acts;
    world_play(site->world, 0, site->failures.act_count, until_ms);
}

static int64_t piece_ms(const struct forecast_site *site)
{
    const double failures = failures_expected(&site->failures, PIECE_MS);
    return failures > PIECE_FAILURES ? (int64_t)(PIECE_MS * PIECE_FAILURES / failures) : PIECE_MS;
}

/* Until nothing tells any more that all began whole. */
static void warm_up(struct forecast_site *site)
{
    const int64_t end_ms = (int64_t)(WARM_UP * failures_longest_ms(&site->failures));
    const int64_t step_ms = piece_ms(site);
    site->outage.lasts_ms = INT64_MAX / 4;
    site->world = world_start(site->deployment, &site->script, &site->outage);
    while (site->world->now_ms < end_ms) {
        play(site, earlier(site->world->now_ms + step_ms, end_ms));
        site->world->span_count = 0;
        world_forget(site->world, site->world->now_ms - PREROLL_MS_MAX);
    }
    tally_init(&site->tally, site->world);
}

/* The run so far, the parts of the running batch included, from 0 to 1. */
static double progress_of(const struct forecast *forecast, uint32_t site)
{
    const struct forecast_site *running = &forecast->sites[site];
    const double in_batch =
        (double)(running->world->now_ms - running->tally.from_ms) / (double)forecast->batch_ms -
        forecast->batch_count;
    return (forecast->batch_count + (site + in_batch) / forecast->site_count) / FORECAST_BATCHES;
}

static void tell(struct forecast *forecast, const struct forecast_options *options, uint32_t site)
{
    forecast->seconds = stopwatch_s() - forecast->begin_s;
    if (!options->progress || forecast->seconds - forecast->told_s < TELL_EACH_S)
        return;
    forecast->told_s = forecast->seconds;
    fprintf(stderr, "\r%3.0f %% of %.0f years, %.0f s ", 100 * progress_of(forecast, site),
            (double)forecast->batch_ms * FORECAST_BATCHES / YEAR_MS, forecast->seconds);
}

/* While the very first batch runs: makes the batches shorter if all of them do not fit into the
 * time there is, as long as they stay much longer than any repair. */
static void fit(struct forecast *forecast, const struct forecast_options *options, uint32_t site)
{
    if (options->time_s == 0 || forecast->fitted || forecast->batch_count > 0 ||
        forecast->seconds < FIT_AFTER * options->time_s)
        return;
    const double all_s = forecast->seconds / progress_of(forecast, site);
    const double least_ms =
        fmax(failures_longest_ms(&forecast->sites[0].failures) * BATCH_REPAIRS,
             (double)(forecast->sites[0].world->now_ms - forecast->sites[0].tally.from_ms));
    if (site == 0 && all_s > options->time_s)
        forecast->batch_ms =
            (int64_t)fmin((double)forecast->batch_ms,
                          fmax(least_ms, (double)forecast->batch_ms * options->time_s / all_s));
    forecast->fitted = true;
}

static void run_batch(struct forecast *forecast, const struct forecast_options *options,
                      uint32_t number, bool last)
{
    struct forecast_site *site = &forecast->sites[number];
    const int64_t step_ms = piece_ms(site);
    for (int64_t end_ms;
         end_ms = site->tally.from_ms + (int64_t)(forecast->batch_count + 1) * forecast->batch_ms,
         site->world->now_ms < end_ms;) {
        play(site, earlier(site->world->now_ms + step_ms, end_ms));
        tally_take(&site->tally);
        tell(forecast, options, number);
        fit(forecast, options, number);
    }
    if (last)
        tally_finish(&site->tally);
    site->lost_ms[forecast->batch_count] = tally_batch(&site->tally);
}

static bool set_up(struct forecast *forecast, const struct forecast_options *options,
                   char error[static TEXT_BYTES_MAX])
{
    for (uint32_t i = 0; i < forecast->site_count; i++)
        failures_init(&forecast->sites[i].failures, i,
                      deployment_image(forecast->sites[i].deployment), options->rates,
                      options->rate_count, options->seed);
    if (forecast->sites[0].failures.count == 0)
        return snprintf(error, TEXT_BYTES_MAX, "nothing of this site ever fails by these options"),
               false;
    return deployment_image(forecast->sites[0].deployment)->cameras.count > 0 ||
           (snprintf(error, TEXT_BYTES_MAX, "the site has no cameras"), false);
}

/* Whether the next batch must be the last one, so that the run ends in time. */
static bool is_last(const struct forecast *forecast, const struct forecast_options *options)
{
    const uint32_t count = forecast->batch_count + 1;
    if (count == FORECAST_BATCHES)
        return true;
    return options->time_s > 0 && count >= 2 &&
           forecast->seconds * (count + 1) / (count - 1) > options->time_s;
}

static const char *first_fault(const struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->site_count; i++)
        if (forecast->sites[i].world->fault_count > 0)
            return forecast->sites[i].world->faults[0];
    return NULL;
}

bool forecast_run(struct forecast *forecast, const struct forecast_options *options, bool *fault,
                  char error[static TEXT_BYTES_MAX])
{
    forecast->begin_s = stopwatch_s();
    *fault = false;
    if (!set_up(forecast, options, error) || !plan_years(forecast, options, error))
        return false;
    for (uint32_t i = 0; i < forecast->site_count; i++)
        warm_up(&forecast->sites[i]);
    for (bool last = false; !last;) {
        last = is_last(forecast, options);
        for (uint32_t i = 0; i < forecast->site_count; i++)
            run_batch(forecast, options, i, last);
        forecast->batch_count++;
        const char *found = first_fault(forecast);
        *fault = found != NULL;
        if (*fault)
            return snprintf(error, TEXT_BYTES_MAX, "%s", found), false;
    }
    forecast->seconds = stopwatch_s() - forecast->begin_s;
    if (options->progress)
        fputs("\r\033[K", stderr);
    forecast->years = (double)forecast->batch_ms * forecast->batch_count / YEAR_MS;
    return true;
}

/* ---- figures ---- */

/* Student's t, 97.5 %, by degrees of freedom from 1 on. */
static const double student[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                                 2.306,  2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
                                 2.131,  2.120, 2.110, 2.101, 2.093};
_Static_assert(sizeof student / sizeof student[0] == FORECAST_BATCHES - 1,
               "one for each count of batches from 2 on");

/* From the sum and the sum of squares of one figure in each batch, each a multiple of unit. */
static struct estimate estimate(const struct forecast *forecast, double sum, double squares,
                                double unit)
{
    const double n = forecast->batch_count;
    const double mean = sum / n;
    const double variance = fmax(0, (squares - n * mean * mean) / (n - 1));
    const double half = student[forecast->batch_count - 2] * sqrt(variance / n);
    return (struct estimate){mean / unit, (mean - half) / unit, (mean + half) / unit};
}

static struct estimate share(struct estimate lost)
{
    return (struct estimate){lost.mean, fmax(0, lost.low), fmin(1, lost.high)};
}

struct estimate forecast_camera_lost(const struct forecast *forecast,
                                     const struct forecast_site *site, uint32_t camera)
{
    const struct camera_tally *tally = &site->tally.cameras[camera];
    return share(
        estimate(forecast, (double)tally->lost_ms, tally->squares, (double)forecast->batch_ms));
}

void forecast_sum_losses(const struct forecast *forecast, const struct forecast_site *site,
                         double shares[LOSS_COUNT])
{
    const uint32_t count = deployment_image(site->deployment)->cameras.count;
    const double all_ms = (double)forecast->batch_ms * forecast->batch_count * count;
    for (uint32_t l = 0; l < LOSS_COUNT; l++) {
        double sum_ms = 0;
        for (uint32_t c = 0; c < count; c++)
            sum_ms += (double)site->tally.cameras[c].lost_to_ms[l];
        shares[l] = sum_ms / all_ms;
    }
}

static double site_ms(const struct forecast *forecast, const struct forecast_site *site)
{
    return (double)forecast->batch_ms * deployment_image(site->deployment)->cameras.count;
}

struct estimate forecast_site_lost(const struct forecast *forecast,
                                   const struct forecast_site *site)
{
    double sum = 0;
    double squares = 0;
    for (uint32_t b = 0; b < forecast->batch_count; b++) {
        sum += site->lost_ms[b];
        squares += site->lost_ms[b] * site->lost_ms[b];
    }
    return share(estimate(forecast, sum, squares, site_ms(forecast, site)));
}

struct estimate forecast_site_gained(const struct forecast *forecast,
                                     const struct forecast_site *site)
{
    double sum = 0;
    double squares = 0;
    for (uint32_t b = 0; b < forecast->batch_count; b++) {
        const double gained = forecast->sites[0].lost_ms[b] - site->lost_ms[b];
        sum += gained;
        squares += gained * gained;
    }
    return estimate(forecast, sum, squares, site_ms(forecast, site));
}
