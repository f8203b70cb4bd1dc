/* The only output that the recorder's libvlc has: a function of the recorder's own. libvlc's others
 * make three system calls for each 188 bytes of a transport stream, wake one thread more, and can
 * open files. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <vlc_common.h>
#include <vlc_plugin.h>

#include <vlc_block.h>
#include <vlc_sout.h>

#include "recorder/outlet.h"

static ssize_t on_write(sout_access_out_t *access, block_t *blocks)
{
    const struct outlet *outlet = (const void *)access->p_sys;
    ssize_t size = 0;

    for (const block_t *block = blocks; block != NULL; block = block->p_next) {
        outlet->take(outlet->owner, block->p_buffer, block->i_buffer);
        size += (ssize_t)block->i_buffer;
    }
    block_ChainRelease(blocks);
    return size;
}

/* What comes is taken at any speed: otherwise libvlc keeps to its clock, and drops what is late. */
static int on_control(sout_access_out_t *access, int query, va_list arguments)
{
    (void)access;
    if (query != ACCESS_OUT_CONTROLS_PACE)
        return VLC_EGENERIC;
    *va_arg(arguments, bool *) = true;
    return VLC_SUCCESS;
}

static int open_outlet(vlc_object_t *object)
{
    sout_access_out_t *access = (sout_access_out_t *)object;
    uintptr_t address;
    char *end;

    errno = 0;
    address = access->psz_path == NULL ? 0 : (uintptr_t)strtoull(access->psz_path, &end, 10);
    if (address == 0 || errno != 0 || *end != '\0')
        return VLC_EGENERIC;
    access->p_sys = (void *)address; /* vlc_mux keeps it for as long as it keeps the player */
    access->pf_write = on_write;
    access->pf_control = on_control;
    return VLC_SUCCESS;
}

/* clang-format off */
vlc_module_begin()
    set_description("Output into the recorder")
    set_capability("sout access", 0)
    add_shortcut("outlet")
    set_callbacks(open_outlet, NULL)
vlc_module_end()
