/* What a debug build (-DHK_DEBUG) has beyond the others: checks that end the program, small sizes
 * (config.h), freed blocks that are overwritten, and for tests and debuggers the functions below.
 * They are exported by build/debug/libhakmem.so only.
 * Read next: tests/alloc/steps (a test of every step). */
#ifndef HK_DEBUG_H
#define HK_DEBUG_H

#include "base.h"

/* Called before each store to what other threads or a forked child will see, by the thread that is
 * about to store; NULL: nobody. It may stop the thread. */
void hakmem_debug_hook(void (*hook)(const char *file, int line));

/* The next memory system call that may be refused is. */
void hakmem_debug_refuse_next(void);

/* Whether the superslabs, and the calling thread's heap, are as they say. */
bool hakmem_debug_valid(void);
size_t hakmem_debug_work(void);

/* The heap as letters on stderr, a line for each superslab, for gdb: `call hakmem_debug_dump()`.
 * H header (h: purged), G guard, a-z the first 26 size classes, # larger ones, . free and clean, +
 * free and written to, "," the same for a period, ! refused by the kernel, ? in a thread's hand. */
void hakmem_debug_dump(void);

#endif
