/* A back-fill over a link (R34): the two halves as processes, connected as two nodes connect them,
 * and each of them before a partner that talks nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/fill.h"
#include "recorder/lock.h"
#include "recorder/recorder.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

#define SEGMENT_BYTES 300000
#define SEGMENTS      3
#define BEGIN_MS      INT64_C(1795464000000)
#define DAY           "2026-11-23"

static char folder[] = "/tmp/understudy-fill-link-XXXXXX";
static char giver[64], taker[64], program[512];

/* ---- volumes ---- */

static int open_writer(const char *volume_path, const char *camera, uint64_t epoch)
{
    const struct segment_place place = {"alpha", camera, "omega", epoch};
    int volume = open(volume_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int directory = segment_open_camera(volume, &place, true);
    int writer = segment_open_day(directory, &place, BEGIN_MS, true);

    close(volume);
    close(directory);
    assert_true(writer >= 0);
    return writer;
}

static struct index_row row_of(int n)
{
    struct index_row row = {.bytes = SEGMENT_BYTES, .frames = 250, .keyframes = 5};

    segment_name_print(row.name, BEGIN_MS + n * 10000, 10000, MEDIA_TS);
    return row;
}

static void add_segments(const char *camera, uint64_t epoch)
{
    static uint8_t bytes[SEGMENT_BYTES];
    int writer = open_writer(giver, camera, epoch);

    for (int n = 0; n < SEGMENTS; n++) {
        struct index_row row = row_of(n);
        struct hash *digest = hash_open();
        int file = openat(writer, row.name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        memset(bytes, n + (int)epoch + camera[0], sizeof(bytes));
        hash_add(digest, bytes, sizeof(bytes));
        hash_close(digest, row.sha256);
        assert_int_equal(write(file, bytes, sizeof(bytes)), sizeof(bytes));
        close(file);
        assert_int_equal(index_append(writer, &row), 0);
    }
    close(writer);
}

static int set_up(void **state)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    snprintf(program, sizeof(program), "%s/understudy-recorder", bin != NULL ? bin : "build/bin");
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(giver, sizeof(giver), "%s/giver", folder);
    snprintf(taker, sizeof(taker), "%s/taker", folder);
    mkdir(giver, 0755);
    mkdir(taker, 0755);
    assert_true(volume_init(giver, "disk-o", cause) && volume_init(taker, "disk-a", cause));
    add_segments("lobby", 2);
    add_segments("gate", 4);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

/* ---- processes ---- */

static pid_t start(int end, const char *const *words)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    dup2(end, RECORDER_FD);
    close_range(RECORDER_FD + 1, ~0u, 0);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    execv(program, (char **)(uintptr_t)words);
    _exit(127);
}

static pid_t start_giver(int end)
{
    const char *const words[] = {program, "archive",  "give",  "--json", "--main",
                                 "alpha", "--server", "omega", giver,    NULL};

    return start(end, words);
}

static pid_t start_taker(int end)
{
    const char *const words[] = {program,    "archive",  "take",   "--json", "--main",
                                 "alpha",    "--server", "omega",  "--into", taker,
                                 "--volume", "disk-a",   "--rate", "4000",   NULL};

    return start(end, words);
}

static int code_of(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void connect_both(int *giver_code, int *taker_code)
{
    int ends[2];
    pid_t gives, takes;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    gives = start_giver(ends[0]);
    takes = start_taker(ends[1]);
    close(ends[0]);
    close(ends[1]);
    *giver_code = code_of(gives);
    *taker_code = code_of(takes);
}

static void expect_codes(int giver_expected, int taker_expected)
{
    int giver_code, taker_code;

    connect_both(&giver_code, &taker_code);
    assert_int_equal(giver_code, giver_expected);
    assert_int_equal(taker_code, taker_expected);
}

/* A partner that says only this and then ends; the exit code of the other. */
static int nonsense(pid_t (*start_one)(int end), const char *text, char *answer, size_t size)
{
    int ends[2];
    pid_t pid;
    size_t got = 0;
    ssize_t length;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid = start_one(ends[0]);
    close(ends[0]);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    shutdown(ends[1], SHUT_WR);
    while (got + 1 < size && (length = read(ends[1], answer + got, size - 1 - got)) > 0)
        got += (size_t)length;
    answer[got] = '\0';
    close(ends[1]);
    return code_of(pid);
}

/* ---- what lies there ---- */

static size_t count_rows(const char *volume_path, const char *camera, uint64_t epoch)
{
    int writer = open_writer(volume_path, camera, epoch);
    struct index_rows rows;
    size_t count;

    assert_int_equal(index_load(writer, &rows), 0);
    count = rows.count;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(faccessat(writer, rows.rows[i].name, F_OK, 0), 0);
    index_free(&rows);
    close(writer);
    return count;
}

static int verify(const char *volume_path)
{
    const char *const words[] = {program, "archive", "verify", volume_path, NULL};

    return code_of(start(STDIN_FILENO, words));
}

/* ---- tests ---- */

static void all_is_brought_once(void **state)
{
    const struct lock lock = {1795464000000, 1795464010000, "a theft; <b>17</b>"};
    struct lock_list list;
    int camera;
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/alpha/lobby", giver);
    camera = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(lock_add(camera, &lock), 0);
    close(camera);
    expect_codes(0, 0);
    assert_int_equal(count_rows(taker, "lobby", 2), SEGMENTS);
    assert_int_equal(count_rows(taker, "gate", 4), SEGMENTS);
    assert_int_equal(verify(taker), 0);
    snprintf(path, sizeof(path), "%s/alpha/lobby", taker);
    camera = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(lock_load(camera, &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.locks[0].reason, lock.reason);
    lock_free(&list);
    close(camera);
    /* What arrived is the main's to delete, and is not brought again. */
    snprintf(path, sizeof(path), "%s/alpha/gate/4-omega/" DAY, taker);
    assert_int_equal(fill_is_mark_set(open(path, O_RDONLY | O_DIRECTORY)), 1);
    snprintf(path, sizeof(path), "rm -r %s/alpha/gate", taker);
    assert_int_equal(system(path), 0);
    expect_codes(0, 0);
    snprintf(path, sizeof(path), "%s/alpha/gate", taker);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_spoilt_is_not_taken(void **state)
{
    struct index_row first = row_of(0), second = row_of(1);
    char path[256];
    int file;

    (void)state;
    snprintf(path, sizeof(path), "%s/alpha/lobby/2-omega/" DAY "/%s", giver, first.name);
    file = open(path, O_WRONLY);
    assert_int_equal(pwrite(file, "x", 1, 20000), 1);
    close(file);
    snprintf(path, sizeof(path), "%s/alpha/lobby/2-omega/" DAY "/%s", giver, second.name);
    assert_int_equal(truncate(path, 1000), 0);
    expect_codes(3, 3);
    assert_int_equal(count_rows(taker, "lobby", 2), SEGMENTS - 2);
    assert_int_equal(count_rows(taker, "gate", 4), SEGMENTS);
    assert_int_equal(verify(taker), 0);
    /* It was not noted as done: what can be read again is brought then. */
    snprintf(path, sizeof(path), "%s/alpha/lobby/2-omega/" DAY "/%s", giver, FILL_NOTE);
    assert_int_equal(access(path, F_OK), -1);
}

/* At any moment one of the two ends; afterwards all is brought all the same. */
static void an_end_in_the_middle_is_made_good(void **state)
{
    (void)state;
    for (int round = 0; round < 12; round++) {
        int ends[2];
        pid_t pids[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        pids[0] = start_giver(ends[0]);
        pids[1] = start_taker(ends[1]);
        close(ends[0]);
        close(ends[1]);
        usleep((useconds_t)round * 8000);
        kill(pids[round % 2], SIGKILL);
        code_of(pids[0]);
        code_of(pids[1]);
    }
    expect_codes(0, 0);
    assert_int_equal(count_rows(taker, "lobby", 2), SEGMENTS);
    assert_int_equal(count_rows(taker, "gate", 4), SEGMENTS);
    assert_int_equal(verify(taker), 0);
}

static void a_taker_gets_nothing_but_what_was_said(void **state)
{
    char answer[65536];

    (void)state;
    assert_int_equal(nonsense(start_giver,
                              "into disk-a\nget ../../../../../../etc/passwd\n"
                              "get index\nget .filled-into\nfoo\n",
                              answer, sizeof(answer)),
                     3);
    assert_non_null(strstr(answer, "gone\ngone\ngone\n"));
    assert_null(strstr(answer, "root:"));
    assert_int_equal(nonsense(start_giver, "into ../disk-a\n", answer, sizeof(answer)), 3);
    assert_string_equal(answer, "");
    assert_int_equal(nonsense(start_giver, "done\n", answer, sizeof(answer)), 3);
    assert_int_equal(nonsense(start_giver, "into disk-a\ninto disk-b\n", answer, sizeof(answer)),
                     3);
    assert_null(strstr(strstr(answer, "writer") + 6, "writer"));
    assert_int_equal(
        nonsense(start_giver, "bye 0 0 0 0 there is no disk\n", answer, sizeof(answer)), 3);
}

static void a_giver_puts_nothing_where_it_may_not(void **state)
{
    static const char *const said[] = {
        "writer ../../up 2 0 0\nend\n",
        "writer lobby -1 99999999999999999999 0\nend\n",
        "writer lobby 2 1 0\n",
        "writer lobby 2 1 0\nno row at all\nend\n",
        "writer lobby 2 0 1\nlock 9 -9 x\nend\n",
        "writer lobby 2 0 1\nlock 1795464000000 99999999999999999 x\nend\n",
        "\n",
        "bytes 5\nhello",
    };
    char answer[65536], path[128], long_line[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
        int code = nonsense(start_taker, said[i], answer, sizeof(answer));

        assert_true(code == 0 || code == 3);
        assert_memory_equal(answer, "into disk-a\n", 12);
        assert_non_null(strstr(answer, "bye 0 0 "));
    }
    memset(long_line, 'a', sizeof(long_line) - 1);
    long_line[sizeof(long_line) - 1] = '\0';
    assert_int_equal(nonsense(start_taker, long_line, answer, sizeof(answer)), 3);
    snprintf(path, sizeof(path), "%s/up", folder);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof(path), "[ -z \"$(find %s -name '*.lock' -o -name '*.ts')\" ]", taker);
    assert_int_equal(system(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_is_brought_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_spoilt_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_in_the_middle_is_made_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_taker_gets_nothing_but_what_was_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_giver_puts_nothing_where_it_may_not, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
