/* Sessions of known truth: allocators with a throughput for every block, so that what `compare`
 * says can be held against what was put in.
 * Read next: test_compare.c, test_compare_power.c. */
#ifndef HB_TESTS_UNIT_COMPARE_MADE_H
#define HB_TESTS_UNIT_COMPARE_MADE_H

#include "unit/test_stats.h"

#include "compare/compare.h"

#include <string.h>

struct made_allocator {
    const char *label;
    enum hb_role role;
    const char *sha; /* "" for none */
};

/* What every block of every allocator does: operations a second. */
typedef double made_speed(size_t allocator, size_t block, void *user);

static inline void made_job(struct hb_session *session, size_t allocator, size_t block,
                            double speed)
{
    struct hb_job job;
    hb_job_init(&job);
    job.index = (uint32_t)session->job_count;
    job.block = (uint32_t)block;
    job.allocator = (uint32_t)allocator;
    job.metric[HB_METRIC_THROUGHPUT] = speed;
    job.metric[HB_METRIC_NS_PER_OP] = 1e9 / speed;
    job.metric[HB_METRIC_RSS_PEAK] = 4096.0 * (600 + (double)allocator);
    job.metric[HB_METRIC_OPERATIONS] = 20e6;
    assert_int_equal(hb_session_append(session, &job), 0);
}

static inline void made_session(struct hb_session *session, const struct made_allocator *allocators,
                                size_t count, size_t blocks, made_speed *speed, void *user)
{
    *session = (struct hb_session){.seed = 5, .allocator_count = count, .blocks = (uint32_t)blocks};
    session->kind = HB_KIND_REBASE;
    (void)snprintf(session->workload, sizeof session->workload, "made");
    session->allocators = calloc(count, sizeof *session->allocators);
    for (size_t i = 0; i < count; i++) {
        struct hb_allocator_entry *entry = &session->allocators[i];
        (void)snprintf(entry->label, sizeof entry->label, "%s", allocators[i].label);
        (void)snprintf(entry->library_sha256, sizeof entry->library_sha256, "%s",
                       allocators[i].sha);
        (void)snprintf(entry->via, sizeof entry->via, "dlopen");
        entry->role = allocators[i].role;
    }
    for (size_t b = 0; b < blocks; b++) {
        for (size_t i = 0; i < count; i++)
            made_job(session, i, b, speed(i, b, user));
    }
}

/* The session as a digest; the session is gone after. */
static inline void made_digest(struct hb_session *session, const char *label,
                               struct hb_digest *digest)
{
    struct hb_err err = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s.json", label);
    if (hb_digest_take(session, NULL, label, path, digest, &err) != 0)
        fail_msg("%s", err.message);
    hb_session_free(session);
}

static inline void made_options(struct hb_compare_options *options)
{
    struct hb_err err = {0};
    *options = (struct hb_compare_options){.margin_percent = (double)NAN};
    assert_int_equal(hb_figures_choose(NULL, options->figures, &err), 0);
}

/* The difference of this figure of this allocator, or a failed test. */
static inline const struct hb_difference *made_find(const struct hb_comparison *comparison,
                                                    const char *allocator, size_t figure)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct hb_difference *d = &comparison->differences[i];
        if (d->figure == figure && strcmp(d->other_entry->label, allocator) == 0)
            return d;
    }
    fail_msg("no difference of %s for %s", hb_figure(figure)->key, allocator);
    return NULL;
}

#endif
