/* Where libvlc's muxer puts its bytes: the contract between vlc.c and the plugin that
 * plugin/outlet.c becomes. The plugin is told the address of one of these, as a decimal number,
 * where another output is told a path. */
#ifndef RECORDER_OUTLET_H
#define RECORDER_OUTLET_H

#include <stddef.h>
#include <stdint.h>

struct outlet {
    /* Called on a thread of libvlc's; `bytes` are valid during the call. */
    void (*take)(void *owner, const uint8_t *bytes, size_t size);
    void *owner;
};

#endif
