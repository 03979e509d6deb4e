/* Who measured: machine, kernel, C library and the settings that numbers depend on.
 * Reads only; what cannot be read is "unknown", -1, 0 or NaN, never an error.
 * Read next: noise.h (what disturbs). */
#ifndef HB_HOST_IDENTITY_H
#define HB_HOST_IDENTITY_H

#include "result/model.h"

/* Fills *info; load1_end stays NaN and cpus_used empty. The host's name is HAKBENCH_HOST where that
 * is set: containers and clones of an image have names that say nothing. */
void hb_host_identity(struct hb_host_info *info);

/* As hb_host_identity, with every file read under root ("" is this machine; a test gives a folder
 * with etc, proc and sys). What the kernel and the C library answer themselves (host name, release,
 * architecture, page size) is this machine's in either case. */
void hb_host_identity_at(const char *root, struct hb_host_info *info);

/* At a session's end: the load then, and what hb_cgroup_throttled_ns has grown since it began. */
void hb_host_end(struct hb_host_info *info, uint64_t throttled_before_ns);

#endif
