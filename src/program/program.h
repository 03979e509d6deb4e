/* One command, run once under one allocator, and its whole tree of processes measured from outside.
 * Knows nothing of sessions, blocks or verdicts. A keeper, a process of its own between the harness
 * and the command, adopts every orphan of the tree, measures, and ends the tree when the harness is
 * gone, however that went. What is not known is NaN, and `unknown` says why.
 * Read next: keeper.h (that process), tree.h (who is in it), docs/exec.md. */
#ifndef HB_PROGRAM_PROGRAM_H
#define HB_PROGRAM_PROGRAM_H

#include "base/copy.h"
#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- what is to run ---- */

/* Everything is the caller's and outlives the run. Zeroed but for argv it is a command like any. */
struct hb_program_command {
    /* Ended by NULL. argv[0] without a slash is searched for in the command's own PATH. */
    const char *const *argv;
    /* Words before the command's own, ended by NULL, the first a path: valgrind's. NULL: none. What
     * is measured is then the wrapper with the command in it. */
    const char *const *wrapper;
    /* NULL: none. Else argv[0] is a script for this shell, and the words behind it are its $1, $2:
     * SHELL -c argv[0] SHELL argv[1]... */
    const char *shell;

    /* NAME=VALUE in addition to what is kept of the harness's own (PATH, HOME, USER, LOGNAME, LANG,
     * LC_*, TZ, TMPDIR); of two the later one holds. */
    const char *const *environment;
    size_t environment_count;

    /* Libraries for LD_PRELOAD, in this order; none: the C library's malloc. The first is the one
     * whose effect is looked for. A path may have spaces and colons. */
    const char *const *preload;
    size_t preload_count;

    const char *input;  /* a file for standard input; NULL: /dev/null */
    const char *folder; /* to work in; NULL: a fresh one below TMPDIR, removed after the run */

    double timeout_s;      /* 0: none; time in which nothing ran is not counted */
    double grace_s;        /* SIGTERM to SIGKILL, for what must be ended; 0: SIGKILL at once */
    double sample_s;       /* from one sample of memory to the next; 0: none is taken */
    uint64_t output_limit; /* bytes of stdout and stderr together that end the run; 0: none */
    size_t keep_bytes;     /* of each, from its start, kept for the caller */
    bool count;            /* a counting pass: traced, so that its times mean nothing */
    /* Not NULL: the tree is traced for this alone, see images.h. */
    const char *images_folder, *images_writer;
    bool randomize;        /* address-space layout as the system does it, else fixed */
    const char *host_root; /* /proc/self/cgroup and /sys/fs/cgroup are read below; NULL: "" */

    /* Asked at least ten times a second; not 0: the run is ended as interrupted. May be NULL. */
    int (*interrupted)(void);
};

/* ---- what was measured ---- */

enum hb_program_end {
    HB_PROGRAM_EXITED = 0, /* exit_status */
    HB_PROGRAM_SIGNALLED,  /* signal_number, which nobody here sent */
    HB_PROGRAM_TIMEOUT,
    HB_PROGRAM_OUTPUT_LIMIT,
    HB_PROGRAM_STOPPED_ITSELF, /* SIGSTOP or the like, and nobody to continue it: was ended */
    HB_PROGRAM_NOT_STARTED, /* start_errno: not found, not executable, no such folder; -1: .reason
                               has it all, of an input or a library that is not there */
    HB_PROGRAM_ENDED,       /* by hb_program_stop, as a server is */
    HB_PROGRAM_INTERRUPTED, /* by the user */
    HB_PROGRAM_END_COUNT
};
extern const char *const hb_program_end_names[HB_PROGRAM_END_COUNT]; /* "exited", "timeout", ... */

/* Where a peak of memory is from, best first. One session must take one for all its runs. */
enum hb_program_peak {
    HB_PROGRAM_PEAK_CGROUP = 0, /* the kernel's own high-water mark of a group made for the run: all
                                   processes, with page cache and kernel memory; exact */
    HB_PROGRAM_PEAK_PSS, /* largest sum of proportional memory of the tree in one of 8 samples or
                            more */
    HB_PROGRAM_PEAK_RSS, /* ru_maxrss: resident peak of the largest process; exact */
    HB_PROGRAM_PEAK_COUNT
};
extern const char *const hb_program_peak_names[HB_PROGRAM_PEAK_COUNT]; /* "cgroup", "pss", "rss" */

/* One sample of memory of the whole tree. */
struct hb_program_sample {
    double at_s; /* since the command began */
    double pss_bytes, rss_bytes;
    uint32_t processes;
};
#define HB_PROGRAM_SAMPLES_MAX                                                                     \
    512u /* then every second one is dropped and they come half as often */

/* Why an allocator was in effect in a process, or was not. */
enum hb_program_effect {
    HB_PROGRAM_IN_EFFECT = 0,  /* the library is mapped and the program has no malloc before it */
    HB_PROGRAM_STATIC,         /* no loader, so no LD_PRELOAD */
    HB_PROGRAM_SECURE,         /* set-user-ID, set-group-ID or with capabilities */
    HB_PROGRAM_OWN_MALLOC,     /* the program brings a malloc of its own */
    HB_PROGRAM_UNSET,          /* started with an environment without it */
    HB_PROGRAM_NOT_LOADED,     /* asked for, and the loader did not (another architecture) */
    HB_PROGRAM_EFFECT_UNKNOWN, /* not readable, or gone before anybody looked */
    HB_PROGRAM_EFFECT_COUNT
};
/* "in effect", "static", "set-user-ID", "its own malloc", "LD_PRELOAD unset", ... */
extern const char *const hb_program_effect_names[HB_PROGRAM_EFFECT_COUNT];

/* Processes of one name and one effect. A process is of the program it ran last. */
struct hb_program_kind {
    char name[HB_NAME_MAX]; /* that it was started by, controls as '?' */
    enum hb_program_effect effect;
    uint32_t processes;
};
#define HB_PROGRAM_KINDS_MAX 32u /* the rest is counted, without a name */

/* Names of processes that outlived the command. */
struct hb_program_left {
    uint32_t processes; /* still there 0.5 s after its end; all were ended */
    uint32_t stuck;     /* of these: even SIGKILL did not end them in time */
    char names[256];    /* "redis-server, sh", each once */
};

struct hb_program_output {
    uint64_t bytes;
    char digest[33]; /* XXH3, 128 bits in hexadecimal, of all bytes; also of none */
    char *kept;      /* the first keep_bytes, and a NUL behind; hb_program_result_free frees it */
    size_t kept_bytes;
};

struct hb_program_result {
    enum hb_program_end end;
    int exit_status, signal_number, start_errno;
    /* A sentence for anything but exit status 0 and, of a command that was ended, SIGTERM; else "".
     */
    char reason[HB_REASON_MAX];

    /* Of the command: from its exec to its end. The tree's sum is of all that were waited for by
     * their parents or by the keeper, as the kernel adds them up; what the harness did between fork
     * and exec is taken away. */
    double wall_s, user_s, system_s;
    /* Of wall_s, at least so long nothing ran: a frozen container, a stop signal to all. Less than
     * half a second is not noticed and 0. No part of timeout_s. */
    double paused_s;
    double faults_minor, faults_major, switches_voluntary, switches_involuntary;
    /* In which the command was ready to run and did not. Known where one thread did all the work:
     * of others the kernel forgets it when they end, and several may wait for each other. */
    double delay_s;

    double peak_bytes[HB_PROGRAM_PEAK_COUNT]; /* NaN where not known; why is said of the first, and
                                                 of the others where that is not known */
    struct hb_program_sample *samples;        /* in time; hb_program_result_free frees them */
    size_t sample_count;
    double sample_cost_s; /* CPU time the keeper spent, on samples above all */

    /* Processes of the tree, threads not counted. Exact in a counting pass; else those that a
     * sample saw, and is_exact is false. */
    uint32_t processes, in_effect, effect_unknown;
    bool is_exact;
    struct hb_program_kind kinds[HB_PROGRAM_KINDS_MAX];
    size_t kind_count;

    struct hb_program_left left;
    struct hb_program_output output, errors;

    /* A counting pass alone: memory system calls of all processes, from the exec on. */
    bool counted;
    uint64_t calls[HB_SYSCALL_COUNT], call_bytes[HB_SYSCALL_COUNT];

    /* What could not be known here and why, "a; b", for a line below a table; "" when all is. */
    char unknown[HB_REASON_MAX];
};

/* The best peak there is: its bytes, and *source; NaN with HB_PROGRAM_PEAK_COUNT when none is. */
double hb_program_best_peak(const struct hb_program_result *result, enum hb_program_peak *source);

/* Zeroed is valid to free. */
void hb_program_result_free(struct hb_program_result *result);

/* ---- running ---- */

/* Runs the command to its end, whatever that is, and fills *result (to be freed also after -1).
 * 0 for everything that is the command's doing. -1 only when the harness cannot go on: no process,
 * no memory (HB_ERR_SYSTEM), or interrupted (HB_ERR_INTERRUPTED); then too nothing of the tree is
 * left. */
int hb_program_run(const struct hb_program_command *command, struct hb_program_result *result,
                   struct hb_err *err);

/* What the shell itself costs: the medians of `runs` runs of the command's shell with an empty
 * script in its place, same library and environment. 0s when it has no shell, NaN when that shell
 * runs no empty script (the library crashes it). */
struct hb_program_cost {
    double wall_s, user_s, system_s;
};
int hb_program_shell_cost(const struct hb_program_command *command, unsigned runs,
                          struct hb_program_cost *cost, struct hb_err *err);

/* Takes it away from the three times; none goes below 0, and what is not known stays so. */
void hb_program_take_away(struct hb_program_result *result, const struct hb_program_cost *cost);

/* ---- servers: the same in three steps ---- */

struct hb_program; /* a running command */

/* Starts the command. What keeps it from starting, an input that is not there above all, is said by
 * hb_program_wait, and hb_program_wait_ready finds it dead. On -1 *program is NULL. */
int hb_program_start(const struct hb_program_command *command, struct hb_program **program,
                     struct hb_err *err);

enum hb_program_ready_kind { HB_PROGRAM_READY_TCP, HB_PROGRAM_READY_UNIX, HB_PROGRAM_READY_OUTPUT };
struct hb_program_ready {
    enum hb_program_ready_kind kind;
    uint16_t port;              /* of 127.0.0.1, or ::1 */
    const char *path, *pattern; /* parts of the text; an extended POSIX expression */
};

/* "tcp:PORT", "unix:PATH" or "output:REGEX", whose text outlives *ready. HB_ERR_USAGE. */
int hb_program_parse_ready(const char *text, struct hb_program_ready *ready, struct hb_err *err);

enum hb_program_came_up {
    HB_PROGRAM_UP,        /* it takes connections, or said so in its kept output */
    HB_PROGRAM_DIED,      /* hb_program_wait says how */
    HB_PROGRAM_NOT_READY, /* within timeout_s */
};
/* Whether somebody takes connections there already: to be asked before the start, or another's
 * server would be taken for ours. False for output. */
bool hb_program_is_taken(const struct hb_program_ready *ready);

/* Asks again and again until it is up, has ended, or timeout_s are over. -1 when interrupted. */
int hb_program_wait_ready(struct hb_program *program, const struct hb_program_ready *ready,
                          double timeout_s, enum hb_program_came_up *came_up, struct hb_err *err);

/* Memory of the whole tree now; each figure NaN when it cannot be had. False: it has ended. */
bool hb_program_sample_now(struct hb_program *program, struct hb_program_sample *sample);

/* Waits so long; *ended: it has ended by itself, and is not waited for any longer. -1 when
 * interrupted. */
int hb_program_pause(struct hb_program *program, double seconds, bool *ended, struct hb_err *err);

/* SIGTERM to the command, SIGKILL to the whole tree grace_s later. Returns at once. */
void hb_program_stop(struct hb_program *program);

/* Waits for the end of the tree, fills *result and frees *program; as hb_program_run. */
int hb_program_wait(struct hb_program **program, struct hb_program_result *result,
                    struct hb_err *err);

#endif
