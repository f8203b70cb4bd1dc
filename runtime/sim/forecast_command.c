/* understudy-sim forecast DEPLOYMENT --rate KIND/MTBF_MS/MTTR_MS[/NAME[/NAME]]...
 *     [--more LABEL DEPLOYMENT [--rate ...]...]... [--without SENTENCE]...
 *     [--seed N] [--years Y] [--time S] [--json] [--progress]
 *
 * A rate after a --more is about that site alone.
 *
 * The front, `understudy forecast`, makes the deployments and calls this. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/command.h"
#include "runtime/sim/forecast.h"

static const char usage[] =
    "usage: understudy-sim forecast DEPLOYMENT --rate KIND/MTBF_MS/MTTR_MS[/NAME[/NAME]]...\n"
    "                      [--more LABEL DEPLOYMENT]... [--without SENTENCE]...\n"
    "                      [--seed N] [--years Y] [--time S] [--json]\n";

struct command {
    struct forecast_options options;
    const char *path;
    const char *more[FORECAST_SITES_MAX][2]; /* label, path */
    uint32_t more_count;
    bool json;
};

static int say(const char *sentence, int exit_code)
{
    fprintf(stderr, "understudy-sim: %s\n", sentence);
    return exit_code;
}

/* A whole number from 1 to max, or 0. */
static uint32_t number_of(const char *text, uint32_t max)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    const bool fine = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    return fine && value <= max ? (uint32_t)value : 0;
}

/* After a --more it is about that site alone. */
static bool take_rate(struct command *command, const char *text)
{
    struct failure_rate *rate = &command->options.rates[command->options.rate_count++];
    const bool fine = failure_rate_read(text, rate);
    rate->site = command->more_count;
    return fine;
}

/* Takes an option with its values; returns how many words it has, or 0. */
static int take_option(struct command *command, char **words, int count)
{
    struct forecast_options *options = &command->options;
    if (strcmp(words[0], "--json") == 0)
        return command->json = true, 1;
    if (strcmp(words[0], "--progress") == 0)
        return options->progress = true, 1;
    if (count < 2)
        return 0;
    if (strcmp(words[0], "--rate") == 0)
        return take_rate(command, words[1]) ? 2 : 0;
    if (strcmp(words[0], "--without") == 0)
        return options->without[options->without_count++] = words[1], 2;
    if (strcmp(words[0], "--seed") == 0)
        return (options->seed = number_of(words[1], UINT32_MAX)) > 0 ? 2 : 0;
    if (strcmp(words[0], "--years") == 0)
        return (options->years = number_of(words[1], FORECAST_YEARS_MAX)) > 0 ? 2 : 0;
    if (strcmp(words[0], "--time") == 0)
        return (options->time_s = number_of(words[1], UINT32_MAX)) > 0 ? 2 : 0;
    if (strcmp(words[0], "--more") != 0 || count < 3 ||
        command->more_count == FORECAST_SITES_MAX - 1)
        return 0;
    command->more[command->more_count][0] = words[1];
    command->more[command->more_count++][1] = words[2];
    return 3;
}

static bool read_command(struct command *command, int argc, char **argv)
{
    command->options.seed = 1;
    command->options.rates = array_new((size_t)argc, sizeof *command->options.rates);
    command->options.without = array_new((size_t)argc, sizeof *command->options.without);
    for (int i = 0; i < argc;) {
        if (strncmp(argv[i], "--", 2) != 0 && command->path == NULL) {
            command->path = argv[i++];
            continue;
        }
        const int taken = take_option(command, argv + i, argc - i);
        if (taken == 0)
            return false;
        i += taken;
    }
    return command->path != NULL;
}

static bool open_site(struct forecast *forecast, const char *label, const char *path)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(path, error);
    if (deployment == NULL)
        return say(error, EXIT_SYSTEM), false;
    forecast_add(forecast, label, deployment);
    return true;
}

static int run(const struct command *command, struct forecast *forecast)
{
    char error[TEXT_BYTES_MAX];
    bool fault;
    if (!open_site(forecast, "", command->path))
        return EXIT_SYSTEM;
    for (uint32_t i = 0; i < command->more_count; i++)
        if (!open_site(forecast, command->more[i][0], command->more[i][1]))
            return EXIT_SYSTEM;
    if (!forecast_run(forecast, &command->options, &fault, error)) {
        if (fault)
            fputs("understudy: a property is broken, which is a fault of Understudy; please report "
                  "it with the topology and the command\n",
                  stderr);
        fprintf(stderr, "understudy: %s\n", error);
        return fault ? EXIT_SYSTEM : EXIT_MATTER;
    }
    (command->json ? forecast_json : forecast_report)(stdout, forecast, &command->options);
    return fflush(stdout) == 0 && !ferror(stdout)
               ? EXIT_FINE
               : say("the report cannot be written in full", EXIT_SYSTEM);
}

int forecast_command(int argc, char **argv)
{
    struct command command = {.path = NULL};
    struct forecast *forecast = array_new(1, sizeof *forecast);
    int exit_code = EXIT_USAGE;
    if (read_command(&command, argc, argv))
        exit_code = run(&command, forecast);
    else
        fputs(usage, stderr);
    forecast_free(forecast);
    free(forecast);
    free(command.options.rates);
    free(command.options.without);
    return exit_code;
}
