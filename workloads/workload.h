/* The workload ABI: its parameters and its loop.
 * A workload is one .so of its own, so that no other change moves the measured loop in memory;
 * it exports exactly one symbol, hb_workload (below). It never prints, never times itself and
 * never allocates except through the functions under test.
 * Read next: workloads/random_mixed.c, docs/method.md. */
#ifndef HB_WORKLOAD_H
#define HB_WORKLOAD_H

#include "allocator.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Raised whenever a field below changes its meaning or place. */
#define HB_WORKLOAD_ABI 5u

enum hb_parameter_type {
    HB_PARAMETER_COUNT = 0, /* "20M", "400" */
    HB_PARAMETER_BYTES,     /* "16", "64KiB" */
    HB_PARAMETER_SHARE,     /* "0.1": held as parts per million */
    HB_PARAMETER_CHOICE,    /* one of choices[]: held as its index */
    HB_PARAMETER_SIZES,     /* a size profile: held as the address of its table, 0 for none */
    HB_PARAMETER_TRACE,     /* a trace: held as a descriptor of its score (replay.h), 0 for none */
};

/* A size profile, ready to be drawn from in constant time (Walker 1977, Vose 1991). Take a row,
 * each as likely as the next; where a random number of 32 bits is at or above its limit, take
 * `other` instead: each row then comes as often as its rate says. Rows are in order of their
 * lifetimes, and live_end runs up to the share of all live blocks that this row and those before it
 * have. */
struct hb_size_row {
    uint32_t size;     /* bytes, 1 to 1 GiB */
    uint32_t limit;    /* in 2^-32; a row that is always taken has itself as `other` */
    uint32_t other;    /* index of a row */
    uint32_t live_end; /* in 2^-32; of the last row UINT32_MAX, which means all */
};

#define HB_SIZE_TABLE_MAGIC UINT32_C(0x68625a31)
#define HB_SIZE_ROWS_MAX    65536u

struct hb_size_table {
    uint32_t magic, count; /* HB_SIZE_TABLE_MAGIC; 1 to HB_SIZE_ROWS_MAX rows */
    uint32_t size_min, size_max;
    struct hb_size_row rows[];
};

struct hb_parameter {
    const char *name;
    enum hb_parameter_type type;
    uint64_t default_value, min, max; /* in the representation that the type names */
    const char *unit;                 /* "operations", "slots", "B"; "" for none */
    const char *help;                 /* one line */
    const char *const *choices;       /* ended by NULL; only for HB_PARAMETER_CHOICE */
};

/* The rows every workload has, first and in this order: the worker itself reads them. */
enum {
    HB_PARAMETER_OPERATIONS = 0, /* measured operations, all threads together */
    HB_PARAMETER_WARMUP,         /* share of operations done before them, unmeasured */
    HB_PARAMETER_THREADS,
    HB_PARAMETER_SEED,
    HB_PARAMETER_OWN, /* index of the workload's first own row */
};
#define HB_SEED_MAX ((UINT64_C(1) << 53) - 1) /* every JSON reader holds it exactly */
#define HB_COMMON_PARAMETERS(operations_default, threads_default, threads_min, threads_max)        \
    {.name = "operations",                                                                         \
     .type = HB_PARAMETER_COUNT,                                                                   \
     .default_value = (operations_default),                                                        \
     .min = 1000,                                                                                  \
     .max = UINT64_C(1000000000000),                                                               \
     .unit = "operations",                                                                         \
     .help = "measured operations, all threads together"},                                         \
        {.name = "warmup",                                                                         \
         .type = HB_PARAMETER_SHARE,                                                               \
         .default_value = 100000,                                                                  \
         .min = 0,                                                                                 \
         .max = 10000000,                                                                          \
         .unit = "",                                                                               \
         .help = "share of the operations done first, unmeasured"},                                \
        {.name = "threads",                                                                        \
         .type = HB_PARAMETER_COUNT,                                                               \
         .default_value = (threads_default),                                                       \
         .min = (threads_min),                                                                     \
         .max = (threads_max),                                                                     \
         .unit = "threads",                                                                        \
         .help = "threads that run the loop, each on its own CPU where there are enough"},         \
    {                                                                                              \
        .name = "seed", .type = HB_PARAMETER_COUNT, .default_value = 1, .min = 0,                  \
        .max = HB_SEED_MAX, .unit = "", .help = "seed of the operations; each run derives its own" \
    }

/* A thread that a loop has started beside its own: the worker's, zeroed before its first use. */
struct hb_workload_thread {
    uint64_t own[8];
};

/* What one thread of a workload is given; lives until finish() returned. */
struct hb_workload_context {
    const struct hb_allocator_functions *functions;
    const uint64_t *values; /* one per parameter, in the order of parameters[] */
    uint64_t seed;          /* this thread's own */
    uint32_t thread_index, thread_count;
    void *shared; /* what setup_shared() made, or NULL */

    /* Zeroed and already resident memory that is not the allocator's; setup only; never freed.
     * NULL when there is none. */
    void *(*reserve)(size_t bytes);

    /* One turn of waiting for another thread, in prepare() or step(); `turn` counts them from 0.
     * First turns are pauses where every thread should have a CPU of its own; later ones, and all
     * where there are too few, leave the CPU to others. False when the run is over because some
     * thread came short: nobody may come any more, so return at once. */
    bool (*wait)(uint32_t turn);

    /* Only where starts_threads (below): runs body(argument) on a thread that is started for it and
     * has ended when this returns; the allocator is told of both. It runs on the caller's CPU, with
     * 256 KiB of stack. False when the run is over because none
     * could be started. */
    bool (*run)(void (*body)(void *argument), void *argument);

    /* Only where starts_threads: as run(), but returns at once; the thread runs where the worker's
     * own of this index does, and its CPU time is that one's. join() waits until it has ended. */
    bool (*start)(struct hb_workload_thread *thread, uint32_t index, void (*body)(void *argument),
                  void *argument);
    void (*join)(struct hb_workload_thread *thread);

    /* Waits while a word has this value above its lowest bit: turns as of wait(), then sleeps, with
     * that bit set. Who sets a word takes that bit away, and calls wake() where it was set. From
     * any thread. False when the run is over. */
    bool (*wait_while)(_Atomic uint32_t *word, uint32_t value);
    void (*wake)(_Atomic uint32_t *word);

    /* In prepare() or step(), by all of the worker's own threads with the same words: when all have
     * come, the first one runs body(argument) alone, which returns NULL or what went wrong. Its
     * time is in no figure. False when the run is over. */
    bool (*aside)(const char *(*body)(void *argument), void *argument);

    /* The run is over: the allocator returned NULL on a thread of start(). */
    void (*stop)(void);
};

struct hb_workload {
    uint32_t abi_version;  /* HB_WORKLOAD_ABI; read before anything else */
    uint32_t struct_bytes; /* sizeof(struct hb_workload) */
    const char *name;
    const char *summary;                   /* one line: what it does */
    const char *stands_for;                /* one line each: which programs do so, ... */
    const char *cannot_show;               /* ... what a ranking by it leaves out, ... */
    const char *source;                    /* ... and the paper or program that it is taken from */
    const struct hb_parameter *parameters; /* ended by a NULL name */

    /* Checks values that only make sense together (maximum below minimum) and fills *hint, whose
     * threads are already those of the run: there are more where it starts some.
     * 0, or -1 with a one-line message. */
    int (*check)(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes);

    /* State that all threads share; once, before any thread's setup(). May be NULL. */
    int (*setup_shared)(const struct hb_workload_context *context, void **shared, char *message,
                        size_t message_bytes);

    /* One thread's state, on that thread. 0, or -1 with a one-line message. */
    int (*setup)(const struct hb_workload_context *context, void **state, char *message,
                 size_t message_bytes);

    /* What must have happened before the first operation: a spike, a full working set. On every
     * thread, at the start of the warm-up phase; nobody's step() begins before all are done. Counts
     * as no operation, is not timed, and may be NULL. 0, or -1 when the allocator returned NULL. */
    int (*prepare)(void *state);

    /* The measured loop: does `operations` operations and returns how many were done; fewer only
     * when the allocator returned NULL or wait() said false. No system call, no clock, no
     * allocation of its own; but a paced one (below) may sleep, and one may start threads.
     * Every thread is given the same numbers in the same order (one for the warm-up, then one a
     * slice) but at its own time: it may only wait for what another thread does within as many
     * operations of its own, or it would wait for ever at the end of a phase. */
    uint64_t (*step)(void *state, uint64_t operations);

    /* step() sleeps, to last as long as its parameters say. Its times are then no property of the
     * allocator: they are kept, but no throughput is made of them. What counts is memory. */
    bool is_paced;

    /* step() starts threads, with the context's run(): its only system calls. */
    bool starts_threads;

    /* Names of the phases that begin_epoch() may return an index of, ended by NULL; NULL together
     * with begin_epoch when the work is always the same. */
    const char *const *phases;

    /* Soaks only: before each epoch, on each thread; epoch counts from 0 and is the same on all. It
     * may free (a shrink, a drain) and sets what this epoch's step() calls will do; it never
     * sleeps. *operations is what the epoch should do on this thread; a phase that sleeps sets what
     * its sleeps need instead, the same on every thread, and *paced. It must be over within half a
     * minute: much more is taken for a hang. Returns the phase's index, or -1 when the allocator
     * returned NULL. May be NULL. Outside a soak it is never called, and step() does what it does
     * in epoch 0. */
    int (*begin_epoch)(void *state, uint64_t epoch, uint64_t *operations, bool *paced);

    /* Bytes this thread has asked for and still holds; between steps. Exact, or an expectation
     * where the loop does not keep sizes (it then says so in its own comment). May be NULL. */
    uint64_t (*live_bytes)(const void *state);

    /* Frees every block still held; after the measured phase, on the same thread. */
    void (*finish)(void *state);
};

/* The one exported symbol of every workload. */
extern const struct hb_workload hb_workload;

#endif
