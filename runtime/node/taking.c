#include "runtime/node/taking.h"

#include <inttypes.h>
#include <stdlib.h>

#include "runtime/node/copier.h"
#include "runtime/node/log.h"

struct taking {
    uv_loop_t *loop;
    const struct image *image;
    const struct worker_program *program;
    const struct tunnel_way *way;
    uint32_t server;
    struct copier *copier; /* NULL: nothing is being taken */
    uint32_t from;         /* the standby */
    uint32_t place;        /* which of this server's volumes it goes to */
    bool closing;
};

static const struct image_server *self(const struct taking *taking)
{
    return &image_servers(taking->image)[taking->server];
}

static const char *name_of(const struct taking *taking, uint32_t server)
{
    return image_text(taking->image, image_servers(taking->image)[server].name);
}

static bool is_standby(const struct taking *taking, uint32_t server)
{
    const struct image_list own = image_servers(taking->image)[server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (image_failovers(taking->image)[f].monitor == taking->server)
            return true;
    return false;
}

/* The first one that takes it; the fallback is no archive. NULL: there is none. */
static const struct image_volume *find_volume(struct taking *taking)
{
    const struct image_list volumes = self(taking)->volumes;
    for (uint32_t tried = 0; tried < volumes.count; tried++, taking->place++) {
        taking->place %= volumes.count;
        const uint32_t number = image_numbers(taking->image)[volumes.first + taking->place];
        if (number != self(taking)->fallback)
            return &image_volumes(taking->image)[number];
    }
    return NULL;
}

static void on_ended(void *owner, const json_t *told, const char *why)
{
    struct taking *taking = owner;
    const char *cause = json_string_value(json_object_get(told, "cause"));
    const json_int_t copied = json_integer_value(json_object_get(told, "copied"));
    (void)why; /* the standby says it */
    taking->copier = NULL;
    if (taking->closing)
        return;
    if (copied > 0)
        log_line("%" JSON_INTEGER_FORMAT " segments that %s recorded of this server's cameras were "
                 "copied to its archive (R34)",
                 copied, name_of(taking, taking->from));
    if (cause != NULL && cause[0] != '\0' && !json_is_true(json_object_get(told, "reached")))
        taking->place++;
}

static void start(struct taking *taking, uint32_t peer, uint64_t id,
                  const struct image_volume *volume)
{
    const struct image *image = taking->image;
    const char *const words[] = {taking->program->path,
                                 "archive",
                                 "take",
                                 "--json",
                                 "--main",
                                 name_of(taking, taking->server),
                                 "--server",
                                 name_of(taking, peer),
                                 "--volume",
                                 image_text(image, volume->name),
                                 "--into",
                                 image_text(image, volume->path),
                                 NULL};
    taking->from = peer;
    taking->copier = copier_start(taking->loop, &(struct copier_plan){.words = words,
                                                                      .way = taking->way,
                                                                      .peer = peer,
                                                                      .id = id,
                                                                      .owner = taking,
                                                                      .ended = on_ended});
}

static void hear_offer(struct taking *taking, uint32_t peer, uint64_t id)
{
    const struct image_volume *volume = find_volume(taking);
    const char *why = NULL;
    if (!is_standby(taking, peer))
        why = "it is none of the main's standbys there";
    else if (volume == NULL)
        why = "the main has no volume";
    else if (taking->copier != NULL || taking->closing)
        why = "the main is busy with another copy";
    if (why == NULL)
        start(taking, peer, id, volume);
    if (why != NULL || taking->copier == NULL)
        tunnel_refuse(taking->way, peer, id, why != NULL ? why : "the main is out of memory");
}

void taking_hear(struct taking *taking, uint32_t peer, const struct parcel *parcel)
{
    const bool is_ours = taking->copier != NULL && copier_hear(taking->copier, peer, parcel);
    if (!is_ours && parcel->kind == PARCEL_FILL && parcel->serial != 0)
        hear_offer(taking, peer, parcel->serial);
}

void taking_tick(struct taking *taking)
{
    if (taking->copier != NULL)
        copier_tick(taking->copier);
}

struct taking *taking_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                           const struct worker_program *program, const struct tunnel_way *way)
{
    struct taking *taking = calloc(1, sizeof *taking);
    if (taking == NULL)
        return NULL;
    taking->loop = loop;
    taking->image = image;
    taking->program = program;
    taking->way = way;
    taking->server = server;
    return taking;
}

void taking_close(struct taking *taking)
{
    taking->closing = true;
    if (taking->copier != NULL)
        copier_end(taking->copier);
}

void taking_abandon(struct taking *taking)
{
    if (taking->copier != NULL)
        copier_abandon(taking->copier);
}

void taking_free(struct taking *taking)
{
    free(taking);
}
