/* Which CPUs a worker is pinned to and where the harness keeps out of its way.
 * Read next: setup.c, request.c (who looks again before each worker). */
#ifndef HB_RUN_CPUS_H
#define HB_RUN_CPUS_H

#include "base/cpuset.h"
#include "base/err.h"
#include "result/model.h"

#include <stdint.h>

/* Of the CPUs this process may use now, `threads` that others use least, and of equals the last
 * (interrupts gather on the first); all of them when there are fewer. Watches them for a tenth of a
 * second. Fills host's cpus_used and others; cpus_used is "" where pinning is refused. An error
 * where the list would not be what was chosen. */
int hb_cpus_choose(uint32_t threads, struct hb_host_info *host, struct hb_err *err);

/* Of programs, which are pinned nowhere: cpus_used is what this process may use, "" where that is
 * every CPU there is, or more than has room. */
void hb_cpus_note_allowed(struct hb_host_info *host);

/* True when each CPU of the list may still be used; of "", that nothing is pinned, as well. */
bool hb_cpus_usable(const char *list);

/* Reads a list as written by hb_cpus_choose, "" as every CPU there may be. -1 for anything else. */
int hb_cpus_parse(const char *list, struct hb_cpuset *cpus);

/* Moves this process off the worker's CPUs, within those that it was started on; where they are all
 * there is, it stays. */
void hb_cpus_keep_off(const struct hb_cpuset *workers);

/* Takes that back: what this process starts next may use every CPU that it was started on. */
void hb_cpus_use_all(void);

#endif
