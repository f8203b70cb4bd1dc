/* Every text that the reading side of the archive meets: names of segments, writers and locks, the
 * index, a sidecar, a journal, a question of the page. What is read is written and read back as the
 * same. The first byte chooses. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive_cause.h"
#include "recorder/export_check.h"
#include "recorder/index.h"
#include "recorder/lock.h"
#include "recorder/segment.h"
#include "recorder/serve.h"
#include "recorder/sign.h"
#include "recorder/volume.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory_path[] = "/tmp/understudy-fuzz-XXXXXX";
static int directory;

static void remove_directory(void)
{
    unlinkat(directory, INDEX_FILE, 0);
    unlinkat(directory, "file", 0);
    unlinkat(directory, "file.json", 0);
    rmdir(directory_path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    assert(mkdtemp(directory_path) != NULL);
    directory = open(directory_path, O_RDONLY | O_DIRECTORY);
    atexit(remove_directory);
    /* What is wrong is said on these. */
    assert(freopen("/dev/null", "w", stdout) != NULL);
    return 0;
}

static void put(const char *name, const void *data, size_t size)
{
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert(file >= 0 && write(file, data, size) == (ssize_t)size);
    close(file);
}

static void check_names(const char *text)
{
    char again[SEGMENT_NAME_MAX + LOCK_NAME_MAX];
    struct index_row row, back;
    const char *server;
    int64_t from_ms, to_ms, length_ms;
    uint64_t epoch;

    if (segment_name_parse(text, &from_ms, &length_ms)) {
        segment_name_print(again, from_ms, length_ms, segment_container(text));
        assert(strcmp(text, again) == 0);
    }
    if (segment_part_parse(text, &from_ms)) {
        segment_part_print(again, from_ms, segment_container(text));
        assert(strcmp(text, again) == 0);
    }
    if (lock_name_parse(text, &from_ms, &to_ms)) {
        assert(from_ms < to_ms);
        lock_name_print(again, from_ms, to_ms);
        assert(strcmp(text, again) == 0);
    }
    if (segment_writer_parse(text, &epoch, &server))
        assert(server > text && server < text + strlen(text));
    if (serve_parse_day(text, &from_ms, &to_ms))
        assert(from_ms < to_ms && to_ms - from_ms <= 31LL * 86400000);
    if (serve_parse_ms(text, &from_ms))
        assert(from_ms >= 0);
    if (index_parse(text, &row)) {
        char line[INDEX_LINE_MAX];

        index_format(&row, line);
        line[strcspn(line, "\n")] = '\0';
        assert(index_parse(line, &back) && strcmp(row.name, back.name) == 0);
    }
    assert(!volume_is_name(text) || strchr(text, '/') == NULL);
}

/* What is found by bisection is a part of what is found by reading all. */
static void check_index(const uint8_t *data, size_t size)
{
    struct index_rows all, found;
    bool after;

    put(INDEX_FILE, data, size);
    assert(index_load(directory, &all) == 0);
    assert(index_search(directory, 1700000000000, 1800000000000, &found, &after) == 0);
    for (size_t i = 0; i < found.count; i++)
        assert(index_find(&all, found.rows[i].name) != NULL);
    index_free(&found);
    index_free(&all);
}

static void check_sidecar(const uint8_t *data, size_t size)
{
    char path[64];

    put("file", "", 0);
    put("file.json", data, size);
    snprintf(path, sizeof(path), "%s/file", directory_path);
    assert(export_check(path, NULL) != 2);
}

static void check_journal(const uint8_t *data, size_t size)
{
    char path[64];
    json_t *decisions;

    put("file", data, size);
    snprintf(path, sizeof(path), "%s/file", directory_path);
    decisions = archive_cause_load(path);
    if (decisions != NULL)
        json_decref(archive_cause_find(decisions, "alpha", "lobby", 0, INT64_MAX));
    json_decref(decisions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size == 0)
        return 0;
    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 4) {
    case 0:
        check_names(text);
        break;
    case 1:
        check_index(data + 1, size - 1);
        break;
    case 2:
        check_sidecar(data + 1, size - 1);
        break;
    default:
        check_journal(data + 1, size - 1);
    }
    free(text);
    return 0;
}
