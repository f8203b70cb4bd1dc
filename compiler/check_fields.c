/* The meaning of single fields that are texts: witnesses, hooks, the time zone. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "compiler/address.h"
#include "compiler/check.h"

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

/* It is run as it is, so that no shell ever sees the text. */
static void check_hook(const struct model_failover *failover, const char *field, const char *path,
                       struct diag *diag)
{
    if (path != NULL && !address_is_plain_path(path)) {
        struct diag_at at = {
            .place = failover->place, .name = failover->name, .field = field, .value = path};
        diag_report(diag, DIAG_E222, at, "write it like \"/usr/local/bin/tell-the-guard\"",
                    "failover \"%s\": %s: \"%s\" is not the absolute path of a program",
                    failover->name, field, path);
    }
}

/* The zone becomes a part of a path below /usr/share/zoneinfo. */
static void check_time_zone(const struct model_site *site, struct diag *diag)
{
    const char *zone = site->time_zone;
    bool sound = zone == NULL || isalpha((unsigned char)zone[0]);
    for (const char *c = zone; sound && c != NULL && *c != '\0'; c++) {
        sound = isascii(*c) && (isalnum(*c) || strchr("/_+-", *c) != NULL);
    }
    if (!sound) {
        struct diag_at at = {.place = site->place, .name = "", .field = "time_zone", .value = zone};
        diag_report(diag, DIAG_E224, at, "write it like \"Europe/Berlin\"",
                    "site: time_zone: \"%s\" is not the name of a time zone", zone);
    }
}

void check_fields(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model *model = resolved->model;
    check_time_zone(resolved->site, diag);
    for (size_t i = 0; i < model->servers_count; i++) {
        check_witness(&model->servers[i], diag);
    }
    for (size_t i = 0; i < model->failovers_count; i++) {
        check_hook(&model->failovers[i], "on_start", model->failovers[i].on_start, diag);
        check_hook(&model->failovers[i], "on_stop", model->failovers[i].on_stop, diag);
    }
}
