/* Tokens of a Lua source with their places. Lua itself tells the line of a declaration only: the
 * lexer finds the fields in it. */
#ifndef DSL_LEXER_H
#define DSL_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "dsl/source.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SYMBOL };

struct token {
    enum token_kind kind;
    const char *text; /* in the source; of a TOKEN_TEXT what is between its quotes, as written */
    size_t bytes;
    int line;
    int column; /* in bytes, from 1 */
};

struct lexer {
    const char *at;
    const char *end;
    const char *line_start;
    int line;
};

/* From the first line on. */
void lexer_start(struct lexer *lexer, const struct source *source);

/* From a line on. It is no matter that the line may lie within a long text: what is found there is
 * compared with names. */
void lexer_start_at(struct lexer *lexer, const struct source *source, int line);

/* The next token, comments left out; TOKEN_END for ever at the end. */
struct token lexer_next(struct lexer *lexer);

bool token_is(const struct token *token, const char *text);
bool token_is_symbol(const struct token *token, char symbol);

#endif
