/* A record on a shared volume that several servers change, without locks, which file servers
 * forget: files that are written once and never changed, of which one server alone can make the
 * next (R30).
 *
 *     <volume>/.understudy/<area>/<name>/<stem>.<turn, 16 hexadecimal digits>
 *
 * The one with the highest turn counts. It is made as an exclusive link to a file that is whole
 * already, and read back: what stands there tells who has won, never the answer of the call, which
 * a file server may lose or repeat.
 */
#ifndef RUNTIME_NODE_TURNS_H
#define RUNTIME_NODE_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the files of one record lie. */
struct turns_place {
    const char *area; /* of all records of one kind */
    const char *name;
    const char *stem;
};

/* The highest turn, 0 if there is none, and the folder, for turns_read: the caller's to close; -1:
 * there is none yet. False with errno: nothing can be said. */
bool turns_find(int volume, const struct turns_place *place, uint64_t *highest, int *folder);

/* The content of one turn, at most max bytes of it. X(SYMBOL, "name") */
#define TURNS_READINGS(X)                                                                          \
    X(TURNS_READ, "read")                                                                          \
    X(TURNS_FAILED, "failed") /* nothing can be said: errno has the cause */                       \
    X(TURNS_ODD, "odd")       /* it is no file, or it is longer */

/* X(SYMBOL, "name") */
#define TURNS_TAKINGS(X)                                                                           \
    X(TURNS_TAKEN, "taken")                                                                        \
    X(TURNS_LOST, "lost")       /* somebody else has that turn */                                  \
    X(TURNS_UNKNOWN, "unknown") /* errno has the cause; it may be ours all the same */

#define X(symbol, name) symbol,
enum turns_reading { TURNS_READINGS(X) TURNS_READING_COUNT };
enum turns_taking { TURNS_TAKINGS(X) TURNS_TAKING_COUNT };
#undef X

enum turns_reading turns_read(int folder, const struct turns_place *place, uint64_t turn,
                              void *content, size_t max, size_t *size);

/* Makes the file of a turn for this server. No two attempts have the same content. */
enum turns_taking turns_take(int volume, const struct turns_place *place, uint64_t turn,
                             const char *server, const void *content, size_t size);

#endif
