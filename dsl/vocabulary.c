#include "dsl/vocabulary.h"

#include <string.h>

#include "compiler/model.h"

#define COUNT_LIMIT INT64_C(1000000)
#define SIZE_LIMIT  (INT64_C(1) << 60) /* a thousand PiB: sums of volumes stay in 64 bits */
#define RATE_LIMIT  INT64_C(1000000000000000)

#define OF(type, member) .offset = offsetof(struct model_##type, member)

#include "dsl/vocabulary_outage.def"
#include "dsl/vocabulary_topology.def"

static const struct field no_fields[] = {{0}};

#define DECLARES(array, type, count)                                                               \
    .kind = WORD_DECLARATION, .file = FILE_TOPOLOGY, .body = true, .size = sizeof(struct type),    \
    .array_offset = offsetof(struct model, array),                                                 \
    .count_offset = offsetof(struct model, array##_count), .count_max = count

#define ACT_ARGS(target) ((target) == TARGET_PATH || (target) == TARGET_CLOCK ? 2 : 1)

/* How an act is written, by what it takes. */
#define ACT_FORM(word, target)                                                                     \
    ((target) == TARGET_PATH       ? word "(\"SERVER\", \"SERVER\")"                               \
     : (target) == TARGET_CLOCK    ? word "(\"SERVER\", \"TIME\")"                                 \
     : (target) == TARGET_FAILOVER ? word " \"FAILOVER\""                                          \
     : (target) == TARGET_VOLUME   ? word " \"VOLUME\""                                            \
     : (target) == TARGET_STORE    ? word " \"VOLUME\""                                            \
     : (target) == TARGET_CAMERA   ? word " \"CAMERA\""                                            \
                                   : word " \"SERVER\"")

#define DOC_ACT_FAIL    "The power of the server goes."
#define DOC_ACT_RESTORE "Its power is back; it boots."
#define DOC_ACT_LOG_OFF "Its software is stopped in good order."
#define DOC_ACT_LOG_ON  "Its software is started again."
#define DOC_ACT_CUT                                                                                \
    "The path from a server to another one, to a NAS volume or to the \"coordinator\" breaks, "    \
    "and "                                                                                         \
    "nothing else."
#define DOC_ACT_HEAL        "Such a path works again."
#define DOC_ACT_FORCE_START "An operator moves the main's cameras to the standby."
#define DOC_ACT_FORCE_STOP  "An operator sends them back."
#define DOC_ACT_ISOLATE     "The server loses its network: other servers, NAS volumes and cameras."
#define DOC_ACT_REJOIN      "The server has its network again."
#define DOC_ACT_PAUSE       "The server stands still and does not know; others lose it."
#define DOC_ACT_WAKE        "The server goes on from where it stood."
#define DOC_ACT_LOSE        "The volume is gone; lose \"coordinator\": the coordinator is."
#define DOC_ACT_REGAIN      "The volume, or the coordinator, is there again."
#define DOC_ACT_FILL        "The volume is full, and nothing on it may be dropped."
#define DOC_ACT_EMPTY       "The volume has space again."
#define DOC_ACT_STALL       "The camera delivers nothing."
#define DOC_ACT_RESUME      "The camera delivers again."
#define DOC_ACT_DISABLE     "An operator disables the failover."
#define DOC_ACT_ENABLE      "An operator enables it again."
#define DOC_ACT_JUMP        "The server's wall clock jumps by a time; \"-1 h\": back."

#define ACT(symbol, word, of)                                                                      \
    {.name = word,                                                                                 \
     .kind = WORD_ACT,                                                                             \
     .code = (int)(symbol),                                                                        \
     .target = (int)(of),                                                                          \
     .file = FILE_OUTAGE,                                                                          \
     .args = ACT_ARGS((int)(of)),                                                                  \
     .fields = no_fields,                                                                          \
     .form = ACT_FORM(word, (int)(of)),                                                            \
     .doc = DOC_##symbol},

const struct word vocabulary[] = {
    {.name = "site",
     DECLARES(sites, model_site, 1),
     .fields = site_fields,
     .form = "site { ... }",
     .doc = "What holds for all servers; at most once."},
    {.name = "volume",
     DECLARES(volumes, model_volume, VOLUMES_MAX),
     .args = 1,
     .fields = volume_fields,
     .form = "volume \"NAME\" { ... }",
     .doc = "A place where archive is written: a local path, or a directory on a NAS."},
    {.name = "server",
     DECLARES(servers, model_server, SERVERS_MAX),
     .args = 1,
     .fields = server_fields,
     .form = "server \"NAME\" { ... }",
     .doc = "A machine that records: a main for its own cameras, a standby for others."},
    {.name = "camera",
     DECLARES(cameras, model_camera, CAMERAS_MAX),
     .args = 1,
     .fields = camera_fields,
     .form = "camera \"NAME\" { ... }",
     .doc = "One source of video, owned by one server."},
    {.name = "failover",
     DECLARES(failovers, model_failover, FAILOVERS_MAX),
     .args = 1,
     .fields = failover_fields,
     .form = "failover \"NAME\" { ... }",
     .doc = "A standby watches a main and records its cameras when it is lost."},
    {.name = "failover_manager",
     DECLARES(managers, model_manager, FAILOVERS_MAX),
     .args = 1,
     .fields = manager_fields,
     .form = "failover_manager \"NAME\" { ... }",
     .doc = "The limit: how many failovers may run at once."},
    {.name = "range",
     .kind = WORD_RANGE,
     .file = FILE_TOPOLOGY,
     .args = 3,
     .fields = no_fields,
     .form = "range(\"PREFIX\", FIRST, LAST)",
     .doc = "The names PREFIX..FIRST to PREFIX..LAST, for the field objects."},
    {.name = "coordinator",
     DECLARES(coordinators, model_coordinator, 1),
     .fields = coordinator_fields,
     .form = "coordinator { ... }",
     .doc = "An etcd cluster that decides who carries whom; absent: the servers judge themselves."},
    {.name = "outage",
     .kind = WORD_DECLARATION,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = outage_fields,
     .form = "outage \"NAME\" { at ..., lasts = ..., expect ... }",
     .doc = "A script of faults and repairs for a dry run."},
    {.name = "at",
     .kind = WORD_AT,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = no_fields,
     .form = "at \"TIME\" { ACT, ... }",
     .doc = "What happens at a time after the start, in order."},
    {.name = "expect",
     .kind = WORD_EXPECT,
     .file = FILE_OUTAGE,
     .body = true,
     .fields = no_fields,
     .form = "expect { EXPECTATION, ... }",
     .doc = "What must be true in the end."},
    {.name = "gap",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_GAP,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = gap_fields,
     .form = "gap \"CAMERA\" { at_most = \"TIME\" }",
     .doc = "Expected: the camera is unrecorded at most that long."},
    {.name = "carried",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_CARRIED,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = carried_fields,
     .form = "carried \"SERVER\" { by = \"SERVER\" }",
     .doc = "Expected: the server's cameras are carried at some time."},
    {.name = "overload",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_OVERLOAD,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = overload_fields,
     .form = "overload \"SERVER\" { never = true }",
     .doc = "Expected: the server never has more to do than its capacity."},
    {.name = "recorded",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_RECORDED,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = recorded_fields,
     .form = "recorded \"CAMERA\" { at_least = \"TIME\" }",
     .doc = "Expected: the camera is recorded that long, by a certain server if one is named."},
    {.name = "double",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_DOUBLE,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = double_fields,
     .form = "double \"CAMERA\" { at_most = \"TIME\" }",
     .doc = "Expected: two servers record the camera at once at most that long."},
    {.name = "queued",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_QUEUED,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = queued_fields,
     .form = "queued \"FAILOVER\" { at_most = \"TIME\" }",
     .doc = "Expected: the failover waits for a slot at most that long."},
    {.name = "licence",
     .kind = WORD_EXPECTATION,
     .code = EXPECT_LICENCE,
     .file = FILE_OUTAGE,
     .args = 1,
     .body = true,
     .fields = licence_fields,
     .form = "licence \"FAILOVER\" { expired = false }",
     .doc = "Expected: the licence's grace of the failover does not run out, or does."},
#define X(symbol, word, of) ACT(symbol, word, of)
    OUTAGE_ACTS(X)
#undef X
        {0},
};

const struct word *vocabulary_find(enum word_file file, const char *name)
{
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->file == file && strcmp(word->name, name) == 0) {
            return word;
        }
    }
    return NULL;
}

const struct field *vocabulary_field(const struct field *fields, const char *name)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}
