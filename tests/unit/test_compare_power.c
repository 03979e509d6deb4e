/* Verdicts on simulated sessions whose truth is known: how often is one called faster or slower
 * that is not, and how often is one found that is. The table it prints is in docs/statistics.md.
 *
 * Noise: normal; the same with one run in ten slowed by up to 15 % (a neighbour); first-order
 * autocorrelated (0.5), each allocator by itself; a whole session shifted by 2 % (another day).
 * Sessions: two allocators alone, or the usual ones, of which six are the same bytes in both. */
#include "unit/compare_made.h"

#include <math.h>

#define USUAL 8u

/* 1,000 with HB_POWER=all (make verdict-power). A quarter of them finds a rule that is wrong in 7 %
 * of cases instead of 5 % in nine of ten configurations, and there are 16. */
static size_t simulations(void)
{
    return getenv("HB_POWER") ? 1000 : 250;
}

enum noise { NOISE_NORMAL, NOISE_OUTLIERS, NOISE_AUTOCORRELATED, NOISE_SHIFTED, NOISE_KINDS };
static const char *const noise_names[NOISE_KINDS] = {"normal", "outliers", "autocorrelated",
                                                     "shifted day"};

struct world {
    struct hb_rng rng;
    enum noise noise;
    double cv, effect; /* of allocator 0 in the second session: 0.03 is 3 % slower */
    double day;        /* this session's shift */
    double before[USUAL];
    bool is_second;
};

static const struct made_allocator usual[USUAL] = {
    {"hakmem", HB_ROLE_SUBJECT, ""},       {"mimalloc", HB_ROLE_REFERENCE, "b"},
    {"mimalloc (A/A)", HB_ROLE_TWIN, "b"}, {"jemalloc", HB_ROLE_SUBJECT, "c"},
    {"tcmalloc", HB_ROLE_SUBJECT, "d"},    {"system", HB_ROLE_SUBJECT, "e"},
    {"tbbmalloc", HB_ROLE_SUBJECT, "f"},   {"floor", HB_ROLE_FLOOR, "g"},
};

static double deviation(struct world *world, size_t allocator)
{
    const double rho = 0.5;
    double own = gaussian(&world->rng);
    if (world->noise == NOISE_AUTOCORRELATED) {
        own = rho * world->before[allocator] + sqrt(1 - rho * rho) * own;
        world->before[allocator] = own;
    }
    if (world->noise == NOISE_OUTLIERS && uniform(&world->rng) < 0.1)
        return world->cv * own - 0.15 * uniform(&world->rng);
    return world->cv * own;
}

static double speed_of(size_t allocator, size_t block, void *user)
{
    struct world *world = user;
    const double effect = world->is_second && allocator == 0 ? world->effect : 0;
    (void)block;
    return 100e6 * (1 - effect) * (1 + world->day) * exp(deviation(world, allocator));
}

static void make(struct world *world, bool is_second, size_t count, size_t runs,
                 struct hb_digest *digest)
{
    struct hb_session session;
    world->is_second = is_second;
    world->day = is_second && world->noise == NOISE_SHIFTED ? -0.02 : 0;
    for (size_t i = 0; i < USUAL; i++)
        world->before[i] = gaussian(&world->rng);
    made_session(&session, usual, count, runs, speed_of, world);
    made_digest(&session, is_second ? "new" : "old", digest);
}

static enum hb_change simulate(struct world *world, size_t count, size_t runs)
{
    struct hb_compare_options options = {.margin_percent = (double)NAN};
    struct hb_comparison comparison;
    struct hb_digest digests[2];
    struct hb_err err = {0};
    options.figures[HB_METRIC_THROUGHPUT] = true;
    options.allocators = "hakmem";
    make(world, false, count, runs, &digests[0]);
    make(world, true, count, runs, &digests[1]);
    if (hb_compare(digests, 2, &options, &comparison, &err) != 0)
        fail_msg("%s", err.message);
    const enum hb_change change = made_find(&comparison, "hakmem", HB_METRIC_THROUGHPUT)->change;
    hb_comparison_free(&comparison);
    hb_digest_free(&digests[0]);
    hb_digest_free(&digests[1]);
    return change;
}

struct counts {
    size_t of[HB_CHANGE_KINDS];
};

static struct counts repeat(enum noise noise, double cv, double effect, size_t allocators,
                            size_t runs)
{
    struct world world = {.noise = noise, .cv = cv, .effect = effect};
    struct counts counts = {{0}};
    hb_rng_seed(&world.rng, 20261124 + (uint64_t)noise);
    for (size_t i = simulations(); i > 0; i--)
        counts.of[simulate(&world, allocators, runs)]++;
    return counts;
}

static double percent(size_t count)
{
    return 100.0 * (double)count / (double)simulations();
}

/* All of them with HB_POWER=all (make verdict-power). */
static bool is_chosen(double cv)
{
    return cv == 0.01 || cv == 0.05 || getenv("HB_POWER");
}

static void no_noise_is_called_a_difference(size_t allocators)
{
    static const double cvs[] = {0.005, 0.01, 0.02, 0.05};
    static const size_t runs[] = {10, 20};
    printf("    %zu allocators; false faster or slower, same, inconclusive (%%):\n", allocators);
    for (int noise = 0; noise < NOISE_KINDS; noise++) {
        if (noise == NOISE_SHIFTED && allocators < USUAL)
            continue; /* two sessions of one allocator cannot tell the day from the allocator */
        for (size_t c = 0; c < COUNT(cvs); c++) {
            for (size_t r = 0; is_chosen(cvs[c]) && r < COUNT(runs); r++) {
                const struct counts counts =
                    repeat((enum noise)noise, cvs[c], 0, allocators, runs[r]);
                const size_t wrong = counts.of[HB_CHANGE_BETTER] + counts.of[HB_CHANGE_WORSE];
                printf("    %-15s CV %.1f %%, %2zu runs: %4.1f %5.1f %5.1f\n", noise_names[noise],
                       100 * cvs[c], runs[r], percent(wrong), percent(counts.of[HB_CHANGE_SAME]),
                       percent(counts.of[HB_CHANGE_INCONCLUSIVE]));
                if (wrong * 20 > simulations())
                    fail_msg("%zu of %zu called a difference", wrong, simulations());
                /* and where there is little noise, and be it of another day, that is known */
                if (cvs[c] <= 0.01 && runs[r] == 20)
                    assert_true(counts.of[HB_CHANGE_SAME] * 4 > simulations() * 3);
            }
        }
    }
}

static void two_sessions_of_one_allocator_do_not_differ(void **state)
{
    (void)state;
    no_noise_is_called_a_difference(1);
}

static void two_usual_sessions_do_not_differ(void **state)
{
    (void)state;
    no_noise_is_called_a_difference(USUAL);
}

static void what_is_slower_is_found(void **state)
{
    (void)state;
    static const double effects[] = {0.01, 0.03, 0.05}, cvs[] = {0.005, 0.01, 0.02};
    static const size_t runs[] = {10, 20};
    printf("    usual sessions, normal noise; slower, faster, same, inconclusive (%%):\n");
    for (size_t e = 0; e < COUNT(effects); e++) {
        for (size_t c = 0; c < COUNT(cvs); c++) {
            for (size_t r = 0; is_chosen(cvs[c]) && r < COUNT(runs); r++) {
                const struct counts counts =
                    repeat(NOISE_NORMAL, cvs[c], effects[e], USUAL, runs[r]);
                printf("    %.0f %% slower, CV %.1f %%, %2zu runs: %5.1f %4.1f %5.1f %5.1f\n",
                       100 * effects[e], 100 * cvs[c], runs[r], percent(counts.of[HB_CHANGE_WORSE]),
                       percent(counts.of[HB_CHANGE_BETTER]), percent(counts.of[HB_CHANGE_SAME]),
                       percent(counts.of[HB_CHANGE_INCONCLUSIVE]));
                assert_true(counts.of[HB_CHANGE_BETTER] * 20 <= simulations());
            }
        }
    }
    /* 5 % on a machine with half a percent of noise is not missed */
    assert_true(repeat(NOISE_NORMAL, 0.005, 0.05, USUAL, 10).of[HB_CHANGE_WORSE] >
                simulations() * 95 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sessions_of_one_allocator_do_not_differ),
        cmocka_unit_test(two_usual_sessions_do_not_differ),
        cmocka_unit_test(what_is_slower_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
