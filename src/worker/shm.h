/* What the worker and the runner share: one mapping, and a socket for the handshakes.
 * The one header of the worker that `run` may include. Both sides are built together, so the
 * layout is checked by a version, not negotiated.
 * Read next: src/worker/worker.c (writer), src/run/process_launcher.c (reader). */
#ifndef HB_WORKER_SHM_H
#define HB_WORKER_SHM_H

#include "base/loglinear.h"

#include <stdatomic.h>
#include <stdint.h>

/* Debian's jemalloc and others carry more thread-local storage than glibc spares for a dlopened
 * library; set for every allocator alike so that none starts in another process than the rest. */
#define HB_STATIC_TLS "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384"

#define HB_SHM_MAGIC      UINT32_C(0x68624d31)
#define HB_SHM_VERSION    5u
#define HB_SLICES_MIN     100u /* fewer cannot show a warm-up (house: "How a number is made") */
#define HB_SLICES_MAX     1000u
#define HB_SLICES_DEFAULT 200u
#define HB_THREADS_MAX    64u

/* File descriptors the runner leaves open in the worker. Without them (a worker started by hand)
 * the worker makes its own mapping, waits for nobody and prints one line at the end. */
#define HB_FD_SHM     3
#define HB_FD_CONTROL 4
#define HB_FD_FILE    6 /* of a size profile its table, of a trace its score; 5 is for a preload */

/* The worker's phases, in order. At those marked (*) it writes one byte, its phase, to the control
 * socket and waits for one byte back, so that the runner can look at it while it stands still. */
enum hb_phase {
    HB_PHASE_START = 0,
    HB_PHASE_BASE,    /* (*) nothing loaded yet: the worker's own resident set */
    HB_PHASE_LOADED,  /* (*) allocator and workload loaded and proved */
    HB_PHASE_WARMUP,  /* unmeasured operations */
    HB_PHASE_READY,   /* (*) warm */
    HB_PHASE_EPOCH,   /* (*) soaks only: between two epochs, asleep until its next turn */
    HB_PHASE_MEASURE, /* measured operations: no system call of the worker's own */
    HB_PHASE_DONE,    /* (*) all threads done, every live block still held */
    HB_PHASE_DRAINED, /* (*) every block freed */
    HB_PHASE_FINISHED,
    HB_PHASE_COUNT
};

/* Why a worker gave up by itself (exit status 1, phase stays where it was). */
enum hb_worker_error {
    HB_WORKER_OK = 0,
    HB_WORKER_USAGE,             /* bad arguments: a bug of the runner or a hand's slip */
    HB_WORKER_PLUGIN_UNLOADABLE, /* missing, not an ELF file, 32-bit, unresolved symbol */
    HB_WORKER_PLUGIN_SYMBOL,     /* neither a plugin nor a malloc library */
    HB_WORKER_PLUGIN_ABI,        /* other ABI version: text names both */
    HB_WORKER_LIBRARY_MISSING,   /* none of the library names could be loaded */
    HB_WORKER_REFUSED,           /* the plugin's open() said no, or its blocks overlap */
    HB_WORKER_FOREIGN_POINTERS,  /* functions or blocks are not the library's */
    HB_WORKER_PRELOAD_IGNORED,   /* the loader did not take LD_PRELOAD */
    HB_WORKER_WORKLOAD,          /* workload unloadable, wrong ABI, or values refused */
    HB_WORKER_ALLOCATION_FAILED, /* the allocator returned NULL inside the loop */
    HB_WORKER_SYSTEM,            /* mapping refused */
    HB_WORKER_MACHINE,           /* CPU or thread refused: no allocator's doing */
    HB_WORKER_LIED,              /* a block was not what an allocator promises: check.h */
};

/* Operations of one slice of one thread: every thread does operations / threads (what the division
 * leaves over is not done), in equal slices of at least 1; the last slice takes the remainder. */
static inline uint64_t hb_slice_operations(uint64_t operations, uint32_t threads, uint32_t slices,
                                           uint32_t slice)
{
    const uint64_t share = operations / threads, equal = share / slices;
    if (equal == 0)
        return 1;
    return slice + 1 < slices ? equal : share - equal * (slices - 1);
}

struct hb_shm_counters {
    uint64_t mmap, munmap, mremap, madvise, mprotect, brk;
};

/* Running totals of the whole worker, threads that have ended in it: those are out of the runner's
 * sight. Noted at both ends of the measured phase or epoch, inside the handshakes. */
struct hb_shm_usage {
    uint64_t voluntary, involuntary; /* context switches */
    uint64_t ended;                  /* threads that the workload started and that have ended */
};

/* What the runner wants next of a worker that stands in HB_PHASE_EPOCH. */
enum hb_shm_order {
    HB_ORDER_EPOCH = 0, /* another epoch */
    HB_ORDER_DRAIN,     /* free everything; then light use until HB_ORDER_EXIT */
    HB_ORDER_EXIT,
};
#define HB_EPOCH_UNCOUNTED UINT64_MAX /* an epoch's number: work as before, for calibration */

/* Latencies of one thread in one epoch; the runner clears them before the next. */
struct hb_shm_latency {
    uint64_t samples, max_ns;
    uint32_t count[HB_LOGLINEAR_BUCKETS];
} __attribute__((aligned(4096)));

struct hb_shm_thread {
    uint64_t start_ns;                    /* CLOCK_MONOTONIC at the first measured operation */
    uint64_t slice_end_ns[HB_SLICES_MAX]; /* at the end of each slice, same clock */
    uint64_t operations;                  /* measured operations done by this thread */
    uint64_t cpu_ns;     /* CPU time it had from start_ns to its last slice's end */
    uint64_t live_bytes; /* of a soak: held at the epoch's end */
};

struct hb_shm {
    uint32_t magic, version;      /* runner -> worker */
    uint32_t slices;              /* runner -> worker: per thread, HB_SLICES_MIN..HB_SLICES_MAX */
    uint32_t threads;             /* worker: how many threads[] are used */
    _Atomic uint32_t phase;       /* enum hb_phase */
    _Atomic uint32_t slices_done; /* of thread 0: how far the measured phase is */
    uint32_t error;               /* enum hb_worker_error, with error_text */
    uint32_t counters_known;      /* the allocator keeps counters of its own */
    uint32_t is_paced;            /* the workload sleeps: its times are not the allocator's */
    struct hb_shm_counters counters_loaded, counters_ready, counters_done;
    struct hb_shm_usage usage_begin, usage_end;
    char error_text[512];
    char allocator_name[64];
    char library_path[1024]; /* canonical path of the file the pointers come from */
    char library_version[64];
    uint64_t timer_ns; /* cost of one clock reading, median of many */

    /* Soaks. Runner -> worker: */
    uint32_t is_soak;
    _Atomic uint32_t order;    /* enum hb_shm_order */
    uint64_t epoch;            /* its number, from 0, or HB_EPOCH_UNCOUNTED */
    uint64_t epoch_operations; /* of all threads together */
    /* Worker -> runner, valid in HB_PHASE_EPOCH: */
    char epoch_phase[32];        /* the workload's name for what it did */
    uint32_t epoch_is_paced;     /* it slept: no throughput, no latencies */
    uint32_t live_known;         /* threads' live_bytes mean something */
    _Atomic uint64_t drained_ns; /* CLOCK_MONOTONIC when every block had been freed; 0: not */
    struct hb_shm_counters counters_turn, counters_epoch; /* totals at its begin and its end */

    struct hb_shm_thread thread[HB_THREADS_MAX];
    struct hb_shm_latency
        latency[HB_THREADS_MAX]; /* pages of threads that are not used stay away */
};

#endif
