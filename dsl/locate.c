#include "dsl/locate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dsl/dsl.h"
#include "dsl/lexer.h"

#define DEEPEST_PARTS_MAX 190 /* about what Lua can take */
#define LOCATE_LINES_MAX  200 /* a declaration that is longer is not searched further */

int locate_token(const struct source *source, int line, const char *text)
{
    struct lexer lexer;
    lexer_start_at(&lexer, source, line);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.line != line) {
            return 0;
        }
        if (token_is(&token, text)) {
            return token.column;
        }
    }
}

bool locate_ends_item(const struct source *source, int line, const char *text)
{
    struct lexer lexer;
    lexer_start_at(&lexer, source, line);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.line != line) {
            return false;
        }
        if (token_is(&token, text)) {
            token = lexer_next(&lexer);
            return token_is_symbol(&token, ',') || token_is_symbol(&token, '}');
        }
    }
}

/* ---- what is nested too deeply ---- */

/* +1 for a bracket that opens, -1 for one that closes. */
static int locate_nesting(const struct token *token)
{
    if (token->kind != TOKEN_SYMBOL || token->bytes != 1) {
        return 0;
    }
    return strchr("{([", *token->text) != NULL ? 1 : strchr("})]", *token->text) != NULL ? -1 : 0;
}

/* The same for blocks. */
static int deepest_block(const struct token *token)
{
    static const char *const opening[] = {"do", "if", "function", "repeat"};
    if (token->kind != TOKEN_NAME) {
        return 0;
    }
    for (size_t i = 0; i < sizeof opening / sizeof *opening; i++) {
        if (token_is(token, opening[i])) {
            return 1;
        }
    }
    return token_is(token, "end") || token_is(token, "until") ? -1 : 0;
}

/* Operators that nest what follows them: signs, `not`, and the two that go from right to left. */
static bool deepest_operator(const struct token *token)
{
    return (token->kind == TOKEN_SYMBOL && strchr("-~#.^", *token->text) != NULL) ||
           (token->kind == TOKEN_NAME && token_is(token, "not"));
}

void locate_deepest(const struct source *source, int *line, int *column)
{
    struct lexer lexer;
    lexer_start(&lexer, source);
    long depth = 0;
    long operators = 0; /* in the expression so far */
    long most = 0;
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END;
         token = lexer_next(&lexer)) {
        depth += locate_nesting(&token) + deepest_block(&token);
        operators += deepest_operator(&token);
        if (token_is_symbol(&token, ',') || token_is_symbol(&token, ';') ||
            token_is_symbol(&token, '=')) {
            operators = 0;
        }
        if (depth + operators > most) {
            most = depth + operators;
            if (most <= DEEPEST_PARTS_MAX) { /* there Lua gave up */
                *line = token.line;
                *column = token.column;
            }
        }
    }
}

/* ---- fields that stand twice ---- */

#define DUPLICATE_KEYS_MAX  64 /* of one table that are compared; no word has so many fields */
#define DUPLICATE_DEPTH_MAX 32

struct duplicate_table {
    bool braces; /* or parentheses, or brackets */
    int count;
    struct token keys[DUPLICATE_KEYS_MAX];
};

static void duplicate_key(struct duplicate_table *table, const struct token *key, const char *file,
                          struct diag *diag)
{
    for (int i = 0; i < table->count; i++) {
        const struct token *other = &table->keys[i];
        if (other->bytes == key->bytes && memcmp(other->text, key->text, key->bytes) == 0) {
            struct diag_at at = {.place = {.file = file, .line = key->line}, .column = key->column};
            diag_report(diag, DIAG_E111, at, NULL,
                        "the field \"%.*s\" stands twice in this table, first in line %d",
                        (int)key->bytes, key->text, other->line);
            return;
        }
    }
    if (table->count < DUPLICATE_KEYS_MAX) {
        table->keys[table->count++] = *key;
    }
}

/* A key is a name after '{', ',' or ';' of a table and before '='. In a function within a table, an
 * assignment to several variables looks the same, so behind a function a table is not searched
 * further. */
void locate_duplicates(const struct source *source, struct diag *diag)
{
    static struct duplicate_table tables[DUPLICATE_DEPTH_MAX];
    int depth = 0; /* may exceed the tables: deeper ones are not compared */
    struct lexer lexer;
    lexer_start(&lexer, source);
    struct token before = {.kind = TOKEN_END};
    struct token token = lexer_next(&lexer);
    while (token.kind != TOKEN_END) {
        struct token next = lexer_next(&lexer);
        struct duplicate_table *table =
            depth > 0 && depth <= DUPLICATE_DEPTH_MAX ? &tables[depth - 1] : NULL;
        if (token_is_symbol(&token, '{') || token_is_symbol(&token, '(') ||
            token_is_symbol(&token, '[')) {
            if (depth < DUPLICATE_DEPTH_MAX) {
                tables[depth].braces = *token.text == '{';
                tables[depth].count = 0;
            }
            depth++;
        } else if (token_is_symbol(&token, '}') || token_is_symbol(&token, ')') ||
                   token_is_symbol(&token, ']')) {
            depth -= depth > 0;
        } else if (table != NULL && token.kind == TOKEN_NAME && token_is(&token, "function")) {
            table->braces = false;
        } else if (table != NULL && table->braces && token.kind == TOKEN_NAME &&
                   token_is_symbol(&next, '=') &&
                   (token_is_symbol(&before, '{') || token_is_symbol(&before, ',') ||
                    token_is_symbol(&before, ';'))) {
            duplicate_key(table, &token, source->name, diag);
        }
        before = token;
        token = next;
    }
}

/* ---- the field locator ---- */

/* Diagnostics come in bunches of one file: the last one that was read is kept. */
static struct {
    struct source source;
    char *name;
    struct stat stat;
} last;

static const struct source *locate_source(const char *file)
{
    struct stat stat_now;
    if (stat(file, &stat_now) != 0) {
        return NULL;
    }
    bool same = last.name != NULL && strcmp(last.name, file) == 0 &&
                last.stat.st_ino == stat_now.st_ino && last.stat.st_dev == stat_now.st_dev &&
                last.stat.st_size == stat_now.st_size &&
                last.stat.st_mtim.tv_sec == stat_now.st_mtim.tv_sec &&
                last.stat.st_mtim.tv_nsec == stat_now.st_mtim.tv_nsec;
    if (!same) {
        source_free(&last.source);
        free(last.name);
        last.name = strdup(file);
        last.stat = stat_now;
        if (last.name == NULL || source_read(last.name, &last.source) != NULL) {
            free(last.name);
            last.name = NULL;
        }
    }
    return last.name == NULL ? NULL : &last.source;
}

struct finder {
    struct lexer lexer;
    int last_line;
};

static bool finder_next(struct finder *finder, struct token *token)
{
    *token = lexer_next(&finder->lexer);
    return token->kind != TOKEN_END && token->line <= finder->last_line;
}

static void finder_start(struct finder *finder, const struct source *source, int line)
{
    lexer_start_at(&finder->lexer, source, line);
    finder->last_line = line + LOCATE_LINES_MAX;
}

/* Finds the word of the declaration: the name that precedes its own name, or the first of the line
 * if that is computed. The finder stands behind the declaration's name afterwards. */
static bool finder_declaration(struct finder *finder, const char *name, int line,
                               struct token *word)
{
    struct finder start = *finder;
    struct token token;
    struct token last_name = {.kind = TOKEN_END};
    while (name != NULL && name[0] != '\0' && finder_next(finder, &token) && token.line == line) {
        if (token.kind == TOKEN_TEXT && token_is(&token, name) && last_name.kind != TOKEN_END) {
            *word = last_name;
            return true;
        }
        if (token.kind == TOKEN_NAME) {
            last_name = token;
        }
    }
    *finder = start;
    if (!finder_next(finder, word)) {
        return false;
    }
    return true;
}

static bool finder_open(struct finder *finder)
{
    struct token token;
    while (finder_next(finder, &token)) {
        if (token_is_symbol(&token, '{')) {
            return true;
        }
    }
    return false;
}

/* Within a table: finds the key; the finder stands behind its '=' afterwards. */
static bool finder_key(struct finder *finder, const char *name, size_t bytes, struct token *key)
{
    int depth = 0;
    struct token before = {.kind = TOKEN_END};
    struct token token;
    while (depth >= 0 && finder_next(finder, &token)) {
        if (depth == 0 && token_is_symbol(&token, '=') && before.kind == TOKEN_NAME &&
            before.bytes == bytes && memcmp(before.text, name, bytes) == 0) {
            *key = before;
            return true;
        }
        depth += locate_nesting(&token);
        before = token;
    }
    return false;
}

/* Within the expression of a field: the token that holds the value, or the expression's first. */
static bool finder_value(struct finder *finder, const char *value, struct token *found)
{
    struct token token;
    if (!finder_next(finder, found)) {
        return false;
    }
    token = *found;
    int depth = 0;
    do {
        bool fits = token.kind == TOKEN_TEXT || token.kind == TOKEN_NUMBER;
        if (fits && token_is(&token, value)) {
            *found = token;
            return true;
        }
        depth += locate_nesting(&token);
        if (depth < 0 || (depth == 0 && token_is_symbol(&token, ','))) {
            return true;
        }
    } while (finder_next(finder, &token));
    return true;
}

static bool locate_field(struct finder *finder, const struct diag_at *at, struct token *found)
{
    const char *name = at->field;
    for (;;) {
        size_t bytes = strcspn(name, ".");
        if (!finder_open(finder) || !finder_key(finder, name, bytes, found)) {
            return false;
        }
        if (name[bytes] == '\0') {
            break;
        }
        name += bytes + 1;
    }
    if (at->value != NULL) {
        struct token value;
        if (finder_value(finder, at->value, &value)) {
            *found = value;
        }
    }
    return true;
}

/* Without a field, the value stands near the declaration itself. */
static bool locate_value(struct finder *finder, const char *value, struct token *found)
{
    struct token token;
    while (finder_next(finder, &token)) {
        if (token.kind == TOKEN_TEXT && token_is(&token, value)) {
            *found = token;
            return true;
        }
    }
    return false;
}

/* The word that takes this value: fail "alpha", or cut("alpha", "omega"). */
static bool locate_word(struct finder *finder, const struct diag_at *at, struct token *found)
{
    struct token token;
    struct token last_name = {.kind = TOKEN_END};
    while (finder_next(finder, &token)) {
        if (token.kind == TOKEN_NAME) {
            last_name = token;
        } else if (token.kind == TOKEN_TEXT && token_is(&token, at->value) &&
                   last_name.kind != TOKEN_END && strlen(at->word) == last_name.bytes &&
                   memcmp(last_name.text, at->word, last_name.bytes) == 0) {
            *found = last_name;
            return true;
        }
    }
    return false;
}

bool dsl_locate(const char *file, const struct diag_at *at, int *line, int *column)
{
    assert(file != NULL && at != NULL);
    const struct source *source = locate_source(file);
    if (source == NULL) {
        return false;
    }
    struct finder finder;
    finder_start(&finder, source, at->place.line);
    struct finder start = finder;
    struct token found;
    if (!finder_declaration(&finder, at->name, at->place.line, &found)) {
        return false;
    }
    struct token inner;
    bool deeper = at->field != NULL   ? locate_field(&finder, at, &inner)
                  : at->word != NULL  ? locate_word(&start, at, &inner)
                  : at->value != NULL ? locate_value(&start, at->value, &inner)
                                      : false;
    if (deeper) {
        found = inner;
    }
    *line = found.line;
    *column = found.column;
    return true;
}
