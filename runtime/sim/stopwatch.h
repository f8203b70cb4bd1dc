/* How long something takes in reality: for bounds and figures. The only clock of this room;
 * nothing that is simulated depends on it. */
#ifndef RUNTIME_SIM_STOPWATCH_H
#define RUNTIME_SIM_STOPWATCH_H

/* Seconds since any moment; never goes back. */
double stopwatch_s(void);

#endif
