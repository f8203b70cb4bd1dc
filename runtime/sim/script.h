/* Outages as the front has compiled them (runtime/outage.h): reading the file, and judging whether
 * what is written in it can happen. */
#ifndef RUNTIME_SIM_SCRIPT_H
#define RUNTIME_SIM_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>

#include "runtime/image.h"
#include "runtime/outage.h"

struct script {
    const struct outage_header *header;
    const struct outage *outages;
    const struct outage_act *acts;
    const struct outage_expect *expects;
    const char *strings;
    void *block; /* of the whole file */
};

/* Reads a compiled outage file and checks it against the image, so that every index and text in it
 * can be trusted. On failure returns false and writes a sentence to error. */
bool script_open(struct script *script, const char *path, const struct image *image,
                 char error[static TEXT_BYTES_MAX]);
void script_close(struct script *script);

const char *script_text(const struct script *script, uint32_t offset);

/* The word of an act in the outage file, and what it is done to. */
const char *script_act_word(uint32_t kind);
enum act_target script_act_target(uint32_t kind);

/* The name of what a path from a server leads to. */
const char *script_end_name(const struct image *image, const struct outage_act *act);

/* "fail alpha", "cut alpha omega": an act in the words of the outage file. Returns text. */
char *script_act(const struct image *image, const struct outage_act *act, char *text, size_t size);

/* Judges whether every act of an outage can happen when it is due: a server that is down cannot
 * fail, and so on. Each one that cannot is a line on out, with the line of the outage file; returns
 * how many there are. */
uint32_t script_judge(const struct script *script, const struct outage *outage,
                      const struct image *image, FILE *out);

/* Writes an act, or an expectation, as a line of an outage file (script_write.c). */
void script_write_act(FILE *out, const struct image *image, const struct outage_act *act);
void script_write_expect(FILE *out, const struct image *image, const struct outage_expect *expect);

#endif
