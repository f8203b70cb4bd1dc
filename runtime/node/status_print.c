#include "runtime/node/status_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* An age, to be read at a glance. */
static char *age_text(int64_t age_ms, char text[static 32])
{
    if (age_ms < 0)
        snprintf(text, 32, "never");
    else if (age_ms < 60000)
        snprintf(text, 32, "%" PRId64 ".%" PRId64 " s ago", age_ms / 1000, age_ms % 1000 / 100);
    else
        strcat(trace_duration(age_ms / 1000 * 1000, text, 27), " ago");
    return text;
}

static char *size_text(int64_t bytes, char text[static 32])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)(bytes > 0 ? bytes : 0);
    size_t unit = 0;
    for (; size >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        size /= 1000;
    snprintf(text, 32, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

/* "1 flap", "2 flaps". */
static char *count_text(int64_t count, const char *one, const char *many, char text[static 64])
{
    snprintf(text, 64, "%" PRId64 " %s", count, count == 1 ? one : many);
    return text;
}

static bool is_own(const json_t *camera)
{
    return strcmp(text_of(camera, "main"), text_of(camera, "server")) == 0;
}

/* A camera of another server that nothing is wanted of here is no news. */
static bool is_shown(const json_t *camera)
{
    return is_own(camera) || strcmp(text_of(camera, "state"), "idle") != 0;
}

static void print_camera(const json_t *camera, int width)
{
    char age[32], size[32], rate[32];
    const char *state = text_of(camera, "state");
    printf("  %-*s  %-9s", width, text_of(camera, "name"), state);
    if (!is_own(camera))
        printf("  of %s", text_of(camera, "main"));
    if (strcmp(state, "idle") != 0 && strcmp(state, "armed") != 0)
        printf("  epoch %" PRId64 ", %s at %s/s, keyframe %s", number_of(camera, "epoch"),
               size_text(number_of(camera, "bytes"), size),
               size_text(number_of(camera, "bytes_per_s"), rate),
               age_text(number_of(camera, "keyframe_age_ms"), age));
    if (text_of(camera, "cause")[0] != '\0')
        printf(" (%s)", text_of(camera, "cause"));
    putchar('\n');
}

static bool is_any(const json_t *object)
{
    (void)object;
    return true;
}

/* What was recorded here is copied to the main's archive (R34). */
static void print_fill(const json_t *fill)
{
    char size[32];
    const char *state = text_of(fill, "state");
    if (state[0] == '\0' || (strcmp(state, "done") == 0 && number_of(fill, "segments") == 0))
        return;
    printf(", back-fill %s", state);
    if (number_of(fill, "segments") > 0)
        printf(": %" PRId64 " segments, %s", number_of(fill, "segments"),
               size_text(number_of(fill, "bytes"), size));
    if (text_of(fill, "cause")[0] != '\0')
        printf(" (%s)", text_of(fill, "cause"));
}

static void print_failover(const json_t *failover, int width)
{
    char left[32], flaps[64], licence[64];
    const int64_t licence_ms = number_of(failover, "licence_left_ms");
    const int64_t left_ms = number_of(failover, "wait_left_ms");
    printf("  %-*s  %-13s  watches %s, epoch %" PRId64 ", %s", width, text_of(failover, "name"),
           text_of(failover, "state"), text_of(failover, "monitor"), number_of(failover, "epoch"),
           count_text(number_of(failover, "flaps"), "flap", "flaps", flaps));
    if (left_ms >= 0)
        printf(", %s left", trace_duration((left_ms + 999) / 1000 * 1000, left, sizeof left));
    if (licence_ms >= 0)
        printf(", licence for %s more", trace_time_left(licence_ms, licence, sizeof licence));
    print_fill(json_object_get(failover, "fill"));
    putchar('\n');
}

static void print_peer(const json_t *peer, int width)
{
    char age[32];
    const bool up = json_is_true(json_object_get(peer, "up"));
    printf("  %-*s  %-13s  %s, heard %s", width, text_of(peer, "name"),
           up ? "connected" : "NOT CONNECTED", text_of(peer, "address"),
           age_text(number_of(peer, "heard_ms_ago"), age));
    if (text_of(peer, "trouble")[0] != '\0')
        printf(": %s", text_of(peer, "trouble"));
    putchar('\n');
}

static void print_alarm(const json_t *alarm)
{
    const char *subject = text_of(alarm, "subject");
    const char *rule = text_of(alarm, "rule");
    printf("  %-8s  %s%s%s: %s%s%s%s, since %s\n", text_of(alarm, "priority"),
           text_of(alarm, "alarm"), subject[0] != '\0' ? " " : "", subject, text_of(alarm, "text"),
           rule[0] != '\0' ? " (" : "", rule, rule[0] != '\0' ? ")" : "",
           text_of(alarm, "since_at"));
}

static void print_alarms(const json_t *status)
{
    const json_t *list = json_object_get(status, "alarms");
    if (json_array_size(list) > 0)
        puts("alarms");
    for (size_t i = 0; i < json_array_size(list); i++)
        print_alarm(json_array_get(list, i));
}

/* max_running 0: no limit (R14). */
static void print_manager(const json_t *manager, int width)
{
    char slots[64];
    const int64_t limit = number_of(manager, "max_running");
    printf("  %-*s  %" PRId64 " of %s taken, %" PRId64 " waiting\n", width,
           text_of(manager, "name"), number_of(manager, "held"),
           limit > 0 ? count_text(limit, "slot", "slots", slots) : "any number of slots",
           number_of(manager, "waiting"));
}

/* A heading and a line for each, with room for the longest name; nothing where there is none. */
static void print_list(const json_t *status, const char *key, bool (*shown)(const json_t *),
                       void (*print)(const json_t *, int width))
{
    const json_t *list = json_object_get(status, key);
    int width = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        const int length = (int)strlen(text_of(object, "name"));
        if (shown(object) && length > width)
            width = length;
    }
    if (width == 0)
        return;
    printf("%s\n", key);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (shown(json_array_get(list, i)))
            print(json_array_get(list, i), width);
}

static void print_coordinator(const json_t *coordinator)
{
    char since[32];
    const bool in_reach = json_is_true(json_object_get(coordinator, "in_reach"));
    const json_t *claims = json_object_get(coordinator, "claims");
    if (!json_is_object(coordinator))
        return;
    trace_duration(number_of(coordinator, "since_ms") / 1000 * 1000, since, sizeof since);
    printf("coordinator\n  %s for %s%s%s\n", in_reach ? "in reach" : "OUT OF REACH", since,
           in_reach ? ", " : ": ", text_of(coordinator, in_reach ? "endpoint" : "trouble"));
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *claim = json_array_get(claims, i);
        const char *holder = text_of(claim, "holder");
        if (holder[0] == '\0')
            printf("  the claim of %s: nobody has had it\n", text_of(claim, "main"));
        else
            printf("  the claim of %s: %s, epoch %" PRId64 ", %s\n", text_of(claim, "main"), holder,
                   number_of(claim, "epoch"),
                   json_is_true(json_object_get(claim, "alive")) ? "alive" : "lapsed");
    }
}

/* A standby may have no cameras of its own: then there is nothing to say of their main. */
static bool has_own_cameras(const json_t *status)
{
    const json_t *cameras = json_object_get(status, "cameras");
    for (size_t i = 0; i < json_array_size(cameras); i++)
        if (is_own(json_array_get(cameras, i)))
            return true;
    return false;
}

static void print_server(const json_t *status)
{
    char entries[64];
    const json_t *journal = json_object_get(status, "journal");
    printf("server %s ", text_of(status, "server"));
    if (has_own_cameras(status))
        printf("is %s, epoch %" PRId64, text_of(status, "state"), number_of(status, "epoch"));
    else
        printf("has no cameras of its own");
    printf(", since %s; deployment %s; %s\n", text_of(status, "started_at"),
           text_of(status, "deployment"),
           count_text(number_of(journal, "entries"), "journal entry", "journal entries", entries));
}

bool status_print(const json_t *status)
{
    const json_t *verdict = json_object_get(status, "verdict");
    const json_t *journal = json_object_get(status, "journal");
    if (!json_is_object(verdict) || !json_is_object(journal))
        return false;
    const bool well = json_is_true(json_object_get(verdict, "ok"));
    printf("%s%s\n", well ? "" : "ATTENTION: ", text_of(verdict, "text"));
    print_server(status);
    print_alarms(status);
    print_list(status, "cameras", is_shown, print_camera);
    print_list(status, "failovers", is_any, print_failover);
    print_list(status, "peers", is_any, print_peer);
    print_list(status, "managers", is_any, print_manager);
    print_coordinator(json_object_get(status, "coordinator"));
    return true;
}
