/* The slots of a failover manager on a shared volume (R14): the record, raced for by processes; and
 * what standbys make of it, by a clock of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/node/claimant.h"
#include "runtime/node/tally.h"

#define LEASE_MS  8000
#define DECIDE_MS 2000
#define BEAT_MS   500
#define STANDBYS  3
#define RACERS    4
#define RACES     300

static char root[] = "/dev/shm/understudy-test-slots-XXXXXX"; /* links and syncs, fast */
static int volume;
static int64_t now_ms;

static int64_t tell_time(void)
{
    return now_ms;
}

/* A standby with one main, of the same number. */
struct standby {
    char name[16], main[16];
    uint64_t boot, counter, asked;
    struct claimant claimant;
    struct tally tally;
    bool away;                     /* it stands still, or does not reach the volume */
    enum claimant_verdict verdict; /* of the last question */
};

static struct standby standbys[STANDBYS];

static void open_standby(unsigned n)
{
    static uint64_t boots;
    struct standby *standby = &standbys[n];
    tally_free(&standby->tally);
    *standby = (struct standby){.boot = ++boots};
    snprintf(standby->name, sizeof standby->name, "standby-%u", n);
    snprintf(standby->main, sizeof standby->main, "main-%u", n);
    standby->claimant = (struct claimant){.main = standby->main,
                                          .self = standby->name,
                                          .lease_ms = LEASE_MS,
                                          .decide_ms = DECIDE_MS,
                                          .now_ms = tell_time,
                                          .told = true};
    standby->tally = (struct tally){.manager = "limit",
                                    .self = standby->name,
                                    .max = 1,
                                    .lease_ms = LEASE_MS,
                                    .now_ms = tell_time};
}

static int make_site(void **state)
{
    (void)state;
    strcpy(root + sizeof root - 7, "XXXXXX");
    now_ms = 100000;
    if (mkdtemp(root) == NULL)
        return -1;
    volume = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (unsigned n = 0; n < STANDBYS; n++)
        open_standby(n);
    const struct lifesign sign = {.boot = 1, .counter = 1}; /* the folder is there */
    return volume < 0 || !lifesign_write(volume, "standby-0", &sign, NULL);
}

static int remove_site(void **state)
{
    char command[96];
    (void)state;
    close(volume);
    for (unsigned n = 0; n < STANDBYS; n++) {
        tally_free(&standbys[n].tally);
        standbys[n].tally = (struct tally){0};
    }
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* What claimants.c does in a turn. */
static void see_slots(struct standby *standby)
{
    struct tally *tally = &standby->tally;
    if (!tally_read(tally, volume))
        return;
    for (uint32_t i = 0; i < tally->slots.count; i++) {
        struct lifesign sign;
        struct lifesign_claims theirs = {0};
        if (!tally_is_others(tally, i))
            continue;
        const enum lifesign_reading reading =
            lifesign_read_all(volume, tally->slots.items[i].holder, &sign, &theirs);
        tally_see(tally, i, reading, &sign, &theirs, now_ms);
        free(theirs.items);
    }
}

static void take_turn(struct standby *standby)
{
    struct lifesign_claim claim;
    struct lifesign sign = {.boot = standby->boot, .counter = ++standby->counter};
    struct lifesign_claims claims = {.items = &claim, .max = 1};
    claims.count = claimant_sign(&standby->claimant, &claim);
    assert_true(lifesign_write(volume, standby->name, &sign, &claims));
    see_slots(standby);
    assert_null(claimant_read(&standby->claimant, volume)); /* nobody else asks for its main */
    const enum claimant_verdict verdict =
        claimant_act(&standby->claimant, volume, now_ms, &standby->tally);
    if (verdict != CLAIMANT_OPEN)
        standby->verdict = verdict;
}

/* Lets all live for a time, beat by beat. */
static void pass(int64_t for_ms)
{
    for (const int64_t end_ms = now_ms + for_ms; now_ms < end_ms; now_ms += BEAT_MS)
        for (unsigned n = 0; n < STANDBYS; n++)
            if (!standbys[n].away)
                take_turn(&standbys[n]);
}

static enum claimant_verdict ask(unsigned n, uint64_t epoch)
{
    struct standby *standby = &standbys[n];
    standby->verdict = CLAIMANT_OPEN;
    standby->claimant.asking = true;
    standby->claimant.ask =
        (struct claimant_wish){.epoch = epoch, .carries = true, .number = ++standby->asked};
    take_turn(standby);
    return standby->verdict;
}

static void hold(unsigned n, uint64_t epoch, bool grows)
{
    standbys[n].claimant.hold = (struct claimant_wish){
        .epoch = epoch, .carries = true, .grows = grows, .number = standbys[n].asked};
}

static void carry(unsigned n, uint64_t epoch)
{
    assert_int_equal(ask(n, epoch), CLAIMANT_GRANTED);
    hold(n, epoch, true);
    pass(2 * BEAT_MS);
}

/* ---- what standbys make of them ---- */

static void test_r14_no_more_than_the_limit(void **state)
{
    (void)state;
    carry(0, 2);
    pass(60000);
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
    assert_int_equal(ask(2, 2), CLAIMANT_FULL);
    assert_int_equal(ask(0, 2), CLAIMANT_GRANTED); /* the same again to the same */
}

static void test_r37_a_slot_is_free_once_it_is_given_back(void **state)
{
    (void)state;
    carry(0, 2);
    hold(0, 0, false);
    pass(BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
    assert_int_equal(ask(2, 2), CLAIMANT_FULL);
}

/* A slot that was taken for a claim that then was not to be had is none for long. */
static void test_a_slot_without_its_claim_is_given_back(void **state)
{
    (void)state;
    assert_int_equal(ask(0, 2), CLAIMANT_GRANTED);
    pass(BEAT_MS); /* the engine has the answer, and wants nothing more */
    hold(0, 0, false);
    pass(BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
}

static void test_r37_the_death_of_the_carrier_frees_its_slot(void **state)
{
    (void)state;
    carry(0, 2);
    standbys[0].away = true;
    pass(LEASE_MS - 2 * BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
    pass(2 * BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
    assert_int_equal(ask(2, 2), CLAIMANT_FULL);
}

/* A standby that was only out of reach carries on, has a slot again, and the limit counts it. */
static void test_r38_who_carries_beyond_the_limit_is_counted(void **state)
{
    (void)state;
    carry(0, 2);
    standbys[0].away = true;
    pass(LEASE_MS + BEAT_MS);
    carry(1, 2);
    standbys[0].away = false;
    pass(2 * BEAT_MS);
    assert_int_equal(standbys[2].tally.slots.count, 2);
    hold(1, 0, false);
    pass(2 * BEAT_MS);
    assert_int_equal(ask(2, 2), CLAIMANT_FULL);
    hold(0, 0, false);
    pass(2 * BEAT_MS);
    assert_int_equal(ask(2, 2), CLAIMANT_GRANTED);
}

/* Whoever has just begun to look takes no slot for lapsed, for a lease. */
static void test_r30_a_new_reader_knows_nothing(void **state)
{
    (void)state;
    carry(0, 2);
    standbys[0].away = true;
    pass(60000);
    open_standby(1);
    pass(LEASE_MS - BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
    pass(2 * BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
}

static void test_r30_errors_are_no_evidence(void **state)
{
    (void)state;
    carry(0, 2);
    standbys[0].away = standbys[1].away = true;
    for (int64_t i = 0; i < 3 * LEASE_MS; i += BEAT_MS) {
        tally_miss(&standbys[1].tally);
        now_ms += BEAT_MS;
    }
    standbys[1].away = false;
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
    pass(LEASE_MS + BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
}

/* The process of a standby that carries begins anew: it goes on with its slot. */
static void test_r21_a_new_process_goes_on_with_its_slot(void **state)
{
    (void)state;
    carry(0, 2);
    open_standby(0);
    standbys[0].claimant.told = false; /* it has not heard of the engine yet */
    pass(2000);
    hold(0, 2, true);
    standbys[0].claimant.told = true;
    pass(60000);
    assert_int_equal(standbys[1].tally.slots.turn, 1);
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
}

static const char *path_of(uint64_t turn)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/.understudy/slots/limit/slots.%016llx", root,
             (unsigned long long)turn);
    return path;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Without a sound record nothing is decided, and the words say what to delete. */
static void test_damage_stops_decisions(void **state)
{
    (void)state;
    carry(0, 2);
    write_bytes(path_of(2), (const uint8_t *)"garbage", 7);
    assert_int_equal(ask(1, 2), CLAIMANT_OPEN);
    assert_non_null(strstr(standbys[1].tally.trouble, "slots/limit/slots.0000000000000002"));
    unlink(path_of(2));
    assert_int_equal(ask(1, 2), CLAIMANT_FULL);
}

/* Who has the slot may be dead: that cannot be told, so it is not said that it lives. */
static void test_an_unreadable_sign_stops_decisions(void **state)
{
    char path[160];
    (void)state;
    carry(0, 2);
    standbys[0].away = true;
    snprintf(path, sizeof path, "%s/.understudy/standby-0.alive", root);
    write_bytes(path, (const uint8_t *)"garbage", 7);
    pass(2 * LEASE_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_OPEN);
    assert_non_null(strstr(standbys[1].tally.trouble, "standby-0"));
    unlink(path); /* an operator takes it away: nothing renews the claim */
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask(1, 2), CLAIMANT_GRANTED);
}

/* ---- the record ---- */

static struct slots slots_of(uint64_t turn, uint32_t count)
{
    static struct slot items[3] = {{.main = "main-0", .holder = "standby-0"},
                                   {.main = "main-1", .holder = "standby-1"},
                                   {.main = "main-2", .holder = "standby-2"}};
    return (struct slots){.turn = turn, .mark = turn * 100 + count, .count = count, .items = items};
}

static enum slots_reading read_slots(uint64_t known, struct slots *found)
{
    *found = (struct slots){0};
    const enum slots_reading reading = slots_read(volume, "limit", known, found);
    if (reading != SLOTS_READ)
        free(found->items);
    return reading;
}

static void test_what_is_taken_is_read(void **state)
{
    struct slots record = slots_of(1, 2), found;
    (void)state;
    assert_int_equal(read_slots(UINT64_MAX, &found), SLOTS_READ);
    assert_int_equal(found.count, 0);
    assert_int_equal(slots_take(volume, "limit", "standby-0", &record), TURNS_TAKEN);
    assert_int_equal(read_slots(1, &found), SLOTS_SAME);
    assert_int_equal(read_slots(UINT64_MAX, &found), SLOTS_READ);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[1].main, "main-1");
    assert_string_equal(found.items[1].holder, "standby-1");
    free(found.items);
    record = slots_of(1, 1);
    assert_int_equal(slots_take(volume, "limit", "standby-1", &record), TURNS_LOST);
    record = slots_of(2, 0); /* all are free again */
    assert_int_equal(slots_take(volume, "limit", "standby-1", &record), TURNS_TAKEN);
    assert_int_equal(read_slots(1, &found), SLOTS_READ);
    assert_int_equal(found.count, 0);
    free(found.items);
}

/* Each bit counts, and so does the length. */
static void test_damage_is_told(void **state)
{
    uint8_t bytes[1024] = {0};
    struct slots record = slots_of(1, 3), found;
    (void)state;
    assert_int_equal(slots_take(volume, "limit", "standby-0", &record), TURNS_TAKEN);
    FILE *file = fopen(path_of(1), "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
        write_bytes(path_of(1), bytes, size);
        assert_int_equal(read_slots(0, &found), SLOTS_DAMAGED);
        assert_int_equal(found.turn, 1);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
    }
    for (size_t cut = 0; cut < size; cut++) {
        write_bytes(path_of(1), bytes, cut);
        assert_int_equal(read_slots(0, &found), SLOTS_DAMAGED);
    }
    write_bytes(path_of(1), bytes, size + 1);
    assert_int_equal(read_slots(0, &found), SLOTS_DAMAGED);
    write_bytes(path_of(2), bytes, size); /* under another turn */
    assert_int_equal(read_slots(0, &found), SLOTS_DAMAGED);
}

static bool has_one(const struct tally *tally)
{
    bool ours = false;
    for (uint32_t i = 0; i < tally->slots.count; i++)
        ours = ours || !tally_is_others(tally, i);
    return ours;
}

/* Takes and gives back as often as it can, and counts how many have one beside it. */
static void race(unsigned racer)
{
    char self[16], main[16];
    alarm(60); /* who has gone beyond the limit ends with its slot */
    snprintf(self, sizeof self, "racer-%u", racer);
    snprintf(main, sizeof main, "main-%u", racer);
    struct tally tally = {
        .manager = "limit", .self = self, .max = 2, .lease_ms = INT64_MAX / 2, .now_ms = tell_time};
    for (unsigned had = 0; had < RACES;) {
        tally_read(&tally, volume);
        if (tally_take(&tally, volume, main, false) != TALLY_TAKEN)
            continue;
        had++;
        if (tally.slots.count > 2)
            _exit(1);
        for (bool ours = true; ours;) {
            tally_read(&tally, volume);
            tally_leave(&tally, volume, main);
            ours = has_one(&tally);
        }
    }
    tally_free(&tally);
    _exit(0);
}

static void test_r14_no_race_goes_beyond_the_limit(void **state)
{
    (void)state;
    for (unsigned racer = 0; racer < RACERS; racer++) {
        const pid_t process = fork();
        assert_true(process >= 0);
        if (process == 0)
            race(racer);
    }
    for (unsigned racer = 0; racer < RACERS; racer++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

#define SITE(test) cmocka_unit_test_setup_teardown(test, make_site, remove_site)

int main(void)
{
    const struct CMUnitTest tests[] = {SITE(test_r14_no_more_than_the_limit),
                                       SITE(test_r37_a_slot_is_free_once_it_is_given_back),
                                       SITE(test_a_slot_without_its_claim_is_given_back),
                                       SITE(test_r37_the_death_of_the_carrier_frees_its_slot),
                                       SITE(test_r38_who_carries_beyond_the_limit_is_counted),
                                       SITE(test_r30_a_new_reader_knows_nothing),
                                       SITE(test_r30_errors_are_no_evidence),
                                       SITE(test_r21_a_new_process_goes_on_with_its_slot),
                                       SITE(test_damage_stops_decisions),
                                       SITE(test_an_unreadable_sign_stops_decisions),
                                       SITE(test_what_is_taken_is_read),
                                       SITE(test_damage_is_told),
                                       SITE(test_r14_no_race_goes_beyond_the_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
