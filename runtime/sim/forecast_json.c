/* What a forecast has found, for programs. */
#include <jansson.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/forecast.h"

#define X(symbol, name, text) name,
static const char *const loss_names[] = {LOSSES(X)};
#undef X

static json_t *given(json_t *value)
{
    if (value == NULL)
        array_no_memory();
    return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, given(value)) != 0)
        array_no_memory();
}

static void append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, given(value)) != 0)
        array_no_memory();
}

static void put_recorded(json_t *object, struct estimate lost)
{
    put(object, "recorded_share", json_real(1 - lost.mean));
    put(object, "recorded_share_low", json_real(1 - lost.high));
    put(object, "recorded_share_high", json_real(1 - lost.low));
    put(object, "lost_a_year_ms", json_integer((json_int_t)(lost.mean * YEAR_MS + 0.5)));
}

static json_t *json_of_losses(const double *sums)
{
    json_t *losses = given(json_object());
    for (uint32_t l = 0; l < LOSS_COUNT; l++)
        if (sums[l] > 0)
            put(losses, loss_names[l], json_integer((json_int_t)(sums[l] * YEAR_MS + 0.5)));
    return losses;
}

static json_t *json_of_camera(const struct forecast *forecast, uint32_t number)
{
    const struct forecast_site *site = &forecast->sites[0];
    const struct image *image = deployment_image(site->deployment);
    const struct image_camera *camera = &image_cameras(image)[number];
    double sums[LOSS_COUNT];
    for (uint32_t l = 0; l < LOSS_COUNT; l++)
        sums[l] = (double)site->tally.cameras[number].lost_to_ms[l] / (forecast->years * YEAR_MS);
    json_t *object = given(json_object());
    put(object, "name", json_string(image_text(image, camera->name)));
    put(object, "main", json_string(image_text(image, image_servers(image)[camera->server].name)));
    put_recorded(object, forecast_camera_lost(forecast, site, number));
    put(object, "lost_to_a_year_ms", json_of_losses(sums));
    return object;
}

static json_t *json_of_site(const struct forecast *forecast, const struct forecast_site *site)
{
    double shares[LOSS_COUNT];
    json_t *object = given(json_object());
    forecast_sum_losses(forecast, site, shares);
    put_recorded(object, forecast_site_lost(forecast, site));
    put(object, "lost_to_a_year_ms", json_of_losses(shares));
    return object;
}

static json_t *json_of_more(const struct forecast *forecast, const struct forecast_site *site)
{
    const struct estimate gained = forecast_site_gained(forecast, site);
    json_t *object = json_of_site(forecast, site);
    put(object, "what", json_string(site->label));
    put(object, "gained_share", json_real(gained.mean));
    put(object, "gained_share_low", json_real(gained.low));
    put(object, "gained_share_high", json_real(gained.high));
    return object;
}

static json_t *json_of_rate(const struct failure_rate *rate)
{
    json_t *object = given(json_object());
    put(object, "kind", json_string(failure_word(rate->kind)));
    if (rate->a[0] != '\0')
        put(object, "name", json_string(rate->a));
    if (rate->b[0] != '\0')
        put(object, "other", json_string(rate->b));
    put(object, "mtbf_ms", json_integer((json_int_t)rate->mtbf_ms));
    put(object, "mttr_ms", json_integer((json_int_t)rate->mttr_ms));
    return object;
}

void forecast_json(FILE *out, const struct forecast *forecast,
                   const struct forecast_options *options)
{
    json_t *object = given(json_object());
    json_t *rates = given(json_array());
    json_t *cameras = given(json_array());
    json_t *more = given(json_array());
    for (size_t r = 0; r < options->rate_count; r++)
        if (options->rates[r].site == 0)
            append(rates, json_of_rate(&options->rates[r]));
    for (uint32_t c = 0; c < deployment_image(forecast->sites[0].deployment)->cameras.count; c++)
        append(cameras, json_of_camera(forecast, c));
    for (uint32_t i = 1; i < forecast->site_count; i++)
        append(more, json_of_more(forecast, &forecast->sites[i]));
    put(object, "years", json_real(forecast->years));
    put(object, "seed", json_integer((json_int_t)options->seed));
    put(object, "batches", json_integer(forecast->batch_count));
    put(object, "confidence", json_real(0.95));
    put(object, "complete", json_boolean(forecast->years >= 0.999 * forecast->planned_years));
    put(object, "failures", rates);
    put(object, "site", json_of_site(forecast, &forecast->sites[0]));
    put(object, "cameras", cameras);
    put(object, "one_more", more);
    json_t *without = given(json_array());
    for (size_t i = 0; i < options->without_count; i++)
        append(without, json_string(options->without[i]));
    put(object, "one_more_untried", without);
    if (json_dumpf(object, out, JSON_INDENT(2)) != 0)
        array_no_memory();
    fputc('\n', out);
    json_decref(object);
}
