#include "runtime/node/deploy_command.h"

#include <errno.h>
#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/node/client.h"
#include "runtime/node/clock.h"
#include "runtime/node/program.h"
#include "runtime/node/state.h"

#define EXIT_MISSING      1
#define EXIT_COMMAND_LINE 2
#define EXIT_SYSTEM       3
#define WAIT_MS           60000 /* until what has not been heard of counts as missing */
#define LOOK_US           250000

extern char **environ;

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return EXIT_SYSTEM;
}

/* ---- what it changes ---- */

/* The plan is the compiler's to make; a recording server may have none. */
static bool show_plan(const char *old, const char *new)
{
    char program[PROGRAM_PATH_BYTES];
    pid_t child;
    int status = 0;
    char *words[] = {(char *)(uintptr_t) "understudy", (char *)(uintptr_t) "plan",
                     (char *)(uintptr_t)old, (char *)(uintptr_t) new, NULL};
    fflush(stdout);
    if (!program_beside(program, "understudy") || access(program, X_OK) != 0 ||
        posix_spawn(&child, program, NULL, NULL, words, environ) != 0) {
        printf("What it changes cannot be shown: the compiler (understudy plan) is not here.\n");
        return true;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1;
}

static bool is_agreed(void)
{
    char answer[16] = "";
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "understudy deploy: say --yes, or answer on a terminal\n");
        return false;
    }
    printf("Hand it on? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

/* ---- the order ---- */

static json_t *list_names(const char *names)
{
    json_t *list = json_array();
    while (*names != '\0') {
        const size_t length = strcspn(names, ",");
        if (length > 0)
            json_array_append_new(list, json_stringn(names, length));
        names += length + (names[length] == ',');
    }
    return list;
}

static json_t *make_order(const struct deploy_request *request, const uint8_t *hash)
{
    json_t *order = json_pack("{s:s}", "verb", "deploy");
    char text[2 * HASH_BYTES + 1];
    for (int i = 0; hash != NULL && i < HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    if (hash != NULL)
        json_object_set_new(order, "hash", json_string(text));
    if (request->servers != NULL)
        json_object_set_new(order, "servers", list_names(request->servers));
    return order;
}

static bool is_present(const char *present, const uint8_t hash[static HASH_BYTES])
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(present, error);
    return deployment != NULL && memcmp(deployment_image(deployment)->hash, hash, HASH_BYTES) == 0;
}

/* Shows what it changes here (to people), and asks. What runs here already was agreed to when it
 * came. */
static bool agree(const struct deploy_request *request, const char *present,
                  const uint8_t hash[static HASH_BYTES], int *code)
{
    if (is_present(present, hash)) {
        if (!request->json)
            printf("This server runs it already: it is handed on to those that do not.\n");
        return true;
    }
    *code = EXIT_SYSTEM;
    if (!request->json && !show_plan(present, request->deployment)) {
        complain("the plan cannot be made");
        return false;
    }
    *code = EXIT_MISSING;
    return request->yes || is_agreed();
}

/* Puts the deployment where the node finds it. */
static bool prepare(const struct deploy_request *request, uint8_t hash[static HASH_BYTES],
                    int *code)
{
    char error[TEXT_BYTES_MAX], present[STATE_PATH_BYTES];
    const struct deployment *deployment = deployment_open(request->deployment, error);
    *code = EXIT_SYSTEM;
    if (deployment == NULL || !state_path(present, request->state, STATE_DEPLOYMENT, error)) {
        complain(error);
        return false;
    }
    memcpy(hash, deployment_image(deployment)->hash, HASH_BYTES);
    if (!agree(request, present, hash, code))
        return false;
    *code = EXIT_SYSTEM;
    if (state_keep_deployment(request->state, request->deployment, hash, error))
        return true;
    complain(error);
    return false;
}

/* ---- how far it is ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_state(const json_t *server, const char *state)
{
    return strcmp(text_of(server, "state"), state) == 0;
}

/* Servers that are to run it and do not; those that may still come to it. */
static void count_missing(const json_t *rollout, uint32_t *missing, uint32_t *under_way)
{
    size_t at;
    json_t *server;
    *missing = *under_way = 0;
    json_array_foreach(json_object_get(rollout, "servers"), at, server)
    {
        const bool concerned = json_is_true(json_object_get(server, "concerned"));
        if (!concerned || is_state(server, "runs"))
            continue;
        ++*missing;
        *under_way += !is_state(server, "refuses") && !is_state(server, "stays");
    }
}

static const char *sentence(const json_t *server)
{
    if (is_state(server, "runs"))
        return "runs it";
    if (is_state(server, "refuses"))
        return "does not take it: ";
    if (!json_is_true(json_object_get(server, "concerned")))
        return "is not asked to run it";
    if (is_state(server, "stays"))
        return "has been started with another one since";
    if (is_state(server, "has") || is_state(server, "fetches"))
        return "is getting it";
    return "has not been heard of; it gets it when it is back";
}

static void print_rollout(const json_t *rollout)
{
    size_t at;
    json_t *server;
    if (!json_is_object(rollout)) {
        printf("no deployment is being handed on\n");
        return;
    }
    printf("deployment %s, handed on by %s\n", text_of(rollout, "deployment"),
           text_of(rollout, "by"));
    json_array_foreach(json_object_get(rollout, "servers"), at, server)
    {
        printf("  %-16s %s%s\n", text_of(server, "name"), sentence(server),
               text_of(server, "text"));
    }
}

/* Asks until nobody is under way any more, or for too long. The result is the caller's. */
static json_t *watch_rollout(const char *state, json_t *answer, bool waits,
                             char error[static TEXT_BYTES_MAX])
{
    const int64_t end_ms = clock_now_ms() + WAIT_MS;
    json_t *request = json_pack("{s:s}", "verb", "rollout");
    if (waits && answer != NULL && isatty(STDERR_FILENO))
        fprintf(stderr,
                "It is handed on; waits up to %d s to hear of all. What is ordered goes on "
                "without this program.\n",
                WAIT_MS / 1000);
    for (;;) {
        uint32_t missing, under_way;
        count_missing(json_object_get(answer, "rollout"), &missing, &under_way);
        if (answer == NULL || !waits || under_way == 0 || clock_now_ms() >= end_ms)
            break;
        usleep(LOOK_US);
        json_t *next = client_ask(state, request, error);
        if (next != NULL) {
            json_decref(answer);
            answer = next;
        }
    }
    json_decref(request);
    return answer;
}

static int tell(json_t *answer, bool json)
{
    uint32_t missing, under_way;
    json_t *rollout = json_object_get(answer, "rollout");
    if (!json_is_true(json_object_get(answer, "ok"))) {
        fprintf(stderr, "understudy: %s\n", text_of(answer, "text"));
        return EXIT_MISSING;
    }
    if (json)
        json_dumpf(rollout, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY), putchar('\n');
    else
        print_rollout(rollout);
    count_missing(rollout, &missing, &under_way);
    return missing > 0 ? EXIT_MISSING : 0;
}

int deploy_command(const struct deploy_request *request)
{
    char error[TEXT_BYTES_MAX];
    uint8_t hash[HASH_BYTES];
    int code;
    const bool orders = request->deployment != NULL || request->roll_back;
    if (request->deployment != NULL && request->roll_back) {
        fprintf(stderr, "understudy deploy: either a deployment, or --roll-back\n");
        return EXIT_COMMAND_LINE;
    }
    if (request->deployment != NULL && !prepare(request, hash, &code))
        return code;
    if (request->roll_back && !request->yes && !is_agreed())
        return EXIT_MISSING;
    json_t *order = orders ? make_order(request, request->deployment != NULL ? hash : NULL)
                           : json_pack("{s:s}", "verb", "rollout");
    json_t *answer = client_ask(request->state, order, error);
    json_decref(order);
    answer = watch_rollout(request->state, answer, orders, error);
    if (answer == NULL)
        return complain(error);
    code = tell(answer, request->json);
    json_decref(answer);
    return code;
}
