#include "runtime/sim/svg.h"

#include <string.h>

#define CHARACTER_WIDTH 0.58 /* of the common fonts, as a share of their size */

double svg_text_width(const char *text, double size)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return (double)count * size * CHARACTER_WIDTH;
}

static void put_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(text[i], out);
            break;
        }
    }
}

void svg_text(FILE *out, const char *class, double x, double y, double size, double max_width,
              const char *text)
{
    const size_t fits = (size_t)(max_width / (size * CHARACTER_WIDTH));
    size_t bytes = 0;
    size_t count = 0;
    for (; text[bytes] != '\0'; bytes++) {
        count += ((unsigned char)text[bytes] & 0xc0) != 0x80;
        if (count > fits && svg_text_width(text, size) > max_width)
            break;
    }
    fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\">", class, x, y, size);
    put_escaped(out, text, bytes);
    fputs(text[bytes] != '\0' ? "\xe2\x80\xa6</text>\n" : "</text>\n", out);
}

int svg_wrapped(FILE *out, const char *class, double x, double y, double size, double max_width,
                const char *text)
{
    const size_t fits = (size_t)(max_width / (size * CHARACTER_WIDTH));
    int lines = 0;
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > fits) {
            length = fits;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0)
                length = strcspn(text, " ");
        }
        fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\">", class, x,
                y + lines * SVG_LINE_PITCH, size);
        put_escaped(out, text, length);
        fputs("</text>\n", out);
        text += length;
        text += strspn(text, " ");
        lines++;
    }
    return lines > 0 ? lines : 1;
}

static const char style[] =
    "<style>text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif}"
    ".title{font-weight:bold;fill:#1a1a1a}.group{font-weight:bold;fill:#1a1a1a}"
    ".strong{font-weight:bold;fill:#1a1a1a}.plain{fill:#1a1a1a}.soft{fill:#555}"
    ".note{fill:#8a4b00;font-style:italic}"
    ".length{fill:#a50f15;font-weight:bold}"
    ".axis,.tick{stroke:#888;stroke-width:1}.grid{stroke:#ddd;stroke-width:1}"
    ".act-line{stroke:#1a1a1a;stroke-width:1.2}"
    ".move-line{stroke:#1a1a1a;stroke-width:0.8;stroke-dasharray:2 3;opacity:0.65}"
    ".act{fill:#1a1a1a}.act-number{fill:#fff;font-weight:bold}"
    ".move{fill:#fff;stroke:#1a1a1a;stroke-width:1.2}.move-number{fill:#1a1a1a}</style>\n";

static const char pattern[] =
    "<defs><pattern id=\"gap\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fde0dd\"/>"
    "<rect width=\"2.6\" height=\"6\" fill=\"#cb181d\"/></pattern></defs>\n";

void svg_begin(FILE *out, double width, double height)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\">\n",
            width, height, width, height);
    fputs(style, out);
    fputs(pattern, out);
    fprintf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height);
}

void svg_end(FILE *out)
{
    fputs("</svg>\n", out);
}

void svg_rect(FILE *out, const struct svg_box *box, double radius, const char *fill)
{
    fprintf(
        out,
        "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%.1f\" fill=\"%s\"/>\n",
        box->x, box->y, box->width, box->height, radius, fill);
}

void svg_line(FILE *out, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
            x1, y1, x2, y2);
}
