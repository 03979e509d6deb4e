/* Plays the worker of a soak for one thread of a workload, on an allocator that knows every byte it
 * gave, and prints a line an epoch: what the workload says and what it holds. Blocks are counted
 * while the epoch begins ("freed") and while it lasts.
 * Usage: epochs_driver WORKLOAD FIRST EPOCHS OPERATIONS [KEY=VALUE...]
 *   FAIL_AFTER=n  NULL after so many blocks
 *   EXACT=1       live bytes are compared with the books after every step
 * sizes=FILE: a table that sizetable.c has written; trace=FILE: a score of score_of.c.
 * Read next: phases_test.sh, workload.h. */
#include "workload.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

/* In front of each block; 16 bytes, so that blocks stay aligned. */
struct tag {
    uint64_t bytes, number;
};

static struct {
    uint64_t bytes, blocks, peak, mallocs, frees, smallest, largest;
    uint64_t oldest_freed, newest_freed; /* numbers of blocks, counted from their birth */
} books;
static uint64_t fail_after = UINT64_MAX;

static void *note_birth(struct tag *tag, size_t size)
{
    if (!tag)
        return NULL;
    *tag = (struct tag){.bytes = size, .number = books.mallocs++};
    books.bytes += size;
    if (++books.blocks > books.peak)
        books.peak = books.blocks;
    if (size < books.smallest)
        books.smallest = size;
    if (size > books.largest)
        books.largest = size;
    return tag + 1;
}

static void *counted_malloc(size_t size)
{
    struct tag *tag = books.mallocs < fail_after ? malloc(sizeof *tag + size) : NULL;
    return note_birth(tag, size);
}

static void *counted_calloc(size_t number, size_t size)
{
    struct tag *tag = books.mallocs < fail_after ? calloc(1, sizeof *tag + number * size) : NULL;
    return note_birth(tag, number * size);
}

/* Aligned as far as malloc is: nobody looks. */
static void *counted_aligned_alloc(size_t alignment, size_t size)
{
    (void)alignment;
    return counted_malloc(size);
}

static void *counted_realloc(void *block, size_t size)
{
    struct tag *tag = (struct tag *)block - 1;
    if (!block)
        return counted_malloc(size);
    books.bytes += size - tag->bytes;
    tag = realloc(tag, sizeof *tag + size);
    if (!tag)
        abort();
    tag->bytes = size;
    return tag + 1;
}

static void counted_free(void *block)
{
    struct tag *tag = (struct tag *)block - 1;
    if (!block)
        return;
    books.bytes -= tag->bytes;
    books.blocks--;
    books.frees++;
    if (tag->number < books.oldest_freed)
        books.oldest_freed = tag->number;
    if (tag->number > books.newest_freed)
        books.newest_freed = tag->number;
    free(tag);
}

static void *reserve(size_t bytes)
{
    return calloc(1, bytes ? bytes : 1);
}

static bool wait_a_turn(uint32_t turn)
{
    return turn < 1000;
}

static bool run_aside(const char *(*body)(void *argument), void *argument)
{
    return body(argument) == NULL;
}

struct life {
    void (*body)(void *argument);
    void *argument;
};

static void *live(void *opaque)
{
    const struct life *life = opaque;
    life->body(life->argument);
    return NULL;
}

static bool run_thread(void (*body)(void *argument), void *argument)
{
    struct life life = {body, argument};
    pthread_t id;
    return pthread_create(&id, NULL, live, &life) == 0 && pthread_join(id, NULL) == 0;
}

/* The address of a table, mapped for good; 0 where there is none. */
static uint64_t map_table(const char *path)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return 0;
    void *table = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return table == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)table;
}

static void open_books(void)
{
    books.peak = books.blocks;
    books.frees = books.largest = books.newest_freed = 0;
    books.smallest = books.oldest_freed = UINT64_MAX;
}

static uint64_t now_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void take(const struct hb_workload *workload, uint64_t *values, const char *setting)
{
    const char *equals = strchr(setting, '=');
    for (size_t i = 0; equals && workload->parameters[i].name; i++)
        if (strncmp(workload->parameters[i].name, setting, (size_t)(equals - setting)) == 0 &&
            strlen(workload->parameters[i].name) == (size_t)(equals - setting))
            values[i] = workload->parameters[i].type == HB_PARAMETER_SIZES ? map_table(equals + 1)
                        : workload->parameters[i].type == HB_PARAMETER_TRACE
                            ? (uint64_t)open(equals + 1, O_RDONLY | O_CLOEXEC)
                            : strtoull(equals + 1, NULL, 10);
}

/* The steps of work() in src/worker/epochs.c: many operations, then one. */
static uint64_t work(const struct hb_workload *workload, void *state, uint64_t wanted)
{
    uint64_t done = 0;
    for (uint64_t gap; done < wanted; done += gap) {
        gap = done % 2 || wanted - done < 1024 ? 1 : 1023;
        const uint64_t did = workload->step(state, gap);
        if (did < gap)
            return done + did;
        if (workload->live_bytes && (workload->phases || getenv("EXACT")) &&
            workload->live_bytes(state) != books.bytes)
            (void)printf("inexact after %llu\n", (unsigned long long)done);
    }
    return done;
}

static int one_epoch(const struct hb_workload *workload, void *state, uint64_t epoch,
                     uint64_t operations)
{
    bool paced = workload->is_paced;
    open_books();
    const int phase =
        workload->begin_epoch ? workload->begin_epoch(state, epoch, &operations, &paced) : 0;
    if (phase < 0)
        return -1;
    (void)printf(
        "epoch %llu phase %s paced %d operations %llu begun %llu freed %llu ages %llu-%llu",
        (unsigned long long)epoch, workload->phases ? workload->phases[phase] : "-", paced,
        (unsigned long long)operations, (unsigned long long)books.blocks,
        (unsigned long long)books.frees, (unsigned long long)(books.frees ? books.oldest_freed : 0),
        (unsigned long long)books.newest_freed);
    open_books();
    const uint64_t start_ms = now_ms();
    const uint64_t done =
        paced ? workload->step(state, operations) : work(workload, state, operations);
    (void)printf(" done %llu ms %llu blocks %llu peak %llu sizes %llu-%llu held %llu live %llu\n",
                 (unsigned long long)done, (unsigned long long)(now_ms() - start_ms),
                 (unsigned long long)books.blocks, (unsigned long long)books.peak,
                 (unsigned long long)books.smallest, (unsigned long long)books.largest,
                 (unsigned long long)books.bytes,
                 (unsigned long long)(workload->live_bytes ? workload->live_bytes(state) : 0));
    return done < operations ? -1 : 0;
}

int main(int count, char **words)
{
    if (count < 5)
        return 2;
    void *library = dlopen(words[1], RTLD_NOW);
    const struct hb_workload *workload = library ? dlsym(library, "hb_workload") : NULL;
    if (!workload)
        return 2;
    uint64_t values[64] = {0};
    for (size_t i = 0; workload->parameters[i].name; i++)
        values[i] = workload->parameters[i].default_value;
    for (int i = 5; i < count; i++)
        take(workload, values, words[i]);
    const struct hb_allocator_functions functions = {.malloc = counted_malloc,
                                                     .calloc = counted_calloc,
                                                     .realloc = counted_realloc,
                                                     .aligned_alloc = counted_aligned_alloc,
                                                     .free = counted_free};
    struct hb_workload_context context = {.functions = &functions,
                                          .values = values,
                                          .seed = 12345,
                                          .thread_count = 1,
                                          .reserve = reserve,
                                          .wait = wait_a_turn,
                                          .run = run_thread,
                                          .aside = run_aside};
    struct hb_allocator_hint hint = {0};
    char message[256] = "";
    void *state;
    if (workload->check(values, &hint, message, sizeof message) != 0 ||
        (workload->setup_shared &&
         workload->setup_shared(&context, &context.shared, message, sizeof message) != 0) ||
        workload->setup(&context, &state, message, sizeof message) != 0) {
        (void)printf("refused: %s\n", message);
        return 1;
    }
    const char *limit = getenv("FAIL_AFTER");
    if (limit)
        fail_after = strtoull(limit, NULL, 10);
    int status = workload->prepare ? workload->prepare(state) : 0;
    const uint64_t first = strtoull(words[2], NULL, 10), epochs = strtoull(words[3], NULL, 10);
    for (uint64_t i = first; status == 0 && i < first + epochs; i++)
        status = one_epoch(workload, state, i, strtoull(words[4], NULL, 10));
    (void)printf("hint blocks %zu size %zu\n", hint.blocks_max, hint.size_max);
    workload->finish(state);
    (void)printf("finished blocks %llu held %llu status %d\n", (unsigned long long)books.blocks,
                 (unsigned long long)books.bytes, status);
    return 0;
}
