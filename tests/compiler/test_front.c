/* The front as a user meets it: what it says, and its exit codes. Runs $UNDERSTUDY_BIN/understudy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/compiler/scratch.h"

#define WORDS_MAX 12

static const char site[] = "volume \"v\" { path = \"/nowhere/v\", size = \"1 GiB\" }\n"
                           "server \"a\" { address = \"127.0.0.1:7401\", archive = { \"v\" } }\n"
                           "server \"b\" { address = \"127.0.0.1:7402\", archive = { \"v\" } }\n"
                           "camera \"c\" { server = \"a\", url = \"rtsp://127.0.0.1/s\" }\n"
                           "failover \"f\" { standby = \"b\", monitor = \"a\", "
                           "expect_reconnection = \"5 s\" }\n";

/* Runs the front with words up to NULL; what it wrote to both outputs is in the file "said".
 * Returns its exit code. */
static int understudy(const char *first, ...)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    const char *argv[WORDS_MAX] = {"understudy", first};
    char path[SCRATCH_PATH_BYTES];
    va_list words;
    va_start(words, first);
    for (int i = 2; first != NULL && (argv[i] = va_arg(words, const char *)) != NULL; i++)
        assert_true(i < WORDS_MAX - 2);
    va_end(words);
    snprintf(path, sizeof path, "%s/understudy", bin == NULL ? "build/bin" : bin);
    pid_t pid = fork();
    if (pid == 0) {
        int said = open(scratch_path("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(said, STDOUT_FILENO);
        dup2(said, STDERR_FILENO);
        execv(path, (char *const *)argv);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_said(const char *text)
{
    size_t size;
    char *said = scratch_read("said", &size);
    assert_non_null(said);
    if (strstr(said, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, said);
    free(said);
}

static void command_lines_that_are_wrong(void **context)
{
    (void)context;
    assert_int_equal(understudy(NULL), 2);
    assert_int_equal(understudy("chekc", NULL), 2);
    assert_said("did you mean \"check\"?");
    assert_int_equal(understudy("forecast", "x.lua", NULL), 2);
    assert_said("say how often something fails");
    assert_int_equal(understudy("check", NULL), 2);
    assert_int_equal(understudy("check", "--nonsense", "x", NULL), 2);
    assert_int_equal(understudy("compile", "x.lua", NULL), 2);
    assert_said("-o DIR is needed");
    assert_int_equal(understudy("simulate", "x.lua", NULL), 2);
    assert_int_equal(understudy("explore", NULL), 2);
    assert_int_equal(understudy("explore", "x.lua", "--faults", "0", NULL), 2);
    assert_said("--faults takes a number from 1 upward");
    assert_int_equal(understudy("words", "nonsense", NULL), 2);
    assert_int_equal(understudy("explain", "E999", NULL), 2);
    assert_int_equal(understudy("explain", "e201", NULL), 0);
    assert_said("E201: ");
    assert_int_equal(understudy("graph", "x.lua", "-o", "x.png", NULL), 2);
    assert_said("a graph is written as SVG");
}

static void help_is_everywhere(void **context)
{
    (void)context;
    static const char *const verbs[] = {"check",   "compile", "simulate", "words",
                                        "explain", "archive", "explore"};
    assert_int_equal(understudy("--help", NULL), 0);
    assert_int_equal(understudy("--version", NULL), 0);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        assert_int_equal(understudy(verbs[i], "--help", NULL), 0);
        assert_said(verbs[i]);
    }
}

static void check_judges_a_topology(void **context)
{
    (void)context;
    scratch_write("site.lua", site, strlen(site));
    assert_int_equal(understudy("check", scratch_path("site.lua"), NULL), 0);
    assert_said("b carries at worst 1 main: 1 camera in all");
    assert_said("site.lua: sound");
    scratch_write("wrong.lua", "server \"a\" { adress = \"x\" }\n", 28);
    assert_int_equal(understudy("check", scratch_path("wrong.lua"), NULL), 1);
    assert_said("not sound");
    assert_int_equal(understudy("check", scratch_path("missing.lua"), NULL), 3);
    scratch_write("empty.lua", "", 0);
    assert_int_equal(understudy("check", scratch_path("empty.lua"), NULL), 1);
}

static void check_speaks_json(void **context)
{
    (void)context;
    json_error_t error;
    scratch_write("site.lua", site, strlen(site));
    assert_int_equal(understudy("check", "--json", scratch_path("site.lua"), NULL), 0);
    json_t *result = json_load_file(scratch_path("said"), 0, &error);
    assert_non_null(result);
    assert_int_equal(json_array_size(json_object_get(result, "errors")), 0);
    json_t *standby = json_array_get(json_object_get(result, "standbys"), 0);
    assert_string_equal(json_string_value(json_object_get(standby, "name")), "b");
    assert_int_equal(json_integer_value(json_object_get(standby, "worst_cameras")), 1);
    json_decref(result);
    scratch_write("syntax.lua", "server {{{\n", 11);
    assert_int_equal(understudy("check", "--json", scratch_path("syntax.lua"), NULL), 1);
    result = json_load_file(scratch_path("said"), 0, &error);
    assert_non_null(result);
    assert_true(json_array_size(json_object_get(result, "errors")) > 0);
    assert_int_equal(json_integer_value(json_object_get(result, "error_count")),
                     json_array_size(json_object_get(result, "errors")));
    json_decref(result);
}

/* Of lines of one kind the first three are enough for most; nobody is left with less than all. */
static void check_shows_all_when_asked(void **context)
{
    (void)context;
    static const char five[] =
        "volume \"v\" { path = \"/srv/v\", size = \"1 TiB\" }\n"
        "for i = 1, 5 do\n"
        "  server(\"s\" .. i) { address = \"s\" .. i .. \":1\", archive = { \"v\" } }\n"
        "  camera(\"c\" .. i) { server = \"s\" .. i, url = \"rtsp://h/\" .. i }\n"
        "  failover(\"f\" .. i) { standby = \"s\" .. i % 5 + 1, monitor = \"s\" .. i,\n"
        "    expect_reconnection = i .. \" s\" }\n"
        "end\n";
    scratch_write("five.lua", five, strlen(five));
    assert_int_equal(understudy("check", scratch_path("five.lua"), NULL), 0);
    assert_said("and 2 more of this kind (--all shows them)");
    assert_int_equal(understudy("check", "--all", scratch_path("five.lua"), NULL), 0);
    assert_said("f1: taken over within 4 s");
    assert_said("s1 carries at worst 1 main");
}

static void compile_makes_a_deployment_or_nothing(void **context)
{
    (void)context;
    struct stat status;
    scratch_write("site.lua", site, strlen(site));
    assert_int_equal(
        understudy("compile", scratch_path("site.lua"), "-o", scratch_path("out"), NULL), 0);
    assert_int_equal(stat(scratch_path("out/deployment.so"), &status), 0);
    scratch_write("wrong.lua", "server \"a\" {}\n", 14);
    assert_int_equal(
        understudy("compile", scratch_path("wrong.lua"), "-o", scratch_path("none"), NULL), 1);
    assert_int_equal(stat(scratch_path("none"), &status), -1);
    assert_int_equal(understudy("compile", scratch_path("site.lua"), "-o", "/proc/none", NULL), 3);
}

static void archive_wants_a_volume_that_is_there(void **context)
{
    (void)context;
    scratch_write("site.lua", site, strlen(site));
    understudy("compile", scratch_path("site.lua"), "-o", scratch_path("out"), NULL);
    assert_int_equal(understudy("archive", "list", scratch_path("out"), NULL), 3);
    assert_said("none of the volumes of");
}

static void simulate_finds_wrong_names_in_an_outage(void **context)
{
    (void)context;
    static const char outage[] = "outage \"x\" { at \"2 s\" { fail \"z\" }, lasts = \"9 s\" }\n";
    scratch_write("site.lua", site, strlen(site));
    scratch_write("x.lua", outage, strlen(outage));
    understudy("compile", scratch_path("site.lua"), "-o", scratch_path("out"), NULL);
    assert_int_equal(understudy("simulate", scratch_path("site.lua"), scratch_path("x.lua"), NULL),
                     1);
    assert_said("\"z\"");
    assert_int_equal(understudy("simulate", scratch_path("out"), scratch_path("x.lua"), NULL), 1);
    assert_said("\"z\"");
    assert_int_equal(understudy("simulate", scratch_path("out"), scratch_path("no.lua"), NULL), 3);
    assert_int_equal(understudy("simulate", "/dev/null.so", scratch_path("x.lua"), NULL), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_that_are_wrong),
        cmocka_unit_test(help_is_everywhere),
        cmocka_unit_test(check_judges_a_topology),
        cmocka_unit_test(check_speaks_json),
        cmocka_unit_test(check_shows_all_when_asked),
        cmocka_unit_test(compile_makes_a_deployment_or_nothing),
        cmocka_unit_test(archive_wants_a_volume_that_is_there),
        cmocka_unit_test(simulate_finds_wrong_names_in_an_outage),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
