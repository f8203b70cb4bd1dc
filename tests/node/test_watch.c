/* `understudy watch` on a terminal of the test's own, beside a node that the test plays: it shows
 * what comes, says when nothing comes, lives through a change of size, and ends by q. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEEN_BYTES 262144
#define WAIT_MS    20000

static char folder[64];
static int terminal = -1, listener = -1;
static pid_t child;
static char seen[SEEN_BYTES];
static size_t seen_size;
static const char *answer;

/* ---- the node that the test plays ---- */

static struct sockaddr_un control_address(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", folder);
    return address;
}

static void open_node(void)
{
    const struct sockaddr_un address = control_address();
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
}

static void close_node(void)
{
    const struct sockaddr_un address = control_address();
    close(listener);
    unlink(address.sun_path);
    listener = -1;
}

static void serve_one(void)
{
    char request[256];
    const int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(recv(client, request, sizeof request, 0) > 0);
    assert_true(send(client, answer, strlen(answer), MSG_NOSIGNAL) > 0);
    close(client);
}

/* ---- the terminal ---- */

static void set_size(unsigned short rows, unsigned short columns)
{
    const struct winsize size = {.ws_row = rows, .ws_col = columns};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

static void start(const char *verb)
{
    char program[512];
    const char *bin = getenv("UNDERSTUDY_BIN");
    snprintf(program, sizeof program, "%s/understudy-node", bin != NULL ? bin : "build/bin");
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    set_size(24, 100);
    seen_size = 0;
    child = fork();
    if (child == 0) {
        setsid();
        const int slave = open(ptsname(terminal), O_RDWR);
        dup2(slave, 0);
        dup2(slave, 1);
        dup2(slave, 2);
        setenv("TERM", "xterm", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execl(program, program, verb, "--state", folder, (char *)NULL);
        _exit(127);
    }
}

/* Plays the node until this is on the screen. */
static void expect(const char *text)
{
    for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms += 50) {
        struct pollfd waits[2] = {{.fd = terminal, .events = POLLIN},
                                  {.fd = listener, .events = POLLIN}};
        seen[seen_size] = '\0';
        if (memmem(seen, seen_size, text, strlen(text)) != NULL)
            return;
        poll(waits, 2, 50);
        if ((waits[1].revents & POLLIN) != 0)
            serve_one();
        if ((waits[0].revents & POLLIN) == 0)
            continue;
        const ssize_t got = read(terminal, seen + seen_size, SEEN_BYTES - 1 - seen_size);
        seen_size += got > 0 ? (size_t)got : 0;
    }
    fail_msg("no \"%s\" on the screen; there was:\n%s", text, seen);
}

static void forget(void)
{
    seen_size = 0;
}

static int end_code(void)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    child = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- the tests ---- */

#define STATUS(text, camera)                                                                       \
    "{\"server\": \"omega\", \"state\": \"recording\", \"verdict\": {\"ok\": false, \"level\": "   \
    "\"attention\", \"text\": \"" text "\"}, \"journal\": {\"entries\": 3}, \"cameras\": "         \
    "[{\"name\": \"" camera "\", \"main\": \"omega\", \"server\": \"omega\", \"state\": "          \
    "\"idle\"}]}\n"

static void test_a_node_that_goes_and_comes_back(void **state)
{
    (void)state;
    answer = STATUS("alpha is lost", "lobby");
    open_node();
    start("watch");
    expect("ATTENTION: alpha is lost");
    expect("lobby");
    expect("q quits");
    answer = STATUS("alpha is carried here", "lobby");
    expect("carried here");
    close_node();
    expect("was true then: no node is running on");
    forget();
    answer = STATUS("all is quiet again", "lobby");
    open_node();
    expect("all is quiet again");
    assert_int_equal(write(terminal, "xq", 2), 2);
    assert_int_equal(end_code(), 0);
    close_node();
}

static void test_a_change_of_size(void **state)
{
    (void)state;
    answer = STATUS("a verdict of more than twenty columns", "gate");
    open_node();
    start("watch");
    expect("more than twenty columns");
    forget();
    set_size(4, 20);
    kill(child, SIGWINCH);
    answer = STATUS("narrow verdict of more columns", "gate");
    expect("narro");
    forget();
    set_size(30, 120);
    kill(child, SIGWINCH);
    answer = STATUS("a wide verdict that stands on one line again", "gate");
    expect("stands on one line again");
    assert_int_equal(write(terminal, "q", 1), 1);
    assert_int_equal(end_code(), 0);
    close_node();
}

/* What a node says cannot drive the terminal. */
static void test_control_characters(void **state)
{
    (void)state;
    answer = STATUS("evil \\u001b]0;owned\\u0007 text", "lobby");
    open_node();
    start("watch");
    expect("evil ?]0;owned? text");
    answer = "no JSON\n";
    expect("cannot be understood");
    assert_int_equal(write(terminal, "q", 1), 1);
    assert_int_equal(end_code(), 0);
    close_node();
}

static void test_without_a_terminal(void **state)
{
    char command[1024], line[256] = "";
    const char *bin = getenv("UNDERSTUDY_BIN");
    (void)state;
    snprintf(command, sizeof command, "%s/understudy-node watch --state %s 2>&1 </dev/null",
             bin != NULL ? bin : "build/bin", folder);
    FILE *output = popen(command, "r");
    assert_non_null(fgets(line, sizeof line, output));
    assert_int_equal(WEXITSTATUS(pclose(output)), 2);
    assert_non_null(strstr(line, "understudy status"));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/understudy-test-watch-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    if (child > 0)
        kill(child, SIGKILL);
    if (listener >= 0)
        close_node();
    if (terminal >= 0)
        close(terminal);
    terminal = -1;
    return rmdir(folder);
}

int main(void)
{
#define ON_A_TERMINAL(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        ON_A_TERMINAL(test_a_node_that_goes_and_comes_back), ON_A_TERMINAL(test_a_change_of_size),
        ON_A_TERMINAL(test_control_characters), ON_A_TERMINAL(test_without_a_terminal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
