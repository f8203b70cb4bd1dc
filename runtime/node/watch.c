#include "runtime/node/watch.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/screen.h"
#include "runtime/node/status_lines.h"
#include "runtime/node/talk.h"

#define ASK_MS            1000 /* from one question to the next */
#define STALE_MS          3000 /* what is older is no longer the present */
#define DECISIONS         30
#define EXIT_COMMAND_LINE 2

struct line {
    enum status_line_kind kind;
    enum status_tone tone;
    char text[STATUS_LINE_BYTES];
};

struct watch {
    const char *state;
    json_t *request;
    struct talk talk;
    int64_t asked_ms;
    int64_t heard_ms; /* -1: never */
    char error[TEXT_BYTES_MAX];
    struct line *lines;
    size_t count, capacity;
    size_t first; /* that is shown */
};

/* ---- the conversation ---- */

static void take_line(void *owner, enum status_line_kind kind, enum status_tone tone,
                      const char *text)
{
    struct watch *watch = owner;
    if (watch->count == watch->capacity) {
        const size_t capacity = watch->capacity * 2 + 64;
        struct line *lines = realloc(watch->lines, capacity * sizeof *lines);
        if (lines == NULL)
            return;
        watch->lines = lines;
        watch->capacity = capacity;
    }
    struct line *line = &watch->lines[watch->count++];
    *line = (struct line){.kind = kind, .tone = tone};
    snprintf(line->text, sizeof line->text, "%s", text);
}

static void take_answer(struct watch *watch, const json_t *status)
{
    watch->count = 0;
    watch->error[0] = '\0';
    if (status_lines(status, DECISIONS, take_line, watch))
        watch->heard_ms = clock_now_ms();
    else
        snprintf(watch->error, sizeof watch->error,
                 "the node's answer cannot be understood: is it of another version?");
}

static void ask(struct watch *watch)
{
    if (watch->talk.socket >= 0 || clock_now_ms() - watch->asked_ms < ASK_MS)
        return;
    watch->asked_ms = clock_now_ms();
    talk_begin(&watch->talk, watch->state, watch->request, watch->error);
}

static void hear(struct watch *watch)
{
    json_t *status = NULL;
    if (watch->talk.socket >= 0 && talk_hear(&watch->talk, &status, watch->error) == TALK_ANSWERED)
        take_answer(watch, status);
    json_decref(status);
}

/* ---- the screen ---- */

/* A node that does not answer has no present state: its last word is shown for what it is. */
static bool is_stale(const struct watch *watch)
{
    return watch->heard_ms < 0 || clock_now_ms() - watch->heard_ms > STALE_MS;
}

static void put_bar(const struct watch *watch)
{
    char text[STATUS_LINE_BYTES], age[STATUS_WORDS_BYTES];
    const char *error = watch->error[0] != '\0' ? watch->error : "the node does not answer";
    if (watch->heard_ms < 0)
        snprintf(text, sizeof text, " %s", watch->error[0] != '\0' ? error : "asking the node");
    else if (is_stale(watch))
        snprintf(text, sizeof text, " heard %s, what follows was true then: %s",
                 status_age((clock_now_ms() - watch->heard_ms) / 1000 * 1000, age), error);
    else
        snprintf(text, sizeof text, " understudy watch   q quits, arrows scroll");
    screen_put(0, SCREEN_BAR, is_stale(watch) ? TONE_ALARM : TONE_IDLE, text);
}

static void draw(struct watch *watch)
{
    const size_t rows = screen_rows() > 1 ? (size_t)screen_rows() - 1 : 0;
    const size_t last = watch->count > rows ? watch->count - rows : 0;
    if (watch->first > last)
        watch->first = last;
    put_bar(watch);
    for (size_t row = 0; row < rows; row++) {
        const size_t at = watch->first + row;
        const struct line *line = at < watch->count ? &watch->lines[at] : NULL;
        const bool is_bold = line != NULL && line->kind != STATUS_LINE_PLAIN;
        screen_put((int)row + 1, is_bold ? SCREEN_BOLD : SCREEN_PLAIN,
                   line != NULL && !is_stale(watch) ? line->tone : TONE_IDLE,
                   line != NULL ? line->text : "");
    }
    screen_show();
}

/* False: that was the end. */
static bool take_keys(struct watch *watch)
{
    const size_t page = screen_rows() > 2 ? (size_t)screen_rows() - 2 : 1;
    for (;;)
        switch (screen_key()) {
        case SCREEN_NONE:
            return true;
        case SCREEN_QUIT:
            return false;
        case SCREEN_UP:
            watch->first -= watch->first > 0;
            break;
        case SCREEN_DOWN:
            watch->first++;
            break;
        case SCREEN_PAGE_UP:
            watch->first -= watch->first < page ? watch->first : page;
            break;
        case SCREEN_PAGE_DOWN:
            watch->first += page;
            break;
        case SCREEN_FIRST:
            watch->first = 0;
            break;
        case SCREEN_LAST:
            watch->first = watch->count;
            break;
        case SCREEN_OTHER:
        case SCREEN_RESIZED:
            break;
        }
}

/* A terminal that has gone leaves nobody to watch for. */
static bool wait_for_more(const struct watch *watch)
{
    struct pollfd waits[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = watch->talk.socket, .events = POLLIN}};
    const int64_t left_ms = watch->asked_ms + ASK_MS - clock_now_ms();
    const int wait_ms = watch->talk.socket >= 0 || left_ms > ASK_MS ? ASK_MS : (int)left_ms;
    poll(waits, 2, wait_ms > 0 ? wait_ms : 0);
    return (waits[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

int watch_state(const char *state)
{
    struct watch watch = {.state = state,
                          .talk = {.socket = -1},
                          .asked_ms = clock_now_ms() - ASK_MS,
                          .heard_ms = -1};
    if (!screen_open()) {
        fprintf(stderr, "understudy watch: it needs a terminal; `understudy status` prints the "
                        "same once\n");
        return EXIT_COMMAND_LINE;
    }
    watch.request = json_pack("{s:s}", "verb", "status");
    do {
        ask(&watch);
        hear(&watch);
        draw(&watch);
    } while (wait_for_more(&watch) && take_keys(&watch));
    screen_close();
    talk_end(&watch.talk);
    json_decref(watch.request);
    free(watch.lines);
    return 0;
}
