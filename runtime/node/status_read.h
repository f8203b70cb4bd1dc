/* Reading a status, which may come from another process, and saying what stands in it in words:
 * what is missing or of another type is an empty text or -1. */
#ifndef RUNTIME_NODE_STATUS_READ_H
#define RUNTIME_NODE_STATUS_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define STATUS_WORDS_BYTES 64

const char *status_text(const json_t *object, const char *key);
int64_t status_number(const json_t *object, const char *key);
bool status_true(const json_t *object, const char *key);

/* Whether a camera's main is the server that speaks of it. */
bool status_is_own(const json_t *camera);
bool status_has_own_cameras(const json_t *status);
/* Whether its state is this one. */
bool status_is(const json_t *object, const char *state);

/* "0.3 s ago", "5 min ago", "never" for -1; sizes in powers of ten, as disks have them; "1 flap",
 * "2 flaps". All return text. */
char *status_age(int64_t age_ms, char text[static STATUS_WORDS_BYTES]);
char *status_size(int64_t bytes, char text[static STATUS_WORDS_BYTES]);
char *status_count(int64_t count, const char *one, const char *many,
                   char text[static STATUS_WORDS_BYTES]);

/* How a state is to be looked at. */
enum status_tone { TONE_IDLE, TONE_WELL, TONE_ATTENTION, TONE_ALARM };
const char *status_tone_name(enum status_tone tone);
enum status_tone status_tone_of_level(const char *level); /* of a verdict or a trouble */

/* What the state of a failover means for its main, after "alpha ": "is alive". */
struct status_words {
    const char *text;
    enum status_tone tone;
};
struct status_words status_failover_words(const char *state);
enum status_tone status_camera_tone(const char *state);

#endif
