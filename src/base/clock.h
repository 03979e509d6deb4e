/* Clocks: monotonic time for every duration, wall time for names only.
 * Never goes back when somebody sets the clock.
 * Read next: src/run/conduct.c (why a suspend matters). */
#ifndef HB_BASE_CLOCK_H
#define HB_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds: stands still while the machine is suspended. */
uint64_t hb_clock_monotonic_ns(void);

/* CLOCK_BOOTTIME in nanoseconds: goes on while the machine is suspended. */
uint64_t hb_clock_boottime_ns(void);

/* How long the machine has been suspended since it started, in nanoseconds: CLOCK_BOOTTIME less
 * CLOCK_MONOTONIC. Never decreases within a process, and is the same again and again until there
 * was a suspend of at least HB_CLOCK_SUSPEND_NS: two readings that differ mean one lay between. */
#define HB_CLOCK_SUSPEND_NS 5000000u
uint64_t hb_clock_suspended_ns(void);

/* Median cost of one reading of CLOCK_MONOTONIC, in nanoseconds: about 20 through the vDSO, beyond
 * 200 it is a system call. Takes about a millisecond. */
double hb_clock_cost_ns(void);

/* The wall clock as "2026-11-23T11:22:33Z" (20 characters and the NUL). */
#define HB_CLOCK_TEXT 32
void hb_clock_wall_text(char text[HB_CLOCK_TEXT]);

/* Seconds since 1970 of such a text; NaN when it is none. */
double hb_clock_wall_s(const char *text);

#endif
