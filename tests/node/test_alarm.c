/* Alarms: raised, over, told to the site's program, which is this program again, started as
 * `PROGRAM hook`; and where the log and systemd hear of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/node/alarm.h"
#include "runtime/node/notify.h"
#include "tests/node/site.h"

static char root[] = "/tmp/understudy-test-alarm-XXXXXX";
static char note[128];
static struct site site;
static uv_loop_t loop;
static struct alarms *alarms;

static int be_hook(const char *path)
{
    char text[65536];
    FILE *to = fopen(path, "a");
    const size_t size = fread(text, 1, sizeof text, stdin);
    fwrite(text, 1, size, to);
    fputc('\n', to);
    fclose(to);
    return 0;
}

static void open_alarms(bool hooked)
{
    static char program[200];
    const struct image *image = site_make(&site);
    if (hooked) {
        const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        assert_true(length > 0);
        program[length] = '\0';
        char *texts = site.strings;
        assert_true(strlen(program) + strlen(note) + 128 < sizeof site.strings);
        site.numbers[0] = site_text(&site, 110, program);
        site.numbers[1] = 110 + (uint32_t)strlen(program) + 1;
        strcpy(texts + site.numbers[1], "hook");
        site.numbers[2] = site.numbers[1] + 5;
        strcpy(texts + site.numbers[2], note);
        site.image.numbers.count = 3;
        site.image.site.on_alarm = (struct image_list){0, 3};
    }
    unlink(note);
    alarms = alarms_open(&loop, image, 0, 60000);
    assert_non_null(alarms);
}

static void close_alarms(void)
{
    alarms_close(alarms);
    uv_run(&loop, UV_RUN_DEFAULT);
    alarms_free(alarms);
}

static void look(bool camera, bool volume)
{
    alarms_begin(alarms);
    if (camera)
        alarms_raise(alarms, ALARM_CAMERA, 1, "gate", 0, "nothing of it reaches the disk: %s",
                     "a \"b\"\n\033[31m");
    if (volume)
        alarms_raise(alarms, ALARM_VOLUME, 0, "disk", 3600000, "it is lost");
    alarms_end(alarms);
}

/* The n-th line that the program was given, or NULL. */
static json_t *told(int n)
{
    char line[65536];
    json_t *found = NULL;
    FILE *file = fopen(note, "r");
    while (file != NULL && found == NULL && fgets(line, sizeof line, file) != NULL)
        if (n-- == 0)
            found = json_loads(line, 0, NULL);
    if (file != NULL)
        fclose(file);
    return found;
}

static const char *field(const json_t *object, const char *list, size_t n, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_array_get(json_object_get(object, list), n), key));
    return text != NULL ? text : "(none)";
}

static size_t size_of(const json_t *object, const char *list)
{
    return json_array_size(json_object_get(object, list));
}

/* ---- tests ---- */

static void stands_until_it_is_over(void **context)
{
    (void)context;
    open_alarms(false);
    look(true, true);
    assert_int_equal(alarms_count(alarms), 1); /* the volume's trouble has to last an hour */
    json_t *list = alarms_json(alarms);
    json_t *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "alarm")), "camera_unrecorded");
    assert_string_equal(json_string_value(json_object_get(first, "subject")), "gate");
    assert_string_equal(json_string_value(json_object_get(first, "priority")), "critical");
    json_t *since = json_incref(json_object_get(first, "since_at"));
    json_decref(list);
    look(true, false);
    list = alarms_json(alarms);
    assert_true(json_equal(since, json_object_get(json_array_get(list, 0), "since_at")));
    json_decref(list);
    json_decref(since);
    look(false, false);
    assert_int_equal(alarms_count(alarms), 0);
    alarms_pulse(alarms, ALARM_CLOCK, "it has jumped by %d ms", 7);
    look(false, false);
    assert_int_equal(alarms_count(alarms), 1); /* what happened at a moment stands for a while */
    list = alarms_json(alarms);
    assert_true(json_is_false(json_object_get(json_array_get(list, 0), "lasting")));
    json_decref(list);
    close_alarms();
}

static void there_may_be_too_many(void **context)
{
    (void)context;
    open_alarms(false);
    alarms_begin(alarms);
    for (uint32_t i = 0; i < ALARMS_MAX + 10; i++)
        alarms_raise(alarms, ALARM_CAMERA, i, "c", 3600000, "silent");
    alarms_raise(alarms, ALARM_CAMERA, 0, "c", 0, "silent");
    alarms_end(alarms);
    assert_int_equal(alarms_count(alarms), 1);
    alarms_begin(alarms);
    alarms_end(alarms);
    assert_int_equal(alarms_count(alarms), 0);
    look(true, false);
    assert_int_equal(alarms_count(alarms), 1);
    close_alarms();
}

/* The program hears of what began and what is over; what changes while it runs it hears next. */
static void the_program_is_told(void **context)
{
    (void)context;
    open_alarms(true);
    look(true, false);
    alarms_pulse(alarms, ALARM_STANDSTILL, "for 7 s"); /* while it runs */
    look(false, false);
    look(false, false);
    uv_run(&loop, UV_RUN_DEFAULT);
    look(false, false);
    uv_run(&loop, UV_RUN_DEFAULT);
    look(false, false);
    uv_run(&loop, UV_RUN_DEFAULT);
    json_t *one = told(0), *two = told(1);
    assert_non_null(one);
    assert_non_null(two);
    assert_null(told(2));
    assert_string_equal(json_string_value(json_object_get(one, "server")), "omega");
    assert_int_equal(size_of(one, "raised"), 1);
    assert_int_equal(size_of(one, "cleared"), 0);
    assert_string_equal(field(one, "raised", 0, "alarm"), "camera_unrecorded");
    assert_string_equal(field(one, "raised", 0, "text"),
                        "nothing of it reaches the disk: a \"b\"\n\033[31m");
    assert_string_equal(field(two, "raised", 0, "alarm"), "standstill");
    assert_string_equal(field(two, "raised", 0, "rule"), "R29");
    assert_string_equal(field(two, "cleared", 0, "alarm"), "camera_unrecorded");
    assert_string_not_equal(field(two, "cleared", 0, "until_at"), "(none)");
    assert_int_equal(json_integer_value(json_object_get(two, "standing")), 1);
    json_decref(one);
    json_decref(two);
    close_alarms();
}

/* A program that cannot be started is an alarm of its own, and is not started again for that. */
static void a_program_that_fails_is_an_alarm(void **context)
{
    (void)context;
    open_alarms(true);
    site.strings[site.numbers[0] + 1] = 'X';
    look(true, false);
    look(true, false);
    assert_int_equal(alarms_count(alarms), 2);
    look(false, false);
    uv_run(&loop, UV_RUN_DEFAULT);
    close_alarms();
}

/* ---- where it is heard ---- */

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    return listener;
}

static const char *hear(int listener)
{
    static char text[2048];
    const ssize_t size = recv(listener, text, sizeof text - 1, MSG_DONTWAIT);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

/* Outside systemd with the time, in its journal with the priority; and in syslog with both. */
static void the_log_has_priorities(void **context)
{
    (void)context;
    char path[128], stream[64], text[512] = "", wanted[64];
    struct stat status;
    snprintf(path, sizeof path, "%s/log", root);
    const int file = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    snprintf(path, sizeof path, "%s/syslog", root);
    const int listener = listen_at(path);
    const int terminal = dup(STDERR_FILENO);
    fstat(file, &status);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);
    dup2(file, STDERR_FILENO);
    log_open(path);
    log_alarm(LOG_ALERT, "one\n%s", "<0>two");
    setenv("JOURNAL_STREAM", stream, 1);
    log_open(NULL);
    log_alarm(LOG_CRITICAL, "three");
    log_line("four");
    dup2(terminal, STDERR_FILENO);
    log_open(NULL);
    unsetenv("JOURNAL_STREAM");
    assert_true(pread(file, text, sizeof text - 1, 0) > 0);
    assert_non_null(strstr(text, "Z one?<0>two\n<2>three\n<6>four\n"));
    snprintf(wanted, sizeof wanted, "<25>understudy-node[%d]: one?<0>two", (int)getpid());
    assert_string_equal(hear(listener), wanted);
    assert_string_equal(hear(listener), "");
    close(file);
    close(listener);
    close(terminal);
}

static void systemd_is_told(void **context)
{
    (void)context;
    char path[128];
    snprintf(path, sizeof path, "%s/notify", root);
    const int listener = listen_at(path);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    notify_open();
    assert_null(getenv("NOTIFY_SOCKET")); /* no process that it starts speaks for it */
    assert_null(getenv("WATCHDOG_USEC"));
    assert_int_equal(notify_interval_ms(), 10000);
    assert_true(notify_ready());
    assert_string_equal(hear(listener), "READY=1");
    notify_status("carries alpha\nREADY=0");
    assert_string_equal(hear(listener), "STATUS=carries alpha?READY=0");
    notify_status("carries alpha\nREADY=0");
    assert_string_equal(hear(listener), "");
    notify_alive();
    assert_string_equal(hear(listener), "WATCHDOG=1");
    notify_stopping();
    assert_string_equal(hear(listener), "STOPPING=1\nSTATUS=logs off");
    close(listener);
    assert_false(notify_ready()); /* to be said again */
}

static int make_root(void **context)
{
    (void)context;
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(mkdtemp(root));
    snprintf(note, sizeof note, "%s/note", root);
    return uv_loop_init(&loop);
}

static int remove_root(void **context)
{
    (void)context;
    char command[64];
    assert_int_equal(uv_loop_close(&loop), 0);
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "hook") == 0)
        return be_hook(words[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_until_it_is_over),
        cmocka_unit_test(there_may_be_too_many),
        cmocka_unit_test(the_program_is_told),
        cmocka_unit_test(a_program_that_fails_is_an_alarm),
        cmocka_unit_test(the_log_has_priorities),
        cmocka_unit_test(systemd_is_told),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
