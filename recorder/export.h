/* A range of a camera, across its writers, in one file (R33). What nobody recorded is closed up in
 * the file; the pieces tell which moment of the file is which moment of the world. */
#ifndef RECORDER_EXPORT_H
#define RECORDER_EXPORT_H

#include <jansson.h>

#include "recorder/archive_view.h"

/* Writes what a view shows to a descriptor, in a container of footage.h, from the last keyframe at
 * or before the first moment on. `pieces` (NULL, or an array) gets an object for each stretch of
 * one segment. False with the reason in `cause` (RECORDER_CAUSE_MAX bytes). */
bool export_view(const struct archive_view *view, const char *container, int file, json_t *pieces,
                 char *cause);

/* SHA-256 of a whole file, HASH_TEXT_MAX bytes. 0, or an errno. */
int export_digest(int file, char *text);

#endif
