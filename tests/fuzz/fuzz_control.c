/* What is said to the control socket: there is a request or a sentence, never neither; what is read
 * is text within its bounds and a time that makes sense. */
#include <assert.h>
#include <string.h>

#include "runtime/node/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IS_TEXT(field) (memchr(field, '\0', sizeof(field)) != NULL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_request request;
    char error[TEXT_BYTES_MAX] = "";
    if (!control_parse((const char *)data, size, &request, error)) {
        assert(error[0] != '\0' && IS_TEXT(error));
        return 0;
    }
    assert(request.verb < CONTROL_VERB_COUNT && request.for_ms >= 0);
    assert(IS_TEXT(request.failover) && IS_TEXT(request.server) && IS_TEXT(request.reason));
    return 0;
}
