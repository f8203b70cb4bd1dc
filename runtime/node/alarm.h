/* The alarms of a node: what is wrong and wants somebody's attention, since when. Which kinds there
 * are stands here, what each looks at in alarm_watch.c. One that begins or is over is a line in the
 * log with its priority, and is told to the site's `on_alarm` program; what stands is in the
 * status.
 *
 * A look at everything goes from alarms_begin to alarms_end: what is not raised in between is over.
 */
#ifndef RUNTIME_NODE_ALARM_H
#define RUNTIME_NODE_ALARM_H

#include <jansson.h>
#include <uv.h>

#include "runtime/image.h"
#include "runtime/node/log.h"

#define ALARM_TEXT_BYTES 256
#define ALARM_PULSE_MS   600000 /* how long what happened at one moment stands */
#define ALARMS_MAX       4096   /* what more is wrong is counted */

/* X(SYMBOL, "name", priority, the rule that speaks of it or 0) */
#define ALARMS(X)                                                                                  \
    X(ALARM_CAMERA, "camera_unrecorded", LOG_CRITICAL, 0)                                          \
    X(ALARM_STORAGE, "storage_lost", LOG_ALERT, 35)  /* no volume takes recordings */              \
    X(ALARM_VOLUME, "volume_trouble", LOG_ERROR, 35) /* one is lost, full, or hangs */             \
    X(ALARM_OVERLOAD, "overload", LOG_WARNING, 8)                                                  \
    X(ALARM_LICENCE_ENDS, "licence_ends", LOG_WARNING, 10) /* a tenth of the grace is left */      \
    X(ALARM_LICENCE_OVER, "licence_over", LOG_CRITICAL, 11)                                        \
    X(ALARM_TAKE_OVER, "take_over_fails", LOG_ALERT, 40)                                           \
    X(ALARM_QUEUED, "main_waits", LOG_CRITICAL, 15) /* it is dead, and no slot is free */          \
    X(ALARM_PEER, "peer_lost", LOG_WARNING, 1)                                                     \
    X(ALARM_DEPLOYMENT, "other_deployment", LOG_WARNING, 41)                                       \
    X(ALARM_VIEW, "shared_volume_silent", LOG_WARNING, 45) /* the NAS is out of reach */           \
    X(ALARM_CLAIM, "claim_undecided", LOG_WARNING, 30) /* a volume cannot tell who has a main */   \
    X(ALARM_COORDINATOR, "coordinator_lost", LOG_CRITICAL, 38)                                     \
    X(ALARM_NETWORK, "own_network", LOG_ALERT, 29)                                                 \
    X(ALARM_JOURNAL, "journal_fails", LOG_CRITICAL, 44)                                            \
    X(ALARM_JOURNAL_GAP, "journal_gap", LOG_ERROR, 42)                                             \
    X(ALARM_CLOCK, "clock_jump", LOG_WARNING, 43)                                                  \
    X(ALARM_STANDSTILL, "standstill", LOG_WARNING, 29)                                             \
    X(ALARM_HOOK, "hook_fails", LOG_WARNING, 16)

#define X(symbol, name, priority, rule) symbol,
enum alarm_kind { ALARMS(X) ALARM_KIND_COUNT };
#undef X

struct alarms;

/* limit_ms is how long the on_alarm program may take. Everything must stay. NULL: out of memory. */
struct alarms *alarms_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                           int64_t limit_ms);

/* Another deployment counts (R41). */
void alarms_renew(struct alarms *alarms, const struct image *image, uint32_t server);

void alarms_begin(struct alarms *alarms);

/* What is wrong: `index` tells several of a kind apart, `name` says of what ("" where there is but
 * one). It becomes an alarm when it has been so for after_ms. Its text may change meanwhile. */
void alarms_raise(struct alarms *alarms, enum alarm_kind kind, uint32_t index, const char *name,
                  int64_t after_ms, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Something that happened at one moment: it stands for ALARM_PULSE_MS. At any time. */
void alarms_pulse(struct alarms *alarms, enum alarm_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Logs what has changed, and tells the program. */
void alarms_end(struct alarms *alarms);

/* How many stand; and each as {"alarm", "subject", "priority", "rule", "text", "since_at",
 * "lasting"}: it still is so, and has not just happened at one moment. */
uint32_t alarms_count(const struct alarms *alarms);
json_t *alarms_json(const struct alarms *alarms);

/* The gravest of them and how many there are, or that all is well. Returns text. */
const char *alarms_line(const struct alarms *alarms, char text[static ALARM_TEXT_BYTES]);

/* Begins to close; freed by alarms_free once the loop has run dry. */
void alarms_close(struct alarms *alarms);
void alarms_kill(struct alarms *alarms);
void alarms_free(struct alarms *alarms);

#endif
