#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/address.h"
#include "compiler/check.h"
#include "compiler/features.h"
#include "compiler/quantity.h"

#define NAMES_SHOWN_MAX 4

struct notes {
    const struct resolved *resolved;
    struct arena *arena;
    struct check_note *notes;
    size_t count;
};

const char *check_names(const struct resolved *resolved, const uint32_t *servers, size_t count)
{
    assert(resolved != NULL && (servers != NULL || count == 0));
    struct arena *arena = resolved->model->arena;
    size_t shown = count > NAMES_SHOWN_MAX ? NAMES_SHOWN_MAX - 1 : count;
    const char *text = "";
    for (size_t i = 0; i < shown; i++) {
        const char *between = i == 0 ? "" : i + 1 == count ? " and " : ", ";
        const char *name = servers[i] == IMAGE_NONE ? "an unknown server"
                                                    : resolved->servers[servers[i]].model->name;
        text = arena_format(arena, "%s%s%s", text, between, name);
    }
    return shown == count ? text : arena_format(arena, "%s and %zu more", text, count - shown);
}

__attribute__((format(printf, 3, 4))) static void note(struct notes *notes, enum diag_code code,
                                                       const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) {
        abort();
    }
    va_end(args);
    notes->notes = arena_grow(notes->arena, notes->notes, notes->count, sizeof *notes->notes);
    notes->notes[notes->count++] = (struct check_note){code, arena_text(notes->arena, text)};
    free(text);
}

static const char *server_name(const struct notes *notes, uint32_t server)
{
    return notes->resolved->servers[server].model->name;
}

/* Those of its mains with which a standby shares a NAS, or does not. The result has room for all.
 */
static uint32_t *mains_of(struct notes *notes, const struct resolved_server *standby, bool sharing,
                          size_t *count)
{
    const struct resolved *resolved = notes->resolved;
    uint32_t *mains = arena_alloc(notes->arena, (standby->failovers.count + 1) * sizeof *mains);
    *count = 0;
    for (uint32_t i = 0; i < standby->failovers.count; i++) {
        const struct resolved_failover *failover =
            &resolved->failovers[standby->failovers.first + i];
        const struct resolved_server *main = &resolved->servers[failover->monitor];
        bool shares = check_common_nas(resolved, standby, main) != IMAGE_NONE;
        if (failover->objects.count > 0 && shares == sharing) {
            mains[(*count)++] = failover->monitor;
        }
    }
    return mains;
}

/* R7: where the reference product would mix the archives of several mains. */
static void note_mixed(struct notes *notes, uint32_t index)
{
    const struct resolved_server *standby = &notes->resolved->servers[index];
    size_t count;
    const uint32_t *mains = mains_of(notes, standby, true, &count);
    if (count >= 2 && check_has_own_volume(notes->resolved, standby)) { /* else: W216 */
        note(
            notes, DIAG_N201,
            "%s records on the same NAS as its mains %s: their archives are not mixed, each server "
            "writes in directories of its own, and the archive is viewed as one (R7)",
            server_name(notes, index), check_names(notes->resolved, mains, count));
    }
}

/* R34: what a standby records stays where it is, and is copied where that can be done. */
static void note_apart(struct notes *notes, uint32_t index)
{
    const struct resolved_server *standby = &notes->resolved->servers[index];
    size_t count;
    const uint32_t *mains = mains_of(notes, standby, false, &count);
    if (count >= 1) {
        note(notes, DIAG_N202,
             "%s has no volume in common with %s: the footage of an outage lies on the volumes of "
             "%s, and is copied to the main's after the return if %s reaches them under their "
             "paths (R34)",
             server_name(notes, index), check_names(notes->resolved, mains, count),
             server_name(notes, index), server_name(notes, index));
    }
}

/* users: those that record on this NAS and on nothing else. They stop with it. */
static void note_one_nas(struct notes *notes, uint32_t volume, const uint32_t *users,
                         uint32_t count)
{
    const struct resolved *resolved = notes->resolved;
    if (count >= 2) {
        note(notes, DIAG_N203,
             "the NAS \"%s\" is all that %s record on: without it %s recorded; a fallback on a "
             "local disk bridges that",
             resolved->volumes[volume].name, check_names(resolved, users, count),
             count == resolved->server_count ? "nothing in the site is" : "nothing of theirs is");
    }
}

/* Servers with a single volume, put together by volume. */
static void note_single_volumes(struct notes *notes)
{
    const struct resolved *resolved = notes->resolved;
    uint32_t *first =
        arena_alloc(notes->arena, ((size_t)resolved->volume_count + 2) * sizeof *first);
    uint32_t *users =
        arena_alloc(notes->arena, ((size_t)resolved->server_count + 1) * sizeof *users);
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        if (resolved->servers[i].volumes.count == 1) {
            first[resolved->servers[i].volumes.items[0] + 2]++;
        }
    }
    for (uint32_t v = 2; v <= resolved->volume_count; v++) {
        first[v] += first[v - 1];
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        if (resolved->servers[i].volumes.count == 1) {
            users[first[resolved->servers[i].volumes.items[0] + 1]++] = i;
        }
    }
    for (uint32_t v = 0; v < resolved->volume_count; v++) {
        if (resolved->volumes[v].nas != NULL) {
            note_one_nas(notes, v, users + first[v], first[v + 1] - first[v]);
        }
    }
}

/* R38. */
static void note_manager(struct notes *notes, uint32_t index)
{
    const struct resolved_manager *manager = &notes->resolved->managers[index];
    const uint32_t arbiter = features_manager_arbiter(notes->resolved, index);
    if (manager->allow || manager->model->max_running == 0 || manager->model->standby != NULL) {
        return;
    }
    const char *host = server_name(notes, manager->host), *name = manager->model->name;
    if (arbiter == IMAGE_NONE) {
        note(notes, DIAG_N204,
             "%s keeps the count of \"%s\": while it is out of reach, no standby takes over "
             "(when_unreachable = \"hold\")",
             host, name);
    } else if (arbiter == IMAGE_COORDINATOR) {
        note(notes, DIAG_N204,
             "%s keeps the count of \"%s\": while it is out of reach, the coordinator counts; "
             "without both, no standby takes over (when_unreachable = \"hold\")",
             host, name);
    } else {
        note(notes, DIAG_N204,
             "%s keeps the count of \"%s\": while it is out of reach, the NAS \"%s\" counts, which "
             "all servers under it share; without both, no standby takes over (when_unreachable = "
             "\"hold\")",
             host, name, notes->resolved->volumes[arbiter].name);
    }
}

static void note_only_standby(struct notes *notes, uint32_t index)
{
    const struct resolved *resolved = notes->resolved;
    struct image_list under = resolved->servers[index].failovers;
    uint32_t *mains = arena_alloc(notes->arena, (under.count + 1) * sizeof *mains);
    size_t count = 0;
    for (uint32_t i = 0; i < under.count; i++) {
        uint32_t main = resolved->failovers[under.first + i].monitor;
        if (resolved->servers[main].watchers.count == 1) {
            mains[count++] = main;
        }
    }
    if (count > 0) {
        note(notes, DIAG_N205,
             "%s is the only standby of %s: while it is down as well, nobody records %s cameras",
             server_name(notes, index), check_names(resolved, mains, count),
             count == 1 ? "those" : "their");
    }
}

/* R3 allows it, and nobody should find out in an outage. */
static void note_left_out(struct notes *notes, uint32_t index)
{
    const struct resolved *resolved = notes->resolved;
    const struct resolved_server *main = &resolved->servers[index];
    bool *carried = arena_alloc(notes->arena, main->own_cameras.count + 1);
    uint32_t count = 0;
    uint32_t first = IMAGE_NONE;
    for (uint32_t w = 0; w < main->watchers.count; w++) {
        const struct resolved_list *objects = &resolved->failovers[main->watchers.items[w]].objects;
        for (uint32_t i = 0; i < objects->count; i++) {
            carried[objects->items[i] - main->own_cameras.first] = true;
        }
    }
    for (uint32_t i = 0; i < main->own_cameras.count; i++) {
        first = !carried[i] && first == IMAGE_NONE ? main->own_cameras.first + i : first;
        count += !carried[i];
    }
    if (main->watchers.count > 0 && count == 1) {
        note(
            notes, DIAG_N206,
            "camera %s of %s is in no failover's objects: while %s is dead, nobody records it (R3)",
            resolved->cameras[first].model->name, server_name(notes, index),
            server_name(notes, index));
    } else if (main->watchers.count > 0 && count > 0) {
        note(notes, DIAG_N206,
             "%u of the %u cameras of %s, %s among them, are in no failover's objects: while %s is "
             "dead, nobody records them (R3)",
             count, main->own_cameras.count, server_name(notes, index),
             resolved->cameras[first].model->name, server_name(notes, index));
    }
}

/* What a standby reads of a main before it carries it: warm cameras in the wait and in the queue,
 * hot ones always. */
static uint64_t armed_rate(const struct resolved *resolved,
                           const struct resolved_failover *failover)
{
    uint64_t bps = 0;
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        const struct resolved_camera *camera = &resolved->cameras[failover->objects.items[i]];
        bps += camera->arm == ARM_COLD ? 0 : (uint64_t)camera->model->rate_bps;
    }
    return bps;
}

/* R8 counts what is recorded; a limit bounds that, and not what is read. */
static void note_armed(struct notes *notes, const struct check_load *load)
{
    const struct resolved *resolved = notes->resolved;
    struct image_list under = resolved->servers[load->server].failovers;
    uint64_t bps = 0;
    for (uint32_t i = 0; i < under.count; i++) {
        bps += armed_rate(resolved, &resolved->failovers[under.first + i]);
    }
    if (load->worst_mains < under.count && bps > load->worst_network_bps &&
        load->capacity_network_bps > 0 && bps > load->capacity_network_bps) {
        note(notes, DIAG_N207,
             "when all %u mains of %s are silent at once, it reads the warm cameras of all of them "
             "into memory, %.1f Mbit/s, although its failover manager lets it carry %u; its "
             "capacity is %.1f Mbit/s",
             under.count, server_name(notes, load->server), (double)bps / 1e6, load->worst_mains,
             (double)load->capacity_network_bps / 1e6);
    }
}

/* A standby on the machine of its main is none. */
static void note_one_machine(struct notes *notes, const struct resolved_failover *failover)
{
    const struct model_server *standby = notes->resolved->servers[failover->standby].model;
    const struct model_server *main = notes->resolved->servers[failover->monitor].model;
    if (address_same_host(standby->address, main->address)) {
        note(notes, DIAG_N208,
             "%s and its standby %s have addresses on one machine: when that fails, nobody is left",
             main->name, standby->name);
    }
}

static void note_coordinator(struct notes *notes, const struct model_coordinator *coordinator)
{
    if (coordinator->etcd.count == 1) {
        note(notes, DIAG_N209,
             "the coordinator has one member, \"%s\": while it is out of reach, %s",
             coordinator->etcd.names[0],
             strcmp(coordinator->when_unreachable, "allow") == 0
                 ? "a standby judges by what it sees itself"
                 : "no standby takes over");
    }
}

/* The gateway of etcd lets anybody renew any lease who may connect. */
static void note_open_coordinator(struct notes *notes, const struct model_coordinator *coordinator)
{
    for (size_t i = 0; i < coordinator->etcd.count; i++) {
        if (strncmp(coordinator->etcd.names[i], "http:", 5) == 0 || coordinator->cert == NULL) {
            note(notes, DIAG_N211,
                 "the coordinator's member \"%s\" is reached without certificates on both sides: "
                 "whoever reaches it too can take claims",
                 coordinator->etcd.names[i]);
            return;
        }
    }
}

/* R30: one claim is not enough where several may carry parts of a main. */
static void note_undecided(struct notes *notes, uint32_t index)
{
    const struct resolved_server *main = &notes->resolved->servers[index];
    if (main->watchers.count < 2 || main->arbiter != IMAGE_NONE) {
        return;
    }
    const uint32_t volume = features_common_nas(notes->resolved, main);
    const bool coordinated = notes->resolved->model->coordinators_count > 0;
    if (coordinated || volume != IMAGE_NONE) {
        note(notes, DIAG_N212,
             "%s%s does not decide who carries %s, for its failovers list different cameras: its "
             "standbys judge by what they see themselves",
             coordinated ? "the coordinator" : "volume ",
             coordinated ? "" : notes->resolved->volumes[volume].name, server_name(notes, index));
    }
}

static void note_licence(struct notes *notes)
{
    const struct model_site *site = notes->resolved->site;
    char text[QUANTITY_TEXT_BYTES];
    if (site->licence_bound && site->repair_ms == 0) {
        note(notes, DIAG_N210,
             "carried cameras are recorded for %s, and then no longer (R11): with the field repair "
             "of site this is held against the time that a repair takes",
             quantity_text(QUANTITY_DURATION, site->grace_ms, text));
    }
}

size_t check_notes(const struct resolved *resolved, struct check_note **notes)
{
    assert(resolved != NULL && notes != NULL);
    struct notes all = {.resolved = resolved, .arena = resolved->model->arena};
    static void (*const of_standby[])(struct notes *, uint32_t) = {note_mixed, note_apart};
    for (size_t n = 0; n < sizeof of_standby / sizeof *of_standby; n++) {
        for (uint32_t i = 0; i < resolved->server_count; i++) {
            of_standby[n](&all, i);
        }
    }
    note_single_volumes(&all);
    for (uint32_t i = 0; i < resolved->manager_count; i++) {
        note_manager(&all, i);
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        note_only_standby(&all, i);
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        note_left_out(&all, i);
    }
    struct check_load *loads;
    size_t load_count = check_loads(resolved, &loads);
    for (size_t i = 0; i < load_count; i++) {
        note_armed(&all, &loads[i]);
    }
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        note_one_machine(&all, &resolved->failovers[i]);
    }
    for (size_t i = 0; i < resolved->model->coordinators_count; i++) {
        note_coordinator(&all, &resolved->model->coordinators[i]);
        note_open_coordinator(&all, &resolved->model->coordinators[i]);
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        note_undecided(&all, i);
    }
    note_licence(&all);
    *notes = all.notes;
    return all.count;
}
