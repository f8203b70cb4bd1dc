/* Images: the input is laid over a sound one by exclusive or, so that the fuzzer begins with that,
 * and the hash is set right. What image_check lets through can be walked, unpacked, compared and
 * printed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/difference.h"
#include "compiler/emit.h"
#include "compiler/print.h"
#include "compiler/unpack.h"
#include "runtime/hash.h"
#include "tests/compiler/site.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *sound;
static size_t sound_size;
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct site site;
    if (!site_load(&site))
        abort();
    sound_size = site.image->size;
    sound = malloc(sound_size);
    memcpy(sound, site.image, sound_size);
    site_free(&site);
    nowhere = fopen("/dev/null", "w");
    return 0;
}

static void use(const struct image *image)
{
    struct arena *arena = arena_new();
    struct model model;
    struct resolved resolved;
    emit_image_text(nowhere, image);
    unpack_image(image, arena, &model, &resolved);
    for (uint32_t i = 0; i < image->servers.count; i++)
        image_find_server(image, model.servers[i].name);
    print_topology(nowhere, &model);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[TEXT_BYTES_MAX];
    size_t whole = size > sound_size ? size : sound_size;
    uint8_t *block = calloc(1, whole);
    memcpy(block, sound, sound_size);
    for (size_t i = 0; i < size; i++)
        block[i] ^= data[i];
    struct image *image = (struct image *)(void *)block;
    memset(image->hash, 0, sizeof image->hash);
    const struct hash_part part = {block, whole};
    hash_sha256(&part, 1, image->hash);
    if (image_check(block, whole, error) == image)
        use(image);
    free(block);
    return 0;
}
