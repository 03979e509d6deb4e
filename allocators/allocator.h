/* The allocator plugin ABI: the only header a plugin needs.
 * A plugin is one .so that exports exactly one symbol, hb_allocator_plugin (below).
 * It never prints and never exits; it reports by return value and message.
 * Read next: docs/plugins.md (an allocator in 20 lines), allocators/mimalloc.c (a whole one). */
#ifndef HB_ALLOCATOR_H
#define HB_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

/* Raised whenever a field below changes its meaning or place. */
#define HB_ALLOCATOR_ABI 1u

/* What the worker passes to a plugin before open(): only the floor needs it. */
struct hb_allocator_hint {
    size_t size_max;      /* largest request of the workload, bytes */
    size_t blocks_max;    /* most blocks live at once, per thread */
    uint32_t threads;     /* threads that will allocate, at the same time */
    size_t alignment_max; /* largest of aligned_alloc; 0: no workload of aligned blocks */
    size_t live_bytes;    /* about the most of all threads together, where blocks as large as the
                             largest would be far too much; 0: nobody says */
};

/* Memory system calls an allocator says it has made since its start. */
struct hb_allocator_counters {
    uint64_t mmap, munmap, mremap, madvise, mprotect, brk;
};

/* The functions under test. The five first must be set; the others may be NULL. */
struct hb_allocator_functions {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void (*free)(void *block);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    size_t (*usable_size)(void *block);
    void (*thread_init)(void); /* called by each thread before its first operation */
    void (*thread_exit)(void); /* called by each thread after its last one */
    void (*trim)(void);        /* give back to the system what can be given back */
    int (*counters)(struct hb_allocator_counters *out); /* 0, or -1 when it keeps none */
};

/* A named mode of the same allocator, reached by environment alone: "hakmem:lean". */
struct hb_allocator_variant {
    const char *name;
    const char *summary;
    const char *environment; /* "NAME=value", several separated by one space */
};

struct hb_allocator_plugin {
    uint32_t abi_version;  /* HB_ALLOCATOR_ABI; read before anything else */
    uint32_t struct_bytes; /* sizeof(struct hb_allocator_plugin) */
    const char *name;      /* "mimalloc" */
    const char *summary;   /* one line for `hakbench list` */
    const char *licence;   /* SPDX identifier of the library it loads */

    /* File names dlopen is asked for, in this order, ended by NULL. The plugin's own code is the
     * allocator where this is NULL or empty (floor), or the C library's (system). */
    const char *const *library_names;

    const struct hb_allocator_variant *variants; /* ended by an entry with a NULL name, or NULL */

    /* Fills *functions. library is the handle dlopen gave for the library (NULL when
     * library_names is NULL). Returns 0, or -1 with a one-line message of at most
     * message_bytes in message. Called once a process, before any other thread is started. */
    int (*open)(void *library, const struct hb_allocator_hint *hint,
                struct hb_allocator_functions *functions, char *message, size_t message_bytes);

    /* Copies the library's version ("2.0.9") into text; 0, or -1 when it is not known. May be NULL.
     */
    int (*version)(void *library, char *text, size_t text_bytes);

    /* File LD_PRELOAD is given for `--via preload`: a name as in library_names, "" when the
     * process has it anyway (the C library's), NULL when it cannot be preloaded (the floor). */
    const char *preload_name;
};

/* The one exported symbol of every plugin. */
extern const struct hb_allocator_plugin hb_allocator_plugin;

/* Marks it as exported: everything else is hidden by -fvisibility=hidden. */
#define HB_PLUGIN_EXPORT __attribute__((visibility("default")))

#endif
