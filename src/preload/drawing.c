/* A sample's blocks: see drawing.h. */
#include "preload/drawing.h"

#include <string.h>

/* ln(x) of 0 < x <= 1 to 1e-6: the exponent, and a series of the rest; libm would be one library
 * more in the program. */
static double natural_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    memcpy(&x, &bits, sizeof x);
    const double y = (x - 1) / (x + 1), z = y * y; /* 0 to 1/3 */
    return exponent * 0.69314718055994531 +
           2 * y * (1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z / 11)))));
}

/* Bytes until the next one that is drawn: exponential, so that each byte has the same chance. */
static COLD int64_t draw(void)
{
    if (!hb_me.random)
        hb_me.random = hb_spool_ticks() ^ (uintptr_t)&hb_me;
    uint64_t z = hb_me.random += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64 */
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    const double uniform = ((double)((z ^ z >> 31) >> 11) + 1) / 9007199254740993.0;
    return (int64_t)(-natural_log(uniform) * (double)hb_traced.sample_bytes) + 1;
}

/* True when the block is of the sample: its free will be looked for. */
static COLD bool is_drawn(const void *block, size_t size)
{
    if (!block)
        return false;
    if (hb_me.left == 0)
        hb_me.left = draw();
    hb_me.left -= size > (size_t)INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)size;
    if (hb_me.left > 0)
        return false;
    hb_me.left = draw();
    _Atomic uint8_t *count =
        (_Atomic uint8_t *)&hb_traced.spool->sampled[hb_spool_hash((uintptr_t)block)];
    uint8_t was = atomic_load(count);
    while (was < 255 && !atomic_compare_exchange_weak(count, &was, (uint8_t)(was + 1)))
        ;
    return true;
}

/* Nothing is drawn before there is a process to draw for. */
COLD bool hb_is_left_out(const void *made, size_t size)
{
    if (hb_me.is_inside)
        return true;
    if (!*hb_is_same_process || !hb_is_recording() || hb_me.is_starting)
        return false;
    return !is_drawn(made, size);
}

COLD void *hb_push_if_drawn(unsigned what, void *made, size_t size)
{
    return hb_is_left_out(made, size) ? made : hb_push(what, made, size);
}
