/* Many machines as one comparison: who is a machine, which workloads the means are over, what is
 * told. The mean over machines itself is in test_stats_effects.c.
 * Read next: src/compare/fleet.h. */
#include "unit/compare_made.h"

#include "compare/fleet.h"

static const struct made_allocator three[] = {{"system", HB_ROLE_REFERENCE, "a"},
                                              {"fast", HB_ROLE_SUBJECT, "b"},
                                              {"twin", HB_ROLE_TWIN, "a"}};

/* Twice as fast as the reference by so much, and a little more from block to block. */
struct plan {
    double factor, scatter;
};

static double by_plan(size_t allocator, size_t block, void *user)
{
    const struct plan *plan = user;
    const double odd = block % 2 ? plan->scatter : -plan->scatter;
    return 1e6 * (allocator == 1 ? plan->factor * exp(odd) : 1);
}

/* A session of this workload on this machine. */
static void made_on(const char *machine, const char *class, const char *workload, size_t blocks,
                    struct plan plan, struct hb_digest *digest)
{
    struct hb_session session;
    made_session(&session, three, 3, blocks, by_plan, &plan);
    (void)snprintf(session.workload, sizeof session.workload, "%s", workload);
    (void)snprintf(session.profile_name, sizeof session.profile_name, "%s", workload);
    (void)snprintf(session.host.hostname, sizeof session.host.hostname, "%s", machine);
    (void)snprintf(session.host.class_key, sizeof session.host.class_key, "%s", class);
    (void)snprintf(session.host.machine_id_hash, sizeof session.host.machine_id_hash, "%016d",
                   machine[0]);
    (void)snprintf(session.started_at, sizeof session.started_at, "2026-11-0%zuT00:00:00Z",
                   blocks % 9 + 1);
    session.seed = (uint64_t)machine[0] + (uint64_t)workload[0] * 1000;
    made_digest(&session, workload, digest);
}

static const struct hb_fleet_row *row_of(const struct hb_fleet *fleet, size_t workload,
                                         size_t class, size_t figure)
{
    for (size_t i = 0; i < fleet->row_count; i++) {
        const struct hb_fleet_row *row = &fleet->rows[i];
        if (row->workload == workload && row->class == class && row->figure == figure)
            return row;
    }
    fail_msg("no such row");
    return NULL;
}

static bool is_told(const struct hb_fleet *fleet, const char *words)
{
    return strstr(hb_buf_string(&fleet->notes), words) != NULL;
}

static void make(const struct hb_digest *digests, size_t n, struct hb_fleet *fleet)
{
    struct hb_compare_options options;
    struct hb_err err = {0};
    made_options(&options);
    if (hb_fleet_make(digests, n, &options, fleet, &err) != 0)
        fail_msg("%s", err.message);
}

static void free_all(struct hb_digest *digests, size_t n, struct hb_fleet *fleet)
{
    hb_fleet_free(fleet);
    for (size_t i = 0; i < n; i++)
        hb_digest_free(&digests[i]);
}

/* Noise of 0: the mean over machines is that of the logs, and the spread is theirs. */
static void ratios_are_over_machines(void **state)
{
    (void)state;
    struct hb_digest d[4];
    struct hb_fleet fleet;
    made_on("a", "old", "w", 4, (struct plan){2.0, 0}, &d[0]);
    made_on("b", "old", "w", 4, (struct plan){2.6, 0}, &d[1]);
    made_on("c", "new", "w", 4, (struct plan){3.0, 0}, &d[2]);
    made_on("d", "new", "w", 4, (struct plan){3.0, 0}, &d[3]);
    assert_true(hb_fleet_is_one(d, 4));
    make(d, 4, &fleet);
    assert_int_equal(fleet.machine_count, 4);
    assert_int_equal(fleet.class_count, 2);
    assert_int_equal(fleet.common_count, 1);
    assert_string_equal(fleet.reference, "system");
    const struct hb_fleet_row *all = row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_THROUGHPUT);
    const struct hb_fleet_row *old = row_of(&fleet, 0, 0, HB_METRIC_THROUGHPUT);
    const struct hb_fleet_row *new = row_of(&fleet, 0, 1, HB_METRIC_THROUGHPUT);
    near("all", all->effect.estimate, (log(2.0) + log(2.6) + 2 * log(3.0)) / 4, 1e-12);
    near("old", old->effect.estimate, (log(2.0) + log(2.6)) / 2, 1e-12);
    near("their spread", old->effect.spread, log(1.3) / sqrt(2), 1e-12);
    near("new", new->effect.estimate, log(3.0), 1e-12);
    near("new: no spread", new->effect.spread, 0, 1e-15);
    near("lowest", all->lowest, 2.0, 1e-12);
    near("highest", all->highest, 3.0, 1e-12);
    assert_int_equal(new->change, HB_CHANGE_BETTER);
    assert_int_equal(old->change, HB_CHANGE_INCONCLUSIVE); /* two machines: t = 12.7 */
    for (size_t i = 0; i < fleet.row_count; i++)
        assert_string_equal(fleet.rows[i].label, "fast"); /* neither reference nor twin */
    free_all(d, 4, &fleet);
}

/* Blocks that scatter: a machine's noise is s^2 / n of its logs. */
static void noise_of_a_machine_counts(void **state)
{
    (void)state;
    struct hb_digest d[2];
    struct hb_fleet fleet;
    made_on("a", "x", "w", 4, (struct plan){2.0, 0.3}, &d[0]);
    made_on("b", "x", "w", 4, (struct plan){2.0, 0.3}, &d[1]);
    make(d, 2, &fleet);
    const struct hb_fleet_row *row = row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_THROUGHPUT);
    const double v = 4 * 0.09 / 3 / 4; /* of -.3, .3, -.3, .3 */
    near("error", row->effect.error, sqrt(v / 2), 1e-12);
    near("no spread", row->effect.spread, 0, 0);
    near("p of one allocator stays", row->p_holm, row->effect.p, 0);
    free_all(d, 2, &fleet);
}

static void one_machine_has_no_interval(void **state)
{
    (void)state;
    struct hb_digest d[2];
    struct hb_fleet fleet;
    made_on("a", "x", "v", 4, (struct plan){2.0, 0.1}, &d[0]);
    made_on("a", "x", "w", 4, (struct plan){2.0, 0.1}, &d[1]);
    assert_true(hb_fleet_is_one(d, 2));
    make(d, 2, &fleet);
    const struct hb_fleet_row *mean =
        row_of(&fleet, HB_FLEET_ALL, HB_FLEET_ALL, HB_METRIC_THROUGHPUT);
    near("its value", mean->effect.estimate, log(2.0), 1e-12);
    assert_true(isnan(mean->effect.interval.lo));
    assert_int_equal(mean->change, HB_CHANGE_NONE);
    assert_true(is_told(&fleet, "one machine"));
    free_all(d, 2, &fleet);
}

/* Two sessions of one workload on one machine are before and after, not a fleet. */
static void pairs_of_one_machine_are_no_fleet(void **state)
{
    (void)state;
    struct hb_digest d[2];
    made_on("a", "x", "w", 4, (struct plan){2.0, 0.1}, &d[0]);
    made_on("a", "x", "w", 5, (struct plan){2.0, 0.1}, &d[1]);
    assert_false(hb_fleet_is_one(d, 2));
    assert_false(hb_fleet_is_one(d, 0));
    for (size_t i = 0; i < 2; i++)
        hb_digest_free(&d[i]);
}

/* "c" was lost after its first workload; "only" is on one machine. */
static void what_is_not_there_is_told(void **state)
{
    (void)state;
    struct hb_digest d[7];
    struct hb_fleet fleet;
    made_on("a", "x", "v", 4, (struct plan){2.0, 0}, &d[0]);
    made_on("a", "x", "w", 4, (struct plan){2.0, 0}, &d[1]);
    made_on("b", "x", "v", 4, (struct plan){2.0, 0}, &d[2]);
    made_on("b", "x", "w", 4, (struct plan){2.0, 0}, &d[3]);
    made_on("c", "x", "v", 1, (struct plan){8.0, 0}, &d[4]);
    made_on("c", "x", "w", 0, (struct plan){8.0, 0}, &d[5]);
    made_on("a", "x", "only", 4, (struct plan){5.0, 0}, &d[6]);
    d[4].partial = d[5].partial = true;
    make(d, 7, &fleet);
    assert_int_equal(fleet.workload_count, 3);
    assert_int_equal(fleet.common_count, 2);
    const struct hb_fleet_row *mean =
        row_of(&fleet, HB_FLEET_ALL, HB_FLEET_ALL, HB_METRIC_THROUGHPUT);
    assert_int_equal(mean->effect.n, 2);
    near("without what was lost", mean->effect.estimate, log(2.0), 1e-12);
    assert_int_equal(row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_THROUGHPUT)->effect.n, 3);
    assert_true(is_told(&fleet, "c was cut off: 2 of its 2 sessions"));
    assert_true(is_told(&fleet, "c has nothing of w"));
    assert_true(is_told(&fleet, "in no mean: only"));
    assert_int_equal(fleet.machines[2].lacks, 1);
    free_all(d, 7, &fleet);
}

static void of_one_machine_the_newest_counts(void **state)
{
    (void)state;
    struct hb_digest d[4];
    struct hb_fleet fleet;
    made_on("a", "x", "w", 5, (struct plan){3.0, 0}, &d[0]); /* newer: by its blocks */
    made_on("a", "x", "w", 4, (struct plan){2.0, 0}, &d[1]);
    made_on("b", "x", "w", 4, (struct plan){3.0, 0}, &d[2]);
    made_on("b", "x", "w", 4, (struct plan){3.0, 0}, &d[3]); /* a copy */
    make(d, 4, &fleet);
    const struct hb_fleet_row *row = row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_THROUGHPUT);
    near("newest", row->effect.estimate, log(3.0), 1e-12);
    assert_true(is_told(&fleet, "1 older sessions"));
    assert_true(is_told(&fleet, "1 sessions are there twice"));
    free_all(d, 4, &fleet);
}

static void doubtful_times_are_left_out(void **state)
{
    (void)state;
    struct hb_digest d[3];
    struct hb_fleet fleet;
    for (size_t i = 0; i < 3; i++)
        made_on((const char *[]){"a", "b", "c"}[i], "x", "w", 4, (struct plan){2.0, 0}, &d[i]);
    (void)snprintf(d[2].doubt, sizeof d[2].doubt, "its reference differs from itself");
    make(d, 3, &fleet);
    assert_int_equal(row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_THROUGHPUT)->effect.n, 2);
    assert_int_equal(row_of(&fleet, 0, HB_FLEET_ALL, HB_METRIC_RSS_PEAK)->effect.n, 3);
    assert_true(is_told(&fleet, "its times are left out"));
    free_all(d, 3, &fleet);
}

/* Names of one machine-id, and a library of other bytes. */
static void clones_and_builds_are_told(void **state)
{
    (void)state;
    struct hb_digest d[2];
    struct hb_fleet fleet;
    made_on("a1", "x", "w", 4, (struct plan){2.0, 0}, &d[0]);
    made_on("a2", "x", "w", 4, (struct plan){2.0, 0}, &d[1]);
    (void)snprintf(d[1].entries[1].library_sha256, 65, "other");
    make(d, 2, &fleet);
    assert_int_equal(fleet.machine_count, 2);
    assert_true(is_told(&fleet, "a1, a2 have the machine-id of another"));
    assert_true(is_told(&fleet, "fast is not the same library everywhere"));
    free_all(d, 2, &fleet);
}

static void labels_name_machines(void **state)
{
    (void)state;
    struct hb_digest d[2];
    struct hb_fleet fleet;
    made_on("localhost", "x", "w", 4, (struct plan){2.0, 0}, &d[0]);
    made_on("localhost", "y", "w", 4, (struct plan){2.0, 0}, &d[1]);
    d[0].is_labelled = true;
    (void)snprintf(d[0].label, sizeof d[0].label, "first");
    make(d, 2, &fleet);
    assert_string_equal(fleet.machines[0].name, "first");
    assert_string_equal(fleet.machines[1].name, "localhost");
    free_all(d, 2, &fleet);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct hb_digest d[2];
    struct hb_fleet fleet;
    struct hb_compare_options options;
    struct hb_err err = {0};
    made_on("a", "x", "w", 4, (struct plan){2.0, 0}, &d[0]);
    made_on("b", "x", "w", 4, (struct plan){2.0, 0}, &d[1]);
    made_options(&options);
    options.relative_to = "nobody";
    assert_int_equal(hb_fleet_make(d, 2, &options, &fleet, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    hb_fleet_free(&fleet);
    options.relative_to = NULL;
    options.allocators = "fast,nobody";
    assert_int_equal(hb_fleet_make(d, 2, &options, &fleet, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    free_all(d, 2, &fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_over_machines),
        cmocka_unit_test(noise_of_a_machine_counts),
        cmocka_unit_test(one_machine_has_no_interval),
        cmocka_unit_test(pairs_of_one_machine_are_no_fleet),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(of_one_machine_the_newest_counts),
        cmocka_unit_test(doubtful_times_are_left_out),
        cmocka_unit_test(clones_and_builds_are_told),
        cmocka_unit_test(labels_name_machines),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
