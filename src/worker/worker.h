/* What the worker's own files share. The worker is a program of its own: it knows libc, the two
 * plugin ABIs and shm.h, nothing else of hakbench, so that little but the allocator is measured.
 * Read next: worker.c (the order of things), measure.c (the measured phase). */
#ifndef HB_WORKER_WORKER_H
#define HB_WORKER_WORKER_H

#include "allocator.h"
#include "workload.h"

#include "worker/shm.h"

#include <stdbool.h>
#include <stdio.h>

#define HB_WORKER_CPUS_MAX       64u
#define HB_WORKER_PARAMETERS_MAX 64u
#define HB_WORKER_SETTINGS_MAX   64u

/* Why it did not work: set once, where the facts are; reported once, in worker.c. */
struct hb_worker_failure {
    enum hb_worker_error error;
    char text[sizeof((struct hb_shm *)NULL)->error_text]; /* one line */
};

/* Sets *failure and returns -1, so that callers can `return` it. */
int hb_worker_fail(struct hb_worker_failure *failure, enum hb_worker_error error,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The command line; strings are argv's. */
struct hb_worker_options {
    const char *allocator, *workload, *library;
    const char *named;     /* what the user calls the allocator; NULL: nobody says */
    const char *preloaded; /* file LD_PRELOAD named; NULL: none, libc's own is meant */
    bool preload;          /* --via preload */
    bool describe_allocator, describe_workload, open;
    bool check; /* every block is looked at; times mean nothing */
    uint32_t cpus[HB_WORKER_CPUS_MAX];
    uint32_t cpu_count;                           /* 0: wherever the process may run */
    const char *settings[HB_WORKER_SETTINGS_MAX]; /* "key=value" */
    size_t setting_count;
};

/* An allocator, loaded and proved. Never unloaded: no allocator survives that. */
struct hb_worker_allocator {
    const struct hb_allocator_plugin *plugin; /* NULL: an unmodified malloc library, or preloaded */
    void *file;                               /* handle of the plugin or of the library itself */
    void *library; /* handle the functions come from; == file when it is both */
    struct hb_allocator_functions functions;
    const char
        *borrowed; /* a function that a library without a plugin leaves to the C library, or NULL */
    char name[64];
    char path[1024];  /* canonical path of library */
    char version[64]; /* "" when unknown */
};

/* load.c: each 0, or -1 with the failure set. */
int hb_worker_load_workload(const char *path, const struct hb_workload **workload,
                            struct hb_worker_failure *failure);
int hb_worker_open_allocator(const struct hb_worker_options *options,
                             struct hb_worker_allocator *allocator,
                             struct hb_worker_failure *failure);
int hb_worker_load_library(const struct hb_worker_options *options,
                           struct hb_worker_allocator *allocator,
                           struct hb_worker_failure *failure);
int hb_worker_resolve(struct hb_worker_allocator *allocator, const struct hb_allocator_hint *hint,
                      struct hb_worker_failure *failure);
int hb_worker_take_preloaded(const struct hb_worker_options *options,
                             struct hb_worker_allocator *allocator,
                             struct hb_worker_failure *failure);

/* prove.c: that the library is what its name says, as far as well-known symbols show. */
int hb_worker_prove_name(const char *named, const struct hb_worker_allocator *allocator,
                         struct hb_worker_failure *failure);

/* The symbol, if this very file defines it: dlsym alone also finds those of its dependencies,
 * and every library depends on the C library's malloc. */
void *hb_worker_own_symbol(void *handle, const char *name);

/* Stands in where a malloc library exports neither aligned_alloc nor memalign: NULL, ENOMEM. */
void *hb_worker_no_aligned_alloc(size_t alignment, size_t size);

/* prove.c: that functions and blocks are the library's: by the loader's word, and by watching
 * whether the C library's own heap grows. A library without a plugin may pass all calls on to the C
 * library: its version says so then. thread_init() must have been called. */
int hb_worker_prove(struct hb_worker_allocator *allocator, const struct hb_allocator_hint *hint,
                    struct hb_worker_failure *failure);
#define HB_WORKER_PROOF_BLOCKS    64u /* held at once by the proof */
#define HB_WORKER_PROOF_BYTES_MIN 64u /* each at least, and a multiple of it */

/* values.c: the settings as values[0..HB_WORKER_PARAMETERS_MAX), checked one by one and, by the
 * workload itself, together. hint has room for the proof. */
int hb_worker_values(const struct hb_workload *workload, const struct hb_worker_options *options,
                     uint64_t *values, struct hb_allocator_hint *hint,
                     struct hb_worker_failure *failure);

/* sizetable.c: the table that is open at the descriptor, mapped for good; its address. name is the
 * parameter's. */
int hb_worker_map_sizes(uint64_t descriptor, const char *name, uint64_t *address,
                        struct hb_worker_failure *failure);
#define HB_WORKER_DESCRIPTOR_MAX 1023u

/* describe.c: the two --describe commands; each returns the exit status. */
int hb_worker_describe_allocator(const struct hb_worker_options *options);
int hb_worker_describe_workload(const struct hb_worker_options *options);

/* channel.c: the mapping and the handshakes. */
struct hb_worker_channel {
    struct hb_shm *shm;
    bool by_hand; /* no runner: nobody reads shm */
    bool has_control;
};
int hb_worker_channel_open(struct hb_worker_channel *channel, struct hb_worker_failure *failure);

/* worker.c: reports why, to the runner or on stderr, and ends without a plugin's exit handlers:
 * other threads may still be asleep in the run. */
__attribute__((noreturn)) void hb_worker_give_up(const struct hb_worker_channel *channel,
                                                 const struct hb_worker_failure *failure);

/* Enters the phase; at a (*) phase it then waits until the runner has looked. Does not return
 * when the runner is gone. */
void hb_worker_phase(const struct hb_worker_channel *channel, enum hb_phase phase);

/* measure.c: the phases from LOADED to DRAINED, on all threads. thread_init() must have been
 * called on this one. */
int hb_worker_run(const struct hb_worker_channel *channel, const struct hb_worker_options *options,
                  const struct hb_worker_allocator *allocator, const struct hb_workload *workload,
                  const uint64_t *values, struct hb_worker_failure *failure);

/* Cost of one reading of the measured phase's clock, the median of many. */
uint64_t hb_worker_timer_ns(void);

#endif
