/* Small seeded generators: SplitMix64 to spread a seed, xoshiro256** to draw from it.
 * Deterministic on every machine; never for secrets. No allocation, no I/O.
 * Sources: Steele, Lea, Flood 2014 (SplitMix); Blackman, Vigna 2018 (xoshiro256**). */
#ifndef HB_BASE_RNG_H
#define HB_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct hb_rng {
    uint64_t s[4];
};

/* Fills the state from any seed, 0 included. */
void hb_rng_seed(struct hb_rng *rng, uint64_t seed);

/* The next 64 uniformly distributed bits. */
uint64_t hb_rng_next(struct hb_rng *rng);

/* Uniform in [0, n) without modulo bias (Lemire 2019); n >= 1. */
uint64_t hb_rng_below(struct hb_rng *rng, uint64_t n);

/* Fisher-Yates shuffle of index[0..n). */
void hb_rng_shuffle(struct hb_rng *rng, size_t *index, size_t n);

#endif
