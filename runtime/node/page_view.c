#include "runtime/node/page_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/limits.h"
#include "runtime/node/html.h"
#include "runtime/node/status_read.h"

#define X(id, heading) {#id, heading, page_html_##id},
static const struct {
    const char *id, *heading;
    void (*write)(FILE *out, const json_t *status);
} parts[] = {PAGE_PARTS(X)};
#undef X

/* ---- the status and its parts ---- */

void page_view_take(struct page_view *view, json_t *status, int64_t now_ms)
{
    json_decref(view->status);
    view->status = status;
    view->given_ms = now_ms;
    view->version++;
}

void page_view_free(struct page_view *view)
{
    json_decref(view->status);
    for (size_t i = 0; i < PAGE_PART_COUNT; i++)
        free(view->parts[i].html);
}

static char *render_part(const struct page_view *view, size_t part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    parts[part].write(out, view->status);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Only when somebody looks. A part for which there is no memory stays as it was. */
static void render(struct page_view *view)
{
    if (view->rendered == view->version)
        return;
    for (size_t i = 0; i < PAGE_PART_COUNT; i++) {
        char *html = render_part(view, i);
        const bool same =
            html == NULL || (view->parts[i].html != NULL && strcmp(html, view->parts[i].html) == 0);
        if (same) {
            free(html);
            continue;
        }
        free(view->parts[i].html);
        view->parts[i].html = html;
        view->parts[i].version = view->version;
    }
    view->rendered = view->version;
}

static void title_of(const struct page_view *view, char title[static TEXT_BYTES_MAX])
{
    snprintf(title, TEXT_BYTES_MAX, "%s: %s", status_text(view->status, "server"),
             status_text(json_object_get(view->status, "verdict"), "text"));
}

/* ---- the stream ---- */

char *page_view_event(struct page_view *view, uint64_t *seen)
{
    char title[TEXT_BYTES_MAX];
    if (view->status == NULL || *seen == view->version)
        return NULL;
    render(view);
    json_t *changed = json_object();
    for (size_t i = 0; i < PAGE_PART_COUNT; i++)
        if (view->parts[i].version > *seen && view->parts[i].html != NULL)
            json_object_set_new(changed, parts[i].id, json_string(view->parts[i].html));
    title_of(view, title);
    json_t *event = json_pack("{s:s, s:o}", "title", title, "parts", changed);
    char *text = json_dumps(event, JSON_COMPACT);
    char *line = NULL;
    json_decref(event);
    if (text != NULL && asprintf(&line, "data: %s\n\n", text) < 0)
        line = NULL;
    free(text);
    *seen = view->version;
    return line;
}

/* ---- the document ---- */

static FILE *open_document(char **text, size_t *size, const char *title)
{
    FILE *out = open_memstream(text, size);
    if (out != NULL)
        html_write(out,
                   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                   "<meta name=\"color-scheme\" content=\"light dark\"><title>%s</title>"
                   "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" "
                   "href=\"/page.css\">\n",
                   title);
    return out;
}

static char *close_document(FILE *out, char **text)
{
    html_write(out, "</body></html>\n");
    if (fclose(out) == 0)
        return *text;
    free(*text);
    return NULL;
}

/* A node whose loop does not turn still has a page, which must not tell its last word as the
 * present. */
static void put_stale(FILE *out, const struct page_frame *frame)
{
    const bool is_stale = frame->age_ms > PAGE_STALE_MS;
    html_write(out, "<p id=\"stale\" role=\"alert\"%s>", is_stale ? "" : " hidden");
    if (is_stale)
        html_write(out, "The node has said nothing for %ld s. What stands below was true then.",
                   (long)(frame->age_ms / 1000));
    html_write(out, "</p>");
}

static void put_orders(FILE *out, const struct page_view *view, const struct page_frame *frame)
{
    const json_t *failovers = json_object_get(view->status, "failovers");
    if (!frame->orders || json_array_size(failovers) == 0)
        return;
    html_write(out,
               "<section><h2>Orders</h2><form method=\"post\" action=\"/orders\" class=\"orders\">"
               "<input type=\"hidden\" name=\"secret\" value=\"%s\">"
               "<label>Failover <select name=\"failover\">",
               frame->form_secret != NULL ? frame->form_secret : "");
    for (size_t i = 0; i < json_array_size(failovers); i++)
        html_write(out, "<option>%s</option>", status_text(json_array_get(failovers, i), "name"));
    html_write(out,
               "</select></label><label>Order <select name=\"order\">"
               "<option value=\"force_start\">Move the main's cameras here now</option>"
               "<option value=\"force_stop\">Give them back to the main</option>"
               "<option value=\"disable\">Disable: watch nothing</option>"
               "<option value=\"enable\">Enable: watch again</option></select></label>"
               "<label>Reason <input name=\"reason\" required maxlength=\"200\" "
               "autocomplete=\"off\"></label><button>Give the order</button></form></section>");
}

static void put_parts(FILE *out, const struct page_view *view)
{
    for (size_t i = 0; i < PAGE_PART_COUNT; i++) {
        const char *html = view->parts[i].html != NULL ? view->parts[i].html : "";
        html_write(out, "<section class=\"%s\">", parts[i].id);
        if (parts[i].heading != NULL)
            html_write(out, "<h2>%s</h2>", parts[i].heading);
        html_write(out, "<div id=\"%s\">", parts[i].id);
        fputs(html, out);
        html_write(out, "</div></section>\n");
    }
}

static void put_foot(FILE *out, const struct page_view *view, const struct page_frame *frame)
{
    html_write(out,
               "<footer><p>Understudy, deployment %s. "
               "<a href=\"/status.json\">status.json</a> <a href=\"/metrics\">metrics</a> "
               "<a href=\"/health\">health</a></p>",
               status_text(view->status, "deployment"));
    if (frame->form_secret != NULL)
        html_write(out,
                   "<form method=\"post\" action=\"/logout\"><input type=\"hidden\" "
                   "name=\"secret\" value=\"%s\"><button>Log off</button></form>",
                   frame->form_secret);
    html_write(out, "</footer>");
}

char *page_view_document(struct page_view *view, const struct page_frame *frame)
{
    char *text = NULL;
    size_t size = 0;
    char title[TEXT_BYTES_MAX];
    title_of(view, title);
    FILE *out = open_document(&text, &size, title);
    if (out == NULL)
        return NULL;
    render(view);
    html_write(out,
               "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"
               "<script src=\"/page.js\" defer></script></head><body class=\"page%s\" "
               "data-zone=\"%s\" data-server=\"%s\">",
               frame->age_ms > PAGE_STALE_MS ? " stale" : "",
               status_text(json_object_get(view->status, "site"), "time_zone"),
               status_text(view->status, "server"));
    put_stale(out, frame);
    html_write(out, "<main>\n");
    put_parts(out, view);
    put_orders(out, view, frame);
    html_write(out, "</main>");
    put_foot(out, view, frame);
    return close_document(out, &text);
}

char *page_view_log_in(bool refused)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_document(&text, &size, "Understudy");
    if (out == NULL)
        return NULL;
    html_write(out, "</head><body class=\"log-in\"><main><section><h1>Understudy</h1>"
                    "<form method=\"post\" action=\"/login\"><label>Token of this page "
                    "<input type=\"password\" name=\"token\" required autofocus "
                    "autocomplete=\"current-password\"></label><button>Look</button></form>");
    if (refused)
        html_write(out, "<p class=\"refused\" role=\"alert\">That is not the token.</p>");
    html_write(out, "</section></main>");
    return close_document(out, &text);
}

/* ---- health ---- */

json_t *page_view_health(const struct page_view *view, int64_t age_ms, bool with_reasons)
{
    const json_t *troubles = json_object_get(json_object_get(view->status, "verdict"), "troubles");
    json_t *reasons = json_array();
    if (age_ms > PAGE_STALE_MS)
        json_array_append_new(
            reasons, json_sprintf("the node has said nothing for %" PRId64 " s", age_ms / 1000));
    for (size_t i = 0; i < json_array_size(troubles); i++) {
        const json_t *trouble = json_array_get(troubles, i);
        if (strcmp(status_text(trouble, "level"), "alarm") == 0)
            json_array_append_new(reasons, json_string(status_text(trouble, "text")));
    }
    json_t *health =
        json_pack("{s:b, s:I}", "healthy", json_array_size(reasons) == 0, "age_ms", age_ms);
    if (with_reasons)
        json_object_set(health, "reasons", reasons);
    json_decref(reasons);
    return health;
}
