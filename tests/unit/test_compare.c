/* compare: what is grouped, matched, adjusted, refused.
 * Read next: test_compare_gate.c, test_compare_pairing.c, test_compare_timeline.c. */
#include "unit/compare_usual.h"

#include "base/buf.h"

#include <math.h>

/* ---- across sessions ---- */

static void what_got_slower_is_slower_and_the_others_are_the_same(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[0] *= 0.95;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *own = found(f, "hakmem", HB_METRIC_THROUGHPUT);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
    assert_string_equal(hb_change_word(own->figure, own->change), "slower");
    near("ratio", own->estimate, 0.95, 1e-3);
    near("a12", own->a12, 0, 0);
    assert_true(own->interval.hi < 0.96 && own->interval.lo > 0.94);
    const struct hb_difference *other = found(f, "tcmalloc", HB_METRIC_THROUGHPUT);
    assert_int_equal(other->change, HB_CHANGE_SAME);
    assert_true(other->is_control);
    assert_false(own->is_control);
}

static void what_the_machine_did_to_all_is_taken_out(void **state)
{
    struct fixture *f = *state;
    struct truth after = scaled(plain, 0.9);
    after.speed[0] *= 1.05;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *own = found(f, "hakmem", HB_METRIC_THROUGHPUT);
    near("machine", f->comparison.machines[0].ratio, 0.9, 1e-3);
    assert_int_equal(f->comparison.machines[0].controls, 5);
    near("own", own->estimate, 1.05, 1e-3);
    near("taken out", own->machine, 0.9, 1e-3);
    assert_int_equal(own->change, HB_CHANGE_BETTER);
}

static void no_adjust_leaves_it_in(void **state)
{
    struct fixture *f = *state;
    f->options.no_adjust = true;
    two(f, plain, scaled(plain, 0.9), USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *own = found(f, "hakmem", HB_METRIC_THROUGHPUT);
    near("own", own->estimate, 0.9, 1e-3);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
}

static void two_unchanged_allocators_are_too_few_to_tell_the_machine(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.9), 3);
    assert_int_equal(compare(f), 0);
    assert_true(isnan(f->comparison.machines[0].ratio));
    near("own", found(f, "hakmem", HB_METRIC_THROUGHPUT)->estimate, 0.9, 1e-3);
}

static void five_runs_carry_no_verdict(void **state)
{
    struct fixture *f = *state;
    (void)add_runs(f, "old", plain, 1, 5);
    (void)add_runs(f, "new", scaled(plain, 0.5), 1, 5);
    assert_int_equal(compare(f), 0);
    assert_int_equal(found(f, "hakmem", HB_METRIC_THROUGHPUT)->change, HB_CHANGE_NONE);
}

static void deterministic_figures_are_equal_or_not(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    for (size_t i = 0; i < 2; i++) {
        struct hb_series *series = &f->digests[i].entries[0].series[HB_METRIC_SYSCALLS_PER_OP];
        series->value = i ? 2e-9 : 0;
        series->n = 1;
    }
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = found(f, "hakmem", HB_METRIC_SYSCALLS_PER_OP);
    assert_int_equal(d->change, HB_CHANGE_WORSE);
    assert_string_equal(hb_change_word(d->figure, d->change), "more");
    near("difference", d->estimate, 2e-9, 1e-12);
}

static void one_call_in_a_whole_run_is_no_change(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    assert_int_equal(change_of_calls(f, 0, 0), HB_CHANGE_SAME);
    assert_int_equal(change_of_calls(f, 0, 1), HB_CHANGE_SAME);
    assert_int_equal(change_of_calls(f, 33, 32), HB_CHANGE_SAME);
    assert_int_equal(change_of_calls(f, 1, 3), HB_CHANGE_WORSE);
    assert_int_equal(change_of_calls(f, 33, 31), HB_CHANGE_BETTER);
}

static void counts_of_other_requests_have_an_interval(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    f->digests[1].seed = 6;
    assert_int_equal(change_of_calls(f, 1, 2), HB_CHANGE_SAME);
    assert_int_equal(change_of_calls(f, 1, 4), HB_CHANGE_INCONCLUSIVE);
    assert_int_equal(change_of_calls(f, 33, 40), HB_CHANGE_INCONCLUSIVE);
    assert_int_equal(change_of_calls(f, 0, 500), HB_CHANGE_WORSE);
    set_calls(&f->digests[0], 1, 10); /* mimalloc, which did not change, makes 10 or 200 */
    set_calls(&f->digests[1], 1, 200);
    assert_int_equal(change_of_calls(f, 0, 100), HB_CHANGE_INCONCLUSIVE);
}

static void above_floor_is_without_the_machine_too(void **state)
{
    struct fixture *f = *state;
    struct truth after = scaled(plain, 0.5);
    after.speed[0] *= 0.9;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *own = found(f, "hakmem", HB_FIGURE_ABOVE_FLOOR);
    near("own", own->estimate, 10 / 0.9 - 10, 0.02);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
    for (size_t i = 1; i + 1 < USUAL; i++) {
        const struct hb_difference *d = found(f, usual[i].label, HB_FIGURE_ABOVE_FLOOR);
        near("unchanged", d->estimate, 0, 0.02);
        assert_int_equal(d->change, HB_CHANGE_SAME);
    }
}

static void unchanged_bytes_are_never_blamed(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[3] *= 0.7; /* something else hit tcmalloc's runs */
    two(f, plain, after, USUAL);
    set_calls(&f->digests[0], 3, 1);
    set_calls(&f->digests[1], 3, 50);
    assert_int_equal(compare(f), 0);
    static const size_t figures[] = {HB_METRIC_THROUGHPUT, HB_FIGURE_ABOVE_FLOOR,
                                     HB_METRIC_SYSCALLS_PER_OP};
    for (size_t i = 0; i < COUNT(figures); i++)
        assert_int_equal(found(f, "tcmalloc", figures[i])->change, HB_CHANGE_MACHINE);
}

static void one_that_came_in_another_way_is_another(void **state)
{
    struct fixture *f = *state;
    static char tuned[] = "A=1";
    for (size_t i = 0; i < 2; i++) {
        f->count = 0;
        two(f, plain, plain, USUAL);
        if (i == 0)
            (void)strcpy(f->digests[1].entries[0].via, "preload");
        else
            f->digests[1].entries[0].environment =
                strcpy(realloc(f->digests[1].entries[0].environment, sizeof tuned), tuned);
        assert_int_equal(compare(f), 0);
        for (size_t d = 0; d < f->comparison.count; d++)
            assert_string_not_equal(f->comparison.differences[d].other_entry->label, "hakmem");
        assert_non_null(
            strstr(hb_buf_string(&f->comparison.notes),
                   i == 0 ? "by dlopen in one, by preload in the other: hakmem; measure both "
                            "with the same --via"
                          : "hakmem has the environment \"\" in old, \"A=1\" in new"));
        assert_null(strstr(hb_buf_string(&f->comparison.notes), "only in"));
        for (size_t d = 0; i == 0 && d < 2; d++)
            hb_digest_free(&f->digests[d]);
    }
}

static void a_twin_is_compared_with_its_reference_only(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.5), USUAL);
    for (size_t i = 0; i < 2; i++)
        f->digests[i].entries[2].role = HB_ROLE_TWIN;
    assert_int_equal(compare(f), 0);
    for (size_t d = 0; d < f->comparison.count; d++)
        assert_int_not_equal(f->comparison.differences[d].other_entry->role, HB_ROLE_TWIN);
    assert_string_equal(hb_buf_string(&f->comparison.notes), "");
}

/* ---- within one session ---- */

static void allocators_of_one_session_meet_its_reference_in_pairs(void **state)
{
    struct fixture *f = *state;
    (void)add(f, "one", plain, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = found(f, "hakmem", HB_METRIC_THROUGHPUT);
    assert_string_equal(d->base_entry->label, "mimalloc");
    assert_true(d->is_paired);
    near("ratio", d->estimate, 100.0 / 90, 5e-3);
    assert_int_equal(d->change, HB_CHANGE_BETTER);
}

static void any_allocator_may_be_the_base(void **state)
{
    struct fixture *f = *state;
    f->options.base_allocator = "jemalloc";
    (void)add(f, "one", plain, USUAL);
    assert_int_equal(compare(f), 0);
    near("ratio", found(f, "system", HB_METRIC_THROUGHPUT)->estimate, 70.0 / 80, 2e-3);
    f->options.base_allocator = "dlmalloc";
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "dlmalloc"));
}

static void a_session_without_a_reference_meets_its_first(void **state)
{
    struct fixture *f = *state;
    struct hb_digest *digest = add(f, "one", plain, USUAL);
    digest->reference = -1;
    digest->paired = false; /* a list of runs */
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = found(f, "system", HB_METRIC_THROUGHPUT);
    assert_string_equal(d->base_entry->label, "hakmem");
    assert_false(d->is_paired);
    near("margin", d->margin, 0.02, 1e-12);
    for (size_t i = 0; i < f->comparison.count; i++)
        assert_string_not_equal(f->comparison.differences[i].other_entry->label, "hakmem");
    f->options.allocators = "system,hakmem";
    assert_int_equal(compare(f), 0);
    for (size_t i = 0; i < f->comparison.count; i++)
        assert_string_equal(f->comparison.differences[i].other_entry->label, "system");
    assert_int_equal(f->comparison.machine_count, 0);
}

/* ---- groups and hosts ---- */

static void other_workloads_are_groups_of_their_own_and_make_a_mean(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[0] *= 1.1;
    two(f, plain, after, USUAL);
    two(f, plain, scaled(plain, 1), USUAL);
    for (size_t i = 2; i < 4; i++) {
        free(f->digests[i].key);
        f->digests[i].key = strdup("rebase larson");
    }
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.group_count, 2);
    assert_int_equal(f->comparison.mean_count, 1);
    assert_int_equal(f->comparison.means[0].workloads, 2);
    near("mean", f->comparison.means[0].ratio, sqrt(1.1), 2e-3);
    assert_string_equal(f->comparison.means[0].allocator, "hakmem");
    assert_string_equal(f->comparison.means[0].side, "new");
    for (size_t g = 0; g < 2; g++) {
        const struct hb_group *group = &f->comparison.groups[g];
        assert_ptr_equal(group->base, &f->digests[2 * g]);
        assert_int_equal(group->first, g * f->comparison.groups[0].count);
        assert_int_equal(group->count, f->comparison.count / 2);
        assert_ptr_equal(f->comparison.machines[g].other, &f->digests[2 * g + 1]);
        assert_int_equal(f->comparison.machines[g].group, g);
    }
}

/* Of one session each there are no sides, and no mean of what stands in one workload only. */
static void a_mean_is_over_workloads(void **state)
{
    struct fixture *f = *state;
    struct truth faster = plain;
    faster.speed[0] *= 1.21;
    (void)add(f, "one", plain, 3);
    (void)add(f, "two", faster, 2);
    free(f->digests[1].key);
    f->digests[1].key = strdup("rebase larson");
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.mean_count, 1);
    assert_string_equal(f->comparison.means[0].allocator, "hakmem");
    assert_string_equal(f->comparison.means[0].side, "");
    near("mean", f->comparison.means[0].ratio, 1.1 * 100 / 90, 5e-3);
    f->digests[1].entries[0].series[HB_METRIC_THROUGHPUT].values[3] = 0; /* no ratio of it */
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.mean_count, 0);
}

static void one_side_cannot_have_two_sessions_of_one_workload(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    (void)strcpy(f->digests[1].label, "old");
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "old.json"));
    assert_non_null(strstr(f->err.message, "new.json"));
}

static void a_copy_of_a_session_is_left_out_and_told(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    (void)add(f, "copy", plain, 1);
    for (size_t i = 0; i < 3; i++)
        (void)strcpy(f->digests[i].started_at,
                     i == 1 ? "2026-11-25T00:00:00Z" : "2026-11-24T00:00:00Z");
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.groups[0].digest_count, 2);
    assert_non_null(
        strstr(hb_buf_string(&f->comparison.notes), "copy.json is the same session as old.json"));
}

static void two_sessions_of_one_second_and_seed_are_two(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.9), USUAL);
    for (size_t i = 0; i < 2; i++) {
        (void)strcpy(f->digests[i].started_at, "2026-11-24T00:00:00Z");
        f->digests[i].is_named = true;
    }
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.groups[0].digest_count, 2);
    assert_false(f->comparison.groups[0].is_within);
}

/* Even where all that was measured is alike. */
static void two_sessions_of_one_second_and_two_seeds_are_two(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    for (size_t i = 0; i < 2; i++) {
        (void)strcpy(f->digests[i].started_at, "2026-11-24T00:00:00Z");
        f->digests[i].seed = 5 + i;
    }
    assert_int_equal(compare(f), 0);
    assert_int_equal(f->comparison.groups[0].digest_count, 2);
    assert_string_equal(hb_buf_string(&f->comparison.notes), "");
}

static void one_session_named_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    for (size_t i = 0; i < 2; i++) {
        (void)strcpy(f->digests[i].started_at, "2026-11-24T00:00:00Z");
        f->digests[i].is_named = true;
    }
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_INCOMPARABLE);
    assert_non_null(strstr(f->err.message, "new.json holds the same session as old.json"));
}

static void the_one_found_in_a_folder_gives_way_to_the_one_named(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    (void)add(f, "other", scaled(plain, 0.9), 1);
    (void)strcpy(f->digests[1].started_at, f->digests[0].started_at);
    f->digests[1].is_named = true;
    assert_int_equal(compare(f), 0);
    assert_ptr_equal(f->comparison.groups[0].base, &f->digests[1]);
    assert_int_equal(f->comparison.groups[0].digest_count, 2);
}

static void the_base_may_be_named(void **state)
{
    struct fixture *f = *state;
    f->options.base = "new";
    two(f, plain, scaled(plain, 0.5), 1);
    assert_int_equal(compare(f), 0);
    near("ratio", found(f, "hakmem", HB_METRIC_THROUGHPUT)->estimate, 2, 1e-3);
    f->options.base = "newest";
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
}

static void other_cpus_are_refused_and_then_compared_as_ratios(void **state)
{
    struct fixture *f = *state;
    struct truth after = scaled(plain, 3);
    after.speed[0] *= 0.9;
    two(f, plain, after, USUAL);
    (void)strcpy(f->digests[1].host.class_key, "another");
    (void)strcpy(f->digests[1].host.cpu_model, "A faster CPU");
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_INCOMPARABLE);
    assert_non_null(strstr(f->err.message, "A faster CPU"));
    f->options.allow_cross_host = true;
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = found(f, "hakmem", HB_METRIC_THROUGHPUT);
    assert_true(d->is_relative);
    near("here", d->base_value, 100.0 / 90, 2e-3);
    near("ratio of ratios", d->estimate, 0.9, 2e-3);
    assert_int_equal(d->change, HB_CHANGE_WORSE);
}

static void times_are_ratios_to_whom_was_asked_for(void **state)
{
    struct fixture *f = *state;
    struct truth after = scaled(plain, 3);
    after.speed[0] *= 0.9;
    static const struct {
        const char *to, *label; /* NULL: nobody's */
        double base;
    } cases[] = {
        {"reference", "mimalloc", 100.0 / 90},
        {"mimalloc", "mimalloc", 100.0 / 90},
        {"floor", "loop", 100.0 / 120},
        {"tcmalloc", "tcmalloc", 100.0 / 85},
        {"nobody", NULL, 0},
    };
    two(f, plain, after, USUAL);
    for (size_t i = 0; i < 2; i++)
        (void)strcpy(f->digests[i].entries[USUAL - 1].label, "loop");
    for (size_t i = 0; i < COUNT(cases); i++) {
        f->options.relative_to = cases[i].to;
        assert_int_equal(compare(f), cases[i].label ? 0 : -1);
        if (!cases[i].label) {
            assert_int_equal(f->err.kind, HB_ERR_USAGE);
            assert_non_null(
                strstr(f->err.message, "old.json has no nobody to take its times against"));
            continue;
        }
        const struct hb_difference *own = found(f, "hakmem", HB_METRIC_THROUGHPUT);
        near(cases[i].to, own->base_value, cases[i].base, 2e-3);
        near(cases[i].to, own->estimate, 0.9, 2e-3);
        assert_true(f->comparison.is_relative && own->is_relative && own->machine == 1);
        near("no machine", f->comparison.machines[0].ratio, (double)NAN, 0);
        near("nor its spread", f->comparison.machines[0].spread, (double)NAN, 0);
        assert_string_equal(f->comparison.machines[0].reference->label, cases[i].label);
        for (size_t d = 0; d < f->comparison.count; d++) /* nor is it compared with itself */
            assert_true(f->comparison.differences[d].figure != HB_FIGURE_ABOVE_FLOOR &&
                        f->comparison.differences[d].base_entry !=
                            f->comparison.machines[0].reference);
    }
}

/* Across hosts: the reference, else the floor, of both. */
static void a_reference_is_there_on_both_sides(void **state)
{
    struct fixture *f = *state;
    f->options.allow_cross_host = true;
    two(f, plain, plain, USUAL);
    (void)strcpy(f->digests[1].host.class_key, "another");
    for (size_t i = 0; i < 2; i++)
        f->digests[i].reference = -1;
    assert_int_equal(compare(f), 0);
    assert_string_equal(f->comparison.machines[0].reference->label, "floor");
    f->digests[1].floor = -1;
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "new.json has no reference and no floor"));
    f->digests[0].floor = -1;
    assert_int_equal(compare(f), -1);
    assert_non_null(strstr(f->err.message, "old.json has no reference and no floor"));
    f->digests[0].reference = 1;
    f->digests[1].reference = 2;
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_INCOMPARABLE);
    assert_non_null(
        strstr(f->err.message, "of old.json is mimalloc, that of new.json is jemalloc"));
}

static void a_host_that_is_not_known_is_told_as_such(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 1);
    (void)strcpy(f->digests[1].host.class_key, "another");
    f->digests[1].host.cpu_count = 4;
    (void)strcpy(f->digests[0].host.cpu_model, "A CPU");
    assert_int_equal(compare(f), -1);
    assert_non_null(strstr(f->err.message,
                           "old.json was measured on A CPU (0 CPUs), new.json on an "
                           "unknown CPU (4 CPUs)"));
    (void)strcpy(f->digests[1].host.cpu_model, "B CPU");
    f->digests[0].host.cpu_model[0] = '\0';
    assert_int_equal(compare(f), -1);
    assert_non_null(strstr(f->err.message, "on an unknown CPU (0 CPUs), new.json on B CPU"));
}

/* Three sides of all figures, which are more differences than there is room for at first. */
static void every_side_meets_the_base(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.5), USUAL);
    (void)add(f, "newer", scaled(plain, 2), USUAL);
    (void)add(f, "newest", scaled(plain, 4), USUAL);
    (void)add(f, "latest", scaled(plain, 8), USUAL);
    f->options.no_adjust = true;
    assert_int_equal(hb_figures_choose("all", f->options.figures, &f->err), 0);
    assert_int_equal(compare(f), 0);
    static const double ratios[] = {0.5, 2, 4, 8};
    const struct hb_comparison *c = &f->comparison;
    assert_int_equal(c->machine_count, 4);
    assert_int_equal(c->group_count, 1);
    assert_true(c->groups[0].first == 0 && c->groups[0].count == c->count && c->count > 128);
    for (size_t side = 0; side < 4; side++) {
        const struct hb_difference *d = &c->differences[side * (c->count / 4)];
        assert_ptr_equal(d->base, &f->digests[0]);
        assert_ptr_equal(d->other, &f->digests[side + 1]);
        assert_ptr_equal(c->machines[side].other, d->other);
        assert_string_equal(d->other_entry->label, "hakmem");
        near("ratio", d->estimate, ratios[side], 1e-3);
        near("machine", c->machines[side].ratio, ratios[side], 1e-3);
    }
}

static void an_allocator_that_is_nowhere_is_refused(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    f->options.allocators = "hakmem,hakmen";
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "hakmen"));
}

/* ---- what is said beside ---- */

static void what_is_not_whole_is_told(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, 2);
    f->digests[0].partial = true;
    (void)strcpy(f->digests[1].doubt, "NOT TO BE BELIEVED");
    struct hb_digest_entry *entry = &f->digests[1].entries[1];
    (void)strcpy(entry->failure, "crashed: ended by signal 11");
    entry->runs_failed = 2;
    assert_int_equal(compare(f), 0);
    assert_string_equal(hb_buf_string(&f->comparison.notes),
                        "old.json is partial: it was cut off, or still runs\n"
                        "new.json: NOT TO BE BELIEVED\n"
                        "mimalloc in new.json: 2 runs failed, 10 did not; the first: crashed: "
                        "ended by signal 11\n");
}

static void what_one_side_only_has_is_told_once_for_each(void **state)
{
    struct fixture *f = *state;
    (void)add(f, "old", plain, 3);
    (void)add(f, "new", plain, 1);
    assert_int_equal(compare(f), 0);
    assert_string_equal(hb_buf_string(&f->comparison.notes), "only in old: mimalloc, jemalloc\n");
    f->options.allocators = "hakmem,jemalloc";
    assert_int_equal(compare(f), 0);
    assert_string_equal(hb_buf_string(&f->comparison.notes), "only in old: jemalloc\n");
    f->options.base = "new.json"; /* by its path, and the other way round */
    assert_int_equal(compare(f), 0);
    assert_ptr_equal(f->comparison.groups[0].base, &f->digests[1]);
    assert_string_equal(hb_buf_string(&f->comparison.notes), "only in old: jemalloc\n");
}

static void too_few_runs_are_told(void **state)
{
    struct fixture *f = *state;
    (void)add_runs(f, "old", plain, 1, 5);
    (void)add_runs(f, "new", plain, 1, 5);
    assert_int_equal(compare(f), 0);
    assert_string_equal(hb_buf_string(&f->comparison.notes),
                        "5 runs cannot decide 1 comparison: at least 6 runs\n");
}

static void a_list_names_whole_labels(void **state)
{
    (void)state;
    static const struct {
        const char *list, *label;
        bool is_listed;
    } cases[] = {
        {NULL, "a", true},      {"a", "a", true},    {"a,b", "b", true}, {"a,b,c", "b", true},
        {"a,,b", "b", true},    {"", "a", false},    {"ab", "a", false}, {"a", "ab", false},
        {"ab,cd", "bc", false}, {"a b", "a", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (hb_compare_is_listed(cases[i].list, cases[i].label) != cases[i].is_listed)
            fail_msg("%s in %s", cases[i].label, cases[i].list);
    }
}

/* ---- figures ---- */

static void every_figure_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++) {
        assert_int_equal(hb_figure_find(hb_figure(i)->key), i);
        assert_int_equal(hb_figure_find(hb_figure(i)->name), i);
        assert_non_null(hb_figure(i)->help);
    }
    assert_int_equal(hb_figure_find("rss_peak"), HB_METRIC_RSS_PEAK);
    assert_int_equal(hb_figure_find("syscalls_per_op"), HB_METRIC_SYSCALLS_PER_OP);
    assert_int_equal(hb_figure_find("nothing"), HB_FIGURE_COUNT);
}

static void names_leave_their_units_out(void **state)
{
    (void)state;
    static const struct {
        size_t figure;
        const char *name;
        enum hb_figure_kind kind;
        bool is_time, is_default;
    } cases[] = {
        {HB_METRIC_THROUGHPUT, "throughput", HB_FIGURE_RATIO, true, true},
        {HB_METRIC_NS_PER_OP, "ns_per_op", HB_FIGURE_RATIO, true, false},
        {HB_METRIC_ELAPSED, "elapsed", HB_FIGURE_RATIO, true, false},
        {HB_METRIC_RSS_PEAK, "rss_peak", HB_FIGURE_RATIO, false, true},
        {HB_METRIC_FAULTS_MEASURED, "faults_minor_measured", HB_FIGURE_DIFFERENCE, false, true},
        {HB_METRIC_SYSCALLS_PER_OP, "syscalls_per_op", HB_FIGURE_EXACT, false, true},
        {HB_METRIC_SYSCALLS_MEASURED, "syscalls_measured", HB_FIGURE_EXACT, false, false},
        {HB_FIGURE_ABOVE_FLOOR, "ns_above_floor", HB_FIGURE_DIFFERENCE, false, true},
        {HB_FIGURE_CV, "cv", HB_FIGURE_SPREAD, false, true},
        {HB_FIGURE_P99, "latency_p99", HB_FIGURE_RATIO, true, true},
        {HB_FIGURE_RSS_SOAK, "rss", HB_FIGURE_RATIO, false, true},
        {HB_FIGURE_RSS_DRIFT, "rss_drift", HB_FIGURE_DIFFERENCE, false, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct hb_figure_info *figure = hb_figure(cases[i].figure);
        assert_string_equal(figure->name, cases[i].name);
        assert_int_equal(figure->kind, cases[i].kind);
        assert_int_equal(figure->is_default, cases[i].is_default);
        assert_int_equal(hb_figure_is_time(cases[i].figure), cases[i].is_time);
    }
    assert_string_equal(hb_figure_text(HB_METRIC_RSS_PEAK, 1048576).text, "1.00 MiB");
}

static void figures_are_chosen_by_name(void **state)
{
    (void)state;
    bool chosen[HB_FIGURE_COUNT];
    struct hb_err err = {0};
    assert_int_equal(hb_figures_choose("cv,rss_peak_bytes", chosen, &err), 0);
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        assert_int_equal(chosen[i], i == HB_FIGURE_CV || i == HB_METRIC_RSS_PEAK);
    assert_int_equal(hb_figures_choose("throughptu", chosen, &err), -1);
    assert_non_null(strstr(err.message, "throughput"));
    err = (struct hb_err){0};
    assert_int_equal(hb_figures_choose("cv,", chosen, &err), -1); /* a name is missing */
    assert_int_equal(err.kind, HB_ERR_USAGE);
    err = (struct hb_err){0};
    assert_int_equal(
        hb_figures_choose("rss_peak_bytes_and_more_than_any_name_may_have_of_letters__x", chosen,
                          &err),
        -1);
    assert_int_equal(hb_figures_choose("all", chosen, &err), 0);
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        assert_true(chosen[i]);
    assert_int_equal(hb_figures_choose(NULL, chosen, &err), 0);
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        assert_int_equal(chosen[i], hb_figure(i)->is_default);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_got_slower_is_slower_and_the_others_are_the_same),
        CASE(what_the_machine_did_to_all_is_taken_out),
        CASE(no_adjust_leaves_it_in),
        CASE(two_unchanged_allocators_are_too_few_to_tell_the_machine),
        CASE(five_runs_carry_no_verdict),
        CASE(deterministic_figures_are_equal_or_not),
        CASE(one_call_in_a_whole_run_is_no_change),
        CASE(counts_of_other_requests_have_an_interval),
        CASE(above_floor_is_without_the_machine_too),
        CASE(unchanged_bytes_are_never_blamed),
        CASE(one_that_came_in_another_way_is_another),
        CASE(a_twin_is_compared_with_its_reference_only),
        CASE(allocators_of_one_session_meet_its_reference_in_pairs),
        CASE(any_allocator_may_be_the_base),
        CASE(a_session_without_a_reference_meets_its_first),
        CASE(a_mean_is_over_workloads),
        CASE(other_workloads_are_groups_of_their_own_and_make_a_mean),
        CASE(one_side_cannot_have_two_sessions_of_one_workload),
        CASE(a_copy_of_a_session_is_left_out_and_told),
        CASE(two_sessions_of_one_second_and_seed_are_two),
        CASE(two_sessions_of_one_second_and_two_seeds_are_two),
        CASE(one_session_named_twice_is_refused),
        CASE(the_one_found_in_a_folder_gives_way_to_the_one_named),
        CASE(the_base_may_be_named),
        CASE(other_cpus_are_refused_and_then_compared_as_ratios),
        CASE(an_allocator_that_is_nowhere_is_refused),
        CASE(times_are_ratios_to_whom_was_asked_for),
        CASE(a_reference_is_there_on_both_sides),
        CASE(a_host_that_is_not_known_is_told_as_such),
        CASE(every_side_meets_the_base),
        CASE(what_is_not_whole_is_told),
        CASE(what_one_side_only_has_is_told_once_for_each),
        CASE(too_few_runs_are_told),
        cmocka_unit_test(a_list_names_whole_labels),
        cmocka_unit_test(names_leave_their_units_out),
        cmocka_unit_test(every_figure_has_a_name_of_its_own),
        cmocka_unit_test(figures_are_chosen_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
