/* One table of HAKMEM_* options, read once from the environment by a constructor.
 * Before that, and in set-user-ID programs, everything has its default. Unknown names and values
 * are reported once on stderr. Locking: written once, before threads; then only read.
 * Read next: option.c (the table). */
#ifndef HK_OPTION_H
#define HK_OPTION_H

#include "base.h"

enum hk_profile {
    HK_PROFILE_BALANCED = 0, /* give memory back that was free for a second */
    HK_PROFILE_SPEED,        /* keep everything warm */
    HK_PROFILE_LEAN,         /* give memory back at the first look */
};

struct hk_options {
    enum hk_profile profile; /* HAKMEM_PROFILE, HAKMEM_SS_MEM_LEAN */
    bool os_stats;           /* HAKMEM_SS_OS_STATS: the historic line at exit */
    bool stats;              /* HAKMEM_STATS: a readable report at exit */
    bool harden;             /* HAKMEM_HARDEN: every free is checked */
};
extern struct hk_options hk_options;

/* Reads the environment; later calls do nothing. environment: what a constructor was given, for one
 * that runs before `environ` is set (-z initfirst). Not looked at when it is set: musl gives a
 * constructor nothing. */
void hk_options_read(char **environment);

#endif
