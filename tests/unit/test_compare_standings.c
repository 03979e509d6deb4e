/* compare/standings: the table of a suite, from sessions of known truth: logs of ratios, blocks
 * that all have, who takes part, means over kinds, and which session and which reference count. */
#include "unit/compare_made.h"

#include "base/copy.h"
#include "compare/standings.h"
#include "report/standings_report.h"
#include "report/write_text.h"

#define MOST 4u /* sessions */
#define EACH 4u /* allocators of one */

static const struct made_allocator names[EACH] = {{"system", HB_ROLE_REFERENCE, ""},
                                                  {"a", HB_ROLE_SUBJECT, ""},
                                                  {"b", HB_ROLE_SUBJECT, ""},
                                                  {"c", HB_ROLE_SUBJECT, ""}};

struct world {
    struct hb_session sessions[MOST];
    struct hb_assessment assessed[MOST];
    size_t count;
    struct hb_standings out;
    struct hb_err err;
};

/* Speeds are 100 times e to the power of these. */
struct logs {
    size_t blocks;
    double log[EACH][12];
};

static double speed(size_t allocator, size_t block, void *user)
{
    const struct logs *logs = user;
    return 100 * exp(logs->log[allocator][block]);
}

/* A session that is to be judged, of the first `allocators` names. */
static struct hb_session *add(struct world *world, const char *profile, size_t allocators,
                              const struct logs *logs)
{
    struct hb_session *session = &world->sessions[world->count++];
    made_session(session, names, allocators, logs->blocks, speed, (void *)(uintptr_t)logs);
    HB_COPY(session->profile_name, profile);
    HB_COPY(session->started_at, "2026-11-28T00:00:00Z");
    return session;
}

static int make(struct world *world, const struct hb_standing_options *options)
{
    const struct hb_assess_by by = {.depth = HB_DEPTH_BRIEF};
    const struct hb_assessment *all[MOST];
    for (size_t i = 0; i < world->count; i++) {
        if (hb_assess(&world->sessions[i], &by, &world->assessed[i], &world->err) != 0)
            fail_msg("%s", world->err.message);
        all[i] = &world->assessed[i];
    }
    return hb_standings_make(all, world->count, options, &world->out, &world->err);
}

static void made_well(struct world *world)
{
    if (make(world, &(struct hb_standing_options){0}) != 0)
        fail_msg("%s", world->err.message);
}

static void drop(struct world *world)
{
    hb_standings_free(&world->out);
    for (size_t i = 0; i < world->count; i++) {
        hb_assessment_free(&world->assessed[i]);
        hb_session_free(&world->sessions[i]);
    }
    *world = (struct world){0};
}

static size_t of(const struct world *world, const char *label)
{
    size_t c = 0;
    while (c < world->out.competitors && strcmp(world->out.labels[c], label) != 0)
        c++;
    if (c == world->out.competitors)
        fail_msg("%s is not in the table", label);
    return c;
}

static double estimate(const struct world *world, size_t kind, const char *label)
{
    return world->out.kinds[kind].cells[of(world, label)].log[HB_STANDING_SPEED].estimate;
}

static double mean(const struct world *world, enum hb_kind_group group, const char *label)
{
    return world->out.groups[group][of(world, label)].log[HB_STANDING_SPEED].estimate;
}

static void is_about(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%.12g, not %.12g", value, expected);
}

#define A_TWICE                                                                                    \
    {                                                                                              \
        3,                                                                                         \
        {                                                                                          \
            {0, 0, 0}, {M_LN2, M_LN2, M_LN2},                                                      \
            {                                                                                      \
                0.1, 0.1, 0.1                                                                      \
            }                                                                                      \
        }                                                                                          \
    }

/* ---- a kind ---- */

/* Walsh averages of 0, 1, 5: 0, 1/2, 1, 5/2, 3, 5; their median is 7/4. */
static void a_kind_has_the_median_of_its_blocks(void **state)
{
    (void)state;
    static const struct logs logs = {3, {{0.3, -0.2, 0.1}, {0.3, 0.8, 5.1}}};
    struct world world = {.count = 0};
    double sd;
    (void)add(&world, "mixed", 2, &logs);
    made_well(&world);
    const struct hb_kind *kind = &world.out.kinds[0];
    assert_int_equal(world.out.kind_count, 1);
    assert_string_equal(kind->name, "mixed");
    assert_int_equal(kind->group, HB_GROUP_LOOPS);
    assert_int_equal(kind->blocks[HB_STANDING_SPEED], 3);
    assert_int_equal(kind->blocks[HB_STANDING_MEMORY], 3);
    is_about(estimate(&world, 0, "a"), 1.75);
    is_about(estimate(&world, 0, "system"), 0);
    is_about(kind->cells[of(&world, "a")].log[HB_STANDING_MEMORY].estimate, log(600.0 / 601));
    is_about(kind->cells[of(&world, "a")].bytes, 4096 * 601);
    /* (0 - 2)^2 + (1 - 2)^2 + (5 - 2)^2 is 14, over two */
    is_about(hb_kind_half_width(&world.out, kind, &sd), hb_stats_half_width(sqrt(7), 3));
    is_about(sd, sqrt(7));
    drop(&world);
}

/* Of d = 1, 2 Student's t with one degree of freedom is 12.706 (SciPy's t.ppf(0.975, 1)), s /
 * sqrt(n) 1/2; of six blocks the interval of Wilcoxon's test goes from the least Walsh average to
 * the most. */
static void few_blocks_have_students_interval(void **state)
{
    (void)state;
    static const struct logs two = {2, {{0, 0}, {1, 2}}}, one = {1, {{0}, {1}}},
                             six = {6, {{0}, {1, 2, 3, 4, 5, 6}}};
    static const struct logs *const all[] = {&one, &two, &six};
    static const double lo[] = {NAN, 1.5 - 12.706204736432095 / 2, 1},
                        hi[] = {NAN, 1.5 + 12.706204736432095 / 2, 6};
    for (size_t i = 0; i < 3; i++) {
        struct world world = {.count = 0};
        (void)add(&world, "mixed", 2, all[i]);
        made_well(&world);
        const struct hb_located *log =
            &world.out.kinds[0].cells[of(&world, "a")].log[HB_STANDING_SPEED];
        if (i == 0)
            assert_true(isnan(log->interval.lo) && isnan(log->interval.hi));
        else if (!(fabs(log->interval.lo - lo[i]) < 1e-6 && fabs(log->interval.hi - hi[i]) < 1e-6))
            fail_msg("%zu: %.9g to %.9g", i, log->interval.lo, log->interval.hi);
        drop(&world);
    }
}

/* NaN: the block is not known; with half of them one takes part, with less not. */
static void blocks_are_those_that_all_have(void **state)
{
    (void)state;
    static const struct {
        double b[4];
        size_t blocks;
        double a;
        bool takes_part;
    } cases[] = {
        {{0, 0, 0, 0}, 4, 2.5, true}, /* of 1, 2, 3, 4 */
        {{0, 0, 0, (double)NAN}, 3, 2, true},
        {{(double)NAN, 0, (double)NAN, 0}, 2, 3, true},
        {{(double)NAN, 0, (double)NAN, (double)NAN}, 4, 2.5, false},
        {{(double)NAN, (double)NAN, (double)NAN, (double)NAN}, 4, 2.5, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct logs logs = {4, {{0}, {1, 2, 3, 4}}};
        struct world world = {.count = 0};
        memcpy(logs.log[2], cases[i].b, sizeof cases[i].b);
        (void)add(&world, "mixed", 3, &logs);
        made_well(&world);
        assert_int_equal(world.out.kinds[0].blocks[HB_STANDING_SPEED], cases[i].blocks);
        assert_int_equal(world.out.kinds[0].blocks[HB_STANDING_MEMORY], 4);
        is_about(estimate(&world, 0, "a"), cases[i].a);
        assert_int_equal(isfinite(estimate(&world, 0, "b")) != 0, cases[i].takes_part);
        assert_int_equal(isfinite(mean(&world, HB_GROUP_ALL, "b")) != 0, cases[i].takes_part);
        drop(&world);
    }
}

static void who_takes_no_part_has_a_reason(void **state)
{
    (void)state;
    static const struct logs logs = A_TWICE;
    struct world world = {.count = 0};
    struct hb_session *session = add(&world, "mixed", 4, &logs);
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].allocator == 2 && session->jobs[i].block == 1)
            session->jobs[i].status = HB_STATUS_CRASHED;
    }
    HB_COPY(session->allocators[3].missing_reason, "no library");
    (void)add(&world, "batch", 3, &logs);
    made_well(&world);
    const struct hb_kind *mixed = &world.out.kinds[0], *batch = &world.out.kinds[1];
    assert_string_equal(mixed->cells[of(&world, "a")].why, "");
    assert_string_equal(mixed->cells[of(&world, "b")].why, hb_job_status_names[HB_STATUS_CRASHED]);
    assert_string_equal(mixed->cells[of(&world, "c")].why, "missing");
    assert_string_equal(batch->cells[of(&world, "b")].why, "");
    assert_string_equal(batch->cells[of(&world, "c")].why, "not measured");
    assert_true(isnan(estimate(&world, 0, "b")));
    is_about(estimate(&world, 1, "b"), 0.1);
    assert_int_equal(mixed->blocks[HB_STANDING_SPEED], 3); /* it costs the others nothing */
    assert_true(isnan(mean(&world, HB_GROUP_LOOPS, "b"))); /* it is not in all */
    is_about(mean(&world, HB_GROUP_LOOPS, "a"), M_LN2);
    drop(&world);
}

/* What it keeps at its end is compared where nothing has a speed. */
static void a_workload_that_sleeps_is_compared_by_its_end(void **state)
{
    (void)state;
    static const struct logs logs = {2, {{0}}};
    struct world world = {.count = 0};
    double sd;
    struct hb_session *session = add(&world, "spike", 2, &logs);
    for (size_t i = 0; i < session->job_count; i++) {
        session->jobs[i].metric[HB_METRIC_THROUGHPUT] = (double)NAN;
        session->jobs[i].metric[HB_METRIC_RSS_END] = 1000.0 * (1 + session->jobs[i].allocator);
    }
    made_well(&world);
    const struct hb_kind *kind = &world.out.kinds[0];
    is_about(kind->cells[of(&world, "a")].log[HB_STANDING_MEMORY].estimate, -M_LN2);
    is_about(kind->cells[of(&world, "a")].bytes, 2000);
    assert_int_equal(kind->blocks[HB_STANDING_SPEED], 0);
    assert_int_equal(kind->best, -1);
    assert_string_equal(kind->left_out, "");
    assert_int_equal(world.out.group_kinds[HB_GROUP_LOOPS], 0);
    is_about(hb_kind_half_width(&world.out, kind, &sd), 0); /* of the memory, which is even */
    drop(&world);
    session = add(&world, "nothing", 2, &logs);
    for (size_t i = 0; i < session->job_count; i++)
        session->jobs[i].metric[HB_METRIC_THROUGHPUT] =
            session->jobs[i].metric[HB_METRIC_RSS_PEAK] = (double)NAN;
    made_well(&world);
    assert_string_equal(world.out.kinds[0].left_out, "system has no figure in it");
    drop(&world);
}

/* Twelve even blocks: two that are the same are both first, the third is not. */
static void who_is_not_told_from_the_fastest_is_first_too(void **state)
{
    (void)state;
    struct logs logs = {12, {{0}}};
    struct world world = {.count = 0};
    for (size_t b = 0; b < 12; b++) {
        const double noise = 0.001 * (double)(b % 3);
        logs.log[1][b] = 0.5 + noise;
        logs.log[2][b] = 0.5 - noise;
        logs.log[3][b] = 0.2 + noise;
    }
    (void)add(&world, "mixed", 4, &logs);
    made_well(&world);
    const struct hb_kind *kind = &world.out.kinds[0];
    assert_int_equal(kind->best, of(&world, "a"));
    assert_true(kind->is_first[of(&world, "a")]);
    assert_true(kind->is_first[of(&world, "b")]);
    assert_false(kind->is_first[of(&world, "c")]);
    assert_false(kind->is_first[of(&world, "system")]);
    drop(&world);
}

/* ---- several ---- */

static void a_group_is_the_mean_of_its_kinds(void **state)
{
    (void)state;
    static const struct logs twice = A_TWICE, eight = {3, {{0}, {3 * M_LN2, 3 * M_LN2, 3 * M_LN2}}};
    struct world world = {.count = 0};
    (void)add(&world, "mixed", 2, &twice);
    (void)add(&world, "batch", 2, &eight);
    made_well(&world);
    is_about(mean(&world, HB_GROUP_LOOPS, "a"), 2 * M_LN2);
    is_about(mean(&world, HB_GROUP_ALL, "a"), 2 * M_LN2);
    assert_true(isnan(mean(&world, HB_GROUP_SWEEPS, "a")));
    assert_true(isnan(mean(&world, HB_GROUP_PROGRAMS, "a")));
    assert_int_equal(world.out.group_kinds[HB_GROUP_LOOPS], 2);
    assert_int_equal(world.out.group_kinds[HB_GROUP_ALL], 2);
    assert_int_equal(world.out.group_kinds[HB_GROUP_SWEEPS], 0);
    assert_true(isnan(world.out.groups[HB_GROUP_ALL][of(&world, "a")].bytes));
    assert_int_equal(world.out.groups[HB_GROUP_ALL][of(&world, "a")].place.rank, 1);
    assert_true(isnan(world.out.groups[HB_GROUP_ALL][of(&world, "a")].place.first)); /* not asked */
    drop(&world);
    (void)add(&world, "mixed", 3, &twice);
    assert_int_equal(make(&world, &(struct hb_standing_options){.resamples = 99}), 0);
    assert_int_equal(world.out.groups[HB_GROUP_ALL][of(&world, "a")].place.rank, 1);
    assert_int_equal(world.out.groups[HB_GROUP_ALL][of(&world, "b")].place.rank, 2);
    assert_int_equal(world.out.groups[HB_GROUP_ALL][of(&world, "system")].place.rank, 3);
    drop(&world);
}

static void a_sweep_is_the_mean_of_its_points(void **state)
{
    (void)state;
    static const struct logs logs = {3, {{0}, {1, 1, 1}}};
    struct world world = {.count = 0};
    struct hb_session *session = add(&world, "mixed", 2, &logs);
    session->points = calloc(2, sizeof *session->points);
    session->point_count = 2;
    for (size_t k = 0; k < 2; k++) {
        HB_COPY(session->points[k].name, "threads");
        (void)snprintf(session->points[k].text, sizeof session->points[k].text, "%zu", k + 1);
        session->points[k].value = k + 1;
    }
    const size_t jobs = session->job_count;
    for (size_t i = 0; i < jobs; i++) {
        struct hb_job job = session->jobs[i];
        job.point = 1;
        job.metric[HB_METRIC_THROUGHPUT] *= job.allocator ? exp(4) : 1; /* 5 in place of 1 */
        job.metric[HB_METRIC_RSS_PEAK] = 3000;
        assert_int_equal(hb_session_append(session, &job), 0);
    }
    made_well(&world);
    assert_string_equal(world.out.kinds[0].name, "mixed by threads");
    assert_int_equal(world.out.kinds[0].group, HB_GROUP_SWEEPS);
    is_about(estimate(&world, 0, "a"), 3);
    is_about(world.out.kinds[0].cells[of(&world, "a")].bytes, (4096.0 * 601 + 3000) / 2);
    is_about(mean(&world, HB_GROUP_SWEEPS, "a"), 3);
    is_about(mean(&world, HB_GROUP_ALL, "a"), 3);
    assert_int_equal(world.out.group_kinds[HB_GROUP_LOOPS], 0);
    drop(&world);
}

static void of_several_sessions_of_a_kind_the_newest_counts(void **state)
{
    (void)state;
    static const char *const dates[][2] = {
        {"2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"}, /* the second */
        {"2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"}, /* of two that are as old as well */
        {"2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z"}};
    for (size_t i = 0; i < 3; i++) {
        static const struct logs logs[] = {{2, {{0}, {1, 1}}}, {2, {{0}, {2, 2}}}};
        struct world world = {.count = 0};
        for (size_t k = 0; k < 2; k++)
            HB_COPY(add(&world, "mixed", 2, &logs[k])->started_at, dates[i][k]);
        made_well(&world);
        assert_int_equal(world.out.kind_count, 1);
        assert_int_equal(world.out.older, 1);
        is_about(estimate(&world, 0, "a"), i < 2 ? 2 : 1);
        drop(&world);
    }
}

/* A twin that is twice as fast as itself. */
static void what_is_not_believed_is_in_no_mean(void **state)
{
    (void)state;
    struct logs doubtful = {12, {{0}}}, sound = {12, {{0}}};
    struct world world = {.count = 0};
    for (size_t b = 0; b < 12; b++) {
        doubtful.log[1][b] = sound.log[1][b] = 1;
        doubtful.log[2][b] = 0.7 + 0.001 * (double)b;
    }
    struct hb_session *session = add(&world, "mixed", 3, &doubtful);
    session->allocators[2].role = HB_ROLE_TWIN;
    HB_COPY(session->allocators[2].label, "system (A/A)");
    (void)add(&world, "batch", 2, &sound);
    made_well(&world);
    assert_int_equal(world.out.competitors, 2); /* a twin is none */
    assert_non_null(strstr(world.out.kinds[0].left_out, "not to be believed"));
    assert_string_equal(world.out.kinds[1].left_out, "");
    assert_int_equal(world.out.group_kinds[HB_GROUP_ALL], 1);
    is_about(mean(&world, HB_GROUP_ALL, "a"), 1);
    drop(&world);
}

/* ---- who is compared with whom ---- */

static void the_reference_is_in_all(void **state)
{
    (void)state;
    static const struct logs logs = A_TWICE;
    static const struct {
        const char *wanted;
        bool has_other; /* a second session whose reference is another's name */
        const char *reference;
    } cases[] = {{NULL, false, "system"}, {"a", false, "a"}, {"nobody", false, NULL},
                 {NULL, true, "a"},       {"a", true, "a"},  {"system", true, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_standing_options options = {.reference = cases[i].wanted};
        struct world world = {.count = 0};
        (void)add(&world, "mixed", 3, &logs);
        if (cases[i].has_other)
            HB_COPY(add(&world, "batch", 3, &logs)->allocators[0].label, "other");
        assert_int_equal(make(&world, &options), cases[i].reference ? 0 : -1);
        if (cases[i].reference) {
            assert_int_equal(world.out.reference, of(&world, cases[i].reference));
            is_about(estimate(&world, 0, cases[i].reference), 0);
            is_about(estimate(&world, 0, "b"), cases[i].reference[0] == 'a' ? 0.1 - M_LN2 : 0.1);
        } else {
            assert_int_equal(world.err.kind, HB_ERR_USAGE);
            assert_non_null(strstr(world.err.message, "is not in all of these files"));
        }
        drop(&world);
    }
}

static void a_floor_and_a_twin_are_no_reference(void **state)
{
    (void)state;
    static const struct logs logs = A_TWICE;
    static const enum hb_role roles[] = {HB_ROLE_FLOOR, HB_ROLE_TWIN};
    for (size_t i = 0; i < 2; i++) {
        struct world world = {.count = 0};
        add(&world, "mixed", 3, &logs)->allocators[1].role = roles[i];
        assert_int_equal(make(&world, &(struct hb_standing_options){.reference = "a"}), -1);
        drop(&world);
        add(&world, "mixed", 3, &logs)->allocators[1].role = roles[i];
        made_well(&world);
        assert_int_equal(world.out.competitors, 2);
        drop(&world);
    }
}

static void only_those_that_are_asked_for(void **state)
{
    (void)state;
    static const struct logs logs = A_TWICE;
    struct world world = {.count = 0};
    (void)add(&world, "mixed", 4, &logs);
    assert_int_equal(make(&world, &(struct hb_standing_options){.allocators = "b,c"}), 0);
    assert_int_equal(world.out.competitors, 3); /* and the reference */
    is_about(estimate(&world, 0, "b"), 0.1);
    drop(&world);
}

static void tables_of_two_machines_are_refused(void **state)
{
    (void)state;
    static const struct logs logs = A_TWICE;
    struct world world = {.count = 0};
    HB_COPY(add(&world, "mixed", 2, &logs)->host.class_key, "one");
    HB_COPY(add(&world, "batch", 2, &logs)->host.class_key, "one");
    HB_COPY(add(&world, "spike", 2, &logs)->host.class_key, "another");
    assert_int_equal(make(&world, &(struct hb_standing_options){0}), -1);
    assert_int_equal(world.err.kind, HB_ERR_INCOMPARABLE);
    assert_non_null(strstr(world.err.message, "batch was measured on"));
    drop(&world);
    assert_int_equal(make(&world, &(struct hb_standing_options){0}), -1);
    assert_int_equal(world.err.kind, HB_ERR_USAGE);
    assert_string_equal(world.err.message, "no loop and no program among these files");
    drop(&world);
}

/* ---- its words ---- */

/* The table as Markdown, brief or whole. */
static char *words_of(struct world *world, bool brief)
{
    const struct hb_standings_view view = {&world->out, false};
    struct hb_screen screen = hb_screen_markdown();
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    screen.brief = brief;
    made_well(world);
    if (hb_standings_report(&view, &doc, &world->err) != 0 ||
        hb_doc_write(&doc, &screen, &out, &world->err) != 0)
        fail_msg("%s", world->err.message);
    hb_doc_free(&doc);
    return out.bytes; /* the caller's */
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* Three allocators beside the reference take seven blocks: with fewer each would be "not told from
 * the fastest" in all kinds. */
static void too_few_blocks_are_told_once(void **state)
{
    (void)state;
    struct logs few = {6, {{0}}}, enough = {7, {{0}}};
    struct world world = {.count = 0};
    for (size_t b = 0; b < 7; b++) {
        few.log[1][b] = enough.log[1][b] = 0.5 + 0.001 * (double)(b % 3);
        few.log[2][b] = enough.log[2][b] = 0.2;
    }
    (void)add(&world, "mixed", 4, &few);
    (void)add(&world, "larson", 4, &few);
    char *text = words_of(&world, false);
    assert_int_equal(count_of(text, "2 of 2 kinds have fewer than 7 blocks: too few to tell 4 "
                                    "allocators apart in any of them."),
                     1);
    assert_int_equal(count_of(text, "the fastest in"), 0);
    assert_int_equal(count_of(text, "a wins"), 0);
    assert_int_equal(count_of(text, "*"), 0);
    free(text);
    drop(&world);
    (void)add(&world, "mixed", 4, &few);
    (void)add(&world, "larson", 4, &enough);
    text = words_of(&world, false);
    assert_int_equal(count_of(text, "1 of 2 kinds have fewer than 7 blocks"), 1);
    assert_int_equal(count_of(text, "a wins larson."), 1);
    assert_int_equal(count_of(text, "b is neither first nor last in the others."), 1);
    free(text);
    drop(&world);
}

/* Nothing is there twice, and no heading is left of a section that was seen. */
static void what_is_seen_is_not_folded(void **state)
{
    (void)state;
    static const struct logs logs = {2, {{0, 0}, {1, 2}, {0.5, 0.5}, {0.1, 0.1}}};
    struct world world = {.count = 0};
    (void)add(&world, "mixed", 4, &logs);
    char *text = words_of(&world, true), *fold = strstr(text, "<details>");
    assert_non_null(fold);
    assert_int_equal(count_of(text, "Over 1 kind "), 1);
    assert_int_equal(count_of(text, "| allocator |"), 1);
    assert_int_equal(count_of(text, "Who wins where"), 0);
    assert_int_equal(count_of(text, "too few to tell"), 1);
    assert_true(strstr(text, "too few to tell") < fold && strstr(text, "| allocator |") < fold);
    assert_int_equal(count_of(fold, "### Speed by kind"), 1);
    free(text);
    drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_has_the_median_of_its_blocks),
        cmocka_unit_test(few_blocks_have_students_interval),
        cmocka_unit_test(blocks_are_those_that_all_have),
        cmocka_unit_test(who_takes_no_part_has_a_reason),
        cmocka_unit_test(a_workload_that_sleeps_is_compared_by_its_end),
        cmocka_unit_test(who_is_not_told_from_the_fastest_is_first_too),
        cmocka_unit_test(a_group_is_the_mean_of_its_kinds),
        cmocka_unit_test(a_sweep_is_the_mean_of_its_points),
        cmocka_unit_test(of_several_sessions_of_a_kind_the_newest_counts),
        cmocka_unit_test(what_is_not_believed_is_in_no_mean),
        cmocka_unit_test(the_reference_is_in_all),
        cmocka_unit_test(a_floor_and_a_twin_are_no_reference),
        cmocka_unit_test(only_those_that_are_asked_for),
        cmocka_unit_test(tables_of_two_machines_are_refused),
        cmocka_unit_test(too_few_blocks_are_told_once),
        cmocka_unit_test(what_is_seen_is_not_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
