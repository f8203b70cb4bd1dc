/* What a forecast has found, for people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/forecast.h"

#define WORST_MAX 8      /* lines of cameras that lose most */
#define LITTLE    0.0005 /* of all that is lost: what loses less is left out */
#define ROUGH     0.25   /* half the interval, as a share of the mean: more deserves a word */

#define X(symbol, name, text) text,
static const char *const loss_texts[] = {LOSSES(X)};
#undef X

struct words {
    char text[64];
};

/* "6.9 min": two or three figures are enough for a mean. */
static struct words duration_words(double ms)
{
    static const struct {
        const char *unit;
        double ms;
        double until; /* so many of them the next unit is taken */
    } units[] = {{"s", 1000, 100},
                 {"min", 60000, 100},
                 {"h", 3600000, 48},
                 {"d", 86400000, 730},
                 {"y", YEAR_MS, HUGE_VAL}};
    size_t u = 0;
    while (fabs(ms) / units[u].ms >= units[u].until)
        u++;
    const double count = ms / units[u].ms;
    const int digits = fabs(count) >= 10 || fabs(count - round(count)) < 0.005 ? 0
                       : fabs(count) >= 1                                      ? 1
                                                                               : 2;
    struct words words;
    snprintf(words.text, sizeof words.text, "%.*f %s", digits, count, units[u].unit);
    return words;
}

static struct words a_year(double share)
{
    return duration_words(share * YEAR_MS);
}

/* "99.9987 %": as many nines as there are, and two figures of the rest. */
static struct words percent_words(double lost)
{
    struct words words = {"100 %"};
    if (lost <= 0)
        return words;
    const double digits = fmin(fmax(1 - floor(log10(lost * 100)), 1), 9);
    snprintf(words.text, sizeof words.text, "%.*f %%", (int)digits, 100 * (1 - lost));
    return words;
}

static const char *name_of(const struct image *image, uint32_t text)
{
    return image_text(image, text);
}

/* ---- what was asked ---- */

static void report_rates(FILE *out, const struct forecast *forecast,
                         const struct forecast_options *options)
{
    bool told[FAILURE_KIND_COUNT] = {false};
    fputs("\n  how often something fails, and how long until it is repaired, on average\n", out);
    for (size_t r = 0; r < options->rate_count; r++) {
        const struct failure_rate *rate = &options->rates[r];
        if (rate->site != 0)
            continue; /* it is as what it is like */
        char name[2 * NAME_BYTES_MAX + 32];
        snprintf(name, sizeof name, "%s%s%s%s%s", rate->a[0] == '\0' ? "each " : "",
                 failure_word(rate->kind), rate->a[0] == '\0' ? "" : " ", rate->a,
                 rate->b[0] == '\0' ? "" : " ");
        told[rate->kind] = true;
        fprintf(out, "    %s%s: every %s, for %s\n", name, rate->b,
                duration_words(rate->mtbf_ms).text, duration_words(rate->mttr_ms).text);
    }
    for (uint32_t k = 0; k < FAILURE_KIND_COUNT; k++)
        if (!told[k])
            fprintf(out, "    each %s: never (no --mtbf \"%s ...\" is given)\n",
                    failure_word((enum failure_kind)k), failure_word((enum failure_kind)k));
    const double failures = failures_expected(&forecast->sites[0].failures, YEAR_MS);
    fprintf(out, "    all together: %.*f failures a year\n", failures < 10 ? 2 : 0, failures);
}

/* ---- the site ---- */

static void report_site(FILE *out, const struct forecast *forecast)
{
    const struct estimate lost = forecast_site_lost(forecast, &forecast->sites[0]);
    fputs("\n  the site, all cameras together\n", out);
    if (lost.mean == 0) {
        fprintf(out, "    recorded  100 %%: nothing was lost in %.0f years\n", forecast->years);
        return;
    }
    fprintf(out, "    recorded  %s (%s to %s)\n", percent_words(lost.mean).text,
            percent_words(lost.high).text, percent_words(lost.low).text);
    fprintf(out, "    lost      %s a year of each camera (%s to %s)\n", a_year(lost.mean).text,
            a_year(lost.low).text, a_year(lost.high).text);
    if (lost.high - lost.mean > ROUGH * lost.mean)
        fputs("    This is rough: a few rare events decide it. More --years make it sharper.\n",
              out);
}

static void report_losses(FILE *out, const struct forecast *forecast)
{
    double shares[LOSS_COUNT];
    double all = 0;
    forecast_sum_losses(forecast, &forecast->sites[0], shares);
    for (uint32_t l = 0; l < LOSS_COUNT; l++)
        all += shares[l];
    if (all == 0)
        return;
    fputs("\n  where it is lost\n", out);
    for (;;) {
        uint32_t most = 0;
        for (uint32_t l = 1; l < LOSS_COUNT; l++)
            most = shares[l] > shares[most] ? l : most;
        if (shares[most] < LITTLE * all)
            break;
        fprintf(out, "    %5.1f %%  %8s a year  %s\n", 100 * shares[most] / all,
                a_year(shares[most]).text, loss_texts[most]);
        shares[most] = 0;
    }
}

/* ---- the cameras ---- */

struct ranked {
    int64_t lost_ms;
    uint32_t main;
    uint32_t camera;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->lost_ms != y->lost_ms)
        return x->lost_ms > y->lost_ms ? -1 : 1;
    return x->camera < y->camera ? -1 : x->camera > y->camera;
}

static struct ranked *rank_cameras(const struct forecast_site *site)
{
    const struct image *image = deployment_image(site->deployment);
    struct ranked *ranked = array_new(image->cameras.count, sizeof *ranked);
    for (uint32_t c = 0; c < image->cameras.count; c++)
        ranked[c] =
            (struct ranked){site->tally.cameras[c].lost_ms, image_cameras(image)[c].server, c};
    qsort(ranked, image->cameras.count, sizeof *ranked, compare_ranked);
    return ranked;
}

static const char *most_lost_to(const struct camera_tally *camera)
{
    uint32_t most = 0;
    for (uint32_t l = 1; l < LOSS_COUNT; l++)
        most = camera->lost_to_ms[l] > camera->lost_to_ms[most] ? l : most;
    return loss_texts[most];
}

/* One line for all cameras of a main that lose the same. */
static void report_alike(FILE *out, const struct forecast *forecast, const struct ranked *first,
                         uint32_t count)
{
    const struct forecast_site *site = &forecast->sites[0];
    const struct image *image = deployment_image(site->deployment);
    const struct estimate lost = forecast_camera_lost(forecast, site, first->camera);
    char more[32] = "";
    if (count > 1)
        snprintf(more, sizeof more, " and %u more", count - 1);
    fprintf(out, "    %s%s of %s: %s, loses %s a year (%s to %s)\n        most of it %s\n",
            name_of(image, image_cameras(image)[first->camera].name), more,
            name_of(image, image_servers(image)[first->main].name), percent_words(lost.mean).text,
            a_year(lost.mean).text, a_year(lost.low).text, a_year(lost.high).text,
            most_lost_to(&site->tally.cameras[first->camera]));
}

static void report_cameras(FILE *out, const struct forecast *forecast)
{
    const struct forecast_site *site = &forecast->sites[0];
    const uint32_t count = deployment_image(site->deployment)->cameras.count;
    struct ranked *ranked = rank_cameras(site);
    uint32_t lines = 0;
    if (ranked[0].lost_ms > 0)
        fputs("\n  the cameras that lose most (where intervals overlap, their order is chance)\n",
              out);
    for (uint32_t i = 0, next; i < count && ranked[i].lost_ms > 0 && lines < WORST_MAX; i = next) {
        next = i + 1;
        while (next < count && ranked[next].lost_ms == ranked[i].lost_ms &&
               ranked[next].main == ranked[i].main)
            next++;
        report_alike(out, forecast, &ranked[i], next - i);
        lines++;
    }
    free(ranked);
}

/* ---- what one more would buy ---- */

/* The cause that has most to do with a difference. */
static const char *most_changed(const struct forecast *forecast, const struct forecast_site *site,
                                bool less)
{
    double before[LOSS_COUNT];
    double after[LOSS_COUNT];
    uint32_t most = 0;
    forecast_sum_losses(forecast, &forecast->sites[0], before);
    forecast_sum_losses(forecast, site, after);
    for (uint32_t l = 0; l < LOSS_COUNT; l++) {
        before[l] = less ? before[l] - after[l] : after[l] - before[l];
        most = before[l] > before[most] ? l : most;
    }
    return loss_texts[most];
}

static void report_more(FILE *out, const struct forecast *forecast,
                        const struct forecast_site *site)
{
    const struct estimate lost = forecast_site_lost(forecast, site);
    const struct estimate gained = forecast_site_gained(forecast, site);
    const bool less = gained.mean > 0;
    fprintf(out, "    %s\n        ", site->label);
    if (gained.low <= 0 && gained.high >= 0) {
        fprintf(out, "no difference to be seen: %s recorded\n", percent_words(lost.mean).text);
        return;
    }
    fprintf(
        out, "%s recorded; %s a year %s lost of each camera (%s to %s)\n        most of it %s\n",
        percent_words(lost.mean).text, a_year(fabs(gained.mean)).text, less ? "less" : "MORE",
        a_year(fmin(fabs(gained.low), fabs(gained.high))).text,
        a_year(fmax(fabs(gained.low), fabs(gained.high))).text, most_changed(forecast, site, less));
}

static void report_all_more(FILE *out, const struct forecast *forecast,
                            const struct forecast_options *options)
{
    if (forecast->site_count + options->without_count < 2)
        return;
    fputs("\n  what one more would buy\n", out);
    for (uint32_t i = 1; i < forecast->site_count; i++)
        report_more(out, forecast, &forecast->sites[i]);
    for (size_t i = 0; i < options->without_count; i++)
        fprintf(out, "    %s\n", options->without[i]);
}

void forecast_report(FILE *out, const struct forecast *forecast,
                     const struct forecast_options *options)
{
    fprintf(out, "%.6g years simulated in %.1f s, seed %llu\n", forecast->years, forecast->seconds,
            (unsigned long long)options->seed);
    if (forecast->years < 0.999 * forecast->planned_years)
        fprintf(out, "time was out: %.6g years were to be, so the intervals are wider\n",
                forecast->planned_years);
    report_rates(out, forecast, options);
    report_site(out, forecast);
    report_losses(out, forecast);
    report_cameras(out, forecast);
    report_all_more(out, forecast, options);
    fputs("\n  (a to b): the true mean lies between with a probability of 95 % (20 batches, "
          "Student's "
          "t).\n"
          "  Assumed: each thing fails and is repaired by itself, at random moments that depend on "
          "nothing\n"
          "  (exponential times); a volume comes back with room; nobody gives orders. What has no "
          "rate above does\n"
          "  not fail, nor do cameras, switches and the power of several servers at once. "
          "Recordings start as\n"
          "  fast as in the dry run.\n",
          out);
}
