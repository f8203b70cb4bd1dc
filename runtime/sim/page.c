#include "runtime/sim/page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/picture.h"
#include "runtime/sim/report.h"

/* gcc 12 has no #embed. The paths are relative to the top of the tree, where make runs. */
#define EMBED(symbol, path)                                                                        \
    extern const char symbol[];                                                                    \
    __asm__(".section .rodata\n"                                                                   \
            ".type " #symbol ", @object\n" #symbol ":\n"                                           \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".size " #symbol ", . - " #symbol "\n"                                                 \
            ".previous\n")

EMBED(page_html, "runtime/sim/page.html");
EMBED(page_css, "runtime/sim/page.css");
EMBED(page_model_js, "runtime/sim/page_model.js");
EMBED(page_chart_js, "runtime/sim/page_chart.js");
EMBED(page_detail_js, "runtime/sim/page_detail.js");
EMBED(page_tables_js, "runtime/sim/page_tables.js");
EMBED(page_js, "runtime/sim/page.js");

/* What is put into the template. */
struct page {
    const json_t *outages;
    const struct timeline *timelines;
    size_t count;
};

static void put_style(FILE *out, const struct page *page)
{
    (void)page;
    fputs(page_css, out);
}

static void put_script(FILE *out, const struct page *page)
{
    (void)page;
    fputs(page_model_js, out);
    fputs(page_chart_js, out);
    fputs(page_detail_js, out);
    fputs(page_tables_js, out);
    fputs(page_js, out);
}

/* In JSON these characters stand in strings alone, where they may as well be escaped. The JSON is
 * ASCII, so that a piece of it never ends within a character. */
static int put_piece(const char *text, size_t length, void *data)
{
    FILE *out = data;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '<' || text[i] == '>' || text[i] == '&')
            fprintf(out, "\\u%04x", (unsigned int)text[i]);
        else
            fputc(text[i], out);
    }
    return 0;
}

static void put_data(FILE *out, const struct page *page)
{
    if (json_dump_callback(page->outages, put_piece, out, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        array_no_memory();
}

static void put_picture(FILE *out, const struct page *page)
{
    picture_write(out, page->timelines, page->count);
}

static void put_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
    }
}

static void put_report(FILE *out, const struct page *page)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *report = open_memstream(&text, &bytes);
    if (report == NULL)
        array_no_memory();
    for (size_t i = 0; i < json_array_size(page->outages); i++) {
        report_write(report, json_array_get(page->outages, i), false);
        fputc('\n', report);
    }
    if (fclose(report) != 0)
        array_no_memory();
    put_escaped(out, text);
    free(text);
}

static const struct {
    const char *word;
    void (*put)(FILE *out, const struct page *page);
} places[] = {
    {"@STYLE@", put_style},     {"@SCRIPT@", put_script}, {"@DATA@", put_data},
    {"@PICTURE@", put_picture}, {"@REPORT@", put_report},
};

/* Fills the place that the template names here; returns how long its name is, 0 if it names none.
 */
static size_t fill_place(FILE *out, const char *text, const struct page *page)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const size_t length = strlen(places[i].word);
        if (strncmp(text, places[i].word, length) != 0)
            continue;
        places[i].put(out, page);
        return length;
    }
    return 0;
}

void page_write(FILE *out, const json_t *outages, const struct timeline *timelines, size_t count)
{
    const struct page page = {.outages = outages, .timelines = timelines, .count = count};
    for (const char *text = page_html; *text != '\0';) {
        const size_t length = *text == '@' ? fill_place(out, text, &page) : 0;
        if (length == 0)
            fputc(*text, out);
        text += length > 0 ? length : 1;
    }
}
