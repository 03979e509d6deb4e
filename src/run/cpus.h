/* Which CPUs a worker is pinned to and where the harness keeps out of its way.
 * Read next: setup.c. */
#ifndef HB_RUN_CPUS_H
#define HB_RUN_CPUS_H

#include "base/err.h"

#include <sched.h>
#include <stdint.h>

/* The last `threads` CPUs this process may use (interrupts and other programs gather on the
 * first), or all of them when there are fewer. list gets "1" or "0,1". */
int hb_cpus_choose(uint32_t threads, cpu_set_t *cpus, char *list, size_t list_bytes,
                   struct hb_err *err);

/* Reads a list as written by hb_cpus_choose. -1 for anything else. */
int hb_cpus_parse(const char *list, cpu_set_t *cpus);

/* Moves this process off the worker's CPUs; where they are all there is, it stays. */
void hb_cpus_keep_off(const cpu_set_t *workers);

#endif
