#include "compiler/diag.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIAG_KEPT_MAX   1000 /* errors of one run, and warnings; more are only counted */
#define DIAG_COPIED_MAX 4096 /* bytes of a name, a field or a value; a path is no longer */
#define DIAG_WINDOW_MAX 120  /* characters of a source line that are shown */

struct diag_entry {
    enum diag_code code;
    struct diag_at at;
    const char *text;
    const char *hint;
    int line; /* where it is printed; set by diag_place */
    int column;
};

/* Lies in the arena with all it holds, so that reports of a child process are there for its parent.
 */
struct diag {
    struct arena *arena;
    struct diag_entry *entries;
    size_t count;
    size_t dropped;
    int kept[2]; /* warnings, errors: no number of warnings displaces an error */
    int errors;
    int warnings;
};

static const char *const code_names[] = {
#define X(code, text) [DIAG_##code] = #code,
    DIAG_CODES(X)
#undef X
};

static const char *const code_texts[] = {
#define X(code, text) [DIAG_##code] = text,
    DIAG_CODES(X)
#undef X
};

static bool diag_is_error(enum diag_code code)
{
    return code_names[code][0] == 'E';
}

struct diag *diag_new(struct arena *arena)
{
    struct diag *diag = arena_alloc(arena, sizeof *diag);
    diag->arena = arena;
    return diag;
}

int diag_error_count(const struct diag *diag)
{
    return diag->errors;
}

int diag_warning_count(const struct diag *diag)
{
    return diag->warnings;
}

const char *diag_name(enum diag_code code)
{
    assert(code < DIAG_CODE_COUNT);
    return code_names[code];
}

const char *diag_explain(const char *code, const char **name)
{
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        if (strcasecmp(code_names[i], code) == 0) {
            *name = code_names[i];
            return code_texts[i];
        }
    }
    return NULL;
}

/* ---- collecting ---- */

/* Texts quote what a file holds, and a file may hold escape sequences of a terminal. */
static void diag_disarm(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool c1_control = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        if (*c < 0x20 || *c == 0x7f || c1_control) {
            *c = '?';
            if (c1_control) {
                c[1] = '?';
            }
        }
    }
}

static bool diag_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool diag_known(const struct diag *diag, const struct diag_at *at, const char *text)
{
    for (size_t i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];
        if (entry->at.place.line == at->place.line &&
            diag_same_text(entry->at.place.file, at->place.file) &&
            strcmp(entry->text, text) == 0) {
            return true;
        }
    }
    return false;
}

/* A longer text is not looked for in the source: a file may hold any number of large ones. */
static const char *diag_copy(struct diag *diag, const char *text)
{
    bool kept = text != NULL && strlen(text) <= DIAG_COPIED_MAX;
    return text == NULL ? NULL : arena_text(diag->arena, kept ? text : "");
}

static void diag_keep(struct diag *diag, enum diag_code code, struct diag_at at, const char *hint,
                      const char *text)
{
    diag->entries = arena_grow(diag->arena, diag->entries, diag->count, sizeof *diag->entries);
    at.place.file = diag_copy(diag, at.place.file);
    at.place.called_file = diag_copy(diag, at.place.called_file);
    at.name = diag_copy(diag, at.name);
    at.field = diag_copy(diag, at.field);
    at.value = diag_copy(diag, at.value);
    char *hint_copy = hint == NULL ? NULL : arena_text(diag->arena, hint);
    if (hint_copy != NULL) {
        diag_disarm(hint_copy);
    }
    diag->entries[diag->count] = (struct diag_entry){
        .code = code, .at = at, .text = arena_text(diag->arena, text), .hint = hint_copy};
    /* A child that is killed here leaves the parent either all of the entry or none of it. */
    atomic_signal_fence(memory_order_seq_cst);
    diag->count++;
}

void diag_report(struct diag *diag, enum diag_code code, struct diag_at at, const char *hint,
                 const char *format, ...)
{
    assert(diag != NULL && code < DIAG_CODE_COUNT);
    bool error = diag_is_error(code);
    int *reported = error ? &diag->errors : &diag->warnings;
    if (diag->kept[error] == DIAG_KEPT_MAX) { /* a loop may repeat a fault a million times */
        ++*reported;
        diag->dropped++;
        return;
    }
    va_list args;
    va_start(args, format);
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) {
        abort();
    }
    va_end(args);
    diag_disarm(text);
    if (!diag_known(diag, &at, text)) {
        ++*reported;
        diag->kept[error]++;
        diag_keep(diag, code, at, hint, text);
    }
    free(text);
}

const char *diag_suggestion(struct diag *diag, const struct diag_nearest *nearest)
{
    if (nearest->best == NULL) {
        return NULL;
    }
    return arena_format(diag->arena, "did you mean \"%s\"?", nearest->best);
}

/* ---- order ---- */

static int diag_compare(const void *a, const void *b)
{
    const struct diag_entry *left = a;
    const struct diag_entry *right = b;
    const char *left_file = left->at.place.file == NULL ? "" : left->at.place.file;
    const char *right_file = right->at.place.file == NULL ? "" : right->at.place.file;
    int order = strcmp(left_file, right_file);
    if (order == 0) {
        order = (left->line > right->line) - (left->line < right->line);
    }
    if (order == 0) {
        order = (left->column > right->column) - (left->column < right->column);
    }
    return order != 0 ? order : strcmp(left->text, right->text);
}

static void diag_place(struct diag_entry *entry, diag_locate *locate)
{
    entry->line = entry->at.place.line;
    entry->column = entry->at.column;
    if (entry->column == 0 && entry->line > 0 && locate != NULL &&
        !locate(entry->at.place.file, &entry->at, &entry->line, &entry->column)) {
        entry->line = entry->at.place.line;
        entry->column = 0;
    }
    if (entry->code != DIAG_E120) { /* what concerns a whole line or file stands at its start; a
                                       file not read has none */
        entry->line = entry->line > 0 ? entry->line : 1;
        entry->column = entry->column > 0 ? entry->column : 1;
    }
}

static void diag_order(struct diag *diag, diag_locate *locate)
{
    for (size_t i = 0; i < diag->count; i++) {
        diag_place(&diag->entries[i], locate);
    }
    if (diag->count > 0) {
        qsort(diag->entries, diag->count, sizeof *diag->entries, diag_compare);
    }
}

/* ---- text ---- */

/* Reads source files forward only, which suffices for diagnostics in order of place. */
struct diag_source {
    FILE *file;
    const char *name;
    int line;
    char *text;
    size_t size;
};

static void diag_source_close(struct diag_source *source)
{
    if (source->file != NULL) {
        fclose(source->file);
    }
    source->file = NULL;
    source->line = 0;
}

/* The text of a line without its end, or NULL. */
static const char *diag_source_line(struct diag_source *source, const char *name, int line)
{
    if (source->name == NULL || strcmp(source->name, name) != 0 || line < source->line) {
        diag_source_close(source);
        source->name = name;
        source->file = fopen(name, "re");
    }
    if (source->file == NULL || line <= 0) {
        return NULL;
    }
    while (source->line < line) {
        ssize_t length = getline(&source->text, &source->size, source->file);
        if (length < 0) {
            return NULL;
        }
        source->line++;
        source->text[strcspn(source->text, "\r\n")] = '\0';
    }
    return source->text;
}

/* The line and the caret under it; of a long line the part around the caret. */
static void diag_print_source(FILE *to, const char *line, int column)
{
    size_t length = strlen(line);
    size_t caret = column > 0 ? (size_t)column - 1 : 0;
    if (caret > length) {
        caret = length;
    }
    size_t from = 0;
    if (length > DIAG_WINDOW_MAX && caret > DIAG_WINDOW_MAX - 20) {
        from = caret - (DIAG_WINDOW_MAX - 20);
    }
    while (from > 0 && ((unsigned char)line[from] & 0xc0) == 0x80) {
        from--;
    }
    const char *cut = from > 0 ? "..." : "";
    fprintf(to, "  %s", cut);
    for (size_t i = from; i < length && i < from + DIAG_WINDOW_MAX; i++) {
        unsigned char c = (unsigned char)line[i];
        putc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, to);
    }
    if (length > from + DIAG_WINDOW_MAX) {
        fprintf(to, "...");
    }
    if (column > 0) {
        fprintf(to, "\n  %*s", (int)strlen(cut), "");
        for (size_t i = from; i < caret; i++) {
            unsigned char c = (unsigned char)line[i];
            if ((c & 0xc0) != 0x80) {
                putc(c == '\t' ? '\t' : ' ', to);
            }
        }
        putc('^', to);
    }
    putc('\n', to);
}

/* How many of the entries from here on have the code and the place of the first one: a loop repeats
 * a fault. */
static size_t diag_alike(const struct diag_entry *entries, size_t count)
{
    size_t alike = 1;
    while (alike < count && entries[alike].code == entries->code && entries->line > 0 &&
           entries[alike].line == entries->line && entries[alike].column == entries->column &&
           diag_same_text(entries[alike].at.place.file, entries->at.place.file)) {
        alike++;
    }
    return alike;
}

static void diag_print_entry(const struct diag_entry *entry, size_t alike, FILE *to,
                             struct diag_source *source)
{
    const struct place *place = &entry->at.place;
    if (place->file != NULL && entry->line > 0) {
        fprintf(to, "%s:%d:%d: ", place->file, entry->line, entry->column);
    } else if (place->file != NULL) {
        fprintf(to, "%s: ", place->file);
    }
    fprintf(to, "%s: %s [%s]\n", diag_is_error(entry->code) ? "error" : "warning", entry->text,
            code_names[entry->code]);
    const char *line =
        place->file == NULL ? NULL : diag_source_line(source, place->file, entry->line);
    if (line != NULL && line[strspn(line, " \t")] != '\0') {
        diag_print_source(to, line, entry->column);
    }
    if (place->called_from > 0) {
        bool elsewhere = !diag_same_text(place->called_file, place->file);
        fprintf(to, "note: reached by the call in %s%sline %d\n",
                elsewhere ? place->called_file : "", elsewhere ? ", " : "", place->called_from);
    }
    if (alike > 1) {
        fprintf(to, "note: and %zu more like it, from the same place\n", alike - 1);
    }
    if (entry->hint != NULL) {
        fprintf(to, "hint: %s\n", entry->hint);
    }
}

void diag_print(struct diag *diag, FILE *to, diag_locate *locate)
{
    diag_order(diag, locate);
    struct diag_source source = {0};
    for (size_t i = 0; i < diag->count;) {
        size_t alike = diag_alike(&diag->entries[i], diag->count - i);
        diag_print_entry(&diag->entries[i], alike, to, &source);
        i += alike;
    }
    diag_source_close(&source);
    free(source.text);
    if (diag->dropped > 0) {
        fprintf(to, "and %zu more that are not shown\n", diag->dropped);
    }
}

/* ---- JSON ---- */

static json_t *diag_json_text(const char *text)
{
    json_t *value = text == NULL ? json_null() : json_string(text);
    return value != NULL ? value : json_string("(a text that is not UTF-8)");
}

json_t *diag_json(struct diag *diag, bool errors, diag_locate *locate)
{
    diag_order(diag, locate);
    json_t *array = json_array();
    for (size_t i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];
        if (diag_is_error(entry->code) == errors) {
            json_array_append_new(
                array, json_pack("{s:s, s:o, s:i, s:i, s:o, s:o}", "code", code_names[entry->code],
                                 "file", diag_json_text(entry->at.place.file), "line", entry->line,
                                 "column", entry->column, "text", diag_json_text(entry->text),
                                 "hint", diag_json_text(entry->hint)));
        }
    }
    return array;
}
