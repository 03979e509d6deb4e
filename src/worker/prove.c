/* The proof that what is measured is what was asked for. Two witnesses: the loader says which file
 * each function lies in, and the C library's own heap must grow exactly when it is the allocator.
 * Prints nothing; leaves no block behind. Read next: docs/plugins.md, "What the worker proves". */
#include "worker/worker.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* --- first witness: the loader -----------------------------------------------------------------
 */

static const char *file_of(void *address, struct link_map **map)
{
    Dl_info info;
    void *found = NULL;
    *map = NULL;
    if (!address || !dladdr1(address, &info, &found, RTLD_DL_LINKMAP))
        return "no file at all";
    *map = found;
    return info.dli_fname;
}

static struct link_map *map_of(void *handle)
{
    struct link_map *map = NULL;
    return handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map : NULL;
}

static void *find_libc(void)
{
    return dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
}

/* malloc must be the library's own, because a wrapper would be measured with it; the others may
 * also be adapters in the plugin, whose arguments or order differ. */
static int prove_function(const struct hb_worker_allocator *allocator, const char *name,
                          void *address, bool may_adapt, struct hb_worker_failure *failure)
{
    struct link_map *map;
    const char *file = file_of(address, &map);
    if (map && (map == map_of(allocator->library) || (may_adapt && map == map_of(allocator->file))))
        return 0;
    if (map && may_adapt && allocator->borrowed && map == map_of(find_libc()))
        return 0;
    return hb_worker_fail(failure, HB_WORKER_FOREIGN_POINTERS, "%s: its %s lies in %s, not in %s",
                          allocator->name, name, file, allocator->path);
}

static int prove_origins(const struct hb_worker_allocator *allocator,
                         struct hb_worker_failure *failure)
{
    const struct hb_allocator_functions *functions = &allocator->functions;
    const struct {
        const char *name;
        void *address;
    } rows[] = {
        {"malloc", (void *)functions->malloc},
        {"free", (void *)functions->free},
        {"calloc", (void *)functions->calloc},
        {"realloc", (void *)functions->realloc},
        {"aligned_alloc", (void *)functions->aligned_alloc},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (functions->aligned_alloc == hb_worker_no_aligned_alloc &&
            rows[i].address == (void *)hb_worker_no_aligned_alloc)
            continue;
        if (prove_function(allocator, rows[i].name, rows[i].address, i > 0, failure) != 0)
            return -1;
    }
    return 0;
}

/* --- second witness: the C library's heap ------------------------------------------------------
 */

typedef struct mallinfo2 heap_reader(void);

/* mallinfo2 of the C library itself, whoever overrides it; NULL before glibc 2.33 and elsewhere. */
static heap_reader *find_reader(void *libc)
{
    heap_reader *reader = libc ? (heap_reader *)dlsym(libc, "mallinfo2") : NULL;
    struct link_map *map;
    (void)file_of((void *)reader, &map);
    return reader && map == map_of(libc) ? reader : NULL;
}

static size_t heap_bytes(heap_reader *reader)
{
    const struct mallinfo2 info = reader();
    return info.uordblks + info.hblkhd;
}

enum way { BY_MALLOC, BY_CALLOC, BY_REALLOC, BY_ALIGNED_ALLOC, WAY_COUNT };
static const char *const way_names[WAY_COUNT] = {"malloc", "calloc", "realloc", "aligned_alloc"};

#define BLOCKS_EACH (HB_WORKER_PROOF_BLOCKS / WAY_COUNT)

static void *allocate(const struct hb_allocator_functions *functions, enum way way, size_t size)
{
    switch (way) {
    case BY_CALLOC:
        return functions->calloc(1, size);
    case BY_REALLOC: {
        void *half = functions->malloc(size / 2);
        return half ? functions->realloc(half, size) : NULL;
    }
    case BY_ALIGNED_ALLOC:
        return functions->aligned_alloc(HB_WORKER_PROOF_BYTES_MIN, size);
    default:
        return functions->malloc(size);
    }
}

/* Blocks are marked in their first and last byte, so that overlapping ones are found. */
static void mark(unsigned char *block, size_t size, size_t index)
{
    memset(block, (int)(index + 1), size);
}

static bool is_marked(const unsigned char *block, size_t size, size_t index)
{
    return block[0] == index + 1 && block[size - 1] == index + 1;
}

struct trial {
    unsigned char *blocks[HB_WORKER_PROOF_BLOCKS];
    size_t count;
    size_t size; /* a multiple of HB_WORKER_PROOF_BYTES_MIN */
};

static int take(const struct hb_worker_allocator *allocator, enum way way, size_t count,
                struct trial *trial, struct hb_worker_failure *failure)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char *block = allocate(&allocator->functions, way, trial->size);
        if (!block)
            return hb_worker_fail(failure, HB_WORKER_ALLOCATION_FAILED,
                                  "%s: %s of %zu bytes returned NULL before anything was measured",
                                  allocator->name, way_names[way], trial->size);
        if (way == BY_CALLOC && (block[0] || block[trial->size - 1]))
            return hb_worker_fail(failure, HB_WORKER_ALLOCATION_FAILED,
                                  "%s: calloc returned memory that is not zero", allocator->name);
        mark(block, trial->size, trial->count);
        trial->blocks[trial->count++] = block;
    }
    return 0;
}

static int give_back(const struct hb_worker_allocator *allocator, struct trial *trial,
                     struct hb_worker_failure *failure)
{
    for (size_t i = 0; i < trial->count; i++)
        if (!is_marked(trial->blocks[i], trial->size, i))
            return hb_worker_fail(failure, HB_WORKER_REFUSED, "%s: two live blocks overlap",
                                  allocator->name);
    while (trial->count > 0)
        allocator->functions.free(trial->blocks[--trial->count]);
    return 0;
}

static bool can(const struct hb_worker_allocator *allocator, enum way way)
{
    return way != BY_ALIGNED_ALLOC ||
           allocator->functions.aligned_alloc != hb_worker_no_aligned_alloc;
}

/* One block by each way first: what a first call costs the C library's heap (thread-local
 * storage, the loader's books) is not the allocator's. */
static int warm(const struct hb_worker_allocator *allocator, struct trial *trial,
                struct hb_worker_failure *failure)
{
    for (enum way way = BY_MALLOC; way < WAY_COUNT; way++)
        if (can(allocator, way) && take(allocator, way, 1, trial, failure) != 0)
            return -1;
    return give_back(allocator, trial, failure);
}

/* A quarter of what was asked for divides yes from no: of 16 blocks the C library serves at most
 * 7 from its thread cache, whose chunks count as used already. */
static int judge(const struct hb_worker_allocator *allocator, enum way way, size_t grown,
                 size_t asked, bool is_libc, struct hb_worker_failure *failure)
{
    const bool did_grow = grown >= asked / 4;
    if (did_grow == is_libc)
        return 0;
    return hb_worker_fail(failure, HB_WORKER_FOREIGN_POINTERS,
                          is_libc ? "%s: the C library's heap grew by %zu bytes only when %s was "
                                    "asked for %zu: the blocks are not its own"
                                  : "%s: the C library's heap grew by %zu bytes when %s was asked "
                                    "for %zu: the blocks come from there, not from the library",
                          allocator->name, grown, way_names[way], asked);
}

/* A library without a plugin may pass its calls on: *wraps_libc when its blocks come from the C
 * library. Else nothing may be borrowed from there, as two heaps would mix; its blocks are not even
 * freed. */
static int look_for_wrapper(struct hb_worker_allocator *allocator, heap_reader *reader, size_t size,
                            bool *wraps_libc, struct hb_worker_failure *failure)
{
    struct trial trial = {.size = size};
    if (take(allocator, BY_MALLOC, 1, &trial, failure) != 0) /* as warm() */
        return -1;
    const size_t before = reader ? heap_bytes(reader) : 0;
    if (take(allocator, BY_MALLOC, BLOCKS_EACH, &trial, failure) != 0)
        return -1;
    *wraps_libc = reader && heap_bytes(reader) >= before + BLOCKS_EACH * size / 4;
    if (!*wraps_libc && allocator->borrowed)
        return hb_worker_fail(failure, HB_WORKER_PLUGIN_SYMBOL,
                              "%s exports no %s of its own beside its malloc, whose blocks are not "
                              "the C library's: two heaps would mix",
                              allocator->path, allocator->borrowed);
    if (*wraps_libc)
        (void)snprintf(allocator->version, sizeof allocator->version,
                       "a wrapper of the C library's malloc");
    return give_back(allocator, &trial, failure);
}

static int prove_blocks(struct hb_worker_allocator *allocator, size_t size,
                        struct hb_worker_failure *failure)
{
    void *libc = find_libc();
    heap_reader *reader = find_reader(libc);
    bool is_libc = libc && map_of(libc) == map_of(allocator->library);
    struct trial trial = {.size = size};
    if (!allocator->plugin && !is_libc &&
        look_for_wrapper(allocator, reader, size, &is_libc, failure) != 0)
        return -1;
    if (warm(allocator, &trial, failure) != 0)
        return -1;
    for (enum way way = BY_MALLOC; way < WAY_COUNT; way++) {
        const size_t before = reader ? heap_bytes(reader) : 0;
        if (!can(allocator, way))
            continue;
        if (take(allocator, way, BLOCKS_EACH, &trial, failure) != 0)
            return -1;
        const size_t after = reader ? heap_bytes(reader) : 0;
        const size_t grown = after > before ? after - before : 0;
        if (reader && judge(allocator, way, grown, BLOCKS_EACH * size, is_libc, failure) != 0)
            return -1;
    }
    return give_back(allocator, &trial, failure);
}

int hb_worker_prove(struct hb_worker_allocator *allocator, const struct hb_allocator_hint *hint,
                    struct hb_worker_failure *failure)
{
    const size_t most = hint->size_max < 1024 ? hint->size_max : 1024;
    const size_t size = most - most % HB_WORKER_PROOF_BYTES_MIN;
    if (prove_origins(allocator, failure) != 0)
        return -1;
    return prove_blocks(allocator, size, failure);
}

/* ---- is it what its name says? ---- */

static const struct {
    const char *name, *symbol;
} known[] = {
    {"hakmem", "hak_aligned_alloc"},
    {"jemalloc", "mallctl"},
    {"jemalloc", "je_mallctl"},
    {"mimalloc", "mi_malloc"},
    {"rpmalloc", "rpmalloc"},
    {"snmalloc", "sn_rust_alloc"},
    {"system", "gnu_get_libc_version"},
    {"tbbmalloc", "scalable_malloc"},
    {"tbbmalloc", "__TBB_malloc_proxy"},
    {"tcmalloc", "tc_version"},
};
#define KNOWN (sizeof known / sizeof known[0])

/* "mimalloc", and "mimalloc-3.1" too. */
static bool is_called(const char *text, const char *name)
{
    return strncmp(text, name, strlen(name)) == 0;
}

int hb_worker_prove_name(const char *named, const struct hb_worker_allocator *allocator,
                         struct hb_worker_failure *failure)
{
    const char *claimed = NULL, *found = NULL, *symbol = NULL;
    for (size_t i = 0; named && i < KNOWN; i++) {
        if (is_called(named, known[i].name))
            claimed = known[i].name;
        const bool is_it = allocator->plugin
                               ? is_called(allocator->name, known[i].name)
                               : hb_worker_own_symbol(allocator->library, known[i].symbol) != NULL;
        if (is_it && !found) {
            found = known[i].name;
            symbol = allocator->plugin ? "its plugin's own name" : known[i].symbol;
        }
    }
    if (!claimed || !found || strcmp(claimed, found) == 0)
        return 0;
    return hb_worker_fail(failure, HB_WORKER_REFUSED, "called %s, but %s is %s, by %s", named,
                          allocator->path, found, symbol);
}
