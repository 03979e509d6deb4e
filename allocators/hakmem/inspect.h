/* Start and end of HAKMEM_HARDEN=1: secrets are drawn, and what was never freed is looked at.
 * Locking: a walk over slabs takes the superslabs' lock; others go on meanwhile, and what they have
 * half done is passed over.
 * Read next: harden.h. */
#ifndef HK_INSPECT_H
#define HK_INSPECT_H

#include "base.h"

/* From now on; called once, by the thread that reads the options. */
void hk_inspect_start(void);

/* The calling thread's quarantine goes home; then every sealed block there is must have a whole
 * seal, and the free ones of the calling thread's slabs nothing in them. Ends the program with a
 * clear line when that is not so. */
void hk_inspect_at_exit(void);

#endif
