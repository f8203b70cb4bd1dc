/* Outage files from outside: a sound one runs, whatever is wrong with one is said, and no bytes
 * make the dry run fall over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/sim/json.h"
#include "runtime/sim/script.h"

#define MUTATIONS   3000
#define NAME_OFFSET 1
#define TEXT_OFFSET 7

/* A whole outage file as it lies on disk. */
struct file {
    struct outage_header header;
    struct outage outage;
    struct outage_act acts[2];
    struct outage_expect expect;
    char strings[16];
};

static char folder[] = "/tmp/understudy-sim-XXXXXX";
static char path[64];
static const struct deployment *deployment;

static struct file sound_file(void)
{
    const struct image *image = deployment_image(deployment);
    struct file file = {
        .header = {.abi = OUTAGE_ABI,
                   .outage_count = 1,
                   .act_count = 2,
                   .expect_count = 1,
                   .strings_size = sizeof file.strings},
        .outage = {.name = NAME_OFFSET, .lasts_ms = 30000, .act_count = 2, .expect_count = 1},
        .acts = {{.at_ms = 10000, .kind = ACT_FAIL, .b = IMAGE_NONE, .line = 3},
                 {.at_ms = 20000, .kind = ACT_RESTORE, .b = IMAGE_NONE, .line = 4}},
        .expect = {.kind = EXPECT_GAP, .by = IMAGE_NONE, .text = TEXT_OFFSET, .limit_ms = 8000},
        .strings = "\0alpha\0gap",
    };
    memcpy(file.header.magic, OUTAGE_MAGIC, sizeof file.header.magic);
    memcpy(file.header.image_hash, image->hash, sizeof file.header.image_hash);
    return file;
}

static void write_file(const void *bytes, size_t size)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

/* Opens what lies in the file and, if it is accepted, runs all that can be run. Returns whether it
 * was accepted. */
static bool try_file(char error[static TEXT_BYTES_MAX])
{
    struct script script;
    const struct image *image = deployment_image(deployment);
    if (!script_open(&script, path, image, error))
        return false;
    FILE *nowhere = fopen("/dev/null", "we");
    assert_non_null(nowhere);
    for (uint32_t i = 0; i < script.header->outage_count; i++) {
        if (script_judge(&script, &script.outages[i], image, nowhere) > 0)
            continue;
        struct world *world = world_run(deployment, &script, &script.outages[i]);
        struct result *result = result_of(world);
        assert_int_equal(world->fault_count, 0);
        json_decref(json_of(result));
        result_free(result);
        world_free(world);
    }
    fclose(nowhere);
    script_close(&script);
    return true;
}

static void a_sound_file_runs(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    const struct file file = sound_file();
    write_file(&file, sizeof file);
    if (!try_file(error))
        fail_msg("%s", error);
}

static void expect_refusal(const struct file *file, const char *words)
{
    char error[TEXT_BYTES_MAX] = "";
    write_file(file, sizeof *file);
    assert_false(try_file(error));
    if (strstr(error, words) == NULL)
        fail_msg("refused, but with: %s", error);
}

static void what_is_wrong_is_said(void **context)
{
    (void)context;
    struct file file = sound_file();
    file.header.magic[0] = 'X';
    expect_refusal(&file, "is not a compiled outage file");
    file = sound_file();
    file.header.abi++;
    expect_refusal(&file, "another version");
    file = sound_file();
    file.header.image_hash[0] ^= 1;
    expect_refusal(&file, "another deployment");
    file = sound_file();
    file.header.act_count = 3;
    expect_refusal(&file, "not complete");
    file = sound_file();
    file.acts[0].a = 99;
    expect_refusal(&file, "damaged");
    file = sound_file();
    file.acts[0] = (struct outage_act){.kind = ACT_FILL, .a = IMAGE_NONE};
    expect_refusal(&file, "damaged"); /* only a volume fills */
    file = sound_file();
    file.acts[0] = (struct outage_act){.kind = ACT_JUMP, .jump_ms = INT64_MAX};
    expect_refusal(&file, "damaged");
    file = sound_file();
    file.expect.kind = EXPECT_COUNT;
    expect_refusal(&file, "damaged");
    file = sound_file();
    file.acts[1].at_ms = 5000; /* acts are in order */
    expect_refusal(&file, "damaged");
    file = sound_file();
    file.strings[sizeof file.strings - 1] = 'x';
    expect_refusal(&file, "not complete");
}

static void a_file_cut_short_is_refused(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    const struct file file = sound_file();
    for (size_t size = 0; size < sizeof file; size++) {
        write_file(&file, size);
        assert_false(try_file(error));
    }
}

static void no_byte_makes_it_fall_over(void **context)
{
    (void)context;
    uint32_t random = 1;
    char error[TEXT_BYTES_MAX];
    for (int i = 0; i < MUTATIONS; i++) {
        struct file file = sound_file();
        for (int k = 0; k < 2; k++) {
            random = random * 1664525 + 1013904223;
            ((unsigned char *)&file)[(random >> 8) % sizeof file] ^= (unsigned char)(1u << (k * 5));
        }
        /* An outage of years is sound, and takes its time. */
        if (file.outage.lasts_ms > 60000)
            file.outage.lasts_ms = 60000;
        write_file(&file, sizeof file);
        (void)try_file(error);
    }
}

static void expect_objection(struct file file, const char *words)
{
    char error[TEXT_BYTES_MAX] = "";
    char *text = NULL;
    size_t size = 0;
    struct script script;
    write_file(&file, sizeof file);
    assert_true(script_open(&script, path, deployment_image(deployment), error));
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(script_judge(&script, script.outages, deployment_image(deployment), out), 1);
    fclose(out);
    if (strstr(text, words) == NULL)
        fail_msg("objected, but with: %s", text);
    free(text);
    script_close(&script);
}

static void an_act_that_cannot_happen_is_objected_to(void **context)
{
    (void)context;
    struct file file = sound_file();
    file.acts[1].kind = ACT_FAIL;
    expect_objection(file, "outage \"alpha\", line 4: error: fail alpha: this server has failed");
    file = sound_file();
    file.acts[1].kind = ACT_LOG_ON;
    expect_objection(file, "restore starts it");
    file = sound_file();
    file.acts[1].kind = ACT_LOG_OFF;
    expect_objection(file, "it cannot log off");
    file = sound_file();
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_HEAL, .a = 1, .b = 0};
    expect_objection(file, "this path is not cut");
    file = sound_file();
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_CUT, .a = 1, .b = 1};
    expect_objection(file, "no path between them");
    file = sound_file();
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_CUT, .b = 0, .end = END_VOLUME};
    expect_objection(file, "cut alpha disk-a: this volume is a disk of the server");
    file.acts[1].a = 1;
    expect_objection(file, "cut omega disk-a: this server does not record on this volume");
    file.acts[1].b = IMAGE_NONE;
    file.acts[1].end = END_COORDINATOR;
    expect_objection(file, "cut omega coordinator: the topology declares no coordinator");
    file = sound_file();
    file.acts[0].a = 1; /* the standby */
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_FORCE_START, .b = IMAGE_NONE};
    expect_objection(file, "nobody can take the order");
    file = sound_file();
    file.acts[1].kind = ACT_WAKE;
    expect_objection(file, "restore starts it");
    file = sound_file();
    file.acts[1].kind = ACT_PAUSE;
    expect_objection(file, "it cannot stand still");
    file = sound_file();
    file.acts[1].kind = ACT_REJOIN;
    expect_objection(file, "this server has its network");
    file = sound_file();
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_EMPTY, .b = IMAGE_NONE};
    expect_objection(file, "this volume is not full");
    file = sound_file();
    file.acts[1] =
        (struct outage_act){.at_ms = 20000, .kind = ACT_LOSE, .a = IMAGE_NONE, .b = IMAGE_NONE};
    expect_objection(file, "lose coordinator: the topology declares no coordinator");
    file = sound_file();
    file.acts[1] = (struct outage_act){.at_ms = 20000, .kind = ACT_RESUME, .b = IMAGE_NONE};
    expect_objection(file, "this camera delivers");
    file = sound_file();
    file.acts[1] =
        (struct outage_act){.at_ms = 20000, .kind = ACT_JUMP, .b = IMAGE_NONE, .jump_ms = -3600000};
    expect_objection(file, "jump alpha -1 h: this server has failed: nobody reads its clock");
    file = sound_file();
    file.acts[1].at_ms = 30001;
    expect_objection(file, "after the end of the outage");
}

static int make_deployment(void **context)
{
    (void)context;
    char command[512];
    char error[TEXT_BYTES_MAX];
    const char *programs = getenv("UNDERSTUDY_BIN");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/outage.bin", folder);
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' compile tests/sim/cases/r01-trigger.lua -o %s/site "
             ">/dev/null",
             programs != NULL ? programs : "build/bin", folder);
    if (system(command) != 0)
        return -1;
    snprintf(command, sizeof command, "%s/site", folder);
    deployment = deployment_open(command, error);
    return deployment == NULL ? -1 : 0;
}

static int remove_deployment(void **context)
{
    (void)context;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_file_runs),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_file_cut_short_is_refused),
        cmocka_unit_test(no_byte_makes_it_fall_over),
        cmocka_unit_test(an_act_that_cannot_happen_is_objected_to),
    };
    return cmocka_run_group_tests(tests, make_deployment, remove_deployment);
}
