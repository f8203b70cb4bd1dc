/* The state folder: of the deployments that lie in it, those go that nobody needs any more; one
 * node at a time has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/node/state.h"

static char root[] = "/tmp/understudy-test-state-XXXXXX";
static char error[TEXT_BYTES_MAX];
static uint8_t hashes[4][HASH_BYTES];

static bool is_there(uint32_t n)
{
    char path[STATE_PATH_BYTES];
    assert_true(state_shelf_path(path, root, hashes[n], error));
    return access(path, F_OK) == 0;
}

static void put(const char *name)
{
    char path[STATE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/" STATE_SHELF "/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("x", file);
    fclose(file);
}

static void what_nobody_needs_goes(void **context)
{
    (void)context;
    char path[STATE_PATH_BYTES], stray[2 * HASH_BYTES + 16] = "";
    const int64_t now_s = time(NULL);
    const uint8_t(*kept)[HASH_BYTES] = (const uint8_t(*)[HASH_BYTES])hashes;
    assert_int_equal(state_tidy_shelf(root, kept, 2, now_s), 0); /* there is no shelf yet */
    for (uint32_t n = 0; n < 4; n++)
        assert_true(state_keep_deployment(root, "/proc/self/comm", hashes[n], error));
    memset(stray, 'a', 2 * HASH_BYTES);
    strcat(stray, ".so.part"); /* of a copy that a crash has ended */
    put(stray);
    put("notes.txt");
    assert_int_equal(state_tidy_shelf(root, kept, 2, now_s), 0); /* they lie there since now */
    for (uint32_t n = 0; n < 4; n++)
        assert_true(is_there(n));
    assert_int_equal(state_tidy_shelf(root, kept, 2, now_s + 2 * STATE_SHELF_S), 3);
    assert_true(is_there(0) && is_there(1) && !is_there(2) && !is_there(3));
    snprintf(path, sizeof path, "%s/" STATE_SHELF "/notes.txt", root);
    assert_int_equal(access(path, F_OK), 0); /* not ours */
    assert_int_equal(state_tidy_shelf(root, kept, 0, now_s + 2 * STATE_SHELF_S), 2);
}

static int make_root(void **context)
{
    (void)context;
    for (uint32_t n = 0; n < 4; n++)
        memset(hashes[n], (int)(n + 1), HASH_BYTES);
    return mkdtemp(root) == NULL;
}

static int remove_root(void **context)
{
    (void)context;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* A node that has the folder is killed as it starts a worker, which lives on with all that was open
 * in the node. Returns that worker. */
static pid_t leave_worker(void)
{
    int told[2];
    pid_t worker = -1;
    assert_int_equal(pipe(told), 0);
    const pid_t node = fork();
    assert_true(node >= 0);
    if (node == 0) {
        if (!state_claim(root, error))
            _exit(1);
        worker = fork();
        if (worker == 0)
            pause();
        if (write(told[1], &worker, sizeof worker) == sizeof worker)
            pause();
        _exit(1);
    }
    close(told[1]);
    assert_int_equal(read(told[0], &worker, sizeof worker), sizeof worker);
    close(told[0]);
    assert_false(state_claim(root, error));
    assert_non_null(strstr(error, "another node is running"));
    kill(node, SIGKILL);
    assert_int_equal(waitpid(node, NULL, 0), node);
    return worker;
}

static void who_was_killed_has_it_no_longer(void **context)
{
    (void)context;
    const pid_t worker = leave_worker();
    const bool free = state_claim(root, error);
    kill(worker, SIGKILL);
    if (!free)
        fail_msg("%s", error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_nobody_needs_goes),
                                       cmocka_unit_test(who_was_killed_has_it_no_longer)};
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
