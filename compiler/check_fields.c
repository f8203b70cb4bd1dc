/* The meaning of single fields that are texts: witnesses, hooks, the time zone. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/address.h"
#include "compiler/check.h"

#define ZONES "/usr/share/zoneinfo"

/* A witness is asked over the network, so it must be complete. */
static void check_witness(const struct model_server *server, struct diag *diag)
{
    if (server->witness.count > WITNESSES_MAX) {
        struct diag_at at = {.place = server->place, .name = server->name, .field = "witness"};
        diag_report(diag, DIAG_E119, at, NULL, "server \"%s\" lists more than %d witnesses",
                    server->name, WITNESSES_MAX);
    }
    for (size_t i = 0; i < server->witness.count; i++) {
        const char *witness = server->witness.names[i];
        if (!address_is_host_port(witness)) {
            struct diag_at at = {
                .place = server->place, .name = server->name, .field = "witness", .value = witness};
            diag_report(diag, DIAG_E221, at, "write it like \"10.0.0.1:80\"",
                        "server \"%s\": the witness \"%s\" is not an address host:port",
                        server->name, witness);
        }
    }
}

/* It is run as it is, so that no shell ever sees its texts. */
static void check_hook(const char *who, struct diag_at at, const struct model_names *words,
                       struct diag *diag)
{
    if (words->count > HOOK_WORDS_MAX) {
        diag_report(diag, DIAG_E119, at, NULL, "%s: %s has more than %d arguments", who, at.field,
                    HOOK_WORDS_MAX - 1);
    }
    if (words->count > 0 && !address_is_plain_path(words->names[0])) {
        at.value = words->names[0];
        diag_report(diag, DIAG_E222, at,
                    "write it like { \"/usr/local/bin/tell-the-guard\", \"--site\", \"north\" }",
                    "%s: %s: \"%s\" is not the absolute path of a program", who, at.field,
                    words->names[0]);
    }
}

static void check_hooks(const struct model_failover *failover, struct arena *arena,
                        struct diag *diag)
{
    if (failover->on_start.count == 0 && failover->on_stop.count == 0) {
        return;
    }
    const char *who = arena_format(arena, "failover \"%s\"", failover->name);
    struct diag_at at = {.place = failover->place, .name = failover->name, .field = "on_start"};
    check_hook(who, at, &failover->on_start, diag);
    at.field = "on_stop";
    check_hook(who, at, &failover->on_stop, diag);
}

/* Where this machine has the data of zones, a name that is not among them is a slip of the pen. */
static bool zone_is_known(const char *zone)
{
    char path[256];
    const int length = snprintf(path, sizeof path, ZONES "/%s", zone);
    return access(ZONES, X_OK) != 0 || (length < (int)sizeof path && access(path, R_OK) == 0);
}

/* The zone becomes a part of a path below ZONES. */
static void check_time_zone(const struct model_site *site, struct diag *diag)
{
    const char *zone = site->time_zone;
    bool sound = zone == NULL || isalpha((unsigned char)zone[0]);
    for (const char *c = zone; sound && c != NULL && *c != '\0'; c++) {
        sound = isascii(*c) && (isalnum(*c) || strchr("/_+-", *c) != NULL);
    }
    if (!sound || (zone != NULL && !zone_is_known(zone))) {
        struct diag_at at = {.place = site->place, .name = "", .field = "time_zone", .value = zone};
        diag_report(diag, DIAG_E224, at, "write it like \"Europe/Berlin\"",
                    "site: time_zone: \"%s\" is not the name of a time zone", zone);
    }
}

void check_fields(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model *model = resolved->model;
    struct diag_at site = {.place = resolved->site->place, .name = "", .field = "on_alarm"};
    check_time_zone(resolved->site, diag);
    check_hook("site", site, &resolved->site->on_alarm, diag);
    for (size_t i = 0; i < model->servers_count; i++) {
        check_witness(&model->servers[i], diag);
    }
    for (size_t i = 0; i < model->failovers_count; i++) {
        check_hooks(&model->failovers[i], model->arena, diag);
    }
}
