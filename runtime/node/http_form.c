#include "runtime/node/http_form.h"

#include <stdio.h>
#include <string.h>

/* A NUL in a value would hide what follows. */
bool http_form_take(struct http_form *form, const char *name, const char *piece, uint64_t offset,
                    size_t size)
{
    const uint32_t at = offset > 0 ? form->count - 1 : form->count;
    if (name == NULL || at >= HTTP_FIELDS_MAX || strlen(name) >= HTTP_FIELD_NAME_BYTES ||
        offset >= HTTP_FIELD_BYTES || size >= HTTP_FIELD_BYTES - offset ||
        memchr(piece, '\0', size) != NULL) {
        form->too_long = true;
        return false;
    }
    snprintf(form->fields[at].name, HTTP_FIELD_NAME_BYTES, "%s", name);
    memcpy(form->fields[at].value + offset, piece, size);
    form->fields[at].value[offset + size] = '\0';
    form->count = at + 1;
    return true;
}

const char *http_form_value(const struct http_form *form, const char *name)
{
    for (uint32_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}
