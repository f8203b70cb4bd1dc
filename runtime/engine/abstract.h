/* What an exhaustive search sees of an engine: its block, rid of everything that makes no
 * difference to what it will do, so that two engines that behave alike from now on are equal byte
 * for byte.
 *
 * The clock begins anew at 0, and the wall clock with it: deadlines become the time that is left.
 * Epochs stay as they are, but can be visited: only their order and their differences matter, so
 * that all those of one main may be moved together (0 means never, and stays).
 */
#ifndef RUNTIME_ENGINE_ABSTRACT_H
#define RUNTIME_ENGINE_ABSTRACT_H

#include "runtime/engine/engine.h"

/* Sets the clock of a resting engine (between two steps) to 0, and clears what nobody reads any
 * more: counts of flaps, the remains of its queue, epochs of cameras that are not wanted. */
void engine_abstract(struct engine *engine);

/* Calls visit for every epoch in the engine, with the main whose objects it is about. */
typedef void engine_epoch_visit(void *context, uint32_t main, uint64_t *epoch);
void engine_visit_epochs(struct engine *engine, engine_epoch_visit *visit, void *context);

/* Another name for each server, failover and camera of a site, such that the site stays the same:
 * what was at one place happens at another that is alike. */
struct engine_renaming {
    const uint32_t *servers;
    const uint32_t *failovers;
    const uint32_t *cameras;
};

/* For each 32-bit word of the block of an engine, the word that stands for it in the engine of the
 * server that its own server is renamed to; IMAGE_NONE for those that never change. The watchers of
 * both must be in the same order. */
void engine_match(const struct engine *from, const struct engine *to,
                  const struct engine_renaming *renaming, uint32_t *words);

#endif
