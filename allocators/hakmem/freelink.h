/* Links between free blocks, in their first words: addresses ^ a key that is random and of this
 * process. No address has its highest bit. A link that was overwritten leads to no memory at all:
 * malloc faults instead of giving out an address that somebody chose. Locking: none; the key is set
 * before there is a block. Read next: cache.h. */
#ifndef HK_FREELINK_H
#define HK_FREELINK_H

#include "base.h"

extern uintptr_t hk_link_key HK_HIDDEN;

static inline void *hk_link_of(const void *block)
{
    return (void *)(*(const uintptr_t *)block ^ hk_link_key);
}

static inline void hk_link_set(void *block, const void *next)
{
    *(uintptr_t *)block = (uintptr_t)next ^ hk_link_key;
}

#endif
