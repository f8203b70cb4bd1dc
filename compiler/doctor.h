/* understudy doctor: what a machine lacks. Every look is taken by a process of its own that is
 * given up after a while, all of them at once, so that a NAS that is dead, or a name that nobody
 * resolves, hangs nothing. */
#ifndef COMPILER_DOCTOR_H
#define COMPILER_DOCTOR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/image.h"

enum doctor_grade { DOCTOR_FINE, DOCTOR_NOTE, DOCTOR_WRONG, DOCTOR_GRADE_COUNT };

struct doctor_finding {
    enum doctor_grade grade;
    char subject[NAME_BYTES_MAX + 16]; /* "volume vault" */
    char text[TEXT_BYTES_MAX];         /* what is */
    char advice[TEXT_BYTES_MAX];       /* what to do; "": nothing */
};

/* Who is looked at. What was not given is NULL, and is not looked at. */
struct doctor_patient {
    const struct image *image;
    uint32_t server;     /* of the image */
    const char *state;   /* the state folder of its node */
    const char *keys;    /* its folder of keys */
    const char *secrets; /* its file of secrets */
};

/* Where a look leaves what it finds. */
struct doctor_sheet;

/* One look: at the machine, or at the item `which` of what the patient has. */
typedef void doctor_look(const struct doctor_patient *patient, uint32_t which,
                         struct doctor_sheet *sheet);

struct doctor_visit {
    const char *subject; /* of the finding if the look is given up */
    doctor_look *look;
    uint32_t which;
};

#define DOCTOR_FINDINGS_MAX 256
#define DOCTOR_PATIENCE_MS  10000

/* Takes all looks at once and waits for them, DOCTOR_PATIENCE_MS at most. Returns the number of
 * findings, in the order of the visits. */
size_t doctor_visit(const struct doctor_patient *patient, const struct doctor_visit *visits,
                    size_t count, struct doctor_finding findings[static DOCTOR_FINDINGS_MAX]);

/* Notes down a finding. Of the text, the first line says what is, the second what to do. */
__attribute__((format(printf, 4, 5))) void doctor_note(struct doctor_sheet *sheet,
                                                       enum doctor_grade grade, const char *subject,
                                                       const char *format, ...);

/* Runs a program and waits; its last line of output goes to `text`. Returns its exit code, -1 if it
 * is not there or was ended. */
int doctor_run(const char *const *argv, char text[static TEXT_BYTES_MAX]);

/* Becomes the user whom the state folder belongs to, if this is root's process: what root may do
 * says nothing about the node. */
void doctor_become_owner(const struct doctor_patient *patient);

/* The looks. */
doctor_look doctor_kernel;
doctor_look doctor_limits;
doctor_look doctor_clock;
doctor_look doctor_compiler; /* which: 0 Ragel, 1 the C compiler, 2 Graphviz */
doctor_look doctor_recorder;
doctor_look doctor_address;
doctor_look doctor_peers;
doctor_look doctor_memory;
doctor_look doctor_volume; /* which: of the server's volumes */
doctor_look doctor_state;
doctor_look doctor_keys;
doctor_look doctor_secrets;

#endif
