#include "runtime/node/status_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"

const char *status_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

int64_t status_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

bool status_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

bool status_is_own(const json_t *camera)
{
    return strcmp(status_text(camera, "main"), status_text(camera, "server")) == 0;
}

bool status_has_own_cameras(const json_t *status)
{
    const json_t *cameras = json_object_get(status, "cameras");
    for (size_t i = 0; i < json_array_size(cameras); i++)
        if (status_is_own(json_array_get(cameras, i)))
            return true;
    return false;
}

bool status_is(const json_t *object, const char *state)
{
    return strcmp(status_text(object, "state"), state) == 0;
}

/* ---- figures ---- */

char *status_age(int64_t age_ms, char text[static STATUS_WORDS_BYTES])
{
    if (age_ms < 0)
        snprintf(text, STATUS_WORDS_BYTES, "never");
    else if (age_ms < 60000)
        snprintf(text, STATUS_WORDS_BYTES, "%" PRId64 ".%" PRId64 " s ago", age_ms / 1000,
                 age_ms % 1000 / 100);
    else
        strcat(trace_duration(age_ms / 1000 * 1000, text, STATUS_WORDS_BYTES - sizeof " ago"),
               " ago");
    return text;
}

char *status_size(int64_t bytes, char text[static STATUS_WORDS_BYTES])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)(bytes > 0 ? bytes : 0);
    size_t unit = 0;
    for (; size >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        size /= 1000;
    snprintf(text, STATUS_WORDS_BYTES, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

char *status_count(int64_t count, const char *one, const char *many,
                   char text[static STATUS_WORDS_BYTES])
{
    snprintf(text, STATUS_WORDS_BYTES, "%" PRId64 " %s", count, count == 1 ? one : many);
    return text;
}

/* ---- states ---- */

const char *status_tone_name(enum status_tone tone)
{
    static const char *const names[] = {"idle", "well", "attention", "alarm"};
    return names[tone];
}

enum status_tone status_tone_of_level(const char *level)
{
    if (strcmp(level, "alarm") == 0)
        return TONE_ALARM;
    return strcmp(level, "attention") == 0 ? TONE_ATTENTION : TONE_WELL;
}

struct status_words status_failover_words(const char *state)
{
    static const struct status_words words[FAILOVER_STATE_COUNT] = {
        [FAILOVER_UNSEEN] = {"has not been seen since this server started", TONE_ATTENTION},
        [FAILOVER_WATCHING] = {"is alive", TONE_WELL},
        [FAILOVER_SUSPECT] = {"is lost and has a while to come back", TONE_ATTENTION},
        [FAILOVER_QUEUED] = {"is lost and waits for a slot", TONE_ALARM},
        [FAILOVER_TAKING_OVER] = {"is being taken over", TONE_ATTENTION},
        [FAILOVER_CARRYING] = {"is carried here", TONE_ATTENTION},
        [FAILOVER_HOLDING] = {"is back and must stay so before the return", TONE_ATTENTION},
        [FAILOVER_RETURNING] = {"takes its cameras back, one by one", TONE_ATTENTION},
        [FAILOVER_FORCED] = {"is carried here by order of an operator", TONE_ATTENTION},
        [FAILOVER_KEEPING] = {"is back; the return waits for an operator", TONE_ATTENTION},
        [FAILOVER_STOPPED] = {"is not taken over until it was seen again (an operator's stop)",
                              TONE_ATTENTION},
        [FAILOVER_LOGGED_OFF] = {"has logged off in good order", TONE_IDLE},
        [FAILOVER_DISABLED] = {"is not watched: disabled", TONE_IDLE},
        [FAILOVER_UNLOADED] = {"is no longer carried: the licence's grace is over", TONE_ALARM},
        [FAILOVER_COVERED] = {"is carried by another standby", TONE_IDLE},
        [FAILOVER_WITHHELD] = {"is lost here, but alive by a second view", TONE_ATTENTION},
        [FAILOVER_ISOLATED] = {"is not judged: our own network is down", TONE_ALARM},
        [FAILOVER_TROUBLED] = {"is alive and does not record", TONE_ATTENTION},
        [FAILOVER_REPLACING] = {"does not record; it is recorded here", TONE_ATTENTION},
    };
    for (uint32_t i = 0; i < FAILOVER_STATE_COUNT; i++)
        if (strcmp(trace_state(MACHINE_FAILOVER, i), state) == 0 && words[i].text != NULL)
            return words[i];
    return (struct status_words){"is in a state that this version does not know", TONE_IDLE};
}

enum status_tone status_camera_tone(const char *state)
{
    if (strcmp(state, "recording") == 0)
        return TONE_WELL;
    if (strcmp(state, "silent") == 0)
        return TONE_ALARM;
    return strcmp(state, "starting") == 0 ? TONE_ATTENTION : TONE_IDLE;
}
