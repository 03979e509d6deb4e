/* The table of a whole suite: each allocator over every kind of thing that was measured, as a ratio
 * to one reference, and over groups of kinds, with how sure its place is. A kind is a loop, a sweep
 * (the mean over its points), a program or a trace that is replayed; of several sessions of one the
 * newest counts. Assessments in; never prints, never reads files. Read next: src/stats/standing.h,
 * docs/statistics.md, "The table". */
#ifndef HB_COMPARE_STANDINGS_H
#define HB_COMPARE_STANDINGS_H

#include "judge/assessment.h"
#include "stats/standing.h"

enum hb_kind_group {
    HB_GROUP_LOOPS = 0,
    HB_GROUP_SWEEPS,
    HB_GROUP_PROGRAMS,
    HB_GROUP_TRACES,
    HB_GROUP_ALL, /* of every kind */
    HB_GROUPS
};
extern const char *const hb_kind_group_names[HB_GROUPS]; /* "loops", ..., "all" */

/* What is compared of a kind; in both above 1 is better. */
enum hb_standing_figure {
    HB_STANDING_SPEED = 0, /* throughput; of programs their time */
    HB_STANDING_MEMORY,    /* the peak; of a workload that sleeps the end */
    HB_STANDING_FIGURES
};

/* One allocator in one kind, or in a group of kinds (the geometric mean). NaN: not known. */
struct hb_standing_cell {
    struct hb_located log[HB_STANDING_FIGURES]; /* of the ratio to the reference */
    double bytes;                               /* median of the memory; of a group NaN */
    char why[96];          /* it takes no part, or "": crashed, missing, prints something else */
    struct hb_place place; /* of a group, in speed; rank 0: without a place */
};

struct hb_kind {
    char name[HB_NAME_MAX];
    enum hb_kind_group group;
    const struct hb_assessment *source;
    size_t
        blocks[HB_STANDING_FIGURES]; /* common to all that take part; 0: the figure is not known */
    double *logs[HB_STANDING_FIGURES]; /* [those that take part][blocks], owned */
    struct hb_standing_cell *cells;    /* [competitors]; owned */
    double margin;                     /* within it two are the same; a fraction */
    int best;                          /* fastest by the estimates, -1: no speed is known */
    bool *is_first;     /* [competitors] not told from it, itself among them; owned */
    char left_out[160]; /* why it is in no mean, or "" */
};

struct hb_standings {
    char (*labels)[HB_NAME_MAX]; /* [competitors], as the sessions have them; owned */
    size_t competitors;
    size_t reference;      /* index */
    struct hb_kind *kinds; /* [kind_count]; owned */
    size_t kind_count;
    struct hb_standing_cell *groups[HB_GROUPS]; /* [competitors]; owned */
    size_t group_kinds[HB_GROUPS];              /* in the mean of speeds */
    size_t older;                               /* sessions that a newer one took the place of */
};

struct hb_standing_options {
    const char *reference;  /* NULL: the one that all have, else HB "system" */
    const char *allocators; /* "a,b": only these, and the reference; NULL: all */
    size_t resamples;       /* for the places; 0: by the estimates alone */
};

/* Makes the table of count assessments, which must outlive it. Soaks and checks are passed over.
 * HB_ERR_USAGE: none has a kind, or no reference is in all of them. HB_ERR_INCOMPARABLE: they are
 * of several classes of machine. Free with hb_standings_free even after -1. */
int hb_standings_make(const struct hb_assessment *const *assessed, size_t count,
                      const struct hb_standing_options *options, struct hb_standings *standings,
                      struct hb_err *err);
void hb_standings_free(struct hb_standings *standings);

/* What a session of a loop is called as a kind, and its group: its profile; "mixed by threads"; the
 * trace's file. */
enum hb_kind_group hb_kind_of_loop(const struct hb_session *session, char name[HB_NAME_MAX]);

/* Half of the widest interval of a kind's figure that is compared, of all that take part, as a log,
 * and the standard deviation behind it. Infinite with one block. */
double hb_kind_half_width(const struct hb_standings *standings, const struct hb_kind *kind,
                          double *sd);

#endif
