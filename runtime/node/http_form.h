/* The fields of a posted form, bounded; they come in pieces. */
#ifndef RUNTIME_NODE_HTTP_FORM_H
#define RUNTIME_NODE_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_FIELDS_MAX       6
#define HTTP_FIELD_NAME_BYTES 24
#define HTTP_FIELD_BYTES      512

struct http_form {
    bool too_long; /* something in it does not fit */
    uint32_t count;
    struct {
        char name[HTTP_FIELD_NAME_BYTES];
        char value[HTTP_FIELD_BYTES];
    } fields[HTTP_FIELDS_MAX];
};

/* Takes a piece of a value: at offset 0 a field begins, else the last one goes on. False: it does
 * not fit. */
bool http_form_take(struct http_form *form, const char *name, const char *piece, uint64_t offset,
                    size_t size);

/* The value of a field; NULL: there is none. */
const char *http_form_value(const struct http_form *form, const char *name);

#endif
