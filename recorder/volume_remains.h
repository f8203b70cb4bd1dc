/* What a probe of a volume leaves there that is broken off. */
#ifndef RECORDER_VOLUME_REMAINS_H
#define RECORDER_VOLUME_REMAINS_H

/* With this begins the name of all that a probe makes on a volume, but for its result. */
#define VOLUME_REMAINS_PREFIX ".probe-"

/* A probe is given up long before it is so old, in seconds. */
#define VOLUME_REMAINS_AGE_S 3600

/* Removes what has not changed for so long, by the times that the volume gives to files itself;
 * what another probe is working with stays. What cannot be removed stays as well. */
void volume_remains_clear(int volume);

#endif
