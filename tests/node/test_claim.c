/* Claims on a shared volume (R30): files that are written once, raced for by processes; and what a
 * server makes of them, by a clock of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/node/claim.h"
#include "runtime/node/claimant.h"

#define LEASE_MS  8000
#define DECIDE_MS 2000
#define BEAT_MS   500
#define RACERS    3
#define RACES     2000

static char root[] = "/dev/shm/understudy-test-claim-XXXXXX"; /* links and syncs, fast */
static int volume;

static int make_volume(void **state)
{
    (void)state;
    strcpy(root + sizeof root - 7, "XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    volume = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct lifesign sign = {.boot = 1, .counter = 1}; /* whoever claims has shown itself */
    return volume < 0 || !lifesign_write(volume, "omega", &sign, NULL);
}

static int remove_volume(void **state)
{
    char command[96];
    (void)state;
    close(volume);
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static struct claim_record record_of(uint64_t turn, uint64_t epoch, const char *holder)
{
    struct claim_record record = {.turn = turn, .epoch = epoch, .mark = turn * 1000 + epoch};
    snprintf(record.holder, sizeof record.holder, "%s", holder);
    return record;
}

static const char *path_of(uint64_t turn)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/.understudy/claims/alpha/claim.%016llx", root,
             (unsigned long long)turn);
    return path;
}

static size_t read_bytes(const char *path, uint8_t bytes[static 256])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, 256, file);
    fclose(file);
    return size;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* ---- the files ---- */

static void test_what_is_taken_is_read(void **state)
{
    (void)state;
    struct claim_record found = {.turn = 9};
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ);
    assert_int_equal(found.turn, 0);
    struct claim_record record = record_of(1, 4, "omega");
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ);
    assert_int_equal(found.turn, 1);
    assert_int_equal(found.epoch, 4);
    assert_string_equal(found.holder, "omega");
    assert_int_equal(claim_read(volume, "beta", &found), CLAIM_READ); /* another main */
    assert_int_equal(found.turn, 0);
}

/* A turn has one winner for ever; the same attempt may be made twice, for its first answer was
 * lost. */
static void test_a_turn_is_taken_once(void **state)
{
    (void)state;
    struct claim_record first = record_of(1, 2, "omega"), second = record_of(1, 3, "psi"), found;
    assert_int_equal(claim_take(volume, "alpha", &first), TURNS_TAKEN);
    assert_int_equal(claim_take(volume, "alpha", &second), TURNS_LOST);
    assert_int_equal(claim_take(volume, "alpha", &first), TURNS_TAKEN);
    first.mark++;
    assert_int_equal(claim_take(volume, "alpha", &first), TURNS_LOST);
    memset(&found, 0, sizeof found);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ);
    assert_string_equal(found.holder, "omega");
    assert_int_equal(found.epoch, 2);
}

/* Whoever comes with an old turn after many others has lost, though its file is gone by then. */
static void test_a_frozen_taker_has_lost(void **state)
{
    (void)state;
    struct claim_record late = record_of(3, 900, "psi");
    for (uint64_t turn = 1; turn <= 40; turn++) {
        struct claim_record record = record_of(turn, turn + 1, "omega");
        assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    }
    assert_int_equal(access(path_of(3), F_OK), -1); /* cleaned up */
    assert_int_equal(access(path_of(30), F_OK), 0);
    assert_int_equal(claim_take(volume, "alpha", &late), TURNS_LOST);
    struct claim_record found = {0};
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ);
    assert_int_equal(found.turn, 40);
}

/* What a process that ended between two calls has left is in nobody's way. */
static void test_remains_are_in_nobodys_way(void **state)
{
    (void)state;
    char path[160];
    struct claim_record record = record_of(1, 2, "omega");
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    snprintf(path, sizeof path, "%s/.understudy/claims/alpha/omega.new", root);
    write_bytes(path, (const uint8_t *)"half", 4);
    record = record_of(2, 3, "omega");
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    assert_int_equal(access(path, F_OK), -1);
}

/* Each bit counts, and so does the length; what counts and is none of ours is told, never skipped.
 */
static void test_damage_is_told(void **state)
{
    (void)state;
    uint8_t bytes[256] = {0};
    struct claim_record record = record_of(1, 2, "omega"), found;
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    const size_t size = read_bytes(path_of(1), bytes);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
        write_bytes(path_of(1), bytes, size);
        memset(&found, 0, sizeof found);
        assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
        assert_int_equal(found.turn, 1);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
    }
    for (size_t cut = 0; cut < size; cut++) {
        write_bytes(path_of(1), bytes, cut);
        assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    }
    write_bytes(path_of(1), bytes, size + 1);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    write_bytes(path_of(2), bytes, size); /* under another turn */
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    assert_int_equal(found.turn, 2);
    unlink(path_of(2));
    write_bytes(path_of(1), bytes, size);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ); /* repaired */
    assert_int_equal(found.epoch, 2);
}

/* Whoever may write to the volume may put anything there: it is no claim, and nothing is followed
 * or waited for. */
static void test_hostile_files(void **state)
{
    (void)state;
    char elsewhere[160], folder[160], long_name[160];
    uint8_t bytes[256] = {0};
    struct claim_record record = record_of(1, 2, "omega"), found = {0};
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    const size_t size = read_bytes(path_of(1), bytes);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", root);
    write_bytes(elsewhere, bytes, size);
    assert_int_equal(symlink(elsewhere, path_of(2)), 0);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    record = record_of(2, 3, "psi");
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_LOST);
    unlink(path_of(2));
    assert_int_equal(mkfifo(path_of(2), 0600), 0);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    unlink(path_of(2));
    assert_int_equal(mkdir(path_of(2), 0700), 0);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    rmdir(path_of(2));
    write_bytes(path_of(UINT64_MAX), bytes, size);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_DAMAGED);
    unlink(path_of(UINT64_MAX));
    snprintf(long_name, sizeof long_name, "%s/.understudy/claims/alpha/claim.1", root);
    write_bytes(long_name, bytes, size); /* a name that we would not write is no claim */
    memset(&found, 0, sizeof found);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_READ);
    assert_int_equal(found.turn, 1);
    snprintf(folder, sizeof folder, "%s/.understudy/claims", root);
    snprintf(elsewhere, sizeof elsewhere, "%s/moved", root);
    assert_int_equal(rename(folder, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, folder), 0);
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_FAILED);
    record = record_of(2, 3, "omega");
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_UNKNOWN);
    assert_int_equal(claim_read(volume, "../alpha", &found), CLAIM_FAILED);
    assert_int_equal(claim_take(volume, "../alpha", &record), TURNS_UNKNOWN);
}

/* A folder that somebody fills without end is not gone through. */
static void test_a_folder_without_end(void **state)
{
    (void)state;
    struct claim_record record = record_of(1, 2, "omega"), found = {0};
    assert_int_equal(claim_take(volume, "alpha", &record), TURNS_TAKEN);
    for (unsigned i = 0; i < 5000; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/.understudy/claims/alpha/x%u", root, i);
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    assert_int_equal(claim_read(volume, "alpha", &found), CLAIM_FAILED);
}

/* ---- racing ---- */

/* Takes whatever turn comes next, as often as it can, and writes down what it has won. */
static void race(unsigned racer)
{
    char holder[16], path[96];
    snprintf(holder, sizeof holder, "racer-%u", racer);
    snprintf(path, sizeof path, "%s/%s", root, holder);
    FILE *won = fopen(path, "w");
    struct claim_record found = {0};
    for (;;) {
        const enum claim_reading reading = claim_read(volume, "alpha", &found);
        if (reading == CLAIM_FAILED) /* it was cleaned up under our hands: read again */
            continue;
        if (won == NULL || reading != CLAIM_READ)
            _exit(1);
        if (found.turn >= RACES)
            break;
        struct claim_record next = record_of(found.turn + 1, found.turn + 2, holder);
        next.mark = found.turn * RACERS + racer;
        const enum turns_taking taking = claim_take(volume, "alpha", &next);
        if (taking == TURNS_TAKEN)
            fprintf(won, "%llu\n", (unsigned long long)next.turn);
        else if (taking == TURNS_UNKNOWN)
            _exit(2);
    }
    _exit(fclose(won) == 0 ? 0 : 3);
}

/* Thousands of races between processes: no turn has two winners. One has none where its winner
 * stood still until that turn was over. */
static void test_r30_no_turn_has_two_winners(void **state)
{
    static uint8_t winners[RACES + RACERS + 1];
    pid_t racers[RACERS];
    (void)state;
    memset(winners, 0, sizeof winners);
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = fork();
        assert_true(racers[i] >= 0);
        if (racers[i] == 0)
            race(i);
    }
    for (unsigned i = 0; i < RACERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(racers[i], &status, 0), racers[i]);
        assert_int_equal(status, 0);
    }
    for (unsigned i = 0; i < RACERS; i++) {
        char path[96];
        unsigned long long turn;
        snprintf(path, sizeof path, "%s/racer-%u", root, i);
        FILE *won = fopen(path, "r");
        assert_non_null(won);
        while (fscanf(won, "%llu", &turn) == 1)
            winners[turn]++;
        fclose(won);
    }
    unsigned won = 0;
    for (unsigned turn = 1; turn <= RACES; turn++) {
        assert_true(winners[turn] <= 1);
        won += winners[turn];
    }
    assert_true(won > RACES / 2);
}

/* ---- what servers make of them ---- */

static int64_t now_ms;

static int64_t tell_time(void)
{
    return now_ms;
}

struct side {
    const char *name;
    uint64_t boot, counter, asked;
    struct claimant claimant;
    struct tally *tally;           /* NULL: no limit */
    bool away;                     /* it stands still, or does not reach the volume */
    enum claimant_verdict verdict; /* of the last question */
};

static struct side alpha, omega, psi;

static void open_side(struct side *side, const char *name)
{
    static uint64_t boots;
    *side = (struct side){.name = name,
                          .boot = ++boots,
                          .claimant = {.main = "alpha",
                                       .self = name,
                                       .lease_ms = LEASE_MS,
                                       .decide_ms = DECIDE_MS,
                                       .now_ms = tell_time,
                                       .told = true}};
}

static int open_sides(void **state)
{
    now_ms = 100000;
    open_side(&alpha, "alpha");
    open_side(&omega, "omega");
    open_side(&psi, "psi");
    return make_volume(state);
}

static void turn_side(struct side *side)
{
    struct lifesign_claim claim;
    struct lifesign sign = {.boot = side->boot, .counter = ++side->counter};
    struct lifesign_claims claims = {.items = &claim, .max = 1};
    claims.count = claimant_sign(&side->claimant, &claim);
    assert_true(lifesign_write(volume, side->name, &sign, &claims));
    const int64_t begun_ms = now_ms;
    const char *holder = claimant_read(&side->claimant, volume);
    if (holder != NULL) {
        struct lifesign_claims theirs = {0};
        const enum lifesign_reading reading = lifesign_read_all(volume, holder, &sign, &theirs);
        claimant_see(&side->claimant, reading, &sign, &theirs, begun_ms);
        free(theirs.items);
    }
    const enum claimant_verdict verdict =
        claimant_act(&side->claimant, volume, begun_ms, side->tally);
    if (verdict != CLAIMANT_OPEN)
        side->verdict = verdict;
}

/* Lets all live for a time, beat by beat. */
static void pass(int64_t for_ms)
{
    struct side *sides[] = {&alpha, &omega, &psi};
    for (const int64_t end_ms = now_ms + for_ms; now_ms < end_ms; now_ms += BEAT_MS)
        for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
            if (!sides[i]->away)
                turn_side(sides[i]);
}

static void ask(struct side *side, uint64_t epoch)
{
    side->verdict = CLAIMANT_OPEN;
    side->claimant.asking = true;
    side->claimant.ask =
        (struct claimant_wish){.epoch = epoch, .carries = side != &alpha, .number = ++side->asked};
}

static enum claimant_verdict ask_now(struct side *side, uint64_t epoch)
{
    ask(side, epoch);
    turn_side(side);
    return side->verdict;
}

static void hold(struct side *side, uint64_t epoch, bool grows)
{
    side->claimant.hold = (struct claimant_wish){
        .epoch = epoch, .carries = side != &alpha, .grows = grows, .number = side->asked};
}

static enum lifesign_view sight(const struct side *side)
{
    return claimant_sight(&side->claimant);
}

/* Alpha records under epoch 1 and renews its claim. */
static void alpha_records(void)
{
    assert_int_equal(ask_now(&alpha, 1), CLAIMANT_GRANTED);
    hold(&alpha, 1, true);
    pass(2 * BEAT_MS);
}

static void test_r30_a_claim_that_is_renewed_is_denied(void **state)
{
    (void)state;
    alpha_records();
    pass(60000);
    assert_int_equal(sight(&omega), LIFESIGN_ALIVE);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_DENIED);
    assert_int_equal(omega.claimant.record.epoch, 1);
}

static void test_r30_a_claim_lapses_after_a_lease(void **state)
{
    (void)state;
    alpha_records();
    pass(10000);
    alpha.away = true;
    pass(LEASE_MS - 2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_DENIED);
    pass(2 * BEAT_MS);
    assert_int_equal(sight(&omega), LIFESIGN_SILENT);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
    assert_int_equal(ask_now(&psi, 3), CLAIMANT_DENIED); /* it is omega's now */
}

/* Who grants it a lease more is its growth alone, however well its server lives. */
static void test_r30_without_growth_it_lapses(void **state)
{
    (void)state;
    alpha_records();
    hold(&alpha, 1, false);
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(sight(&omega), LIFESIGN_SILENT);
    hold(&alpha, 1, true);
    pass(2 * BEAT_MS);
    assert_int_equal(sight(&omega), LIFESIGN_ALIVE); /* nobody has taken it meanwhile */
}

/* Whoever has just begun to look knows of no lapse, for a lease. */
static void test_r30_a_new_reader_knows_nothing(void **state)
{
    (void)state;
    omega.away = true;
    alpha_records();
    alpha.away = true;
    pass(60000);
    omega.away = false;
    pass(LEASE_MS - BEAT_MS);
    assert_int_equal(sight(&omega), LIFESIGN_NONE);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_DENIED);
    pass(2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
}

/* What cannot be read says nothing: a volume that was away may have been away for alpha too. */
static void test_r30_errors_are_no_evidence(void **state)
{
    (void)state;
    alpha_records();
    pass(2000);
    alpha.away = true;
    for (int64_t i = 0; i < 3 * LEASE_MS; i += BEAT_MS) {
        claimant_miss(&omega.claimant);
        now_ms += BEAT_MS;
        assert_int_not_equal(sight(&omega), LIFESIGN_SILENT);
    }
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_DENIED);
    pass(LEASE_MS - BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_DENIED);
    pass(2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
}

static void test_r30_what_is_given_back_is_free_at_once(void **state)
{
    (void)state;
    alpha_records();
    hold(&alpha, 0, false);
    pass(BEAT_MS);
    assert_int_equal(sight(&omega), LIFESIGN_SILENT);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
}

/* Alpha stood still for longer than a lease and was taken over. It goes on to renew what it had:
 * that gives it nothing, and takes nothing from omega. */
static void test_r30_a_late_renewal_harms_nobody(void **state)
{
    (void)state;
    alpha_records();
    alpha.away = true;
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
    hold(&omega, 2, true);
    alpha.away = false; /* it still holds epoch 1, by its own engine */
    pass(60000);
    assert_int_equal(sight(&psi), LIFESIGN_ALIVE);
    assert_string_equal(psi.claimant.record.holder, "omega");
    assert_string_equal(alpha.claimant.record.holder, "omega");
    assert_int_equal(alpha.claimant.record.epoch, 2);
    assert_int_equal(ask_now(&alpha, 4), CLAIMANT_DENIED);
    hold(&omega, 0, false); /* the hand-back: alpha records under epoch 4 without asking */
    hold(&alpha, 4, true);
    pass(2 * BEAT_MS);
    assert_string_equal(omega.claimant.record.holder, "alpha");
    assert_int_equal(omega.claimant.record.epoch, 4);
}

/* The claim of an older epoch is never entered again, and no epoch is given to two. */
static void test_r31_an_older_epoch_is_not_entered(void **state)
{
    (void)state;
    alpha_records();
    alpha.away = true;
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
    hold(&omega, 2, true);
    pass(2 * BEAT_MS);
    omega.away = true;
    alpha.away = false;
    pass(LEASE_MS + 4 * BEAT_MS);
    assert_string_equal(alpha.claimant.record.holder,
                        "omega"); /* lapsed, but its epoch is higher */
    assert_int_equal(sight(&alpha), LIFESIGN_SILENT);
    assert_int_equal(ask_now(&alpha, 2), CLAIMANT_DENIED);
    assert_int_equal(ask_now(&alpha, 4), CLAIMANT_GRANTED);
}

/* Omega reads that alpha's claim has lapsed, and stands still before it does anything on that. */
static enum claimant_verdict ask_and_freeze(int64_t for_ms)
{
    struct lifesign sign;
    struct lifesign_claims theirs = {0};
    ask(&omega, 2);
    const int64_t begun_ms = now_ms;
    assert_string_equal(claimant_read(&omega.claimant, volume), "alpha");
    const enum lifesign_reading reading = lifesign_read_all(volume, "alpha", &sign, &theirs);
    claimant_see(&omega.claimant, reading, &sign, &theirs, begun_ms);
    free(theirs.items);
    assert_int_equal(sight(&omega), LIFESIGN_SILENT);
    now_ms += for_ms;
    alpha.away = false; /* it is back meanwhile */
    turn_side(&alpha);
    return claimant_act(&omega.claimant, volume, begun_ms, NULL);
}

static void test_r30_a_frozen_reader_decides_nothing(void **state)
{
    (void)state;
    alpha_records();
    alpha.away = true;
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_and_freeze(60000), CLAIMANT_DENIED);
    pass(2000);
    assert_string_equal(omega.claimant.record.holder, "alpha");
    assert_int_equal(sight(&psi), LIFESIGN_ALIVE);
}

/* It had the time to take the turn, but none to be told so: it gives it back. */
static void test_r30_a_late_taker_gives_back(void **state)
{
    (void)state;
    alpha_records();
    alpha.away = true;
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_and_freeze(DECIDE_MS + 1), CLAIMANT_DENIED);
    assert_string_equal(omega.claimant.record.holder, "omega");
    assert_false(claimant_is_ours(&omega.claimant));
    turn_side(&omega);
    assert_int_equal(ask_now(&psi, 3), CLAIMANT_GRANTED);
}

/* The lookout's process begins anew while omega carries: it goes on with the claim that it had. */
static void test_r21_a_new_process_goes_on_with_its_claim(void **state)
{
    (void)state;
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
    hold(&omega, 2, true);
    pass(2000);
    open_side(&omega, "omega");
    omega.claimant.told = false; /* it has not heard of the engine yet */
    pass(2000);
    assert_int_equal(sight(&psi), LIFESIGN_ALIVE);
    omega.claimant.told = true;
    hold(&omega, 2, true);
    pass(60000);
    assert_int_equal(omega.claimant.record.turn, 1);
    assert_int_equal(sight(&psi), LIFESIGN_ALIVE);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED); /* the same again to the same */
    assert_int_equal(omega.claimant.record.turn, 1);
}

/* A main was granted its claim and still asks its standbys: the claim is neither renewed nor given
 * back. */
static void test_r22_a_claim_waits_for_its_main(void **state)
{
    (void)state;
    assert_int_equal(ask_now(&alpha, 1), CLAIMANT_GRANTED);
    hold(&alpha, 0, false);
    pass(2000);
    assert_int_not_equal(sight(&omega), LIFESIGN_SILENT);
    pass(LEASE_MS);
    assert_int_equal(sight(&omega), LIFESIGN_SILENT);
}

static void test_damage_stops_decisions(void **state)
{
    (void)state;
    alpha_records();
    write_bytes(path_of(2), (const uint8_t *)"garbage", 7);
    alpha.away = true;
    pass(2 * LEASE_MS);
    assert_int_equal(sight(&omega), LIFESIGN_NONE);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_OPEN);
    assert_non_null(strstr(omega.claimant.trouble, "claims/alpha/claim.0000000000000002"));
    unlink(path_of(2));
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
}

/* A dead holder's sign that nobody can read shows no lapse, however long: nothing is decided here.
 */
static void test_an_unreadable_sign_stops_decisions(void **state)
{
    char path[160];
    (void)state;
    alpha_records();
    alpha.away = true;
    snprintf(path, sizeof path, "%s/.understudy/alpha.alive", root);
    write_bytes(path, (const uint8_t *)"garbage", 7);
    pass(2 * LEASE_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_OPEN);
    assert_non_null(strstr(omega.claimant.trouble, "alpha"));
    unlink(path); /* an operator takes it away: nothing renews the claim */
    pass(LEASE_MS + 2 * BEAT_MS);
    assert_int_equal(ask_now(&omega, 2), CLAIMANT_GRANTED);
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, make_volume, remove_volume)
#define SIDES(test) cmocka_unit_test_setup_teardown(test, open_sides, remove_volume)

int main(void)
{
    const struct CMUnitTest tests[] = {FILES(test_what_is_taken_is_read),
                                       FILES(test_a_turn_is_taken_once),
                                       FILES(test_a_frozen_taker_has_lost),
                                       FILES(test_remains_are_in_nobodys_way),
                                       FILES(test_damage_is_told),
                                       FILES(test_hostile_files),
                                       FILES(test_a_folder_without_end),
                                       FILES(test_r30_no_turn_has_two_winners),
                                       SIDES(test_r30_a_claim_that_is_renewed_is_denied),
                                       SIDES(test_r30_a_claim_lapses_after_a_lease),
                                       SIDES(test_r30_without_growth_it_lapses),
                                       SIDES(test_r30_a_new_reader_knows_nothing),
                                       SIDES(test_r30_errors_are_no_evidence),
                                       SIDES(test_r30_what_is_given_back_is_free_at_once),
                                       SIDES(test_r30_a_late_renewal_harms_nobody),
                                       SIDES(test_r31_an_older_epoch_is_not_entered),
                                       SIDES(test_r30_a_frozen_reader_decides_nothing),
                                       SIDES(test_r30_a_late_taker_gives_back),
                                       SIDES(test_r21_a_new_process_goes_on_with_its_claim),
                                       SIDES(test_r22_a_claim_waits_for_its_main),
                                       SIDES(test_damage_stops_decisions),
                                       SIDES(test_an_unreadable_sign_stops_decisions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
