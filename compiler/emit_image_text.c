/* An image in words: what is in the binary, one line each, so that two deployments can be compared
 * with diff. */
#include <inttypes.h>

#include "compiler/emit.h"

static void put_text(FILE *out, const struct image *image, uint32_t offset)
{
    emit_c_text(out, image_text(image, offset));
}

/* "A", "B": the names of a list's members. */
#define PUT_NAMES(out, image, list, section)                                                       \
    do {                                                                                           \
        for (uint32_t item = 0; item < (list).count; item++) {                                     \
            fputc(' ', out);                                                                       \
            put_text(out, image,                                                                   \
                     image_##section(image)[image_numbers(image)[(list).first + item]].name);      \
        }                                                                                          \
        fputc('\n', out);                                                                          \
    } while (0)

/* " word "A" "B"": nothing if the list is empty. */
static void put_texts(FILE *out, const struct image *image, const char *word,
                      struct image_list list)
{
    if (list.count == 0)
        return;
    fprintf(out, "  %s", word);
    for (uint32_t i = 0; i < list.count; i++) {
        fputc(' ', out);
        put_text(out, image, image_numbers(image)[list.first + i]);
    }
    fputc('\n', out);
}

/* " word "TEXT"": nothing if the text was not given. */
static void put_given(FILE *out, const struct image *image, const char *word, uint32_t text)
{
    if (text == 0)
        return;
    fprintf(out, " %s ", word);
    put_text(out, image, text);
}

static void put_site(FILE *out, const struct image *image)
{
    const struct image_site *site = &image->site;
    fprintf(out,
            "site heartbeat_ms %" PRIu32 " misses %" PRIu32 " start_ms %" PRIu32
            " claim_ms %" PRIu32 " lease_ms %" PRIu32 " licence_bound %" PRIu32 " grace_ms %" PRId64
            " repair_ms %" PRId64,
            site->heartbeat_ms, site->misses, site->start_ms, site->claim_ms, site->lease_ms,
            site->licence_bound, site->grace_ms, site->repair_ms);
    put_given(out, image, "time_zone", site->time_zone);
    fputc('\n', out);
    put_texts(out, image, "on_alarm", site->on_alarm);
}

static void put_volumes(FILE *out, const struct image *image)
{
    for (uint32_t i = 0; i < image->volumes.count; i++) {
        const struct image_volume *volume = &image_volumes(image)[i];
        fprintf(out, "volume %" PRIu32 " ", i);
        put_text(out, image, volume->name);
        fputs(volume->shared ? " nas " : " path ", out);
        put_text(out, image, volume->path);
        fprintf(out, " size_bytes %" PRIu64 " reserve_bytes %" PRIu64 "\n", volume->size_bytes,
                volume->reserve_bytes);
    }
}

static void put_arbiter(FILE *out, const struct image *image, uint32_t arbiter)
{
    if (arbiter == IMAGE_COORDINATOR) {
        fputs("  arbiter coordinator\n", out);
    } else if (arbiter != IMAGE_NONE) {
        fputs("  arbiter volume ", out);
        put_text(out, image, image_volumes(image)[arbiter].name);
        fputc('\n', out);
    }
}

static void put_servers(FILE *out, const struct image *image)
{
    for (uint32_t i = 0; i < image->servers.count; i++) {
        const struct image_server *server = &image_servers(image)[i];
        fprintf(out, "server %" PRIu32 " ", i);
        put_text(out, image, server->name);
        fputs(" address ", out);
        put_text(out, image, server->address);
        fprintf(out,
                " machine %" PRIu32 " ask_wait_ms %" PRIu32 " priority %" PRId32
                " capacity_cameras %" PRIu32 " capacity_network_bps %" PRIu64
                " capacity_write_bps %" PRIu64 "\n",
                server->machine, server->ask_wait_ms, server->priority, server->capacity_cameras,
                server->capacity_network_bps, server->capacity_write_bps);
        fprintf(out,
                "  own_cameras %" PRIu32 " from %" PRIu32 ", failovers %" PRIu32 " from %" PRIu32
                "\n  volumes",
                server->own_cameras.count, server->own_cameras.first, server->failovers.count,
                server->failovers.first);
        PUT_NAMES(out, image, server->volumes, volumes);
        if (server->fallback != IMAGE_NONE) {
            fputs("  fallback ", out);
            put_text(out, image, image_volumes(image)[server->fallback].name);
            fputc('\n', out);
        }
        put_texts(out, image, "witnesses", server->witnesses);
        fputs("  watchers", out);
        PUT_NAMES(out, image, server->watchers, failovers);
        fputs("  peers", out);
        PUT_NAMES(out, image, server->peers, servers);
        put_arbiter(out, image, server->arbiter);
    }
}

static void put_cameras(FILE *out, const struct image *image)
{
    static const char *const arms[] = {"cold", "warm", "hot"};
    for (uint32_t i = 0; i < image->cameras.count; i++) {
        const struct image_camera *camera = &image_cameras(image)[i];
        fprintf(out, "camera %" PRIu32 " ", i);
        put_text(out, image, camera->name);
        fputs(" server ", out);
        put_text(out, image, image_servers(image)[camera->server].name);
        fputs(" url ", out);
        put_text(out, image, camera->url);
        fprintf(out,
                " machine %" PRIu32 " sessions %d arm %s rate_bps %" PRIu64 " keep_ms %" PRId64,
                camera->machine, camera->sessions, arms[camera->arm], camera->rate_bps,
                camera->keep_ms);
        put_given(out, image, "credentials", camera->credentials);
        fputc('\n', out);
    }
}

static void put_failovers(FILE *out, const struct image *image)
{
    for (uint32_t i = 0; i < image->failovers.count; i++) {
        const struct image_failover *failover = &image_failovers(image)[i];
        fprintf(out, "failover %" PRIu32 " ", i);
        put_text(out, image, failover->name);
        fputs(" standby ", out);
        put_text(out, image, image_servers(image)[failover->standby].name);
        fputs(" monitor ", out);
        put_text(out, image, image_servers(image)[failover->monitor].name);
        fprintf(out,
                " machine %" PRIu32 " wait_ms %" PRIu32 " hold_down_ms %" PRIu32
                " priority %" PRId32 " retry_for_ms %" PRIu32,
                failover->machine, failover->wait_ms, failover->hold_down_ms, failover->priority,
                failover->retry_for_ms);
        fprintf(out, "%s%s%s%s%s", failover->no_ping ? " transfer_if_no_ping" : "",
                failover->manual ? " manual" : "", failover->disabled ? " disabled" : "",
                failover->also_on & ALSO_ON_STORAGE ? " also_on_storage" : "",
                failover->also_on & ALSO_ON_RECORDING ? " also_on_recording" : "");
        if (failover->manager != IMAGE_NONE) {
            fputs(" manager ", out);
            put_text(out, image, image_managers(image)[failover->manager].name);
        }
        if (failover->own_manager != IMAGE_NONE) {
            fputs(" and ", out);
            put_text(out, image, image_managers(image)[failover->own_manager].name);
        }
        fputs("\n  objects", out);
        PUT_NAMES(out, image, failover->objects, cameras);
        put_texts(out, image, "on_start", failover->on_start);
        put_texts(out, image, "on_stop", failover->on_stop);
    }
}

static void put_managers(FILE *out, const struct image *image)
{
    for (uint32_t i = 0; i < image->managers.count; i++) {
        const struct image_manager *manager = &image_managers(image)[i];
        fprintf(out, "manager %" PRIu32 " ", i);
        put_text(out, image, manager->name);
        fprintf(out, " max_running %" PRIu32 " when_unreachable %s host ", manager->max_running,
                manager->allow ? "allow" : "hold");
        put_text(out, image, image_servers(image)[manager->host].name);
        fputs(manager->standby == IMAGE_NONE ? " for the site\n" : " for itself\n", out);
    }
}

static void put_coordinators(FILE *out, const struct image *image)
{
    for (uint32_t i = 0; i < image->coordinators.count; i++) {
        const struct image_coordinator *coordinator = &image_coordinators(image)[i];
        fputs("coordinator", out);
        put_given(out, image, "ca", coordinator->ca);
        put_given(out, image, "cert", coordinator->cert);
        put_given(out, image, "key", coordinator->key);
        put_given(out, image, "credentials", coordinator->credentials);
        fprintf(out, " when_unreachable %s\n", coordinator->allow ? "allow" : "hold");
        put_texts(out, image, "etcd", coordinator->endpoints);
    }
}

/* What a person reads; beyond it the text would be twice the size of the image. */
#define OBJECTS_SHOWN_MAX 10000u

static uint32_t count_objects(const struct image *image)
{
    uint32_t count = 0;
#define X(field, type) count += image->field.count;
    IMAGE_SECTIONS(X)
#undef X
    return count;
}

void emit_image_text(FILE *out, const struct image *image)
{
    fprintf(out, "image abi %" PRIu32 "\nsha256 ", image->abi);
    for (size_t i = 0; i < sizeof image->hash; i++)
        fprintf(out, "%02x", image->hash[i]);
    fputc('\n', out);
    put_site(out, image);
#define X(field, type) fprintf(out, #field " %" PRIu32 "\n", image->field.count);
    IMAGE_SECTIONS(X)
#undef X
    if (count_objects(image) > OBJECTS_SHOWN_MAX) {
        fprintf(out, "more than %u objects: they are in image.bin, and not listed here\n",
                OBJECTS_SHOWN_MAX);
        return;
    }
    put_volumes(out, image);
    put_servers(out, image);
    put_cameras(out, image);
    put_failovers(out, image);
    put_managers(out, image);
    put_coordinators(out, image);
}
