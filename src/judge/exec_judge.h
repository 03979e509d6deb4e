/* Runs of programs in, figures, verdicts and an answer out: the one path by which `exec` and
 * `report` compute what they say. Never prints, never measures.
 * Read next: docs/exec.md, "What a figure is"; family.h, exec_answer.c. */
#ifndef HB_JUDGE_EXEC_JUDGE_H
#define HB_JUDGE_EXEC_JUDGE_H

#include "judge/judge.h"
#include "result/model.h"
#include "stats/looks.h"

/* What is judged of a program. Those of its own follow. */
enum hb_exec_figure_id {
    HB_EXEC_FIGURE_TIME = 0, /* wall; of a server its client's */
    HB_EXEC_FIGURE_CPU,
    HB_EXEC_FIGURE_USER,
    HB_EXEC_FIGURE_SYSTEM,
    HB_EXEC_FIGURE_MEMORY, /* the peak, of one source for all runs */
    HB_EXEC_FIGURES,
    HB_EXEC_FIGURES_MAX = HB_EXEC_FIGURES + HB_PROGRAM_METRICS_MAX
};

struct hb_exec_figure {
    double *by_block;          /* [blocks], NaN where none; owned */
    struct hb_summary summary; /* of these; of a whole suite: n = 0 */
    struct hb_ratio better;    /* how many times better than the reference: 1.05 is 5 % less time,
                                  less memory, or more of what is better when higher */
};

/* One program under one allocator. */
struct hb_exec_row {
    uint32_t runs_ok, runs_failed;     /* timed */
    const struct hb_exec_run *failure; /* the first timed run that was not ok, or NULL; the counting
                                          pass where nothing was timed after it */
    const struct hb_exec_run *counted; /* the counting pass when it was ok, or NULL */
    const struct hb_exec_run *failed_count; /* when it was not, or NULL */
    const struct hb_exec_run *tallied; /* the pass for instructions, however it ended, or NULL */
    const struct hb_exec_run *covered; /* the run that knows best where it was in effect; or NULL */
    const struct hb_exec_run *left;    /* the first that left processes behind, or NULL */
    struct hb_exec_figure figures[HB_EXEC_FIGURES_MAX];
    struct hb_summary metric[HB_EXEC_METRIC_COUNT];
    int other_status;       /* an exit status that it does not have on the C library's; -1: none */
    uint32_t other_outputs; /* runs that printed something else than on the C library's malloc */
    bool is_not_in_effect;  /* in no process at all */
    bool is_sound;          /* it ran as on the C library's malloc: an answer may name it */
};

/* One figure of one program: what is the same for all allocators. */
struct hb_exec_family {
    double aa_noise, margin;
    bool is_doubtful; /* the reference differs from itself */
    bool is_withheld; /* none of its verdicts is given: for that, or a shell took more than is left
                       */
    size_t comparisons, pairs, pairs_least;
};

/* What to use, by the weights. */
struct hb_exec_answer {
    int best;          /* index of an allocator; -1: nothing can be said */
    int may_be_better; /* by estimates one that is better than it in all that is weighed, or -1 */
    bool is_decidable; /* there are pairs enough for a difference in something that is weighed */
    size_t decided, open; /* verdicts of what is weighed, of all that may be named */
};

/* A program, or of a suite all of them together. */
struct hb_exec_target {
    const struct hb_exec_program *program;      /* NULL: the whole suite */
    const struct hb_profile_program *described; /* NULL as well */
    struct hb_exec_row *rows;                   /* [allocators]; owned */
    struct hb_exec_family families[HB_EXEC_FIGURES_MAX];
    size_t figure_count;
    enum hb_exec_metric_id peak;        /* whence its memory is */
    double shell_wall_ns, shell_cpu_ns; /* of its shell alone: the most that was taken away of its
                                         times under an allocator; 0 without a shell */
    bool is_unstable; /* the C library's malloc itself prints something else each time */
    struct hb_exec_answer answer;
};

struct hb_exec_judgement {
    const struct hb_session *session;
    struct hb_exec_target *targets; /* [count]; programs in order, then the suite where there are
                                       several; owned */
    size_t count;
    int reference, twin, system; /* indices of allocators, -1 when not there */
    struct hb_looks looks;       /* of a session that goes on until it knows */
    size_t looked_at;            /* blocks; 0: none was begun */
    struct hb_summary *loading;  /* [allocators] wall time of a program that does nothing; owned */
};

/* Judges a session of kind exec. Free with hb_exec_judgement_free even after -1 (no memory). The
 * session must outlive the judgement. */
int hb_exec_judge(const struct hb_session *session, struct hb_exec_judgement *judgement,
                  struct hb_err *err);
void hb_exec_judgement_free(struct hb_exec_judgement *judgement);

/* Name and direction of a figure: "time", "cpu", "user", "system", "memory", or the program's. */
const char *hb_exec_figure_name(const struct hb_exec_target *target, size_t figure);
bool hb_exec_figure_is_higher_better(const struct hb_exec_target *target, size_t figure);

/* The figure over the reference's as it is shown: below 1 is less. */
struct hb_ratio hb_exec_shown(const struct hb_exec_target *target, size_t figure,
                              const struct hb_ratio *better);

/* True when every process was looked at, so that one of which it is not seen is without it. A
 * process too short for a sample, or of which it is not known, says nothing; nor does a file that
 * does not hold how many these are. */
bool hb_exec_is_coverage_sure(const struct hb_exec_row *row);

/* When the session is looked at: once, or where its profile has max_runs until it knows. */
struct hb_looks hb_exec_looks(const struct hb_session *session);

/* The whole suite where there is one, else the one program. */
const struct hb_exec_target *hb_exec_whole(const struct hb_exec_judgement *judgement);

/* True of a program that is part of what is said of all together: it ran through on the reference,
 * without which there is nothing to compare with. */
bool hb_exec_is_in_suite(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target);

/* True of one of the suite of which the figure is known in every run: it is part of the mean. */
bool hb_exec_has_figure(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t figure);

/* True where no other allocator is better in time or memory and as good in the other (by estimates
 * and margins). */
bool hb_exec_is_on_front(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target, size_t allocator);

/* Whether a figure of the program's own, asked for by --metric, is of no run of any allocator. */
bool hb_exec_is_unmatched(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, size_t figure);

/* True when every timed run that was planned came out as on the C library's malloc. */
bool hb_exec_complete(const struct hb_exec_judgement *judgement);

/* Verdicts of what the answer weighs, of all programs and their mean, that are open and that more
 * runs may decide: not what is not known, or what a shell took more of than is left. */
size_t hb_exec_open(const struct hb_exec_judgement *judgement);

/* Adds the section "exec_summary" to root. -1 when there is no memory. */
int hb_exec_judge_json(const struct hb_exec_judgement *judgement, cJSON *root);

/* A figure that the answer weighs. */
struct hb_exec_weight {
    size_t figure;
    double weight; /* above 0 */
};

/* Those of the profile's weights that the target has. weighed: room for HB_PROFILE_WEIGHTS_MAX. */
size_t hb_exec_weighed(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, struct hb_exec_weight *weighed);

/* HB_ERR_USAGE where a weight is of no figure that a program of the profile has, or none is above
 * 0: to be asked before anything runs, for no answer could come of it. */
int hb_exec_check_weights(const struct hb_profile *profile, struct hb_err *err);

/* Chooses target->answer by the profile's weights. */
void hb_exec_choose(const struct hb_exec_judgement *judgement, struct hb_exec_target *target);

#endif
