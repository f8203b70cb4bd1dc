/* What is part of the language and not carried out yet: refused when it differs from what the
 * machines of this version do anyway, so that whatever is accepted is honoured. Who builds one of
 * these takes its row out.
 */
#include <assert.h>
#include <string.h>

#include "compiler/check.h"

#define CLAIM_MS     2000 /* the defaults of the language */
#define LEASE_MS     8000
#define GRACE_MS     (INT64_C(60) * 86400000)
#define RETRY_FOR_MS 60000

/* Defines a predicate on a record: whether it wants more than is there. */
#define WANTS(name, type, condition)                                                               \
    static bool name(const void *record)                                                           \
    {                                                                                              \
        const struct model_##type *it = record;                                                    \
        return condition;                                                                          \
    }

WANTS(wants_claim, site, it->claim_ms != CLAIM_MS)
WANTS(wants_lease, site, it->lease_ms != LEASE_MS)
WANTS(wants_licence, site, it->licence_bound)
WANTS(wants_grace, site, it->grace_ms != GRACE_MS)
WANTS(wants_zone, site, it->time_zone != NULL && strcmp(it->time_zone, "UTC") != 0)
WANTS(wants_witness, server, it->witness.count > 0)
WANTS(wants_hot, camera, it->arm != NULL && strcmp(it->arm, "hot") == 0)
WANTS(wants_keep, camera, it->keep_ms != 0)
WANTS(wants_credentials, camera, it->credentials != NULL)
WANTS(wants_also_on, failover, it->also_on.count > 0)
WANTS(wants_retry, failover, it->retry_for_ms != RETRY_FOR_MS)
WANTS(wants_disabled, failover, it->disabled)
WANTS(wants_on_start, failover, it->on_start != NULL)
WANTS(wants_on_stop, failover, it->on_stop != NULL)

struct later {
    enum diag_code code;
    const char *field;
    bool (*wants)(const void *record);
    const char *what; /* completes: "... in this version of Understudy" */
    const char *hint;
};

static const struct later later_sites[] = {
    {DIAG_E404, "claim", wants_claim, "the wait for a claim is always 2 s", "leave it out"},
    {DIAG_E404, "lease", wants_lease, "the lease is always 8 s", "leave it out"},
    {DIAG_E405, "licence_bound", wants_licence, "there is no licence clock",
     "leave it out, and see to the licences of carried cameras yourself"},
    {DIAG_E405, "grace", wants_grace, "there is no licence clock", "leave it out"},
    {DIAG_E406, "time_zone", wants_zone, "times are shown in UTC", "write \"UTC\" or leave it out"},
};

static const struct later later_servers[] = {
    {DIAG_E407, "witness", wants_witness, "a standby asks no witnesses", "leave it out"},
};

static const struct later later_cameras[] = {
    {DIAG_E408, "arm", wants_hot, "a camera is not held open all the time",
     "arm = \"warm\" keeps its pictures from the moment the main is silent"},
    {DIAG_E409, "keep", wants_keep, "footage is not dropped by its age",
     "leave it out; the size of the volume bounds what is kept"},
    {DIAG_E410, "credentials", wants_credentials, "cameras are opened without a password",
     "let the camera accept the network of the servers without one for now"},
};

static const struct later later_failovers[] = {
    {DIAG_E411, "also_on", wants_also_on, "only a lost connection is a reason for a take-over",
     "leave it out"},
    {DIAG_E412, "retry_for", wants_retry, "a take-over is retried for 60 s", "leave it out"},
    {DIAG_E413, "disabled", wants_disabled, "a failover cannot be disabled",
     "take the declaration out instead"},
    {DIAG_E414, "on_start", wants_on_start, "hooks are not run",
     "leave it out; the journal shows every START"},
    {DIAG_E414, "on_stop", wants_on_stop, "hooks are not run",
     "leave it out; the journal shows every STOP"},
};

/* All words begin with this. */
struct record_head {
    MODEL_HEAD;
};

static void later_record(const struct record_head *record, const char *word,
                         const struct later *rows, size_t count, struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].wants(record)) {
            struct diag_at at = {
                .place = record->place, .name = record->name, .field = rows[i].field};
            bool named = record->name[0] != '\0';
            diag_report(diag, rows[i].code, at, rows[i].hint,
                        "%s%s%s%s: %s: %s in this version of Understudy", word, named ? " \"" : "",
                        record->name, named ? "\"" : "", rows[i].field, rows[i].what);
        }
    }
}

#define ROWS(list) list, sizeof(list) / sizeof *(list)

void check_later(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model *model = resolved->model;
#define EACH(array, word)                                                                          \
    for (size_t i = 0; i < model->array##_count; i++) {                                            \
        const void *record = &model->array[i];                                                     \
        later_record(record, word, ROWS(later_##array), diag);                                     \
    }
    EACH(sites, "site")
    EACH(servers, "server")
    EACH(cameras, "camera")
    EACH(failovers, "failover")
#undef EACH
    for (size_t i = 0; i < model->coordinators_count; i++) {
        struct diag_at at = {.place = model->coordinators[i].place, .name = ""};
        diag_report(diag, DIAG_E415, at, "take the declaration out",
                    "coordinator: there is none in this version of Understudy; the servers judge "
                    "by themselves");
    }
}
