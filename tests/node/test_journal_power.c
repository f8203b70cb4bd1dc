/* The power goes at any write of a node's journal: what was acknowledged is there, and the restart
 * is the one that R21 and R22 ask for. The life that is journaled is that of two engines which talk
 * to each other, a main that dies and comes back, and its standby. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/history.h"
#include "runtime/node/snapshot.h"
#include "runtime/node/state.h"
#include "tests/node/journal_disk.h"

#define ROUNDS         3
#define ENTRIES_MAX    256
#define MAIL_MAX       64
#define GROUP          3 /* entries of one commit */
#define SNAPSHOT_EVERY 9

static char in_memory[] = "/dev/shm/understudy-test-power-XXXXXX";
static char on_disk[] = "/tmp/understudy-test-power-XXXXXX";
static char *root;
static char error[TEXT_BYTES_MAX];
static const struct deployment *site, *later; /* the same with one server more, declared first */

/* ---- two servers ---- */

struct server {
    const struct deployment *deployment;
    uint32_t index;
    struct engine *engine;
    struct engine_output output;
    struct engine_event mail[MAIL_MAX]; /* that waits for it */
    uint32_t mail_count;
    struct server *other;
    bool dead;
};

static struct server alpha, omega;
static struct server *kept_server; /* whose journal it is */
static struct journal *journal;
static uint64_t last, uncommitted;
static int64_t now_ms;

/* What it knew after each entry, and after the change of its deployment. */
static uint8_t *known[ENTRIES_MAX], *known_changed;
static uint64_t change_number;
static size_t change_event; /* from here on the change was acknowledged */

static void server_open(struct server *server, const char *name, struct server *other)
{
    *server = (struct server){.deployment = site, .other = other};
    server->index = image_find_server(deployment_image(site), name);
    const uint32_t max = engine_output_max(site, server->index);
    server->engine = engine_init(malloc(engine_size(site, server->index)), site, server->index);
    server->output =
        (struct engine_output){.transitions = calloc(max, sizeof(struct engine_transition)),
                               .actions = calloc(max, sizeof(struct engine_action)),
                               .max = max};
}

static void server_close(struct server *server)
{
    free(server->engine);
    free(server->output.transitions);
    free(server->output.actions);
}

static uint8_t *knowledge_of(const struct server *server, size_t *size)
{
    const struct snapshot head = {.event_ms = now_ms};
    *size = snapshot_size(server->deployment, server->index);
    uint8_t *bytes = malloc(*size);
    snapshot_encode(&head, server->engine, engine_size(server->deployment, server->index), bytes);
    return bytes;
}

static void commit(void)
{
    assert_true(journal_commit(journal, error));
    acked = last;
    uncommitted = 0;
}

static void keep(const struct server *server, const struct engine_event *event)
{
    size_t size;
    const struct entry entry = {.wall_ms = 1700000000000 + now_ms,
                                .event = *event,
                                .transition_count = server->output.transition_count,
                                .transitions = server->output.transitions};
    assert_true(++last < ENTRIES_MAX);
    uint8_t *room = journal_append(journal, entry_size(&entry));
    assert_non_null(room);
    entry_encode(&entry, room);
    known[last] = knowledge_of(server, &size);
    if (last % SNAPSHOT_EVERY == 0) {
        room = journal_append_snapshot(journal, size);
        assert_non_null(room);
        memcpy(room, known[last], size);
    }
    if (++uncommitted == GROUP)
        commit();
}

static void post(struct server *server, struct engine_event event)
{
    assert_true(server->mail_count < MAIL_MAX);
    server->mail[server->mail_count++] = event;
}

static void perform(struct server *server, const struct engine_action *action)
{
    const struct engine_event answer = {.server = server->index, .message = action->message};
    if (action->kind == ACTION_SEND && !server->other->dead) {
        post(server->other, answer);
        server->other->mail[server->other->mail_count - 1].kind = EVENT_MESSAGE;
    } else if (action->kind == ACTION_RECORD)
        post(server, (struct engine_event){.kind = EVENT_ON_DISK,
                                           .server = IMAGE_NONE,
                                           .camera = action->camera,
                                           .epoch = action->epoch});
    else if (action->kind == ACTION_PROBE)
        post(server, (struct engine_event){.kind = EVENT_NETWORK_FINE, .server = IMAGE_NONE});
}

static void step(struct server *server, struct engine_event event)
{
    event.at_ms = now_ms;
    engine_step(server->engine, &event, &server->output);
    if (server == kept_server)
        keep(server, &event);
    for (uint32_t i = 0; i < server->output.action_count; i++)
        perform(server, &server->output.actions[i]);
}

/* Until neither has anything to say. */
static void talk(void)
{
    while (alpha.mail_count + omega.mail_count > 0) {
        struct server *server = alpha.mail_count > 0 ? &alpha : &omega;
        const struct engine_event event = server->mail[0];
        server->mail_count--;
        memmove(server->mail, server->mail + 1, server->mail_count * sizeof event);
        now_ms += 10;
        step(server, event);
    }
}

static void event_of(struct server *server, enum engine_event_kind kind, uint32_t other)
{
    step(server, (struct engine_event){.kind = kind, .server = other});
}

static void meet(void)
{
    event_of(&omega, EVENT_PEER_UP, alpha.index);
    event_of(&alpha, EVENT_PEER_UP, omega.index);
    talk();
}

/* alpha dies, is carried, and takes back what is its own. */
static void live_a_round(void)
{
    const uint32_t failover = image_servers(deployment_image(site))[omega.index].failovers.first;
    alpha.dead = true;
    now_ms += 2000;
    event_of(&omega, EVENT_PEER_LOST, alpha.index);
    now_ms = engine_deadline(omega.engine);
    event_of(&omega, EVENT_TIME, IMAGE_NONE);
    talk();
    assert_int_equal(engine_failover_state(omega.engine, failover), FAILOVER_CARRYING);
    now_ms += 20000;
    alpha.dead = false;
    event_of(&alpha, EVENT_BOOT, IMAGE_NONE);
    meet();
    assert_int_equal(engine_failover_state(omega.engine, failover), FAILOVER_WATCHING);
    assert_int_equal(engine_main_state(alpha.engine), MAIN_RECORDING);
}

/* ---- its journal ---- */

static char state[128], folder[160];

static struct journal *open_as_a_node(void)
{
    struct journal_owner owner = journal_owner(deployment_image(site), kept_server->index), found;
    struct journal *reader = journal_open_to_read(folder, &found, error);
    if (reader != NULL)
        owner = found;
    journal_close(reader);
    return journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
}

/* It goes on under the later deployment, as a node does (R41). */
static void change_deployment(void)
{
    struct server *server = kept_server;
    const char *name = image_text(deployment_image(site),
                                  image_servers(deployment_image(site))[server->index].name);
    const uint32_t index = image_find_server(deployment_image(later), name);
    struct engine *engine =
        engine_adopt(malloc(engine_size(later, index)), later, index, server->engine);
    const uint32_t max = engine_output_max(later, index);
    server_close(server);
    server->engine = engine;
    server->deployment = later;
    server->index = index;
    server->output =
        (struct engine_output){.transitions = calloc(max, sizeof(struct engine_transition)),
                               .actions = calloc(max, sizeof(struct engine_action)),
                               .max = max};
    size_t size;
    commit();
    known_changed = knowledge_of(server, &size);
    change_number = last;
    const struct journal_owner owner = journal_owner(deployment_image(later), index);
    assert_true(journal_change(journal, &owner, known_changed, size, true, error));
    change_event = event_count;
    event_of(server, EVENT_DEPLOY, IMAGE_NONE);
    commit();
}

static void live(struct server *whose, const char *name)
{
    char command[512];
    snprintf(state, sizeof state, "%s/%s", root, name);
    snprintf(folder, sizeof folder, "%s/" JOURNAL_FOLDER, state);
    snprintf(data, sizeof data, "%s/data.mdb", folder);
    snprintf(command, sizeof command, "rm -rf %s && mkdir %s", state, state);
    assert_int_equal(system(command), 0);
    const struct deployment *both[] = {site, later};
    for (int i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "%s/%s", root, i == 0 ? "site" : "later");
        assert_true(state_keep_deployment(state, command, deployment_image(both[i])->hash, error));
    }
    kept_server = whose;
    now_ms = 1000;
    last = uncommitted = acked = change_number = 0;
    server_open(&alpha, "alpha", &omega);
    server_open(&omega, "omega", &alpha);
    journal = open_as_a_node();
    assert_non_null(journal);
    event_count = 0;
    read_durable();
    recording = true;
    event_of(&alpha, EVENT_BOOT, IMAGE_NONE);
    event_of(&omega, EVENT_BOOT, IMAGE_NONE);
    meet();
    for (int round = 0; round < ROUNDS; round++)
        live_a_round();
    alpha.dead = omega.dead = true; /* the other's numbers are no longer its own */
    change_deployment();
    recording = false;
    journal_close(journal);
}

/* ---- after the power has gone ---- */

static bool nothing(void *context, struct history *history)
{
    (void)context;
    (void)history;
    return true;
}

static uint32_t records(const struct engine_output *output)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < output->action_count; i++)
        count += output->actions[i].kind == ACTION_RECORD;
    return count;
}

static uint32_t carried_restarts;

/* R21: what it carried it records on, and never under an epoch before; R22: what is its own it does
 * not record before its standbys were heard. */
static void check_restart(struct history *history)
{
    const struct image *image = deployment_image(history->part->deployment);
    const struct image_server *self = &image_servers(image)[history->part->server];
    const uint32_t failover = self->failovers.first;
    const bool stands_by = self->failovers.count > 0;
    const bool carried =
        stands_by && engine_state_carries(engine_failover_state(history->engine, failover));
    const uint64_t epoch = stands_by ? engine_failover_epoch(history->engine, failover) : 0;
    const struct engine_event boot = {.at_ms = 50, .kind = EVENT_BOOT, .server = IMAGE_NONE};
    engine_step(history->engine, &boot, &history->output);
    carried_restarts += carried;
    if (!stands_by) {
        assert_int_equal(engine_main_state(history->engine), MAIN_ASKING);
        assert_int_equal(records(&history->output), 0);
        return;
    }
    assert_int_equal(engine_state_carries(engine_failover_state(history->engine, failover)),
                     carried);
    const uint64_t resumed = engine_failover_epoch(history->engine, failover);
    assert_true(carried ? resumed >= epoch : resumed == epoch);
    if (!carried)
        assert_int_equal(records(&history->output), 0);
    else
        for (uint32_t i = 0; i < image_failovers(image)[failover].objects.count; i++) {
            const uint32_t camera =
                image_numbers(image)[image_failovers(image)[failover].objects.first + i];
            assert_int_equal(engine_camera_epoch(history->engine, camera), resumed);
        }
}

/* What is known after the loss is what was known then. */
static void check_knowledge(const struct history *history)
{
    const struct deployment *deployment = history->part->deployment;
    const uint32_t server = history->part->server;
    const bool changed =
        deployment_image(deployment)->servers.count > deployment_image(site)->servers.count;
    const uint8_t *kept =
        changed && history->number == change_number ? known_changed : known[history->number];
    struct snapshot head;
    struct engine *was = snapshot_decode(kept, snapshot_size(deployment, server), deployment,
                                         server, malloc(engine_size(deployment, server)), &head);
    assert_non_null(was);
    assert_int_equal(history->event_ms, head.event_ms);
    assert_memory_equal(history->engine, was, engine_size(deployment, server));
    free(was);
}

static void check_past(size_t end)
{
    struct past past = {.journal = journal};
    struct history history;
    const uint64_t told = end < event_count ? events[end].acked : last;
    const char *name = kept_server == &omega ? "omega" : "alpha";
    assert_true(past_read(&past, state, name, error));
    assert_true(history_make(&history, &past));
    if (!history_run(&history, HISTORY_LATEST, nothing, NULL, error))
        fail_msg("before write %d: %s", (int)end, error);
    assert_int_equal(history.damaged, 0);
    assert_in_range(history.number, told, told + GROUP);
    assert_true(end < change_event || past.count == 2);
    if (history.number > 0) {
        check_knowledge(&history);
        check_restart(&history);
    }
    free(history.engine);
    history_free(&history);
    free(past.parts);
}

static void check_loss(size_t end)
{
    char lock[192];
    snprintf(lock, sizeof lock, "%s/lock.mdb", folder);
    unlink(lock);
    write_torn(data);
    journal = open_as_a_node();
    if (journal == NULL)
        fail_msg("before write %d: %s", (int)end, error);
    check_past(end);
    journal_close(journal);
}

static void lose_power(struct server *whose, const char *name)
{
    live(whose, name);
    assert_true(event_count > last);
    lose_power_everywhere(check_loss);
    for (uint64_t i = 0; i <= last; i++) {
        free(known[i]);
        known[i] = NULL;
    }
    free(known_changed);
    server_close(&alpha);
    server_close(&omega);
}

static void a_standby_goes_on_with_what_it_carried(void **context)
{
    (void)context;
    lose_power(&omega, "omega");
    assert_true(carried_restarts > 0);
}

static void a_main_asks_before_it_records(void **context)
{
    (void)context;
    lose_power(&alpha, "alpha");
}

/* ---- the site ---- */

static bool compile(const char *topology, const char *name, const struct deployment **made)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512], into[128];
    snprintf(into, sizeof into, "%s/%s", root, name);
    snprintf(command, sizeof command, "timeout 60 '%s/understudy' compile %s -o %s >/dev/null 2>&1",
             programs != NULL ? programs : "build/bin", topology, into);
    if (system(command) != 0)
        return false;
    *made = deployment_open(into, error);
    return *made != NULL;
}

static int make_sites(void **context)
{
    (void)context;
    char command[512], path[128];
    root = mkdtemp(in_memory);
    if (root == NULL)
        root = mkdtemp(on_disk);
    if (root == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/later.lua", root);
    snprintf(
        command, sizeof command,
        "{ echo 'server \"first\" { address = \"127.0.0.1:7499\", archive = { \"disk-o\" } }'; "
        "echo 'camera \"first\" { server = \"first\", url = \"rtsp://127.0.0.1:8699/s\" }'; "
        "cat examples/01-pair/topology.lua; } >%s",
        path);
    return !(system(command) == 0 && compile("examples/01-pair/topology.lua", "site", &site) &&
             compile(path, "later", &later));
}

static int remove_sites(void **context)
{
    (void)context;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standby_goes_on_with_what_it_carried),
        cmocka_unit_test(a_main_asks_before_it_records),
    };
    return cmocka_run_group_tests(tests, make_sites, remove_sites);
}
