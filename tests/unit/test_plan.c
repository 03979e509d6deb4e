/* The plan: interleaving, shuffling, seeds; and the parameters of a workload, text and value. */
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "cmocka.h"

static struct hb_allocator_entry entries[4];

static struct hb_session session_of(uint32_t blocks, uint64_t seed)
{
    static const enum hb_role roles[] = {HB_ROLE_SUBJECT, HB_ROLE_REFERENCE, HB_ROLE_FLOOR,
                                         HB_ROLE_TWIN};
    memset(entries, 0, sizeof entries);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(entries[i].label, sizeof entries[i].label, "a%zu", i);
        entries[i].role = roles[i];
    }
    return (struct hb_session){
        .blocks = blocks, .seed = seed, .allocators = entries, .allocator_count = 4};
}

static void every_allocator_runs_once_in_every_block(void **state)
{
    const struct hb_session session = session_of(7, 42);
    struct hb_plan plan;
    unsigned seen[7][4] = {{0}};
    (void)state;
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    assert_int_equal(plan.job_count, 3 + 7 * 4);
    for (size_t i = 3; i < plan.job_count; i++) {
        assert_int_equal(plan.jobs[i].kind, HB_JOB_TIMED);
        seen[plan.jobs[i].block][plan.jobs[i].allocator]++;
        assert_true(i == 3 || plan.jobs[i].block >= plan.jobs[i - 1].block);
    }
    for (size_t block = 0; block < 7; block++) {
        for (size_t allocator = 0; allocator < 4; allocator++)
            assert_int_equal(seen[block][allocator], 1);
    }
    hb_plan_free(&plan);
}

static void counting_comes_first_and_leaves_out_the_twin(void **state)
{
    const struct hb_session session = session_of(2, 1);
    struct hb_plan plan;
    (void)state;
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan.jobs[i].kind, HB_JOB_COUNTED);
        assert_int_not_equal(entries[plan.jobs[i].allocator].role, HB_ROLE_TWIN);
        assert_int_equal(plan.jobs[i].seed, plan.jobs[3].seed); /* block 0's */
    }
    hb_plan_free(&plan);
}

static void a_block_shares_one_seed_and_blocks_differ(void **state)
{
    const struct hb_session session = session_of(3, 9);
    struct hb_plan plan;
    (void)state;
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    for (size_t i = 3; i < plan.job_count; i++) {
        const bool same_block = i > 3 && plan.jobs[i].block == plan.jobs[i - 1].block;
        if (i > 3)
            assert_true(same_block == (plan.jobs[i].seed == plan.jobs[i - 1].seed));
        assert_true(plan.jobs[i].seed < (UINT64_C(1) << 53));
    }
    hb_plan_free(&plan);
}

static void the_same_seed_gives_the_same_plan_and_another_does_not(void **state)
{
    const struct hb_session a = session_of(20, 5);
    struct hb_session b = a;
    struct hb_plan first, second, third;
    (void)state;
    assert_int_equal(hb_plan_build(&a, &first, NULL), 0);
    assert_int_equal(hb_plan_build(&b, &second, NULL), 0);
    b.seed = 6;
    assert_int_equal(hb_plan_build(&b, &third, NULL), 0);
    assert_memory_equal(first.jobs, second.jobs, first.job_count * sizeof *first.jobs);
    assert_memory_not_equal(first.jobs, third.jobs, first.job_count * sizeof *first.jobs);
    hb_plan_free(&first);
    hb_plan_free(&second);
    hb_plan_free(&third);
}

static void order_is_shuffled_within_blocks(void **state)
{
    const struct hb_session session = session_of(50, 3);
    struct hb_plan plan;
    unsigned first[4] = {0};
    (void)state;
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    for (size_t block = 0; block < 50; block++)
        first[plan.jobs[3 + 4 * block].allocator]++;
    for (size_t i = 0; i < 4; i++)
        assert_in_range(first[i], 4, 25); /* 50 / 4 = 12.5, sd 3.1 */
    hb_plan_free(&plan);
}

static void a_missing_allocator_is_recorded_once_and_not_timed(void **state)
{
    const struct hb_session session = session_of(5, 3);
    struct hb_plan plan;
    unsigned jobs = 0;
    (void)state;
    (void)snprintf(entries[0].missing_reason, sizeof entries[0].missing_reason, "not there");
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    for (size_t i = 0; i < plan.job_count; i++)
        jobs += plan.jobs[i].allocator == 0;
    assert_int_equal(jobs, 1);
    hb_plan_free(&plan);
}

static void without_blocks_there_is_the_counting_pass_alone(void **state)
{
    const struct hb_session session = session_of(0, 42);
    struct hb_plan plan, again;
    (void)state;
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    assert_int_equal(hb_plan_build(&session, &again, NULL), 0);
    assert_int_equal(plan.job_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan.jobs[i].kind, HB_JOB_COUNTED);
        assert_int_equal(plan.jobs[i].allocator, i);
        assert_int_equal(plan.jobs[i].seed, plan.jobs[0].seed);
    }
    assert_memory_equal(plan.jobs, again.jobs, 3 * sizeof *plan.jobs);
    hb_plan_free(&plan);
    hb_plan_free(&again);
}

static void a_round_has_every_allocator_once_and_each_comes_first(void **state)
{
    const struct hb_session session = session_of(0, 7);
    struct hb_session other = session;
    unsigned first[4] = {0}, same_seed = 0;
    (void)state;
    other.seed = 8;
    for (uint32_t round = 0; round < 100; round++) {
        size_t order[4], order_again[4];
        uint64_t seed, again, elsewhere;
        unsigned seen = 0;
        hb_plan_round(&session, round, order, &seed);
        hb_plan_round(&session, round, order_again, &again);
        assert_memory_equal(order, order_again, sizeof order);
        assert_true(seed == again && seed < (UINT64_C(1) << 53));
        for (size_t i = 0; i < 4; i++)
            seen |= 1u << order[i];
        assert_int_equal(seen, 15);
        first[order[0]]++;
        hb_plan_round(&other, round, order_again, &elsewhere);
        same_seed += seed == elsewhere;
    }
    for (size_t i = 0; i < 4; i++)
        assert_in_range(first[i], 10, 42); /* 100 / 4 = 25, sd 4.3 */
    assert_int_equal(same_seed, 0);
}

/* As a worker tells a workload's parameters: the common ones in the order of workload.h first. */
static const struct hb_workload_info mill = {
    .name = "mill",
    .parameters =
        {{.name = "operations", .min = 1, .max = 1000000, .unit = "operations"},
         {.name = "warmup", .type = HB_PARAMETER_SHARE, .default_value = 100000, .max = 10000000},
         {.name = "threads", .default_value = 1, .min = 1, .max = 64, .unit = "threads"},
         {.name = "seed", .max = 100},
         {.name = "size",
          .type = HB_PARAMETER_BYTES,
          .default_value = 65536,
          .min = 16,
          .max = 1073741824,
          .unit = "B"},
         {.name = "touch",
          .type = HB_PARAMETER_CHOICE,
          .default_value = 1,
          .choices = {"none", "first", "all"},
          .choice_count = 3}},
    .parameter_count = 6,
};

static void parameters_are_read_up_to_their_ends_and_no_further(void **state)
{
    static const struct {
        const char *name, *text, *said; /* as it is written again, or the message */
        uint64_t value;
        bool is_refused;
    } cases[] = {
        {"threads", "1", "1", 1, false},
        {"threads", "64", "64", 64, false},
        {"threads", "0", "--set: parameter threads is 0, but must be 1 to 64 threads", 0, true},
        {"threads", "65", "--set: parameter threads is 65, but must be 1 to 64 threads", 0, true},
        {"threads", "x", "--set: parameter threads: \"x\"", 0, true},
        {"operations", "1M", "1M", 1000000, false},
        {"operations", "1000001", "is 1000001, but must be 1 to 1M operations", 0, true},
        {"warmup", "0", "0%", 0, false},
        {"warmup", "10", "1000%", 10000000, false},
        {"warmup", "12.5%", "12.5%", 125000, false},
        {"warmup", "1001%", "parameter warmup is 1001%, but must be 0% to 1000%", 0, true},
        {"size", "16", "16", 16, false},
        {"size", "1GiB", "1GiB", 1073741824, false},
        {"size", "15", "parameter size is 15, but must be 16 to 1GiB", 0, true},
        {"size", "2GiB", "parameter size is 2GiB, but must be 16 to 1GiB", 0, true},
        {"touch", "none", "none", 0, false},
        {"touch", "all", "all", 2, false},
        {"touch", "some", "parameter touch: \"some\" is none of: none, first, all", 0, true},
        {"seed", "1", "--set: seed is no parameter of a profile", 0, true},
        {"sise", "1",
         "--set: workload mill has no parameter \"sise\" (did you mean \"size\"?); it has: "
         "operations, warmup, threads, "
         "size, touch",
         0, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_parameter_value set[6], before[6];
        struct hb_err err = {0};
        hb_parameters_defaults(&mill, set);
        memcpy(before, set, sizeof set);
        const int status =
            hb_parameters_set(&mill, set, cases[i].name, cases[i].text, "--set", &err);
        assert_int_equal(status, cases[i].is_refused ? -1 : 0);
        if (cases[i].is_refused) {
            const char *found = strstr(err.message, cases[i].said);
            if (!found)
                fail_msg("%s=%s: %s", cases[i].name, cases[i].text, err.message);
            assert_true(!strstr(cases[i].said, "must be") || !found[strlen(cases[i].said)]);
            assert_memory_equal(set, before, sizeof set);
            continue;
        }
        const int index = hb_parameters_find(&mill, cases[i].name);
        assert_string_equal(set[index].name, cases[i].name);
        assert_string_equal(set[index].text, cases[i].said);
        assert_int_equal(set[index].value, cases[i].value);
    }
}

static void defaults_are_the_workloads_own(void **state)
{
    struct hb_parameter_value set[6];
    (void)state;
    hb_parameters_defaults(&mill, set);
    static const char *const texts[] = {"0", "10%", "1", "0", "64KiB", "first"};
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(set[i].name, mill.parameters[i].name);
        assert_int_equal(set[i].value, mill.parameters[i].default_value);
        assert_string_equal(set[i].text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocator_runs_once_in_every_block),
        cmocka_unit_test(counting_comes_first_and_leaves_out_the_twin),
        cmocka_unit_test(a_block_shares_one_seed_and_blocks_differ),
        cmocka_unit_test(the_same_seed_gives_the_same_plan_and_another_does_not),
        cmocka_unit_test(order_is_shuffled_within_blocks),
        cmocka_unit_test(a_missing_allocator_is_recorded_once_and_not_timed),
        cmocka_unit_test(without_blocks_there_is_the_counting_pass_alone),
        cmocka_unit_test(a_round_has_every_allocator_once_and_each_comes_first),
        cmocka_unit_test(parameters_are_read_up_to_their_ends_and_no_further),
        cmocka_unit_test(defaults_are_the_workloads_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
