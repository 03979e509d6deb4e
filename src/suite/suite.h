/* A suite: many sessions of one folder, each a session of its kind, that grow by a block at a time,
 * whichever needs it most, until the time is over. A journal each keeps what was measured; a suite
 * that was cut off goes on from them. Never prints but on stderr; who calls it reports.
 * Read next: src/stats/rounds.h (who is next), docs/suite.md; src/commands/suite.c. */
#ifndef HB_SUITE_SUITE_H
#define HB_SUITE_SUITE_H

#include "base/words.h"
#include "report/progress.h"
#include "result/journal.h"
#include "session/measuring.h"

enum hb_member_kind {
    HB_MEMBER_LOOP = 0,
    HB_MEMBER_SWEEP,
    HB_MEMBER_PROGRAM,
    HB_MEMBER_SOAK,
    HB_MEMBER_CHECK,
    HB_MEMBER_TRACE, /* a replay */
    HB_MEMBER_KINDS
};
extern const char *const hb_member_kind_names[HB_MEMBER_KINDS]; /* "loop", "sweep", ... */

/* One session of the suite. A soak and the check of a group are whole commands, done once. */
struct hb_member {
    enum hb_member_kind kind;
    char name[HB_NAME_MAX];    /* of its files as well: "mixed", "desktop-python3" */
    char profile[HB_NAME_MAX]; /* "" of a check */
    char sweep[HB_NAME_MAX];   /* "threads=1,2,4", or "" */
    size_t program;            /* of the profile */
    char trace[256];           /* of a replay, while it is new: its file in the folder of traces */
    char missing[HB_REASON_MAX]; /* why it is not measured here, or "" */
    struct hb_session session;   /* while it is measured; of soak and check zeroed */
    struct hb_journal *journal;
    bool is_over;    /* its file is whole, or nothing more is to be had of it */
    uint32_t blocks; /* whole ones that are there; after hb_suite_open also one that was begun */
    double sd;       /* of rounds.h; NaN: not known */
    double first_s, block_s; /* what the first block and the others cost: guessed, then measured */
};

struct hb_suite_options {
    struct hb_measure_options measure; /* the same for all members */
    struct hb_words only, skip;        /* names or kinds of members, or profiles */
    double budget_s;                   /* 0: none, and every member gets measure.runs blocks */
    const char *traces;                /* folder of those that are replayed, or NULL */
    const char *resume;                /* the folder, or NULL */
};

struct hb_suite {
    const struct hb_suite_options *options;
    const struct hb_places *places;
    char folder[HB_PATH_MAX];
    struct hb_member *members; /* [count], in the order of the first blocks; owned */
    size_t count;
    double budget_s, spent_s, soak_s;
    uint32_t runs;             /* blocks at most */
    struct hb_words arguments; /* of the choice of allocators: for soak and check; owned */
    int log, machine;          /* descriptors, or -1 */
    uint64_t started_ns;       /* on the monotonic clock: what was spent before is in spent_s */
    struct hb_progress progress;
    /* Runs a command of hakbench in this process, which was forked for it. */
    int (*command)(int argc, char **argv, struct hb_err *err);
};

#define HB_SUITE_BLOCKS_MOST 200u  /* with a budget, of one member */
#define HB_SUITE_FIRST       2u    /* blocks that all members get first */
#define HB_SUITE_NARROW      0.005 /* a quarter of the usual margin: wide enough for any verdict */

/* Lists the members that this machine can measure, by the profiles of the installation, shuffled by
 * the seed, and opens a session of each; those left out are said on stderr. HB_ERR_USAGE: there is
 * none, or a word of --only or --skip is no member's. */
int hb_suite_choose(struct hb_suite *suite, uint64_t seed, int argc, char **argv,
                    struct hb_err *err);

/* Makes the folder, below the results folder of the options, with a journal of each member, in one
 * step: it is there whole or not at all; and closes the sessions, for hb_suite_open to take up. */
int hb_suite_create(struct hb_suite *suite, struct hb_err *err);

/* Takes up the suite of the folder: its members, and what of them was measured. */
int hb_suite_open(struct hb_suite *suite, struct hb_err *err);

/* Whether the time that was asked for is enough for any block: HB_ERR_USAGE where it is not, before
 * anything is made or finished. */
int hb_suite_check_time(const struct hb_suite *suite, struct hb_err *err);

/* Measures until the time is over or no member needs more. 0, or -1 with what was measured kept. */
int hb_suite_measure(struct hb_suite *suite, struct hb_err *err);

/* Writes the results: whole, they take the journals' place, but of members without a block, which a
 * suite with more time goes on with; else journals stay. */
int hb_suite_finish(struct hb_suite *suite, bool whole, struct hb_err *err);

/* Expected seconds of all first blocks, and of as many as there shall be. */
double hb_suite_seconds(const struct hb_suite *suite, uint32_t blocks);

/* Zeroed, but for its descriptors at -1, is valid to free. */
void hb_suite_free(struct hb_suite *suite);

/* ---- parts ---- */

/* The journal of the suite itself: what it is, then a line for each round. */
int hb_suite_log_create(const struct hb_suite *suite, const char *folder, struct hb_err *err);
int hb_suite_log_read(struct hb_suite *suite, struct hb_err *err);
/* Costs of members by the newest suite in the results folder, where there is one: of another choice
 * of allocators or another machine they are a guess as any. */
void hb_suite_log_costs(struct hb_suite *suite, const char *results);
int hb_suite_log_round(const struct hb_suite *suite, const struct hb_member *member, double seconds,
                       struct hb_err *err);

/* "FOLDER/NAME.json". */
int hb_member_path(const struct hb_suite *suite, const struct hb_member *member, const char *ending,
                   char path[HB_PATH_MAX], struct hb_err *err);

#endif
