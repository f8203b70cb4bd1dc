/* Metrics as Prometheus reads them: a strict reader of its text format finds every sample in a
 * family with help and type, no series twice, and hostile names whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/metrics.h"

#define SAMPLES_MAX 200
#define TEXT_MAX    512

/* ---- the reader ---- */

struct sample {
    char name[TEXT_MAX];
    char labels[TEXT_MAX]; /* decoded, "name=value\x1f" each */
    double value;
};

static struct sample samples[SAMPLES_MAX];
static size_t sample_count;
static char family[TEXT_MAX], families[64][TEXT_MAX];
static size_t family_count;

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    assert_true(length > 0 && !isdigit((unsigned char)text[0]));
    return length;
}

/* Reads `name="value"` with its escapes; returns what follows. */
static const char *read_label(const char *text, struct sample *sample)
{
    char *to = sample->labels + strlen(sample->labels);
    const size_t length = name_length(text);
    to += sprintf(to, "%.*s=", (int)length, text);
    text += length;
    assert_true(strncmp(text, "=\"", 2) == 0);
    for (text += 2; *text != '"'; text++) {
        assert_true(*text != '\0');
        if (*text == '\\') {
            text++;
            assert_true(*text == '\\' || *text == '"' || *text == 'n');
            *to++ = *text == 'n' ? '\n' : *text;
        } else {
            *to++ = *text;
        }
    }
    strcpy(to, "\x1f");
    return text + 1;
}

static void read_sample(const char *line)
{
    struct sample *sample = &samples[sample_count++];
    const size_t length = name_length(line);
    char *end;
    assert_true(sample_count <= SAMPLES_MAX);
    sprintf(sample->name, "%.*s", (int)length, line);
    assert_string_equal(sample->name, family);
    sample->labels[0] = '\0';
    line += length;
    if (*line == '{') {
        do
            line = read_label(line + 1, sample);
        while (*line == ',');
        assert_true(*line == '}');
        line++;
    }
    assert_true(*line == ' ');
    sample->value = strtod(line + 1, &end);
    assert_true(end > line + 1 && *end == '\0');
    for (size_t i = 0; i + 1 < sample_count; i++)
        assert_false(strcmp(samples[i].name, sample->name) == 0 &&
                     strcmp(samples[i].labels, sample->labels) == 0);
}

/* A family is opened by its help and its type, once. */
static void read_comment(const char *line)
{
    static char helped[TEXT_MAX];
    char type[TEXT_MAX];
    if (strncmp(line, "# HELP ", 7) == 0) {
        sprintf(helped, "%.*s", (int)name_length(line + 7), line + 7);
        assert_true(strlen(line) > 7 + strlen(helped) + 1);
        return;
    }
    assert_int_equal(sscanf(line, "# TYPE %511s %511s", family, type), 2);
    assert_string_equal(family, helped);
    assert_true(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0);
    const size_t length = strlen(family);
    const bool total = length > 6 && strcmp(family + length - 6, "_total") == 0;
    assert_true(total == (strcmp(type, "counter") == 0));
    for (size_t i = 0; i < family_count; i++)
        assert_string_not_equal(families[i], family);
    strcpy(families[family_count++], family);
}

static void read_metrics(char *text)
{
    sample_count = family_count = 0;
    assert_true(text[strlen(text) - 1] == '\n');
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        *line == '#' ? read_comment(line) : read_sample(line);
}

static double value_of(const char *name, const char *label)
{
    for (size_t i = 0; i < sample_count; i++)
        if (strcmp(samples[i].name, name) == 0 && strstr(samples[i].labels, label) != NULL)
            return samples[i].value;
    fail_msg("no sample %s with %s", name, label);
    return 0;
}

static bool is_there(const char *name)
{
    for (size_t i = 0; i < sample_count; i++)
        if (strcmp(samples[i].name, name) == 0)
            return true;
    return false;
}

/* ---- the tests ---- */

static void read_status(const char *text)
{
    json_error_t error;
    json_t *status = json_loads(text, 0, &error);
    if (status == NULL)
        fail_msg("%s", error.text);
    char *metrics = metrics_text(status, 1500);
    json_decref(status);
    assert_non_null(metrics);
    read_metrics(metrics);
    free(metrics);
}

static void test_a_standby_that_carries(void **state)
{
    (void)state;
    read_status(
        "{\"server\": \"omega\", \"deployment\": \"0123456789ab\", \"state\": \"recording\","
        " \"epoch\": 3, \"uptime_ms\": 90500, \"verdict\": {\"level\": \"attention\"},"
        " \"journal\": {\"entries\": 17, \"ok\": true, \"lost\": 0, \"unexpected\": 1},"
        " \"cameras\": [{\"name\": \"lobby\", \"main\": \"alpha\", \"state\": \"recording\","
        " \"silences\": 2, \"keyframe_age_ms\": 250}, {\"name\": \"gate\", \"main\": \"alpha\","
        " \"state\": \"silent\", \"silences\": 1, \"keyframe_age_ms\": null}],"
        " \"failovers\": [{\"name\": \"a\", \"monitor\": \"alpha\", \"state\": \"carrying\","
        " \"carries\": true, \"starts\": 4, \"licence_left_ms\": 60000, \"wait_left_ms\": null}],"
        " \"peers\": [{\"name\": \"alpha\", \"up\": false, \"heard_ms_ago\": 12500}],"
        " \"volumes\": [{\"name\": \"disk\", \"trouble\": \"\", \"free_bytes\": 7}],"
        " \"managers\": [{\"name\": \"limit\", \"max_running\": 1, \"held\": 1, \"waiting\": 2}]}");
    assert_true(value_of("understudy_status_age_seconds", "") == 1.5);
    assert_true(value_of("understudy_uptime_seconds", "") == 90.5);
    assert_true(value_of("understudy_verdict", "") == 1);
    assert_true(value_of("understudy_journal_entries_total", "") == 17);
    assert_true(value_of("understudy_unexpected_total", "") == 1);
    assert_true(value_of("understudy_camera_recording", "camera=lobby\x1fmain=alpha") == 1);
    assert_true(value_of("understudy_camera_silent", "camera=gate") == 1);
    assert_true(value_of("understudy_camera_silences_total", "camera=lobby") == 2);
    assert_true(value_of("understudy_failover_state", "state=carrying") == 1);
    assert_true(value_of("understudy_failover_carrying", "failover=a") == 1);
    assert_true(value_of("understudy_failover_starts_total", "monitor=alpha") == 4);
    assert_true(value_of("understudy_failover_licence_left_seconds", "failover=a") == 60);
    assert_true(value_of("understudy_peer_heard_age_seconds", "server=alpha") == 12.5);
    assert_true(value_of("understudy_peer_up", "server=alpha") == 0);
    assert_true(value_of("understudy_volume_ok", "volume=disk") == 1);
    assert_true(value_of("understudy_slots_waiting", "manager=limit") == 2);
    /* What has no value has no sample. */
    assert_false(is_there("understudy_failover_wait_left_seconds"));
    size_t ages = 0;
    for (size_t i = 0; i < sample_count; i++)
        ages += strcmp(samples[i].name, "understudy_camera_keyframe_age_seconds") == 0;
    assert_int_equal(ages, 1);
}

/* Those that a volume decides about, and those of the coordinator. */
static void test_claims(void **state)
{
    (void)state;
    read_status(
        "{\"claims\": [{\"main\": \"alpha\", \"volume\": \"vault\", \"holder\": \"omega\","
        " \"epoch\": 2, \"alive\": true}], \"coordinator\": {\"in_reach\": true, \"claims\":"
        " [{\"main\": \"beta\", \"holder\": \"\", \"epoch\": 5, \"alive\": false}]}}");
    assert_true(value_of("understudy_claim_alive", "main=alpha\x1fholder=omega") == 1);
    assert_true(value_of("understudy_claim_epoch", "main=alpha") == 2);
    assert_true(value_of("understudy_claim_alive", "main=beta\x1fholder=\x1f") == 0);
    assert_true(value_of("understudy_claim_epoch", "main=beta") == 5);
    assert_true(value_of("understudy_coordinator_up", "") == 1);
}

static void test_hostile_names(void **state)
{
    (void)state;
    read_status("{\"server\": \"o\\\"} 1\\nunderstudy_verdict 0\\\\\", \"cameras\": [{\"name\": "
                "\"a\\\\\\\"\\n# HELP x\", \"main\": \"m\", \"state\": \"recording\"}]}");
    assert_true(value_of("understudy_node_info", "server=o\"} 1\nunderstudy_verdict 0\\\x1f") == 1);
    assert_true(value_of("understudy_camera_recording", "camera=a\\\"\n# HELP x\x1f") == 1);
    assert_true(value_of("understudy_verdict", "") == 2);
}

static void test_what_is_no_status(void **state)
{
    (void)state;
    read_status("{\"cameras\": 7, \"peers\": [null, 3, {}], \"journal\": []}");
    assert_true(is_there("understudy_verdict"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_standby_that_carries), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_what_is_no_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
