/* What an endpoint that is called etcd answers: whatever it is, there is a verdict, and what is
 * read is text within its bounds. The first byte chooses the HTTP status. */
#include <assert.h>
#include <string.h>

#include "runtime/node/etcd_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 307, 401, 503};
    struct etcd_reply reply;
    if (size == 0)
        return 0;
    const int status = statuses[data[0] % (sizeof statuses / sizeof statuses[0])];
    const enum etcd_verdict verdict =
        etcd_reply_read(status, (const char *)data + 1, size - 1, &reply);
    assert(verdict < ETCD_VERDICT_COUNT);
    assert(verdict == ETCD_GOOD || reply.trouble[0] != '\0');
    for (const char *at = reply.trouble; *at != '\0'; at++)
        assert(*at >= ' ' && *at < 127);
    if (verdict == ETCD_GOOD)
        for (size_t i = 0; i < reply.pair_count; i++)
            assert(etcd_reply_find(&reply, reply.pairs[i].key) != NULL &&
                   strlen(reply.pairs[i].key) <= ETCD_KEY_BYTES + 3);
    etcd_reply_free(&reply);
    return 0;
}
