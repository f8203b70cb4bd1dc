/* Deployments that tests compile with the program itself. */
#ifndef TESTS_COMPILED_H
#define TESTS_COMPILED_H

#include <stdio.h>
#include <stdlib.h>

#include "runtime/deployment.h"

/* The deployment of a topology file. It lives as long as the test, and leaves no file behind. */
static inline const struct deployment *compiled(const char *topology)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char folder[] = "/tmp/understudy-compiled-XXXXXX";
    char command[512], error[TEXT_BYTES_MAX];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' compile '%s' -o %s/site >%s/said 2>&1 || cat %s/said",
             programs != NULL ? programs : "build/bin", topology, folder, folder, folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/site", folder);
    const struct deployment *deployment = deployment_open(command, error);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (deployment == NULL)
        fail_msg("%s: %s", topology, error);
    return deployment;
}

#endif
