/* Writes traces of many shapes, for tests: the calls of as many threads as asked for, drawn at
 * random, with blocks that are freed where they were made and elsewhere, and prints what must come
 * out of one pass of a replay: calls (with those that free what is left), frees by another thread
 * than made the block (reallocated or not), the most bytes that are live after an event, blocks
 * that are left, threads, and frees of NULL among the calls.
 * Usage: make_trace FILE [KEY=NUMBER...]
 *   threads=1 events=10000 live=200 seed=1
 *   remote=20  percent of the blocks that a thread finds of others which it takes
 *   churn=0    every so many events a thread ends and another begins
 *   large=0    bytes of one block in 1,000
 *   fail=0     percent of the calls that fail
 *   end=0      1: all threads but the first end at the end
 * Read next: trace/writer.h, replay_test.sh. */
#include "trace/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* owner: who made it first; a reallocation by another thread changes `thread` alone. */
struct block {
    uint64_t name, size;
    uint32_t thread, owner;
};

static struct {
    const char *name;
    uint64_t value;
} options[] = {{"threads", 1}, {"events", 10000}, {"live", 200}, {"remote", 20}, {"churn", 0},
               {"large", 0},   {"seed", 1},       {"fail", 0},   {"end", 0}};

static struct hb_trace_writer *writer;
static struct hb_err err;
static struct block *blocks;
static size_t count;
static uint64_t names, now, bytes, peak, calls, nulls, remote, threads_made, state;
static uint32_t alive[65536], alive_count;

static uint64_t option(const char *name)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].value;
    abort();
}

static uint64_t draw(uint64_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % below;
}

static void put(struct hb_trace_event event)
{
    event.time_ns = now += draw(1000);
    if (hb_trace_put(writer, &event, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

static void note(uint64_t made, uint64_t gone)
{
    bytes += made - gone;
    peak = bytes > peak ? bytes : peak;
    calls++;
}

static uint64_t size_of_block(void)
{
    if (option("large") && draw(1000) == 0)
        return option("large");
    return draw(50) == 0 ? 0 : draw(20) ? 1 + draw(500) : 1 + draw(100000);
}

static void make(uint32_t thread)
{
    static const uint8_t ways[] = {HB_CALL_MALLOC, HB_CALL_CALLOC,         HB_CALL_NEW,
                                   HB_CALL_MALLOC, HB_CALL_POSIX_MEMALIGN, HB_CALL_REALLOC};
    const uint8_t way = ways[draw(sizeof ways)];
    struct hb_trace_event event = {.thread = thread, .function = way, .size = size_of_block()};
    if (way == HB_CALL_POSIX_MEMALIGN)
        event.align_log2 = (uint8_t)(4 + draw(4));
    if (event.size > 0 && draw(100) < option("fail")) {
        event.failed = true;
        put(event);
        return;
    }
    event.id = ++names;
    put(event);
    blocks[count++] = (struct block){names, event.size, thread, thread};
    note(event.size, 0);
}

static void resize(uint32_t thread, struct block *block)
{
    const struct hb_trace_event event = {.thread = thread,
                                         .function = HB_CALL_REALLOC,
                                         .size = 1 + draw(2000),
                                         .id = ++names,
                                         .old_id = block->name};
    put(event);
    note(event.size, block->size);
    *block = (struct block){names, event.size, thread, block->owner};
}

static void drop(uint32_t thread, struct block *block)
{
    put((struct hb_trace_event){.thread = thread, .function = HB_CALL_FREE, .id = block->name});
    remote += block->owner != thread;
    note(0, block->size);
    *block = blocks[--count];
}

static void one_event(void)
{
    const uint32_t thread = alive[draw(alive_count)];
    const uint64_t live = option("live");
    if (draw(200) == 0) {
        put((struct hb_trace_event){.thread = thread, .function = HB_CALL_FREE});
        calls++;
        nulls++;
        return;
    }
    if (count == 0 || draw(2 * live) >= count + live / 2) {
        make(thread);
        return;
    }
    struct block *block = &blocks[draw(count)];
    for (int i = 0; i < 20 && block->thread != thread; i++)
        block = &blocks[draw(count)];
    if (block->thread != thread && draw(100) >= option("remote"))
        make(thread);
    else if (draw(5) == 0)
        resize(thread, block);
    else
        drop(thread, block);
}

/* One that is no longer the first ends, and another begins. */
static void change_threads(uint64_t event)
{
    const uint64_t churn = option("churn");
    if (churn == 0 || event % churn != churn - 1 || alive_count < 2)
        return;
    const size_t which = 1 + draw(alive_count - 1);
    put((struct hb_trace_event){.thread = alive[which], .function = HB_CALL_THREAD_END});
    alive[which] = (uint32_t)threads_made++;
    make(alive[which]);
}

static int take_option(const char *word)
{
    const char *equals = strchr(word, '=');
    for (size_t i = 0; equals && i < sizeof options / sizeof *options; i++)
        if (strncmp(word, options[i].name, (size_t)(equals - word)) == 0) {
            options[i].value = strtoull(equals + 1, NULL, 10);
            return 0;
        }
    return -1;
}

int main(int argc, char **argv)
{
    const struct hb_trace_header header = {.maker = "make_trace", .command = "at random"};
    for (int i = 2; i < argc; i++)
        if (take_option(argv[i]) != 0)
            return 2;
    state = option("seed");
    blocks = calloc(option("events") + option("threads") + 1, sizeof *blocks);
    if (argc < 2 || !blocks || hb_trace_create(argv[1], &header, &writer, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (; threads_made < option("threads"); threads_made++) {
        alive[alive_count++] = (uint32_t)threads_made;
        make((uint32_t)threads_made);
    }
    for (uint64_t i = 0; i < option("events"); i++) {
        one_event();
        change_threads(i);
    }
    while (option("end") && alive_count > 1)
        put((struct hb_trace_event){.thread = alive[--alive_count],
                                    .function = HB_CALL_THREAD_END});
    if (hb_trace_end(writer, 0, NULL, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < count; i++) /* the first thread frees what is left */
        remote += blocks[i].owner != 0;
    (void)printf("calls=%llu remote=%llu peak=%llu left=%zu threads=%llu nulls=%llu\n",
                 (unsigned long long)(calls + count), (unsigned long long)remote,
                 (unsigned long long)peak, count, (unsigned long long)threads_made,
                 (unsigned long long)nulls);
    return 0;
}
