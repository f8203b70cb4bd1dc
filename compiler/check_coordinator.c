/* The coordinator: its fields, and whether it outlives what it shall decide about. */
#include <assert.h>
#include <string.h>

#include "compiler/address.h"
#include "compiler/check.h"

static void coordinator_wrong(const struct model_coordinator *coordinator, const char *field,
                              const char *value, const char *what, struct diag *diag)
{
    struct diag_at at = {.place = coordinator->place, .name = "", .field = field, .value = value};
    diag_report(diag, DIAG_E223, at, NULL, "coordinator: %s%s%s%s %s", field,
                value == NULL ? "" : ": \"", value == NULL ? "" : value, value == NULL ? "" : "\"",
                what);
}

static void check_endpoints(const struct model_coordinator *coordinator, struct diag *diag)
{
    const struct {
        const char *field;
        const char *path;
    } files[] = {{"ca", coordinator->ca}, {"cert", coordinator->cert}, {"key", coordinator->key}};
    bool encrypted = false, open = false;
    if (coordinator->etcd.count > ENDPOINTS_MAX) {
        struct diag_at at = {.place = coordinator->place, .name = "", .field = "etcd"};
        diag_report(diag, DIAG_E119, at, NULL, "coordinator: etcd lists more than %d endpoints",
                    ENDPOINTS_MAX);
    }
    for (size_t i = 0; i < coordinator->etcd.count; i++) {
        const char *endpoint = coordinator->etcd.names[i];
        encrypted = encrypted || strncmp(endpoint, "https:", 6) == 0;
        open = open || strncmp(endpoint, "http:", 5) == 0;
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
    if (open && coordinator->credentials != NULL) {
        coordinator_wrong(coordinator, "credentials", coordinator->credentials,
                          "would be sent where anybody can read them: name the endpoints by https",
                          diag);
    }
    if (encrypted && coordinator->ca == NULL) {
        coordinator_wrong(coordinator, "etcd", NULL, "is reached by https, so ca is needed", diag);
    }
    if ((coordinator->cert == NULL) != (coordinator->key == NULL)) {
        coordinator_wrong(coordinator, coordinator->cert != NULL ? "cert" : "key", NULL,
                          "has no use alone: cert and key go together", diag);
    }
}

/* Two members agree only while both are alive: one alone would be safer. */
static void check_members(const struct model_coordinator *coordinator, struct diag *diag)
{
    if (coordinator->etcd.count == 2) {
        struct diag_at at = {.place = coordinator->place, .name = "", .field = "etcd"};
        diag_report(diag, DIAG_E225, at, "three members go on when one of them fails",
                    "coordinator: etcd has two members, and stops when either of them fails");
    }
    for (size_t i = 0; i < coordinator->etcd.count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *endpoint = coordinator->etcd.names[i];
            if (strcmp(endpoint, coordinator->etcd.names[j]) == 0) {
                struct diag_at at = {
                    .place = coordinator->place, .name = "", .field = "etcd", .value = endpoint};
                diag_report(diag, DIAG_E217, at, NULL, "coordinator: \"%s\" stands twice in etcd",
                            endpoint);
            }
        }
    }
}

/* The death of a main is decided upon by the coordinator: it should not take a member with it. */
static void check_member_on_main(const struct resolved *resolved,
                                 const struct model_coordinator *coordinator, const char *endpoint,
                                 struct diag *diag)
{
    const char *authority = strstr(endpoint, "://");
    for (uint32_t i = 0; authority != NULL && i < resolved->server_count; i++) {
        const struct resolved_server *server = &resolved->servers[i];
        if (server->watchers.count > 0 && server->model->address != NULL &&
            address_same_host(authority + 3, server->model->address)) {
            struct diag_at at = {
                .place = coordinator->place, .name = "", .field = "etcd", .value = endpoint};
            diag_report(diag, DIAG_W214, at,
                        "place the members on standbys and on machines that record nothing",
                        "coordinator: the member \"%s\" lies on the main \"%s\" and dies with it, "
                        "just when it is needed",
                        endpoint, server->model->name);
            return;
        }
    }
}

void check_coordinator(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model *model = resolved->model;
    for (size_t i = 0; i < model->coordinators_count; i++) {
        const struct model_coordinator *coordinator = &model->coordinators[i];
        check_endpoints(coordinator, diag);
        check_members(coordinator, diag);
        for (size_t e = 0; e < coordinator->etcd.count; e++) {
            check_member_on_main(resolved, coordinator, coordinator->etcd.names[e], diag);
        }
    }
}
