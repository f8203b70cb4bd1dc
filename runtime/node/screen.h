/* A terminal as lines in colours, with keys. By ncurses, which knows terminals and their changes of
 * size; no other file knows it. */
#ifndef RUNTIME_NODE_SCREEN_H
#define RUNTIME_NODE_SCREEN_H

#include <stdbool.h>

#include "runtime/node/status_read.h"

enum screen_key {
    SCREEN_NONE, /* none is waiting */
    SCREEN_OTHER,
    SCREEN_QUIT,
    SCREEN_UP,
    SCREEN_DOWN,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_FIRST,
    SCREEN_LAST,
    SCREEN_RESIZED
};

/* Takes the terminal over. False: standard input and output are none that could be. */
bool screen_open(void);
void screen_close(void);

int screen_rows(void);

/* Writes a line into a row, cut at its end; the rest of the row is empty. A bar fills the row. */
enum screen_style { SCREEN_PLAIN, SCREEN_BOLD, SCREEN_BAR };
void screen_put(int row, enum screen_style style, enum status_tone tone, const char *text);

/* Shows what was written. */
void screen_show(void);

/* The next key, without waiting; standard input is to be polled. */
enum screen_key screen_key(void);

#endif
