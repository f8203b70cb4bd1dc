#include "recorder/serve_page.h"

#include <string.h>

/* gcc 12 has no #embed. The paths are relative to the top of the tree, where make runs. */
#define EMBED(symbol, path)                                                                        \
    extern const char symbol[], symbol##_end[];                                                    \
    __asm__(".section .rodata\n"                                                                   \
            ".type " #symbol ", @object\n" #symbol ":\n"                                           \
            ".incbin \"" path "\"\n" #symbol "_end:\n"                                             \
            ".byte 0\n"                                                                            \
            ".size " #symbol ", . - " #symbol "\n"                                                 \
            ".previous\n")

EMBED(serve_html, "recorder/serve.html");
EMBED(serve_css, "recorder/serve.css");
EMBED(serve_js, "recorder/serve.js");
EMBED(serve_timeline_js, "recorder/serve_timeline.js");

static const struct {
    const char *path, *type, *begin, *end;
} files[] = {
    {"/", "text/html; charset=utf-8", serve_html, serve_html_end},
    {"/serve.css", "text/css; charset=utf-8", serve_css, serve_css_end},
    {"/serve.js", "text/javascript; charset=utf-8", serve_js, serve_js_end},
    {"/timeline.js", "text/javascript; charset=utf-8", serve_timeline_js, serve_timeline_js_end}};

bool serve_page(const char *path, struct http_answer *answer)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        if (strcmp(path, files[i].path) == 0) {
            *answer = (struct http_answer){.status = 200,
                                           .type = files[i].type,
                                           .bytes = files[i].begin,
                                           .size = (size_t)(files[i].end - files[i].begin),
                                           .file = -1};
            return true;
        }
    return false;
}
