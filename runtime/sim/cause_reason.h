/* Why nobody recorded a camera at a moment: one of the causes, by the states that everything was
 * in.
 */
#ifndef RUNTIME_SIM_CAUSE_REASON_H
#define RUNTIME_SIM_CAUSE_REASON_H

#include "runtime/sim/result.h"

/* X(SYMBOL, rule, "text after a duration"): of two that hold at once, the later one is nearer to a
 * recording and is given. {server} {main} {failover} {manager} {own_manager} are filled
 * in. */
#define CAUSES(X)                                                                                  \
    X(CAUSE_UNEXPLAINED, 42, "for no reason that could be found")                                  \
    X(CAUSE_UNLISTED, 3, "without any failover that lists it")                                     \
    X(CAUSE_STILL, 1, "in which {main} stood still")                                               \
    X(CAUSE_CUT_OFF, 30, "in which {server} had no network")                                       \
    X(CAUSE_HOMELESS, 35, "in which {server} had no volume left to write to")                      \
    X(CAUSE_NO_STANDBY, 25, "with the standby {server} down as well")                              \
    X(CAUSE_STANDBY_STILL, 23, "in which the standby {server} stood still")                        \
    X(CAUSE_STANDBY_CUT_OFF, 29, "in which {server} had no network")                               \
    X(CAUSE_LOGGED_OFF, 13, "in which {main} was logged off in good order, which is no failure")   \
    X(CAUSE_UNSEEN, 19, "in which {server} had not seen {main} alive since its own start")         \
    X(CAUSE_STOPPED, 18, "in which an operator's order forbade {server} to take over")             \
    X(CAUSE_DISABLED, 20, "in which {failover} was disabled")                                      \
    X(CAUSE_UNLOADED, 11, "after {server} had unloaded it, for the licence's grace had run out")   \
    X(CAUSE_ISOLATED, 29, "in which {server} reached nothing at all and judged nobody")            \
    X(CAUSE_COVERED, 24, "in which {server} took another standby to carry it")                     \
    X(CAUSE_STANDBY_HOMELESS, 35, "in which {server} had no volume left to write to")              \
    X(CAUSE_UNNOTICED, 1, "before {server} could notice it")                                       \
    X(CAUSE_WAIT, 1, "that {main} had to come back ({failover})")                                  \
    X(CAUSE_WITHHELD, 45, "until a second view of {main} had lapsed as well ({failover})")         \
    X(CAUSE_CLAIM, 38,                                                                             \
      "in which {server} could not ask who holds {main}, and takes nothing over "                  \
      "without that")                                                                              \
    X(CAUSE_QUEUE, 15, "in the queue of {manager}")                                                \
    X(CAUSE_QUEUE_OF_BOTH, 15, "in the queue of {manager} and {own_manager}, for a slot of each")  \
    X(CAUSE_ASK, 22, "in which {main}, started again, asked its standbys")                         \
    X(CAUSE_YIELDING, 30, "until the claim had lapsed of a standby that {main} could not hear")    \
    X(CAUSE_LENT, 27, "in which {main} waited to get it back from {server}")                       \
    X(CAUSE_LOST, 30, "before {main} could notice that {server}, which carried it, was gone")      \
    X(CAUSE_READER, 27, "until {server} could open it, for it accepts no further reader")          \
    X(CAUSE_ARMED, 2, "until {server} had it in memory")                                           \
    X(CAUSE_START, 2, "until {server} had it on disk")                                             \
    X(CAUSE_START_OWN, 22, "until {server} had it on disk")                                        \
    X(CAUSE_HAND_OVER, 27, "until {server} had it on disk, for it accepts one reader at a time")   \
    X(CAUSE_STALLED, 42, "in which the camera itself delivered nothing")

#define X(symbol, rule, text) symbol,
enum cause { CAUSES(X) CAUSE_COUNT };
#undef X

/* What is to be explained. */
struct question {
    const struct world *world;
    uint32_t camera;
    uint32_t main;
    const struct span *before; /* the recording that ended where the gap begins, or NULL */
    int64_t end_ms;            /* of the gap */
};

struct reason {
    enum cause cause;
    uint32_t server;
    uint32_t failover; /* or IMAGE_NONE */
};

/* The reason at a moment of the gap; the next moment at which it may be another one. */
struct reason cause_reason_at(const struct question *question, int64_t at_ms);
int64_t cause_next_change(const struct question *question, int64_t at_ms);

#endif
