/* A whole site in memory: an engine of each server, links that carry words in order or break,
 * recorders that say what is on disk, arbiters. Everything that happens is chosen by the caller, or
 * drawn from a seed; after every step the rules are judged, and a broken one fails the test. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include <stdbool.h>

#include "runtime/deployment.h"
#include "runtime/engine/engine.h"

#define SERVERS 8
#define CAMERAS 16
#define MAILBOX 256
#define CLAIMS  4096

struct mailbox {
    struct engine_message messages[MAILBOX];
    uint32_t count;
};

/* A recorder's task for one camera at one server. */
struct task {
    bool recording;
    bool reported; /* on disk, under this epoch */
    bool once;     /* was on disk since it began */
    uint64_t epoch;
};

struct claim {
    uint32_t main;
    uint64_t epoch;
    uint32_t server;
};

struct world {
    const struct deployment *deployment;
    const struct image *image;
    uint32_t servers;
    struct engine *engines[SERVERS];
    struct engine_output outputs[SERVERS];
    bool alive[SERVERS];
    bool cut[SERVERS][SERVERS];
    bool up[SERVERS][SERVERS];            /* as the first sees the second */
    struct mailbox box[SERVERS][SERVERS]; /* to, from */
    struct task tasks[SERVERS][CAMERAS];
    bool probed[SERVERS];         /* asks what of its network is in reach (R29) */
    bool asked[SERVERS][CAMERAS]; /* asks whether the camera delivers (R36) */
    bool storage_lost[SERVERS];
    bool forced[SERVERS]; /* beyond its own limit, by an order */
    struct arbiter {      /* of one main (R30) */
        uint32_t holder;  /* SERVERS: nobody has a living claim */
        uint32_t last;    /* who had the highest epoch */
        uint64_t epoch;   /* that was granted */
    } arbiters[SERVERS];
    bool arbiters_lost;
    bool told_lost[SERVERS][SERVERS];  /* a server, of the arbiter of a main */
    uint64_t wished[SERVERS][SERVERS]; /* the epoch that a server asks for of a main; 0: none */
    struct claim claims[CLAIMS];
    uint32_t claim_count;
    int64_t now_ms;
    uint64_t seed;
    uint64_t random;
    uint32_t step;
};

/* Over all sites: the moves that their machines have, and those that were made. */
extern bool world_moves[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];
extern bool world_made[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];

/* Of tests/engine/sites, by its name. Its end notes the moves that its machines have. */
void world_open(struct world *world, const char *site);
void world_close(struct world *world);

/* All servers start, with nothing behind them; what is drawn follows from the seed. */
void world_begin(struct world *world, uint64_t seed);
uint32_t world_roll(struct world *world, uint32_t sides);
void world_fail(const struct world *world, const char *what);

/* ---- what is done to it ---- */

void world_boot(struct world *world, uint32_t server);
void world_crash(struct world *world, uint32_t server);
void world_give(struct world *world, uint32_t server, struct engine_event event);
void world_give_of_claim(struct world *world, uint32_t server, uint32_t main,
                         enum engine_event_kind kind, uint64_t epoch);
void world_order(struct world *world, uint32_t failover, enum engine_event_kind kind);
void world_cut(struct world *world, uint32_t a, uint32_t b, bool is_cut);
void world_lose(struct world *world, uint32_t a, uint32_t b);
void world_lose_storage(struct world *world, uint32_t server, bool lost);

/* ---- what may happen by itself; each returns whether it did something ---- */

bool world_detect(struct world *world, uint32_t a, uint32_t b);
bool world_deliver(struct world *world, uint32_t to, uint32_t from);
bool world_report(struct world *world, uint32_t server, uint32_t camera, bool faults);

/* One of them, drawn; with faults a recorder may fail. */
bool world_happen(struct world *world, bool faults);
/* Until nothing happens any more. */
void world_settle(struct world *world);
/* All that can happen without time going on. */
void world_talk(struct world *world);
/* Until a failover is in a state; it must come. */
void world_until(struct world *world, uint32_t failover, uint8_t state);

uint8_t world_failover_state(const struct world *world, uint32_t failover);

/* ---- the rules (world_rules.c) ---- */

/* One epoch has one holder (R24). */
void world_check_claim(struct world *world, uint32_t main, uint64_t epoch, uint32_t server);
/* Nothing illegal has happened in the last step of a server. */
void world_check_transitions(struct world *world, uint32_t server);
/* No limit is exceeded without leave, and nobody queued beside a free slot (R14, R15, R17). */
void world_check_limits(struct world *world);
/* As a server stops a camera (R27). */
void world_check_hand_back(const struct world *world, uint32_t server, uint32_t camera);

#endif
