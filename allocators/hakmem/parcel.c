/* Parcels: see parcel.h. */
#include "parcel.h"

#include "os.h"

#define CHUNK (HK_GRANULE / sizeof(struct hk_parcel))

static _Atomic uint64_t top;   /* changes << 32 | number */
static _Atomic uint32_t given; /* numbers given out */
static _Atomic(struct hk_parcel *) parcel_chunks[HK_PARCELS_MOST / CHUNK];

static struct hk_parcel *parcel_of(uint32_t number)
{
    struct hk_parcel *chunk =
        atomic_load_explicit(&parcel_chunks[(number - 1) / CHUNK], memory_order_acquire);
    return &chunk[(number - 1) % CHUNK];
}

/* Two may map the same chunk at once: the one that is late gives its own back. */
static bool have_chunk(_Atomic(struct hk_parcel *) *chunk)
{
    struct hk_parcel *none = NULL;
    if (atomic_load_explicit(chunk, memory_order_acquire))
        return true;
    struct hk_parcel *mapped = hk_os_map(HK_GRANULE);
    if (!mapped)
        return false;
    HK_STEP();
    if (!atomic_compare_exchange_strong(chunk, &none, mapped))
        (void)hk_os_unmap(mapped, HK_GRANULE);
    return true;
}

HK_SLOW static struct hk_parcel *new_parcel(void)
{
    uint32_t number = atomic_load_explicit(&given, memory_order_relaxed);
    do {
        if (number >= HK_PARCELS_MOST || !have_chunk(&parcel_chunks[number / CHUNK]))
            return NULL;
    } while (!atomic_compare_exchange_weak(&given, &number, number + 1));
    struct hk_parcel *parcel = parcel_of(number + 1);
    parcel->number = number + 1;
    return parcel;
}

struct hk_parcel *hk_parcel_take(void)
{
    uint64_t seen = atomic_load_explicit(&top, memory_order_acquire), next;
    do {
        if ((uint32_t)seen == 0)
            return new_parcel();
        const uint32_t below =
            atomic_load_explicit(&parcel_of((uint32_t)seen)->below, memory_order_relaxed);
        next = ((seen >> 32) + 1) << 32 | below;
    } while (!atomic_compare_exchange_weak_explicit(&top, &seen, next, memory_order_acq_rel,
                                                    memory_order_acquire));
    return parcel_of((uint32_t)seen);
}

void hk_parcel_give(struct hk_parcel *parcel)
{
    uint64_t seen = atomic_load_explicit(&top, memory_order_relaxed), next;
    do {
        atomic_store_explicit(&parcel->below, (uint32_t)seen, memory_order_relaxed);
        next = ((seen >> 32) + 1) << 32 | parcel->number;
        HK_STEP();
    } while (!atomic_compare_exchange_weak_explicit(&top, &seen, next, memory_order_release,
                                                    memory_order_relaxed));
}
