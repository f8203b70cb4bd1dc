/* SVG: the few shapes that a picture is made of. Texts of users are escaped here; classes and fills
 * are our own words. */
#ifndef RUNTIME_SIM_SVG_H
#define RUNTIME_SIM_SVG_H

#include <stdio.h>

#define SVG_LINE_PITCH 15.0        /* from line to line of a wrapped text */
#define SVG_GAP        "url(#gap)" /* the fill of what is not recorded: hatched in red */

struct svg_box {
    double x;
    double y;
    double width;
    double height;
};

/* A document of this size, with a white ground. */
void svg_begin(FILE *out, double width, double height);
void svg_end(FILE *out);

void svg_rect(FILE *out, const struct svg_box *box, double radius, const char *fill);
void svg_line(FILE *out, const char *class, double x1, double y1, double x2, double y2);

/* About how wide a text is: counted in characters. */
double svg_text_width(const char *text, double size);

/* A text that ends with an ellipsis where it would become wider than max_width. */
void svg_text(FILE *out, const char *class, double x, double y, double size, double max_width,
              const char *text);

/* Breaks a text between words into lines of max_width; returns how many there are, 1 for none. */
int svg_wrapped(FILE *out, const char *class, double x, double y, double size, double max_width,
                const char *text);

#endif
