#include "runtime/node/node.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/boot.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/notify.h"
#include "runtime/node/order.h"
#include "runtime/node/snapshot.h"

#define TEND_MS        60000
#define SAY_LEFT_MS    2000 /* how long a log-off waits for the peers to hear of it */
#define STOP_MS        5000 /* how long it waits for the recordings to end durably */
#define WORKERS_END_MS 2000 /* how long workers may take to end by themselves */

/* ---- one turn: step, journal, act ---- */

static void keep_actions(struct node *node)
{
    const uint32_t wanted = node->action_count + node->output.action_count;
    if (node->output.action_count == 0)
        return;
    if (wanted > node->action_capacity) {
        struct engine_action *actions = realloc(node->actions, wanted * 2 * sizeof *actions);
        if (actions == NULL) {
            log_line("this server has no memory left; the node ends and is to be started again");
            exit(3);
        }
        node->actions = actions;
        node->action_capacity = wanted * 2;
    }
    memcpy(node->actions + node->action_count, node->output.actions,
           node->output.action_count * sizeof *node->actions);
    node->action_count = wanted;
}

static void step(struct node *node, struct inbox_item *item)
{
    const int64_t now_ms = clock_now_ms();
    if (item->event.kind == EVENT_BOOT || now_ms > node->event_ms)
        node->event_ms = now_ms;
    item->event.at_ms = node->event_ms;
    engine_step(node->engine, &item->event, &node->output);

    struct entry entry = {.wall_ms = clock_wall_ms(),
                          .event = item->event,
                          .transition_count = node->output.transition_count,
                          .transitions = node->output.transitions};
    memcpy(entry.reason, item->reason, sizeof entry.reason);
    uint8_t *room = journal_append(node->journal, entry_size(&entry));
    if (room != NULL)
        entry_encode(&entry, room);
    timeline_take(node->timeline, &entry);
    decision_log_event(node->image, &item->event, item->reason);
    const struct decision_origin origin =
        decision_origin(node->deployment, &item->event, item->reason);
    for (uint32_t i = 0; i < node->output.transition_count; i++) {
        const struct publication_source source = {.number = journal_last(node->journal),
                                                  .wall_ms = entry.wall_ms,
                                                  .reason = item->reason,
                                                  .transition = &node->output.transitions[i]};
        decision_log(node->deployment, &node->output.transitions[i], origin);
        publications_note(node->publications, &source);
        alarm_note(node, &node->output.transitions[i]);
    }
    keep_actions(node);
    drill_order_hear(node, &item->event);
}

/* A start need not replay what lies before it. */
static void take_snapshot(struct node *node)
{
    const struct snapshot snapshot = {.wall_ms = clock_wall_ms(), .event_ms = node->event_ms};
    uint8_t *room =
        journal_append_snapshot(node->journal, snapshot_size(node->deployment, node->server));
    if (room != NULL)
        snapshot_encode(&snapshot, node->engine, engine_size(node->deployment, node->server), room);
}

/* Without a journal the node goes on recording: footage is worth more than its history. */
static void commit(struct node *node)
{
    /* A start is to see the beginning of a drill that has no end. */
    if (journal_wants_snapshot(node->journal) && node->drill.begun[0] == '\0')
        take_snapshot(node);
    const bool written = journal_commit(node->journal, node->journal_error);
    if (written && node->journal_fails)
        log_line("the journal can be written again");
    node->journal_fails = !written;
}

static void perform(struct node *node, const struct engine_action *action)
{
    switch ((enum engine_action_kind)action->kind) {
    case ACTION_SEND:
        links_say(node->links, action->server, &action->message);
        break;
    case ACTION_ARM:
        supervisor_arm(node->supervisor, action->camera, true);
        break;
    case ACTION_DISARM:
        supervisor_arm(node->supervisor, action->camera, false);
        break;
    case ACTION_RECORD:
        supervisor_record(node->supervisor, action->camera, action->epoch);
        break;
    case ACTION_STOP:
        supervisor_stop(node->supervisor, action->camera);
        break;
    case ACTION_PUBLISH_START:
    case ACTION_PUBLISH_STOP:
        decision_publish(node->deployment, action);
        break;
    case ACTION_LEAVE:
        node->leaving = true;
        node->leave_ms = clock_now_ms();
        links_leave(node->links);
        supervisor_leave(node->supervisor);
        break;
    case ACTION_PROBE:
        lookout_probe(node->lookout);
        break;
    case ACTION_REACH:
        lookout_reach(node->lookout, action->camera);
        break;
    case ACTION_FILL:
        supervisor_fill(node->supervisor, action->failover);
        break;
    case ACTION_CLAIM:
        if (image_servers(node->image)[action->server].arbiter == IMAGE_COORDINATOR)
            coordinator_ask(node->coordinator, action->server, action->failover, action->epoch);
        else
            lookout_ask(node->lookout, action->server, action->failover, action->epoch);
        break;
    case ENGINE_ACTION_COUNT:
        assert(!"an action of no kind");
    }
}

/* The order of duties (R44): what was decided is durable before it takes effect. */
static void settle(struct node *node)
{
    commit(node);
    for (uint32_t i = 0; i < node->action_count; i++)
        perform(node, &node->actions[i]);
    node->action_count = 0;
    publications_run(node->publications);
    coordinator_look(node->coordinator, node->engine);
    lookout_look(node->lookout, node->engine);
}

/* ---- what the clocks tell ---- */

/* A loop that was late by more than a heartbeat has missed what others said meanwhile: it judges
 * nobody on that (R29). Noticed before anything that has come since is stepped. */
static void notice_standstill(struct node *node)
{
    const int64_t now_ms = clock_now_ms();
    const int64_t heartbeat_ms = node->image->site.heartbeat_ms;
    const int64_t late_ms = now_ms - node->tick_ms - heartbeat_ms;
    if (late_ms <= heartbeat_ms)
        return;
    node->tick_ms = now_ms;
    node->stalled = true;
    const struct engine_event event = inbox_event(EVENT_LATE);
    inbox_put_first(&node->inbox, &event);
    alarms_pulse(node->alarms, ALARM_STANDSTILL,
                 "this server stood still for %" PRId64
                 " ms; every peer is given a detection time afresh",
                 late_ms);
}

static void notice_clock_jump(struct node *node)
{
    struct engine_event event = inbox_event(EVENT_CLOCK_JUMP);
    event.wall_ms = clock_jump(&node->offset_ms, clock_offset_ms());
    if (event.wall_ms == 0)
        return;
    inbox_put_first(&node->inbox, &event);
    maintenance_clock_jumped(node->maintenance, event.wall_ms);
    alarms_pulse(node->alarms, ALARM_CLOCK, "the wall clock has jumped by %" PRId64 " ms",
                 event.wall_ms);
}

static void set_deadline(struct node *node);

/* What acting brings up (a recorder that cannot be started) is part of the same turn. Once the
 * log-off is decided, the engine decides nothing more. */
void node_turn(struct node *node)
{
    struct inbox_item item;
    notice_clock_jump(node);
    notice_standstill(node);
    while (node->inbox.count > 0 && !node->leaving) {
        while (inbox_take(&node->inbox, &item))
            step(node, &item);
        settle(node);
        drill_order_look(node);
    }
    set_deadline(node);
}

bool node_order(struct node *node, uint32_t failover, enum engine_event_kind kind,
                const char *reason, struct engine_transition *transition)
{
    assert(kind == EVENT_FORCE_START || kind == EVENT_FORCE_STOP || kind == EVENT_DISABLE ||
           kind == EVENT_ENABLE);
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    if (node->leaving || failover - own.first >= own.count)
        return false;
    node_turn(node); /* what came before the order is decided before it */
    struct engine_event event = inbox_event(kind);
    event.failover = failover;
    struct inbox_item item = {.event = event};
    snprintf(item.reason, sizeof item.reason, "%s", reason);
    step(node, &item);
    assert(node->output.transition_count > 0);
    *transition = node->output.transitions[0];
    settle(node);
    node_turn(node);
    return true;
}

/* ---- time ---- */

static void on_deadline(uv_timer_t *timer)
{
    struct node *node = timer->data;
    drill_order_look(node);
    if (engine_deadline(node->engine) > clock_now_ms()) {
        set_deadline(node);
        return;
    }
    const struct engine_event event = inbox_event(EVENT_TIME);
    inbox_put(&node->inbox, &event, NULL);
}

static void set_deadline(struct node *node)
{
    const int64_t engine_ms = engine_deadline(node->engine);
    const int64_t drill_ms = drill_order_deadline(node);
    const int64_t deadline_ms = engine_ms < drill_ms ? engine_ms : drill_ms;
    if (deadline_ms == ENGINE_NEVER || node->leaving) {
        uv_timer_stop(&node->deadline);
        return;
    }
    const int64_t wait_ms = deadline_ms - clock_now_ms();
    uv_update_time(&node->loop);
    uv_timer_start(&node->deadline, on_deadline, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct node *node = timer->data;
    const int64_t now_ms = clock_now_ms();
    notice_standstill(node);
    node->tick_ms = now_ms;
    links_tick(node->links, node->stalled);
    supervisor_tick(node->supervisor, node->stalled);
    lookout_tick(node->lookout);
    coordinator_tick(node->coordinator);
    coordinator_look(node->coordinator, node->engine);
    lookout_look(node->lookout, node->engine);
    node->stalled = false;
    order_tick(node);
    drill_order_look(node);
    if (node->journal_fails)
        commit(node);
    rollout_tick(node->rollout);
    if (now_ms - node->tend_ms >= TEND_MS) {
        node->tend_ms = now_ms;
        journal_tend(node->journal);
    }
}

/* ---- the log-off ---- */

static bool has_left(const struct node *node)
{
    const int64_t passed_ms = clock_now_ms() - node->leave_ms;
    return node->leave_now || (node->leaving &&
                               ((links_quiet(node->links) && coordinator_quiet(node->coordinator) &&
                                 lookout_quiet(node->lookout)) ||
                                passed_ms >= SAY_LEFT_MS) &&
                               (supervisor_quiet(node->supervisor) || passed_ms >= STOP_MS));
}

/* A terminal that goes away says SIGHUP too: nothing is lost by reading them once more. */
static void read_keys_again(struct node *node)
{
    char error[TEXT_BYTES_MAX];
    if (node->leaving)
        return;
    if (links_rekey(node->links, error))
        log_line("has read its keys again");
    else
        log_line("its keys cannot be read again: %s; it goes on with those that it has", error);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct node *node = handle->data;
    if (signal == SIGHUP) {
        read_keys_again(node);
        return;
    }
    if (node->leaving) {
        log_line("told to end once more: ends at once, in no good order");
        node->leave_now = true;
        return;
    }
    log_line("told to end: logs off in good order (R13)");
    notify_stopping();
    const struct engine_event event = inbox_event(EVENT_LOG_OFF);
    inbox_put(&node->inbox, &event, NULL);
}

static void after_poll(struct node *node)
{
    node_turn(node);
    if (!node->ready) /* its past is replayed, its links listen, and it has begun */
        node->ready = notify_ready();
    if (has_left(node))
        uv_stop(&node->loop);
}

static void on_prepare(uv_prepare_t *prepare)
{
    after_poll(prepare->data);
}

static void on_check(uv_check_t *check)
{
    after_poll(check->data);
}

/* ---- the loop ---- */

static void watch_signal(struct node *node, uv_signal_t *handle, int signal)
{
    uv_signal_init(&node->loop, handle);
    handle->data = node;
    uv_signal_start(handle, on_signal, signal);
}

static void start_loop(struct node *node)
{
    uv_prepare_init(&node->loop, &node->prepare);
    uv_check_init(&node->loop, &node->check);
    uv_timer_init(&node->loop, &node->deadline);
    uv_timer_init(&node->loop, &node->tick);
    node->prepare.data = node->check.data = node->deadline.data = node->tick.data = node;
    uv_prepare_start(&node->prepare, on_prepare);
    uv_check_start(&node->check, on_check);
    watch_signal(node, &node->terminate, SIGTERM);
    watch_signal(node, &node->interrupt, SIGINT);
    watch_signal(node, &node->hang_up, SIGHUP);
    node->tend_ms = clock_now_ms();
    node_keep_time(node);
    alarm_watch_start(node);
}

void node_keep_time(struct node *node)
{
    node->tick_ms = clock_now_ms();
    uv_timer_start(&node->tick, on_tick, node->image->site.heartbeat_ms,
                   node->image->site.heartbeat_ms);
}

static void on_workers_late(uv_timer_t *timer)
{
    struct node *node = timer->data;
    supervisor_kill(node->supervisor);
    lookout_abandon(node->lookout);
    publications_kill(node->publications);
    coordinator_abandon(node->coordinator);
    coordinator_abandon(node->coordinators_ended);
    alarms_kill(node->alarms);
}

/* Closes everything and lets the loop run dry; workers that do not end by themselves are ended. */
static void end_loop(struct node *node)
{
    uv_handle_t *handles[] = {(uv_handle_t *)&node->prepare,   (uv_handle_t *)&node->check,
                              (uv_handle_t *)&node->deadline,  (uv_handle_t *)&node->terminate,
                              (uv_handle_t *)&node->interrupt, (uv_handle_t *)&node->hang_up};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        uv_close(handles[i], NULL);
    control_close(node->control);
    page_close(node->page);
    links_close(node->links);
    lookout_close(node->lookout);
    coordinator_close(node->coordinator);
    supervisor_close(node->supervisor);
    publications_close(node->publications);
    alarm_watch_stop(node);
    if (node->leave_now)
        supervisor_kill(node->supervisor);
    uv_timer_start(&node->tick, on_workers_late, WORKERS_END_MS, 0);
    uv_unref((uv_handle_t *)&node->tick);
    uv_run(&node->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&node->tick, NULL);
    uv_run(&node->loop, UV_RUN_DEFAULT);
}

int node_run(const struct node_setup *setup)
{
    static struct node node;
    char error[TEXT_BYTES_MAX];
    signal(SIGPIPE, SIG_IGN);
    log_open(setup->syslog);
    notify_open();
    const int code = boot_node(&node, setup, error);
    if (code != 0) {
        fprintf(stderr, "understudy node: %s\n", error);
        return code;
    }
    struct engine_event boot = inbox_event(EVENT_BOOT);
    boot.wall_ms = clock_wall_ms();
    node.offset_ms = clock_offset_ms();
    inbox_put(&node.inbox, &boot, NULL);
    drill_order_resume(&node);
    start_loop(&node);
    uv_run(&node.loop, UV_RUN_DEFAULT);
    const bool in_order = !node.leave_now;
    end_loop(&node);
    log_line(in_order ? "has logged off" : "has ended");
    boot_free(&node);
    return in_order ? 0 : 1;
}
