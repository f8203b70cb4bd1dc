#include "runtime/node/filling.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/copier.h"
#include "runtime/node/draw.h"
#include "runtime/node/log.h"

/* From a copy that failed to the next one. */
#define RETRY_FIRST_MS 15000
#define RETRY_LAST_MS  900000
#define WORDS_MAX      (RECORDER_VOLUMES_MAX + 16)

struct job {
    enum filling_state state;
    bool again;     /* ordered once more while it was being copied */
    uint32_t place; /* which of the main's volumes is tried; behind the last one, the link */
    int64_t next_ms;
    int64_t retry_ms;
    uint64_t copied;
    uint64_t bytes;
    char cause[RECORDER_CAUSE_MAX];
};

struct filling {
    uv_loop_t *loop;
    const struct image *image;
    const struct worker_program *program;
    const struct tunnel_way *way;
    uint32_t server;
    struct copier *copier; /* NULL: nothing is being copied */
    uint32_t copying;      /* the job */
    bool closing;
    uint32_t job_count;
    struct job jobs[]; /* one for each failover under this server */
};

/* ---- from where to where ---- */

static bool has_volume(const struct image *image, const struct image_server *server,
                       uint32_t volume)
{
    for (uint32_t i = 0; i < server->volumes.count; i++)
        if (image_numbers(image)[server->volumes.first + i] == volume)
            return true;
    return false;
}

static const struct image_server *main_of(const struct filling *filling, uint32_t job)
{
    const struct image *image = filling->image;
    const struct image_list own = image_servers(image)[filling->server].failovers;
    return &image_servers(image)[image_failovers(image)[own.first + job].monitor];
}

/* The main's volume that is to be tried; the fallback is no archive. NULL: there are no more, and
 * the main itself is asked to take it. */
static const struct image_volume *target_of(const struct filling *filling, uint32_t job)
{
    const struct image *image = filling->image;
    const struct image_server *main = main_of(filling, job);
    const uint32_t place = filling->jobs[job].place;
    if (place >= main->volumes.count)
        return NULL;
    const uint32_t number = image_numbers(image)[main->volumes.first + place];
    return number == main->fallback ? NULL : &image_volumes(image)[number];
}

/* Adds this server's volumes that the main does not have. */
static int add_sources(const struct filling *filling, uint32_t job, const char **words, int count)
{
    const struct image *image = filling->image;
    const struct image_server *self = &image_servers(image)[filling->server];
    for (uint32_t i = 0; i < self->volumes.count && i < RECORDER_VOLUMES_MAX; i++) {
        const uint32_t number = image_numbers(image)[self->volumes.first + i];
        if (!has_volume(image, main_of(filling, job), number))
            words[count++] = image_text(image, image_volumes(image)[number].path);
    }
    return count;
}

/* ---- what a copy comes to ---- */

static const char *main_name(const struct filling *filling, uint32_t job)
{
    return image_text(filling->image, main_of(filling, job)->name);
}

static void wait_longer(struct job *job)
{
    job->place = 0;
    job->state = FILLING_WAITING;
    job->next_ms = clock_now_ms() + job->retry_ms;
    job->retry_ms = job->retry_ms * 2 < RETRY_LAST_MS ? job->retry_ms * 2 : RETRY_LAST_MS;
}

static void fail(struct filling *filling, uint32_t n, const char *cause)
{
    struct job *job = &filling->jobs[n];
    if (strcmp(job->cause, cause) != 0)
        log_line("what was recorded of %s is not copied to its archive yet: %s",
                 main_name(filling, n), cause);
    snprintf(job->cause, sizeof job->cause, "%s", cause);
    wait_longer(job);
}

static void succeed(struct filling *filling, uint32_t n, uint64_t copied)
{
    struct job *job = &filling->jobs[n];
    if (copied > 0 || job->cause[0] != '\0')
        log_line("what was recorded of %s is in its archive: %" PRIu64
                 " segments were copied (R34)",
                 main_name(filling, n), copied);
    job->state = job->again ? FILLING_WAITING : FILLING_DONE;
    job->again = false;
    job->place = 0;
    job->cause[0] = '\0';
}

/* A volume of the main's that is not in reach here is no failure while another way is left. */
static void judge(struct filling *filling, uint32_t n, const json_t *told, const char *why)
{
    struct job *job = &filling->jobs[n];
    const char *cause = json_string_value(json_object_get(told, "cause"));
    const json_int_t copied = json_integer_value(json_object_get(told, "copied"));
    const json_int_t failed = json_integer_value(json_object_get(told, "failed"));
    const bool by_link = target_of(filling, n) == NULL;
    char text[RECORDER_CAUSE_MAX];
    if (copied > 0) {
        job->copied += (uint64_t)copied;
        job->bytes += (uint64_t)json_integer_value(json_object_get(told, "bytes_read"));
    }
    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT " segments failed; the log says why",
             failed);
    job->place++;
    if (cause == NULL)
        fail(filling, n, "the copying process was ended");
    else if (cause[0] == '\0' && failed == 0)
        succeed(filling, n, (uint64_t)copied);
    else if (!by_link && !json_is_true(json_object_get(told, "reached")))
        job->state = FILLING_WAITING;
    else
        fail(filling, n, why[0] != '\0' ? why : cause[0] != '\0' ? cause : text);
}

/* ---- the process ---- */

static void on_ended(void *owner, const json_t *told, const char *why)
{
    struct filling *filling = owner;
    filling->copier = NULL;
    if (!filling->closing)
        judge(filling, filling->copying, told, why);
}

static struct copier *start_near(struct filling *filling, uint32_t n,
                                 const struct image_volume *target)
{
    const struct image *image = filling->image;
    const char *words[WORDS_MAX] = {filling->program->path,
                                    "archive",
                                    "fill",
                                    "--background",
                                    "--json",
                                    "--main",
                                    main_name(filling, n),
                                    "--server",
                                    image_text(image, image_servers(image)[filling->server].name),
                                    "--volume",
                                    image_text(image, target->name),
                                    "--into",
                                    image_text(image, target->path)};
    const int count = add_sources(filling, n, words, 13);
    assert(count < WORDS_MAX);
    return copier_start(filling->loop,
                        &(struct copier_plan){.words = words, .owner = filling, .ended = on_ended});
}

static struct copier *start_far(struct filling *filling, uint32_t n)
{
    const struct image *image = filling->image;
    const char *words[WORDS_MAX] = {filling->program->path,
                                    "archive",
                                    "give",
                                    "--json",
                                    "--main",
                                    main_name(filling, n),
                                    "--server",
                                    image_text(image, image_servers(image)[filling->server].name)};
    const int count = add_sources(filling, n, words, 8);
    const struct copier_plan plan = {.words = words,
                                     .way = filling->way,
                                     .peer = (uint32_t)(main_of(filling, n) - image_servers(image)),
                                     .id = draw_number(),
                                     .owner = filling,
                                     .ended = on_ended};
    const struct parcel parcel = {.kind = PARCEL_FILL, .serial = plan.id};
    assert(count < WORDS_MAX);
    if (filling->way->send(filling->way->owner, plan.peer, &parcel))
        return copier_start(filling->loop, &plan);
    fail(filling, n, "its volumes are not in reach here, and neither is the main");
    return NULL;
}

static void start(struct filling *filling, uint32_t n)
{
    const struct image_volume *target = target_of(filling, n);
    filling->copying = n;
    filling->jobs[n].state = FILLING_COPYING;
    filling->copier = target != NULL ? start_near(filling, n, target) : start_far(filling, n);
    if (filling->copier == NULL && filling->jobs[n].state == FILLING_COPYING)
        fail(filling, n, "out of memory");
}

void filling_hear(struct filling *filling, uint32_t peer, const struct parcel *parcel)
{
    if (filling->copier != NULL)
        copier_hear(filling->copier, peer, parcel);
}

/* ---- orders ---- */

static struct job *job_of(const struct filling *filling, uint32_t failover)
{
    const uint32_t first = image_servers(filling->image)[filling->server].failovers.first;
    assert(failover - first < filling->job_count);
    return (struct job *)(uintptr_t)&filling->jobs[failover - first];
}

void filling_want(struct filling *filling, uint32_t failover)
{
    struct job *job = job_of(filling, failover);
    const char *sources[RECORDER_VOLUMES_MAX];
    const uint32_t n = (uint32_t)(job - filling->jobs);
    if (add_sources(filling, n, sources, 0) == 0)
        return;
    if (job->state == FILLING_COPYING) {
        job->again = true;
        return;
    }
    *job = (struct job){.state = FILLING_WAITING,
                        .next_ms = clock_now_ms(),
                        .retry_ms = RETRY_FIRST_MS,
                        .copied = job->copied,
                        .bytes = job->bytes};
}

void filling_tick(struct filling *filling)
{
    if (filling->copier != NULL)
        copier_tick(filling->copier);
    for (uint32_t n = 0; n < filling->job_count && filling->copier == NULL && !filling->closing;
         n++)
        if (filling->jobs[n].state == FILLING_WAITING && clock_now_ms() >= filling->jobs[n].next_ms)
            start(filling, n);
}

struct filling_view filling_view(const struct filling *filling, uint32_t failover)
{
    const struct job *job = job_of(filling, failover);
    return (struct filling_view){
        .state = job->state, .copied = job->copied, .bytes = job->bytes, .cause = job->cause};
}

const char *filling_state_name(enum filling_state state)
{
    static const char *const names[] = {"none", "waiting", "copying", "done"};
    return names[state];
}

/* ---- opening and closing ---- */

struct filling *filling_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                             const struct worker_program *program, const struct tunnel_way *way)
{
    const uint32_t count = image_servers(image)[server].failovers.count;
    struct filling *filling = calloc(1, sizeof *filling + count * sizeof(struct job));
    if (filling == NULL)
        return NULL;
    filling->loop = loop;
    filling->image = image;
    filling->program = program;
    filling->way = way;
    filling->server = server;
    filling->job_count = count;
    return filling;
}

void filling_close(struct filling *filling)
{
    filling->closing = true;
    if (filling->copier != NULL)
        copier_end(filling->copier);
}

void filling_abandon(struct filling *filling)
{
    if (filling->copier != NULL)
        copier_abandon(filling->copier);
}

void filling_free(struct filling *filling)
{
    free(filling);
}
