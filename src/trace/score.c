/* From events to words: see score.h. */
#include "trace/score.h"

#include "base/transfer.h"
#include "trace/blocks.h"
#include "trace/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOBODY      UINT32_MAX
#define WORDS_EACH  8u /* that one event may need, with all that goes before it */
#define ALIGN_SMALL 4u /* log2: every block is aligned to so much */
#define ALIGN_PAGE  12u
#define ALIGN_MOST  47u

/* Slots that a thread has freed in this window: a list by score.next. */
struct freed {
    uint64_t window;
    uint32_t first, last;
};

struct thread {
    struct freed freed;
    bool has_started, has_ended;
};

struct score {
    struct hb_trace_reader *reader;
    struct hb_score_head *head;
    struct hb_err *err;
    const char *name;
    int fd;
    uint64_t offset;
    struct hb_blocks slot_of; /* of a live block's id: the value */
    uint32_t *next;           /* [capacity]; of a slot that is free: the next free one, or 0 */
    size_t capacity;
    uint32_t pool;          /* free slots that anybody may use */
    struct thread *threads; /* [head->threads] */
    uint32_t *freeing;      /* threads with a list in this window */
    uint32_t freeing_count;
    uint32_t alive;
    uint64_t live_blocks, live_bytes;
    /* The window: */
    uint64_t *words; /* [HB_SCORE_WORDS_MAX] */
    struct hb_score_window window;
    uint32_t run, run_thread; /* the word of the run; NOBODY: none yet */
};

/* ---- windows ---- */

static int put_bytes(struct score *score, const void *bytes, size_t size, uint64_t offset)
{
    if (hb_transfer_write(score->fd, bytes, size, offset) == size)
        return 0;
    return hb_err_errno(score->err, HB_ERR_SYSTEM, errno ? errno : ENOSPC,
                        "%s: cannot write it down decoded", score->name);
}

/* What was freed in it is everybody's from now on. */
static void share_slots(struct score *score)
{
    for (uint32_t i = 0; i < score->freeing_count; i++) {
        struct freed *freed = &score->threads[score->freeing[i]].freed;
        if (freed->first == 0)
            continue;
        score->next[freed->last] = score->pool;
        score->pool = freed->first;
        freed->first = 0;
    }
    score->freeing_count = 0;
}

static int end_window(struct score *score)
{
    const size_t bytes = score->window.words * sizeof *score->words;
    if (score->window.events == 0)
        return 0;
    if (put_bytes(score, &score->window, sizeof score->window, score->offset) != 0 ||
        put_bytes(score, score->words, bytes, score->offset + sizeof score->window) != 0)
        return -1;
    score->offset += sizeof score->window + bytes;
    score->head->windows++;
    score->head->events += score->window.events;
    score->window = (struct hb_score_window){0};
    score->run_thread = NOBODY;
    share_slots(score);
    return 0;
}

static void put(struct score *score, uint64_t word)
{
    score->words[score->window.words++] = word;
}

static void begin_run(struct score *score, uint32_t thread)
{
    score->run = score->window.words;
    score->run_thread = thread;
    put(score, hb_score_word(HB_SCORE_RUN, thread, 0));
}

/* By whose call came before, if it still lives: mostly its parent. */
static void start_thread(struct score *score, uint32_t thread)
{
    if (score->run_thread == NOBODY || score->threads[score->run_thread].has_ended)
        begin_run(score, 0);
    if (thread > 0)
        put(score, hb_score_word(HB_SCORE_START, thread, 0));
    score->threads[thread].has_started = true;
    if (++score->alive > score->head->together)
        score->head->together = score->alive;
}

/* The words of one event of the thread are to follow. */
static int begin_event(struct score *score, uint32_t thread)
{
    if (score->window.words + WORDS_EACH > HB_SCORE_WORDS_MAX && end_window(score) != 0)
        return -1;
    if (!score->threads[thread].has_started)
        start_thread(score, thread);
    if (score->run_thread != thread)
        begin_run(score, thread);
    score->words[score->run] += UINT64_C(1) << 32;
    score->window.events++;
    return 0;
}

/* ---- slots ---- */

static int grow_slots(struct score *score)
{
    if (score->head->slots == HB_SCORE_SLOTS_MAX)
        return hb_err_set(score->err, HB_ERR_USAGE, "%s: more than %u blocks live at a time",
                          score->name, HB_SCORE_SLOTS_MAX);
    if (score->head->slots >= score->capacity) {
        const size_t wanted = score->capacity ? 2 * score->capacity : 1024;
        uint32_t *next = realloc(score->next, wanted * sizeof *next);
        if (!next)
            return hb_err_memory(score->err, score->name);
        score->next = next;
        score->capacity = wanted;
    }
    return 0;
}

/* One that this thread has just freed, or one of an earlier window, or a new one. */
static int take_slot(struct score *score, uint32_t thread, uint32_t *slot)
{
    struct freed *freed = &score->threads[thread].freed;
    uint32_t *from =
        freed->window == score->head->windows && freed->first ? &freed->first : &score->pool;
    *slot = *from;
    if (*slot != 0) {
        *from = score->next[*slot];
        return 0;
    }
    if (grow_slots(score) != 0)
        return -1;
    *slot = (uint32_t)score->head->slots++;
    return 0;
}

static void drop_slot(struct score *score, uint32_t thread, uint32_t slot)
{
    struct freed *freed = &score->threads[thread].freed;
    if (freed->window != score->head->windows || freed->last == 0) {
        *freed = (struct freed){.window = score->head->windows};
        score->freeing[score->freeing_count++] = thread;
    }
    if (freed->first == 0)
        freed->last = slot;
    score->next[slot] = freed->first;
    freed->first = slot;
}

/* ---- blocks ---- */

static int add_block(struct score *score, uint64_t id, uint32_t slot, uint64_t size)
{
    if (hb_blocks_reserve(&score->slot_of) != 0)
        return hb_err_memory(score->err, score->name);
    hb_blocks_add(&score->slot_of,
                  &(struct hb_block_entry){.name = id, .value = slot, .size = size});
    score->live_bytes += size;
    if (++score->live_blocks > score->head->live_blocks_max)
        score->head->live_blocks_max = score->live_blocks;
    if (score->live_bytes > score->head->live_bytes_max)
        score->head->live_bytes_max = score->live_bytes;
    if (size > score->head->size_max)
        score->head->size_max = size;
    return 0;
}

/* Slot 0 for one that is not live: the reader hands out none. */
static uint32_t remove_block(struct score *score, uint64_t id, uint64_t *size)
{
    struct hb_block_entry *entry = hb_blocks_find(&score->slot_of, id);
    if (!entry)
        return 0;
    const uint32_t slot = (uint32_t)entry->value;
    *size = entry->size;
    score->live_blocks--;
    score->live_bytes -= entry->size;
    hb_blocks_remove(&score->slot_of, entry);
    return slot;
}

static void put_sized(struct score *score, uint32_t kind, uint32_t slot, uint64_t size)
{
    put(score, hb_score_word(kind, slot, size < HB_SCORE_WIDE ? (uint32_t)size : HB_SCORE_WIDE));
    if (size >= HB_SCORE_WIDE)
        put(score, size);
}

/* ---- events ---- */

static uint32_t alignment_of(const struct hb_trace_event *event)
{
    return event->function == HB_CALL_VALLOC || event->function == HB_CALL_PVALLOC
               ? ALIGN_PAGE
               : event->align_log2;
}

static int allocate(struct score *score, const struct hb_trace_event *event)
{
    const uint32_t align_log2 = alignment_of(event);
    uint32_t slot;
    if (event->id == 0)
        return 0;
    if (align_log2 > ALIGN_MOST)
        return hb_err_set(score->err, HB_ERR_USAGE, "%s: block %llu is aligned to 2^%u bytes",
                          score->name, (unsigned long long)event->id, align_log2);
    if (begin_event(score, event->thread) != 0 || take_slot(score, event->thread, &slot) != 0)
        return -1;
    if (align_log2 > ALIGN_SMALL) {
        put(score, hb_score_word(HB_SCORE_ALIGNED, slot, align_log2));
        put(score, event->size);
        if (UINT64_C(1) << align_log2 > score->head->alignment_max)
            score->head->alignment_max = UINT64_C(1) << align_log2;
    } else {
        put_sized(score, event->function == HB_CALL_CALLOC ? HB_SCORE_CALLOC : HB_SCORE_MALLOC,
                  slot, event->size);
    }
    return add_block(score, event->id, slot, event->size);
}

static int release(struct score *score, uint32_t thread, uint64_t id)
{
    uint64_t size = 0;
    uint32_t slot = 0;
    if (begin_event(score, thread) != 0)
        return -1;
    if (id != 0)
        slot = remove_block(score, id, &size);
    if (id != 0)
        drop_slot(score, thread, slot);
    put_sized(score, HB_SCORE_FREE, slot, size);
    return 0;
}

static int reallocate(struct score *score, const struct hb_trace_event *event)
{
    uint64_t old_size = 0;
    uint32_t slot;
    if (event->failed || (event->id == 0 && event->old_id == 0))
        return 0;
    if (event->id == 0)
        return release(score, event->thread, event->old_id);
    if (begin_event(score, event->thread) != 0)
        return -1;
    if (event->old_id != 0)
        slot = remove_block(score, event->old_id, &old_size);
    else if (take_slot(score, event->thread, &slot) != 0)
        return -1;
    put(score, hb_score_word(HB_SCORE_REALLOC, slot, 0));
    put(score, event->size);
    put(score, old_size);
    return add_block(score, event->id, slot, event->size);
}

static int end_thread(struct score *score, uint32_t thread)
{
    if (thread == 0 || score->threads[thread].has_ended)
        return 0;
    if (begin_event(score, thread) != 0)
        return -1;
    put(score, hb_score_word(HB_SCORE_END, thread, 0));
    score->threads[thread].has_ended = true;
    score->alive--;
    return 0;
}

static int take_event(struct score *score, const struct hb_trace_event *event)
{
    if (event->thread >= score->head->threads)
        return hb_err_set(score->err, HB_ERR_USAGE, "%s: thread %u of %u", score->name,
                          event->thread, score->head->threads);
    if (hb_trace_ended(event) != 0)
        score->head->remote_frees += event->old.thread != event->thread;
    switch (hb_trace_kind_of(event)) {
    case HB_TRACE_ALLOCATE:
        return allocate(score, event);
    case HB_TRACE_REALLOCATE:
        return reallocate(score, event);
    case HB_TRACE_FREE:
        return release(score, event->thread, event->id);
    case HB_TRACE_THREAD_END:
        return end_thread(score, event->thread);
    }
    return 0;
}

/* ---- the end of a pass ---- */

static int by_id(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static int free_what_is_left(struct score *score)
{
    const struct hb_blocks *blocks = &score->slot_of;
    size_t count = 0;
    int status = 0;
    if (blocks->count == 0)
        return 0;
    uint64_t *ids = calloc(blocks->count, sizeof *ids);
    if (!ids)
        return hb_err_memory(score->err, score->name);
    for (size_t i = 0; i <= blocks->mask; i++)
        if (blocks->entries[i].name != 0)
            ids[count++] = blocks->entries[i].name;
    qsort(ids, count, sizeof *ids, by_id);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = release(score, 0, ids[i]);
    free(ids);
    return status;
}

static int end_pass(struct score *score)
{
    uint32_t *lives_on = calloc(score->head->threads, sizeof *lives_on);
    int status = 0;
    if (!lives_on)
        return hb_err_memory(score->err, score->name);
    for (uint32_t i = 0; status == 0 && i < score->head->threads; i++) {
        lives_on[i] = !score->threads[i].has_ended;
        if (score->threads[i].has_started)
            status = end_thread(score, i);
    }
    if (status == 0)
        status = free_what_is_left(score);
    if (status == 0)
        status = end_window(score);
    if (status == 0 && score->head->events == 0)
        status = hb_err_set(score->err, HB_ERR_USAGE, "%s: no event that could be replayed",
                            score->name);
    if (status == 0)
        status = put_bytes(score, lives_on, score->head->threads * sizeof *lives_on,
                           sizeof *score->head);
    free(lives_on);
    return status == 0 ? put_bytes(score, score->head, sizeof *score->head, 0) : -1;
}

/* ---- the whole ---- */

static int write_all(struct score *score)
{
    struct hb_trace_event event;
    int status;
    while ((status = hb_trace_next(score->reader, &event, score->err)) > 0)
        if (take_event(score, &event) != 0)
            return -1;
    return status == 0 ? end_pass(score) : -1;
}

int hb_score_write(struct hb_trace_reader *reader, int fd, const char *name,
                   struct hb_score_head *head, struct hb_err *err)
{
    const uint32_t threads = hb_trace_header_of(reader)->totals.threads;
    struct score score = {
        .reader = reader, .head = head, .err = err, .name = name, .fd = fd, .run_thread = NOBODY};
    *head = (struct hb_score_head){.magic = HB_SCORE_MAGIC, .slots = 1, .threads = threads};
    if (threads == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: no event that could be replayed", name);
    if (threads > HB_SCORE_THREADS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "%s: %u threads: at most %u can be replayed", name,
                          threads, HB_SCORE_THREADS_MAX);
    if (hb_trace_rewind(reader, err) != 0)
        return -1;
    score.offset = hb_score_start(threads);
    score.words = calloc(HB_SCORE_WORDS_MAX, sizeof *score.words);
    score.threads = calloc(threads, sizeof *score.threads);
    score.freeing = calloc(threads, sizeof *score.freeing);
    const bool has_memory = score.words && score.threads && score.freeing;
    const int status = has_memory ? write_all(&score) : hb_err_memory(err, name);
    hb_blocks_free(&score.slot_of);
    free(score.next);
    free(score.words);
    free(score.threads);
    free(score.freeing);
    return status;
}
