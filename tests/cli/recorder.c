/* An allocator that keeps books: who allocates, who frees whose block, how many are live. Tells
 * them on stderr, one line a stage: ready (after the warm-up), done (after the measured phase) and
 * ended; the books are opened when everything is loaded and proved.
 * RECORD_FAIL_AFTER: so many blocks, and then NULL. Read next: workloads_test.sh. */
#include "broken.h"

#include <pthread.h>
#include <stdio.h>

/* In front of each block, behind the heap's own byte. */
struct tag {
    unsigned char list;
    unsigned char is_live;
    unsigned char fill[2];
    uint32_t owner, size, number; /* number: of its birth */
};

#define THREADS_MAX 4096 /* 0 is nobody; those beyond are the last */

static pthread_mutex_t books = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local uint32_t me;
static uint32_t thread_count;
static int stage;
static uint64_t fail_after = UINT64_MAX;
static struct {
    uint64_t mallocs, callocs, aligneds, reallocs, frees, remote, wrong, live, peak, bytes;
    uint64_t peak_bytes, misaligned,
        rising; /* rising: frees of a younger block than the one freed before */
    uint32_t births, freed_last;
    size_t size_min, size_max;
    unsigned char allocates[THREADS_MAX], frees_own[THREADS_MAX], frees_others[THREADS_MAX];
} sum;

static struct tag *tag_of(void *block)
{
    return (struct tag *)((unsigned char *)block - 16);
}

static void note_size(void *block, size_t size)
{
    tag_of(block)->size = (uint32_t)size;
    sum.bytes += size;
    if (sum.bytes > sum.peak_bytes)
        sum.peak_bytes = sum.bytes;
    sum.size_min = size < sum.size_min ? size : sum.size_min;
    sum.size_max = size > sum.size_max ? size : sum.size_max;
}

static void note_birth(void *block, size_t size)
{
    tag_of(block)->is_live = 1;
    tag_of(block)->owner = me;
    tag_of(block)->number = sum.births++;
    sum.allocates[me] = 1;
    note_size(block, size);
    if (++sum.live > sum.peak)
        sum.peak = sum.live;
}

static void note_free(void *block)
{
    const int is_remote = tag_of(block)->owner != me;
    sum.wrong += !tag_of(block)->is_live;
    tag_of(block)->is_live = 0;
    sum.frees++;
    sum.live--;
    sum.bytes -= tag_of(block)->size;
    sum.rising += tag_of(block)->number > sum.freed_last;
    sum.freed_last = tag_of(block)->number;
    sum.remote += (uint64_t)is_remote;
    (is_remote ? sum.frees_others : sum.frees_own)[me] = 1;
}

/* One way to a block: its count goes up when there is one. */
#define TAKE(count, way, size)                                                                     \
    do {                                                                                           \
        pthread_mutex_lock(&books);                                                                \
        void *block = sum.births < fail_after ? (way) : NULL;                                      \
        if (block) {                                                                               \
            sum.count++;                                                                           \
            note_birth(block, size);                                                               \
        }                                                                                          \
        pthread_mutex_unlock(&books);                                                              \
        return block;                                                                              \
    } while (0)

static void *recorder_malloc(size_t size)
{
    TAKE(mallocs, heap_malloc(size), size);
}

static void *recorder_calloc(size_t number, size_t size)
{
    TAKE(callocs, heap_calloc(number, size), number * size);
}

static void *recorder_aligned_alloc(size_t alignment, size_t size)
{
    sum.misaligned += size % alignment != 0; /* C wants a multiple */
    TAKE(aligneds, heap_aligned_alloc(alignment, size), size);
}

/* A block that is moved keeps its owner and its number. */
static void *recorder_realloc(void *old, size_t size)
{
    if (!old)
        return recorder_malloc(size);
    pthread_mutex_lock(&books);
    const struct tag tag = *tag_of(old);
    void *block = sum.births + sum.reallocs < fail_after ? heap_realloc(old, size) : NULL;
    if (block) {
        sum.wrong += !tag.is_live;
        if (block != old)
            tag_of(old)->is_live = 0;
        tag_of(block)->is_live = 1;
        tag_of(block)->owner = tag.owner;
        tag_of(block)->number = tag.number;
        sum.reallocs++;
        sum.bytes -= tag.size;
        note_size(block, size);
    }
    pthread_mutex_unlock(&books);
    return block;
}

static void recorder_free(void *block)
{
    if (!block)
        return;
    pthread_mutex_lock(&books);
    note_free(block);
    heap_free(block);
    pthread_mutex_unlock(&books);
}

static void recorder_thread_init(void)
{
    pthread_mutex_lock(&books);
    me = ++thread_count < THREADS_MAX ? thread_count : THREADS_MAX - 1;
    pthread_mutex_unlock(&books);
}

static unsigned count(const unsigned char *flags)
{
    unsigned set = 0;
    for (int i = 0; i < THREADS_MAX; i++)
        set += flags[i];
    return set;
}

static void tell(const char *when)
{
    (void)fprintf(
        stderr,
        "%s live=%llu peak=%llu mallocs=%llu frees=%llu remote=%llu wrong=%llu "
        "size_min=%zu size_max=%zu allocating=%u freeing_own=%u freeing_others=%u "
        "callocs=%llu aligneds=%llu reallocs=%llu bytes=%llu misaligned=%llu rising=%llu "
        "threads=%u calls=%llu peak_bytes=%llu\n",
        when, (unsigned long long)sum.live, (unsigned long long)sum.peak,
        (unsigned long long)sum.mallocs, (unsigned long long)sum.frees,
        (unsigned long long)sum.remote, (unsigned long long)sum.wrong, sum.size_min, sum.size_max,
        count(sum.allocates), count(sum.frees_own), count(sum.frees_others),
        (unsigned long long)sum.callocs, (unsigned long long)sum.aligneds,
        (unsigned long long)sum.reallocs, (unsigned long long)sum.bytes,
        (unsigned long long)sum.misaligned, (unsigned long long)sum.rising, thread_count,
        (unsigned long long)(sum.mallocs + sum.callocs + sum.aligneds + sum.reallocs + sum.frees),
        (unsigned long long)sum.peak_bytes);
}

/* The worker asks for counters when all is loaded, when it is warm, and when it is done. */
static int recorder_counters(struct hb_allocator_counters *out)
{
    static const char *const names[] = {"loaded", "ready", "done"};
    (void)out;
    if (stage == 0) {
        const char *after = getenv("RECORD_FAIL_AFTER");
        memset(&sum, 0, sizeof sum);
        sum.size_min = SIZE_MAX;
        fail_after = after ? strtoull(after, NULL, 10) : UINT64_MAX;
    } else if (stage < 3) {
        tell(names[stage]);
    }
    stage++;
    return -1;
}

__attribute__((destructor)) static void recorder_end(void)
{
    if (stage > 0)
        tell("ended");
}

static int recorder_open(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = recorder_malloc;
    functions->calloc = recorder_calloc;
    functions->realloc = recorder_realloc;
    functions->aligned_alloc = recorder_aligned_alloc;
    functions->free = recorder_free;
    functions->thread_init = recorder_thread_init;
    functions->counters = recorder_counters;
    return status;
}

BROKEN_PLUGIN("recorder", "keeps books of every block", recorder_open);
