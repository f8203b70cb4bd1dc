/* A segment with any content: exported and looked at, as the page and the export do. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/footage.h"
#include "recorder/recorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const containers[] = {"mpegts", "matroska", "mp4"};
    struct footage_piece piece = {memfd_create("segment", MFD_CLOEXEC), 1795466712345,
                                  1795466712345, 1795466722345, true};
    int out = memfd_create("export", MFD_CLOEXEC);
    char cause[RECORDER_CAUSE_MAX];
    struct footage_copied copied;
    struct footage_writer *writer = footage_create(containers[size % 3], out, cause);

    assert(piece.file >= 0 && out >= 0 && writer != NULL);
    assert(write(piece.file, data, size) == (ssize_t)size);
    footage_append(writer, &piece, piece.start_ms, &copied, cause);
    footage_finish(writer, cause);
    footage_thumbnail(&piece, 64, out, cause);
    close(piece.file);
    close(out);
    return 0;
}
