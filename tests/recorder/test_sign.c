/* Signatures of exports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/sign.h"

static char folder[] = "/tmp/understudy-sign-XXXXXX";
static char key[64], public_path[80];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(key, sizeof(key), "%s/key", folder);
    snprintf(public_path, sizeof(public_path), "%s.pub", key);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(key);
    unlink(public_path);
    return rmdir(folder);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* RFC 8032, 7.1, test 2: one byte, 0x72. */
static void it_is_ed25519(void **state)
{
    char public_key[SIGN_KEY_TEXT], signature[SIGN_TEXT];

    (void)state;
    write_text(key, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb\n");
    assert_int_equal(sign_text(key, "\x72", 1, public_key, signature), 0);
    assert_string_equal(public_key,
                        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_string_equal(signature,
                        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    unlink(key);
}

static void a_changed_byte_shows(void **state)
{
    char public_key[SIGN_KEY_TEXT], other[SIGN_KEY_TEXT], signature[SIGN_TEXT];
    char text[] = "the incident";
    struct stat status;

    (void)state;
    assert_int_equal(sign_make_key(key), 0);
    assert_int_equal(sign_make_key(key), EEXIST);
    assert_int_equal(stat(key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(sign_read_public(public_path, other), 0);
    assert_int_equal(sign_text(key, text, strlen(text), public_key, signature), 0);
    assert_string_equal(public_key, other);
    assert_true(sign_check(public_key, text, strlen(text), signature));
    for (size_t i = 0; i < strlen(text); i++) {
        text[i] ^= 1;
        assert_false(sign_check(public_key, text, strlen(text), signature));
        text[i] ^= 1;
    }
    signature[0] = signature[0] == '0' ? '1' : '0';
    assert_false(sign_check(public_key, text, strlen(text), signature));
}

static void what_is_no_key_is_refused(void **state)
{
    char public_key[SIGN_KEY_TEXT], signature[SIGN_TEXT];

    (void)state;
    write_text(public_path, "not a key\n");
    assert_int_equal(sign_read_public(public_path, public_key), EINVAL);
    assert_int_equal(sign_text(public_path, "", 0, public_key, signature), EINVAL);
    assert_false(sign_check("", "", 0, ""));
    assert_false(sign_check("3d4017c3", "", 0, "92a0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_ed25519),
                                       cmocka_unit_test(a_changed_byte_shows),
                                       cmocka_unit_test(what_is_no_key_is_refused)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
