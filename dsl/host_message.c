/* What Lua says of a file that it cannot read or run, as diagnostics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsl/host_lua.h"
#include "dsl/locate.h"

/* The last text in quotes of a message of Lua's: "... near 'x'", "... (global 'x')". */
static bool host_quoted(const char *message, char *name, size_t size)
{
    const char *end = strrchr(message, '\'');
    if (end == NULL || end == message) {
        return false;
    }
    const char *start = end - 1;
    while (start > message && !(start[0] == '\'' && start[-1] == ' ')) {
        start--;
    }
    size_t bytes = (size_t)(end - start) - 1;
    if (start == message || bytes == 0 || bytes >= size) {
        return false;
    }
    memcpy(name, start + 1, bytes);
    name[bytes] = '\0';
    if (bytes >= 2 && (name[0] == '"' || name[0] == '\'') && name[bytes - 1] == name[0]) {
        memmove(name, name + 1, bytes - 2);
        name[bytes - 2] = '\0';
    }
    return true;
}

/* Lua says of what is nested too deeply neither where nor what. */
static void host_place_deepest(const struct host *host, struct diag_at *at)
{
    for (int i = 0; i < host->file_count; i++) {
        const struct source *source = &host->files[i].source;
        if (source->name == at->place.file && source->text != NULL) {
            locate_deepest(source, &at->place.line, &at->column);
        }
    }
}

static const char *host_syntax_hint(struct host *host, const char *message, const char *token)
{
    bool closing = strstr(message, "'}' expected") != NULL;
    if (closing && token != NULL && strcmp(token, "<eof>") != 0) {
        const bool begins =
            strstr(message, "(to close") != NULL && vocabulary_find(host->run->file, token) != NULL;
        return arena_format(host->run->arena, "is a %s missing before \"%s\"?",
                            begins ? "\"}\"" : "comma", token);
    }
    if (strncmp(message, "malformed number", 16) == 0) {
        return "an address, a url and what has a unit are texts: is a quotation mark missing "
               "before?";
    }
    if (token != NULL && strncmp(token, "<\\", 2) == 0) { /* a byte that Lua cannot read */
        return "a sign stands there that the language does not have, such as a typographic "
               "quotation "
               "mark: names and texts stand between plain ones, \"";
    }
    if (strncmp(message, "unfinished string", 17) == 0) {
        return "a text ends on its own line: is its closing quotation mark missing?";
    }
    if (strstr(message, "near <eof>") != NULL && strstr(message, "'end' expected") == NULL) {
        return "the file ends within a declaration: is a \"}\" missing?";
    }
    return NULL;
}

void host_report_message(struct host *host, enum diag_code code, const char *message,
                         struct place thrown)
{
    struct diag_at at = {.place = thrown};
    char *after;
    long index = strtol(message, &after, 10);
    if (after != message && *after == ':' && index >= 0 && index < host->file_count) {
        const char *line_text = after + 1;
        long line = strtol(line_text, &after, 10);
        if (after != line_text && after[0] == ':' && after[1] == ' ' && line > 0 &&
            line < 100000000) {
            message = after + 2;
            const struct source *source = &host->files[index].source;
            if (line != thrown.line) {
                at.place.called_from = 0;
            }
            at.place.file = source->name;
            at.place.line = (int)line;
        }
    }
    if (strncmp(message, "prelude:", 8) == 0) { /* where in our own code is no matter */
        const char *text = strstr(message, ": ");
        message = text == NULL ? message : text + 2;
    }
    char token[128];
    bool named = host_quoted(message, token, sizeof token);
    if (named) {
        at.column = host_column(host, at.place, token);
    }
    const char *hint =
        code == DIAG_E101 ? host_syntax_hint(host, message, named ? token : NULL) : NULL;
    if (code == DIAG_E101 && strcmp(message, "C stack overflow") == 0) {
        host_place_deepest(host, &at);
        hint = "expressions and blocks are nested up to about 190 deep";
        message = "this is nested too deeply";
    }
    diag_report(host->run->diag, code, at, hint, "%s", message);
}
