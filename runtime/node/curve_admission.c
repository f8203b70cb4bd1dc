#include "runtime/node/curve_admission.h"

#include <string.h>
#include <zmq.h>

#define ENDPOINT "inproc://zeromq.zap.01" /* laid down by ZAP */

/* The parts of a request, in their order. */
enum { VERSION, ID, DOMAIN, ADDRESS, ROUTING_ID, MECHANISM, KEY, PART_COUNT };

struct part {
    uint8_t bytes[CURVE_ADMISSION_PART_BYTES];
    size_t size;
};

void *curve_admission_open(void *context)
{
    const int no_linger = 0;
    void *socket = zmq_socket(context, ZMQ_REP);
    if (socket != NULL && zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger) == 0 &&
        zmq_bind(socket, ENDPOINT) == 0)
        return socket;
    if (socket != NULL)
        zmq_close(socket);
    return NULL;
}

/* All parts of a request; more than expected, or longer ones, make it unsound (count 0). */
static bool read_parts(void *socket, struct part *parts, int *count)
{
    int more = 1;
    size_t more_size = sizeof more;
    bool sound = true;
    for (*count = 0; more; (*count)++) {
        struct part scratch;
        struct part *part = *count < PART_COUNT ? &parts[*count] : &scratch;
        const int size = zmq_recv(socket, part->bytes, sizeof part->bytes, ZMQ_DONTWAIT);
        if (size < 0)
            return false;
        part->size = (size_t)size;
        sound = sound && *count < PART_COUNT && part->size <= sizeof part->bytes;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size) != 0)
            return false;
    }
    if (!sound)
        *count = 0;
    return true;
}

static bool is(const struct part *part, const char *text)
{
    return part->size == strlen(text) && memcmp(part->bytes, text, part->size) == 0;
}

static size_t copy(void *to, size_t size_max, const struct part *part)
{
    const size_t size = part->size < size_max ? part->size : size_max;
    memcpy(to, part->bytes, size);
    return size;
}

bool curve_admission_read(void *socket, struct curve_admission_request *request)
{
    struct part parts[PART_COUNT] = {0};
    int count;
    *request = (struct curve_admission_request){0};
    if (!read_parts(socket, parts, &count))
        return false;
    request->sound = count == PART_COUNT && is(&parts[VERSION], "1.0") &&
                     is(&parts[DOMAIN], CURVE_ADMISSION_DOMAIN) && is(&parts[MECHANISM], "CURVE") &&
                     parts[KEY].size == sizeof request->key;
    request->id_size = copy(request->id, sizeof request->id, &parts[ID]);
    copy(request->address, sizeof request->address - 1, &parts[ADDRESS]);
    if (request->sound)
        copy(request->key, sizeof request->key, &parts[KEY]);
    return true;
}

void curve_admission_answer(void *socket, const struct curve_admission_request *request,
                            const char *name)
{
    const char *texts[] = {name != NULL ? "200" : "400", name != NULL ? "OK" : "unknown key",
                           name != NULL ? name : "", ""};
    zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(socket, request->id, request->id_size, ZMQ_SNDMORE);
    for (int i = 0; i < 4; i++)
        zmq_send(socket, texts[i], strlen(texts[i]), i < 3 ? ZMQ_SNDMORE : 0);
}
