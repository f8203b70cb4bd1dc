#include "recorder/fill_talk.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "recorder/recorder.h"

static FILE *open_end(const char *mode)
{
    int end = fcntl(RECORDER_FD, F_DUPFD_CLOEXEC, RECORDER_FD + 1);
    FILE *stream = end < 0 ? NULL : fdopen(end, mode);

    if (stream == NULL && end >= 0)
        close(end);
    return stream;
}

bool fill_talk_open(struct fill_talk *talk)
{
    signal(SIGPIPE, SIG_IGN); /* an end is told by what cannot be said */
    *talk = (struct fill_talk){open_end("r"), open_end("w")};
    if (talk->in != NULL && talk->out != NULL)
        return true;
    fill_talk_close(talk);
    return false;
}

void fill_talk_close(struct fill_talk *talk)
{
    if (talk->in != NULL)
        fclose(talk->in);
    if (talk->out != NULL)
        fclose(talk->out);
    close(RECORDER_FD);
}

bool fill_say(struct fill_talk *talk, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(talk->out, format, arguments);
    va_end(arguments);
    putc('\n', talk->out);
    return fflush(talk->out) == 0;
}

bool fill_hear(struct fill_talk *talk, char line[static FILL_LINE_MAX])
{
    char *end;

    if (fgets(line, FILL_LINE_MAX, talk->in) == NULL)
        return false;
    end = strchr(line, '\n');
    if (end == NULL)
        return false;
    *end = '\0';
    return true;
}
