/* `understudy-recorder volume init|check DIR --name NAME`. */
#ifndef RECORDER_VOLUME_COMMAND_H
#define RECORDER_VOLUME_COMMAND_H

/* `arguments` begins with the word "volume". Returns the exit code. */
int volume_command(int count, char **arguments);

#endif
