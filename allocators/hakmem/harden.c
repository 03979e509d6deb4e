/* HAKMEM_HARDEN=1: see harden.h. */
#include "harden.h"

#include "large.h"
#include "msg.h"
#include "option.h"
#include "slab.h"

#include <string.h>
#include <sys/auxv.h>

#define PATTERN 0xa5u

static uint64_t secret;

void hk_harden_start(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); // NOLINT: 16 bytes, by the kernel
    if (random)
        memcpy(&secret, random, sizeof secret);
    secret |= 1;
    if (hk_cache.heap)
        hk_heap_retire_slabs();
    hk_heap_choose_counting(0);
}

/* ---- seals ---- */

/* Differs by block, so that no copied one fits. */
static uint64_t seal_of(const void *block, size_t size)
{
    return (size ^ (uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15)) + secret;
}

static void seal(void *block, size_t bytes, size_t size)
{
    const uint64_t mark = seal_of(block, size);
    memset((char *)block + size, PATTERN, bytes - HK_SEAL_BYTES - size);
    memcpy((char *)block + bytes - HK_SEAL_BYTES, &mark, sizeof mark);
}

/* The size in the seal; SIZE_MAX when seal or pattern are broken. */
static size_t sealed_size(const void *block, size_t bytes)
{
    uint64_t mark;
    memcpy(&mark, (const char *)block + bytes - HK_SEAL_BYTES, sizeof mark);
    const size_t size = (mark - secret) ^ (uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
    if (size > bytes - HK_SEAL_BYTES)
        return SIZE_MAX;
    for (size_t i = size; i < bytes - HK_SEAL_BYTES; i++) {
        if (((const unsigned char *)block)[i] != PATTERN)
            return SIZE_MAX;
    }
    return size;
}

/* ---- blocks ---- */

void *hk_harden_take(unsigned class_index, size_t size)
{
    if (!hk_heap_refill(class_index))
        return NULL;
    void *block = hk_cache.list[class_index]; /* one: heap.c takes no more in this mode */
    hk_cache.list[class_index] = NULL;
    seal(block, hk_classes[class_index].block_bytes, size);
    return block;
}

void hk_harden_seal_large(void *block, size_t size)
{
    seal(block, hk_large_size(block), size);
}

size_t hk_harden_check(const void *block, uint64_t tag, size_t large_bytes, const char *what)
{
    const struct hk_slab *slab = tag ? hk_slab_of(block) : NULL;
    const size_t bytes = slab ? hk_classes[slab->class_index].block_bytes : large_bytes;
    if (slab)
        hk_slab_check(slab, block, what);
    if (slab ? !slab->sealed : !hk_large_is_sealed(block))
        return bytes;
    const size_t size = sealed_size(block, bytes);
    if (size == SIZE_MAX)
        hk_fatal("the end of a block was overwritten, found by", block, what);
    return size;
}
