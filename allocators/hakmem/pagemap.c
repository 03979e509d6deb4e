/* The page map: see pagemap.h. */
#include "pagemap.h"

#include "os.h"

struct hk_window hk_window;

static bool open_window(size_t bytes)
{
    const size_t granules = bytes >> HK_GRANULE_SHIFT;
    _Atomic uint32_t *tags = hk_os_map(hk_round_up(granules * sizeof *tags, HK_PAGE));
    if (!tags)
        return false;
    /* Well below the kernel's own mappings, which grow down from the top: nobody else maps there,
     * and the place is as random as theirs is. The low window keeps off the program and its brk
     * heap, which lie elsewhere on every architecture we know. */
    const uintptr_t near = (uintptr_t)tags & ~(uintptr_t)(HK_SUPER - 1);
    const uintptr_t distance = bytes + (bytes >> 1);
    hk_window.base = near > 2 * distance ? near - distance : near / 2 & ~(uintptr_t)(HK_SUPER - 1);
    hk_window.tags = tags;
    hk_window.granules = granules;
    return true;
}

bool hk_window_open(void)
{
    if (hk_os_address_limit() > HK_ADDRESS_SPACE_LOW && open_window(HK_WINDOW_LARGE))
        return true;
    return open_window(HK_WINDOW_SMALL);
}

void hk_tag_set(const void *address, unsigned count, uint32_t tag)
{
    const size_t first = ((uintptr_t)address - hk_window.base) >> HK_GRANULE_SHIFT;
    for (size_t i = 0; i < count; i++)
        atomic_store_explicit(&hk_window.tags[first + i], tag, memory_order_relaxed);
}
