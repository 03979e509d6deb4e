/* The usual sessions: six allocators of which five do not change, before and after; and what is
 * asked of their comparison.
 * Read next: compare_made.h, any test_compare_*.c. */
#ifndef HB_TESTS_UNIT_COMPARE_USUAL_H
#define HB_TESTS_UNIT_COMPARE_USUAL_H

#include "unit/compare_made.h"

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

static const struct truth plain = {{100e6, 90e6, 80e6, 85e6, 70e6, 120e6}};

static inline double usual_speed(size_t allocator, size_t block, void *user)
{
    const struct truth *truth = user;
    return truth->speed[allocator] * (1 + 0.001 * (double)((block * 7 + allocator * 3) % 10));
}

static inline struct truth scaled(struct truth truth, double by)
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

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    made_options(&f->options);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    hb_comparison_free(&f->comparison);
    for (size_t i = 0; i < f->count; i++)
        hb_digest_free(&f->digests[i]);
    free(f);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* One more session, of the first `count` allocators and so many runs of each. */
static inline struct hb_digest *add_runs(struct fixture *f, const char *label, struct truth truth,
                                         size_t count, size_t runs)
{
    struct hb_session session;
    struct hb_digest *digest = &f->digests[f->count++];
    made_session(&session, usual, count, runs, usual_speed, &truth);
    (void)snprintf(session.started_at, sizeof session.started_at, "%s", label);
    made_digest(&session, label, digest);
    return digest;
}

static inline struct hb_digest *add(struct fixture *f, const char *label, struct truth truth,
                                    size_t count)
{
    return add_runs(f, label, truth, count, BLOCKS);
}

static inline void two(struct fixture *f, struct truth before, struct truth after, size_t count)
{
    (void)add(f, "old", before, count);
    (void)add(f, "new", after, count);
}

/* Anew when it was compared before. */
static inline int compare(struct fixture *f)
{
    hb_comparison_free(&f->comparison);
    f->err = (struct hb_err){0};
    return hb_compare(f->digests, f->count, &f->options, &f->comparison, &f->err);
}

static inline const struct hb_difference *found(const struct fixture *f, const char *allocator,
                                                size_t figure)
{
    return made_find(&f->comparison, allocator, figure);
}

/* Sets the counted calls of an allocator in a session of 20e6 operations. */
static inline void set_calls(struct hb_digest *digest, size_t allocator, double calls)
{
    struct hb_digest_entry *entry = &digest->entries[allocator];
    entry->counted_operations = 20e6;
    entry->series[HB_METRIC_SYSCALLS_PER_OP].value = calls / 20e6;
    entry->series[HB_METRIC_SYSCALLS_PER_OP].n = 1;
}

/* What becomes of hakmem's calls, of the two sessions there are. */
static inline enum hb_change change_of_calls(struct fixture *f, double before, double after)
{
    set_calls(&f->digests[0], 0, before);
    set_calls(&f->digests[1], 0, after);
    assert_int_equal(compare(f), 0);
    return found(f, "hakmem", HB_METRIC_SYSCALLS_PER_OP)->change;
}

#endif
