/* The meaning of single fields that are texts: witnesses, hooks, the coordinator, the time zone. */
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

static void coordinator_wrong(const struct model_coordinator *coordinator, const char *field,
                              const char *value, const char *what, struct diag *diag)
{
    struct diag_at at = {.place = coordinator->place, .name = "", .field = field, .value = value};
    diag_report(diag, DIAG_E223, at, NULL, "coordinator: %s%s%s%s %s", field,
                value == NULL ? "" : ": \"", value == NULL ? "" : value, value == NULL ? "" : "\"",
                what);
}

static void check_coordinator(const struct model_coordinator *coordinator, struct diag *diag)
{
    const struct {
        const char *field;
        const char *path;
    } files[] = {{"ca", coordinator->ca}, {"cert", coordinator->cert}, {"key", coordinator->key}};
    bool encrypted = false;
    if (coordinator->etcd.count > ENDPOINTS_MAX) {
        struct diag_at at = {.place = coordinator->place, .name = "", .field = "etcd"};
        diag_report(diag, DIAG_E119, at, NULL, "coordinator: etcd lists more than %d endpoints",
                    ENDPOINTS_MAX);
    }
    for (size_t i = 0; i < coordinator->etcd.count; i++) {
        const char *endpoint = coordinator->etcd.names[i];
        encrypted = encrypted || strncmp(endpoint, "https:", 6) == 0;
        if (!address_is_endpoint(endpoint)) {
            coordinator_wrong(coordinator, "etcd", endpoint,
                              "is not an endpoint http://host:port or https://host:port", diag);
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].path != NULL && !address_is_plain_path(files[i].path)) {
            coordinator_wrong(coordinator, files[i].field, files[i].path,
                              "is not the absolute path of a file", diag);
        }
    }
    if (encrypted && coordinator->ca == NULL) {
        coordinator_wrong(coordinator, "etcd", NULL, "is reached by https, so ca is needed", diag);
    }
    if ((coordinator->cert == NULL) != (coordinator->key == NULL)) {
        coordinator_wrong(coordinator, coordinator->cert != NULL ? "cert" : "key", NULL,
                          "has no use alone: cert and key go together", diag);
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
    for (size_t i = 0; i < model->coordinators_count; i++) {
        check_coordinator(&model->coordinators[i], diag);
    }
}
