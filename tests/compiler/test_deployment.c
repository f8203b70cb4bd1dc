/* Opening deployments and images that are damaged, foreign or hostile: a sentence each, never a
 * crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "compiler/compile.h"
#include "compiler/emit.h"
#include "compiler/toolchain.h"
#include "compiler/unpack.h"
#include "runtime/deployment.h"
#include "runtime/hash.h"
#include "tests/compiler/pair.h"
#include "tests/compiler/scratch.h"
#include "tests/compiler/site.h"

#define MUTATIONS 200000

static void compile_pair(const char *folder)
{
    struct pair pair;
    char error[TEXT_BYTES_MAX] = "";
    pair_make(&pair, "site.lua");
    if (!compile_topology(&pair.resolved, scratch_path(folder), error))
        fail_msg("%s", error);
    pair_free(&pair);
}

static void assert_refused(const char *path, const char *with)
{
    char error[TEXT_BYTES_MAX] = "";
    assert_null(deployment_open(path, error));
    if (strstr(error, with) == NULL)
        fail_msg("%s was refused with: %s", path, error);
}

static void what_is_no_deployment_is_refused(void **context)
{
    (void)context;
    assert_refused(scratch_path("nowhere.so"), "No such file or directory");
    assert_refused("/dev/null", "is not a file");
    assert_refused(scratch, "deployment.so: No such file or directory");
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    assert_refused(scratch_path("pipe"), "is not a file");
    scratch_write("text.so", "hello", 5);
    assert_refused(scratch_path("text.so"), "is not a deployment");
    scratch_write("empty.so", "", 0);
    assert_refused(scratch_path("empty.so"), "is not a deployment");
    assert_refused("/proc/self/exe", "");
}

static void a_file_cut_short_is_refused(void **context)
{
    (void)context;
    size_t size;
    compile_pair("cut");
    char *whole = scratch_read("cut/deployment.so", &size);
    assert_non_null(whole);
    for (size_t bytes = 0; bytes < size; bytes += 997) {
        scratch_write("short.so", whole, bytes);
        assert_refused(scratch_path("short.so"), bytes < 64 ? "is not a deployment" : "complete");
    }
    free(whole);
}

/* Compiles gen/ again with one text in one of its files replaced. */
static void compile_changed(const char *file, const char *from, const char *to)
{
    static const char *const sources[] = {
        "machine_camera.c",         "cells_camera.c",       "machine_failover_preroll.c",
        "cells_failover_preroll.c", "machine_main.c",       "cells_main.c",
        "machine_main_watched.c",   "cells_main_watched.c", "deployment.c"};
    char error[TEXT_BYTES_MAX] = "";
    char path[128];
    size_t size;
    compile_pair("changed");
    snprintf(path, sizeof path, "changed/gen/%s", file);
    char *text = scratch_read(path, &size);
    char *at = strstr(text, from);
    assert_non_null(at);
    FILE *out = fopen(scratch_path(path), "w");
    fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(out);
    free(text);
    if (!toolchain_cc(scratch_path("changed/gen"), sources, 9, "changed.so", error))
        fail_msg("%s", error);
}

/* A deployment that is replaced at its path while it is open: the new one is opened, and the old
 * one goes on. */
static void a_replaced_deployment_is_read_anew(void **context)
{
    (void)context;
    struct pair pair;
    char error[TEXT_BYTES_MAX] = "";
    compile_pair("replaced");
    const struct deployment *old = deployment_open(scratch_path("replaced"), error);
    assert_non_null(old);
    pair_make(&pair, "site.lua");
    pair.model.failovers[0].expect_reconnection_ms = 7000;
    assert_true(compile_topology(&pair.resolved, scratch_path("replaced"), error));
    pair_free(&pair);
    const struct deployment *new = deployment_open(scratch_path("replaced"), error);
    assert_non_null(new);
    assert_int_equal(image_failovers(deployment_image(old))[0].wait_ms, 5000);
    assert_int_equal(image_failovers(deployment_image(new))[0].wait_ms, 7000);
}

static void another_version_is_refused(void **context)
{
    (void)context;
    compile_changed("deployment.c", ".abi = MACHINE_ABI", ".abi = MACHINE_ABI + 1");
    assert_refused(scratch_path("changed/gen/changed.so"), "another version of Understudy");
}

static void a_machine_that_breaks_its_table_is_refused(void **context)
{
    (void)context;
    compile_changed("cells_camera.c", ".to = CAMERA_ARMED", ".to = CAMERA_SILENT");
    assert_refused(scratch_path("changed/gen/changed.so"),
                   "machine camera does not keep to its table");
}

static void a_changed_image_is_refused(void **context)
{
    (void)context;
    compile_changed("deployment.c", ".image_size = ", ".image_size = -8 + ");
    assert_refused(scratch_path("changed/gen/changed.so"), "image of the deployment is damaged");
}

/* ---- images ---- */

/* A copy of an image with everything in it. */
static struct image *sound_image(size_t *size)
{
    struct site site;
    assert_true(site_load(&site));
    *size = site.image->size;
    struct image *copy = malloc(*size);
    memcpy(copy, site.image, *size);
    site_free(&site);
    return copy;
}

static void hash_again(struct image *image, size_t size)
{
    memset(image->hash, 0, sizeof image->hash);
    const struct hash_part whole = {image, size};
    hash_sha256(&whole, 1, image->hash);
}

static void every_changed_byte_and_every_cut_is_found(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX];
    size_t size;
    struct image *image = sound_image(&size);
    assert_ptr_equal(image_check(image, size, error), image);
    for (size_t i = 0; i < size; i++) {
        ((char *)image)[i] ^= 0x10;
        assert_null(image_check(image, size, error));
        ((char *)image)[i] ^= 0x10;
    }
    for (size_t cut = 0; cut < size; cut++)
        assert_null(image_check(image, cut, error));
    assert_ptr_equal(image_check(image, size, error), image);
    free(image);
}

/* Images whose hash fits although they are wrong: whatever image_check lets through can be walked.
 */
static void what_is_let_through_can_be_walked(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX];
    size_t size;
    struct image *sound = sound_image(&size);
    struct image *image = malloc(size);
    struct arena *arena = arena_new();
    struct model model;
    struct resolved resolved;
    FILE *nowhere = fopen("/dev/null", "w");
    unsigned state = 1;
    int passed = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(image, sound, size);
        for (int k = 0; k < 1 + i % 3; k++) {
            state = state * 1664525u + 1013904223u;
            ((uint8_t *)image)[(state >> 8) % size] = (uint8_t)(i % 2 ? state >> 24 : 0xff);
        }
        hash_again(image, size);
        if (image_check(image, size, error) == NULL)
            continue;
        emit_image_text(nowhere, image);
        unpack_image(image, arena, &model, &resolved);
        arena_reset(arena);
        passed++;
    }
    fclose(nowhere);
    assert_true(passed > 0 && passed < MUTATIONS);
    arena_free(arena);
    free(image);
    free(sound);
}

/* A value out of its bounds is refused, one by one; `sound` holds all of them. */
static void what_is_out_of_bounds_is_refused(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX];
    size_t size;
    struct image *sound = sound_image(&size);
    struct image *image = malloc(size);
    struct image_server *server = (void *)((char *)image + sound->servers.offset);
    struct image_camera *camera = (void *)((char *)image + sound->cameras.offset);
    struct image_failover *failover = (void *)((char *)image + sound->failovers.offset);
    struct image_manager *manager = (void *)((char *)image + sound->managers.offset);
    struct image_coordinator *coordinator = (void *)((char *)image + sound->coordinators.offset);
    uint32_t *numbers = (void *)((char *)image + sound->numbers.offset);
    const uint32_t number = sound->numbers.count;
#define REFUSES(change, what)                                                                      \
    do {                                                                                           \
        memcpy(image, sound, size);                                                                \
        change;                                                                                    \
        hash_again(image, size);                                                                   \
        if (image_check(image, size, error) != NULL || strstr(error, what) == NULL)                \
            fail_msg("%s: %s", #change, error);                                                    \
    } while (0)
    REFUSES(image->site.claim_ms = CLAIM_MS_MAX + 1, "site");
    REFUSES(image->site.lease_ms = LEASE_MS_MIN - 1, "site");
    REFUSES(image->site.lease_ms = LEASE_MS_MAX + 1, "site");
    REFUSES(image->site.licence_bound = 2, "site");
    REFUSES(image->site.grace_ms = 0, "site");
    REFUSES(image->site.grace_ms = INT64_MAX, "site");
    REFUSES(image->site.repair_ms = -1, "site");
    REFUSES(image->site.time_zone = server->address, "site"); /* it has dots */
    REFUSES(image->site.time_zone = sound->strings.count, "site");
    REFUSES(server->witnesses.count = WITNESSES_MAX + 1, "server");
    REFUSES(server->witnesses = ((struct image_list){number, 1}), "server");
    REFUSES(server->fallback = 1, "server");   /* none of its volumes */
    REFUSES(server[1].fallback = 1, "server"); /* the first of two */
    REFUSES(server[1].fallback = 7, "server");
    REFUSES(numbers[server[1].witnesses.first] = sound->strings.count, "server");
    REFUSES(camera->sessions = 0, "camera");
    REFUSES(camera->arm = ARM_HOT + 1, "camera");
    REFUSES(camera->keep_ms = -1, "camera");
    REFUSES(camera->keep_ms = GRACE_MS_MAX + 1, "camera");
    REFUSES(camera->credentials = camera->url, "camera"); /* no name */
    REFUSES(camera->credentials = sound->strings.count, "camera");
    REFUSES(failover->retry_for_ms = (uint32_t)RETRY_MS_MAX + 1, "failover");
    REFUSES(failover->also_on = 4, "failover");
    REFUSES(failover->no_ping = 2, "failover");
    REFUSES(failover->manual = 2, "failover");
    REFUSES(failover->disabled = 2, "failover");
    REFUSES(numbers[failover->on_start.first] = failover->name, "failover"); /* no path */
    REFUSES(numbers[failover->on_stop.first] = sound->strings.count, "failover");
    REFUSES(failover->on_start.count = HOOK_WORDS_MAX + 1, "failover");
    REFUSES(failover->on_stop.first = sound->numbers.count, "failover");
    REFUSES(image->site.on_alarm.first = sound->numbers.count, "site");
    REFUSES(failover[1].manager = 1, "failover");     /* that of its standby, twice */
    REFUSES(failover[1].own_manager = 0, "failover"); /* that of the site */
    REFUSES(failover[1].own_manager = 2, "failover");
    REFUSES(failover[1].manager = IMAGE_NONE, "failover");
    REFUSES(manager[1].standby = 0, "sound"); /* not its host */
    REFUSES(manager->allow = 2, "manager");
    REFUSES(image->coordinators.count = 2, "section");
    REFUSES(coordinator->endpoints.count = 0, "coordinator");
    REFUSES(coordinator->endpoints.count = ENDPOINTS_MAX + 1, "coordinator");
    REFUSES(coordinator->endpoints.first = UINT32_MAX, "coordinator");
    REFUSES(coordinator->ca = camera->url, "coordinator"); /* no path */
    REFUSES(coordinator->key = UINT32_MAX, "coordinator");
#undef REFUSES
    free(image);
    free(sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_deployment_is_refused),
        cmocka_unit_test(a_file_cut_short_is_refused),
        cmocka_unit_test(a_replaced_deployment_is_read_anew),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(a_machine_that_breaks_its_table_is_refused),
        cmocka_unit_test(a_changed_image_is_refused),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_found),
        cmocka_unit_test(what_is_let_through_can_be_walked),
        cmocka_unit_test(what_is_out_of_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
