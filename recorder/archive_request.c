#include "recorder/archive_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int archive_usage(const char *what, const char *word)
{
    fprintf(stderr, "understudy-recorder: archive: %s%s%s\n(--help says more)\n", what,
            word == NULL ? "" : ": ", word == NULL ? "" : word);
    return ARCHIVE_USAGE;
}

int archive_failed(const char *format, ...)
{
    va_list arguments;

    fputs("understudy-recorder: archive: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return ARCHIVE_FAILED;
}

bool archive_views_make(struct archive_views *all, char *const *volumes, int volume_count,
                        const struct archive_filter *filter)
{
    *all = (struct archive_views){.complete = true};
    for (int i = 0; i < volume_count; i++)
        all->complete = archive_scan(&all->archive, volumes[i], filter) && all->complete;
    archive_sort(&all->archive);
    all->views = calloc(all->archive.count + 1, sizeof(*all->views));
    for (size_t next = 0; all->views != NULL && next < all->archive.count; all->count++)
        if (!archive_view_make(&all->views[all->count], &all->archive, &next, filter)) {
            all->count++;
            return false;
        }
    return all->views != NULL;
}

void archive_views_free(struct archive_views *all)
{
    for (size_t i = 0; i < all->count; i++)
        archive_view_free(&all->views[i]);
    free(all->views);
    archive_free(&all->archive);
}
