#include "recorder/serve_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/aside.h"
#include "recorder/serve_page.h"
#include "recorder/volume_watch.h"

/* A reader that has brought nothing for so long makes one ask whether the volumes hang; so long one
 * of them may take for its answer. */
#define PATIENCE_MS 4000
#define ANSWER_MS   2000
/* Volumes that answer, and yet nothing comes of it. */
#define TRIES_MAX   15
#define CHUNK_BYTES 65536

struct serve_reader {
    const struct serve *serve;
    struct volume_watch *watch;
};

struct serve_reader *serve_reader_new(const struct serve *serve)
{
    struct serve_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->serve = serve;
    reader->watch = volume_watch_new(serve->volumes, serve->volume_count);
    if (reader->watch == NULL) {
        free(reader);
        return NULL;
    }
    return reader;
}

void serve_reader_free(struct serve_reader *reader)
{
    if (reader == NULL)
        return;
    volume_watch_free(reader->watch);
    free(reader);
}

/* ---- in the process of a question ---- */

/* What goes before the bytes of an answer. The type is static, and so at the same place in both. */
struct head {
    uint64_t bytes;
    unsigned status, keep_s;
    const char *type;
};

struct question {
    struct serve serve; /* with those volumes alone that answer */
    const struct http_request *request;
    struct http_answer answer;
};

static bool send_file(int file, int out)
{
    off_t at = 0;
    ssize_t sent;

    do
        sent = sendfile(out, file, &at, CHUNK_BYTES);
    while (sent > 0);
    return sent == 0;
}

static bool send_bytes(const void *bytes, size_t size, int out)
{
    const char *next = bytes;

    while (size > 0) {
        ssize_t sent = write(out, next, size);

        if (sent <= 0)
            return false;
        next += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void read_volumes(void *owner, int out)
{
    struct question *question = owner;
    struct http_answer *answer = &question->answer;
    struct stat status;
    struct head head;

    serve_answer(&question->serve, question->request, answer);
    head = (struct head){answer->size, answer->status, answer->keep_s, answer->type};
    if (answer->file >= 0 && fstat(answer->file, &status) == 0)
        head.bytes = (uint64_t)status.st_size;
    if (!send_bytes(&head, sizeof(head), out))
        return;
    if (answer->file >= 0)
        send_file(answer->file, out);
    else
        send_bytes(answer->bytes, answer->size, out);
}

/* ---- in the server ---- */

enum outcome { ANSWERED, CUT_OFF, HANGS };

/* Waits for more; false with HANGS as soon as a volume that is being read does, or with CUT_OFF
 * when nothing comes although they all answer. */
static bool wait_for_more(struct serve_reader *reader, const struct aside *aside,
                          const bool *is_read, enum outcome *outcome)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        if (aside_wait(aside, PATIENCE_MS))
            return true;
        volume_watch_ask(reader->watch, ANSWER_MS);
        for (int volume = 0; volume < reader->serve->volume_count; volume++)
            if (is_read[volume] && volume_watch_hangs(reader->watch, volume)) {
                *outcome = HANGS;
                return false;
            }
    }
    *outcome = CUT_OFF;
    return false;
}

/* The answer of a reader, gathered in memory. */
static enum outcome gather(struct serve_reader *reader, const struct aside *aside,
                           const bool *is_read, struct head *head, int memory)
{
    enum outcome outcome;
    char bytes[CHUNK_BYTES];
    uint64_t gathered = 0;
    ssize_t size;

    if (!wait_for_more(reader, aside, is_read, &outcome))
        return outcome;
    if (read(aside->answer, head, sizeof(*head)) != (ssize_t)sizeof(*head))
        return CUT_OFF;
    while (gathered < head->bytes) {
        if (!wait_for_more(reader, aside, is_read, &outcome))
            return outcome;
        size = read(aside->answer, bytes, sizeof(bytes));
        if (size <= 0 || !send_bytes(bytes, (size_t)size, memory))
            return CUT_OFF;
        gathered += (uint64_t)size;
    }
    return ANSWERED;
}

static enum outcome read_aside(struct serve_reader *reader, struct question *question,
                               const bool *is_read, struct http_answer *answer)
{
    int memory = memfd_create("answer", MFD_CLOEXEC);
    enum outcome outcome = CUT_OFF;
    struct head head;
    struct aside aside;

    if (memory >= 0 && aside_start(&aside, read_volumes, question)) {
        outcome = gather(reader, &aside, is_read, &head, memory);
        aside_end(&aside);
    }
    if (outcome == ANSWERED)
        *answer = (struct http_answer){
            .status = head.status, .type = head.type, .keep_s = head.keep_s, .file = memory};
    else if (memory >= 0)
        close(memory);
    return outcome;
}

/* What hangs is left out, also if it begins to in the middle. */
static void answer_from_volumes(struct serve_reader *reader, const struct http_request *request,
                                struct http_answer *answer)
{
    const struct serve *serve = reader->serve;
    char **volumes = calloc((size_t)serve->volume_count, sizeof(*volumes));
    bool *is_read = calloc((size_t)serve->volume_count, sizeof(*is_read));
    enum outcome outcome = volumes == NULL || is_read == NULL ? CUT_OFF : HANGS;

    for (int tries = 0; outcome == HANGS && tries <= serve->volume_count; tries++) {
        struct question question = {{volumes, 0, serve->player_path}, request, *answer};

        for (int i = 0; i < serve->volume_count; i++) {
            is_read[i] = !volume_watch_hangs(reader->watch, i);
            if (is_read[i])
                volumes[question.serve.volume_count++] = serve->volumes[i];
        }
        outcome = read_aside(reader, &question, is_read, answer);
    }
    if (outcome != ANSWERED)
        http_say(answer, outcome == HANGS ? 503 : 500,
                 outcome == HANGS
                     ? "the volumes stop answering, one after the other\n"
                     : "the volumes cannot be read: no process, no memory, or no end\n");
    free(volumes);
    free(is_read);
}

/* [{"path": "/srv/nas", "answers": true}, ...] */
static void answer_volumes(struct serve_reader *reader, struct http_answer *answer)
{
    json_t *root = json_array();

    for (int i = 0; i < reader->serve->volume_count; i++)
        json_array_append_new(root, json_pack("{s:s, s:b}", "path", reader->serve->volumes[i],
                                              "answers", !volume_watch_hangs(reader->watch, i)));
    serve_json(answer, root);
}

void serve_reader_answer(void *owner, const struct http_request *request,
                         struct http_answer *answer)
{
    struct serve_reader *reader = owner;

    if (serve_page(request->path, answer))
        return;
    if (strcmp(request->path, "/volumes.json") == 0)
        answer_volumes(reader, answer);
    else
        answer_from_volumes(reader, request, answer);
}
