#include "compiler/check.h"

#include <assert.h>
#include <string.h>

#include "compiler/address.h"
#include "compiler/names.h"

/* What the predicates get. */
struct checker {
    const struct resolved *resolved;
    struct arena *arena;
    struct diag *diag;
};

static struct diag_at at_field(const char *name, struct place place, const char *field,
                               const char *value)
{
    return (struct diag_at){.place = place, .name = name, .field = field, .value = value};
}

/* ---- the site ---- */

/* A topology without a server protects nothing; mostly the wrong file was named. */
static void check_has_server(const struct checker *checker)
{
    if (checker->resolved->server_count == 0 && diag_error_count(checker->diag) == 0) {
        struct diag_at at = {.place = {.file = checker->resolved->model->source}};
        diag_report(
            checker->diag, DIAG_E203, at,
            "begin with: server \"alpha\" { address = \"10.0.0.11:7400\", archive = { ... } }",
            "the topology declares no server");
    }
}

/* A healthy server may be silent for a few hundred milliseconds: it must not look dead. */
static void check_detection(const struct checker *checker)
{
    const struct model_site *site = checker->resolved->site;
    if (site->heartbeat_ms * site->misses < 500 && site->place.line > 0) {
        diag_report(checker->diag, DIAG_W206, at_field("", site->place, NULL, NULL), NULL,
                    "a server is judged dead after %lld ms of silence, which a busy network "
                    "reaches too",
                    (long long)(site->heartbeat_ms * site->misses));
    }
}

/* ---- volumes ---- */

static const char *volume_path(const struct model_volume *volume)
{
    return volume->path != NULL ? volume->path : volume->nas;
}

/* Exactly one of path and nas: they tell who can reach the volume. */
static void check_volume_kind(const struct checker *checker, const struct model_volume *volume)
{
    if (volume->path != NULL && volume->nas != NULL) {
        diag_report(checker->diag, DIAG_E211, at_field(volume->name, volume->place, "nas", NULL),
                    NULL, "volume \"%s\" has both path and nas; it is one or the other",
                    volume->name);
    } else if (volume_path(volume) == NULL && (volume->set & 3) == 0) { /* else: reported */
        diag_report(
            checker->diag, DIAG_E211, at_field(volume->name, volume->place, NULL, NULL),
            "path = \"/srv/archive\" for a local disk, nas = \"/mnt/archive\" for a mounted "
            "network storage",
            "volume \"%s\" has neither path nor nas", volume->name);
    }
}

/* A relative path would depend on where a node was started. */
static void check_volume_path(const struct checker *checker, const struct model_volume *volume)
{
    const char *path = volume_path(volume);
    if (path != NULL && !address_is_plain_path(path)) {
        const char *field = volume->path != NULL ? "path" : "nas";
        const bool foreign = path[0] == '\\' || (path[0] != '\0' && path[1] == ':');
        diag_report(checker->diag, DIAG_E218, at_field(volume->name, volume->place, field, path),
                    foreign
                        ? "a path of the recording servers, which run Linux: a share is mounted "
                          "there, and nas = \"/mnt/archive\" says where"
                        : "write it like \"/srv/archive\"",
                    "volume \"%s\": \"%s\" is not an absolute path without empty, \".\" and \"..\" "
                    "parts",
                    volume->name, path);
    }
}

static void report_same_directory(const struct checker *checker, const struct model_volume *volume,
                                  const struct model_volume *other)
{
    const char *path = volume_path(volume);
    const char *field = volume->path != NULL ? "path" : "nas";
    diag_report(checker->diag, DIAG_E212, at_field(volume->name, volume->place, field, path), NULL,
                "volume \"%s\" lies in the same directory as volume \"%s\" of line %d",
                volume->name, other->name, other->place.line);
}

/* Two NAS volumes in one directory would count and drop each other's footage. Local paths may be
 * alike on different servers: those are different disks. */
static void check_nas_twice(const struct checker *checker)
{
    const struct resolved *resolved = checker->resolved;
    struct names paths;
    names_start(&paths, checker->arena, resolved->volume_count);
    for (uint32_t i = 0; i < resolved->volume_count; i++) {
        const struct model_volume *volume = &resolved->volumes[i];
        bool nas = volume->nas != NULL;
        uint32_t first = names_add(&paths, nas ? address_normal_path(checker->arena, volume->nas)
                                               : arena_format(checker->arena, "volume %u", i));
        if (first != i) {
            report_same_directory(checker, volume, &resolved->volumes[first]);
        }
    }
}

/* ---- servers ---- */

/* Other servers connect to it, so it must be complete. */
static void check_address(const struct checker *checker, const struct resolved_server *server)
{
    const struct model_server *model = server->model;
    if (model->address == NULL) {
        return;
    }
    if (!address_is_host_port(model->address)) {
        diag_report(checker->diag, DIAG_E207,
                    at_field(model->name, model->place, "address", model->address),
                    "write it like \"10.0.0.11:7400\"",
                    "server \"%s\": \"%s\" is not an address host:port", model->name,
                    model->address);
    }
}

/* Two programs cannot listen on one address. */
static void check_address_twice(const struct checker *checker)
{
    const struct resolved *resolved = checker->resolved;
    struct names addresses;
    names_start(&addresses, checker->arena, resolved->server_count);
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        const struct model_server *model = resolved->servers[i].model;
        uint32_t first = names_add(&addresses, model->address != NULL
                                                   ? model->address
                                                   : arena_format(checker->arena, "server %u", i));
        if (first != i) {
            const struct model_server *other = resolved->servers[first].model;
            diag_report(checker->diag, DIAG_E208,
                        at_field(model->name, model->place, "address", model->address),
                        "two servers on one machine take ports of their own",
                        "server \"%s\" has the address of server \"%s\", declared in line %d",
                        model->name, other->name, other->place.line);
        }
    }
}

/* R4 for a standby; and a main needs a place for its own cameras. */
static void check_archive(const struct checker *checker, const struct resolved_server *server)
{
    const struct model_server *model = server->model;
    struct diag_at at = at_field(model->name, model->place, NULL, NULL);
    if (model->archive.count > 0 || server->volumes.count > 0) {
        return;
    }
    if (server->failovers.count > 0) {
        diag_report(checker->diag, DIAG_E205, at,
                    "archive = { \"...\" }: a standby records on its own volumes (R4)",
                    "server \"%s\" is a standby and has no archive to record on", model->name);
    } else if (server->own_cameras.count > 0) {
        diag_report(checker->diag, DIAG_E206, at, NULL,
                    "server \"%s\" owns cameras and has no archive to record them on", model->name);
    }
}

static void check_volume_count(const struct checker *checker, const struct resolved_server *server)
{
    const struct model_server *model = server->model;
    if (model->archive.count + (model->fallback != NULL) > SERVER_VOLUMES_MAX) {
        diag_report(checker->diag, DIAG_E219, at_field(model->name, model->place, "archive", NULL),
                    NULL, "server \"%s\" lists more than %d volumes", model->name,
                    SERVER_VOLUMES_MAX);
    }
}

/* On one server, two volumes are two directories. */
static void check_path_twice(const struct checker *checker, const struct resolved_server *server)
{
    const struct model_volume *volumes = checker->resolved->volumes;
    for (uint32_t i = 0; i < server->volumes.count; i++) {
        const struct model_volume *volume = &volumes[server->volumes.items[i]];
        for (uint32_t j = 0; j < i; j++) {
            const struct model_volume *other = &volumes[server->volumes.items[j]];
            const char *path = volume_path(volume);
            const char *other_path = volume_path(other);
            bool both_nas = volume->nas != NULL && other->nas != NULL; /* reported already */
            if (path != NULL && other_path != NULL && !both_nas &&
                strcmp(address_normal_path(checker->arena, path),
                       address_normal_path(checker->arena, other_path)) == 0) {
                report_same_directory(checker, volume, other);
            }
        }
    }
}

/* Nobody records its cameras when it fails. */
static void check_protected(const struct checker *checker, const struct resolved_server *server)
{
    uint32_t disabled = 0;
    for (uint32_t i = 0; i < server->watchers.count; i++) {
        disabled += checker->resolved->failovers[server->watchers.items[i]].model->disabled;
    }
    if (server->own_cameras.count > 0 && disabled > 0 && disabled == server->watchers.count) {
        diag_report(checker->diag, DIAG_W203,
                    at_field(server->model->name, server->model->place, NULL, NULL), NULL,
                    "every failover that monitors server \"%s\" is disabled: until an operator "
                    "enables one, nobody records its cameras (%u) when it fails",
                    server->model->name, server->own_cameras.count);
    } else if (server->own_cameras.count > 0 && server->watchers.count == 0) {
        diag_report(checker->diag, DIAG_W203,
                    at_field(server->model->name, server->model->place, NULL, NULL), NULL,
                    "no failover monitors server \"%s\": when it fails, nobody records its cameras "
                    "(%u)",
                    server->model->name, server->own_cameras.count);
    }
}

/* ---- cameras ---- */

static void check_url(const struct checker *checker, const struct resolved_camera *camera)
{
    const struct model_camera *model = camera->model;
    if (model->url == NULL) {
        return;
    }
    struct diag_at at = at_field(model->name, model->place, "url", model->url);
    const char *authority = strstr(model->url, "://");
    const char *sign = authority == NULL ? NULL : strchr(authority + 3, '@');
    if (sign != NULL && sign < authority + 3 + strcspn(authority + 3, "/?#")) {
        diag_report(checker->diag, DIAG_E210, at,
                    "credentials = \"NAME\"; each server knows that name (node --secrets)",
                    "camera \"%s\": the url holds a user name or password, and a deployment keeps "
                    "no secrets",
                    model->name);
    } else if (!address_is_camera_url(model->url)) {
        diag_report(checker->diag, DIAG_E209, at,
                    "write it like \"rtsp://10.0.1.21/stream1\"; there are also rtsps://, http://, "
                    "https://, udp://239.0.0.1:5000, rtp://239.0.0.1:5004 and file:CLIP",
                    "camera \"%s\": \"%s\" is not a url that can be recorded", model->name,
                    model->url);
    }
}

/* The same pictures twice: a copy that was not finished. */
static void check_url_twice(const struct checker *checker)
{
    const struct model *model = checker->resolved->model;
    struct names urls;
    names_start(&urls, checker->arena, model->cameras_count);
    for (uint32_t i = 0; i < model->cameras_count; i++) {
        const struct model_camera *camera = &model->cameras[i];
        if (i + NAMES_AHEAD < model->cameras_count && camera[NAMES_AHEAD].url != NULL) {
            names_expect(&urls, camera[NAMES_AHEAD].url);
        }
        uint32_t first =
            names_add(&urls, camera->url != NULL ? camera->url
                                                 : arena_format(checker->arena, "camera %u", i));
        if (first != i) {
            diag_report(checker->diag, DIAG_W205,
                        at_field(camera->name, camera->place, "url", camera->url), NULL,
                        "camera \"%s\" has the url of camera \"%s\", declared in line %d",
                        camera->name, model->cameras[first].name, model->cameras[first].place.line);
        }
    }
}

/* ---- the lists ---- */

static void (*const check_whole[])(const struct checker *) = {
    check_has_server, check_detection, check_nas_twice, check_address_twice, check_url_twice,
};

static void (*const check_volume[])(const struct checker *, const struct model_volume *) = {
    check_volume_kind,
    check_volume_path,
};

static void (*const check_server[])(const struct checker *, const struct resolved_server *) = {
    check_address, check_archive, check_volume_count, check_path_twice, check_protected,
};

static void (*const check_camera[])(const struct checker *, const struct resolved_camera *) = {
    check_url,
};

#define EACH(i, list) for (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)

void check_topology(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    if (resolved->model->partial) {
        return;
    }
    const struct checker checker = {resolved, resolved->model->arena, diag};
    EACH(p, check_whole)
    {
        check_whole[p](&checker);
    }
    for (uint32_t i = 0; i < resolved->volume_count; i++) {
        EACH(p, check_volume)
        {
            check_volume[p](&checker, &resolved->volumes[i]);
        }
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        EACH(p, check_server)
        {
            check_server[p](&checker, &resolved->servers[i]);
        }
    }
    for (uint32_t i = 0; i < resolved->camera_count; i++) {
        EACH(p, check_camera)
        {
            check_camera[p](&checker, &resolved->cameras[i]);
        }
    }
    check_failovers(resolved, diag);
    check_managers(resolved, diag);
    check_capacity(resolved, diag);
    check_timing(resolved, diag);
    check_archives(resolved, diag);
    check_fields(resolved, diag);
    check_coordinator(resolved, diag);
}
