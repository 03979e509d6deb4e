/* Many sessions of one workload by date: one line an allocator and figure, and where its level
 * changed. Times are without what the machine did to all, and what was measured while the machine
 * was noisy counts for less.
 * Read next: src/stats/steps.h, docs/statistics.md, "Over many sessions". */
#ifndef HB_COMPARE_TIMELINE_H
#define HB_COMPARE_TIMELINE_H

#include "compare/compare.h"

struct hb_timepoint {
    const struct hb_digest *digest;
    double value; /* as measured: a median */
    double level; /* the machine's own shift since the first session taken out */
    double noisy; /* how many times as noisy as usual its session was; 1: as usual */
};

/* The level changed between two neighbouring points. */
struct hb_timestep {
    size_t at;            /* first point on the new level */
    double before, after; /* medians of the levels, in the figure's unit */
    bool is_better;
};

struct hb_timeline {
    size_t group, figure;
    const char *label;
    struct hb_timepoint *points; /* by date; owned */
    size_t count;
    bool is_adjusted; /* level differs from value: there were enough unchanged allocators */
    double noise;     /* between neighbouring sessions, a fraction of the level; NaN: too few */
    struct hb_timestep *steps; /* owned */
    size_t step_count;
};

/* A time in which the machine was noisy, by the floors of the sessions of one workload. */
struct hb_noisy_time {
    size_t group;
    const struct hb_digest *first, *last; /* both in it */
    size_t sessions;
    double factor; /* so many times the usual floor */
};

struct hb_timelines {
    struct hb_timeline *lines; /* owned */
    size_t count;
    struct hb_noisy_time *noisy; /* by group and date; owned */
    size_t noisy_count;
    size_t groups;  /* how many workloads */
    size_t copies;  /* sessions that were there already: left out */
    char since[32]; /* for who writes of it: steps and noise before this date are not told; "": all
                     */
};

/* True of a step or a noisy time that is to be told: it is no older than `since`. */
bool hb_timestep_is_told(const struct hb_timelines *timelines, const struct hb_timeline *line,
                         const struct hb_timestep *step);
bool hb_noisy_is_told(const struct hb_timelines *timelines, const struct hb_noisy_time *noisy);

/* Between which commits of the tool's own tree the step lies: "4f2a1c0..9be0d11"; "" where they are
 * not known, or are the same. */
void hb_timestep_commits(const struct hb_timeline *line, const struct hb_timestep *step, char *text,
                         size_t text_bytes);

/* Lines of every group of digests[0..n) with at least 3 sessions. The digests must outlive them.
 * Uses figures, allocators, margin_percent and no_adjust of the options. HB_ERR_USAGE: no group has
 * so many. Free with hb_timelines_free even after -1. */
int hb_timelines_make(const struct hb_digest *digests, size_t n,
                      const struct hb_compare_options *options, struct hb_timelines *timelines,
                      struct hb_err *err);
void hb_timelines_free(struct hb_timelines *timelines);

#endif
