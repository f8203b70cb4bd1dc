#include "runtime/node/screen.h"

#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_CHARACTERS 1024

static SCREEN *terminal;

bool screen_open(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    setlocale(LC_CTYPE, "");
    terminal = newterm(NULL, stdout, stdin);
    if (terminal == NULL)
        return false;
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(TONE_WELL + 1, COLOR_GREEN, -1);
        init_pair(TONE_ATTENTION + 1, COLOR_YELLOW, -1);
        init_pair(TONE_ALARM + 1, COLOR_RED, -1);
    }
    return true;
}

void screen_close(void)
{
    endwin();
    delscreen(terminal);
}

int screen_rows(void)
{
    return LINES;
}

/* What this terminal's locale cannot show becomes '?'. */
static int to_characters(const char *text, wchar_t characters[static LINE_CHARACTERS])
{
    int count = 0;
    mbtowc(NULL, NULL, 0);
    while (*text != '\0' && count < LINE_CHARACTERS - 1) {
        const int bytes = mbtowc(&characters[count], text, MB_CUR_MAX);
        if (bytes <= 0 || characters[count] < L' ')
            characters[count] = L'?';
        text += bytes > 0 ? bytes : 1;
        count++;
    }
    characters[count] = L'\0';
    return count;
}

void screen_put(int row, enum screen_style style, enum status_tone tone, const char *text)
{
    wchar_t characters[LINE_CHARACTERS];
    const int count = to_characters(text, characters);
    attr_t attributes = tone == TONE_IDLE ? A_NORMAL : (attr_t)COLOR_PAIR(tone + 1);
    if (row < 0 || row >= LINES)
        return;
    if (style != SCREEN_PLAIN)
        attributes |= A_BOLD;
    if (style == SCREEN_BAR)
        attributes |= A_REVERSE;
    attrset((int)attributes);
    move(row, 0);
    if (style == SCREEN_BAR)
        for (int i = 0; i < COLS; i++)
            addch(' ');
    else
        clrtoeol();
    mvaddnwstr(row, 0, characters, count < COLS ? count : COLS);
    attrset(A_NORMAL);
}

void screen_show(void)
{
    refresh();
}

enum screen_key screen_key(void)
{
    switch (getch()) {
    case ERR:
        return SCREEN_NONE;
    case 'q':
    case 'Q':
        return SCREEN_QUIT;
    case KEY_UP:
    case 'k':
        return SCREEN_UP;
    case KEY_DOWN:
    case 'j':
        return SCREEN_DOWN;
    case KEY_PPAGE:
        return SCREEN_PAGE_UP;
    case KEY_NPAGE:
    case ' ':
        return SCREEN_PAGE_DOWN;
    case KEY_HOME:
        return SCREEN_FIRST;
    case KEY_END:
        return SCREEN_LAST;
    case KEY_RESIZE:
        return SCREEN_RESIZED;
    default:
        return SCREEN_OTHER;
    }
}
