/* Seeded generators: see rng.h. */
#include "base/rng.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}

void hb_rng_seed(struct hb_rng *rng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        rng->s[i] = splitmix64(&seed);
}

uint64_t hb_rng_next(struct hb_rng *rng)
{
    uint64_t *s = rng->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t hb_rng_below(struct hb_rng *rng, uint64_t n)
{
    unsigned __int128 m = (unsigned __int128)hb_rng_next(rng) * n;
    if ((uint64_t)m < n) {
        const uint64_t threshold = (0 - n) % n;
        while ((uint64_t)m < threshold)
            m = (unsigned __int128)hb_rng_next(rng) * n;
    }
    return (uint64_t)(m >> 64);
}

void hb_rng_shuffle(struct hb_rng *rng, size_t *index, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)hb_rng_below(rng, i);
        const size_t swapped = index[i - 1];
        index[i - 1] = index[j];
        index[j] = swapped;
    }
}
