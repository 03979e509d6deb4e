/* An allocator with a planted fault: the C library's own, whose every EVERY-th free is told to the
 * plant. Each plant defines planted(), which is called then, and says with PLANTED_PLUGIN what it
 * is. It is free that is wrapped, because a worker holds malloc against the library it loaded.
 * Settings come by environment, so that tests can compress time. For workloads of one thread: what
 * a plant counts is not shared safely. */
#ifndef TESTS_SOAK_PLANTED_H
#define TESTS_SOAK_PLANTED_H

#include "resolve.h"

#include <stdlib.h>
#include <time.h>

#define EVERY       1024u
#define OPS_A_CHECK (2 * EVERY) /* of random_mixed: a malloc for every free */

static void planted(void);

static void *(*system_malloc)(size_t size);
static void (*system_free)(void *block);
static _Thread_local uint32_t frees_left __attribute__((tls_model("initial-exec"))) = EVERY;

static void planted_free(void *block)
{
    if (__builtin_expect(--frees_left == 0, 0)) {
        frees_left = EVERY;
        planted();
    }
    system_free(block);
}

static int open_planted(void *library, const struct hb_allocator_hint *hint,
                        struct hb_allocator_functions *functions, char *message,
                        size_t message_bytes)
{
    static const struct hb_resolve_names names = HB_RESOLVE_PLAIN;
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0)
        return -1;
    system_malloc = functions->malloc;
    system_free = functions->free;
    functions->free = planted_free;
    return 0;
}

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static inline double setting(const char *name, double otherwise)
{
    const char *text = getenv(name);
    return text ? atof(text) : otherwise;
}

#define PLANTED_PLUGIN(name_, summary_) PLANTED_PLUGIN_OPENED(name_, summary_, open_planted)
#define PLANTED_PLUGIN_OPENED(name_, summary_, open_)                                              \
    HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {                      \
        .abi_version = HB_ALLOCATOR_ABI,                                                           \
        .struct_bytes = sizeof(struct hb_allocator_plugin),                                        \
        .name = (name_),                                                                           \
        .summary = (summary_),                                                                     \
        .licence = "MIT",                                                                          \
        .library_names = (const char *const[]){"libc.so.6", NULL},                                 \
        .open = (open_),                                                                           \
    }

#endif
