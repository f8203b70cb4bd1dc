/* Hooks (R16, R44): this program again, started as `PROGRAM hook FILE HOW ...`, notes in FILE what
 * it was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/entry.h"
#include "runtime/node/hook.h"
#include "runtime/node/publication.h"
#include "runtime/node/state.h"

#define HOSTILE "a \"b\" $(reboot) `x` ; 'c' \\ %s é"

static char root[] = "/tmp/understudy-test-hook-XXXXXX";
static char program[512], note[128], errors[128];
static char error[TEXT_BYTES_MAX];
static uv_loop_t loop;

/* ---- the hook ---- */

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 3; /* ".", ".." and the folder itself */
}

static void note_all(FILE *to, int count, char **words)
{
    extern char **environ;
    char *cwd = getcwd(NULL, 0);
    static char input[65536];
    const ssize_t size = (ssize_t)fread(input, 1, sizeof input - 1, stdin);
    fprintf(to, "cwd %s, descriptors %d, leader %d\n", cwd, count_descriptors() - 1,
            getsid(0) == getpid());
    for (int i = 3; i < count; i++)
        fprintf(to, "word %s\n", words[i]);
    for (char **variable = environ; *variable != NULL; variable++)
        fprintf(to, "env %.5s\n", *variable);
    fwrite(input, 1, (size_t)size, to);
    free(cwd);
}

static int be_hook(int count, char **words)
{
    const char *how = words[3];
    FILE *to = fopen(words[2], "a");
    if (strcmp(how, "deaf") == 0) { /* it reads nothing, says too much, and fails */
        for (int i = 0; i < 100000; i++)
            printf("line %d \033[31m\a\n", i);
        return 7;
    }
    if (strcmp(how, "slow") == 0 || strcmp(how, "stubborn") == 0) {
        signal(SIGTERM, strcmp(how, "slow") == 0 ? SIG_DFL : SIG_IGN);
        sleep(60);
        return 0;
    }
    note_all(to, count, words);
    fclose(to);
    return 0;
}

/* ---- single hooks ---- */

static struct hook_result result;
static uint32_t ended;

static void on_ended(void *owner, const struct hook_result *found)
{
    assert_ptr_equal(owner, &result);
    result = *found;
    ended++;
}

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    text[file != NULL ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

static bool run_hook(const char *path, const char *how, const char *input, int64_t limit_ms)
{
    const char *words[] = {path, "hook", note, how, HOSTILE, NULL};
    const struct hook_order order = {.name = "on_start of \"x\"\n",
                                     .words = words,
                                     .input = strdup(input),
                                     .limit_ms = limit_ms};
    unlink(note);
    ended = 0;
    struct hook *hook = hook_start(&loop, &order, on_ended, &result, error);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(ended, hook != NULL);
    return hook != NULL;
}

/* R16: arguments as they are, JSON on its input, nothing else of the node's. */
static void gets_what_it_is_to_get(void **context)
{
    (void)context;
    const int leak = open("/dev/null", O_RDONLY); /* not closed on exec */
    setenv("UNDERSTUDY_SECRET", "hidden", 1);
    assert_true(run_hook(program, "note", "{\"event\": \"START\"}\n", 60000));
    close(leak);
    assert_true(result.well);
    assert_string_equal(read_file(note), "cwd /, descriptors 3, leader 1\n"
                                         "word note\n"
                                         "word " HOSTILE "\n"
                                         "env PATH=\nenv LANG=\nenv HOME=\n"
                                         "{\"event\": \"START\"}\n");
}

static void says_too_much(void **context)
{
    (void)context;
    char *input = malloc(1 << 20);
    memset(input, 'x', (1 << 20) - 1);
    input[(1 << 20) - 1] = '\0';
    const int log_file = open(errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int terminal = dup(STDERR_FILENO);
    dup2(log_file, STDERR_FILENO);
    const bool started = run_hook(program, "deaf", input, 60000);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    close(log_file);
    assert_true(started);
    free(input);
    assert_false(result.well);
    assert_string_equal(result.text, "ended with code 7");
    const char *log = read_file(errors);
    assert_non_null(strstr(log, "on_start of \"x\"? says: line 19 ?[31m?\n"));
    assert_null(strstr(log, "line 20 "));
    assert_non_null(strstr(log, "says more, which is not shown"));
}

static void is_ended_when_it_takes_too_long(void **context)
{
    (void)context;
    assert_true(run_hook(program, "slow", "", 300));
    assert_false(result.well);
    assert_string_equal(result.text, "was ended by signal 15 (Terminated), for it took too long");
    assert_true(run_hook(program, "stubborn", "", 300));
    assert_string_equal(result.text, "was ended by signal 9 (Killed), for it took too long");
}

static void cannot_be_started(void **context)
{
    (void)context;
    assert_false(run_hook("/nowhere/notify", "note", "", 1000));
    assert_string_equal(error, "cannot be started: /nowhere/notify: no such file or directory");
    assert_false(run_hook(root, "note", "", 1000));
    assert_non_null(strstr(error, "permission denied"));
}

/* ---- START and STOP from a journal ---- */

static const struct deployment *deployment;
static uint32_t omega, max;
static struct engine *engine;
static struct engine_output output;
static struct journal *journal;
static struct publications *publications;
static int64_t now_ms;

static void open_journal(void)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s/state/" JOURNAL_FOLDER, root);
    const struct journal_owner owner = journal_owner(deployment_image(deployment), omega);
    journal = journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
    assert_non_null(journal);
}

static void open_publications(void)
{
    char state[128];
    snprintf(state, sizeof state, "%s/state", root);
    publications = publications_open(&loop, state, deployment, omega, journal, 60000, error);
    assert_non_null(publications);
}

static void close_publications(void)
{
    publications_close(publications);
    publications_kill(publications);
    uv_run(&loop, UV_RUN_DEFAULT);
    publications_free(publications);
}

/* As a node does it: step, journal, note. */
static void step(struct engine_event event, const char *reason)
{
    event.at_ms = now_ms += 1000;
    engine_step(engine, &event, &output);
    struct entry entry = {.wall_ms = 1700000000000 + now_ms,
                          .event = event,
                          .transition_count = output.transition_count,
                          .transitions = output.transitions};
    snprintf(entry.reason, sizeof entry.reason, "%s", reason);
    entry_encode(&entry, journal_append(journal, entry_size(&entry)));
    for (uint32_t i = 0; i < output.transition_count; i++) {
        const struct publication_source source = {.number = journal_last(journal),
                                                  .wall_ms = entry.wall_ms,
                                                  .reason = reason,
                                                  .transition = &output.transitions[i]};
        publications_note(publications, &source);
    }
}

static void give_order(enum engine_event_kind kind, const char *reason)
{
    step(
        (struct engine_event){
            .kind = kind, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = 0},
        reason);
}

static void boot(void)
{
    step(
        (struct engine_event){
            .kind = EVENT_BOOT, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = IMAGE_NONE},
        "");
}

static void commit(void)
{
    assert_true(journal_commit(journal, error));
}

/* The n-th line of JSON that the hooks were given, or NULL. */
static json_t *told(int n)
{
    char *text = read_file(note);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (line[0] == '{' && n-- == 0)
            return json_loads(line, 0, NULL);
    return NULL;
}

static void assert_told(int n, const char *event, int entry, const char *rule, bool repeated)
{
    json_t *object = told(n);
    const char *found, *found_rule, *failover, *main, *standby, *at, *key;
    int found_epoch, found_repeated;
    char wanted[64];
    if (object == NULL)
        fail_msg("nothing is told as number %d", n);
    assert_int_equal(json_unpack(object, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b}", "event",
                                 &found, "rule", &found_rule, "failover", &failover, "main", &main,
                                 "standby", &standby, "at", &at, "key", &key, "epoch", &found_epoch,
                                 "repeated", &found_repeated),
                     0);
    assert_string_equal(found, event);
    assert_string_equal(found_rule, rule);
    assert_string_equal(failover, "alpha-to-omega");
    assert_string_equal(main, "alpha");
    assert_string_equal(standby, "omega");
    assert_int_equal(found_epoch, 2);
    assert_int_equal(found_repeated, repeated);
    assert_memory_equal(at, "2023-11-14T", 11);
    snprintf(wanted, sizeof wanted, "/omega/%d/%s", entry, event);
    assert_non_null(strstr(key, wanted));
    json_decref(object);
}

/* START and STOP in order, and only once the journal holds them (R44). */
static void start_and_stop_are_told_in_order(void **context)
{
    (void)context;
    unlink(note);
    open_publications();
    boot();
    give_order(EVENT_FORCE_START, "a \"reason\"");
    give_order(EVENT_FORCE_STOP, "");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_null(told(0)); /* it is not durable yet */
    commit();
    publications_run(publications);
    assert_int_equal(publications_view(publications).running, 1);
    assert_int_equal(publications_view(publications).waiting, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(publications_view(publications).waiting, 0);
    assert_told(0, "START", 2, "R17", false);
    assert_told(1, "STOP", 3, "R18", false);
    assert_null(told(2));
    json_t *start = told(0);
    assert_string_equal(json_string_value(json_object_get(start, "reason")), "a \"reason\"");
    json_decref(start);
    close_publications();
}

/* R44: what a node had not told to its end when it was killed, it tells at its next start; what it
 * had told, it does not. */
static void what_was_not_told_is_told_again(void **context)
{
    (void)context;
    unlink(note);
    open_publications();
    give_order(EVENT_FORCE_START, "again");
    commit();
    close_publications(); /* killed between the commit and the hook */
    open_publications();
    publications_run(publications);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_told(0, "START", 4, "R17", true);
    close_publications();
    unlink(note);
    open_publications();
    publications_run(publications);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_null(told(0));
    give_order(EVENT_FORCE_STOP, "");
    commit();
    publications_run(publications);
    close_publications(); /* killed while it runs, or before it could note anything */
    unlink(note);
    open_publications();
    publications_run(publications);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_told(0, "STOP", 5, "R18", true);
    close_publications();
}

/* The number of what is told is bounded; so is the time of one: see above. */
static void what_waits_is_bounded(void **context)
{
    (void)context;
    unlink(note);
    open_publications();
    for (int i = 0; i < PUBLICATIONS_MAX / 2 + 5; i++) {
        give_order(EVENT_FORCE_START, "");
        give_order(EVENT_FORCE_STOP, "");
    }
    assert_int_equal(publications_view(publications).waiting, PUBLICATIONS_MAX);
    close_publications();
}

/* ---- a site whose hooks are this program ---- */

static int make_site(void **context)
{
    (void)context;
    static const char text[] =
        "volume \"a\" { path = \"/srv/a\", size = \"1 TiB\" }\n"
        "volume \"o\" { path = \"/srv/o\", size = \"1 TiB\" }\n"
        "server \"alpha\" { address = \"127.0.0.1:7400\", archive = { \"a\" } }\n"
        "server \"omega\" { address = \"127.0.0.1:7401\", archive = { \"o\" } }\n"
        "camera \"c\" { server = \"alpha\", url = \"rtsp://127.0.0.1/c\" }\n"
        "failover \"alpha-to-omega\" { standby = \"omega\", monitor = \"alpha\", "
        "expect_reconnection = \"5 s\",\n"
        "  on_start = { \"%s\", \"hook\", \"%s\", \"note\" },\n"
        "  on_stop = { \"%s\", \"hook\", \"%s\", \"note\" } }\n";
    const char *programs = getenv("UNDERSTUDY_BIN");
    char path[256], command[1024];
    assert_non_null(mkdtemp(root));
    snprintf(note, sizeof note, "%s/note", root);
    snprintf(errors, sizeof errors, "%s/errors", root);
    snprintf(path, sizeof path, "%s/topology.lua", root);
    FILE *file = fopen(path, "w");
    fprintf(file, text, program, note, program, note);
    fclose(file);
    snprintf(command, sizeof command, "timeout 60 '%s/understudy' compile %s -o %s/site >/dev/null",
             programs != NULL ? programs : "build/bin", path, root);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/site", root);
    deployment = deployment_open(path, error);
    assert_non_null(deployment);
    omega = image_find_server(deployment_image(deployment), "omega");
    max = engine_output_max(deployment, omega);
    engine = engine_init(malloc(engine_size(deployment, omega)), deployment, omega);
    output = (struct engine_output){.transitions = calloc(max, sizeof *output.transitions),
                                    .actions = calloc(max, sizeof *output.actions),
                                    .max = max};
    snprintf(path, sizeof path, "%s/state", root);
    assert_int_equal(mkdir(path, 0700), 0);
    uv_loop_init(&loop);
    open_journal();
    return 0;
}

static int remove_site(void **context)
{
    (void)context;
    char command[64];
    journal_close(journal);
    assert_int_equal(uv_loop_close(&loop), 0); /* nothing is left open */
    free(engine);
    free(output.transitions);
    free(output.actions);
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(int count, char **words)
{
    if (count > 3 && strcmp(words[1], "hook") == 0)
        return be_hook(count, words);
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(realpath("/proc/self/exe", program));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_what_it_is_to_get),
        cmocka_unit_test(says_too_much),
        cmocka_unit_test(is_ended_when_it_takes_too_long),
        cmocka_unit_test(cannot_be_started),
        cmocka_unit_test(start_and_stop_are_told_in_order),
        cmocka_unit_test(what_was_not_told_is_told_again),
        cmocka_unit_test(what_waits_is_bounded),
    };
    return cmocka_run_group_tests(tests, make_site, remove_site);
}
