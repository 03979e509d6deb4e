/* The allocator behind the recorder: see next.h. */
#include "preload/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

static void *first_malloc(size_t size);
static void *first_calloc(size_t count, size_t size);
static void *first_realloc(void *block, size_t size);
static void first_free(void *block);

struct hb_next_functions hb_next = {
    .malloc = first_malloc, .calloc = first_calloc, .realloc = first_realloc, .free = first_free};

_Alignas(16) char hb_early[HB_EARLY_BYTES];
static _Atomic size_t early_used;

static void *early_malloc(size_t size)
{
    const size_t room = (size + 31) & ~(size_t)15; /* 16 bytes before it hold its size */
    const size_t at = atomic_fetch_add(&early_used, room);
    if (size > sizeof hb_early || at > sizeof hb_early - room) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(hb_early + at, &size, sizeof size);
    return hb_early + at + 16;
}

/* dlerror frees with its second call what a look-up in vain has left. */
void *hb_next_find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found && dlerror())
        (void)dlerror();
    return found;
}

/* The four that everybody has; the others are found when they are called first. */
COLD bool hb_next_find_family(void)
{
    static __thread bool is_finding __attribute__((tls_model("initial-exec")));
    if (is_finding)
        return false;
    is_finding = true;
    const int errnum = errno;
    void *found[] = {hb_next_find("malloc"), hb_next_find("calloc"), hb_next_find("realloc"),
                     hb_next_find("free")};
    memcpy(&hb_next.calloc, &found[1], sizeof found[1]);
    memcpy(&hb_next.realloc, &found[2], sizeof found[2]);
    memcpy(&hb_next.free, &found[3], sizeof found[3]);
    memcpy(&hb_next.malloc, &found[0], sizeof found[0]);
    errno = errnum;
    is_finding = false;
    return true;
}

static COLD void *first_malloc(size_t size)
{
    return hb_next_find_family() ? hb_next.malloc(size) : early_malloc(size);
}

static COLD void *first_calloc(size_t count, size_t size)
{
    return hb_next_find_family() ? hb_next.calloc(count, size)
                                 : early_malloc(count * size); /* fresh: zeroed */
}

static COLD void *first_realloc(void *block, size_t size)
{
    return hb_next_find_family() ? hb_next.realloc(block, size) : early_malloc(size);
}

static COLD void first_free(void *block)
{
    if (hb_next_find_family())
        hb_next.free(block);
}
