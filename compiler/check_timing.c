/* The rules of time: how long a take-over takes at worst, and settings that defeat each other. */
#include <assert.h>

#include "compiler/check.h"
#include "compiler/quantity.h"

static int64_t detection_of(const struct resolved *resolved)
{
    return resolved->site->heartbeat_ms * resolved->site->misses;
}

/* Both are ascending. */
static bool lists_meet(const struct resolved_list *a, const struct resolved_list *b)
{
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < a->count && k < b->count && a->items[i] != b->items[k]) {
        *(a->items[i] < b->items[k] ? &i : &k) += 1;
    }
    return i < a->count && k < b->count;
}

/* The failover that comes right before this one in the order of its main's standbys and carries
 * some of the same cameras (R24); IMAGE_NONE: it is the first. */
static uint32_t higher_than(const struct resolved *resolved, uint32_t failover)
{
    uint32_t monitor = resolved->failovers[failover].monitor;
    if (monitor == IMAGE_NONE) {
        return IMAGE_NONE;
    }
    const struct resolved_list *watchers = &resolved->servers[monitor].watchers;
    uint32_t higher = IMAGE_NONE;
    for (uint32_t i = 0; i < watchers->count && watchers->items[i] != failover; i++) {
        if (lists_meet(&resolved->failovers[watchers->items[i]].objects,
                       &resolved->failovers[failover].objects)) {
            higher = watchers->items[i];
        }
    }
    return higher;
}

/* ---- the worst take-over ---- */

static bool carries(const struct resolved *resolved, const struct resolved_failover *failover,
                    enum image_arm arm)
{
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        if (resolved->cameras[failover->objects.items[i]].arm == arm) {
            return true;
        }
    }
    return false;
}

struct check_takeover check_takeover(const struct resolved *resolved, uint32_t index)
{
    assert(resolved != NULL && index < resolved->failover_count);
    const struct resolved_failover *failover = &resolved->failovers[index];
    struct check_takeover takeover = {
        .detection_ms = detection_of(resolved),
        .wait_ms = failover->model->expect_reconnection_ms,
        .claim_ms = higher_than(resolved, index) != IMAGE_NONE ? resolved->site->claim_ms : 0,
        .start_ms = resolved->site->start_ms,
        .cold_gap_ms = -1,
        .warm_gap_ms = -1,
        .hot_gap_ms = -1,
        .manager = failover->manager,
        .own_manager = failover->own_manager,
        .disabled = failover->model->disabled,
    };
    /* The second view is asked at the end of the wait, and says that the main is gone when its
     * lease is over, which runs from the main's last sign. */
    int64_t silent_ms = takeover.detection_ms + takeover.wait_ms + takeover.claim_ms;
    if ((failover->features & (1u << FEATURE_VIEW)) != 0 && resolved->site->lease_ms > silent_ms) {
        takeover.lease_ms = resolved->site->lease_ms - silent_ms;
    }
    int64_t waited_ms = takeover.wait_ms + takeover.claim_ms + takeover.lease_ms;
    takeover.worst_ms = takeover.detection_ms + waited_ms + takeover.start_ms;
    if (carries(resolved, failover, ARM_COLD)) {
        takeover.cold_gap_ms = takeover.worst_ms;
    }
    if (carries(resolved, failover, ARM_WARM)) {
        /* Memory holds what came since the main was silent, and no more than the last minute. */
        int64_t forgotten_ms = waited_ms > PREROLL_MS_MAX ? waited_ms - PREROLL_MS_MAX : 0;
        takeover.warm_gap_ms = takeover.detection_ms + takeover.start_ms + forgotten_ms;
    }
    if (carries(resolved, failover, ARM_HOT)) {
        /* Memory holds the last minute before the take-over, from before the loss on. */
        int64_t since_loss_ms = takeover.detection_ms + waited_ms;
        takeover.hot_gap_ms = since_loss_ms > PREROLL_MS_MAX ? since_loss_ms - PREROLL_MS_MAX : 0;
    }
    return takeover;
}

/* ---- settings that defeat each other ---- */

static struct diag_at at_site(const struct resolved *resolved, const char *field)
{
    return (struct diag_at){.place = resolved->site->place, .name = "", .field = field};
}

static const char *time_text(const struct resolved *resolved, int64_t ms)
{
    char text[QUANTITY_TEXT_BYTES];
    return arena_text(resolved->model->arena, quantity_text(QUANTITY_DURATION, ms, text));
}

static bool has_several_standbys(const struct resolved *resolved)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        if (higher_than(resolved, i) != IMAGE_NONE) {
            return true;
        }
    }
    return false;
}

/* The claim of a higher standby must have had the time to be heard. */
static void check_claim(const struct resolved *resolved, struct diag *diag)
{
    const struct model_site *site = resolved->site;
    if (site->claim_ms < site->heartbeat_ms && has_several_standbys(resolved)) {
        diag_report(diag, DIAG_W209, at_site(resolved, "claim"), NULL,
                    "a lower standby waits %s for the claim of a higher one, and a sign of life "
                    "comes every %s only: both may take one main over",
                    time_text(resolved, site->claim_ms), time_text(resolved, site->heartbeat_ms));
    }
}

/* A claim that lies outside of the servers: on a NAS that both name, or with a coordinator. */
static bool has_claims(const struct resolved *resolved)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[i];
        if (failover->standby != IMAGE_NONE && failover->monitor != IMAGE_NONE &&
            check_common_nas(resolved, &resolved->servers[failover->standby],
                             &resolved->servers[failover->monitor]) != IMAGE_NONE) {
            return true;
        }
    }
    return resolved->model->coordinators_count > 0;
}

/* R45 looks at a claim on shared storage when the connection has been silent for the detection
 * time; R30 renews it with the heartbeats. */
static void check_lease(const struct resolved *resolved, struct diag *diag)
{
    const struct model_site *site = resolved->site;
    if (!has_claims(resolved)) {
        return;
    }
    if (site->lease_ms <= detection_of(resolved)) {
        diag_report(diag, DIAG_W210, at_site(resolved, "lease"), NULL,
                    "the lease of %s is over before a silent server is noticed (%lld x %s = %s): a "
                    "main whose network fails looks dead on the shared storage too",
                    time_text(resolved, site->lease_ms), (long long)site->misses,
                    time_text(resolved, site->heartbeat_ms),
                    time_text(resolved, detection_of(resolved)));
    } else if (site->lease_ms < 2 * site->heartbeat_ms) {
        diag_report(diag, DIAG_W210, at_site(resolved, "lease"), NULL,
                    "a lease of %s is renewed once at most, every %s: the first renewal that fails "
                    "loses it",
                    time_text(resolved, site->lease_ms), time_text(resolved, site->heartbeat_ms));
    }
}

/* A main and a standby that share a volume; false: nobody shares it. */
static bool find_sharers(const struct resolved *resolved, uint32_t volume,
                         const struct resolved_failover **sharers)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[i];
        if (failover->standby != IMAGE_NONE && failover->monitor != IMAGE_NONE &&
            check_lists_volume(&resolved->servers[failover->standby], volume) &&
            check_lists_volume(&resolved->servers[failover->monitor], volume)) {
            *sharers = failover;
            return true;
        }
    }
    return false;
}

static bool is_measured(const struct model_volume *volume)
{
    return volume->measured_renewal_ms > 0 || volume->measured_seen_ms > 0 ||
           volume->measured_claim_ms > 0;
}

/* A field of the site, and what was measured against it. */
struct measured {
    const char *field;
    int64_t is_ms;
    int64_t least_ms;
    const char *figure; /* where the caret stands */
    const char *why;    /* least_ms */
};

static void check_measured_field(const struct resolved *resolved, const struct model_volume *volume,
                                 const struct resolved_failover *sharers,
                                 const struct measured *measured, struct diag *diag)
{
    if (measured->is_ms >= measured->least_ms) {
        return;
    }
    const char *least = time_text(resolved, measured->least_ms);
    struct diag_at at = {.place = volume->place, .name = volume->name, .field = measured->figure};
    diag_report(diag, DIAG_E227, at,
                arena_format(resolved->model->arena,
                             "write %s = \"%s\" or more in site { }, or make the storage faster "
                             "and measure again",
                             measured->field, least),
                "volume \"%s\", which %s and %s share: %s is %s, and what was measured there asks "
                "for %s at least: %s",
                volume->name, sharers->model->monitor, sharers->model->standby, measured->field,
                time_text(resolved, measured->is_ms), least, measured->why);
}

/* Each server renews its sign of life there once a heartbeat; another one sees that when the
 * renewal is written and its own caches are over. */
static struct measured lease_measured(const struct resolved *resolved,
                                      const struct model_volume *volume)
{
    const struct model_site *site = resolved->site;
    const int64_t late_ms = volume->measured_renewal_ms + volume->measured_seen_ms;
    const char *why = arena_format(
        resolved->model->arena,
        "a sign of life comes every %s and is seen up to %s later, and a server must not look dead "
        "before that",
        time_text(resolved, site->heartbeat_ms), time_text(resolved, late_ms));
    return (struct measured){"lease", site->lease_ms, site->heartbeat_ms + late_ms,
                             volume->measured_seen_ms > 0 ? "measured.seen" : "measured.renewal",
                             why};
}

static void check_measured(const struct resolved *resolved, struct diag *diag)
{
    const struct model_site *site = resolved->site;
    for (uint32_t v = 0; v < resolved->volume_count; v++) {
        const struct model_volume *volume = &resolved->volumes[v];
        const struct resolved_failover *sharers = NULL;
        if (volume->nas == NULL || !is_measured(volume) || !find_sharers(resolved, v, &sharers)) {
            continue;
        }
        const struct measured rules[] = {
            {"heartbeat", site->heartbeat_ms, volume->measured_renewal_ms, "measured.renewal",
             "a server renews its sign of life there once a heartbeat, and one renewal may take so "
             "long"},
            lease_measured(resolved, volume),
            {"claim", site->claim_ms, volume->measured_claim_ms, "measured.claim",
             "the claim of a main may take so long there"},
        };
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
            check_measured_field(resolved, volume, sharers, &rules[i], diag);
        }
    }
}

/* R11 against what the author knows of repairs. */
static void check_grace(const struct resolved *resolved, struct diag *diag)
{
    const struct model_site *site = resolved->site;
    if (site->licence_bound && site->repair_ms > site->grace_ms) {
        diag_report(diag, DIAG_W211, at_site(resolved, "grace"),
                    "ask for licences that are not bound to a server, or see to repairs in time",
                    "a repair may take %s, and the licences of carried cameras hold for %s: after "
                    "that they are no longer recorded (R11)",
                    time_text(resolved, site->repair_ms), time_text(resolved, site->grace_ms));
    }
}

/* R22: a standby answers as soon as the link is up, which takes a heartbeat. */
static void check_ask_wait(const struct resolved *resolved, struct diag *diag)
{
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        const struct model_server *model = resolved->servers[i].model;
        if (resolved->servers[i].watchers.count > 0 &&
            model->ask_wait_ms < resolved->site->heartbeat_ms) {
            struct diag_at at = {.place = model->place, .name = model->name, .field = "ask_wait"};
            diag_report(
                diag, DIAG_W212, at, NULL,
                "server \"%s\" waits %s after a start for the answers of its standbys, and a "
                "sign of life comes every %s only: it records before one that carries it "
                "can answer",
                model->name, time_text(resolved, model->ask_wait_ms),
                time_text(resolved, resolved->site->heartbeat_ms));
        }
    }
}

/* From the loss of the main until its cameras are ordered. */
static int64_t begin_of(struct check_takeover takeover)
{
    return takeover.worst_ms - takeover.start_ms;
}

/* R24: who is not earlier than the next one never comes first, or by chance only. */
static void check_order(const struct resolved *resolved, struct diag *diag)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        uint32_t higher = higher_than(resolved, i);
        if (higher == IMAGE_NONE) {
            continue;
        }
        const struct model_failover *low = resolved->failovers[i].model;
        const struct model_failover *high = resolved->failovers[higher].model;
        int64_t low_ms = begin_of(check_takeover(resolved, i));
        int64_t high_ms = begin_of(check_takeover(resolved, higher));
        if (high_ms >= low_ms) {
            struct diag_at at = {
                .place = high->place, .name = high->name, .field = "expect_reconnection"};
            diag_report(diag, DIAG_W213, at, NULL,
                        "failover \"%s\" comes before \"%s\" and begins %s after the loss of "
                        "\"%s\", but \"%s\" begins after %s already: the order has no effect",
                        high->name, low->name, time_text(resolved, high_ms), high->monitor,
                        low->name, time_text(resolved, low_ms));
        }
    }
}

void check_timing(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    static void (*const rules[])(const struct resolved *, struct diag *) = {
        check_claim, check_lease, check_measured, check_grace, check_ask_wait, check_order,
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        rules[i](resolved, diag);
    }
}
