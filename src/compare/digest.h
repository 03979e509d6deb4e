/* A session reduced to what is compared of it: per allocator and figure the values of its runs or
 * epochs. Small, so that a thousand sessions fit; owns its memory, so that the session can go.
 * Judges nothing. Read next: compare.h. */
#ifndef HB_COMPARE_DIGEST_H
#define HB_COMPARE_DIGEST_H

#include "base/err.h"
#include "compare/figure.h"
#include "judge/soak_judge.h"
#include "result/model.h"
#include "stats/twosample.h"

#include <stdbool.h>
#include <stddef.h>

/* One figure of one allocator. */
struct hb_series {
    double *values; /* [blocks] by block, NaN where a block has none, or [n] epochs; in store */
    size_t n;       /* known values */
    double value;   /* what is printed: median of the values, or what the soak's judgement has */
    struct hb_interval interval; /* of value, 95 %; NaN: not known */
};

struct hb_digest_entry {
    char label[HB_NAME_MAX], via[16];
    char *environment; /* "" for none; owned */
    char library_version[HB_NAME_MAX], library_sha256[65], plugin_sha256[65];
    enum hb_role role;
    uint32_t runs_ok, runs_failed;
    char failure[128];         /* "crashed: ...", of the first that failed, or "" */
    double mean, cv;           /* of the throughput: operations a second; a fraction */
    double rho;                /* lag-1 autocorrelation of the throughput */
    double counted_operations; /* that the memory system calls were counted over; NaN: not known */
    struct hb_series series[HB_FIGURE_COUNT];
    double *store; /* of all values; owned */
};

struct hb_digest {
    char label[HB_NAME_MAX]; /* the side it is on */
    char name[HB_NAME_MAX];  /* the session's own, or "" */
    char *note;              /* the session's, or NULL; owned */
    char *path;              /* owned */
    size_t input;            /* of several files: which one it is of; of a sweep one has many */
    char kind[16], started_at[32], tool_version[32], tool_commit[48];
    char profile_name[HB_NAME_MAX], workload[HB_NAME_MAX];
    char count_source[16]; /* what counted instructions: "callgrind", "hardware" or "" */
    char *key;             /* workload, parameters but the seed, kind: what must be alike; owned */
    char *parameters;      /* the same for people; owned */
    uint64_t seed;
    bool partial;
    bool is_named;    /* on the command line itself, not found in a folder */
    bool is_labelled; /* the label is the user's own */
    bool is_soak;     /* values are epochs of one process; else runs of fresh processes */
    bool is_of_times; /* an import whose runs are one operation each: it has their times */
    bool paired;      /* the runs of one block were made side by side */
    size_t blocks;    /* length of values, of a rebase session */
    double aa_noise;  /* fraction; NaN when it could not be measured */
    char doubt[256];  /* why its times are not to be believed (judge.h), or "" */
    double margin;    /* the profile's own, a fraction */
    double rho;       /* mean of the entries' */
    double timer_ns;  /* cost of reading the clock, of a soak; else 0 */
    struct hb_host_info host;
    struct hb_digest_entry *entries; /* [count], the session's allocators; owned */
    size_t count;
    int reference, twin, floor; /* indices of entries, -1 when not there */
};

/* Fills *digest. soak: the judgement of a soak (percentiles, drifts); NULL for a rebase. Free with
 * hb_digest_free even after -1 (no memory). */
int hb_digest_take(const struct hb_session *session, const struct hb_soak_judgement *soak,
                   const char *label, const char *path, struct hb_digest *digest,
                   struct hb_err *err);
void hb_digest_free(struct hb_digest *digest);

/* The entry with this label, or -1. */
int hb_digest_find(const struct hb_digest *digest, const char *label);

/* What one call more or less is in a deterministic figure, and of instructions what two passes may
 * lie apart; 0 where that is not known. */
double hb_digest_one(const struct hb_digest_entry *entry, size_t figure);

/* True when both hold the same measurements, whatever their files are called: the pinned baseline
 * is such a copy. When a session began and its seed do not decide that: two that were started
 * together by a script have both in common. */
bool hb_digest_is_same(const struct hb_digest *a, const struct hb_digest *b);

/* Whether one before it is the same. */
bool hb_digest_is_copy(const struct hb_digest *digests, size_t index);

#endif
