/* compare: what is grouped, matched, adjusted, refused; gates; timelines. */
#include "unit/compare_made.h"

#include "base/buf.h"
#include "compare/environment.h"
#include "compare/gate.h"
#include "compare/timeline.h"

#include <math.h>

static const struct made_allocator usual[] = {
    {"hakmem", HB_ROLE_SUBJECT, ""},    {"mimalloc", HB_ROLE_REFERENCE, "b"},
    {"jemalloc", HB_ROLE_SUBJECT, "c"}, {"tcmalloc", HB_ROLE_SUBJECT, "d"},
    {"system", HB_ROLE_SUBJECT, "e"},   {"floor", HB_ROLE_FLOOR, "f"},
};
enum { USUAL = COUNT(usual), BLOCKS = 10 };

/* Speed of each allocator, with a little that differs from block to block. */
struct truth {
    double speed[USUAL];
};

static double speed_of(size_t allocator, size_t block, void *user)
{
    const struct truth *truth = user;
    return truth->speed[allocator] * (1 + 0.001 * (double)((block * 7 + allocator * 3) % 10));
}

static const struct truth plain = {{100e6, 90e6, 80e6, 85e6, 70e6, 120e6}};

static void make(struct hb_digest *digest, const char *label, struct truth truth, size_t count)
{
    struct hb_session session;
    made_session(&session, usual, count, BLOCKS, speed_of, &truth);
    (void)snprintf(session.started_at, sizeof session.started_at, "%s", label);
    made_digest(&session, label, digest);
}

static struct truth scaled(struct truth truth, double by)
{
    for (size_t i = 0; i < USUAL; i++)
        truth.speed[i] *= by;
    return truth;
}

struct fixture {
    struct hb_digest digests[16];
    size_t count;
    struct hb_compare_options options;
    struct hb_comparison comparison;
    struct hb_err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    made_options(&f->options);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hb_comparison_free(&f->comparison);
    for (size_t i = 0; i < f->count; i++)
        hb_digest_free(&f->digests[i]);
    free(f);
    return 0;
}

static int compare(struct fixture *f)
{
    return hb_compare(f->digests, f->count, &f->options, &f->comparison, &f->err);
}

static void two(struct fixture *f, struct truth before, struct truth after, size_t count)
{
    make(&f->digests[f->count++], "old", before, count);
    make(&f->digests[f->count++], "new", after, count);
}

/* ---- across sessions ---- */

static void what_got_slower_is_slower_and_the_others_are_the_same(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[0] *= 0.95;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *own = made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
    assert_string_equal(hb_change_word(own->figure, own->change), "slower");
    near("ratio", own->estimate, 0.95, 1e-3);
    near("a12", own->a12, 0, 0);
    assert_true(own->interval.hi < 0.96 && own->interval.lo > 0.94);
    const struct hb_difference *other = made_find(&f->comparison, "tcmalloc", HB_METRIC_THROUGHPUT);
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
    const struct hb_difference *own = made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT);
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
    const struct hb_difference *own = made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT);
    near("own", own->estimate, 0.9, 1e-3);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
}

static void two_unchanged_allocators_are_too_few_to_tell_the_machine(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.9), 3);
    assert_int_equal(compare(f), 0);
    assert_true(isnan(f->comparison.machines[0].ratio));
    near("own", made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT)->estimate, 0.9, 1e-3);
}

static void five_runs_carry_no_verdict(void **state)
{
    struct fixture *f = *state;
    struct hb_session session;
    struct truth before = plain, after = scaled(plain, 0.5);
    made_session(&session, usual, 1, 5, speed_of, &before);
    made_digest(&session, "old", &f->digests[f->count++]);
    made_session(&session, usual, 1, 5, speed_of, &after);
    made_digest(&session, "new", &f->digests[f->count++]);
    assert_int_equal(compare(f), 0);
    assert_int_equal(made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT)->change,
                     HB_CHANGE_NONE);
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
    const struct hb_difference *d = made_find(&f->comparison, "hakmem", HB_METRIC_SYSCALLS_PER_OP);
    assert_int_equal(d->change, HB_CHANGE_WORSE);
    assert_string_equal(hb_change_word(d->figure, d->change), "more");
    near("difference", d->estimate, 2e-9, 1e-12);
}

/* Sets the counted calls of an allocator in a session of 20e6 operations. */
static void set_calls(struct hb_digest *digest, size_t allocator, double calls)
{
    struct hb_digest_entry *entry = &digest->entries[allocator];
    entry->counted_operations = 20e6;
    entry->series[HB_METRIC_SYSCALLS_PER_OP].value = calls / 20e6;
    entry->series[HB_METRIC_SYSCALLS_PER_OP].n = 1;
}

static enum hb_change change_of_calls(struct fixture *f, double before, double after)
{
    set_calls(&f->digests[0], 0, before);
    set_calls(&f->digests[1], 0, after);
    hb_comparison_free(&f->comparison);
    assert_int_equal(compare(f), 0);
    return made_find(&f->comparison, "hakmem", HB_METRIC_SYSCALLS_PER_OP)->change;
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
    const struct hb_difference *own = made_find(&f->comparison, "hakmem", HB_FIGURE_ABOVE_FLOOR);
    near("own", own->estimate, 10 / 0.9 - 10, 0.02);
    assert_int_equal(own->change, HB_CHANGE_WORSE);
    for (size_t i = 1; i + 1 < USUAL; i++) {
        const struct hb_difference *d =
            made_find(&f->comparison, usual[i].label, HB_FIGURE_ABOVE_FLOOR);
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
        assert_int_equal(made_find(&f->comparison, "tcmalloc", figures[i])->change,
                         HB_CHANGE_MACHINE);
}

/* ---- within one session ---- */

static void allocators_of_one_session_meet_its_reference_in_pairs(void **state)
{
    struct fixture *f = *state;
    make(&f->digests[f->count++], "one", plain, USUAL);
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT);
    assert_string_equal(d->base_entry->label, "mimalloc");
    assert_true(d->is_paired);
    near("ratio", d->estimate, 100.0 / 90, 5e-3);
    assert_int_equal(d->change, HB_CHANGE_BETTER);
}

static void any_allocator_may_be_the_base(void **state)
{
    struct fixture *f = *state;
    f->options.base_allocator = "jemalloc";
    make(&f->digests[f->count++], "one", plain, USUAL);
    assert_int_equal(compare(f), 0);
    near("ratio", made_find(&f->comparison, "system", HB_METRIC_THROUGHPUT)->estimate, 70.0 / 80,
         2e-3);
    f->options.base_allocator = "dlmalloc";
    hb_comparison_free(&f->comparison);
    assert_int_equal(compare(f), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "dlmalloc"));
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
    make(&f->digests[f->count++], "copy", plain, 1);
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
    make(&f->digests[f->count++], "other", scaled(plain, 0.9), 1);
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
    near("ratio", made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT)->estimate, 2, 1e-3);
    hb_comparison_free(&f->comparison);
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
    hb_comparison_free(&f->comparison);
    f->err = (struct hb_err){0};
    f->options.allow_cross_host = true;
    assert_int_equal(compare(f), 0);
    const struct hb_difference *d = made_find(&f->comparison, "hakmem", HB_METRIC_THROUGHPUT);
    assert_true(d->is_relative);
    near("here", d->base_value, 100.0 / 90, 2e-3);
    near("ratio of ratios", d->estimate, 0.9, 2e-3);
    assert_int_equal(d->change, HB_CHANGE_WORSE);
}

static void what_differs_around_is_listed(void **state)
{
    struct fixture *f = *state;
    struct hb_environment_change *changes = NULL;
    size_t count = 0;
    two(f, plain, plain, 2);
    (void)strcpy(f->digests[0].host.kernel, "6.1.0-18");
    (void)strcpy(f->digests[1].host.kernel, "6.1.0-21");
    (void)strcpy(f->digests[1].host.libc, "glibc 2.36"); /* not known there: no difference */
    (void)strcpy(f->digests[1].entries[1].library_sha256, "changed");
    assert_int_equal(hb_environment_changes(&f->digests[0], &f->digests[1], &changes, &count), 0);
    assert_int_equal(count, 2);
    assert_string_equal(changes[0].what, "kernel");
    assert_string_equal(changes[0].other, "6.1.0-21");
    assert_string_equal(changes[1].what, "library of mimalloc");
    free(changes);
}

/* ---- gates ---- */

static enum hb_gate_outcome held(struct fixture *f, const char *text)
{
    struct hb_gate *gates = NULL;
    struct hb_gate_result *results = NULL;
    size_t count = 0, result_count = 0;
    if (hb_gates_parse(text, &gates, &count, &f->err) != 0)
        fail_msg("%s", f->err.message);
    if (hb_gates_hold(gates, count, &f->comparison, &results, &result_count, &f->err) != 0)
        fail_msg("%s", f->err.message);
    assert_int_equal(result_count, 1);
    const enum hb_gate_outcome outcome = results[0].outcome;
    free(results);
    free(gates);
    return outcome;
}

static void a_gate_fails_only_beyond_its_limit_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[0] *= 0.95;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    assert_int_equal(held(f, "throughput<-3%"), HB_GATE_FAIL);
    assert_int_equal(held(f, "throughput<-5%"), HB_GATE_INCONCLUSIVE);
    assert_int_equal(held(f, "throughput<-8%"), HB_GATE_PASS);
    assert_int_equal(held(f, "throughput_ops_per_s<-3%"), HB_GATE_FAIL);
    assert_int_equal(held(f, "hakmem:throughput>+1%"), HB_GATE_PASS);
    assert_int_equal(held(f, "throughput<90M"), HB_GATE_PASS);
    assert_int_equal(held(f, "throughput<99M"), HB_GATE_FAIL);
    assert_int_equal(held(f, "rss_peak>+5%"), HB_GATE_PASS);
    assert_int_equal(held(f, "rss_peak>1MiB"), HB_GATE_FAIL);
    assert_int_equal(held(f, "rss_peak>64MiB"), HB_GATE_PASS);
    assert_int_equal(held(f, "cv>2%"), HB_GATE_PASS);
    assert_int_equal(held(f, "cv>0.01%"), HB_GATE_FAIL);
}

static void a_change_from_nothing_is_beyond_every_limit(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    (void)change_of_calls(f, 0, 500);
    assert_int_equal(held(f, "syscalls_per_op>+5%"), HB_GATE_FAIL);
    assert_int_equal(held(f, "syscalls_per_op<-5%"), HB_GATE_PASS);
    (void)change_of_calls(f, 3, 4); /* +33 %, but one call */
    assert_int_equal(held(f, "syscalls_per_op>+5%"), HB_GATE_PASS);
    f->digests[1].seed = 6;
    (void)change_of_calls(f, 0, 3); /* of other requests */
    assert_int_equal(held(f, "syscalls_per_op>+5%"), HB_GATE_INCONCLUSIVE);
}

static void what_came_to_a_halt_fails(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    struct hb_series *series = &f->digests[1].entries[0].series[HB_METRIC_THROUGHPUT];
    for (size_t i = 0; i < BLOCKS; i++)
        series->values[i] = 0;
    series->value = 0;
    assert_int_equal(compare(f), 0);
    assert_int_equal(held(f, "throughput<-3%"), HB_GATE_FAIL);
}

/* What becomes of a gate, with who it was about and why. */
static void holds(struct fixture *f, const char *text, const char *expected)
{
    struct hb_gate *gates = NULL;
    struct hb_gate_result *results = NULL;
    size_t count = 0, result_count = 0;
    struct hb_buf said = {0};
    assert_int_equal(hb_gates_parse(text, &gates, &count, &f->err), 0);
    if (hb_gates_hold(gates, count, &f->comparison, &results, &result_count, &f->err) != 0)
        hb_buf_printf(&said, "error %d", f->err.kind);
    for (size_t i = 0; i < result_count; i++)
        hb_buf_printf(&said, "%s%s %s%s%s", i ? "; " : "", results[i].allocator,
                      hb_gate_word(results[i].outcome), results[i].why[0] ? ": " : "",
                      results[i].why);
    assert_string_equal(hb_buf_string(&said), expected);
    hb_buf_free(&said);
    f->err = (struct hb_err){0};
    free(results);
    free(gates);
}

static void a_gate_that_holds_nobody_says_so(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    for (size_t i = 0; i < 2; i++)
        (void)strcpy(f->digests[i].entries[0].library_sha256, "a");
    assert_int_equal(compare(f), 0);
    holds(f, "rss_peak>1MiB",
          " unchanged: no library changed: name the allocator to hold it all the same");
    holds(f, "hakmem:rss_peak>1MiB",
          "hakmem fail: the same bytes: what differs is the machine or the seed");
    holds(f, "hakmem:latency_p99>+5%", "error 1");
    holds(f, "nobody:rss_peak>1MiB", "error 1");
}

static void a_gate_misses_nobody(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    (void)strcpy(f->digests[1].entries[0].label, "renamed");
    (void)strcpy(f->digests[1].entries[1].library_sha256, "new");
    (void)strcpy(f->digests[1].entries[2].library_sha256, "new");
    f->digests[0].entries[2].series[HB_METRIC_RSS_PEAK] =
        f->digests[1].entries[2].series[HB_METRIC_RSS_PEAK] =
            (struct hb_series){.value = (double)NAN};
    assert_int_equal(compare(f), 0);
    holds(f, "rss_peak>64MiB",
          "renamed unknown: not in the base; mimalloc pass; jemalloc unknown: no value; "
          "hakmem unknown: in the base only");
}

static void a_gate_does_not_turn_to_another_question(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    free(f->digests[1].key);
    f->digests[1].key = strdup("rebase larson");
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "error 3");
    f->options.base_allocator = "mimalloc";
    hb_comparison_free(&f->comparison);
    assert_int_equal(compare(f), 0);
    holds(f, "hakmem:throughput<-3%", "hakmem pass; hakmem pass");
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

static void gates_that_make_no_sense_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"",
                                      "throughput",
                                      "throughput<",
                                      "<3%",
                                      "thruput<3%",
                                      "throughput<x%",
                                      "throughput<nan%",
                                      "rss_peak>5parsecs",
                                      "throughput<-3%,",
                                      ":throughput<1%",
                                      "throughput<-3",
                                      "throughput<3",
                                      "throughput<3%",
                                      "throughput<100000000",
                                      "rss_peak>+5",
                                      "rss_peak>5",
                                      "rss_peak>+5MiB",
                                      "latency_p99>5",
                                      "cv>2",
                                      "syscalls_per_op>+1e-8"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct hb_gate *gates = NULL;
        size_t count = 0;
        struct hb_err err = {0};
        if (hb_gates_parse(bad[i], &gates, &count, &err) == 0)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        assert_null(gates);
    }
    two(f, plain, plain, 1);
    assert_int_equal(compare(f), 0);
    struct hb_gate *gates = NULL;
    struct hb_gate_result *results = NULL;
    size_t count = 0, result_count = 0;
    assert_int_equal(hb_gates_parse("latency_p99>5%", &gates, &count, &f->err), 0);
    assert_int_equal(hb_gates_hold(gates, count, &f->comparison, &results, &result_count, &f->err),
                     -1);
    assert_non_null(strstr(f->err.message, "latency_p99"));
    free(gates);
}

/* ---- timelines ---- */

static const struct hb_timeline *line_of(const struct hb_timelines *timelines, const char *label,
                                         size_t figure)
{
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].figure == figure && strcmp(timelines->lines[i].label, label) == 0)
            return &timelines->lines[i];
    }
    fail_msg("no line of %s", label);
    return NULL;
}

static void a_step_has_its_date_and_the_machine_is_taken_out(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    for (size_t i = 0; i < 12; i++) {
        struct truth truth = scaled(plain, i % 2 ? 1 : 0.9); /* a machine that comes and goes */
        char label[16];
        truth.speed[0] *= i >= 7 ? 0.96 : 1;
        (void)snprintf(label, sizeof label, "s%zu", i);
        make(&f->digests[f->count], label, truth, USUAL);
        (void)snprintf(f->digests[f->count].started_at, 32, "2026-11-%02zuT10:00:00Z", 29 - i);
        f->count++;
    }
    /* by date the last made is the first: the step is from s7 to s6, at 23 November */
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    const struct hb_timeline *own = line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT);
    assert_int_equal(own->count, 12);
    assert_true(own->is_adjusted);
    assert_int_equal(own->step_count, 1);
    assert_int_equal(own->steps[0].at, 5);
    assert_string_equal(own->points[5].digest->started_at, "2026-11-23T10:00:00Z");
    assert_true(own->steps[0].is_better);
    near("step", own->steps[0].after / own->steps[0].before, 1 / 0.96, 1e-3);
    assert_int_equal(line_of(&timelines, "jemalloc", HB_METRIC_THROUGHPUT)->step_count, 0);
    assert_int_equal(line_of(&timelines, "hakmem", HB_METRIC_RSS_PEAK)->step_count, 0);
    hb_timelines_free(&timelines);
}

static void two_sessions_are_no_trend(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    two(f, plain, plain, 1);
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    hb_timelines_free(&timelines);
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
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        CASE(allocators_of_one_session_meet_its_reference_in_pairs),
        CASE(any_allocator_may_be_the_base),
        CASE(other_workloads_are_groups_of_their_own_and_make_a_mean),
        CASE(one_side_cannot_have_two_sessions_of_one_workload),
        CASE(a_copy_of_a_session_is_left_out_and_told),
        CASE(two_sessions_of_one_second_and_seed_are_two),
        CASE(one_session_named_twice_is_refused),
        CASE(the_one_found_in_a_folder_gives_way_to_the_one_named),
        CASE(the_base_may_be_named),
        CASE(other_cpus_are_refused_and_then_compared_as_ratios),
        CASE(what_differs_around_is_listed),
        CASE(a_gate_fails_only_beyond_its_limit_as_a_whole),
        CASE(a_change_from_nothing_is_beyond_every_limit),
        CASE(what_came_to_a_halt_fails),
        CASE(a_gate_that_holds_nobody_says_so),
        CASE(a_gate_misses_nobody),
        CASE(a_gate_does_not_turn_to_another_question),
        CASE(an_allocator_that_is_nowhere_is_refused),
        CASE(gates_that_make_no_sense_are_refused),
        CASE(a_step_has_its_date_and_the_machine_is_taken_out),
        CASE(two_sessions_are_no_trend),
        cmocka_unit_test(every_figure_has_a_name_of_its_own),
        cmocka_unit_test(figures_are_chosen_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
