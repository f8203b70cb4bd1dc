#include "runtime/node/alarm.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/hook.h"

#define TOLD_MAX 500 /* in one run of the program, of what began and of what is over */

struct alarm {
    enum alarm_kind kind;
    uint32_t index;
    bool seen; /* in this look */
    bool stands;
    bool over;        /* and the program is to be told */
    bool gone;        /* its place is free */
    bool told_stands; /* the program knows */
    int64_t first_ms; /* since when it is so */
    int64_t until_ms; /* of a pulse; else 0 */
    int64_t since_wall_ms;
    int64_t over_wall_ms;
    char name[NAME_BYTES_MAX];
    char text[ALARM_TEXT_BYTES];
};

struct alarms {
    uv_loop_t *loop;
    const struct image *image;
    uint32_t server;
    int64_t limit_ms;
    bool hooked;
    bool closing;
    struct hook *hook; /* NULL: the program does not run */
    struct hook_result trouble;
    struct log_limit limit;
    uint32_t count;
    struct alarm items[ALARMS_MAX];
};

static const struct {
    const char *name;
    enum log_priority priority;
    uint8_t rule;
} kinds[] = {
#define X(symbol, name, priority, rule) {name, priority, rule},
    ALARMS(X)
#undef X
};

/* ---- the list ---- */

static struct alarm *find(struct alarms *alarms, enum alarm_kind kind, uint32_t index)
{
    for (uint32_t i = 0; i < alarms->count; i++) {
        struct alarm *alarm = &alarms->items[i];
        if (alarm->kind == kind && alarm->index == index && !alarm->over)
            return alarm;
    }
    return NULL;
}

static struct alarm *add(struct alarms *alarms, enum alarm_kind kind, uint32_t index)
{
    if (alarms->count == ALARMS_MAX) {
        log_limited(&alarms->limit, "there are more than %d alarms; the rest is not shown",
                    ALARMS_MAX);
        return NULL;
    }
    struct alarm *alarm = &alarms->items[alarms->count++];
    *alarm = (struct alarm){
        .kind = kind, .index = index, .first_ms = clock_now_ms(), .since_wall_ms = clock_wall_ms()};
    return alarm;
}

/* What is over is kept for a program to hear of. */
static bool is_gone(const struct alarms *alarms, const struct alarm *alarm)
{
    return alarm->gone || (alarm->over && !alarms->hooked);
}

static void remove_gone(struct alarms *alarms)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < alarms->count; i++)
        if (!is_gone(alarms, &alarms->items[i]) && kept++ != i)
            alarms->items[kept - 1] = alarms->items[i];
    alarms->count = kept;
}

/* ---- a look ---- */

void alarms_begin(struct alarms *alarms)
{
    const int64_t now_ms = clock_now_ms();
    for (uint32_t i = 0; i < alarms->count; i++)
        alarms->items[i].seen = alarms->items[i].until_ms > now_ms;
}

static void begin_alarm(struct alarm *alarm)
{
    alarm->stands = true;
    log_alarm(kinds[alarm->kind].priority, "ALARM %s%s%s: %s", kinds[alarm->kind].name,
              alarm->name[0] != '\0' ? " " : "", alarm->name, alarm->text);
}

void alarms_raise(struct alarms *alarms, enum alarm_kind kind, uint32_t index, const char *name,
                  int64_t after_ms, const char *format, ...)
{
    va_list arguments;
    struct alarm *alarm = find(alarms, kind, index);
    if (alarm == NULL)
        alarm = add(alarms, kind, index);
    if (alarm == NULL)
        return;
    alarm->seen = true;
    snprintf(alarm->name, sizeof alarm->name, "%s", name);
    va_start(arguments, format);
    vsnprintf(alarm->text, sizeof alarm->text, format, arguments);
    va_end(arguments);
    if (!alarm->stands && clock_now_ms() - alarm->first_ms >= after_ms)
        begin_alarm(alarm);
}

void alarms_pulse(struct alarms *alarms, enum alarm_kind kind, const char *format, ...)
{
    va_list arguments;
    struct alarm *alarm = find(alarms, kind, IMAGE_NONE);
    const bool known = alarm != NULL;
    if (!known)
        alarm = add(alarms, kind, IMAGE_NONE);
    if (alarm == NULL)
        return;
    alarm->until_ms = clock_now_ms() + ALARM_PULSE_MS;
    va_start(arguments, format);
    vsnprintf(alarm->text, sizeof alarm->text, format, arguments);
    va_end(arguments);
    if (!known)
        begin_alarm(alarm);
}

static void end_alarm(struct alarm *alarm)
{
    char passed[32];
    alarm->gone = !alarm->stands;
    if (!alarm->stands)
        return;
    alarm->over = true;
    alarm->stands = false;
    alarm->over_wall_ms = clock_wall_ms();
    trace_duration((clock_now_ms() - alarm->first_ms) / 1000 * 1000, passed, sizeof passed);
    log_alarm(LOG_NOTICE, "alarm %s%s%s is over after %s", kinds[alarm->kind].name,
              alarm->name[0] != '\0' ? " " : "", alarm->name, passed);
}

/* ---- what the program is told ---- */

static json_t *alarm_json(const struct alarm *alarm)
{
    char since[CLOCK_TEXT_BYTES], until[CLOCK_TEXT_BYTES], rule[8];
    snprintf(rule, sizeof rule, "R%u", kinds[alarm->kind].rule);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:s}", "alarm", kinds[alarm->kind].name, "subject",
                  alarm->name, "priority", log_priority_name(kinds[alarm->kind].priority), "rule",
                  kinds[alarm->kind].rule > 0 ? json_string(rule) : json_null(), "text",
                  alarm->text, "since_at", clock_text(alarm->since_wall_ms, since));
    if (object != NULL && alarm->over)
        json_object_set_new(object, "until_at",
                            json_string(clock_text(alarm->over_wall_ms, until)));
    return object;
}

static bool is_news(const struct alarm *alarm)
{
    return (alarm->stands && !alarm->told_stands) || alarm->over;
}

static void gather(struct alarms *alarms, json_t *raised, json_t *cleared)
{
    for (uint32_t i = 0; i < alarms->count; i++) {
        struct alarm *alarm = &alarms->items[i];
        json_t *list = alarm->over ? cleared : raised;
        if (!is_news(alarm) || json_array_size(list) >= TOLD_MAX)
            continue;
        json_array_append_new(list, alarm_json(alarm));
        if (alarm->over && !alarm->told_stands) /* it came and went meanwhile */
            json_array_append_new(raised, alarm_json(alarm));
        alarm->told_stands = true;
        alarm->gone = alarm->over;
    }
    remove_gone(alarms);
}

/* That the program failed itself, it need not be started for. */
static bool has_news(const struct alarms *alarms)
{
    for (uint32_t i = 0; i < alarms->count; i++)
        if (is_news(&alarms->items[i]) && alarms->items[i].kind != ALARM_HOOK)
            return true;
    return false;
}

static char *news(struct alarms *alarms)
{
    char moment[CLOCK_TEXT_BYTES], hash[13];
    const struct image *image = alarms->image;
    json_t *raised = json_array(), *cleared = json_array();
    gather(alarms, raised, cleared);
    image_short_hash(image, hash);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "event", "ALARM", "server",
                  image_text(image, image_servers(image)[alarms->server].name), "deployment", hash,
                  "at", clock_text(clock_wall_ms(), moment), "raised", raised, "cleared", cleared,
                  "standing", (json_int_t)alarms_count(alarms));
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}

static void on_told(void *owner, const struct hook_result *result)
{
    struct alarms *alarms = owner;
    alarms->hook = NULL;
    alarms->trouble = *result;
}

static void tell(struct alarms *alarms)
{
    const char *words[HOOK_WORDS_MAX + 1];
    const struct image *image = alarms->image;
    const struct image_list list = image->site.on_alarm;
    if (!alarms->hooked || alarms->hook != NULL || alarms->closing || !has_news(alarms))
        return;
    for (uint32_t i = 0; i < list.count; i++)
        words[i] = image_text(image, image_numbers(image)[list.first + i]);
    words[list.count] = NULL;
    const struct hook_order order = {
        .name = "on_alarm", .words = words, .input = news(alarms), .limit_ms = alarms->limit_ms};
    struct hook_result result = {.well = true};
    if (order.input != NULL)
        alarms->hook = hook_start(alarms->loop, &order, on_told, alarms, result.text);
    result.well = alarms->hook != NULL;
    alarms->trouble = result;
}

void alarms_end(struct alarms *alarms)
{
    if (alarms->hook == NULL && alarms->hooked && !alarms->trouble.well)
        alarms_raise(alarms, ALARM_HOOK, IMAGE_NONE - 1, "on_alarm", 0, "it %.200s",
                     alarms->trouble.text);
    for (uint32_t i = alarms->count; i-- > 0;)
        if (!alarms->items[i].seen && !alarms->items[i].over)
            end_alarm(&alarms->items[i]);
    remove_gone(alarms);
    tell(alarms);
}

/* ---- showing, opening, closing ---- */

uint32_t alarms_count(const struct alarms *alarms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < alarms->count; i++)
        count += alarms->items[i].stands;
    return count;
}

const char *alarms_line(const struct alarms *alarms, char text[static ALARM_TEXT_BYTES])
{
    const struct alarm *worst = NULL;
    const uint32_t count = alarms_count(alarms);
    for (uint32_t i = 0; i < alarms->count; i++) {
        const struct alarm *alarm = &alarms->items[i];
        if (alarm->stands &&
            (worst == NULL || kinds[alarm->kind].priority < kinds[worst->kind].priority))
            worst = alarm;
    }
    if (worst == NULL)
        snprintf(text, ALARM_TEXT_BYTES, "all is well");
    else
        snprintf(text, ALARM_TEXT_BYTES, "%u %s: %s%s%s: %.120s%s", count,
                 count == 1 ? "alarm" : "alarms", kinds[worst->kind].name,
                 worst->name[0] != '\0' ? " " : "", worst->name, worst->text,
                 count > 1 ? "; ..." : "");
    return text;
}

json_t *alarms_json(const struct alarms *alarms)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < alarms->count; i++) {
        const struct alarm *alarm = &alarms->items[i];
        if (!alarm->stands)
            continue;
        json_t *object = alarm_json(alarm);
        json_object_set_new(object, "lasting", json_boolean(alarm->until_ms == 0));
        json_array_append_new(list, object);
    }
    return list;
}

void alarms_renew(struct alarms *alarms, const struct image *image, uint32_t server)
{
    alarms->image = image;
    alarms->server = server;
    alarms->hooked = image->site.on_alarm.count > 0;
}

struct alarms *alarms_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                           int64_t limit_ms)
{
    struct alarms *alarms = calloc(1, sizeof *alarms);
    if (alarms == NULL)
        return NULL;
    alarms->loop = loop;
    alarms->image = image;
    alarms->server = server;
    alarms->limit_ms = limit_ms;
    alarms->hooked = image->site.on_alarm.count > 0;
    alarms->trouble.well = true;
    return alarms;
}

void alarms_close(struct alarms *alarms)
{
    alarms->closing = true;
}

void alarms_kill(struct alarms *alarms)
{
    if (alarms->hook != NULL)
        hook_kill(alarms->hook);
}

void alarms_free(struct alarms *alarms)
{
    free(alarms);
}
