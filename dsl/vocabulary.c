#include "dsl/vocabulary.h"

#include <string.h>

#include "compiler/model.h"

#define COUNT_LIMIT INT64_C(1000000)
#define SIZE_LIMIT  (INT64_C(1) << 60) /* a thousand PiB: sums of volumes stay in 64 bits */
#define RATE_LIMIT  INT64_C(1000000000000000)

#define OF(type, member) .offset = offsetof(struct model_##type, member)

static const struct field site_fields[] = {
    {.name = "heartbeat",
     .kind = FIELD_DURATION,
     OF(site, heartbeat_ms),
     .preset = "500 ms",
     .least = 50,
     .most = 60000,
     .doc = "How often servers show each other that they are alive."},
    {.name = "misses",
     .kind = FIELD_INTEGER,
     OF(site, misses),
     .preset = "4",
     .least = 1,
     .most = 100,
     .doc = "A server is silent when this many heartbeats in a row are missing."},
    {.name = "start",
     .kind = FIELD_DURATION,
     OF(site, start_ms),
     .preset = "1 s",
     .least = 0,
     .most = 600000,
     .doc = "For the dry run: from an order to a recorder until its first frame is on disk."},
    {.name = "claim",
     .kind = FIELD_DURATION,
     OF(site, claim_ms),
     .preset = "2 s",
     .least = 0,
     .most = CLAIM_MS_MAX,
     .doc = "How long a lower standby waits for the claim of a higher one (R24)."},
    {.name = "lease",
     .kind = FIELD_DURATION,
     OF(site, lease_ms),
     .preset = "8 s",
     .least = LEASE_MS_MIN,
     .most = LEASE_MS_MAX,
     .doc = "How long a claim on shared storage holds without being renewed (R30)."},
    {.name = "licence_bound",
     .kind = FIELD_TRUTH,
     OF(site, licence_bound),
     .preset = "false",
     .doc = "Whether cameras are licensed for one server only, so that carrying them runs a clock "
            "(R9)."},
    {.name = "grace",
     .kind = FIELD_DURATION,
     OF(site, grace_ms),
     .preset = "60 d",
     .least = 60000,
     .most = GRACE_MS_MAX,
     .doc = "How long a licence that is bound to a server survives a transfer (R9)."},
    {.name = "repair",
     .kind = FIELD_DURATION,
     OF(site, repair_ms),
     .least = 60000,
     .most = GRACE_MS_MAX,
     .doc = "A failed server works again by then at the latest; grace is held against it."},
    {.name = "time_zone",
     .kind = FIELD_TEXT,
     OF(site, time_zone),
     .preset = "UTC",
     .bytes_max = ZONE_BYTES_MAX,
     .doc = "The zone in which a node tells people times, as in \"Europe/Berlin\"."},
    {.name = "on_alarm",
     .kind = FIELD_PROGRAM,
     OF(site, on_alarm),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "A program that a node runs when its alarms change, with what was raised and cleared "
            "as JSON on its standard input."},
    {0},
};

#define MEASURED_MS_MAX 600000

static const struct field measured_fields[] = {
    {.name = "renewal",
     .kind = FIELD_DURATION,
     OF(volume, measured_renewal_ms),
     .least = 1,
     .most = MEASURED_MS_MAX,
     .doc = "How long a server takes at worst to renew its sign of life there."},
    {.name = "seen",
     .kind = FIELD_DURATION,
     OF(volume, measured_seen_ms),
     .least = 1,
     .most = MEASURED_MS_MAX,
     .doc = "How much later another server sees that at worst, through its caches."},
    {.name = "claim",
     .kind = FIELD_DURATION,
     OF(volume, measured_claim_ms),
     .least = 1,
     .most = MEASURED_MS_MAX,
     .doc = "How long a server takes at worst to claim a main there."},
    {0},
};

static const struct field volume_fields[] = {
    {.name = "path",
     .kind = FIELD_TEXT,
     OF(volume, path),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "A directory on a disk of the server that lists the volume."},
    {.name = "nas",
     .kind = FIELD_TEXT,
     OF(volume, nas),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "Where a network storage is mounted, on every server that lists the volume."},
    {.name = "size",
     .kind = FIELD_SIZE,
     OF(volume, size_bytes),
     .required = true,
     .least = INT64_C(1) << 20,
     .most = SIZE_LIMIT,
     .doc = "How much of it may be used."},
    {.name = "reserve",
     .kind = FIELD_SIZE,
     OF(volume, reserve_bytes),
     .preset = "1 GiB",
     .least = 0,
     .most = SIZE_LIMIT,
     .doc = "How much space on the disk is left free in any case."},
    {.name = "measured",
     .kind = FIELD_TABLE,
     .fields = measured_fields,
     .doc = "What `understudy volume probe` has measured of it: times that its servers must not "
            "fall below."},
    {0},
};

static const struct field capacity_fields[] = {
    {.name = "cameras",
     .kind = FIELD_INTEGER,
     OF(server, capacity_cameras),
     .least = 1,
     .most = COUNT_LIMIT,
     .doc = "How many cameras it can record at once."},
    {.name = "network",
     .kind = FIELD_RATE,
     OF(server, capacity_network_bps),
     .least = 1,
     .most = RATE_LIMIT,
     .doc = "How much its network takes."},
    {.name = "write",
     .kind = FIELD_RATE,
     OF(server, capacity_write_bps),
     .least = 1,
     .most = RATE_LIMIT,
     .doc = "How much its disks take."},
    {0},
};

static const struct field server_fields[] = {
    {.name = "address",
     .kind = FIELD_TEXT,
     OF(server, address),
     .required = true,
     .bytes_max = HOST_BYTES_MAX,
     .doc = "host:port on which it listens for the other servers."},
    {.name = "archive",
     .kind = FIELD_NAMES,
     OF(server, archive),
     .refers = "volume",
     .doc = "The volumes it records on, the first one first."},
    {.name = "fallback",
     .kind = FIELD_NAME,
     OF(server, fallback),
     .refers = "volume",
     .doc = "The volume it records on when all of its archive is lost or full."},
    {.name = "capacity",
     .kind = FIELD_TABLE,
     .fields = capacity_fields,
     .doc = "What it can carry; what is not declared is not checked."},
    {.name = "ask_wait",
     .kind = FIELD_DURATION,
     OF(server, ask_wait_ms),
     .preset = "2 s",
     .least = 0,
     .most = 600000,
     .doc = "After its start, how long it waits for its standbys to say whether they carry it."},
    {.name = "priority",
     .kind = FIELD_INTEGER,
     OF(server, priority),
     .preset = "0",
     .least = -1000000,
     .most = 1000000,
     .doc = "Of several dead mains, the one with the higher priority is carried first."},
    {.name = "witness",
     .kind = FIELD_TEXTS,
     OF(server, witness),
     .bytes_max = HOST_BYTES_MAX,
     .doc = "Addresses host:port that tell a standby whether its own network works (R29)."},
    {0},
};

static const struct field camera_fields[] = {
    {.name = "server",
     .kind = FIELD_NAME,
     OF(camera, server),
     .required = true,
     .refers = "server",
     .doc = "The server that owns it: its main."},
    {.name = "url",
     .kind = FIELD_TEXT,
     OF(camera, url),
     .required = true,
     .bytes_max = URL_BYTES_MAX,
     .doc = "rtsp://, rtsps://, http:// or https:// and host[:port]/path, without user name and "
            "password; udp:// or rtp:// and the address:port where its MPEG-TS arrives; or file: "
            "and a clip of the directory that a node has with --clips."},
    {.name = "rate",
     .kind = FIELD_RATE,
     OF(camera, rate_bps),
     .least = 1,
     .most = RATE_LIMIT,
     .doc = "What it sends; used to compute the load of a standby."},
    {.name = "sessions",
     .kind = FIELD_INTEGER,
     OF(camera, sessions),
     .preset = "2",
     .least = 1,
     .most = 1000,
     .doc = "How many readers it accepts at once. With 1, a hand-back has a short gap."},
    {.name = "arm",
     .kind = FIELD_CHOICE,
     OF(camera, arm),
     .preset = "warm",
     .choices = "cold warm hot",
     .doc = "When a standby opens it: cold at the take-over, warm as soon as the main is silent, "
            "hot always."},
    {.name = "keep",
     .kind = FIELD_DURATION,
     OF(camera, keep_ms),
     .least = 3600000,
     .most = GRACE_MS_MAX,
     .doc = "How long its footage is kept at most; absent: until the space is needed."},
    {.name = "credentials",
     .kind = FIELD_NAME,
     OF(camera, credentials),
     .refers = "secret",
     .doc = "The name of the secret that opens it. The secret itself stays on the servers: in the "
            "file that a node has with --secrets, or with systemd."},
    {0},
};

static const struct field failover_fields[] = {
    {.name = "standby",
     .kind = FIELD_NAME,
     OF(failover, standby),
     .required = true,
     .refers = "server",
     .doc = "The server that takes over."},
    {.name = "monitor",
     .kind = FIELD_NAME,
     OF(failover, monitor),
     .required = true,
     .refers = "server",
     .doc = "The server that is watched: the main."},
    {.name = "expect_reconnection",
     .kind = FIELD_DURATION,
     OF(failover, expect_reconnection_ms),
     .required = true,
     .least = 0,
     .most = WAIT_S_MAX * INT64_C(1000),
     .step = 1000,
     .step_text = "whole seconds",
     .doc = "How long a silent main is waited for before it is taken over."},
    {.name = "objects",
     .kind = FIELD_OBJECTS,
     OF(failover, objects),
     .refers = "camera",
     .preset = "all",
     .doc = "The cameras that are transferred: \"all\", a list, or range(\"gate-\", 1, 6)."},
    {.name = "priority",
     .kind = FIELD_INTEGER,
     OF(failover, priority),
     .preset = "0",
     .least = -1000000,
     .most = 1000000,
     .doc = "Of several standbys of one main, the one with the higher priority goes first."},
    {.name = "transfer_if_no_ping",
     .kind = FIELD_TRUTH,
     OF(failover, transfer_if_no_ping),
     .preset = "false",
     .doc = "Whether a main that was never seen since the standby's start is taken over."},
    {.name = "failback",
     .kind = FIELD_CHOICE,
     OF(failover, failback),
     .preset = "auto",
     .choices = "auto manual",
     .doc = "Whether the cameras return by themselves, or by an operator's force-stop."},
    {.name = "hold_down",
     .kind = FIELD_DURATION,
     OF(failover, hold_down_ms),
     .preset = "0 s",
     .least = 0,
     .most = DAYS_MS(1),
     .doc = "How long a main must be back before its cameras return to it."},
    {.name = "also_on",
     .kind = FIELD_CHOICES,
     OF(failover, also_on),
     .choices = "storage recording",
     .doc =
         "Further reasons for a take-over: a lost archive, cameras that are not recorded (R36)."},
    {.name = "retry_for",
     .kind = FIELD_DURATION,
     OF(failover, retry_for_ms),
     .preset = "60 s",
     .least = 1000,
     .most = RETRY_MS_MAX,
     .doc = "How long a take-over that fails keeps its place under the limit (R40)."},
    {.name = "disabled",
     .kind = FIELD_TRUTH,
     OF(failover, disabled),
     .preset = "false",
     .doc = "A disabled failover watches nothing (R20)."},
    {.name = "on_start",
     .kind = FIELD_PROGRAM,
     OF(failover, on_start),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "A program that the standby runs when the cameras have moved to it (R16), such as { "
            "\"/usr/local/bin/notify\", \"--site\", \"north\" }; what happened is JSON on its "
            "standard input."},
    {.name = "on_stop",
     .kind = FIELD_PROGRAM,
     OF(failover, on_stop),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "A program that the standby runs when the cameras have moved back (R16), likewise."},
    {0},
};

static const struct field manager_fields[] = {
    {.name = "max_running",
     .kind = FIELD_INTEGER,
     OF(manager, max_running),
     .preset = "0",
     .least = 0,
     .most = COUNT_LIMIT,
     .doc = "How many failovers may run at once; 0: no limit."},
    {.name = "standby",
     .kind = FIELD_NAME,
     OF(manager, standby),
     .refers = "server",
     .doc = "The one standby that it limits; absent: the whole site. Where both limit a failover, "
            "it needs a slot of each."},
    {.name = "on",
     .kind = FIELD_NAME,
     OF(manager, on),
     .refers = "server",
     .doc = "The server that keeps the count of the site; absent: the first "
            "declared server that is a standby."},
    {.name = "when_unreachable",
     .kind = FIELD_CHOICE,
     OF(manager, when_unreachable),
     .preset = "allow",
     .choices = "allow hold",
     .doc = "What a standby does that cannot reach the server with the count."},
    {0},
};

static const struct field coordinator_fields[] = {
    {.name = "etcd",
     .kind = FIELD_TEXTS,
     OF(coordinator, etcd),
     .required = true,
     .bytes_max = HOST_BYTES_MAX,
     .doc = "Its endpoints, such as \"https://10.0.0.1:2379\"."},
    {.name = "ca",
     .kind = FIELD_TEXT,
     OF(coordinator, ca),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "The path of the certificate that its own must be signed by."},
    {.name = "cert",
     .kind = FIELD_TEXT,
     OF(coordinator, cert),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "The path of the certificate that a server shows."},
    {.name = "key",
     .kind = FIELD_TEXT,
     OF(coordinator, key),
     .bytes_max = PATH_BYTES_MAX,
     .doc = "The path of the private key of that certificate."},
    {.name = "credentials",
     .kind = FIELD_NAME,
     OF(coordinator, credentials),
     .refers = "secret",
     .doc = "The name of the secret with user and password, for one that asks for them."},
    {.name = "when_unreachable",
     .kind = FIELD_CHOICE,
     OF(coordinator, when_unreachable),
     .preset = "allow",
     .choices = "allow hold",
     .doc = "What a standby does that cannot reach it: judge by what it sees itself, or take "
            "nothing over."},
    {0},
};

static const struct field outage_fields[] = {
    {.name = "lasts",
     .kind = FIELD_DURATION,
     .offset = offsetof(struct model_outage, lasts_ms),
     .required = true,
     .least = 1,
     .most = DAYS_MS(3660),
     .doc = "How long is looked at."},
    {0},
};

static const struct field gap_fields[] = {
    {.name = "at_most",
     .kind = FIELD_DURATION,
     .offset = offsetof(struct model_expect, limit_ms),
     .required = true,
     .least = 0,
     .most = DAYS_MS(3660),
     .doc = "The longest time, in sum, that the camera may be unrecorded."},
    {0},
};

static const struct field carried_fields[] = {
    {.name = "by",
     .kind = FIELD_NAME,
     .offset = offsetof(struct model_expect, by),
     .refers = "server",
     .doc = "The server that carries it; absent: any."},
    {0},
};

static const struct field recorded_fields[] = {
    {.name = "at_least",
     .kind = FIELD_DURATION,
     .offset = offsetof(struct model_expect, limit_ms),
     .required = true,
     .least = 1,
     .most = DAYS_MS(3660),
     .doc = "The shortest time, in sum, that the camera must be recorded."},
    {.name = "by",
     .kind = FIELD_NAME,
     .offset = offsetof(struct model_expect, by),
     .refers = "server",
     .doc = "The server that records it; absent: any."},
    {0},
};

static const struct field double_fields[] = {
    {.name = "at_most",
     .kind = FIELD_DURATION,
     .offset = offsetof(struct model_expect, limit_ms),
     .required = true,
     .least = 0,
     .most = DAYS_MS(3660),
     .doc = "The longest time, in sum, that two servers may record the camera at once."},
    {0},
};

static const struct field queued_fields[] = {
    {.name = "at_most",
     .kind = FIELD_DURATION,
     .offset = offsetof(struct model_expect, limit_ms),
     .required = true,
     .least = 0,
     .most = DAYS_MS(3660),
     .doc = "The longest time, in sum, that the failover may wait for a slot."},
    {0},
};

static const struct field licence_fields[] = {
    {.name = "expired",
     .kind = FIELD_TRUTH,
     .offset = offsetof(struct model_expect, expired),
     .required = true,
     .doc = "false: there is grace left at any time; true: it runs out."},
    {0},
};

static const struct field overload_fields[] = {
    {.name = "never",
     .kind = FIELD_TRUTH,
     .offset = offsetof(struct model_expect, never),
     .required = true,
     .doc = "true: at no time."},
    {0},
};

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

#define DOC_ACT_FAIL        "The power of the server goes."
#define DOC_ACT_RESTORE     "Its power is back; it boots."
#define DOC_ACT_LOG_OFF     "Its software is stopped in good order."
#define DOC_ACT_LOG_ON      "Its software is started again."
#define DOC_ACT_CUT         "The path between two servers breaks, and nothing else."
#define DOC_ACT_HEAL        "The path between two servers works again."
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
