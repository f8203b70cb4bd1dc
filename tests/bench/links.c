/* The mains of a site, as far as their links go: every server but one keeps its link to that one,
 * over the real wire, from this one process. usage: links DEPLOYMENT_SO KEYS STANDBY; ends by
 * SIGTERM. Beats every heartbeat, and says on stdout when all are up.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/link.h"

struct mains {
    uint32_t count;
    uint32_t standby;
    bool told;
    struct links **links; /* of each server; NULL: the standby */
    struct inbox inbox;
};

static void on_tick(uv_timer_t *timer)
{
    struct mains *mains = timer->data;
    struct inbox_item item;
    uint32_t up = 0;
    for (uint32_t i = 0; i < mains->count; i++) {
        if (i == mains->standby)
            continue;
        links_tick(mains->links[i], false);
        up += links_view(mains->links[i], 0).up;
    }
    while (inbox_take(&mains->inbox, &item)) {
    }
    if (up == mains->count - 1 && !mains->told) {
        mains->told = true;
        printf("%u links are up\n", up);
        fflush(stdout);
    }
}

static bool open_all(struct mains *mains, uv_loop_t *loop, const struct image *image,
                     const char *keys, const char *standby)
{
    char error[TEXT_BYTES_MAX];
    mains->count = image->servers.count;
    mains->links = calloc(mains->count, sizeof(struct links *));
    for (uint32_t i = 0; mains->links != NULL && i < mains->count; i++) {
        if (strcmp(image_text(image, image_servers(image)[i].name), standby) == 0) {
            mains->standby = i;
            continue;
        }
        mains->links[i] = links_open(loop, image, i, keys, &mains->inbox, error);
        if (mains->links[i] == NULL)
            return fprintf(stderr, "links: %s\n", error) < 0;
    }
    return mains->links != NULL;
}

int main(int count, char **arguments)
{
    static struct mains mains;
    char error[TEXT_BYTES_MAX];
    if (count != 4)
        return 2;
    uv_loop_t *loop = uv_default_loop();
    uv_timer_t tick = {.data = &mains};
    const struct deployment *deployment = deployment_open(arguments[1], error);
    if (deployment == NULL) {
        fprintf(stderr, "links: %s\n", error);
        return 3;
    }
    if (!open_all(&mains, loop, deployment_image(deployment), arguments[2], arguments[3]))
        return 3;
    uv_timer_init(loop, &tick);
    const uint64_t heartbeat_ms = (uint64_t)deployment_image(deployment)->site.heartbeat_ms;
    uv_timer_start(&tick, on_tick, heartbeat_ms, heartbeat_ms);
    return uv_run(loop, UV_RUN_DEFAULT);
}
