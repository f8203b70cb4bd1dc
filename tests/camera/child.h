/* The programs under test, started as children: found by UNDERSTUDY_TESTS, ended by process id,
 * never left behind. */
#ifndef TESTS_CAMERA_CHILD_H
#define TESTS_CAMERA_CHILD_H

#include <sys/types.h>

/* Starts a program of the tests; `arguments` begins with its name and ends with NULL. Its standard
 * output comes out of `*output`, unless that is NULL; it is killed with its parent. Fails the test
 * where it cannot. */
pid_t child_start(const char *const *arguments, int *output);

/* Waits for its end and returns its exit code, or 128 + the signal that ended it. */
int child_wait(pid_t child);

#endif
