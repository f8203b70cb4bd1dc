#include "compiler/emit_outage.h"

#include <assert.h>
#include <string.h>

#include "compiler/arena.h"

struct texts {
    char *bytes;
    uint32_t size;
};

/* How many bytes all texts take, the empty one at offset 0 included. */
static size_t count_text_bytes(const struct resolved_outages *outages)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < outages->count; i++) {
        bytes += strlen(outages->outages[i].model->name) + 1;
        for (uint32_t k = 0; k < outages->outages[i].expect_count; k++)
            bytes += strlen(outages->outages[i].expect_texts[k]) + 1;
    }
    assert(bytes <= UINT32_MAX);
    return bytes;
}

static uint32_t put_text(struct texts *texts, const char *text)
{
    uint32_t at = texts->size;
    size_t bytes = strlen(text) + 1;
    memcpy(texts->bytes + at, text, bytes);
    texts->size += (uint32_t)bytes;
    return at;
}

static struct outage_header header_of(const struct resolved_outages *outages,
                                      const struct image *image, size_t text_bytes)
{
    struct outage_header header = {.abi = OUTAGE_ABI, .outage_count = outages->count};
    memcpy(header.magic, OUTAGE_MAGIC, sizeof header.magic);
    memcpy(header.image_hash, image->hash, sizeof header.image_hash);
    header.strings_size = (uint32_t)text_bytes;
    for (uint32_t i = 0; i < outages->count; i++) {
        header.act_count += outages->outages[i].act_count;
        header.expect_count += outages->outages[i].expect_count;
    }
    return header;
}

static void put_outages(FILE *out, const struct resolved_outages *outages, struct texts *texts)
{
    uint32_t act = 0;
    uint32_t expect = 0;
    for (uint32_t i = 0; i < outages->count; i++) {
        const struct resolved_outage *from = &outages->outages[i];
        struct outage outage = {
            .name = put_text(texts, from->model->name),
            .line = (uint32_t)from->model->place.line,
            .lasts_ms = from->model->lasts_ms,
            .first_act = act,
            .act_count = from->act_count,
            .first_expect = expect,
            .expect_count = from->expect_count,
        };
        fwrite(&outage, sizeof outage, 1, out);
        act += from->act_count;
        expect += from->expect_count;
    }
}

static void put_expects(FILE *out, const struct resolved_outage *outage, struct texts *texts)
{
    for (uint32_t i = 0; i < outage->expect_count; i++) {
        struct outage_expect expect = outage->expects[i];
        expect.text = put_text(texts, outage->expect_texts[i]);
        fwrite(&expect, sizeof expect, 1, out);
    }
}

void emit_outages(FILE *out, struct arena *arena, const struct resolved_outages *outages,
                  const struct image *image)
{
    size_t text_bytes = count_text_bytes(outages);
    struct texts texts = {arena_alloc(arena, text_bytes), 1};
    struct outage_header header = header_of(outages, image, text_bytes);
    fwrite(&header, sizeof header, 1, out);
    put_outages(out, outages, &texts);
    for (uint32_t i = 0; i < outages->count; i++)
        if (outages->outages[i].act_count > 0)
            fwrite(outages->outages[i].acts, sizeof(struct outage_act),
                   outages->outages[i].act_count, out);
    for (uint32_t i = 0; i < outages->count; i++)
        put_expects(out, &outages->outages[i], &texts);
    assert(texts.size == text_bytes);
    fwrite(texts.bytes, 1, texts.size, out);
}
