/* Blocks of no bytes: see nothing.h. */
#include "nothing.h"

#include "os.h"

#include <stdatomic.h>

#define RANGE_BYTES ((size_t)HK_NOTHINGS * HK_ALIGN)
#define LOOKS       256u /* at places, before another kind of block is the quicker way */

/* kind + 1 in two bits, then the alignment as a seal has it. */
HK_TABLE static _Atomic uint8_t places[HK_NOTHINGS];
static _Atomic uint32_t next;
static uintptr_t start;

static_assert(HK_KIND_ANY == 3, "a kind and one more fit two bits");
static_assert(RANGE_BYTES % HK_GRANULE == 0, "the range is whole mappings");

void hk_nothing_start(void)
{
    char *range = hk_os_map(RANGE_BYTES);
    if (range && hk_os_guard(range, RANGE_BYTES))
        start = (uintptr_t)range;
    else if (range)
        (void)hk_os_unmap(range, RANGE_BYTES);
}

void *hk_nothing_take(size_t alignment, struct hk_seal seal)
{
    const uint8_t taken = (uint8_t)(seal.alignment << 2 | (seal.kind + 1));
    if (!start || alignment > HK_GRANULE)
        return NULL;
    const uint32_t step = alignment > HK_ALIGN ? (uint32_t)(alignment / HK_ALIGN) : 1;
    for (unsigned i = 0; i < LOOKS; i++) {
        const uint32_t turn = atomic_fetch_add_explicit(&next, step, memory_order_relaxed);
        const uintptr_t wanted = start + (uintptr_t)(turn % HK_NOTHINGS) * HK_ALIGN;
        const uintptr_t address = hk_round_up(wanted, alignment > HK_ALIGN ? alignment : HK_ALIGN);
        uint8_t free = 0;
        if (address - start < RANGE_BYTES &&
            atomic_compare_exchange_strong(&places[(address - start) / HK_ALIGN], &free, taken))
            return (void *)address;
    }
    return NULL;
}

bool hk_nothing_covers(const void *address)
{
    return start && (uintptr_t)address - start < RANGE_BYTES;
}

struct hk_seal hk_nothing_get(const void *address)
{
    const uintptr_t offset = (uintptr_t)address - start;
    if (offset % HK_ALIGN != 0)
        return (struct hk_seal){.state = HK_SEAL_BROKEN};
    const uint8_t place = atomic_load_explicit(&places[offset / HK_ALIGN], memory_order_relaxed);
    if (place == 0)
        return (struct hk_seal){.state = HK_SEAL_FREED};
    return (struct hk_seal){.state = HK_SEAL_LIVE,
                            .kind = (uint8_t)((place & 3) - 1),
                            .alignment = (uint8_t)(place >> 2)};
}

bool hk_nothing_give(const void *address)
{
    return atomic_exchange(&places[((uintptr_t)address - start) / HK_ALIGN], 0) != 0;
}
