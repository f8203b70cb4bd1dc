#include <assert.h>
#include <string.h>

#include "compiler/check.h"
#include "compiler/later.h"

/* All words begin with this. */
struct record_head {
    MODEL_HEAD;
};

struct later {
    const char *word;
    const char *field;
    enum diag_code code;
    bool (*wants)(const void *record);
    const char *what;
    const char *hint;
};

/* wants_site_claim(record) and the like: whether a record wants more than is there. */
#define X(word, field, code, condition, what, hint)                                                \
    static bool wants_##word##_##field(const void *record)                                         \
    {                                                                                              \
        const struct model_##word *it = record;                                                    \
        return condition;                                                                          \
    }
LATER_FIELDS(X)
#undef X

static const struct later later_fields[] = {
#define X(word, field, code, condition, what, hint)                                                \
    {#word, #field, DIAG_##code, wants_##word##_##field, what, hint},
    LATER_FIELDS(X)
#undef X
        {0},
};

static void later_record(const struct record_head *record, const struct later *row,
                         struct diag *diag)
{
    struct diag_at at = {.place = record->place, .name = record->name, .field = row->field};
    bool named = record->name[0] != '\0';
    diag_report(diag, row->code, at, row->hint, "%s%s%s%s: %s: %s in this version of Understudy",
                row->word, named ? " \"" : "", record->name, named ? "\"" : "", row->field,
                row->what);
}

/* All declarations of one word against the rows of that word. */
static void later_records(const char *word, const void *records, size_t count, size_t bytes,
                          struct diag *diag)
{
    for (const struct later *row = later_fields; row->word != NULL; row++) {
        for (size_t i = 0; strcmp(row->word, word) == 0 && i < count; i++) {
            const void *record = (const char *)records + i * bytes;
            if (row->wants(record)) {
                later_record(record, row, diag);
            }
        }
    }
}

void check_later(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model *model = resolved->model;
#define X(array, type, word)                                                                       \
    later_records(word, model->array, model->array##_count, sizeof(struct type), diag);
    MODEL_WORDS(X)
#undef X
}
