/* `understudy-recorder archive list|gaps|verify VOLUME_DIR...`. */
#ifndef RECORDER_ARCHIVE_COMMAND_H
#define RECORDER_ARCHIVE_COMMAND_H

/* `arguments` begins with the word "archive". Returns the exit code. */
int archive_command(int count, char **arguments);

#endif
