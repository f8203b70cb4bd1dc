#include "runtime/judge.h"

#include <assert.h>

struct cut {
    uint32_t a;
    uint32_t b;
    uint32_t end;
};

struct judge {
    const struct judge_site *site;
    size_t cut_count;
    size_t cut_max;
    struct cut *cuts;      /* room for one of each act */
    uint8_t *powers;       /* of each server, enum power */
    uint8_t *isolated;     /* of each server */
    uint8_t *lost_volumes; /* of each volume */
    uint8_t *full_volumes; /* likewise */
    uint8_t *stalled;      /* of each camera */
    uint8_t coordinator_lost;
};

size_t judge_size(const struct judge_site *site, size_t act_count)
{
    return sizeof(struct judge) + act_count * sizeof(struct cut) + 2 * (size_t)site->server_count +
           2 * (size_t)site->volume_count + site->camera_count;
}

struct judge *judge_init(void *memory, const struct judge_site *site, size_t act_count)
{
    assert(memory != NULL && site != NULL);
    struct judge *judge = memory;
    judge->site = site;
    judge->cut_max = act_count;
    judge->cuts = (struct cut *)(judge + 1);
    judge->powers = (uint8_t *)(judge->cuts + act_count);
    judge->isolated = judge->powers + site->server_count;
    judge->lost_volumes = judge->isolated + site->server_count;
    judge->full_volumes = judge->lost_volumes + site->volume_count;
    judge->stalled = judge->full_volumes + site->volume_count;
    return judge;
}

/* ---- paths ---- */

static bool is_cut_by(const struct cut *cut, const struct outage_act *act)
{
    const bool turned = act->end == END_SERVER && cut->a == act->b && cut->b == act->a;
    return cut->end == act->end && ((cut->a == act->a && cut->b == act->b) || turned);
}

static size_t find_cut(const struct judge *judge, const struct outage_act *act)
{
    size_t i = 0;
    while (i < judge->cut_count && !is_cut_by(&judge->cuts[i], act))
        i++;
    return i;
}

/* Why there is no such path; NULL if there is one. */
static const char *refuse_path(const struct judge_site *site, const struct outage_act *act)
{
    if (act->end == END_SERVER)
        return site->are_peers(site->context, act->a, act->b)
                   ? NULL
                   : "no failover connects these two servers, so there is no path between them";
    if (act->end == END_COORDINATOR)
        return site->has_coordinator ? NULL : "the topology declares no coordinator";
    if (!site->lists(site->context, act->a, act->b))
        return "this server does not record on this volume, so there is no path between them";
    return site->is_nas(site->context, act->b)
               ? NULL
               : "this volume is a disk of the server, and no path leads to it: lose takes it away";
}

static const char *judge_path(struct judge *judge, const struct outage_act *act)
{
    const char *why = refuse_path(judge->site, act);
    if (why != NULL)
        return why;
    const size_t at = find_cut(judge, act);
    const bool is_cut = at < judge->cut_count;
    if (act->kind == ACT_CUT && is_cut)
        return "this path is cut already";
    if (act->kind == ACT_HEAL && !is_cut)
        return "this path is not cut";
    if (is_cut) {
        judge->cuts[at] = judge->cuts[--judge->cut_count];
        return NULL;
    }
    assert(judge->cut_count < judge->cut_max);
    judge->cuts[judge->cut_count++] = (struct cut){act->a, act->b, act->end};
    return NULL;
}

/* ---- servers ---- */

/* Why a server whose power is this cannot be failed, restored, ...; NULL if it can. */
static const char *refuse_power(enum outage_act_kind kind, enum power power)
{
    static const char *const sentences[][4] = {
        /* by POWER_ON, POWER_FAILED, POWER_OFF, POWER_PAUSED */
        [ACT_FAIL] = {NULL, "this server has failed already", NULL, NULL},
        [ACT_RESTORE] = {"this server has not failed", NULL,
                         "this server is logged off: log_on starts it",
                         "this server stands still: wake lets it go on"},
        [ACT_LOG_OFF] = {NULL, "this server has failed: it cannot log off",
                         "this server is logged off already",
                         "this server stands still: it cannot log off before it wakes"},
        [ACT_LOG_ON] = {"this server is not logged off",
                        "this server has failed: restore starts it", NULL,
                        "this server stands still: wake lets it go on"},
        [ACT_PAUSE] = {NULL, "this server has failed: it cannot stand still",
                       "this server is logged off: it cannot stand still",
                       "this server stands still already"},
        [ACT_WAKE] = {"this server does not stand still",
                      "this server has failed: restore starts it",
                      "this server is logged off: log_on starts it", NULL},
        [ACT_JUMP] = {NULL, "this server has failed: nobody reads its clock",
                      "this server is logged off: nobody reads its clock",
                      "this server stands still: nobody reads its clock"},
    };
    assert((size_t)kind < sizeof sentences / sizeof sentences[0]);
    return sentences[kind][power];
}

static const char *judge_power(struct judge *judge, const struct outage_act *act,
                               enum power becomes)
{
    const enum power power = judge->powers[act->a];
    const char *why = refuse_power((enum outage_act_kind)act->kind, power);
    if (why == NULL)
        judge->powers[act->a] = (uint8_t)becomes;
    return why;
}

/* An operator's order on a failover is taken by its standby. */
static const char *judge_order(const struct judge *judge, const struct outage_act *act)
{
    const uint32_t standby = judge->site->standby_of(judge->site->context, act->a);
    if (judge->powers[standby] == POWER_PAUSED)
        return "its standby stands still, so nobody can take the order";
    return judge->powers[standby] == POWER_ON ? NULL
                                              : "its standby is down, so nobody can take the order";
}

/* ---- all else ---- */

static const char *judge_flag(uint8_t *flag, bool becomes, const char *already, const char *not_so)
{
    if (becomes == (*flag != 0))
        return becomes ? already : not_so;
    *flag = becomes;
    return NULL;
}

static const char *judge_volume(struct judge *judge, const struct outage_act *act)
{
    const enum outage_act_kind kind = (enum outage_act_kind)act->kind;
    if (act->a == UINT32_MAX && !judge->site->has_coordinator)
        return "the topology declares no coordinator";
    if (act->a == UINT32_MAX && kind != ACT_LOSE && kind != ACT_REGAIN)
        return "the coordinator holds no recordings that could fill it";
    if (act->a == UINT32_MAX)
        return judge_flag(&judge->coordinator_lost, kind == ACT_LOSE,
                          "the coordinator is lost already", "the coordinator is not lost");
    if (kind == ACT_LOSE || kind == ACT_REGAIN)
        return judge_flag(&judge->lost_volumes[act->a], kind == ACT_LOSE,
                          "this volume is lost already", "this volume is not lost");
    if (judge->lost_volumes[act->a])
        return "this volume is lost: regain it first";
    return judge_flag(&judge->full_volumes[act->a], kind == ACT_FILL, "this volume is full already",
                      "this volume is not full");
}

const char *judge_act(struct judge *judge, const struct outage_act *act)
{
    const enum outage_act_kind kind = (enum outage_act_kind)act->kind;
    switch (kind) {
    case ACT_FAIL:
        return judge_power(judge, act, POWER_FAILED);
    case ACT_LOG_OFF:
        return judge_power(judge, act, POWER_OFF);
    case ACT_PAUSE:
        return judge_power(judge, act, POWER_PAUSED);
    case ACT_RESTORE:
    case ACT_LOG_ON:
    case ACT_WAKE:
    case ACT_JUMP:
        return judge_power(judge, act, POWER_ON);
    case ACT_CUT:
    case ACT_HEAL:
        return judge_path(judge, act);
    case ACT_FORCE_START:
    case ACT_FORCE_STOP:
    case ACT_DISABLE:
    case ACT_ENABLE:
        return judge_order(judge, act);
    case ACT_ISOLATE:
    case ACT_REJOIN:
        return judge_flag(&judge->isolated[act->a], kind == ACT_ISOLATE,
                          "this server has no network already", "this server has its network");
    case ACT_LOSE:
    case ACT_REGAIN:
    case ACT_FILL:
    case ACT_EMPTY:
        return judge_volume(judge, act);
    case ACT_STALL:
    case ACT_RESUME:
        return judge_flag(&judge->stalled[act->a], kind == ACT_STALL,
                          "this camera delivers nothing already", "this camera delivers");
    case ACT_COUNT:
        break;
    }
    assert(!"an act of no kind");
    return NULL;
}
