/* Quantities: what is read as one is written and read back as the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/quantity.h"
#include "dsl/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (int family = 0; family < UNIT_FAMILY_COUNT; family++) {
        char written[QUANTITY_TEXT_BYTES];
        char short_text[UNITS_TEXT_MAX];
        int64_t value;
        int64_t again;
        if (units_parse((enum unit_family)family, text, &value) != NULL)
            continue;
        assert(value >= 0);
        quantity_text((enum quantity_kind)family, value, written);
        assert(units_parse((enum unit_family)family, written, &again) == NULL && again == value);
        units_format((enum unit_family)family, value, short_text);
        assert(units_parse((enum unit_family)family, short_text, &again) == NULL && again == value);
    }
    free(text);
    return 0;
}
