/* What two servers see of each other on one volume (R30): each here is a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/volume_pair.h"
#include "recorder/volume_remains.h"

static char directory[] = "/tmp/understudy-pair-XXXXXX";
static int volume;

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    volume = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return volume < 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    close(volume);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

static void assert_sound(const struct volume_pair *pair)
{
    assert_true(pair->exclusive && pair->links && pair->linked_once);
    assert_true(pair->renewal_us > 0 && pair->claim_us > 0 && pair->seen_us >= 0);
}

static void assert_empty(void)
{
    char command[128];

    snprintf(command, sizeof(command), "ls -A %s; test $(ls -A %s | wc -l) = 0", directory,
             directory);
    assert_int_equal(system(command), 0);
}

static void one_server_is_both_sides(void **state)
{
    char cause[RECORDER_CAUSE_MAX] = "";
    struct volume_pair pair;

    (void)state;
    if (!volume_pair_alone(volume, 1, &pair, cause, sizeof(cause)))
        fail_msg("%s", cause);
    assert_sound(&pair);
    assert_empty();
}

/* Both find the same, and what a server left that broke off is nobody. */
static void two_servers_meet(void **state)
{
    char cause[RECORDER_CAUSE_MAX] = "", command[192];
    struct volume_pair here, there;
    int ends[2], status;
    pid_t other;

    (void)state;
    snprintf(command, sizeof(command),
             "mkdir %s/.probe-pair && echo 7 0 >%s/.probe-pair/here.0123456789abcdef", directory,
             directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(pipe(ends), 0);
    other = fork();
    if (other == 0) {
        bool done = volume_pair_meet(volume, 1, &there, cause, sizeof(cause));

        if (write(ends[1], &there, sizeof(there)) != (ssize_t)sizeof(there))
            _exit(2);
        _exit(done ? 0 : 1);
    }
    if (!volume_pair_meet(volume, 1, &here, cause, sizeof(cause)))
        fail_msg("%s", cause);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], &there, sizeof(there)), sizeof(there));
    close(ends[0]);
    close(ends[1]);
    assert_sound(&here);
    assert_true(here.renewal_us == there.renewal_us && here.seen_us == there.seen_us &&
                here.claim_us == there.claim_us);
    snprintf(command, sizeof(command), "rm -r %s/.probe-pair", directory);
    assert_int_equal(system(command), 0);
    assert_empty();
}

static void run(const char *format, ...)
{
    char command[512];
    va_list arguments;
    size_t size = (size_t)snprintf(command, sizeof(command), "cd %s && ", directory);

    va_start(arguments, format);
    vsnprintf(command + size, sizeof(command) - size, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

/* What is two hours old is nobody's any more, wherever it lies; what a probe works with stays, and
 * so does all that is none of a probe. */
static void what_was_broken_off_is_cleared(void **state)
{
    (void)state;
    run("mkdir -p .probe-pair/pair.a-b .probe-pair-7-9/pair.c-d .probe-12 alpha && "
        "touch .probe-pair/here.a .probe-pair/pair.a-b/make.1 .probe-pair-7-9/here.c.new "
        ".probe-pair-7-9/pair.c-d/link.1 .probe-12/large .probe-measured-3-4 alpha/.probe-1 marker "
        "&& ln -s ../alpha .probe-12/link && "
        "find . -exec touch -h -d '2 hours ago' {} +");
    run("touch .probe-pair/here.f .probe-14 && mkdir .probe-pair/pair.e-f");
    volume_remains_clear(volume);
    run("test \"$(find . -mindepth 1 | sort | tr '\\n' ' ')\" = './.probe-14 ./.probe-pair "
        "./.probe-pair/here.f ./.probe-pair/pair.e-f ./alpha ./alpha/.probe-1 ./marker '");
    run("rm -r .probe-* alpha marker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_server_is_both_sides),
                                       cmocka_unit_test(two_servers_meet),
                                       cmocka_unit_test(what_was_broken_off_is_cleared)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
