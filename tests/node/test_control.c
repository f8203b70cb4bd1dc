/* Requests on the control socket: what is understood, and that nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/node/control.h"

static char error[TEXT_BYTES_MAX];
static struct control_request request;

static bool parse(const char *text)
{
    error[0] = '\0';
    return control_parse(text, strlen(text), &request, error);
}

static void test_requests(void **state)
{
    (void)state;
    assert_true(parse("{\"verb\": \"status\"}"));
    assert_int_equal(request.verb, CONTROL_STATUS);
    assert_true(parse("{\"verb\":\"force_start\",\"failover\":\"a-to-b\",\"reason\":\"why not\"}"));
    assert_int_equal(request.verb, CONTROL_FORCE_START);
    assert_string_equal(request.failover, "a-to-b");
    assert_string_equal(request.reason, "why not");
    assert_true(parse("{\"verb\":\"disable\",\"failover\":\"a-to-b\",\"reason\":\"rebuilt\"}"));
    assert_int_equal(request.verb, CONTROL_DISABLE);
    assert_string_equal(request.reason, "rebuilt");
    assert_true(parse("{\"verb\":\"enable\",\"failover\":\"a-to-b\"}"));
    assert_int_equal(request.verb, CONTROL_ENABLE);
    assert_int_equal(request.for_ms, 0);
    assert_true(parse("{\"verb\":\"maintenance\",\"server\":\"alpha\",\"for_ms\":7200000}"));
    assert_int_equal(request.verb, CONTROL_MAINTENANCE);
    assert_string_equal(request.server, "alpha");
    assert_int_equal(request.for_ms, 7200000);
    assert_true(parse("{\"verb\":\"enable\",\"failover\":\"a-to-b\"}"));
    assert_string_equal(request.reason, "");
}

static void refuse(const char *text, const char *sentence)
{
    assert_false(parse(text));
    assert_non_null(strstr(error, sentence));
}

static void test_refusals(void **state)
{
    (void)state;
    char text[CONTROL_REQUEST_BYTES];
    refuse("", "not a JSON object");
    refuse("[]", "not a JSON object");
    refuse("{\"verb\":\"status\"", "not a JSON object");
    refuse("{\"verb\":\"status\",\"verb\":\"status\"}", "not a JSON object");
    refuse("{}", "does not know that verb");
    refuse("{\"verb\":7}", "does not know that verb");
    refuse("{\"verb\":\"reboot\"}", "does not know that verb");
    refuse("{\"verb\":\"disable\",\"for_ms\":-1}", "the time goes from");
    refuse("{\"verb\":\"disable\",\"for_ms\":0}", "the time goes from");
    refuse("{\"verb\":\"disable\",\"for_ms\":1e300}", "the time goes from");
    refuse("{\"verb\":\"disable\",\"for_ms\":\"2 h\"}", "the time goes from");
    snprintf(text, sizeof text, "{\"verb\":\"force_stop\",\"failover\":\"%0*d\"}", NAME_BYTES_MAX,
             1);
    refuse(text, "too long");
    snprintf(text, sizeof text, "{\"verb\":\"force_stop\",\"reason\":\"%0*d\"}", ENTRY_REASON_BYTES,
             1);
    refuse(text, "too long");
}

static void test_noise(void **state)
{
    (void)state;
    char text[128];
    srandom(3);
    for (int round = 0; round < 50000; round++) {
        const size_t size =
            (size_t)snprintf(text, sizeof text, "{\"verb\":\"force_start\",\"failover\":\"a\"}");
        for (int i = 0; i < 1 + round % 5; i++)
            text[(size_t)random() % size] = (char)random();
        if (control_parse(text, size, &request, error))
            assert_true(request.verb < CONTROL_VERB_COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_requests),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
