#include "dsl/lexer.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

void lexer_start(struct lexer *lexer, const struct source *source)
{
    *lexer = (struct lexer){.at = source->text,
                            .end = source->text + source->bytes,
                            .line_start = source->text,
                            .line = 1};
}

void lexer_start_at(struct lexer *lexer, const struct source *source, int line)
{
    lexer_start(lexer, source);
    while (lexer->line < line) {
        const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
        if (newline == NULL) {
            lexer->at = lexer->end;
            return;
        }
        lexer->at = newline + 1;
        lexer->line_start = lexer->at;
        lexer->line++;
    }
}

/* The source ends with a NUL, so that one character beyond the last may be looked at. */
static char lexer_peek(const struct lexer *lexer, size_t ahead)
{
    return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

static void lexer_step(struct lexer *lexer)
{
    assert(lexer->at < lexer->end);
    if (*lexer->at == '\n') {
        lexer->line++;
        lexer->line_start = lexer->at + 1;
    }
    lexer->at++;
}

/* The level of a long bracket that opens here ("[==[" has 2), or -1. */
static int lexer_long_level(const struct lexer *lexer)
{
    size_t level = 0;
    while (lexer_peek(lexer, 1 + level) == '=') {
        level++;
    }
    return lexer_peek(lexer, 0) == '[' && lexer_peek(lexer, 1 + level) == '[' ? (int)level : -1;
}

static bool lexer_long_closes(const struct lexer *lexer, int level)
{
    if (lexer_peek(lexer, 0) != ']' || lexer_peek(lexer, (size_t)level + 1) != ']') {
        return false;
    }
    for (size_t i = 1; i <= (size_t)level; i++) {
        if (lexer_peek(lexer, i) != '=') {
            return false;
        }
    }
    return true;
}

/* Reads a long text or comment; the token's text is its inside. */
static void lexer_long(struct lexer *lexer, int level, struct token *token)
{
    lexer->at += level + 2;
    token->text = lexer->at;
    while (lexer->at < lexer->end && !lexer_long_closes(lexer, level)) {
        lexer_step(lexer);
    }
    token->bytes = (size_t)(lexer->at - token->text);
    if (lexer->at < lexer->end) {
        lexer->at += level + 2;
    }
}

static void lexer_text(struct lexer *lexer, struct token *token)
{
    char quote = *lexer->at;
    lexer_step(lexer);
    token->text = lexer->at;
    while (lexer->at < lexer->end && *lexer->at != quote && *lexer->at != '\n') {
        bool escape = *lexer->at == '\\';
        lexer_step(lexer);
        if (escape && lexer->at < lexer->end) {
            lexer_step(lexer);
        }
    }
    token->bytes = (size_t)(lexer->at - token->text);
    if (lexer->at < lexer->end && *lexer->at == quote) {
        lexer_step(lexer);
    }
}

static void lexer_skip(struct lexer *lexer)
{
    while (lexer->at < lexer->end) {
        if (isspace((unsigned char)*lexer->at)) {
            lexer_step(lexer);
        } else if (*lexer->at == '-' && lexer_peek(lexer, 1) == '-') {
            lexer->at += 2;
            int level = lexer_long_level(lexer);
            if (level >= 0) {
                struct token ignored;
                lexer_long(lexer, level, &ignored);
            } else {
                while (lexer->at < lexer->end && *lexer->at != '\n') {
                    lexer->at++;
                }
            }
        } else {
            return;
        }
    }
}

static bool lexer_in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

struct token lexer_next(struct lexer *lexer)
{
    lexer_skip(lexer);
    struct token token = {.kind = TOKEN_END,
                          .text = lexer->at,
                          .line = lexer->line,
                          .column = (int)(lexer->at - lexer->line_start) + 1};
    if (lexer->at >= lexer->end) {
        return token;
    }
    char first = *lexer->at;
    if (first == '"' || first == '\'') {
        token.kind = TOKEN_TEXT;
        lexer_text(lexer, &token);
    } else if (first == '[' && lexer_long_level(lexer) >= 0) {
        token.kind = TOKEN_TEXT;
        lexer_long(lexer, lexer_long_level(lexer), &token);
    } else if (lexer_in_word(first)) {
        bool number = isdigit((unsigned char)first);
        token.kind = number ? TOKEN_NUMBER : TOKEN_NAME;
        while (lexer->at < lexer->end &&
               (lexer_in_word(*lexer->at) ||
                (number && *lexer->at == '.' && lexer_peek(lexer, 1) != '.'))) {
            lexer->at++;
        }
        token.bytes = (size_t)(lexer->at - token.text);
    } else {
        token.kind = TOKEN_SYMBOL;
        token.bytes = first == '=' && lexer_peek(lexer, 1) == '=' ? 2 : 1;
        lexer->at += token.bytes;
    }
    return token;
}

bool token_is(const struct token *token, const char *text)
{
    return token->bytes == strlen(text) && memcmp(token->text, text, token->bytes) == 0;
}

bool token_is_symbol(const struct token *token, char symbol)
{
    return token->kind == TOKEN_SYMBOL && token->bytes == 1 && *token->text == symbol;
}
