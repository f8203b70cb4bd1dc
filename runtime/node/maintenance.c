#include "runtime/node/maintenance.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/filesystem.h"
#include "runtime/node/clock.h"
#include "runtime/node/log.h"
#include "runtime/node/state.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct window {
    int64_t deadline_ms; /* monotonic; 0: none is set */
    int64_t until_wall_ms;
    char reason[ENTRY_REASON_BYTES];
};

struct maintenance {
    const struct image *image;
    struct image_list own; /* the failovers under this server */
    char folder[STATE_PATH_BYTES];
    char path[STATE_PATH_BYTES];
    char fresh[STATE_PATH_BYTES]; /* written, then renamed */
    struct window windows[];
};

/* ---- the file ---- */

static json_t *to_json(const struct maintenance *maintenance)
{
    json_t *list = json_array();
    for (uint32_t n = 0; n < maintenance->own.count; n++) {
        const struct window *window = &maintenance->windows[n];
        if (window->deadline_ms == 0)
            continue;
        const struct image_failover *failover =
            &image_failovers(maintenance->image)[maintenance->own.first + n];
        json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "failover",
                                              image_text(maintenance->image, failover->name),
                                              "until_ms", (json_int_t)window->until_wall_ms,
                                              "reason", window->reason));
    }
    return list;
}

static bool write_durably(const struct maintenance *maintenance, const char *text)
{
    const size_t size = strlen(text);
    const int file =
        open(maintenance->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool written = file >= 0 && write(file, text, size) == (ssize_t)size &&
                         fsync(file) == 0 && rename(maintenance->fresh, maintenance->path) == 0 &&
                         filesystem_sync_folder(maintenance->folder);
    const int code = errno;
    if (file >= 0)
        close(file);
    errno = code;
    return written;
}

static bool save(const struct maintenance *maintenance, char error[static TEXT_BYTES_MAX])
{
    json_t *list = to_json(maintenance);
    char *text = json_dumps(list, JSON_INDENT(2));
    json_decref(list);
    const bool saved = text != NULL && write_durably(maintenance, text);
    if (!saved)
        snprintf(error, TEXT_BYTES_MAX, "%.300s cannot be written: %s", maintenance->path,
                 text == NULL ? "out of memory" : strerror(errno));
    free(text);
    return saved;
}

/* A failover that another deployment had and this one has not is no matter. */
static bool take(struct maintenance *maintenance, const json_t *item)
{
    const char *name = json_string_value(json_object_get(item, "failover"));
    const char *reason = json_string_value(json_object_get(item, "reason"));
    const json_t *until = json_object_get(item, "until_ms");
    if (name == NULL || reason == NULL || !json_is_integer(until))
        return false;
    const uint32_t n = image_find_failover(maintenance->image, name) - maintenance->own.first;
    if (n >= maintenance->own.count)
        return true;
    struct window *window = &maintenance->windows[n];
    int64_t left_ms = json_integer_value(until) - clock_wall_ms();
    if (left_ms > MAINTENANCE_MS_MAX) /* the clock was wrong, or is */
        left_ms = MAINTENANCE_MS_MAX;
    window->until_wall_ms = json_integer_value(until);
    window->deadline_ms = clock_now_ms() + (left_ms > 0 ? left_ms : 0);
    snprintf(window->reason, sizeof window->reason, "%s", reason);
    return true;
}

static bool load(struct maintenance *maintenance, char error[static TEXT_BYTES_MAX])
{
    if (access(maintenance->path, F_OK) != 0 && errno == ENOENT)
        return true;
    json_t *list = json_load_file(maintenance->path, JSON_REJECT_DUPLICATES, NULL);
    bool sound = json_is_array(list);
    for (size_t i = 0; sound && i < json_array_size(list); i++)
        sound = take(maintenance, json_array_get(list, i));
    json_decref(list);
    return sound || FAIL(error,
                         "%.300s cannot be understood: remove it, and see which failovers are "
                         "disabled (understudy status)",
                         maintenance->path);
}

struct maintenance *maintenance_open(const char *state, const struct image *image, uint32_t server,
                                     char error[static TEXT_BYTES_MAX])
{
    const struct image_list own = image_servers(image)[server].failovers;
    struct maintenance *maintenance =
        calloc(1, sizeof *maintenance + own.count * sizeof *maintenance->windows);
    if (maintenance == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    maintenance->image = image;
    maintenance->own = own;
    if (state_path(maintenance->path, state, MAINTENANCE_FILE, error) &&
        state_path(maintenance->fresh, state, MAINTENANCE_FILE ".new", error) &&
        state_path(maintenance->folder, state, ".", error) && load(maintenance, error))
        return maintenance;
    free(maintenance);
    return NULL;
}

/* ---- what is asked of it ---- */

bool maintenance_set(struct maintenance *maintenance, uint32_t failover, int64_t for_ms,
                     const char *reason, char error[static TEXT_BYTES_MAX])
{
    const uint32_t n = failover - maintenance->own.first;
    if (n >= maintenance->own.count)
        return FAIL(error, "the failover is not under this server");
    struct window *window = &maintenance->windows[n];
    const struct window before = *window;
    if (for_ms == 0 && before.deadline_ms == 0)
        return true;
    *window = (struct window){.deadline_ms = for_ms > 0 ? clock_now_ms() + for_ms : 0,
                              .until_wall_ms = clock_wall_ms() + for_ms};
    snprintf(window->reason, sizeof window->reason, "%s", reason);
    if (save(maintenance, error))
        return true;
    *window = before;
    return false;
}

void maintenance_clock_jumped(struct maintenance *maintenance, int64_t jump_ms)
{
    char error[TEXT_BYTES_MAX];
    bool any = false;
    for (uint32_t n = 0; n < maintenance->own.count; n++) {
        maintenance->windows[n].until_wall_ms += jump_ms;
        any = any || maintenance->windows[n].deadline_ms != 0;
    }
    if (any && !save(maintenance, error))
        log_alarm(LOG_ERROR, "%s; after a restart a maintenance may end at another time", error);
}

uint32_t maintenance_due(const struct maintenance *maintenance)
{
    const int64_t now_ms = clock_now_ms();
    for (uint32_t n = 0; n < maintenance->own.count; n++)
        if (maintenance->windows[n].deadline_ms != 0 &&
            maintenance->windows[n].deadline_ms <= now_ms)
            return maintenance->own.first + n;
    return IMAGE_NONE;
}

bool maintenance_view(const struct maintenance *maintenance, uint32_t failover,
                      struct maintenance_view *view)
{
    const uint32_t n = failover - maintenance->own.first;
    if (n >= maintenance->own.count || maintenance->windows[n].deadline_ms == 0)
        return false;
    const struct window *window = &maintenance->windows[n];
    const int64_t left_ms = window->deadline_ms - clock_now_ms();
    *view = (struct maintenance_view){.left_ms = left_ms > 0 ? left_ms : 0,
                                      .until_wall_ms = window->until_wall_ms,
                                      .reason = window->reason};
    return true;
}

void maintenance_free(struct maintenance *maintenance)
{
    free(maintenance);
}
