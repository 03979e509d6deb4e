/* The page map: see pagemap.h.
 * Wide: a reservation of 16 GiB, readable, that covers every address; its tags become writable with
 * the superslabs they stand for. Reading the rest maps the kernel's zero page.
 * Narrow: where RLIMIT_AS forbids that, the part for the window and for the addresses that the
 * kernel gives to mappings; a pointer from elsewhere is not ours and ends in SIGSEGV instead of a
 * line. */
#include "pagemap.h"

#include "os.h"

struct hk_window hk_window;

static _Atomic uint32_t none;
_Atomic uint32_t *hk_tags = &none;

/* What of the address space is covered, as granules [from, to): the window, and where the kernel
 * puts mappings; one range does for both until the map is narrowed. A coverage is written before
 * it is published. */
struct range {
    size_t from, to;
};
struct coverage {
    struct range window, kernel;
};
static struct coverage at_first, narrowed;
static _Atomic(const struct coverage *) coverage = &at_first;
static void *wide; /* the reservation, if there is one */

/* Granules around `near`, the address of a fresh mapping, in which the kernel will put those that
 * follow: it fills from the top down, and a process cannot map more than its limit. */
#define ABOVE ((size_t)32 << 30)
static size_t below(size_t limit)
{
    return hk_round_up(limit < HK_WINDOW_NARROW / 2 ? HK_WINDOW_NARROW : 2 * limit, HK_SUPER);
}

static uintptr_t later(uintptr_t a, uintptr_t b)
{
    return a > b ? a : b;
}

static uintptr_t earlier(uintptr_t a, uintptr_t b)
{
    return a < b ? a : b;
}

static size_t granule_of(uintptr_t address)
{
    return address >> HK_GRANULE_SHIFT;
}

/* Well below the kernel's own mappings, which grow down from the top: nobody else maps there, and
 * the place is as random as theirs is. */
static void place_window(uintptr_t near, size_t distance, size_t bytes)
{
    const uintptr_t top = near & ~(uintptr_t)(HK_SUPER - 1);
    hk_window.base = top > 2 * (distance + bytes) ? top - distance - bytes : HK_SUPER;
    hk_window.granules = bytes >> HK_GRANULE_SHIFT;
}

static bool open_wide(void)
{
    wide = hk_os_reserve(HK_MAP_BYTES);
    if (!wide)
        return false;
    hk_tags = wide;
    at_first.window = (struct range){0, (size_t)1 << (HK_ADDRESS_BITS - HK_GRANULE_SHIFT)};
    place_window((uintptr_t)wide, HK_WINDOW_WIDE / 2, HK_WINDOW_WIDE);
    return true;
}

/* The pointer is set so that a granule's own number is its index. */
static bool open_narrow(size_t limit)
{
    const size_t most = (size_t)64 << 30;
    const size_t distance = below(limit < most ? limit : most);
    const size_t granules = granule_of(ABOVE + distance + HK_WINDOW_NARROW);
    char *map = hk_os_reserve(hk_round_up(granules * sizeof *hk_tags, HK_PAGE));
    if (!map)
        return false;
    place_window((uintptr_t)map, distance, HK_WINDOW_NARROW);
    const size_t from = granule_of(hk_window.base);
    const uintptr_t start = (uintptr_t)map - from * sizeof *hk_tags;
    if (!hk_os_reserve_at((void *)(start & ~(HK_PAGE - 1ul)), HK_PAGE)) { /* for free(NULL) */
        hk_os_unmap(map, hk_round_up(granules * sizeof *hk_tags, HK_PAGE));
        hk_window.granules = 0;
        return false;
    }
    hk_tags = (_Atomic uint32_t *)start;
    at_first.window = (struct range){from, from + granules};
    return true;
}

bool hk_map_open(void)
{
    const size_t limit = hk_os_address_limit();
    return (limit > HK_ADDRESS_SPACE_WIDE && open_wide()) || open_narrow(limit);
}

bool hk_map_prepare(const void *super)
{
    static uintptr_t writable_from, writable_to; /* what was made so last */
    const struct range *window = &atomic_load(&coverage)->window;
    const uintptr_t first = (uintptr_t)&hk_tags[granule_of((uintptr_t)super)];
    const uintptr_t end = first + HK_SUPER_GRANULES * sizeof *hk_tags;
    if (first >= writable_from && end <= writable_to)
        return true;
    const uintptr_t from =
        later(first & ~(HK_MAP_STEP - 1), (uintptr_t)&hk_tags[window->from] & ~(HK_PAGE - 1ul));
    const uintptr_t to = earlier(hk_round_up(end, HK_MAP_STEP), (uintptr_t)&hk_tags[window->to]);
    if (!hk_os_make_writable((void *)from, to - from))
        return false;
    writable_from = from;
    writable_to = to;
    return true;
}

static bool lies_in(const struct range *range, size_t first, size_t last)
{
    return first >= range->from && last < range->to;
}

bool hk_map_covers(const void *address, size_t bytes)
{
    const size_t first = granule_of((uintptr_t)address);
    const size_t last = granule_of((uintptr_t)address + bytes - 1);
    const struct coverage *now = atomic_load(&coverage);
    return lies_in(&now->window, first, last) || lies_in(&now->kernel, first, last);
}

bool hk_map_is_wide(void)
{
    return atomic_load(&coverage)->window.from == 0;
}

/* Gives back the tags of granules [from, to), whole pages of them. */
static void give_back(size_t from, size_t to)
{
    const uintptr_t start = hk_round_up((uintptr_t)&hk_tags[from], HK_PAGE);
    const uintptr_t end = (uintptr_t)&hk_tags[to] & ~(uintptr_t)(HK_PAGE - 1);
    if (start < end)
        hk_os_unmap((void *)start, end - start);
}

bool hk_map_narrow(size_t used)
{
    const size_t limit = hk_os_address_limit();
    if (!wide || limit > HK_ADDRESS_SPACE_WIDE)
        return false;
    const size_t end = at_first.window.to, near = granule_of((uintptr_t)wide);
    const size_t from = granule_of(hk_window.base);
    narrowed.window = (struct range){from, from + used + granule_of(HK_WINDOW_NARROW)};
    narrowed.kernel = (struct range){near - granule_of(below(limit)),
                                     earlier(near + granule_of(HK_MAP_BYTES + ABOVE), end)};
    hk_window.granules = narrowed.window.to - from;
    atomic_store(&coverage, &narrowed);
    give_back(HK_PAGE / sizeof *hk_tags, narrowed.window.from); /* the first page: free(NULL) */
    give_back(narrowed.window.to, narrowed.kernel.from);
    give_back(narrowed.kernel.to, end);
    wide = NULL;
    return true;
}

void hk_tag_set(const void *address, unsigned count, uint32_t tag)
{
    for (size_t i = 0; i < count; i++)
        atomic_store_explicit(&hk_tags[granule_of((uintptr_t)address) + i], tag,
                              memory_order_relaxed);
}
