/* Calls at random for the check, after the workload has freed what it held: the loops call malloc
 * and free alone, and calloc, realloc and aligned_alloc may lie as well. See check.h. */
#include "worker/check.h"

#include <stdint.h>

#define BYTES_MOST ((size_t)1 << 20) /* calloc's zeroes are all read */

struct exercise {
    const struct hb_worker_allocator *allocator;
    size_t size_max;
    uint64_t random;
    void *blocks[HB_WORKER_PROOF_BLOCKS];
};

/* Marsaglia 2003; the state is never 0. */
static uint64_t next(struct exercise *exercise)
{
    exercise->random ^= exercise->random << 13;
    exercise->random ^= exercise->random >> 7;
    exercise->random ^= exercise->random << 17;
    return exercise->random;
}

/* 1 to size_max, small ones most often: each power of two is as likely as the next. */
static size_t random_size(struct exercise *exercise)
{
    const unsigned powers = 64 - (unsigned)__builtin_clzll(exercise->size_max);
    const uint64_t top = UINT64_C(1) << next(exercise) % powers;
    const size_t size = top + next(exercise) % top;
    return size < exercise->size_max ? size : exercise->size_max;
}

static int came_short(const struct exercise *exercise, const char *way, size_t size,
                      struct hb_worker_failure *failure)
{
    return hb_worker_fail(
        failure, HB_WORKER_ALLOCATION_FAILED,
        "%s: %s of %zu bytes returned NULL, in calls at random after the workload",
        exercise->allocator->name, way, size);
}

/* Up to 128: mimalloc 2.0.9 does not align blocks of 256 bytes to 256 and more, which no workload
 * asks for. An alignment may be refused: what some cannot do is no lie. */
static void take_aligned(struct exercise *exercise, void **block)
{
    const size_t alignment = (size_t)16 << next(exercise) % 4;
    const size_t size = (random_size(exercise) + alignment - 1) / alignment * alignment;
    if (size <= exercise->size_max)
        *block = hb_worker_checked.aligned_alloc(alignment, size);
}

static int take(struct exercise *exercise, void **block, struct hb_worker_failure *failure)
{
    const size_t size = random_size(exercise);
    const size_t count = 1 + next(exercise) % 4;
    switch (next(exercise) % 4) {
    case 0:
        take_aligned(exercise, block);
        return 0;
    case 1:
        *block = hb_worker_checked.calloc(count, size / count);
        return *block || size < count ? 0 : came_short(exercise, "calloc", size, failure);
    case 2:
        *block = hb_worker_checked.realloc(NULL, size);
        return *block ? 0 : came_short(exercise, "realloc", size, failure);
    default:
        *block = hb_worker_checked.malloc(size);
        return *block ? 0 : came_short(exercise, "malloc", size, failure);
    }
}

static int one_round(struct exercise *exercise, struct hb_worker_failure *failure)
{
    void **block = &exercise->blocks[next(exercise) % HB_WORKER_PROOF_BLOCKS];
    if (!*block)
        return take(exercise, block, failure);
    if (next(exercise) % 2) {
        hb_worker_checked.free(*block);
        *block = NULL;
        return 0;
    }
    const size_t size = random_size(exercise);
    void *moved = hb_worker_checked.realloc(*block, size);
    if (!moved)
        return came_short(exercise, "realloc", size, failure);
    *block = moved;
    return 0;
}

int hb_worker_exercise(const struct hb_worker_allocator *allocator, size_t size_max, uint64_t seed,
                       uint64_t rounds, struct hb_worker_failure *failure)
{
    struct exercise exercise = {.allocator = allocator,
                                .size_max = size_max < BYTES_MOST ? size_max : BYTES_MOST,
                                .random = seed | 1};
    for (uint64_t i = 0; i < rounds; i++)
        if (one_round(&exercise, failure) != 0)
            return -1;
    for (size_t i = 0; i < HB_WORKER_PROOF_BLOCKS; i++)
        if (exercise.blocks[i])
            hb_worker_checked.free(exercise.blocks[i]);
    return 0;
}
