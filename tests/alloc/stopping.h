/* Another thread that is stopped before one of its stores, for programs that fork meanwhile. Debug
 * builds of hakmem alone have the hook. Read next: fork_while_slabs_are_made.c. */
#ifndef HB_TESTS_ALLOC_STOPPING_H
#define HB_TESTS_ALLOC_STOPPING_H

#include "promise.h"

#include <dlfcn.h>
#include <semaphore.h>

static int (*is_valid)(void);
static void (*set_hook)(void (*hook)(const char *file, int line));
static __thread volatile int is_helper; /* the thread whose stores are counted */
static sem_t stopped, go_on;
static volatile long visits, target; /* stores so far, and that at which it stops; from 1 */

/* False: no debug build. */
static inline int can_stop_helper(void)
{
    *(void **)&set_hook = dlsym(RTLD_DEFAULT, "hakmem_debug_hook");
    *(void **)&is_valid = dlsym(RTLD_DEFAULT, "hakmem_debug_valid");
    CHECK(sem_init(&stopped, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0);
    return set_hook != NULL && is_valid != NULL;
}

static inline void wait_on(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static inline int helper_is_at_target(void)
{
    return is_helper && ++visits == target;
}

static inline void stop_here(sem_t *is_here)
{
    sem_post(is_here);
    wait_on(&go_on);
}

/* A hook. */
static inline void stop_at_target(const char *file, int line)
{
    (void)file;
    (void)line;
    if (helper_is_at_target())
        stop_here(&stopped);
}

#endif
