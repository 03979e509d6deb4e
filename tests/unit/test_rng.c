/* base/rng: the published sequences, bounds without bias, shuffles that lose nothing. */
#include "base/rng.h"

#include "expect/random_values.h"
#include "unit/test_stats.h"

#include <string.h>

static void seeding_is_splitmix64_as_published(void **state)
{
    (void)state;
    struct hb_rng rng;
    hb_rng_seed(&rng, 1234567);
    assert_memory_equal(rng.s, rng_state_1234567, sizeof rng.s);
}

static void draws_are_xoshiro256starstar_as_published(void **state)
{
    (void)state;
    struct hb_rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < COUNT(rng_xoshiro_1234); i++)
        assert_true(hb_rng_next(&rng) == rng_xoshiro_1234[i]);
}

static void every_seed_gives_the_stored_draws(void **state)
{
    (void)state;
    const size_t each = COUNT(rng_draws) / COUNT(rng_seeds);
    for (size_t s = 0; s < COUNT(rng_seeds); s++) {
        struct hb_rng rng;
        hb_rng_seed(&rng, rng_seeds[s]);
        for (size_t i = 0; i < each; i++)
            assert_true(hb_rng_next(&rng) == rng_draws[s * each + i]);
    }
}

static void bounded_draws_are_the_stored_ones(void **state)
{
    (void)state;
    struct hb_rng rng;
    hb_rng_seed(&rng, 7);
    for (size_t i = 0; i < COUNT(rng_below); i++) {
        const uint64_t bound = rng_bounds[i / 4], got = hb_rng_below(&rng, bound);
        assert_true(got < bound);
        assert_true(got == rng_below[i]);
    }
}

static void bounded_draws_have_no_bias(void **state)
{
    (void)state;
    enum { FACES = 7, DRAWS = 70000 };
    struct hb_rng rng = printed_seed(11);
    size_t seen[FACES] = {0};
    double chi = 0;
    for (size_t i = 0; i < DRAWS; i++)
        seen[hb_rng_below(&rng, FACES)]++;
    for (size_t f = 0; f < FACES; f++)
        chi += pow((double)seen[f] - DRAWS / FACES, 2) / (DRAWS / FACES);
    assert_true(chi < 22.46); /* 99.9 % of chi-squared, 6 degrees of freedom */
}

static void shuffle_is_the_stored_permutation(void **state)
{
    (void)state;
    struct hb_rng rng;
    size_t index[COUNT(rng_shuffled)];
    hb_rng_seed(&rng, 3);
    for (size_t i = 0; i < COUNT(index); i++)
        index[i] = i;
    hb_rng_shuffle(&rng, index, COUNT(index));
    assert_memory_equal(index, rng_shuffled, sizeof index);
    hb_rng_shuffle(&rng, index, 0);
    hb_rng_shuffle(&rng, index, 1);
    assert_memory_equal(index, rng_shuffled, sizeof index);
}

static void shuffle_puts_each_value_everywhere_alike(void **state)
{
    (void)state;
    enum { N = 5, TRIES = 50000 };
    struct hb_rng rng = printed_seed(12);
    size_t seen[N][N];
    memset(seen, 0, sizeof seen);
    for (size_t t = 0; t < TRIES; t++) {
        size_t index[N] = {0, 1, 2, 3, 4};
        hb_rng_shuffle(&rng, index, N);
        for (size_t i = 0; i < N; i++)
            seen[i][index[i]]++;
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t v = 0; v < N; v++) /* 5 standard deviations of a binomial */
            assert_true(fabs((double)seen[i][v] - TRIES / N) < 5 * sqrt(TRIES * 0.2 * 0.8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeding_is_splitmix64_as_published),
        cmocka_unit_test(draws_are_xoshiro256starstar_as_published),
        cmocka_unit_test(every_seed_gives_the_stored_draws),
        cmocka_unit_test(bounded_draws_are_the_stored_ones),
        cmocka_unit_test(bounded_draws_have_no_bias),
        cmocka_unit_test(shuffle_is_the_stored_permutation),
        cmocka_unit_test(shuffle_puts_each_value_everywhere_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
