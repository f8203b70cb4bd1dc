#include "tests/spin/rivals.h"

static void write_effect(FILE *out, uint8_t effect)
{
    if (rivals_starts_timer(effect))
        fputs(" wait[s] = 1;", out);
    else if (effect == EFFECT_HOLD_START)
        fputs(" hold[s] = 1;", out);
    else if (effect == EFFECT_CLAIM)
        fputs(" claim_epoch(s);", out);
    else if (effect == EFFECT_CARRY || effect == EFFECT_DROP)
        fputs(" disk[s] = 0;", out);
    else if (rivals_leaves_next_epoch(effect))
        fputs(" promise(s);", out);
    else if (effect == EFFECT_SAY_CLAIM || effect == EFFECT_SAY_LET_GO ||
             effect == EFFECT_SAY_FORBID)
        fprintf(out, " say(s, %d);",
                effect == EFFECT_SAY_CLAIM    ? WORD_CLAIM
                : effect == EFFECT_SAY_LET_GO ? WORD_LET_GO
                                              : WORD_FORBID);
}

/* All answers to one event; what is not answered fails. */
static void write_event(const struct machine *machine, FILE *out, uint8_t event)
{
    fprintf(out, "inline event_%u(s) {\n  if\n", event);
    for (uint8_t state = 0; state < machine->state_count; state++) {
        const struct machine_cell *cell = &machine->cells[state * machine->event_count + event];
        if (cell->verdict == VERDICT_IGNORE)
            fprintf(out, "  :: state[s] == %u -> skip\n", state);
        if (cell->verdict != VERDICT_MOVE)
            continue;
        fprintf(out, "  :: state[s] == %u -> state[s] = %u;", state, cell->to);
        if (cell->to != state)
            fputs(" wait[s] = 0; hold[s] = 0;", out);
        for (uint8_t i = 0; i < cell->effect_count; i++)
            write_effect(out, cell->effects[i]);
        fputc('\n', out);
    }
    fputs("  :: else -> assert(false)\n  fi\n}\n", out);
}

/* A condition: that the table moves on an event in the state of s. */
static void write_moves(const struct machine *machine, FILE *out, const char *name, uint8_t event)
{
    fprintf(out, "#define %s(s) (false", name);
    for (uint8_t state = 0; state < machine->state_count; state++)
        if (rivals_moves(machine, state, event))
            fprintf(out, " || state[s] == %u", state);
    fputs(")\n", out);
}

static const char words[] =
    "byte state[2], claim[2], heard[2], epoch[2], words[2];\n"
    "byte known[2] = 3;\n"
    "bit linked[2], wait[2], hold[2], disk[2], joined;\n"
    "byte kind[2 * Q], about[2 * Q], holder;\n"
    "hidden byte e, k, low, word;\n"
    "inline next_epoch(after, writer) {\n"
    "  e = after + 1;\n"
    "  do :: e % 3 != writer -> e++ :: else -> break od;\n"
    "}\n"
    "inline claim_epoch(s) {\n"
    "  if :: epoch[s] < known[s] -> next_epoch(known[s], s + 1); epoch[s] = e :: else fi;\n"
    "  known[s] = epoch[s];\n"
    "}\n"
    "inline promise(s) {\n"
    "  if\n"
    "  :: epoch[s] > 0 -> next_epoch(epoch[s], 0); if :: e > known[s] -> known[s] = e :: else fi\n"
    "  :: else\n"
    "  fi;\n"
    "}\n"
    "inline say(s, what) {\n"
    "  if\n"
    "  :: joined ->\n"
    "     assert(words[1 - s] < Q);\n"
    "     kind[(1 - s) * Q + words[1 - s]] = what; about[(1 - s) * Q + words[1 - s]] = epoch[s];\n"
    "     words[1 - s]++\n"
    "  :: else\n"
    "  fi;\n"
    "}\n";

static const char follows[] =
    "inline levels(s) {\n"
    "  do\n"
    "  :: state[s] == WATCHING && !linked[s] -> LOST(s)\n"
    "  :: COVERABLE(s) && claim[s] != 0 -> COVER(s)\n"
    "  :: UNCOVERABLE(s) && claim[s] == 0 -> UNCOVER(s)\n"
    "  :: CARRIES(s) && claim[s] == 2 && heard[s] > epoch[s] -> OUTBID(s)\n"
    "  :: else -> break\n"
    "  od;\n"
    "}\n"
    "inline lowest(x) { if :: x > 0 && x < low -> low = x :: else fi }\n"
    "inline down(x) { if :: x > 0 -> x = x - low :: else fi }\n"
    "inline arrive() {\n"
    "  if\n"
    "  :: ARBITER ->\n"
    "     if :: holder == 1 && !CARRIES(0) -> holder = 0\n"
    "        :: holder == 2 && !CARRIES(1) -> holder = 0 :: else fi;\n"
    "     if :: holder == 0 && CARRIES(0) -> holder = 1 :: else fi;\n"
    "     if :: holder == 0 && CARRIES(1) -> holder = 2 :: else fi\n"
    "  :: else\n"
    "  fi;\n"
    "  low = 255; k = 0;\n"
    "  do :: k < 2 -> lowest(heard[k]); lowest(epoch[k]); lowest(known[k]); k++ :: else -> break "
    "od;\n"
    "  k = 0; do :: k < 2 * Q -> lowest(about[k]); k++ :: else -> break od;\n"
    "  low = (low - 1) / 3 * 3; k = 0;\n"
    "  do :: k < 2 -> down(heard[k]); down(epoch[k]); down(known[k]); k++ :: else -> break od;\n"
    "  k = 0; do :: k < 2 * Q -> down(about[k]); k++ :: else -> break od;\n"
    "  k = 0; e = 0; low = 0; word = 0\n"
    "}\n"
    "inline part() {\n"
    "  joined = 0; words[0] = 0; words[1] = 0; claim[0] = 0; claim[1] = 0; heard[0] = 0;\n"
    "  heard[1] = 0; k = 0;\n"
    "  do :: k < 2 * Q -> kind[k] = 0; about[k] = 0; k++ :: else -> break od;\n"
    "  levels(0); levels(1);\n"
    "}\n"
    "inline tell(s) {\n"
    "  if :: CARRIES(s) -> if :: disk[s] -> say(s, 1) :: else -> say(s, 0) fi :: else fi;\n"
    "}\n"
    "inline hear(s) {\n"
    "  word = kind[s * Q]; e = about[s * Q]; words[s]--; k = 0;\n"
    "  do\n"
    "  :: k + 1 < Q -> kind[s * Q + k] = kind[s * Q + k + 1];\n"
    "     about[s * Q + k] = about[s * Q + k + 1]; k++\n"
    "  :: else -> break\n"
    "  od;\n"
    "  kind[s * Q + k] = 0; about[s * Q + k] = 0;\n"
    "  if :: e > known[s] -> known[s] = e :: else fi;\n"
    "  claim[s] = 0; heard[s] = 0;\n"
    "  if :: word == 0 -> claim[s] = 1 :: word == 1 -> claim[s] = 2; heard[s] = e\n"
    "     :: word == 3 -> FORBID(s) :: else fi;\n"
    "  levels(s);\n"
    "}\n";

static void write_acts(const struct machine *machine, FILE *out, uint32_t s)
{
#define FREE "words[%u] + 2 <= Q && known[%u] <= TOP"
    const uint32_t o = 1 - s;
    fprintf(out, "  :: d_step { words[%u] > 0 -> hear(%u) arrive() }\n", s, s);
    fprintf(out,
            "  :: d_step { " FREE
            " && linked[%u] -> linked[%u] = 0; LOST(%u); levels(%u) arrive() }\n",
            o, s, s, s, s, s);
    fprintf(out,
            "  :: d_step { " FREE
            " && !linked[%u] -> linked[%u] = 1; event_%u(%u); levels(%u) arrive() }\n",
            o, s, s, s, FAILOVER_LINK_UP, s, s);
    fprintf(out,
            "  :: d_step { " FREE
            " && linked[%u] -> event_%u(%u); linked[%u] = 0; LOST(%u); levels(%u) "
            "arrive() }\n",
            o, s, s, FAILOVER_MAIN_LEFT, s, s, s, s);
    for (uint8_t state = 0; state < machine->state_count; state++) {
        const uint8_t event = rivals_elapsed(state);
        if (machine->cells[state * machine->event_count + event].verdict == VERDICT_MOVE)
            fprintf(out,
                    "  :: d_step { " FREE " && wait[%u] && state[%u] == %u%s -> wait[%u] = 0; "
                    "event_%u(%u); levels(%u) arrive() }\n",
                    o, s, s, s, state, state == FAILOVER_TAKING_OVER ? " && joined" : "", s, event,
                    s, s);
    }
    if (rivals_has_event(machine, FAILOVER_SEEN_ELSEWHERE))
        fprintf(out,
                "  :: d_step { " FREE " && wait[%u] && SEEN(%u) -> wait[%u] = 0; event_%u(%u); "
                "levels(%u) arrive() }\n",
                o, s, s, s, s, FAILOVER_SEEN_ELSEWHERE, s, s);
    if (rivals_has_event(machine, FAILOVER_HOLD_ELAPSED))
        fprintf(out,
                "  :: d_step { " FREE
                " && hold[%u] -> hold[%u] = 0; event_%u(%u); levels(%u) arrive() }\n",
                o, s, s, s, FAILOVER_HOLD_ELAPSED, s, s);
    fprintf(
        out,
        "  :: d_step { " FREE " && CARRIES(%u) && !disk[%u] && state[%u] != %u -> disk[%u] = 1; "
        "event_%u(%u); if :: CARRIES(%u) && state[%u] != %u -> say(%u, 1) :: else fi; levels(%u) "
        "arrive() }\n",
        o, s, s, s, s, FAILOVER_RETURNING, s, FAILOVER_FIRST_ON_DISK, s, s, s, FAILOVER_RETURNING,
        s, s);
    fprintf(out,
            "  :: d_step { " FREE " && state[%u] == %u -> event_%u(%u); levels(%u) arrive() }\n", o,
            s, s, FAILOVER_RETURNING, FAILOVER_ALL_BACK, s, s);
    if (rivals_has_event(machine, FAILOVER_CLAIM_GRANTED))
        fprintf(out,
                "  :: d_step { " FREE " && state[%u] == %u -> if :: holder == 0 -> holder = %u; "
                "event_%u(%u) :: else -> event_%u(%u) fi; levels(%u) arrive() }\n",
                o, s, s, FAILOVER_CLAIMING, s + 1, FAILOVER_CLAIM_GRANTED, s, FAILOVER_CLAIM_DENIED,
                s, s);
    fprintf(out, "  :: d_step { " FREE " -> event_%u(%u); levels(%u) arrive() }\n", o, s,
            FAILOVER_FORCE_START, s, s);
    fprintf(out, "  :: d_step { " FREE " -> event_%u(%u); levels(%u) arrive() }\n", o, s,
            FAILOVER_FORCE_STOP, s, s);
    fprintf(out,
            "  :: d_step { " FREE
            " -> part(); wait[%u] = 0; hold[%u] = 0; disk[%u] = 0; event_%u(%u); "
            "if :: linked[%u] -> event_%u(%u) :: else fi; levels(%u) arrive() }\n",
            o, s, s, s, s, FAILOVER_BOOT, s, s, FAILOVER_LINK_UP, s, s);
#undef FREE
}

void rivals_write_promela(const struct machine *machine, FILE *out)
{
    fprintf(out, "/* Made by tests/spin/rivals.c from the machine %s. */\n", machine->name);
    fprintf(out, "#define Q %d\n#define TOP %d\n#define WATCHING %u\n#define ARBITER %d\n",
            RIVALS_WORDS_MAX, RIVALS_EPOCH_MAX, FAILOVER_WATCHING,
            rivals_has_event(machine, FAILOVER_CLAIM_GRANTED));
    fprintf(out,
            "#define LOST(s) event_%u(s)\n#define COVER(s) event_%u(s)\n#define UNCOVER(s) "
            "event_%u(s)\n"
            "#define OUTBID(s) event_%u(s)\n#define FORBID(s) event_%u(s)\n",
            FAILOVER_LINK_LOST, FAILOVER_COVER, FAILOVER_UNCOVER, FAILOVER_OUTBID, FAILOVER_FORBID);
    write_moves(machine, out, "COVERABLE", FAILOVER_COVER);
    write_moves(machine, out, "UNCOVERABLE", FAILOVER_UNCOVER);
    write_moves(machine, out, "CARRIES", FAILOVER_OUTBID);
    write_moves(machine, out, "SEEN", FAILOVER_SEEN_ELSEWHERE);
    fputs(words, out);
    for (uint8_t event = 0; event < machine->event_count; event++)
        if (rivals_has_event(machine, event))
            write_event(machine, out, event);
    fputs(follows, out);
    fputs("active proctype site() {\n  do\n", out);
    for (uint32_t s = 0; s < RIVALS_STANDBYS; s++)
        write_acts(machine, out, s);
    fputs("  :: d_step { joined -> part(); arrive() }\n"
          "  :: d_step { !joined -> joined = 1; tell(0); tell(1); arrive() }\n"
          "  od\n}\n",
          out);
}
