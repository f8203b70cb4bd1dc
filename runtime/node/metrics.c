#include "runtime/node/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

/* One family: a value of each object in a list of the status, labelled by some of its texts. */
struct family {
    const char *name;
    const char *help;
    const char *list;      /* of the status; NULL: the status itself */
    const char *labels[3]; /* names of members; "name" is shown as `subject` */
    const char *subject;
    const char *value; /* a member: a number or a bool; NULL: 1 */
    double scale;
    enum metric_type type;
};

#define MS    0.001
#define COUNT 1.0

#define FAMILY(metric, type_, list_, subject_, label_, value_, scale_, help_)                      \
    {                                                                                              \
        .name = "understudy_" metric, .help = help_, .list = list_, .labels = {"name", label_},    \
        .subject = subject_, .value = value_, .scale = scale_, .type = type_                       \
    }
#define CAMERA(metric, type, value, scale, help)                                                   \
    FAMILY("camera_" metric, type, "cameras", "camera", "main", value, scale, help)
#define FAILOVER(metric, type, value, scale, help)                                                 \
    FAILOVER_LABELLED(metric, type, "monitor", value, scale, help)
#define FAILOVER_LABELLED(metric, type, label, value, scale, help)                                 \
    FAMILY("failover_" metric, type, "failovers", "failover", label, value, scale, help)
#define PEER(metric, value, scale, help)                                                           \
    FAMILY("peer_" metric, METRIC_GAUGE, "peers", "server", NULL, value, scale, help)
#define VOLUME(metric, value, help)                                                                \
    FAMILY("volume_" metric, METRIC_GAUGE, "volumes", "volume", NULL, value, COUNT, help)
#define CLAIM(metric, value_, help_)                                                               \
    {                                                                                              \
        .name = "understudy_claim_" metric, .help = help_, .list = "claims",                       \
        .labels = {"main", "holder"}, .subject = "main", .value = value_, .scale = COUNT,          \
        .type = METRIC_GAUGE                                                                       \
    }
#define MANAGER(metric, value, help)                                                               \
    FAMILY("slots_" metric, METRIC_GAUGE, "managers", "manager", NULL, value, COUNT, help)

static const struct family families[] = {
    CAMERA("recording", METRIC_GAUGE, "recording", COUNT, "1: this server has it on disk."),
    CAMERA("silent", METRIC_GAUGE, "silent", COUNT,
           "1: this server is to record it and nothing reaches the disk."),
    CAMERA("silences_total", METRIC_COUNTER, "silences", COUNT, "How often it fell silent."),
    CAMERA("lost_frames_total", METRIC_COUNTER, "lost_frames", COUNT,
           "Pictures that no volume took in time."),
    CAMERA("written_bytes", METRIC_GAUGE, "bytes", COUNT, "Written under the present epoch."),
    CAMERA("bytes_per_second", METRIC_GAUGE, "bytes_per_s", COUNT, "How fast it grows."),
    CAMERA("keyframe_age_seconds", METRIC_GAUGE, "keyframe_age_ms", MS,
           "Since the last keyframe that was written."),
    FAILOVER_LABELLED("state", METRIC_GAUGE, "state", NULL, COUNT,
                      "1 with the present state as a label."),
    FAILOVER("carrying", METRIC_GAUGE, "carries", COUNT, "1: this standby carries the main."),
    FAILOVER("starts_total", METRIC_COUNTER, "starts", COUNT, "Take-overs."),
    FAILOVER("stops_total", METRIC_COUNTER, "stops", COUNT, "Ends of take-overs."),
    FAILOVER("flaps", METRIC_GAUGE, "flaps", COUNT,
             "How often the link came back within the wait."),
    FAILOVER("epoch", METRIC_GAUGE, "epoch", COUNT, "The last epoch that it claimed."),
    FAILOVER("wait_left_seconds", METRIC_GAUGE, "wait_left_ms", MS, "Until its wait is over."),
    FAILOVER("licence_left_seconds", METRIC_GAUGE, "licence_left_ms", MS,
             "What is left of the licence's grace."),
    PEER("up", "up", COUNT, "1: connected."),
    PEER("other_deployment", "other_deployment", COUNT,
         "1: it runs another deployment or version."),
    PEER("heard_age_seconds", "heard_ms_ago", MS, "Since its last sign of life."),
    MANAGER("max", "max_running", "Slots of the manager, 0: any number."),
    MANAGER("held", "held", "Slots that are taken."),
    MANAGER("waiting", "waiting", "Failovers that wait for a slot."),
    CLAIM("alive", "alive", "1: its holder renews it, by the word of the volume or coordinator."),
    CLAIM("epoch", "epoch", "The epoch that it was last given under."),
    VOLUME("ok", "ok", "1: nothing is wrong with it."),
    VOLUME("size_bytes", "size_bytes", "What this server may use, 0: all."),
    VOLUME("own_bytes", "own_bytes", "Footage of this server."),
    VOLUME("free_bytes", "free_bytes", "Free on its file system."),
};

/* ---- text ---- */

static void put_label(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            fputc('\\', out);
        if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text, out);
    }
}

static void put_head(FILE *out, const char *name, const char *help, enum metric_type type)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
            type == METRIC_COUNTER ? "counter" : "gauge");
}

/* ---- values ---- */

static bool is_state(const json_t *object, const char *state)
{
    const char *text = json_string_value(json_object_get(object, "state"));
    return text != NULL && strcmp(text, state) == 0;
}

static bool is_empty(const json_t *object, const char *key)
{
    return json_string_length(json_object_get(object, key)) == 0;
}

/* False: it has none now, so there is no sample. */
static bool value_of(const struct family *family, const json_t *object, double *value)
{
    const json_t *member = family->value != NULL ? json_object_get(object, family->value) : NULL;
    if (family->value == NULL)
        *value = 1;
    else if (strcmp(family->value, "recording") == 0 || strcmp(family->value, "silent") == 0)
        *value = is_state(object, family->value);
    else if (strcmp(family->value, "ok") == 0)
        *value = is_empty(object, "trouble");
    else if (json_is_boolean(member))
        *value = json_is_true(member);
    else if (json_is_integer(member))
        *value = (double)json_integer_value(member) * family->scale;
    else
        return false;
    return true;
}

static void put_labels(FILE *out, const struct family *family, const json_t *object)
{
    const char *before = "{";
    for (size_t i = 0; family->labels[i] != NULL; i++) {
        const char *text = json_string_value(json_object_get(object, family->labels[i]));
        fprintf(out, "%s%s=\"", before, i == 0 ? family->subject : family->labels[i]);
        put_label(out, text != NULL ? text : "");
        fputc('"', out);
        before = ",";
    }
    fputc('}', out);
}

/* Returns whether the family has its head by now. */
static bool put_list(FILE *out, const struct family *family, const json_t *list, bool headed)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        double value;
        if (!value_of(family, object, &value))
            continue;
        if (!headed)
            put_head(out, family->name, family->help, family->type);
        headed = true;
        fputs(family->name, out);
        put_labels(out, family, object);
        fprintf(out, " %.15g\n", value);
    }
    return headed;
}

/* Of claims, the coordinator has those that no volume decides about. */
static void put_family(FILE *out, const struct family *family, const json_t *status)
{
    const bool headed = put_list(out, family, json_object_get(status, family->list), false);
    put_list(out, family, json_object_get(json_object_get(status, "coordinator"), family->list),
             headed);
}

static void put_one(FILE *out, const char *name, const char *help, enum metric_type type,
                    double value)
{
    put_head(out, name, help, type);
    fprintf(out, "%s %.15g\n", name, value);
}

/* ---- the node itself ---- */

static double number_of(const json_t *object, const char *key)
{
    return (double)json_integer_value(json_object_get(object, key));
}

static void put_info(FILE *out, const json_t *status)
{
    static const char *const labels[] = {"server", "deployment", "state"};
    put_head(out, "understudy_node_info", "1 with what this node is as labels.", METRIC_GAUGE);
    fputs("understudy_node_info", out);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const char *text = json_string_value(json_object_get(status, labels[i]));
        fprintf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i]);
        put_label(out, text != NULL ? text : "");
        fputc('"', out);
    }
    fputs("} 1\n", out);
}

static void put_coordinator(FILE *out, const json_t *coordinator)
{
    if (json_is_object(coordinator))
        put_one(out, "understudy_coordinator_up", "1: the coordinator is in reach.", METRIC_GAUGE,
                json_is_true(json_object_get(coordinator, "in_reach")));
}

static void put_node(FILE *out, const json_t *status, int64_t age_ms)
{
    const json_t *verdict = json_object_get(status, "verdict");
    const json_t *journal = json_object_get(status, "journal");
    const char *level = json_string_value(json_object_get(verdict, "level"));
    put_info(out, status);
    put_one(out, "understudy_status_age_seconds", "How long ago the node said all this.",
            METRIC_GAUGE, (double)age_ms * MS);
    put_one(out, "understudy_uptime_seconds", "Since the node's start.", METRIC_GAUGE,
            number_of(status, "uptime_ms") * MS);
    put_one(out, "understudy_verdict", "0: all is well, 1: attention, 2: alarm.", METRIC_GAUGE,
            level == NULL || strcmp(level, "alarm") == 0 ? 2 : strcmp(level, "attention") == 0);
    put_one(out, "understudy_main_epoch", "The epoch under which its own cameras are recorded.",
            METRIC_GAUGE, number_of(status, "epoch"));
    put_one(out, "understudy_journal_ok", "1: the journal can be written.", METRIC_GAUGE,
            json_is_true(json_object_get(journal, "ok")));
    put_one(out, "understudy_journal_entries_total", "Entries of the journal, all that ever were.",
            METRIC_COUNTER, number_of(journal, "entries"));
    put_one(out, "understudy_journal_lost_entries_total", "Entries that were never written.",
            METRIC_COUNTER, number_of(journal, "lost"));
    put_one(out, "understudy_alarms", "Alarms that stand.", METRIC_GAUGE,
            (double)json_array_size(json_object_get(status, "alarms")));
    put_coordinator(out, json_object_get(status, "coordinator"));
    put_one(out, "understudy_unexpected_total", "Events that should not have come.", METRIC_COUNTER,
            number_of(journal, "unexpected"));
}

char *metrics_text(const json_t *status, int64_t age_ms)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    put_node(out, status, age_ms);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        put_family(out, &families[i], status);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
