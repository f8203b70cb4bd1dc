/* Resolve: from names to indices. The resolved topology is what check judges and what the emitters
 * write out: its arrays stand in the order of runtime/image.h, and its numbers are indices into
 * them, so that an image section is a plain walk over an array. A name that is not declared is
 * reported and leaves IMAGE_NONE; such a topology is still fit for check, which reports what else
 * is wrong, but not for the emitters.
 */
#ifndef COMPILER_RESOLVE_H
#define COMPILER_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/diag.h"
#include "compiler/model.h"
#include "compiler/resolved_list.h"
#include "runtime/image.h"
#include "runtime/outage.h"

struct resolved_server {
    const struct model_server *model;
    struct image_list own_cameras; /* a range of resolved.cameras */
    struct image_list failovers;   /* under it: a range of resolved.failovers */
    struct resolved_list
        watchers; /* failovers that monitor it: higher priority first, then by declaration */
    struct resolved_list peers;   /* servers that it has a link with, ascending */
    struct resolved_list volumes; /* its archive in order, then its fallback */
    uint32_t fallback;            /* the last of them, or IMAGE_NONE */
    uint32_t features;            /* of its main machine: 1 << enum machine_feature */
    uint32_t arbiter;             /* as in struct image_server */
};

struct resolved_camera {
    const struct model_camera *model;
    uint32_t server; /* its main */
    enum image_arm arm;
};

struct resolved_failover {
    const struct model_failover *model;
    uint32_t standby;
    uint32_t monitor;
    uint32_t manager;     /* as in struct image_failover: one with max_running = 0 limits nothing */
    uint32_t own_manager; /* likewise */
    struct resolved_list objects; /* cameras of the main, ascending, each once */
    uint32_t also_on;             /* enum image_also_on */
    uint32_t features;            /* of its failover machine: 1 << enum machine_feature */
};

struct resolved_manager {
    const struct model_manager *model;
    uint32_t host;    /* the server that keeps the count */
    uint32_t standby; /* it limits this one alone; IMAGE_NONE: the whole site */
    bool allow;       /* when the host is out of reach, a take-over is allowed (R38) */
};

/* Servers, volumes and managers stand in order of declaration: their index is that of the model's
 * array. */
struct resolved {
    const struct model *model;
    const struct model_site *site; /* never NULL: the defaults if none is declared */
    const struct model_volume *volumes;
    struct resolved_server *servers;
    struct resolved_camera *cameras;
    struct resolved_failover *failovers;
    struct resolved_manager *managers;
    uint32_t volume_count;
    uint32_t server_count;
    uint32_t camera_count;
    uint32_t failover_count;
    uint32_t manager_count;
};

/* Links a topology; memory comes from the model's arena. False if something was reported. A model
 * that was not read to its end (model->partial) is not linked and nothing is said: what is missing
 * in it is unknown. */
bool resolve_topology(struct model *model, struct resolved *resolved, struct diag *diag);

struct resolved_outage {
    const struct model_outage *model;
    struct outage_act *acts;         /* by time, then by writing; line is filled in */
    const struct model_act **models; /* of each act */
    struct outage_expect *expects;   /* all but text, which the emitter places */
    const char **expect_texts;       /* "gap lobby at most 25 s" */
    uint32_t act_count;
    uint32_t expect_count;
};

struct resolved_outages {
    struct resolved_outage *outages;
    uint32_t count;
};

/* Links outages to a topology that was resolved without errors. False if something was reported. */
bool resolve_outages(struct arena *arena, const struct resolved *resolved,
                     const struct model_outages *outages, struct resolved_outages *out,
                     struct diag *diag);

#endif
