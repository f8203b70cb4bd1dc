/* Topologies: declarations into the model. */
#include <assert.h>
#include <string.h>

#include "dsl/dsl.h"
#include "dsl/reading.h"

#define WORDS_MAX 64
#define LIST_LONG 4096 /* records of one word */

/* The reader of a topology; its model lies in the arena while the child fills it. */
struct topology {
    struct model model;
    struct diag *diag;
    const char *last_name;    /* see fields_owner */
    void *presets[WORDS_MAX]; /* by word: a record with its defaults, once it was needed */
    bool whole[WORDS_MAX];    /* by word: its list has room for all that there may be */
};

/* All words begin with this. */
struct record_head {
    MODEL_HEAD;
};

#define X(field, type, word)                                                                       \
    _Static_assert(offsetof(struct type, set) == offsetof(struct record_head, set), word);
MODEL_WORDS(X)
#undef X

/* Millions of records have the same defaults: they are worked out once. */
static const void *topology_preset(struct topology *topology, const struct fields_owner *owner)
{
    size_t index = (size_t)(owner->word - vocabulary);
    assert(index < WORDS_MAX);
    if (topology->presets[index] == NULL) {
        topology->presets[index] = arena_alloc(owner->arena, owner->word->size);
        fields_preset(owner, topology->presets[index]);
    }
    return topology->presets[index];
}

/* Room for one more record. A list that has become long gets room for as many as there may be,
 * which costs nothing until it is used: copying it again and again would. */
static void *topology_grow(struct topology *topology, const struct fields_owner *owner, void *array,
                           size_t count)
{
    const struct word *word = owner->word;
    bool *whole = &topology->whole[word - vocabulary];
    size_t bytes = word->count_max * word->size;
    if (*whole) {
        return array;
    }
    if (count == LIST_LONG && bytes <= arena_left(owner->arena) / 4) {
        *whole = true;
        return memcpy(arena_alloc(owner->arena, bytes), array, count * word->size);
    }
    return arena_grow(owner->arena, array, count, word->size);
}

/* A new record of a word, with its defaults; NULL if there are too many. */
static struct record_head *topology_add(struct topology *topology, const struct fields_owner *owner)
{
    const struct word *word = owner->word;
    void *array;
    size_t count;
    memcpy(&array, (char *)&topology->model + word->array_offset, sizeof array);
    memcpy(&count, (char *)&topology->model + word->count_offset, sizeof count);
    if (count == word->count_max) {
        return NULL;
    }
    array = topology_grow(topology, owner, array, count);
    struct record_head *record = (void *)((char *)array + count * word->size);
    memcpy(record, topology_preset(topology, owner), word->size);
    record->name = owner->name;
    record->place = owner->place;
    count++;
    memcpy((char *)&topology->model + word->array_offset, &array, sizeof array);
    memcpy((char *)&topology->model + word->count_offset, &count, sizeof count);
    return record;
}

static void topology_too_many(const struct topology *topology, const struct fields_owner *owner)
{
    struct diag_at at = {.place = owner->place, .name = owner->name};
    if (owner->word->args == 0) {
        const struct record_head *first;
        memcpy(&first, (const char *)&topology->model + owner->word->array_offset, sizeof first);
        diag_report(topology->diag, DIAG_E202, at, NULL,
                    "there is a second %s; the first is in line %d", owner->word->name,
                    first->place.line);
    } else {
        diag_report(topology->diag, DIAG_E119, at, NULL,
                    "there are more than %zu declarations of %s", owner->word->count_max,
                    owner->word->name);
    }
}

/* A record that is not kept still has its fields checked. */
static void *topology_spare(const struct fields_owner *owner)
{
    return arena_alloc(owner->arena, owner->word->size);
}

static void topology_declare(void *reader, const struct term *term)
{
    struct topology *topology = reader;
    struct arena *arena = topology->model.arena;
    bool sound = true;
    struct fields_owner owner = {.arena = arena,
                                 .diag = topology->diag,
                                 .word = term->word,
                                 .name = "",
                                 .place = term->place,
                                 .last_name = &topology->last_name};
    if (term->word->args > 0) {
        struct diag_at at = {.place = term->place, .value = term->args[0].text};
        sound = fields_name(&owner, &term->args[0], at);
        owner.name = sound ? arena_text(arena, term->args[0].text)
                           : arena_format(arena, "%.*s", NAME_BYTES_MAX, term->args[0].text);
    }
    struct record_head *record = sound ? topology_add(topology, &owner) : topology_spare(&owner);
    if (record == NULL) {
        topology_too_many(topology, &owner);
        record = topology_spare(&owner);
    }
    record->set = fields_take(&owner, term->body, record);
    for (size_t i = 0; i < term->body->count; i++) {
        const struct value *item = &term->body->items[i];
        if (item->key == NULL && item->kind != VALUE_INVALID) {
            struct diag_at at = {.place = term->place, .name = owner.name};
            diag_report(topology->diag, DIAG_E112, at, NULL,
                        "%s \"%s\": element %zu of the body has no name; fields are written field "
                        "= value",
                        term->word->name, owner.name, i + 1);
        }
    }
}

/* Without a declaration, a site has its defaults. */
static void topology_default_site(struct topology *topology)
{
    struct fields_owner owner = {.arena = topology->model.arena,
                                 .diag = topology->diag,
                                 .word = vocabulary_find(FILE_TOPOLOGY, "site"),
                                 .name = "",
                                 .place = {.file = topology->model.source}};
    assert(owner.word != NULL);
    topology_add(topology, &owner);
}

bool dsl_read_topology(const char *path, struct model *model, struct diag *diag)
{
    assert(path != NULL && model != NULL && model->arena != NULL && diag != NULL);
    struct topology *topology = arena_alloc(model->arena, sizeof *topology);
    topology->diag = diag;
    topology->model.arena = model->arena;
    topology->model.source = arena_text(model->arena, path);
    bool partial = true;
    bool read =
        reading_run(path, FILE_TOPOLOGY, model->arena, diag, topology_declare, topology, &partial);
    topology->model.partial = partial;
    if (topology->model.sites_count == 0) {
        topology_default_site(topology);
    }
    *model = topology->model;
    return read;
}
