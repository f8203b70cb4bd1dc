/* Where user names and passwords are found, and that no cause repeats them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/secret.h"

static char folder[] = "/tmp/understudy-secret-XXXXXX";
static char path[128];

static const char text[] = "# a remark\n"
                           "\n"
                           "door  viewer:pass word:with colon\r\n"
                           "doors other:one\n"
                           "empty nobody:\n"
                           "broken viewer\n"
                           "last x:y";

static void write_file(const char *name, const char *content, mode_t mode)
{
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void finds(const char *name, const char *user, const char *password)
{
    char cause[RECORDER_CAUSE_MAX];
    struct secret secret;

    assert_true(secret_find(name, path, &secret, cause));
    assert_string_equal(secret.user, user);
    assert_string_equal(secret.password, password);
    secret_forget(&secret);
    assert_int_equal(secret.password[0], 0);
}

static void refuses(const char *name, const char *file, const char *part)
{
    char cause[RECORDER_CAUSE_MAX];
    struct secret secret;

    assert_false(secret_find(name, file, &secret, cause));
    assert_non_null(strstr(cause, part));
    assert_null(strstr(cause, "viewer"));
    assert_null(strstr(cause, "pass"));
}

static void a_name_has_a_line(void **state)
{
    (void)state;
    write_file("secrets", text, 0600);
    finds("door", "viewer", "pass word:with colon");
    finds("doors", "other", "one");
    finds("empty", "nobody", "");
    finds("last", "x", "y");
    refuses("doo", path, "no line of their name");
    refuses("gate", path, "no line of their name");
    refuses("broken", path, "line 6");
}

static void a_file_that_others_read_is_not_used(void **state)
{
    char link_path[160];

    (void)state;
    write_file("secrets", text, 0640);
    refuses("door", path, "chmod 600");
    assert_int_equal(chmod(path, 0604), 0);
    refuses("door", path, "chmod 600");
    assert_int_equal(chmod(path, 0400), 0);
    finds("door", "viewer", "pass word:with colon");
    snprintf(link_path, sizeof(link_path), "%s/link", folder);
    assert_int_equal(symlink(path, link_path), 0);
    refuses("door", link_path, "cannot be opened");
    unlink(link_path);
    refuses("door", folder, "chmod 600");
    refuses("door", "/nowhere/secrets", "cannot be opened");
    refuses("door", NULL, "--secrets");
}

/* LoadCredential= of systemd: a file of the secret's name. */
static void systemd_goes_before(void **state)
{
    (void)state;
    write_file("gate", "guard:word\n", 0440);
    write_file("secrets", text, 0600);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    finds("gate", "guard", "word");
    finds("door", "viewer", "pass word:with colon");
    refuses("../etc/passwd", path, "no line of their name");
    refuses(".hidden", path, "no line of their name");
    unsetenv("CREDENTIALS_DIRECTORY");
    refuses("gate", path, "no line of their name");
}

static void any_bytes_may_come(void **state)
{
    static const char *const bad[] = {"door",
                                      "door ",
                                      "door :word",
                                      "door user\x01:word",
                                      "door us\ter:word",
                                      " door viewer:word",
                                      "\n\n\n"};
    char cause[RECORDER_CAUSE_MAX], longest[SECRET_PASSWORD_MAX + 16];
    struct secret secret;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(secret_read(bad[i], strlen(bad[i]), "door", &secret, cause));
    snprintf(longest, sizeof(longest), "door u:%0*d", SECRET_PASSWORD_MAX, 0);
    assert_false(secret_read(longest, strlen(longest), "door", &secret, cause));
    longest[strlen(longest) - 1] = '\0';
    assert_true(secret_read(longest, strlen(longest), "door", &secret, cause));
    assert_false(secret_read("", 0, NULL, &secret, cause));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_a_line), cmocka_unit_test(a_file_that_others_read_is_not_used),
        cmocka_unit_test(systemd_goes_before), cmocka_unit_test(any_bytes_may_come)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
