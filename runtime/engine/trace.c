/* Names and sentences for people. No stdio: numbers and texts are put together by hand. */
#include "runtime/engine/trace.h"

#include <assert.h>
#include <string.h>

#define X(symbol, name) name,
static const char *const kind_names[] = {MACHINE_KINDS(X)};
static const char *const failover_states[] = {FAILOVER_STATES(X)};
static const char *const failover_events[] = {FAILOVER_EVENTS(X)};
static const char *const main_states[] = {MAIN_STATES(X)};
static const char *const main_events[] = {MAIN_EVENTS(X)};
static const char *const camera_states[] = {CAMERA_STATES(X)};
static const char *const camera_events[] = {CAMERA_EVENTS(X)};
static const char *const event_names[] = {ENGINE_EVENTS(X)};
static const char *const message_names[] = {ENGINE_MESSAGES(X)};
static const char *const action_names[] = {ENGINE_ACTIONS(X)};
#undef X

#define NAME_OF(names, code) ((code) < sizeof(names) / sizeof(names)[0] ? (names)[code] : "?")

const char *trace_event_kind(uint32_t kind)
{
    return NAME_OF(event_names, kind);
}

const char *trace_message_kind(uint32_t kind)
{
    return NAME_OF(message_names, kind);
}

const char *trace_action_kind(uint32_t kind)
{
    return NAME_OF(action_names, kind);
}

const char *trace_machine_kind(uint32_t kind)
{
    return NAME_OF(kind_names, kind);
}

const char *trace_state(uint32_t machine_kind, uint32_t state)
{
    if (machine_kind == MACHINE_FAILOVER)
        return NAME_OF(failover_states, state);
    if (machine_kind == MACHINE_MAIN)
        return NAME_OF(main_states, state);
    return machine_kind == MACHINE_CAMERA ? NAME_OF(camera_states, state) : "?";
}

const char *trace_event(uint32_t machine_kind, uint32_t event)
{
    if (machine_kind == MACHINE_FAILOVER)
        return NAME_OF(failover_events, event);
    if (machine_kind == MACHINE_MAIN)
        return NAME_OF(main_events, event);
    return machine_kind == MACHINE_CAMERA ? NAME_OF(camera_events, event) : "?";
}

static const struct machine *machine_of(const struct deployment *deployment,
                                        const struct engine_transition *transition)
{
    assert(transition->machine < deployment->machine_count);
    return &deployment->machines[transition->machine];
}

static const char *server_name(const struct image *image, uint32_t server)
{
    if (server >= image->servers.count)
        return "the other server";
    return image_text(image, image_servers(image)[server].name);
}

const char *trace_subject(const struct deployment *deployment,
                          const struct engine_transition *transition)
{
    const struct image *image = deployment->image;
    const uint8_t kind = machine_of(deployment, transition)->kind;
    if (kind == MACHINE_FAILOVER && transition->subject < image->failovers.count)
        return image_text(image, image_failovers(image)[transition->subject].name);
    if (kind == MACHINE_CAMERA && transition->subject < image->cameras.count)
        return image_text(image, image_cameras(image)[transition->subject].name);
    return server_name(image, transition->subject);
}

enum engine_action_kind trace_published(const struct deployment *deployment,
                                        const struct engine_transition *transition)
{
    const struct machine *machine = machine_of(deployment, transition);
    if (machine->kind != MACHINE_FAILOVER || transition->verdict != VERDICT_MOVE)
        return ENGINE_ACTION_COUNT;
    assert(transition->from < machine->state_count && transition->event < machine->event_count);
    const struct machine_cell *cell =
        &machine->cells[transition->from * machine->event_count + transition->event];
    for (uint8_t i = 0; i < cell->effect_count; i++) {
        if (cell->effects[i] == EFFECT_PUBLISH_START)
            return ACTION_PUBLISH_START;
        if (cell->effects[i] == EFFECT_PUBLISH_STOP)
            return ACTION_PUBLISH_STOP;
    }
    return ENGINE_ACTION_COUNT;
}

/* ---- building a text in a caller's buffer ---- */

struct builder {
    char *text;
    size_t size;
    size_t used;
};

static void put(struct builder *builder, const char *text, size_t length)
{
    assert(builder->used < builder->size);
    const size_t room = builder->size - 1 - builder->used;
    if (length > room)
        length = room;
    memcpy(builder->text + builder->used, text, length);
    builder->used += length;
    builder->text[builder->used] = '\0';
}

static void put_text(struct builder *builder, const char *text)
{
    put(builder, text, strlen(text));
}

static void put_number(struct builder *builder, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(builder, digits + first, sizeof digits - first);
}

static void put_duration(struct builder *builder, int64_t duration_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
    if (duration_ms < 0) {
        put_text(builder, "-");
        duration_ms = -duration_ms;
    }
    if (duration_ms == 0)
        put_text(builder, "0 s");
    const char *between = "";
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const int64_t count = duration_ms / units[i].ms;
        if (count == 0)
            continue;
        duration_ms -= count * units[i].ms;
        put_text(builder, between);
        put_number(builder, (uint64_t)count);
        put_text(builder, " ");
        put_text(builder, units[i].unit);
        between = " ";
    }
}

char *trace_duration(int64_t duration_ms, char *text, size_t size)
{
    assert(size > 0);
    struct builder builder = {.text = text, .size = size};
    text[0] = '\0';
    put_duration(&builder, duration_ms);
    return text;
}

char *trace_time_left(int64_t left_ms, char *text, size_t size)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{" day", 86400000}, {" hour", 3600000}, {" minute", 60000}, {" second", 1000}};
    assert(size > 0 && left_ms >= 0);
    struct builder builder = {.text = text, .size = size};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof units[0] && left_ms < units[i].ms)
        i++;
    text[0] = '\0';
    put_number(&builder, (uint64_t)(left_ms / units[i].ms));
    put_text(&builder, units[i].unit);
    put_text(&builder, left_ms / units[i].ms == 1 ? "" : "s");
    return text;
}

/* ---- reasons ---- */

/* What the names in a reason stand for, of one transition. */
struct meaning {
    const struct image *image;
    const struct engine_transition *transition;
    uint32_t main;
    uint32_t standby;
    uint32_t camera;   /* or IMAGE_NONE */
    uint32_t failover; /* or IMAGE_NONE */
};

static struct meaning mean(const struct deployment *deployment,
                           const struct engine_transition *transition)
{
    const struct image *image = deployment->image;
    struct meaning meaning = {.image = image,
                              .transition = transition,
                              .main = transition->server,
                              .standby = transition->other,
                              .camera = IMAGE_NONE,
                              .failover = IMAGE_NONE};
    const uint8_t kind = machine_of(deployment, transition)->kind;
    if (kind == MACHINE_FAILOVER && transition->subject < image->failovers.count) {
        meaning.failover = transition->subject;
        meaning.main = image_failovers(image)[transition->subject].monitor;
        meaning.standby = image_failovers(image)[transition->subject].standby;
    }
    if (kind == MACHINE_CAMERA && transition->subject < image->cameras.count) {
        meaning.camera = transition->subject;
        meaning.main = image_cameras(image)[transition->subject].server;
    }
    return meaning;
}

static void put_arbiter(struct builder *builder, const struct image *image, uint32_t main)
{
    const uint32_t arbiter =
        main < image->servers.count ? image_servers(image)[main].arbiter : IMAGE_NONE;
    if (arbiter < image->volumes.count) {
        put_text(builder, "volume ");
        put_text(builder, image_text(image, image_volumes(image)[arbiter].name));
    } else {
        put_text(builder, "the coordinator");
    }
}

static void put_meaning(struct builder *builder, const struct meaning *meaning, const char *name,
                        size_t length)
{
    const struct image *image = meaning->image;
    const uint32_t server = meaning->transition->server;
#define IS(word) (length == sizeof(word) - 1 && memcmp(name, word, length) == 0)
    if (IS("main"))
        put_text(builder, server_name(image, meaning->main));
    else if (IS("standby"))
        put_text(builder, server_name(image, meaning->standby));
    else if (IS("server"))
        put_text(builder, server_name(image, server));
    else if (IS("camera") && meaning->camera != IMAGE_NONE)
        put_text(builder, image_text(image, image_cameras(image)[meaning->camera].name));
    else if (IS("epoch"))
        put_number(builder, meaning->transition->epoch);
    else if (IS("wait") && meaning->failover != IMAGE_NONE)
        put_duration(builder, image_failover_wait_ms(image, meaning->failover));
    else if (IS("retry") && meaning->failover != IMAGE_NONE)
        put_duration(builder, image_failovers(image)[meaning->failover].retry_for_ms);
    else if (IS("grace"))
        put_duration(builder, image->site.grace_ms);
    else if (IS("hold") && meaning->failover != IMAGE_NONE)
        put_duration(builder, image_failovers(image)[meaning->failover].hold_down_ms);
    else if (IS("arbiter"))
        put_arbiter(builder, image, meaning->main);
    else if (IS("ask_wait") && server < image->servers.count)
        put_duration(builder, image_servers(image)[server].ask_wait_ms);
    else
        put_text(builder, "?");
#undef IS
}

/* A server that has no cameras and is watched by nobody has a main machine like any other, which
 * records nothing. */
static const char *reason_of(const struct deployment *deployment,
                             const struct engine_transition *transition,
                             const struct machine_cell *cell)
{
    const struct image_server *server = &image_servers(deployment->image)[transition->server];
    const bool idle = server->own_cameras.count == 0 && server->watchers.count == 0;
    return idle && machine_of(deployment, transition)->kind == MACHINE_MAIN &&
                   transition->event == MAIN_BOOT
               ? "{server} starts; it has no cameras of its own"
               : cell->why;
}

char *trace_why(const struct deployment *deployment, const struct engine_transition *transition,
                char *text, size_t size)
{
    assert(size > 0);
    struct builder builder = {.text = text, .size = size};
    text[0] = '\0';
    const struct machine *machine = machine_of(deployment, transition);
    assert(transition->from < machine->state_count && transition->event < machine->event_count);
    const struct machine_cell *cell =
        &machine->cells[transition->from * machine->event_count + transition->event];
    if (cell->why == NULL || transition->verdict == VERDICT_ILLEGAL) {
        put_text(&builder, "this must not happen here: it is reported and has no effect");
        return text;
    }
    const struct meaning meaning = mean(deployment, transition);
    const char *rest = reason_of(deployment, transition, cell);
    while (*rest != '\0') {
        const size_t plain = strcspn(rest, "{");
        put(&builder, rest, plain);
        rest += plain;
        if (*rest != '{')
            continue;
        const size_t name = strcspn(rest, "}");
        put_meaning(&builder, &meaning, rest + 1, name - 1);
        rest += rest[name] == '}' ? name + 1 : name;
    }
    return text;
}
