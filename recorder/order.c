#include "recorder/order.h"

#include <stdio.h>
#include <string.h>

#include "recorder/url.h"
#include "recorder/volume.h"

static bool is_text(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

bool order_is_sound(const struct recorder_order *order, ssize_t size)
{
    if (size != (ssize_t)sizeof(*order) || order->abi != RECORDER_ABI ||
        order->kind >= RECORDER_ORDER_COUNT || order->volume_count > RECORDER_VOLUMES_MAX)
        return false;
    for (uint32_t i = 0; i < order->volume_count; i++)
        if (!is_text(order->volumes[i].name, RECORDER_NAME_MAX) ||
            !is_text(order->volumes[i].path, RECORDER_PATH_MAX))
            return false;
    return is_text(order->camera_name, RECORDER_NAME_MAX) &&
           is_text(order->main_name, RECORDER_NAME_MAX) &&
           is_text(order->server_name, RECORDER_NAME_MAX) &&
           is_text(order->url, RECORDER_URL_MAX) && is_text(order->credentials, RECORDER_NAME_MAX);
}

static bool accept_volumes(const struct recorder_order *order, char *cause)
{
    for (uint32_t i = 0; i < order->volume_count; i++)
        if (!volume_is_name(order->volumes[i].name) || order->volumes[i].path[0] != '/') {
            snprintf(
                cause, RECORDER_CAUSE_MAX,
                "the order is refused: a volume's name cannot be one, or its path is not absolute");
            return false;
        }
    return true;
}

bool order_accept_keep(const struct recorder_order *order, char *cause)
{
    bool has_camera = order->camera_name[0] != '\0';

    if (order->volume_count > 0 && volume_is_name(order->server_name) && order->keep_ms >= 0 &&
        (!has_camera || (volume_is_name(order->camera_name) && volume_is_name(order->main_name))))
        return accept_volumes(order, cause);
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the order is refused: it does not say of what footage on which volume");
    return false;
}

bool order_accept(const struct recorder_order *order, char *cause)
{
    enum url_kind kind;

    if (!volume_is_name(order->camera_name) || !volume_is_name(order->main_name) ||
        !volume_is_name(order->server_name)) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the order is refused: the name of its camera, main or server cannot be a "
                 "directory's name");
        return false;
    }
    if (order->credentials[0] != '\0' && !volume_is_name(order->credentials)) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the order is refused: the name of the camera's credentials cannot be one");
        return false;
    }
    return accept_volumes(order, cause) && url_accept(order->url, &kind, cause);
}

bool order_is_same_camera(const struct recorder_order *a, const struct recorder_order *b)
{
    return strcmp(a->camera_name, b->camera_name) == 0 && strcmp(a->main_name, b->main_name) == 0 &&
           strcmp(a->server_name, b->server_name) == 0 && strcmp(a->url, b->url) == 0 &&
           strcmp(a->credentials, b->credentials) == 0;
}
